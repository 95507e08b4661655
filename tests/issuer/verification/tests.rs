//! Each verdict, and what leads to it.

use super::*;
use crate::bytes::from_hex;
use crate::issuer::Issuer;
use crate::issuer::account::IssuedKey;
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
fn iad(application: &ApplicationProfile, key: &IssuedKey) -> Vec<u8> {
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
fn request(card: &DemoCard, key: &IssuedKey, atc: u16, iad: &[u8]) -> AuthorisationRequest {
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
    let key = match application.version.scheme() {
        KeyScheme::MastercardSessionKey => {
            common_session_key(&key.key, mastercard_diversifier(atc, [0x52, 0xBF, 0x45, 0x85]))
        }
        _ => key.key,
    };
    let transaction = TransactionData::from_request(&request).unwrap();
    let iad = IssuerApplicationData::read(iad).unwrap();
    let input = cryptogram_input(application.version, &transaction, &iad).unwrap();
    request.put(0x9F26, &mac_algorithm_3(&key, &input, application.version.padding()));
    request
}

/// An open default card and what a terminal sends after its first tap, with bytes of the CVR of our choice.
fn first_tap(cvr_byte_2: u8) -> (Issuer, AuthorisationRequest) {
    let (issuer, card, keys) = open("kernel3-cvn18");
    let mut iad = iad(&card.applications[0], &keys[0]);
    iad[4] = cvr_byte_2;
    (issuer, request(&card, &keys[0], 1, &iad))
}

#[test]
fn a_right_cryptogram_of_every_demo_card_is_valid() {
    for name in DEMO_CARDS {
        let (mut issuer, card, keys) = open(name);
        for application in &card.applications {
            let key = keys.iter().find(|key| key.aid == application.aid && key.first_atc == 1).unwrap();
            let request = request(&card, key, 1, &iad(application, key));
            let verification = issuer.verify(&request, NOT_BEFORE);
            assert_eq!(verification.verdict, Verdict::Valid, "{name}: {:#?}", verification.steps);
            assert_eq!(verification.steps.len(), 11);
            assert!(verification.steps.iter().all(|step| step.passed));
            assert!(verification.steps.iter().all(|step| step.name.len() <= 22 && step.detail.len() <= 70));
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
fn a_key_that_was_never_issued_is_not_active() {
    let (mut issuer, mut request) = first_tap(0xA4);
    request.put(0x9F36, &[0x00, 0x0B]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::KeyNotActive);
}

#[test]
fn a_limited_use_key_under_another_index_is_not_active() {
    let (mut issuer, card, keys) = open("kernel3-cvn43");
    let request = request(&card, &keys[1], 1, &iad(&card.applications[0], &keys[1]));
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::KeyNotActive);
}

#[test]
fn a_key_is_valid_from_its_first_to_its_last_millisecond() {
    let verdict_at = |wall_ms| {
        let (mut issuer, request) = first_tap(0xA4);
        issuer.verify(&request, wall_ms).verdict
    };
    assert_eq!(verdict_at(NOT_BEFORE - 1), Verdict::KeyNotActive);
    assert_eq!(verdict_at(NOT_BEFORE), Verdict::Valid);
    assert_eq!(verdict_at(NOT_AFTER), Verdict::Valid);
    assert_eq!(verdict_at(NOT_AFTER + 1), Verdict::KeyExpired);
}

#[test]
fn a_repeated_atc_is_refused() {
    let (mut issuer, request) = first_tap(0xA4);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::Valid);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcAlreadySeen);
}

#[test]
fn a_change_to_any_covered_object_makes_the_mac_wrong() {
    for tag in TAGS {
        let (mut issuer, mut request) = first_tap(0xA4);
        let mut value = request.object(tag).unwrap().to_vec();
        value[0] ^= 0x01;
        request.put(tag, &value);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::WrongMac, "{tag:X}");
    }
}

#[test]
fn one_wrong_bit_anywhere_in_the_cryptogram_is_a_wrong_mac() {
    let (mut issuer, request) = first_tap(0xA4);
    for bit in 0..64_u32 {
        let mut wrong = request.clone();
        let cryptogram = u64::from_be_bytes(request.object(0x9F26).unwrap().try_into().unwrap());
        wrong.put(0x9F26, &(cryptogram ^ 1_u64.rotate_left(bit)).to_be_bytes());
        assert_eq!(issuer.verify(&wrong, NOT_BEFORE).verdict, Verdict::WrongMac);
    }
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::Valid, "a wrong MAC does not use its ATC up");
}

#[test]
fn a_ctq_that_claims_more_or_less_than_the_cvr_disagrees() {
    for (cvr_byte_2, ctq) in [(0xA0, CDCVM), (0xA4, [0x00, 0x00])] {
        let (mut issuer, mut request) = first_tap(cvr_byte_2);
        request.put(0x9F6C, &ctq);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::CvrAndTerminalDataDisagree);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::AtcAlreadySeen, "its MAC was right");
    }
}

#[test]
fn a_terminal_that_required_verification_disagrees_with_a_card_that_made_none() {
    for (ttq, verdict) in [
        (TTQ_CVM_REQUIRED, Verdict::CvrAndTerminalDataDisagree),
        ([0x36, 0x00, 0x48, 0x00], Verdict::CvrAndTerminalDataDisagree),
        ([0x36, 0x00, 0x40, 0x00], Verdict::Valid),
    ] {
        let (mut issuer, mut request) = first_tap(0xA0);
        request.put(0x9F6C, &[0x00, 0x00]);
        request.put(0x9F66, &ttq);
        assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, verdict);
    }
}

#[test]
fn a_cid_other_than_the_cvr_says_disagrees() {
    let (mut issuer, mut request) = first_tap(0xA4);
    request.put(0x9F27, &[0x40]);
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::CvrAndTerminalDataDisagree);
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
    assert_eq!(issuer.verify(&request, NOT_BEFORE).verdict, Verdict::WrongMac);
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
