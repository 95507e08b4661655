//! The list of transfers: what is kept, in which order, and what the holder deletes.

use hcepay_core::TransferState;
use hcepay_tests::issuer::verification::Verdict;

use crate::checkout::grow_until_compacted;

use super::sender::{Sender, of, transfer};

#[test]
fn transfers_and_rows_of_the_journal_are_numbered_in_one_series() {
    let mut sender = Sender::new();
    let first = sender.ask(&transfer()).unwrap().number;
    assert_eq!(sender.pay(), Ok(Verdict::Valid));
    let second = sender.ask(&transfer()).unwrap().number;
    let row = sender.wallet.journal(None, 1)[0].id;
    assert!(first < row && row < second, "{first} {row} {second}");
    sender.reopen();
    let third = sender.ask(&transfer()).unwrap().number;
    assert!(third > second);
    let numbers = |before, limit| {
        let rows = sender.wallet.transfers(before, limit).into_iter();
        rows.map(|row| row.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None, 2), [third, second]);
    assert_eq!(numbers(Some(second), 9), [first]);
    assert!(numbers(None, 0).is_empty());
}

#[test]
fn the_last_hundred_are_kept_also_where_the_log_is_written_anew() {
    let mut sender = Sender::new();
    let mut numbers: Vec<u64> = (1..=103).map(|minor| sender.ask(&of(minor)).unwrap().number).collect();
    numbers.reverse();
    numbers.truncate(100);
    let listed = |sender: &Sender| sender.rows().into_iter().map(|row| row.number).collect::<Vec<_>>();
    assert_eq!(listed(&sender), numbers);
    let newest = sender.wallet.transfer_request(numbers[0]).unwrap();
    sender.send(&newest.bytes);
    grow_until_compacted(&sender.wallet, sender.now);
    sender.keep_mark();
    sender.reopen();
    assert_eq!(listed(&sender), numbers);
    assert_eq!(sender.states()[..2], [TransferState::Done, TransferState::Pending]);
    let second = sender.wallet.transfer_request(numbers[1]).unwrap();
    assert_eq!(sender.verdict(&second.bytes), Verdict::Valid, "its signature is there still");
}

#[test]
fn a_transfer_that_the_holder_deletes_is_gone_and_no_notice_brings_it_back() {
    let mut sender = Sender::new();
    let request = sender.ask(&transfer()).unwrap();
    let kept = sender.ask(&of(1)).unwrap();
    sender.wallet.delete_transfer(request.number).unwrap();
    sender.wallet.delete_transfer(request.number).unwrap();
    sender.wallet.delete_transfer(u64::MAX).unwrap();
    assert_eq!(sender.wallet.transfer_request(request.number), None);
    assert_eq!(sender.send(&request.bytes).verdict, Verdict::Valid, "it had been sent");
    sender.reopen();
    assert_eq!(sender.rows().iter().map(|row| row.number).collect::<Vec<_>>(), [kept.number]);
}

#[test]
fn a_card_that_ends_leaves_its_transfers_to_the_holder() {
    let mut sender = Sender::new();
    let request = sender.ask(&transfer()).unwrap();
    sender.wallet.delete(sender.card()).unwrap();
    assert_eq!(sender.states(), [TransferState::Pending]);
    assert_eq!(sender.send(&request.bytes).verdict, Verdict::Valid, "the issuer has not heard of the deletion");
    assert_eq!(sender.states(), [TransferState::Done]);
}

#[test]
fn who_is_paid_and_how_much_stands_in_nothing_that_developers_are_shown() {
    let mut sender = Sender::new();
    sender.ask(&transfer()).unwrap();
    let shown = format!("{:?} {:?} {:?}", transfer(), transfer().terms(), sender.rows());
    for secret in ["DE89", "Löwe", "Miete", "5000"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}
