//! Each demo card through a whole tap: terminal, card, issuer.

use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_tests::issuer::demo_cards::DEMO_CARDS;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::{Outcome, Purchase, Terminal};

fn purchase(amount_minor: u64) -> Purchase {
    Purchase { amount_minor, ..PURCHASE }
}

#[test]
fn every_demo_card_pays_and_its_issuer_says_so() {
    for name in DEMO_CARDS {
        for amount in [1250, 125_000] {
            let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
            phone.receive_keys(2);
            phone.verify_holder();
            let tap = Terminal::default().pay(&purchase(amount), &mut |command| phone.process(command));
            assert_eq!(tap.outcome, Outcome::OnlineRequest, "{name}: {}", tap.reason.sentence());
            let verification = phone.ask_issuer(&tap.authorisation.unwrap());
            assert_eq!(verification.verdict, Verdict::Valid, "{name}: {:?}", verification.steps);
            let report = phone.leave_field();
            assert_eq!(report.outcome.name(), "authorisation-requested", "{name}");
            assert_eq!(report.amount_minor, Some(amount), "{name}");
            assert_eq!(report.keys_left, Some(1), "{name}");
        }
    }
}

#[test]
fn without_verification_the_terminal_says_see_phone_and_no_key_is_spent() {
    for name in DEMO_CARDS {
        let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
        phone.receive_keys(2);
        let tap = Terminal::default().pay(&purchase(125_000), &mut |command| phone.process(command));
        assert_eq!(tap.outcome, Outcome::SeePhone, "{name}: {}", tap.reason.sentence());
        let report = phone.leave_field();
        assert_eq!(report.outcome.name(), "verification-needed", "{name}");
        assert_eq!((report.atc, report.keys_left), (None, Some(2)), "{name}");
    }
}
