//! The whole life of a demo wallet with its desk.

use hcepay_core::CardState;
use hcepay_demo_desk::Code;
use hcepay_demo_desk::cards::offers;
use hcepay_demo_desk::desk::{Act, Order, Settled};
use hcepay_demo_desk::error::DeskError;
use hcepay_demo_desk::purchase::{Readers, Wanted};
use hcepay_tests::issuer::key_entry::Channel;
use hcepay_tests::issuer::notices::{DeclineReason, Event};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::wallets::CardState as AtIssuer;
use hcepay_tests::terminal::Outcome;

use crate::demo_phone::{DemoPhone, PURCHASE, is_authorisation};

const DAY_MS: u64 = 24 * 3_600_000;

#[test]
fn every_card_there_is_to_install_pays() {
    for offer in offers() {
        let phone = DemoPhone::enrolled();
        let card = phone.install(offer.card.name);
        phone.verify_holder();
        let (contact, verification, report) = phone.pay(&PURCHASE);
        let verification = verification.unwrap();
        assert_eq!(verification.verdict, Verdict::Valid, "{}: {:?}", offer.card.name, verification.steps);
        assert!(contact.torn.is_none() && is_authorisation(&report), "{}", offer.card.name);
        assert_eq!(contact.times.len(), contact.exchanges.len());
        let at_issuer = phone.desk().cards().unwrap();
        assert_eq!((at_issuer[0].card, at_issuer[0].name, at_issuer.len()), (card, offer.card.name, 1));
        assert_eq!((at_issuer[0].last_four.as_str(), at_issuer[0].state), (offer.last_four(), AtIssuer::Active));
    }
}

#[test]
fn a_card_is_installed_paid_with_filled_up_suspended_resumed_renewed_and_deleted() {
    let mut phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    let (contact, verification, _) = phone.pay(&PURCHASE);
    assert_eq!((contact.tap.outcome, verification), (Outcome::SeePhone, None), "nobody verified");
    for left in [9, 8] {
        phone.verify_holder();
        let (_, verification, _) = phone.pay(&PURCHASE);
        assert_eq!((verification.unwrap().verdict, phone.keys_left(card)), (Verdict::Valid, left));
    }
    phone.carry(phone.wallet.replenishment_request(phone.now.wall_ms).unwrap()).unwrap();
    assert!(phone.keys_left(card) > 8);

    phone.move_card(Act::Suspend, card);
    phone.verify_holder();
    let (contact, verification, report) = phone.pay(&PURCHASE);
    assert_eq!((contact.tap.outcome == Outcome::OnlineRequest, verification), (false, None));
    assert!(!is_authorisation(&report));
    assert_eq!(phone.desk().cards().unwrap()[0].state, AtIssuer::Suspended);
    phone.move_card(Act::Resume, card);
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);

    let before = phone.desk().cards().unwrap()[0].expiry;
    phone.move_card(Act::Renew, card);
    let after = phone.desk().cards().unwrap()[0].expiry;
    assert_eq!((before, after), ([0x29, 0x12], [0x32, 0x12]));
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);

    phone.now.wall_ms += DAY_MS;
    phone.move_card(Act::Delete, card);
    assert!(phone.wallet.cards().is_empty());
    assert_eq!(phone.desk().cards().unwrap()[0].state, AtIssuer::Deleted);
    let again = phone.install("kernel3-cvn18");
    phone.verify_holder();
    assert_eq!((again > card, phone.pay(&PURCHASE).1.unwrap().verdict), (true, Verdict::Valid));
}

#[test]
fn a_suspended_card_that_has_not_heard_of_it_is_declined_by_the_issuer() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    phone.desk().move_card(Act::Suspend, card).unwrap();
    phone.verify_holder();
    let verification = phone.pay(&PURCHASE).1.unwrap();
    assert_eq!(verification.verdict, Verdict::CardNotActive);
    let found: Vec<_> = verification.steps.iter().map(|step| (step.name, step.passed)).collect();
    assert_eq!((found.last(), found[found.len() - 2]), (Some(&("card active", false)), ("cryptogram", true)));
    // What waits comes when the wallet next looks.
    phone.carry(phone.wallet.check_in_request().unwrap()).unwrap();
    let state = phone.wallet.card(phone.card(card), phone.now.wall_ms).unwrap().state;
    assert_eq!(state, CardState::Suspended);
}

#[test]
fn a_card_with_an_identity_check_waits_for_the_code_that_the_bank_sent() {
    let phone = DemoPhone::enrolled();
    let order = Order { name: "kernel2-cvn14", keys: 5, codes: 3, protection: None };
    let installed = phone.desk().install(&order, phone.now.wall_ms).unwrap();
    phone.apply(&installed.envelope).unwrap();
    let card = phone.card(installed.card);
    let code = installed.code.unwrap();
    assert_eq!(phone.desk().cards().unwrap()[0].identity_check, Some((code.clone(), 3)), "the app may show it again");
    assert_eq!(phone.wallet.card(card, phone.now.wall_ms).unwrap().state, CardState::Waiting);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    phone.carry(phone.wallet.identity_check_request(card, wrong.into()).unwrap()).unwrap();
    assert_eq!(phone.desk().cards().unwrap()[0].identity_check, Some((code.clone(), 2)));
    phone.carry(phone.wallet.identity_check_request(card, code.into_bytes()).unwrap()).unwrap();
    assert_eq!(phone.wallet.card(card, phone.now.wall_ms).unwrap().state, CardState::Active);
    assert_eq!(phone.desk().cards().unwrap()[0].identity_check, None);
}

#[test]
fn the_issuer_refuses_the_next_request_and_no_other() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel3-cvn18");
    phone.desk().refuse_next(true).unwrap();
    let asked = phone.wallet.check_in_request().unwrap();
    assert_eq!(phone.carry(asked), Err(DeskError::ToldToRefuse));
    assert!(phone.carry(phone.wallet.check_in_request().unwrap()).is_ok());
    phone.desk().refuse_next(true).unwrap();
    assert!(phone.desk().refuses_next().unwrap());
    phone.desk().refuse_next(false).unwrap();
    assert!(phone.carry(phone.wallet.check_in_request().unwrap()).is_ok());
}

#[test]
fn keys_that_the_issuer_s_clock_has_outlived_are_declined() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel3-cvn18");
    phone.desk().set_clock(phone.now.wall_ms, phone.now.wall_ms + 31 * DAY_MS).unwrap();
    assert_eq!(phone.desk().now(phone.now.wall_ms), Ok(phone.now.wall_ms + 31 * DAY_MS));
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::KeyExpired);
}

#[test]
fn an_issuer_s_clock_that_was_set_tells_a_wallet_the_time() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel3-cvn18");
    phone.desk().set_clock(phone.now.wall_ms, phone.now.wall_ms + 2 * DAY_MS).unwrap();
    phone.carry(phone.wallet.issuer_time_request().unwrap()).unwrap();
    assert!(phone.wallet.clock_was_set_back(phone.now.wall_ms));
}

#[test]
fn another_wallet_of_the_app_gets_the_cards_of_the_one_before() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel3-cvn18");
    let refused =
        phone.desk().install(&Order { name: "kernel3-cvn18", keys: 1, codes: 0, protection: None }, phone.now.wall_ms);
    assert_eq!(refused.map_err(Code::of).err(), Some(Code::CardThere));
    let phone = phone.with_another_wallet();
    phone.enrol();
    assert_eq!(phone.desk().cards().unwrap(), []);
    phone.install("kernel3-cvn18");
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);
}

#[test]
fn a_terminal_takes_the_kernel_that_it_was_told_to() {
    let phone = DemoPhone::enrolled();
    phone.install("cobadged");
    for (bits, aid) in [(0b0001, "A0000000041010"), (0b0010, "A0000000031010")] {
        phone.verify_holder();
        let (_, verification, report) = phone.pay(&Wanted { readers: Readers::of_bits(bits).unwrap(), ..PURCHASE });
        assert_eq!(verification.unwrap().verdict, Verdict::Valid);
        assert_eq!(report.aid.unwrap().to_string(), aid);
    }
    let (contact, ..) = phone.pay(&Wanted { readers: Readers::of_bits(0b0100).unwrap(), ..PURCHASE });
    assert_eq!(contact.tap.reason.name(), "no-common-application");
}

#[test]
fn nothing_is_installed_before_a_wallet_has_enrolled_and_no_card_whose_key_no_phone_may_hold() {
    let phone = DemoPhone::new();
    let order = |name| Order { name, keys: 1, codes: 0, protection: None };
    let install = |name| phone.desk().install(&order(name), phone.now.wall_ms).map_err(Code::of).err();
    assert_eq!(install("kernel3-cvn18"), Some(Code::UnknownWallet));
    phone.enrol();
    assert_eq!(install("test-kernel3-cvn0a"), Some(Code::UnknownCard));
    assert_eq!(install("no such card"), Some(Code::UnknownCard));
    let moved = phone.desk().move_card(Act::Suspend, 1).map_err(Code::of);
    assert_eq!(moved.err(), Some(Code::UnknownCard));
}

#[test]
fn the_bank_says_what_became_of_a_payment_and_the_terminal_what_it_calls_itself() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-everyday");
    let (_, _, report) = phone.pay(&PURCHASE);
    assert!(is_authorisation(&report));
    assert_eq!(report.terminal.merchant_name.as_deref(), Some("Test shop, Berlin"));
    let payment = Settled {
        channel: Channel::Tap,
        card,
        aid: report.aid.unwrap().bytes().to_vec(),
        atc: report.atc.unwrap().number(),
        event: Event::Declined(DeclineReason::InsufficientFunds),
        amount_minor: 1250,
        currency: 978,
    };
    let envelope = phone.desk().notify(payment, phone.now.wall_ms).unwrap();
    phone.apply(&envelope).unwrap();
    let rows = phone.wallet.journal(None, 10);
    assert_eq!((rows.len(), rows[0].merchant.as_deref()), (1, Some("hcepay test shop")));
    let [said] = rows[0].settlements.as_slice() else { panic!("{rows:?}") };
    assert_eq!((said.settled.name(), said.settled.reason().unwrap().name()), ("declined", "insufficient-funds"));
}
