//! A transfer that is done: once, whatever is sent again, and nothing else than the holder saw.

use hcepay_core::{Method, Purpose, TransferRequest, TransferState};
use hcepay_tests::issuer::transfers::Transfer as Read;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::Holder;

use super::sender::{IBAN, Sender, of, terms, transfer};
use crate::everyday::later;

#[test]
fn a_transfer_says_to_the_issuer_what_the_holder_saw_and_is_done_and_told() {
    let mut sender = Sender::new();
    let TransferRequest { number, bytes } = sender.ask(&transfer()).unwrap();
    let (read, _) = Read::read(&bytes).unwrap();
    let expected = Read {
        holder: Holder { wallet: sender.id, card: sender.card().number() },
        number,
        verified_ms: sender.now.wall_ms,
        amount_minor: 50_00,
        currency: 978,
        payee: IBAN.to_owned(),
        payee_name: "Löwe & Söhne".to_owned(),
        note: "Miete".to_owned(),
    };
    assert_eq!(read, expected);
    let [pending] = &sender.rows()[..] else { panic!("one") };
    assert_eq!((pending.number, pending.card, pending.at_ms), (number, sender.card(), sender.now.wall_ms));
    assert_eq!(
        (pending.verified, pending.state, pending.settled_ms),
        (Method::Biometric, TransferState::Pending, None)
    );
    assert_eq!(*pending.transfer.terms(), terms());

    sender.now = later(sender.now, 1000);
    let verification = sender.send(&bytes);
    assert_eq!(verification.verdict, Verdict::Valid, "{verification:?}");
    let names: Vec<&str> = verification.steps.iter().map(|step| step.name).collect();
    assert_eq!(
        names,
        ["transfer", "transfer signed", "number new", "card active", "holder verification", "payee", "funds"]
    );
    let [done] = &sender.rows()[..] else { panic!("one") };
    assert_eq!((done.state, done.settled_ms), (TransferState::Done, Some(sender.now.wall_ms)));
    assert_eq!(sender.wallet.transfer_request(number), None, "nothing is to be sent again");
    sender.reopen();
    assert_eq!(sender.states(), [TransferState::Done]);
}

#[test]
fn the_same_transfer_sent_again_is_known_and_moves_no_money_again() {
    let mut sender = Sender::new();
    let first = sender.ask(&transfer()).unwrap();
    assert_eq!(sender.wallet.transfer_request(first.number), Some(first.clone()), "the answer was lost");
    assert_eq!(sender.verdict(&first.bytes), Verdict::Valid);
    assert_eq!(sender.verdict(&first.bytes), Verdict::TransferCameBefore);
    sender.reopen();
    let again = sender.wallet.transfer_request(first.number).unwrap();
    assert_eq!(again, first, "byte for byte");
    assert_eq!(sender.verdict(&again.bytes), Verdict::TransferCameBefore);
    let second = sender.ask(&transfer()).unwrap();
    assert!(second.number > first.number, "the holder may mean it twice");
    assert_eq!(sender.verdict(&second.bytes), Verdict::Valid);
    sender.order(|issuer, holder, random| issuer.tell_balance(holder, 2_000_000_000_000, random));
    let balance = sender.wallet.balance(sender.card(), 2_000_000_000_000).unwrap();
    assert_eq!(balance.statement.booked_minor, 90_000, "twice 50.00");
}

#[test]
fn what_became_of_a_transfer_is_told_again_where_the_answer_was_lost() {
    let mut sender = Sender::new();
    for transfer in [transfer(), of(100_000)] {
        let request = sender.ask(&transfer).unwrap();
        let lost = sender.verdict(&request.bytes);
        assert_eq!(sender.states()[0], TransferState::Pending, "the notice never came");
        assert_eq!(sender.send(&request.bytes).verdict, Verdict::TransferCameBefore);
        let expected = if lost == Verdict::Valid { "done" } else { "refused" };
        assert_eq!(sender.states()[0].name(), expected);
    }
}

#[test]
fn whoever_alters_a_transfer_moves_nothing() {
    let mut sender = Sender::new();
    let request = sender.ask(&transfer()).unwrap().bytes;
    for place in 0..request.len() {
        for bit in 0..8 {
            let mut altered = request.clone();
            altered[place] ^= 1 << bit;
            let verdict = sender.verdict(&altered);
            let told = [Verdict::TransferInvalid, Verdict::SignatureWrong, Verdict::NotVerifiable];
            assert!(told.contains(&verdict), "byte {place} bit {bit}: {verdict:?}");
        }
    }
    for length in 0..request.len() {
        assert_ne!(sender.verdict(&request[..length]), Verdict::Valid, "{length}");
    }
    assert_eq!(sender.verdict(&request), Verdict::Valid);
}

#[test]
fn a_transfer_that_comes_too_late_is_refused_and_stays_so() {
    let mut sender = Sender::new();
    let request = sender.ask(&transfer()).unwrap();
    sender.now = later(sender.now, 5 * 60_000 + 1);
    assert_eq!(sender.send(&request.bytes).verdict, Verdict::VerifiedTooLongAgo);
    let [row] = &sender.rows()[..] else { panic!("one") };
    assert_eq!(row.state.refusal().map(|why| why.name()), Some("too-late"));
    sender.now = later(sender.now, 1);
    assert_eq!(sender.verdict(&request.bytes), Verdict::TransferCameBefore, "what was refused is not done later");
}

#[test]
fn the_issuer_refuses_what_the_account_does_not_have_and_whom_it_does_not_know() {
    let mut sender = Sender::new();
    let too_much = sender.ask(&of(100_001)).unwrap();
    assert_eq!(sender.send(&too_much.bytes).verdict, Verdict::FundsInsufficient);
    let wrong = hcepay_core::TransferTerms { payee: IBAN.replace("89", "88"), ..terms() };
    let wrong = sender.ask(&hcepay_core::Transfer::new(&wrong).unwrap()).unwrap();
    assert_eq!(sender.send(&wrong.bytes).verdict, Verdict::PayeeUnknown);
    let all = sender.ask(&of(100_000)).unwrap();
    assert_eq!(sender.send(&all.bytes).verdict, Verdict::Valid);
    let names: Vec<_> = sender.rows().iter().map(|row| row.state.refusal().map(|why| why.name())).collect();
    assert_eq!(names, [None, Some("payee-unknown"), Some("insufficient-funds")], "newest first");
    let card = sender.card().number();
    sender.order(|issuer, holder, random| issuer.suspend(holder, random));
    assert_eq!(card, sender.card().number());
}

#[test]
fn a_card_that_the_issuer_has_suspended_transfers_nothing_though_the_phone_has_not_heard() {
    let mut sender = Sender::new();
    let request = sender.ask(&transfer()).unwrap();
    let unheard = sender.ordered(|issuer, holder, random| issuer.suspend(holder, random));
    assert_eq!(sender.verdict(&request.bytes), Verdict::CardNotActive);
    assert_eq!(sender.apply(&unheard).unwrap().purpose, Purpose::Suspend);
}

#[test]
fn transfers_since_a_statement_stand_beside_it() {
    let mut sender = Sender::new();
    let wall_ms = sender.now.wall_ms;
    sender.order(|issuer, holder, random| issuer.tell_balance(holder, wall_ms, random));
    sender.now = later(sender.now, 1000);
    let request = sender.ask(&transfer()).unwrap();
    let balance = sender.wallet.balance(sender.card(), sender.now.wall_ms).unwrap();
    assert_eq!(balance.statement.available_minor, 100_000);
    let since: Vec<_> = balance.sent_since.iter().map(|row| (row.number, row.state)).collect();
    assert_eq!(since, [(request.number, TransferState::Pending)]);
    let wall_ms = sender.now.wall_ms;
    sender.order(|issuer, holder, random| issuer.tell_balance(holder, wall_ms, random));
    assert_eq!(sender.wallet.balance(sender.card(), wall_ms).unwrap().sent_since, []);
}
