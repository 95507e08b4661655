//! The account behind a card: what the desk tells of it, and transfers from it.

use hcepay_core::{Amount, Transfer, TransferRefusal, TransferState, TransferTerms};
use hcepay_demo_desk::Code;
use hcepay_demo_desk::error::DeskError;
use hcepay_tests::issuer::verification::Verdict;

use crate::demo_phone::{DemoPhone, PURCHASE};

fn transfer(minor: u64) -> Transfer {
    let terms = TransferTerms {
        amount: Amount { minor, currency: 978 },
        payee: "DE89 3704 0044 0532 0130 00".to_owned(),
        payee_name: "Löwe & Söhne".to_owned(),
        note: String::new(),
    };
    Transfer::new(&terms).unwrap()
}

fn told(phone: &DemoPhone, card: u32) -> (i64, i64) {
    let envelope = phone.desk().tell_balance(card, phone.now.wall_ms).unwrap();
    phone.apply(&envelope).unwrap();
    let statement = phone.wallet.balance(phone.card(card), phone.now.wall_ms).unwrap().statement;
    (statement.available_minor, statement.booked_minor)
}

#[test]
fn the_balance_holds_back_what_was_paid_and_lacks_what_was_transferred() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    assert_eq!(phone.wallet.balance(phone.card(card), phone.now.wall_ms), None);
    assert_eq!(told(&phone, card), (100_000, 100_000));
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);
    assert_eq!(told(&phone, card), (98_750, 100_000));
    let request = phone.ask_for_transfer(card, &transfer(5000));
    let answered = phone.desk().transfer(&request.bytes, phone.now.wall_ms).unwrap();
    assert_eq!(answered.verification.verdict, Verdict::Valid);
    phone.apply(&answered.envelope.unwrap()).unwrap();
    assert_eq!(phone.wallet.transfers(None, 9)[0].state, TransferState::Done);
    assert_eq!(told(&phone, card), (93_750, 95_000));
    let unknown = phone.desk().tell_balance(card + 1, phone.now.wall_ms).map_err(Code::of);
    assert_eq!(unknown.err(), Some(Code::UnknownCard));
}

#[test]
fn a_transfer_that_the_issuer_did_not_hear_of_is_sent_again_and_one_it_knows_is_done_once() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    let request = phone.ask_for_transfer(card, &transfer(5000));
    phone.desk().refuse_next(true).unwrap();
    assert_eq!(phone.desk().transfer(&request.bytes, phone.now.wall_ms), Err(DeskError::ToldToRefuse));
    let again = phone.wallet.transfer_request(request.number).unwrap();
    let answered = phone.desk().transfer(&again.bytes, phone.now.wall_ms).unwrap();
    assert_eq!(answered.verification.verdict, Verdict::Valid);
    // The answer is lost: the wallet sends the transfer again, and is told again what became of it.
    let repeated = phone.desk().transfer(&again.bytes, phone.now.wall_ms).unwrap();
    assert_eq!(repeated.verification.verdict, Verdict::TransferCameBefore);
    phone.apply(&repeated.envelope.unwrap()).unwrap();
    assert_eq!(phone.wallet.transfers(None, 9)[0].state, TransferState::Done);
    assert_eq!(told(&phone, card), (95_000, 95_000));
}

#[test]
fn a_refused_transfer_is_told_with_its_reason_and_what_is_none_is_told_to_nobody() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    let request = phone.ask_for_transfer(card, &transfer(100_001));
    let answered = phone.desk().transfer(&request.bytes, phone.now.wall_ms).unwrap();
    assert_eq!(answered.verification.verdict, Verdict::FundsInsufficient);
    phone.apply(&answered.envelope.unwrap()).unwrap();
    let state = phone.wallet.transfers(None, 9)[0].state;
    assert_eq!(state, TransferState::Refused(TransferRefusal::InsufficientFunds));
    let nothing = phone.desk().transfer(b"no transfer", phone.now.wall_ms).unwrap();
    assert_eq!((nothing.verification.verdict, nothing.envelope), (Verdict::TransferInvalid, None));
}
