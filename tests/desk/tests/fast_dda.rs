//! Fast dynamic data authentication of kernels 3 and 7: what a reader gets that asks for it and one that does not, where the
//! signature stands, and profiles that promise it wrongly.

use hcepay_core::{DEFAULT_WINDOW_MS, Error, Method, Outcome, ProfileError, ProfileFault, Reason, Wallet};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone, empty_wallet};
use hcepay_desk::plain_key::{made, terms};
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::profile::{ApplicationProfile, DataAuthentication, data_object, profile};
use hcepay_tests::terminal::{self, Fdda, OdaStep, Tap, Terminal};

const CARDS: [&str; 3] = ["kernel3-fdda", "kernel3-fdda-record", "kernel7-fdda"];

/// The only application of a demo card.
fn application(card: &str) -> ApplicationProfile {
    demo_card(card).unwrap().applications.remove(0)
}

fn authentication(application: &mut ApplicationProfile) -> &mut DataAuthentication {
    application.data_authentication.as_mut().unwrap()
}

/// A wallet that pays with it.
fn wallet(application: &ApplicationProfile, numbers: &[u8]) -> Wallet {
    let wallet = empty_wallet();
    let card = wallet.install_unsealed(&profile(std::slice::from_ref(application))).unwrap();
    wallet.add_icc_key_unsealed(card, &application.aid, numbers, NEW_YEAR).unwrap();
    wallet.add_keys_unsealed(card, vec![made(&terms(&application.aid, 1))], NEW_YEAR).unwrap();
    wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    wallet.mark_stored(wallet.mark());
    wallet
}

fn gate() -> Terminal {
    Terminal { fdda: Fdda::Required, ..Terminal::default() }
}

fn pay(wallet: &Wallet, terminal: &Terminal) -> Tap {
    terminal.pay(&PURCHASE, &mut |command| wallet.process(NEW_YEAR, command))
}

/// How often this object came, by its tag and length.
fn times(tap: &Tap, head: &str) -> Vec<usize> {
    let head = from_hex(head).unwrap();
    let has = |answer: &[u8]| answer.windows(head.len()).any(|window| window == head);
    let places = tap.exchanges.iter().enumerate().filter(|(_, exchange)| has(&exchange.response));
    places.map(|(place, _)| place).collect()
}

#[test]
fn the_signature_stands_in_the_answer_where_it_fits_and_else_in_the_last_record() {
    for (card, head, in_the_record) in
        [(CARDS[0], "9F4B8180", false), (CARDS[1], "9F4B81B0", true), (CARDS[2], "9F4B8190", false)]
    {
        let application = application(card);
        let tap =
            pay(&wallet(&application, &application.data_authentication.as_ref().unwrap().icc_key.numbers), &gate());
        let last = tap.exchanges.len() - 1;
        assert_eq!(times(&tap, head), [if in_the_record { last } else { 2 }], "{card}");
        assert_eq!(times(&tap, "9F6907"), [last], "{card}");
        assert_eq!(tap.reason, terminal::Reason::VerifiedOnDevice, "{card}");
    }
}

#[test]
fn where_the_answer_is_full_the_signature_moves_to_the_record_and_nothing_is_longer_than_256_bytes() {
    let mut moved = Vec::new();
    for free in 1..=20 {
        let mut application = application("kernel3-fdda");
        // The key index, and as much of the issuer's as there may be.
        application.issuer_application_data = vec![0x01; 25];
        // Customer exclusive data: 3 bytes more than what it holds.
        application.processing_options.extend(data_object(0x9F7C, &vec![0x31; free]));
        let numbers = authentication(&mut application).icc_key.numbers.clone();
        let tap = pay(&wallet(&application, &numbers), &gate());
        assert!(tap.oda.is_some(), "{free}: {}", tap.reason.sentence());
        let longest = tap.exchanges.iter().map(|exchange| exchange.response.len() - 2).max().unwrap();
        assert!(longest <= 256, "{free}: {longest}");
        let answer = tap.exchanges[2].response.len() - 2;
        let in_the_answer = times(&tap, "9F4B8180") == [2];
        // As far as it goes: with it, and a length of two bytes, it would be too long.
        assert!(in_the_answer || answer + 4 + 128 + 1 > 256, "{free}: {answer}");
        moved.push(in_the_answer);
    }
    assert!(moved.is_sorted_by(|before, after| before >= after) && moved[0] && !moved[19], "{moved:?}");
}

#[test]
fn a_reader_that_does_not_ask_is_sent_to_no_record_that_it_has_no_use_for() {
    for card in CARDS {
        let mut application = application(card);
        let numbers = authentication(&mut application).icc_key.numbers.clone();
        let wallet = wallet(&application, &numbers);
        let tap = pay(&wallet, &Terminal::default());
        assert_eq!((tap.reason, tap.exchanges.len()), (terminal::Reason::VerifiedOnDevice, 4), "{card}");
        for head in ["9F69", "9F4B", "9081F8", "9F46", "8F01"] {
            assert_eq!(times(&tap, head), [0_usize; 0], "{card} {head}");
        }
        // The record that it would make: there is none in this transaction.
        let (sfi, number) = authentication(&mut application).made_record.unwrap();
        let record = wallet.process(NEW_YEAR, &[0x00, 0xB2, number, sfi << 3 | 0x04, 0x00]);
        assert_eq!(hex(&record), "6A83", "{card}");
        assert_eq!(wallet.deactivated(NEW_YEAR).outcome, Outcome::AuthorisationRequested, "{card}");
    }
}

#[test]
fn a_record_of_the_signature_that_is_not_read_leaves_the_tap_torn() {
    let mut phone = Phone::new("kernel3-fdda-record", 0, NEW_YEAR).unwrap();
    phone.receive_keys(3);
    phone.verify_holder();
    let whole = gate().pay(&PURCHASE, &mut |command| phone.process(command)).exchanges;
    phone.leave_field();
    phone.verify_holder();
    for exchange in &whole[..whole.len() - 1] {
        phone.process(&exchange.command);
    }
    let report = phone.leave_field();
    assert_eq!((report.outcome, report.reason), (Outcome::Torn, Some(Reason::AfterCryptogram)));
}

#[test]
fn each_transaction_is_signed_anew_and_the_ctq_stands_in_the_signature_too() {
    let mut phone = Phone::new("kernel3-fdda", 0, NEW_YEAR).unwrap();
    phone.receive_keys(9);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..4 {
        phone.verify_holder();
        let tap = gate().pay(&PURCHASE, &mut |command| phone.process(command));
        phone.leave_field();
        let last = &tap.exchanges.last().unwrap().response;
        let answer = hex(&tap.exchanges[2].response);
        // Go online where it fails; verified on the phone.
        assert!(answer.contains("9F6C022080"), "{answer}");
        let related = hex(last);
        let related = related.strip_prefix("700A9F690701").unwrap().strip_suffix("20809000").unwrap();
        assert!(seen.insert(related.to_owned()), "{related}");
    }
}

#[test]
fn a_shop_that_cannot_check_the_signature_asks_the_issuer_and_a_gate_stays_shut() {
    let terminals = |fdda| Terminal { fdda, ca_keys: Vec::new(), ..Terminal::default() };
    for card in CARDS {
        let mut application = application(card);
        let numbers = authentication(&mut application).icc_key.numbers.clone();
        let shop = pay(&wallet(&application, &numbers), &terminals(Fdda::Supported));
        assert_eq!((shop.reason, shop.oda), (terminal::Reason::VerifiedOnDevice, None), "{card}");
        let gate = pay(&wallet(&application, &numbers), &terminals(Fdda::Required));
        assert_eq!(gate.reason, terminal::Reason::FddaFailed(OdaStep::CaKeyUnknown), "{card}");
    }
}

#[test]
fn the_issuer_may_want_the_other_signed_data_format() {
    for format in [0x05, 0x95] {
        let mut application = application("kernel3-fdda");
        authentication(&mut application).signed_data_format = Some(format);
        let numbers = authentication(&mut application).icc_key.numbers.clone();
        let tap = pay(&wallet(&application, &numbers), &gate());
        assert_eq!(tap.oda.unwrap().signed_data[..5], [0x6A, format, 0x01, 0x03, 0x02]);
    }
}

#[test]
fn a_card_without_its_own_key_declines_at_the_gate_spends_nothing_and_pays_in_the_shop() {
    let application = application("kernel3-fdda");
    // As long, but not the one that is certified: the other card's.
    let others = hcepay_tests::issuer::certification::KeyPair::of_card(1024, true).unwrap();
    let wallet = wallet(&application, &others.numbers);
    let refused = pay(&wallet, &gate());
    assert_eq!(refused.reason, terminal::Reason::ProcessingOptionsRefused(0x6985));
    let report = wallet.deactivated(NEW_YEAR);
    assert_eq!((report.outcome, report.reason), (Outcome::Declined, Some(Reason::NoDataAuthentication)));
    wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    wallet.mark_stored(wallet.mark());
    assert_eq!(pay(&wallet, &Terminal::default()).reason, terminal::Reason::VerifiedOnDevice);
}

#[test]
fn every_wrong_promise_has_an_error_of_its_own() {
    let refused = |card: &str, change: &dyn Fn(&mut ApplicationProfile)| {
        let mut application = application(card);
        change(&mut application);
        match empty_wallet().install_unsealed(&profile(&[application])) {
            Err(Error::Profile(ProfileError { tag, fault })) => (tag.0, fault),
            other => panic!("{other:?}"),
        }
    };
    for card in CARDS {
        let refused = |change: &dyn Fn(&mut ApplicationProfile)| refused(card, change);
        let no_record = refused(&|application| authentication(application).made_record = None);
        assert_eq!(no_record, (0x9F69, ProfileFault::Missing), "{card}");
        let format = refused(&|application| authentication(application).signed_data_format = Some(0x06));
        assert_eq!(format, (0xC9, ProfileFault::WrongValue), "{card}");
        let no_promise = refused(&|application| application.aip[0] &= !0x20);
        assert_eq!(no_promise, (0x8F, ProfileFault::Unknown), "{card}");
        let other_aip = refused(&|application| application.aip[0] ^= 0x08);
        assert_eq!(other_aip, (0x9F46, ProfileFault::NotCertified), "{card}");
        for tag in [0x5A, 0x9F4A] {
            let without = refused(&|application| {
                let content = std::mem::take(&mut application.records[0].content);
                application.records[0].content = without(&content, tag);
            });
            assert_eq!(without, (tag, ProfileFault::Missing), "{card} {tag:X}");
        }
        for (tag, value) in [(0x9F69, vec![1; 7]), (0x9F4B, vec![1; 128])] {
            let in_the_profile =
                refused(&|application| application.records[0].content.extend(data_object(tag, &value)));
            assert_eq!(in_the_profile, (tag, ProfileFault::Unknown), "{card} {tag:X}");
        }
    }
    // What no application but these has.
    let made = refused("kernel2-cvn14", &|application| authentication(application).made_record = Some((5, 1)));
    assert_eq!(made, (0x70, ProfileFault::Missing));
    // The entry of the AFL goes to readers that do not ask, too.
    let shares_an_entry =
        refused("kernel3-fdda", &|application| authentication(application).made_record = Some((4, 3)));
    assert_eq!(shares_an_entry, (0xC6, ProfileFault::WrongValue));
    let format = refused("kernel2-cvn14", &|application| authentication(application).signed_data_format = Some(0x05));
    assert_eq!(format, (0xC9, ProfileFault::Unknown));
}

#[test]
fn the_record_that_the_card_makes_is_the_last_one_and_not_signed() {
    let mut application = application("kernel3-fdda");
    authentication(&mut application).made_record = Some((5, 1));
    let profile = hex(&profile(&[application]));
    let (certificates, made) = ("20010200", "28010100");
    let locator = format!("10010101{certificates}{made}");
    assert!(profile.contains(&locator), "{profile}");
    let fault = |locator_instead: &str| {
        let profile = from_hex(&profile.replace(&locator, locator_instead)).unwrap();
        match empty_wallet().install_unsealed(&profile) {
            Ok(_) => None,
            Err(Error::Profile(ProfileError { tag, fault })) => Some((tag.0, fault)),
            Err(other) => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(&locator), None);
    assert_eq!(fault(&format!("10010101{made}{certificates}")), Some((0xC6, ProfileFault::WrongValue)), "not the last");
    assert_eq!(fault(&format!("10010101{certificates}28010101")), Some((0xC6, ProfileFault::WrongValue)), "signed");
}

/// The objects of a record but this one. None is longer than 127 bytes.
fn without(content: &[u8], tag: u32) -> Vec<u8> {
    let (mut kept, mut rest) = (Vec::new(), content);
    while !rest.is_empty() {
        let tag_length = if rest[0] & 0x1F == 0x1F { 2 } else { 1 };
        let (object, after) = rest.split_at(tag_length + 1 + usize::from(rest[tag_length]));
        if !object.starts_with(&tag.to_be_bytes()[4 - tag_length..]) {
            kept.extend(object);
        }
        rest = after;
    }
    kept
}
