//! The issuer's notices of transfers.

use hcepay_core::{ContentError, Error, TransferRefusal, TransferState};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::issuer::transfers::{Outcome, TransferNotice};

use super::sender::{Sender, of, transfer};
use crate::enrolled_wallet::EnrolledWallet;

fn tell(sender: &mut Sender, told: &[TransferNotice]) -> Result<(), Error> {
    let EnrolledWallet { issuer, id, random, .. } = &mut sender.0;
    let envelope = issuer.tell_transfers(id, told, random).unwrap();
    sender.apply(&envelope).map(|_| ())
}

#[test]
fn the_latest_word_by_the_issuer_s_clock_counts_in_whatever_order_it_comes() {
    let mut sender = Sender::new();
    let (one, two) = (sender.ask(&transfer()).unwrap().number, sender.ask(&of(7)).unwrap().number);
    let notice = |number, told, wall_ms| TransferNotice { number, told, wall_ms };
    tell(&mut sender, &[notice(two, Outcome::Refused(5), 20), notice(one, Outcome::Done, 10)]).unwrap();
    let fraud = TransferState::Refused(TransferRefusal::SuspectedFraud);
    assert_eq!(sender.states(), [fraud, TransferState::Done]);
    tell(&mut sender, &[notice(two, Outcome::Done, 19)]).unwrap();
    assert_eq!(sender.states()[0], fraud, "an older word");
    tell(&mut sender, &[notice(two, Outcome::Done, 21)]).unwrap();
    assert_eq!((sender.states()[0], sender.rows()[0].settled_ms), (TransferState::Done, Some(21)));
    sender.reopen();
    assert_eq!(sender.states(), [TransferState::Done, TransferState::Done]);
}

#[test]
fn a_notice_of_a_transfer_that_was_never_made_shows_none_and_the_issuer_learns_it() {
    let mut sender = Sender::new();
    let number = sender.ask(&transfer()).unwrap().number;
    let notice = |number| TransferNotice { number, told: Outcome::Done, wall_ms: 1 };
    let refused = tell(&mut sender, &[notice(number), notice(number + (1 << 40))]);
    assert_eq!(refused, Err(Error::Content(ContentError::TransferUnknown)));
    assert_eq!(sender.states(), [TransferState::Pending], "whole or not at all");
    tell(&mut sender, &[notice(number - 1)]).unwrap();
    assert_eq!(sender.states(), [TransferState::Pending], "of what is not in the list nothing is shown");
}

#[test]
fn what_no_notice_can_say_is_refused_by_name() {
    let mut sender = Sender::new();
    let number = format!("{:016X}", sender.ask(&transfer()).unwrap().number);
    for (content, refused) in [
        ("00".to_owned(), ContentError::NoticeCount),
        (format!("21{}", format!("{number}01000000000000000001").repeat(33)), ContentError::NoticeCount),
        (format!("01{number}00000000000000000001"), ContentError::UnknownNotice),
        (format!("01{number}03000000000000000001"), ContentError::UnknownNotice),
        (format!("01{number}01010000000000000001"), ContentError::NoticeReason),
        (format!("01{number}02000000000000000001"), ContentError::NoticeReason),
        (format!("01{number}02080000000000000001"), ContentError::NoticeReason),
        (format!("01{number}010000000000000000"), ContentError::Truncated),
        (format!("01{number}0100000000000000000100"), ContentError::TrailingBytes),
    ] {
        let content = from_hex(&content).unwrap();
        let told = sender.apply_content(Purpose::TransferNotices, 0, &content).map(|_| ());
        assert_eq!(told, Err(Error::Content(refused)));
    }
    let content = from_hex(&format!("01{number}02070000000000000001")).unwrap();
    let about_a_card = sender.card().number();
    let told = sender.apply_content(Purpose::TransferNotices, about_a_card, &content).map(|_| ());
    assert_eq!(told, Err(Error::WrongAddress));
    sender.apply_content(Purpose::TransferNotices, 0, &content).unwrap();
    assert_eq!(sender.states(), [TransferState::Refused(TransferRefusal::PayeeUnknown)]);
}
