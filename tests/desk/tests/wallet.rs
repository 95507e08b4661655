//! The wallet as an app sees it: which card pays, which keys it takes, what it says after a fault of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use hcepay_core::{
    CardId, Channel, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Outcome, PaymentKey, Randomness, Reason, SecretKey,
    Wallet,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, Phone, issuer_key, randomness, store_key};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;

const SELECT_DIRECTORY: &str = "00A404000E325041592E5359532E444446303100";
const SELECT_2: &str = "00A4040007A000000004101000";
const SELECT_3: &str = "00A4040007A000000003101000";
const OPTIONS_3: &str = "80A80000238321308040000000000012500000000000000276000000000009782601010011223344 00";
const GENERATE_2: &str =
    "80AE80002B000000001250000000000000027680000000000978260101001122334422000000000000000000003F000200";

fn wallet_with(cards: &[&str]) -> (Wallet, Vec<CardId>) {
    let wallet = wallet(randomness(1));
    let install = |name: &&str| wallet.install_unsealed(&demo_card(name).unwrap().profile()).unwrap();
    let ids = cards.iter().map(install).collect();
    (wallet, ids)
}

fn wallet(randomness: Randomness) -> Wallet {
    Wallet::create(Box::new(Disk::default()), store_key(), issuer_key(), NEW_YEAR, randomness).unwrap()
}

fn key(aid: &str, first_atc: u16, uses: u16, derivation_data: Option<[u8; 4]>) -> PaymentKey {
    let aid = from_hex(aid).unwrap();
    let terms = KeyTerms {
        aid,
        channel: Channel::Tap,
        first_atc,
        uses,
        not_before_ms: 0,
        not_after_ms: u64::MAX,
        derivation_data,
        limits: Vec::new(),
    };
    PaymentKey::new(&terms, SecretKey::new(Box::new([0x11; 16]))).unwrap()
}

fn send(wallet: &mut Wallet, command: &str) -> Vec<u8> {
    wallet.process(NEW_YEAR, &from_hex(command).unwrap())
}

#[test]
fn the_directory_lists_the_chosen_card_alone_and_no_other_card_answers() {
    let (mut wallet, cards) = wallet_with(&["kernel3-cvn18", "kernel2-cvn14"]);
    let lists = |answer: &[u8], aid: &str| {
        let aid = from_hex(aid).unwrap();
        answer.windows(aid.len()).any(|window| window == aid)
    };
    for (card, own, other) in [(1, "A0000000041010", "A0000000031010"), (0, "A0000000031010", "A0000000041010")] {
        wallet.choose(cards[card], NEW_YEAR).unwrap();
        let directory = send(&mut wallet, SELECT_DIRECTORY);
        assert!(lists(&directory, own) && !lists(&directory, other));
        assert_eq!(send(&mut wallet, if card == 1 { SELECT_3 } else { SELECT_2 }), [0x6A, 0x82]);
        wallet.deactivated(NEW_YEAR);
    }
}

#[test]
fn another_choice_counts_from_the_next_contact_on() {
    let (mut wallet, cards) = wallet_with(&["kernel3-cvn18", "kernel2-cvn14"]);
    assert!(send(&mut wallet, SELECT_3).ends_with(&[0x90, 0x00]));
    wallet.choose(cards[1], NEW_YEAR).unwrap();
    assert_eq!(send(&mut wallet, SELECT_2), [0x6A, 0x82]);
    wallet.deactivated(NEW_YEAR);
    assert!(send(&mut wallet, SELECT_2).ends_with(&[0x90, 0x00]));
}

#[test]
fn an_empty_wallet_has_no_application() {
    let (mut wallet, _) = wallet_with(&[]);
    for (command, status_word) in [
        (SELECT_DIRECTORY, [0x6A, 0x82]),
        (SELECT_3, [0x6A, 0x82]),
        (OPTIONS_3, [0x69, 0x85]),
        ("FFA4040000", [0x6E, 0x00]),
        ("00FF000000", [0x6D, 0x00]),
        ("", [0x67, 0x00]),
    ] {
        assert_eq!(send(&mut wallet, command), status_word, "{command}");
    }
    assert_eq!(wallet.deactivated(NEW_YEAR).outcome, Outcome::Nothing);
}

#[test]
fn a_window_that_is_too_short_or_too_long_is_refused_and_the_one_before_goes_on() {
    let (mut wallet, cards) = wallet_with(&["kernel3-cvn18"]);
    wallet.add_keys_unsealed(cards[0], vec![key("A0000000031010", 1, 1, None)], NEW_YEAR).unwrap();
    let arm = |wallet: &Wallet, window| wallet.arm(NEW_YEAR, Method::Biometric, window, None).map(drop);
    assert_eq!(arm(&wallet, 5_000), Ok(()));
    let length = wallet.ledger_length();
    for window in [0, 4_999, 120_001, u64::MAX] {
        assert_eq!(arm(&wallet, window), Err(Error::WindowOutOfRange), "{window}");
    }
    assert_eq!(wallet.ledger_length(), length);
    send(&mut wallet, SELECT_3);
    assert!(send(&mut wallet, OPTIONS_3).ends_with(&[0x90, 0x00]), "it is still open");
}

#[test]
fn keys_that_do_not_fit_the_card_are_refused() {
    let (wallet, cards) = wallet_with(&["kernel3-cvn18", "kernel3-cvn43"]);
    let aid = "A0000000031010";
    let add = |card, key| {
        let length = wallet.ledger_length();
        let added = wallet.add_keys_unsealed(card, vec![key], NEW_YEAR);
        assert_eq!(wallet.ledger_length() == length, added.is_err(), "what is refused is not written");
        added
    };
    assert_eq!(add(cards[0], key("A0000000041010", 1, 1, None)), Err(Error::UnknownApplication));
    assert_eq!(add(cards[0], key(aid, 1, 2, None)), Err(Error::KeyDoesNotFit), "a session key has one use");
    assert_eq!(add(cards[0], key(aid, 1, 1, Some([0; 4]))), Err(Error::KeyDoesNotFit));
    assert_eq!(add(cards[1], key(aid, 1, 1, None)), Err(Error::KeyDoesNotFit), "a limited-use key has an index");
    assert_eq!(add(cards[0], key(aid, 5, 1, None)), Ok(()));
    assert_eq!(add(cards[0], key(aid, 5, 1, None)), Err(Error::AtcNotRising));
    assert_eq!(add(cards[1], key(aid, 1, 5, Some([0; 4]))), Ok(()));
    let (_, others) = wallet_with(&["kernel3-cvn18", "kernel3-cvn18", "kernel3-cvn18"]);
    assert_eq!(wallet.add_keys_unsealed(others[2], vec![], NEW_YEAR), Err(Error::UnknownCard));
    assert_eq!(wallet.choose(others[2], NEW_YEAR), Err(Error::UnknownCard));
}

#[test]
fn a_limited_use_key_may_sign_as_often_as_its_issuer_says_each_time_with_a_new_counter() {
    let (mut wallet, cards) = wallet_with(&["kernel3-cvn43"]);
    wallet.add_keys_unsealed(cards[0], vec![key("A0000000031010", 9, 3, Some([0, 0, 1, 0]))], NEW_YEAR).unwrap();
    let merchant = "48".repeat(20);
    let values = format!("11223344{merchant}3080400000000000001250000000000000 0000000000 0978 0276 260101 0000000000");
    let options = format!("80A800003C833A{values}00");
    let counters = [9, 10, 11].map(|_| {
        wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        send(&mut wallet, SELECT_3);
        send(&mut wallet, &options);
        wallet.deactivated(NEW_YEAR).atc.unwrap().number()
    });
    assert_eq!(counters, [9, 10, 11]);
    wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    send(&mut wallet, SELECT_3);
    assert_eq!(send(&mut wallet, &options), [0x69, 0x85]);
    assert_eq!(wallet.deactivated(NEW_YEAR).reason, Some(Reason::NoKeyLeft));
}

#[test]
fn a_fault_of_our_own_leaves_the_card_deselected_and_the_report_says_unknown() {
    let mut fills: usize = 0;
    let mut wallet = wallet(Box::new(move |buffer| {
        // Names, keys and salts are longer; an AAC's cryptogram is 8 bytes.
        assert_ne!(buffer.len(), 8, "no randomness today");
        fills += 1;
        buffer.fill(fills as u8);
    }));
    wallet.install_unsealed(&demo_card("kernel2-cvn14").unwrap().profile()).unwrap();
    send(&mut wallet, SELECT_2);
    send(&mut wallet, "80A8000002830000");
    // Nobody verified, so this would be an AAC, whose cryptogram is random. The border to Java answers 6F00.
    assert!(catch_unwind(AssertUnwindSafe(|| send(&mut wallet, GENERATE_2))).is_err());
    assert_eq!(send(&mut wallet, GENERATE_2), [0x69, 0x85]);
    assert!(send(&mut wallet, SELECT_2).ends_with(&[0x90, 0x00]));
    let report = wallet.deactivated(NEW_YEAR);
    assert_eq!((report.outcome, report.reason), (Outcome::Unknown, Some(Reason::Fault)));
    // The next contact knows nothing of it.
    send(&mut wallet, SELECT_2);
    assert_eq!(wallet.deactivated(NEW_YEAR).outcome, Outcome::Nothing);
}

#[test]
fn contacts_are_numbered_and_every_attempt_of_one_is_reported_in_order() {
    let mut phone = Phone::new("kernel3-two-applications", 0, NEW_YEAR).unwrap();
    phone.receive_keys(3);
    assert_eq!(phone.leave_field().id, None, "no command, no contact");
    for id in 1..=2 {
        for armed in [false, true, false] {
            if armed {
                phone.verify_holder();
            }
            phone.process(&from_hex(SELECT_3).unwrap());
            phone.process(&from_hex(OPTIONS_3).unwrap());
        }
        let report = phone.leave_field();
        assert_eq!(report.id, Some(id));
        let outcomes: Vec<_> = report.attempts.iter().map(|attempt| attempt.outcome).collect();
        // The record that goes with the cryptogram was never read.
        assert_eq!(outcomes, [Outcome::VerificationNeeded, Outcome::Torn, Outcome::VerificationNeeded]);
        assert_eq!(report.outcome, Outcome::Torn, "the attempt that spent a key is the one that counts");
        assert_eq!(report.atc.unwrap().number(), u16::try_from(id).unwrap());
        assert_eq!(report.amount_minor.zip(report.currency), Some((1250, 978)));
    }
}

#[test]
fn a_terminal_that_tries_without_end_does_not_fill_the_report() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    phone.verify_holder();
    for _ in 0..1000 {
        phone.process(&from_hex(SELECT_3).unwrap());
        phone.process(&from_hex(OPTIONS_3).unwrap());
    }
    let report = phone.leave_field();
    assert_eq!(report.attempts.len(), 16);
    assert_eq!(report.atc.unwrap().number(), 1, "the one that spent a key is kept");
}

#[test]
fn a_disarmed_wallet_pays_nothing() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    phone.verify_holder();
    phone.wallet().disarm();
    phone.process(&from_hex(SELECT_3).unwrap());
    assert_eq!(phone.process(&from_hex(OPTIONS_3).unwrap()), [0x69, 0x86]);
}

#[test]
fn nothing_secret_shows_in_debug() {
    let phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    let shown = format!("{phone:?} {:?}", key("A0000000031010", 1, 1, None));
    assert!(!shown.contains("17") && !shown.contains("9999"), "{shown}");
}
