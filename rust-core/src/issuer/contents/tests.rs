//! Contents as an issuer writes them, byte by byte; nothing here is written by the wallet's own code.

use super::*;
use crate::card::alert_kind::{Action, Rule};
use crate::card::alert_policy::AlertTerms;
use crate::card::transfer_row::{TransferRefusal, TransferState};
use crate::card::verification_policy::VerificationPolicy;
use crate::emv::amount::Amount;
use crate::keys::payment_key::HeldSecret;
use crate::keys::spend_key::Protection;

const POLICY: &str = "03 0001 0002 00 FF";

/// The base point of P-256 (SEC 2, section 2.4.2).
const POINT: &str = "04 6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
                        4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5";

/// As the base point, but for the last bit of y.
const NO_POINT: &str = "04 6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296
                           4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F4";

/// Ciphertext and tag of a payment key, and of a seed.
const SEALED_KEY: &str = "000102030405060708090A0B0C0D0E0F 101112131415161718191A1B1C1D1E1F";
const SEALED_SEED: &str =
    "000102030405060708090A0B0C0D0E0F 101112131415161718191A1B1C1D1E1F 202122232425262728292A2B2C2D2E2F";

/// The terms of a single-use key: name, channel, first counter, uses, not before, not after, index, limits.
const TERMS: [&str; 8] =
    ["07 A0000000031010", "01", "0005", "0001", "0000018BCFE56800", "0000018C5AA4A800", "00", "00"];

/// These terms with one of them another.
fn terms_but(place: usize, other: &'static str) -> String {
    let mut terms = TERMS;
    terms[place] = other;
    terms.concat()
}

fn sealed_key(terms: &str) -> String {
    format!("{terms} 01 {POINT} {SEALED_KEY}")
}

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty());
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

fn parse(purpose: Purpose, content: &str) -> Contents {
    Contents::parse(purpose, &bytes(content)).unwrap()
}

fn refusal(purpose: Purpose, content: &str) -> Option<ContentError> {
    Contents::parse(purpose, &bytes(content)).err()
}

/// The error for a replenishment by one key of such terms.
fn refusal_of_key(terms: &str) -> Option<ContentError> {
    refusal(Purpose::ReplenishKeys, &format!("01 {}", sealed_key(terms)))
}

#[test]
fn an_install_names_policy_codes_profile_and_keys() {
    let key = sealed_key(&TERMS.concat());
    let Contents::InstallCard { policy, codes, profile, keys, icc_keys } =
        parse(Purpose::InstallCard, &format!("02 0005 0003 04 05 0A 0004 EA02C001 02 {key}{key}"))
    else {
        panic!("another kind")
    };
    assert_eq!(
        policy,
        Policy {
            protection: Protection::Unlocked,
            most_uses: 5,
            ask_at: 3,
            most_an_hour: 4,
            most_a_day: 5,
            ..Policy::UNSEALED
        }
    );
    assert_eq!(codes, 10);
    assert_eq!(profile, [0xEA, 0x02, 0xC0, 0x01]);
    assert_eq!((keys.len(), icc_keys.len()), (2, 0));
}

#[test]
fn an_install_may_come_without_codes_profile_bytes_and_keys() {
    let Contents::InstallCard { codes, profile, keys, .. } =
        parse(Purpose::InstallCard, "01 FFFF 0000 00 00 00 0000 00")
    else {
        panic!("another kind")
    };
    assert_eq!((codes, profile.len(), keys.len()), (0, 0, 0));
}

#[test]
fn a_sealed_key_has_the_terms_that_stand_in_it() {
    let terms = "10 A0000000031010010203040506070809 03 0102 0304 0102030405060708 1112131415161718
                 04 05123401 02 03D2 0000000000000064 0348 00000000000000C8";
    let Contents::ReplenishKeys { keys, .. } = parse(Purpose::ReplenishKeys, &format!("01 {}", sealed_key(terms)))
    else {
        panic!("another kind")
    };
    let key = &keys[0];
    assert_eq!(key.aid.bytes(), bytes("A0000000031010010203040506070809"));
    assert_eq!((key.channel, key.first_atc, key.uses), (Channel::Qr, 0x0102, 0x0304));
    assert_eq!((key.not_before_ms, key.not_after_ms), (0x0102_0304_0506_0708, 0x1112_1314_1516_1718));
    assert_eq!(key.derivation_data, Some([0x05, 0x12, 0x34, 0x01]));
    assert_eq!(key.limits, [Amount { minor: 100, currency: 978 }, Amount { minor: 200, currency: 840 }]);
    assert!(matches!(key.secret, HeldSecret::Sealed(_)));
}

#[test]
fn keys_and_seeds_are_written_to_the_ledger_as_the_issuer_sent_them() {
    let seed = format!("{} 02 {POINT} {SEALED_SEED}", terms_but(3, "03E8"));
    let content = format!("02 {} {seed}", sealed_key(&TERMS.concat()));
    let Contents::ReplenishKeys { keys, .. } = parse(Purpose::ReplenishKeys, &content) else { panic!("another kind") };
    assert!(matches!(keys[0].secret, HeldSecret::Sealed(_)) && matches!(keys[1].secret, HeldSecret::SealedSeed(_)));
    assert_eq!(keys.iter().map(PaymentKey::is_seed).collect::<Vec<_>>(), [false, true]);
    assert!(keys.iter().all(PaymentKey::is_sealed));
    assert!(
        keys.iter().all(|key| Policy { most_uses: 1, ..Policy::UNSEALED }.allows(key)),
        "a seed's uses are no key's"
    );
    let mut written = vec![2];
    keys.iter().for_each(|key| key.write(&mut written));
    assert_eq!(written, bytes(&content));
    let mut fields = Fields::of(&written[1..]);
    let mut again = vec![2];
    (0..2).for_each(|_| PaymentKey::read(&mut fields).unwrap().write(&mut again));
    assert_eq!(again, written);
}

#[test]
fn a_policy_alone_is_the_policy() {
    let Contents::Policy(policy) = parse(Purpose::Policy, POLICY) else { panic!("another kind") };
    assert_eq!(
        policy,
        Policy {
            protection: Protection::Authenticated,
            most_uses: 1,
            ask_at: 2,
            most_an_hour: 0,
            most_a_day: 0xFF,
            ..Policy::UNSEALED
        }
    );
}

#[test]
fn behind_a_policy_stands_what_it_wants_of_verification_and_then_of_alerts() {
    let terms = |rule, action, threshold| AlertTerms { rule, action, threshold };
    let alerts = vec![
        terms(Rule::NumberRepeated, Some(Action::Freeze), None),
        terms(Rule::ManyPaymentsInADay, None, Some(20)),
        terms(Rule::ClockSetBack, Some(Action::Note), Some(0x0102_0304)),
    ];
    let content = "C3 0001 0002 00 FF 01 03 07 04 00000000 04 00 00000014 14 01 01020304";
    let Contents::Policy(policy) = parse(Purpose::Policy, content) else { panic!() };
    assert_eq!((&policy.verification, &policy.alerts), (&VerificationPolicy::Always, &alerts));
    let mut written = Vec::new();
    policy.write(&mut written);
    assert_eq!(written, bytes(content));
    let Contents::Policy(policy) = parse(Purpose::Policy, "41 0001 0002 00 FF 00") else { panic!() };
    assert_eq!(policy.alerts, []);
    let usual = "41 0001 0002 00 FF";
    for none in [
        "01 00 01 00000000",
        "01 0D 01 00000000",
        "01 04 05 00000000",
        "02 04 01 00000000 04 00 00000001",
        "01 07 00 00000001",
    ] {
        assert_eq!(refusal(Purpose::Policy, &format!("{usual} {none}")), Some(ContentError::AlertTerms), "{none}");
    }
    for cut in ["", "01", "01 04", "01 04 01", "01 04 01 000000"] {
        assert_eq!(refusal(Purpose::Policy, &format!("{usual} {cut}")), Some(ContentError::Truncated), "{cut}");
    }
}

#[test]
fn a_statement_is_read_as_the_issuer_wrote_it_and_written_so_to_the_ledger() {
    let content = "0000000000000007 000000000000000A 03D2 FFFFFFFFFFFFFF06 00000000000186A0";
    let Contents::Statement(statement) = parse(Purpose::Statement, content) else { panic!("another kind") };
    let expected = Statement { sequence: 7, as_of_ms: 10, currency: 978, available_minor: -250, booked_minor: 100_000 };
    assert_eq!(statement, expected);
    let mut written = Vec::new();
    statement.write(&mut written);
    assert_eq!(written, bytes(content));
}

#[test]
fn a_notice_of_a_transfer_is_read_as_the_issuer_wrote_it_and_written_so_to_the_ledger() {
    let content = "02 0000000000000007 01 00 000000000000000A 0000000000000008 02 07 000000000000000B";
    let Contents::TransferNotices(notices) = parse(Purpose::TransferNotices, content) else { panic!("another kind") };
    let refused = TransferState::Refused(TransferRefusal::PayeeUnknown);
    let told = notices.iter().map(|notice| (notice.number, notice.state, notice.at_ms)).collect::<Vec<_>>();
    assert_eq!(told, [(7, TransferState::Done, 10), (8, refused, 11)]);
    let mut written = vec![2];
    notices.iter().for_each(|notice| notice.write(&mut written));
    assert_eq!(written, bytes(content));
}

#[test]
fn what_moves_a_card_holds_nothing() {
    assert!(matches!(parse(Purpose::Suspend, ""), Contents::Suspend));
    assert!(matches!(parse(Purpose::Resume, ""), Contents::Resume));
    assert!(matches!(parse(Purpose::Delete, ""), Contents::Delete));
}

#[test]
fn a_renewal_is_a_profile() {
    let Contents::Renew { profile, .. } = parse(Purpose::Renew, "0003 EA0100") else { panic!("another kind") };
    assert_eq!(profile, [0xEA, 0x01, 0x00]);
}

/// Enc, ciphertext and tag of the numbers of a key of 896 bits.
fn sealed_icc_key(aid: &str) -> String {
    format!("{aid} 01 0169 {POINT} {}", "5A".repeat(5 * 56 + 16))
}

#[test]
fn icc_keys_stand_behind_what_they_come_with_and_are_written_to_the_ledger_as_they_were_sent() {
    let key = sealed_icc_key("07 A0000000041010");
    let payment_key = sealed_key(&TERMS.concat());
    let install = parse(Purpose::InstallCard, &format!("01 0001 0000 00 00 00 0000 00 01 {key}"));
    let replenish = parse(Purpose::ReplenishKeys, &format!("01 {payment_key} 01 {key}"));
    let renew = parse(Purpose::Renew, &format!("0003 EA0100 01 {key}"));
    for contents in [install, replenish, renew] {
        let (Contents::InstallCard { icc_keys, .. }
        | Contents::ReplenishKeys { icc_keys, .. }
        | Contents::Renew { icc_keys, .. }) = contents
        else {
            panic!("another kind")
        };
        let [held] = icc_keys.as_slice() else { panic!("{} keys", icc_keys.len()) };
        assert_eq!((held.aid.bytes(), held.modulus_length()), (&bytes("A0000000041010")[..], 112));
        let mut written = Vec::new();
        held.write(&mut written);
        assert_eq!(written, bytes(&key));
        let mut again = Vec::new();
        HeldIccKey::read(&mut Fields::of(&written)).unwrap().write(&mut again);
        assert_eq!(again, written);
    }
}

#[test]
fn an_icc_key_that_is_none_is_refused() {
    let renewal_by = |count: &str, key: &str| refusal(Purpose::Renew, &format!("0000 {count} {key}"));
    let good = sealed_icc_key("05 A000000004");
    assert_eq!(renewal_by("01", &good), None);
    assert_eq!(renewal_by("00", ""), Some(ContentError::TrailingBytes));
    assert_eq!(renewal_by("05", &good.repeat(5)), Some(ContentError::TooManyKeys));
    assert_eq!(renewal_by("02", &good), Some(ContentError::Truncated));
    assert_eq!(renewal_by("01", &sealed_icc_key("04 A0000000")), Some(ContentError::ApplicationName));
    let of_form = |form: &str| renewal_by("01", &good.replacen("01 0169", &format!("{form} 0169"), 1));
    assert_eq!(of_form("00"), Some(ContentError::NotSealed), "in the open it comes by the door for tests alone");
    assert_eq!(renewal_by("01", &good.replace(POINT, NO_POINT)), Some(ContentError::PointInvalid));
    // 880 and 1424 bits; and a length that five numbers do not have.
    for (length, numbers) in [("0164", 5 * 55), ("020E", 5 * 89), ("016A", 5 * 56 + 1)] {
        let key = format!("05 A000000004 01 {length} {POINT} {}", "5A".repeat(numbers + 16));
        assert_eq!(renewal_by("01", &key), Some(ContentError::IccKeyLength), "{length}");
    }
}

#[test]
fn issuer_time_answers_a_challenge() {
    let content = "000102030405060708090A0B0C0D0E0F 0000018BCFE56800";
    let Contents::IssuerTime { challenge, wall_ms } = parse(Purpose::IssuerTime, content) else {
        panic!("another kind")
    };
    assert_eq!(challenge, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    assert_eq!(wall_ms, 1_700_000_000_000);
}

#[test]
fn a_new_issuer_key_is_a_point() {
    let Contents::RotateIssuerKey(key) = parse(Purpose::RotateIssuerKey, POINT) else { panic!("another kind") };
    // python3: hashlib.sha256(bytes.fromhex(POINT)).hexdigest()[:16]
    assert_eq!(key.id().bytes().as_slice(), bytes("698BEA63DC44A344"));
}

#[test]
fn a_resynchronisation_names_the_highest_counters() {
    let content = "000102030405060708090A0B0C0D0E0F 03
                   00000001 07 A0000000031010 01 0000
                   00000001 07 A0000000031010 03 0102
                   FFFFFFFF 05 F000000001 02 FFFE";
    let Contents::Resynchronise { challenge, counters } = parse(Purpose::Resynchronise, content) else {
        panic!("another kind")
    };
    assert_eq!(challenge[15], 15);
    let aid = Aid::new(&bytes("A0000000031010")).unwrap();
    let last = Aid::new(&bytes("F000000001")).unwrap();
    assert_eq!(
        counters,
        [
            Counter { card: 1, aid, channel: Channel::Tap, atc: Atc::NONE_YET },
            Counter { card: 1, aid, channel: Channel::Qr, atc: Atc::new(0x0102).unwrap() },
            Counter { card: u32::MAX, aid: last, channel: Channel::Online, atc: Atc::new(0xFFFE).unwrap() },
        ]
    );
}

/// One content for each purpose, with everything in it that it can have.
fn whole_contents() -> [(Purpose, Vec<u8>); 10] {
    let limits = "04 03D2 0000000000000064 0348 00000000000000C8 0001 0000000000000001 03E7 0000000000000001";
    let key = sealed_key(&terms_but(7, limits));
    let seed = format!("{} 02 {POINT} {SEALED_SEED}", terms_but(6, "04 05123401"));
    let counter = "00000001 07 A0000000031010 01 0102";
    let challenge = "000102030405060708090A0B0C0D0E0F";
    [
        (Purpose::InstallCard, format!("{POLICY} 03 0004 EA02C001 02 {key} {seed}")),
        (Purpose::ReplenishKeys, format!("02 {key} {seed}")),
        (Purpose::Policy, POLICY.to_owned()),
        (Purpose::Suspend, String::new()),
        (Purpose::Resume, String::new()),
        (Purpose::Renew, "0004 EA02C001".to_owned()),
        (Purpose::Delete, String::new()),
        (Purpose::IssuerTime, format!("{challenge} 0000018BCFE56800")),
        (Purpose::RotateIssuerKey, POINT.to_owned()),
        (Purpose::Resynchronise, format!("{challenge} 02 {counter} {counter}")),
    ]
    .map(|(purpose, content)| (purpose, bytes(&content)))
}

#[test]
fn cut_anywhere_every_content_is_truncated_and_with_a_byte_more_it_has_trailing_bytes() {
    for (purpose, content) in whole_contents() {
        assert!(Contents::parse(purpose, &content).is_ok());
        for length in 0..content.len() {
            let cut = Contents::parse(purpose, &content[..length]);
            assert_eq!(cut.err(), Some(ContentError::Truncated), "{purpose:?} cut to {length}");
        }
        let longer = [content, vec![0]].concat();
        assert_eq!(Contents::parse(purpose, &longer).err(), Some(ContentError::TrailingBytes), "{purpose:?}");
    }
}

#[test]
fn no_byte_of_any_content_makes_it_panic() {
    for (purpose, content) in whole_contents() {
        for place in 0..content.len() {
            for value in 0..=255 {
                let mut altered = content.clone();
                altered[place] = value;
                let _ = Contents::parse(purpose, &altered);
            }
        }
    }
}

#[test]
fn a_policy_needs_a_known_protection_and_at_least_one_use() {
    for protection in ["00", "04", "FF"] {
        let policy = format!("{protection} 0001 0002 00 00");
        assert_eq!(refusal(Purpose::Policy, &policy), Some(ContentError::UnknownProtection));
        assert_eq!(
            refusal(Purpose::InstallCard, &format!("{policy} 00 0000 00")),
            Some(ContentError::UnknownProtection)
        );
    }
    assert_eq!(refusal(Purpose::Policy, "01 0000 0002 00 00"), Some(ContentError::PolicyWithoutUses));
}

#[test]
fn more_than_ten_codes_are_refused() {
    assert_eq!(refusal(Purpose::InstallCard, &format!("{POLICY} 0A 0000 00")), None);
    assert_eq!(refusal(Purpose::InstallCard, &format!("{POLICY} 0B 0000 00")), Some(ContentError::TooManyCodes));
}

#[test]
fn a_replenishment_has_1_to_32_keys_and_an_install_at_most_32() {
    let keys = |count: usize| format!("{count:02X} {}", sealed_key(&TERMS.concat()).repeat(count));
    let install = |count| format!("{POLICY} 00 0000 {}", keys(count));
    assert_eq!(refusal(Purpose::ReplenishKeys, &keys(0)), Some(ContentError::NoKeys));
    assert_eq!(refusal(Purpose::ReplenishKeys, &keys(32)), None);
    assert_eq!(refusal(Purpose::ReplenishKeys, &keys(33)), Some(ContentError::TooManyKeys));
    assert_eq!(refusal(Purpose::InstallCard, &install(32)), None);
    assert_eq!(refusal(Purpose::InstallCard, &install(33)), Some(ContentError::TooManyKeys));
}

#[test]
fn a_key_needs_the_name_of_an_application() {
    assert_eq!(refusal_of_key(&terms_but(0, "05 A000000003")), None);
    assert_eq!(refusal_of_key(&terms_but(0, "00")), Some(ContentError::ApplicationName));
    assert_eq!(refusal_of_key(&terms_but(0, "04 A0000000")), Some(ContentError::ApplicationName));
    let seventeen = "11 A000000003101001020304050607080910";
    assert_eq!(refusal_of_key(&terms_but(0, seventeen)), Some(ContentError::ApplicationName));
}

#[test]
fn a_key_needs_a_known_channel() {
    for channel in ["00", "04", "FF"] {
        assert_eq!(refusal_of_key(&terms_but(1, channel)), Some(ContentError::UnknownChannel));
    }
}

#[test]
fn the_counters_of_a_key_lie_within_0001_and_fffe() {
    assert_eq!(refusal_of_key(&terms_but(2, "FFFE")), None);
    assert_eq!(refusal_of_key(&terms_but(2, "0000")), Some(ContentError::AtcOutOfRange));
    assert_eq!(refusal_of_key(&terms_but(2, "FFFF")), Some(ContentError::AtcOutOfRange));
    assert_eq!(refusal_of_key(&terms_but(3, "0000")), Some(ContentError::AtcOutOfRange));
    // From 0005 on, FFFA uses end at FFFE.
    assert_eq!(refusal_of_key(&terms_but(3, "FFFA")), None);
    assert_eq!(refusal_of_key(&terms_but(3, "FFFB")), Some(ContentError::AtcOutOfRange));
    assert_eq!(refusal_of_key(&terms_but(3, "FFFF")), Some(ContentError::AtcOutOfRange));
}

#[test]
fn a_key_may_be_valid_for_a_moment_but_not_for_less() {
    assert_eq!(refusal_of_key(&terms_but(5, "0000018BCFE56800")), None);
    assert_eq!(refusal_of_key(&terms_but(5, "0000018BCFE567FF")), Some(ContentError::KeyNeverValid));
}

#[test]
fn an_index_has_four_bytes_or_none() {
    assert_eq!(refusal_of_key(&terms_but(6, "04 05123401")), None);
    assert_eq!(refusal_of_key(&terms_but(6, "03 051234")), Some(ContentError::IndexLength));
    assert_eq!(refusal_of_key(&terms_but(6, "05 0512340102")), Some(ContentError::IndexLength));
}

#[test]
fn a_key_has_at_most_four_limits_each_in_a_currency_of_its_own() {
    let four = "04 0001 0000000000000001 0002 0000000000000001 0003 0000000000000001 03E7 0000000000000001";
    let five = "05 0001 0000000000000001 0002 0000000000000001 0003 0000000000000001 03E7 0000000000000001 0004 0000000000000001";
    assert_eq!(refusal_of_key(&terms_but(7, four)), None);
    assert_eq!(refusal_of_key(&terms_but(7, five)), Some(ContentError::TooManyLimits));
    let twice = "02 03D2 0000000000000001 03D2 0000000000000002";
    assert_eq!(refusal_of_key(&terms_but(7, twice)), Some(ContentError::LimitCurrency));
    assert_eq!(refusal_of_key(&terms_but(7, "01 03E8 0000000000000001")), Some(ContentError::LimitCurrency));
}

#[test]
fn no_envelope_brings_a_key_that_is_not_sealed() {
    let terms = TERMS.concat();
    let plain = "000102030405060708090A0B0C0D0E0F";
    assert_eq!(refusal(Purpose::ReplenishKeys, &format!("01 {terms} 00 {plain}")), Some(ContentError::NotSealed));
    for form in ["00", "03", "04", "FF"] {
        let key = format!("01 {terms} {form} {POINT} {SEALED_SEED}");
        assert_eq!(refusal(Purpose::ReplenishKeys, &key), Some(ContentError::NotSealed));
    }
}

#[test]
fn a_seed_has_at_most_a_thousand_uses() {
    let seed = |uses| format!("01 {} 02 {POINT} {SEALED_SEED}", terms_but(3, uses));
    assert_eq!(refusal(Purpose::ReplenishKeys, &seed("03E8")), None);
    assert_eq!(refusal(Purpose::ReplenishKeys, &seed("03E9")), Some(ContentError::SeedTooLong));
}

#[test]
fn what_is_not_on_the_curve_is_told_from_what_is_cut() {
    let terms = TERMS.concat();
    let key = format!("01 {terms} 01 {NO_POINT} {SEALED_KEY}");
    assert_eq!(refusal(Purpose::ReplenishKeys, &key), Some(ContentError::PointInvalid));
    let seed = format!("01 {terms} 02 {NO_POINT} {SEALED_SEED}");
    assert_eq!(refusal(Purpose::ReplenishKeys, &seed), Some(ContentError::PointInvalid));
    assert_eq!(refusal(Purpose::ReplenishKeys, &seed[..seed.len() - 2]), Some(ContentError::Truncated));
    assert_eq!(refusal(Purpose::RotateIssuerKey, NO_POINT), Some(ContentError::PointInvalid));
    assert_eq!(refusal(Purpose::RotateIssuerKey, &"00".repeat(65)), Some(ContentError::PointInvalid));
}

#[test]
fn a_counter_to_resynchronise_is_of_a_card_an_application_and_a_channel() {
    let refusal = |counter: &str| refusal(Purpose::Resynchronise, &format!("{} 01 {counter}", "00".repeat(16)));
    assert_eq!(refusal("00000001 07 A0000000031010 01 0001"), None);
    assert_eq!(refusal("00000000 07 A0000000031010 01 0001"), Some(ContentError::CardMissing));
    assert_eq!(refusal("00000001 04 A0000000 01 0001"), Some(ContentError::ApplicationName));
    assert_eq!(refusal("00000001 07 A0000000031010 04 0001"), Some(ContentError::UnknownChannel));
    assert_eq!(refusal("00000001 07 A0000000031010 01 FFFF"), Some(ContentError::AtcOutOfRange));
}

#[test]
fn debug_shows_the_kind_alone() {
    for (purpose, content) in whole_contents() {
        let shown = format!("{:?}", Contents::parse(purpose, &content).unwrap());
        assert!(shown.starts_with(&format!("{purpose:?}")), "{shown}");
        assert!(shown.trim_end_matches("(..)").chars().all(char::is_alphabetic), "{shown}");
    }
}

#[test]
fn every_error_says_what_is_wrong_in_words_of_its_own() {
    let errors = [
        ContentError::Truncated,
        ContentError::TrailingBytes,
        ContentError::UnknownProtection,
        ContentError::PolicyWithoutUses,
        ContentError::TooManyCodes,
        ContentError::NoKeys,
        ContentError::TooManyKeys,
        ContentError::ApplicationName,
        ContentError::UnknownChannel,
        ContentError::AtcOutOfRange,
        ContentError::IccKeyLength,
        ContentError::IccKeyMissing,
        ContentError::KeyNeverValid,
        ContentError::IndexLength,
        ContentError::TooManyLimits,
        ContentError::LimitCurrency,
        ContentError::NotSealed,
        ContentError::SeedTooLong,
        ContentError::PointInvalid,
        ContentError::CardMissing,
    ];
    let texts: std::collections::BTreeSet<String> = errors.iter().map(ContentError::to_string).collect();
    assert_eq!(texts.len(), errors.len());
}
