//! Each demo card through a whole tap: terminal, card, issuer.

use hcepay_desk::air::{Air, Rate};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_tests::issuer::demo_cards::{DEMO_CARDS, demo_card};
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::terminal::{Outcome, Purchase, Reason, Terminal};

fn purchase(amount_minor: u64) -> Purchase {
    Purchase { amount_minor, ..PURCHASE }
}

/// Whether terminals choose kernel 2 for the card.
fn is_of_kernel_2(name: &str) -> bool {
    demo_card(name).unwrap().applications[0].version.kernel() == 2
}

/// A small amount and, where the card can, a large one.
fn amounts(name: &str) -> Vec<u64> {
    // Without CDA kernel 2 pays nothing above the reader's CVM required limit.
    if name == "kernel2-without-oda" { vec![1250, 50_00] } else { vec![1250, 125_000] }
}

#[test]
fn every_demo_card_pays_and_its_issuer_says_so() {
    for name in DEMO_CARDS {
        for amount in amounts(name) {
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

/// A tap's bytes, by how long they are on the air at the rate at which every tap begins.
#[test]
fn a_card_of_kernel_3_says_all_that_readers_need_in_three_commands_and_25_ms() {
    for name in ["kernel3-cvn18", "kernel3-cvn43", "kernel3-no-verification", "closed-loop"] {
        let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
        phone.receive_keys(1);
        phone.verify_holder();
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| phone.process(command));
        assert_eq!((tap.outcome, tap.exchanges.len()), (Outcome::OnlineRequest, 3), "{name}");
        let milliseconds = Air::of(&tap.exchanges, 256).milliseconds(Rate::Kbit106);
        // This one's PDOL asks for 25 bytes more than others do, and its issuer application data has 20 more.
        assert!(milliseconds <= if name == "kernel3-cvn43" { 31.0 } else { 25.0 }, "{name}: {milliseconds}");
    }
}

#[test]
fn without_verification_the_terminal_says_see_phone_and_no_key_is_spent() {
    for name in DEMO_CARDS {
        let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
        phone.receive_keys(2);
        // Without CDA there is no verification on the phone in kernel 2's eyes, and above its limit it declines by itself.
        let amount = if name == "kernel2-without-oda" { 12_50 } else { 125_000 };
        let tap = Terminal::default().pay(&purchase(amount), &mut |command| phone.process(command));
        assert_eq!(tap.outcome, Outcome::SeePhone, "{name}: {}", tap.reason.sentence());
        let report = phone.leave_field();
        assert_eq!(report.outcome.name(), "verification-needed", "{name}");
        assert_eq!((report.atc, report.keys_left), (None, Some(2)), "{name}");
    }
}

#[test]
fn kernel_2_above_the_terminal_s_limit_declines_for_a_reason_of_its_own_whatever_the_holder_did() {
    for name in DEMO_CARDS.into_iter().filter(|name| is_of_kernel_2(name)) {
        // This card's at every reader, the others' at readers that do not support verification on the device.
        let kernel_configuration = if name == "kernel2-without-oda" { 0x20 } else { 0x00 };
        let blind = Terminal { kernel_configuration, ..Terminal::default() };
        for verified in [false, true] {
            let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
            phone.receive_keys(2);
            if verified {
                phone.verify_holder();
            }
            let tap = blind.pay(&purchase(50_01), &mut |command| phone.process(command));
            assert_eq!((tap.outcome, tap.reason), (Outcome::Declined, Reason::VerificationMissing), "{name}");
            let report = phone.leave_field();
            let told = (report.outcome.name(), report.reason.unwrap().name());
            assert_eq!(told, ("declined", "over-terminal-limit"), "{name}");
            assert_eq!((report.atc, report.keys_left, report.amount_minor), (None, Some(2), Some(50_01)), "{name}");
        }
        // Where the terminal declines for another reason, that is told.
        let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
        phone.receive_keys(2);
        phone.verify_holder();
        let unproved = Terminal { tac_denial: [0x80, 0, 0, 0, 0], cda_supported: false, ..blind };
        let tap = unproved.pay(&purchase(12_50), &mut |command| phone.process(command));
        assert_eq!((tap.outcome, tap.reason), (Outcome::Declined, Reason::NotAuthenticated), "{name}");
        assert_eq!(phone.leave_field().reason.unwrap().name(), "terminal-declined", "{name}");
    }
}

#[test]
fn kernel_2_pays_at_readers_that_support_verification_on_the_device_and_at_others() {
    for name in DEMO_CARDS.into_iter().filter(|name| is_of_kernel_2(name)) {
        for kernel_configuration in [0x20, 0x00] {
            let mut phone = Phone::new(name, 0, NEW_YEAR).unwrap();
            phone.receive_keys(1);
            phone.verify_holder();
            let terminal = Terminal { kernel_configuration, ..Terminal::default() };
            let tap = terminal.pay(&purchase(50_00), &mut |command| phone.process(command));
            assert_eq!((tap.outcome, tap.reason), (Outcome::OnlineRequest, Reason::NoVerification), "{name}");
            assert_eq!(phone.ask_issuer(&tap.authorisation.unwrap()).verdict, Verdict::Valid, "{name}");
        }
    }
}
