//! Each verdict, and what leads to it.

use super::*;
use crate::bytes::from_hex;
use crate::issuer::Issuer;
use crate::issuer::account::{IssuedKey, Secret};
use crate::issuer::closed_loop;
use crate::issuer::cryptogram_input::cryptogram_input;
use crate::issuer::cryptogram_version::KeyScheme;
use crate::issuer::demo_cards::{DEMO_CARDS, DemoCard, demo_card};
use crate::issuer::profile::ApplicationProfile;
use crate::issuer::session_key::{common_session_key, mastercard_diversifier};

const NOT_BEFORE: u64 = 1_767_225_600_000;
const NOT_AFTER: u64 = 1_767_312_000_000;
const TTQ_CVM_REQUIRED: [u8; 4] = [0x36, 0x40, 0x40, 0x00];
const CDCVM: [u8; 2] = [0x00, 0x80];
const TAGS: [u32; 9] = [0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82];

/// An open account with ten keys for each application.
fn open(card: &str) -> (Issuer, DemoCard, Vec<IssuedKey>) {
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account(card).unwrap();
    let aids = card.applications.iter().map(|application| &application.aid);
    let keys = aids.flat_map(|aid| issuer.issue_keys(card.token.digits(), aid, 1, 10, NOT_BEFORE, NOT_AFTER).unwrap());
    let keys = keys.collect();
    (issuer, card, keys)
}

/// The IAD of a card whose holder has verified.
pub(in crate::issuer) fn iad(application: &ApplicationProfile, key: &IssuedKey) -> Vec<u8> {
    let (cvn, fixed) = (application.version.cvn(), &application.issuer_application_data);
    let (index, rest) = fixed.split_first().unwrap();
    let length = u8::try_from(rest.len()).unwrap();
    match (application.version.kernel(), cvn) {
        (2, _) => [&[*index, cvn], from_hex("A00003220000").unwrap().as_slice(), rest].concat(),
        (7, _) => vec![0x07, *index, cvn, 0x03, 0xA4, 0x00, 0x00, 0x01],
        (_, 0x43) => {
            let derivation_data = key.luk_index.unwrap().derivation_data();
            let (provider, rest) = rest.split_at(4);
            let cvr = [0x52, 0xA4, 0x00, 0x00, 0x02];
            [&[0x1F, cvn, *index], cvr.as_slice(), &[0x00], provider, &derivation_data, rest].concat()
        }
        _ if rest.is_empty() => vec![0x06, *index, cvn, 0x03, 0xA4, 0x00, 0x00],
        _ => [&[0x06, *index, cvn, 0x03, 0xA4, 0x00, 0x00, length], rest].concat(),
    }
}

/// What a terminal sends after a tap with this key, this ATC and this IAD.
pub(in crate::issuer) fn request(card: &DemoCard, key: &IssuedKey, atc: u16, iad: &[u8]) -> AuthorisationRequest {
    let application = card.applications.iter().find(|application| application.aid == key.aid).unwrap();
    let mut request = AuthorisationRequest::new();
    let values = "000000001250 000000000000 0276 0000000000 0978 260101 00 52BF4585 0040";
    for (tag, value) in TAGS.iter().zip(values.split(' ')) {
        request.put(*tag, &from_hex(value).unwrap());
    }
    request.put(0x4F, &key.aid);
    request.put(0x57, &card.token.track_2(card.expiry));
    if let Some(number) = card.sequence_number {
        request.put(0x5F34, &[number]);
    }
    request.put(0x9F36, &atc.to_be_bytes());
    request.put(0x9F10, iad);
    request.put(0x9F27, &[0x80]);
    if application.version.kernel() != 2 {
        request.put(0x9F66, &TTQ_CVM_REQUIRED);
        request.put(0x9F6C, &CDCVM);
    }
    let key = match (application.version.scheme(), &key.secret) {
        (KeyScheme::MastercardSessionKey, Secret::Key(master_key)) => {
            common_session_key(master_key, mastercard_diversifier(atc, [0x52, 0xBF, 0x45, 0x85]))
        }
        (_, Secret::Key(key)) => *key,
        (_, Secret::Seed(seed)) => {
            assert_eq!(atc, key.first_atc, "of a seed, the first ATC");
            closed_loop::key(seed, atc)
        }
    };
    let transaction = TransactionData::from_request(&request).unwrap();
    let iad = IssuerApplicationData::read(iad).unwrap();
    let input = cryptogram_input(application.version, &transaction, &iad).unwrap();
    request.put(0x9F26, &application.version.cryptogram(&key, &input));
    request
}

/// An open default card and what a terminal sends after its first tap, with bytes of the CVR of our choice.
fn first_tap(cvr_byte_2: u8) -> (Issuer, AuthorisationRequest) {
    let (issuer, card, keys) = open("kernel3-cvn18");
    let mut iad = iad(&card.applications[0], &keys[0]);
    iad[4] = cvr_byte_2;
    (issuer, request(&card, &keys[0], 1, &iad))
}

/// Valid, by so many steps, each of which passed and can be shown in a line.
pub(in crate::issuer) fn passed_whole(verification: &Verification, steps: usize, name: &str) {
    assert_eq!(verification.verdict, Verdict::Valid, "{name}: {:#?}", verification.steps);
    assert_eq!(verification.steps.len(), steps);
    assert!(verification.steps.iter().all(|step| step.passed));
    assert!(verification.steps.iter().all(|step| step.name.len() <= 22 && step.detail.len() <= 70));
}

#[test]
fn a_right_cryptogram_of_every_demo_card_is_valid() {
    for name in DEMO_CARDS {
        let (mut issuer, card, keys) = open(name);
        for application in &card.applications {
            let key = keys.iter().find(|key| key.aid == application.aid && key.first_atc == 1).unwrap();
            let request = request(&card, key, 1, &iad(application, key));
            let verification = issuer.verify(&request, NOT_BEFORE);
            passed_whole(&verification, 13, name);
        }
    }
}

#[test]
fn a_token_without_account_is_unknown() {
    let (mut issuer, mut request) = first_tap(0xA4);
    request.put(0x57, &Token::parse("9999000000009997").unwrap().track_2([0x29, 0x12]));
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::UnknownToken);
}

#[test]
fn an_atc_of_0000_or_ffff_or_above_all_issued_is_out_of_range() {
    let (mut issuer, mut request) = first_tap(0xA4);
    for atc in [0x0000_u16, 0x000B, 0xFFFF] {
        request.put(0x9F36, &atc.to_be_bytes());
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcOutOfRange, "{atc:04X}");
    }
}

#[test]
fn an_atc_between_issued_ones_is_not_in_the_active_list() {
    let (mut issuer, mut request) = first_tap(0xA4);
    let card = demo_card("kernel3-cvn18").unwrap();
    let aid = &card.applications[0].aid;
    issuer.issue_keys(card.token.digits(), aid, 20, 1, NOT_BEFORE, NOT_AFTER).unwrap();
    request.put(0x9F36, &[0x00, 0x0B]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcNotInActiveList);
}

#[test]
fn a_limited_use_key_under_another_index_is_not_in_the_active_list() {
    let (mut issuer, card, keys) = open("kernel3-cvn43");
    let request = request(&card, &keys[1], 1, &iad(&card.applications[0], &keys[1]));
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcNotInActiveList);
}

#[test]
fn a_key_is_valid_from_its_first_to_its_last_millisecond() {
    let verdict_at = |wall_ms| {
        let (mut issuer, request) = first_tap(0xA4);
        issuer.verify(&request, wall_ms).verdict
    };
    assert_eq!(verdict_at(NOT_BEFORE - 1), Verdict::KeyNotYetValid);
    assert_eq!(verdict_at(NOT_BEFORE), Verdict::Valid);
    assert_eq!(verdict_at(NOT_AFTER), Verdict::Valid);
    assert_eq!(verdict_at(NOT_AFTER + 1), Verdict::KeyExpired);
}

#[test]
fn a_repeated_atc_is_refused() {
    let (mut issuer, request) = first_tap(0xA4);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::Valid);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcReplay);
}

#[test]
fn a_change_to_any_covered_object_makes_the_mac_wrong() {
    for tag in TAGS {
        let (mut issuer, mut request) = first_tap(0xA4);
        let mut value = request.object(tag).unwrap().to_vec();
        value[0] ^= 0x01;
        request.put(tag, &value);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::InvalidCryptogram, "{tag:X}");
    }
}

#[test]
fn one_wrong_bit_anywhere_in_the_cryptogram_is_a_wrong_mac() {
    let (mut issuer, request) = first_tap(0xA4);
    for bit in 0..64_u32 {
        let mut wrong = request.clone();
        let cryptogram = u64::from_be_bytes(request.object(0x9F26).unwrap().try_into().unwrap());
        wrong.put(0x9F26, &(cryptogram ^ 1_u64.rotate_left(bit)).to_be_bytes());
        assert_eq!(issuer.verify(&wrong, NOT_BEFORE).verdict, Verdict::InvalidCryptogram);
    }
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::Valid, "a wrong MAC does not use its ATC up");
}

#[test]
fn a_ctq_that_claims_more_or_less_than_the_cvr_disagrees() {
    for (cvr_byte_2, ctq) in [(0xA0, CDCVM), (0xA4, [0x00, 0x00])] {
        let (mut issuer, mut request) = first_tap(cvr_byte_2);
        request.put(0x9F6C, &ctq);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::CvrInvalid);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcReplay, "its MAC was right");
    }
}

#[test]
fn a_terminal_that_required_verification_disagrees_with_a_card_that_made_none() {
    for (ttq, verdict) in [
        (TTQ_CVM_REQUIRED, Verdict::CvrInvalid),
        ([0x36, 0x00, 0x48, 0x00], Verdict::CvrInvalid),
        ([0x36, 0x00, 0x40, 0x00], Verdict::Valid),
    ] {
        let (mut issuer, mut request) = first_tap(0xA0);
        request.put(0x9F6C, &[0x00, 0x00]);
        request.put(0x9F66, &ttq);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, verdict);
    }
}

/// A card of limited-use keys for three taps each, of at most 30.00 EUR in sum; and three taps of 12.50 EUR each.
#[test]
fn the_uses_of_a_key_pay_no_more_in_sum_than_its_limit() {
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account("kernel3-cvn43").unwrap();
    issuer.set_uses_per_limited_use_key(3);
    issuer.set_limits(&[(978, 3000), (756, 0)]).unwrap();
    let application = &card.applications[0];
    let keys = issuer.issue_keys(card.token.digits(), &application.aid, 1, 6, NOT_BEFORE, NOT_AFTER).unwrap();
    assert_eq!((keys.len(), keys[0].limits.as_slice()), (2, [(978, 3000), (756, 0)].as_slice()));
    let mut verdict = |key: &IssuedKey, atc| {
        let request = request(&card, key, atc, &iad(application, key));
        issuer.verify(&request, NOT_BEFORE).verdict
    };
    assert_eq!([verdict(&keys[0], 1), verdict(&keys[0], 2)], [Verdict::Valid, Verdict::Valid]);
    assert_eq!(verdict(&keys[0], 3), Verdict::AmountOverKeyLimit);
    assert_eq!(verdict(&keys[1], 4), Verdict::Valid, "each key has its own sum");
}

#[test]
fn a_currency_that_a_key_does_not_name_is_over_its_limit() {
    let mut issuer = Issuer::new(0);
    let card = issuer.open_account("kernel3-cvn18").unwrap();
    issuer.set_limits(&[(840, 1_000_000)]).unwrap();
    let application = &card.applications[0];
    let keys = issuer.issue_keys(card.token.digits(), &application.aid, 1, 1, NOT_BEFORE, NOT_AFTER).unwrap();
    let request = request(&card, &keys[0], 1, &iad(application, &keys[0]));
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AmountOverKeyLimit);
}

#[test]
fn a_cid_other_than_the_cvr_says_disagrees() {
    let (mut issuer, mut request) = first_tap(0xA4);
    request.put(0x9F27, &[0x40]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::CvrInvalid);
}

#[test]
fn an_aac_of_kernel_2_is_not_verifiable_and_relabelled_is_a_wrong_mac() {
    let (mut issuer, card, keys) = open("kernel2-cvn14");
    let declined = from_hex("0114800003220000000000000000000000FF0000").unwrap();
    let mut request = request(&card, &keys[0], 1, &declined[..18]);
    request.put(0x9F26, &[0x5A; 8]);
    request.put(0x9F27, &[0x00]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::NotVerifiable);
    request.put(0x9F27, &[0x80]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::InvalidCryptogram);
}

#[test]
fn a_request_of_another_application_or_with_data_missing_is_not_verifiable() {
    let other_aid = &demo_card("cobadged").unwrap().applications[0].aid;
    let cases: [(u32, &[u8]); 6] = [
        (0x4F, other_aid),
        (0x5F34, &[0x02]),
        (0x9F10, &[0x06, 0x01, 0x0A, 0x03, 0xA4, 0x00, 0x00]),
        (0x9F10, &[0x06, 0x02, 0x12, 0x03, 0xA4, 0x00, 0x00]),
        (0x9F37, &[0x00]),
        (0x9F6C, &[]),
    ];
    for (tag, value) in cases {
        let (mut issuer, mut request) = first_tap(0xA4);
        request.put(tag, value);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::NotVerifiable, "{tag:X}");
    }
    let (mut issuer, _) = first_tap(0xA4);
    assert_eq!(issuer.verify(&AuthorisationRequest::new(), NOT_BEFORE).verdict, Verdict::NotVerifiable);
}
