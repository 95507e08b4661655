//! Contacts that end in the middle.

use hcepay_core::Outcome;
use hcepay_demo_desk::purchase::{Torn, Wanted};
use hcepay_demo_desk::shown::{Show, shown};
use hcepay_tests::issuer::verification::Verdict;

use crate::demo_phone::{DemoPhone, PURCHASE};

#[test]
fn a_contact_may_tear_at_every_command_and_the_next_one_is_paid() {
    let phone = DemoPhone::enrolled();
    phone.install("kernel2-cvn14");
    phone.verify_holder();
    let whole = phone.pay(&PURCHASE).0.exchanges.len();
    assert!(whole > 5);
    for torn in [Torn::ChannelThrew, Torn::NoAnswer] {
        for at in 1..=whole {
            phone.verify_holder();
            let (contact, report) = phone.pay_torn(at, torn);
            assert_eq!((contact.torn, contact.exchanges.len(), contact.tap.authorisation), (Some(torn), at, None));
            assert_ne!(report.outcome, Outcome::AuthorisationRequested, "the card never saw command {at}");
        }
    }
    phone.verify_holder();
    assert_eq!(phone.pay(&PURCHASE).1.unwrap().verdict, Verdict::Valid);
}

#[test]
fn a_terminal_that_leaves_when_the_card_has_answered_costs_one_key_and_no_payment() {
    let phone = DemoPhone::enrolled();
    let card = phone.install("kernel3-cvn18");
    let whole = 3;
    for (tear_after, spent) in [(0, 0), (1, 0), (2, 0), (whole, 1)] {
        phone.verify_holder();
        let before = phone.keys_left(card);
        let (contact, verification, _) = phone.pay(&Wanted { tear_after: Some(tear_after), ..PURCHASE });
        assert_eq!((contact.torn, verification), (Some(Torn::TerminalLeft), None), "{tear_after}");
        assert_eq!(contact.exchanges.len(), tear_after as usize);
        assert!(contact.exchanges.iter().all(|exchange| exchange.response.ends_with(&[0x90, 0x00])));
        assert_eq!(before - phone.keys_left(card), spent, "{tear_after}");
    }
    phone.verify_holder();
    let (contact, verification, _) = phone.pay(&Wanted { tear_after: Some(99), ..PURCHASE });
    assert_eq!((contact.torn, verification.unwrap().verdict), (None, Verdict::Valid), "it was over before");
}

#[test]
fn of_no_card_is_a_token_seen() {
    for offer in hcepay_demo_desk::cards::offers() {
        let phone = DemoPhone::enrolled();
        phone.install(offer.card.name);
        phone.verify_holder();
        let (contact, ..) = phone.pay(&PURCHASE);
        let token = offer.card.token.digits();
        let seen = format!("{:?}", shown(&contact.exchanges, Show::Covered));
        let whole = format!("{:?}", shown(&contact.exchanges, Show::Whole));
        assert!(whole.contains(token), "{}: there is something to cover", offer.card.name);
        assert!(!seen.contains(token), "{}: {seen}", offer.card.name);
        assert!(seen.contains(&format!("a token that ends in {}", offer.last_four())), "{}", offer.card.name);
        assert!(!seen.contains("TEST00000000") && !seen.contains("5445535430"), "{}: {seen}", offer.card.name);
    }
}
