//! Requests as an issuer expects them, byte by byte. The digests were computed with python3's hashlib over the bytes that
//! stand here.

use super::*;
use crate::card::life_cycle::CardState;
use crate::issuer::attestation::CertificateChain;
use crate::issuer::card_listing::{ListedCard, MOST_CARDS, MOST_COUNTERS, Sequence};

/// The wallet's listing, and what stands before the state digest but version and kind.
const LISTING: &str = "03
    00000001 02 02 07 A0000000031010 01 0004 000E 07 A0000000031010 03 0000 0005
    00000002 01 00
    00000007 03 02 05 F000000001 02 FFFE 0000 07 A0000000031010 01 0001 0003";
const FRONT: &str =
    "000102030405060708090A0B0C0D0E0F F0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF 0102030405060708 1112131415161718";

/// python3: hashlib.sha256(b"hcepay state 1" + bytes.fromhex("01020304050607081112131415161718" + LISTING)).hexdigest()
const STATE_DIGEST: &str = "0C87C016E176EC18205B077A83A595C7B8491356568FCAD3D8CF5FE04B7962B0";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<u8> = hexadecimal.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    assert!(rest.is_empty());
    pairs.iter().map(|[high, low]| high << 4 | low).collect()
}

fn aid(name: &str) -> Aid {
    Aid::new(&bytes(name)).unwrap()
}

/// A wallet's cards, in no order, one of them deleted.
fn cards() -> Vec<ListedCard> {
    let sequence = |name, channel, last, highest| Sequence { aid: aid(name), channel, last, highest };
    vec![
        ListedCard {
            card: 7,
            state: CardState::Suspended,
            sequences: vec![
                sequence("A0000000031010", Channel::Tap, 1, 3),
                sequence("F000000001", Channel::Online, 0xFFFE, 0),
            ],
        },
        ListedCard { card: 2, state: CardState::Waiting, sequences: Vec::new() },
        ListedCard {
            card: 3,
            state: CardState::Deleted,
            sequences: vec![sequence("A0000000031010", Channel::Tap, 9, 0)],
        },
        ListedCard {
            card: 1,
            state: CardState::Active,
            sequences: vec![
                sequence("A0000000031010", Channel::Qr, 0, 5),
                sequence("A0000000031010", Channel::Tap, 4, 14),
            ],
        },
    ]
}

fn point(filled_with: u8) -> [u8; 65] {
    let mut point = [filled_with; 65];
    point[0] = 4;
    point
}

/// The same as hexadecimal digits.
fn point_digits(filled_with: u8) -> String {
    format!("04 {}", format!("{filled_with:02X}").repeat(64))
}

fn spend_points() -> SpendPoints {
    SpendPoints { device: point(0xD1), unlocked: None, authenticated: Some(point(0xD3)) }
}

fn spend_point_digits() -> String {
    format!("{} 00 41 {}", point_digits(0xD1), point_digits(0xD3))
}

fn request(body: Body) -> Request {
    Request {
        wallet: WalletId::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
        challenge: std::array::from_fn(|place| 0xF0 | place as u8),
        sequence: 0x0102_0304_0506_0708,
        mark: 0x1112_1314_1516_1718,
        listing: Listing::new(cards()),
        body,
    }
}

/// What the request is before it is signed, its digest, and after.
fn assert_request(body: Body, kind: &str, body_digits: &str, digest: &str) {
    let unsigned = request(body).unsigned().unwrap();
    let expected = bytes(&format!("02 {kind} {FRONT} {STATE_DIGEST} {body_digits}"));
    assert_eq!(unsigned.0.as_slice(), expected);
    assert_eq!(unsigned.digest().as_slice(), bytes(digest));
    let signature = std::array::from_fn(|place| place as u8);
    assert_eq!(unsigned.finish(&signature), [expected.as_slice(), &signature].concat());
}

#[test]
fn an_enrolment_repeats_the_challenge_and_brings_all_public_halves_and_certificates() {
    let (challenge, spend_points) = (vec![0xC1, 0xC2, 0xC3], spend_points());
    let agreement = CertificateChain::new(vec![vec![0x30, 0x01, 0x01], vec![0x30, 0x00]]).unwrap();
    let attestation = Attestation { agreement, ..Attestation::default() };
    assert_request(
        Body::Enrolment { challenge, agreement: point(0xA1), signature: point(0xA2), spend_points, attestation },
        "01",
        &format!(
            "0115 03 C1C2C3 {} {} {} 02 0003 300101 0002 3000 00",
            point_digits(0xA1),
            point_digits(0xA2),
            spend_point_digits()
        ),
        "E6CCE5884797E40A8D20CCCD33D8E806D66F3A2CE07DB88BAB2996C08C3B89C5",
    );
}

#[test]
fn a_replenishment_says_what_is_wanted_and_what_is_there() {
    let want = |card, name, channel, uses| Want { card, aid: aid(name), channel, uses };
    let wants = vec![want(7, "F000000001", Channel::Online, 1000), want(1, "A0000000031010", Channel::Tap, 10)];
    assert_request(
        Body::Replenishment { wants, spend_points: spend_points() },
        "02",
        &format!(
            "00E6 02 00000001 07 A0000000031010 01 000A 00000007 05 F000000001 02 03E8 {LISTING} {}",
            spend_point_digits()
        ),
        "FFE67738A8B5BCC8C79251B9AC04C0B5FF5909D31E9113E1CA8231E9F4ED8135",
    );
}

#[test]
fn an_identity_check_is_a_card_and_a_code() {
    assert_request(
        Body::IdentityCheck { card: 2, code: Code::new(b"123456".to_vec()).unwrap() },
        "03",
        "000B 00000002 06 313233343536",
        "BC93D92932343244A344B9649BA57C14FC01BAFCB07999D460962D9D72C5455D",
    );
}

#[test]
fn a_request_for_the_time_has_nothing_in_it() {
    assert_request(Body::IssuerTime, "04", "0000", "1086E267EF2028CE082A63A03D72CFDA42934259D17E1EF85016B181635BA76F");
}

#[test]
fn a_resynchronisation_says_what_is_there() {
    assert_request(
        Body::Resynchronise { spend_points: spend_points() },
        "05",
        &format!("00C9 {LISTING} {}", spend_point_digits()),
        "4AFA065649048577D1BC88289B50607011E8E7CC7096965F3AFA2F81BD7E79C2",
    );
}

#[test]
fn a_check_in_says_what_is_there_too() {
    assert_request(
        Body::CheckIn { spend_points: spend_points() },
        "06",
        &format!("00C9 {LISTING} {}", spend_point_digits()),
        "53ED544BFBBBD3017D4F5878C96C0B85369617132361988F3A4B1F1491A4E511",
    );
}

#[test]
fn the_state_of_an_empty_wallet_has_a_digest_too() {
    let listing = Listing::new(Vec::new());
    // python3: hashlib.sha256(b"hcepay state 1" + bytes(17)).hexdigest()
    let digest = "3F4C7581554165137AF6E5F03BEA95156645A86F540E41550DB2F12647A73D31";
    assert_eq!(state_digest(0, 0, &listing).as_slice(), bytes(digest));
}

#[test]
fn the_state_digest_knows_each_number_of_the_state() {
    let digest = |sequence, mark, cards| state_digest(sequence, mark, &Listing::new(cards));
    let ours = digest(5, 6, cards());
    assert_ne!(digest(4, 6, cards()), ours);
    assert_ne!(digest(5, 7, cards()), ours);
    type Alter = fn(&mut Vec<ListedCard>);
    let alterations: [Alter; 8] = [
        |cards| cards[0].card = 8,
        |cards| cards[0].state = CardState::Active,
        |cards| cards[0].state = CardState::Deleted,
        |cards| cards[0].sequences[0].channel = Channel::Qr,
        |cards| cards[0].sequences[0].last = 2,
        |cards| cards[0].sequences[0].highest = 4,
        |cards| cards[0].sequences.truncate(1),
        |cards| cards.truncate(1),
    ];
    for alter in alterations {
        let mut other = cards();
        alter(&mut other);
        assert_ne!(digest(5, 6, other), ours);
    }
    let mut reordered = cards();
    reordered.reverse();
    reordered.retain(|listed| listed.state != CardState::Deleted);
    assert_eq!(digest(5, 6, reordered), ours);
}

fn enrolment(challenge: Vec<u8>, attestation: Attestation) -> Body {
    let (agreement, signature) = (point(1), point(2));
    Body::Enrolment { challenge, agreement, signature, spend_points: spend_points(), attestation }
}

#[test]
fn a_chain_has_at_most_6_certificates_of_at_most_4096_bytes_and_the_longest_two_fit() {
    let longest = || CertificateChain::new(vec![vec![0x30; 4096]; 6]).unwrap();
    let attestation = Attestation { agreement: longest(), signature: longest() };
    let unsigned = request(enrolment(vec![0; 64], attestation)).unsigned().unwrap();
    assert_eq!(unsigned.0.len(), 84 + 65 + 2 * 65 + (65 + 1 + 66) + 2 * (1 + 6 * (2 + 4096)));
    let refused = |certificates| CertificateChain::new(certificates).err();
    assert_eq!(refused(vec![vec![1]; 7]), Some(RequestError::ChainLength));
    assert_eq!(refused(vec![vec![1], vec![1; 4097]]), Some(RequestError::CertificateLength));
    assert_eq!(refused(vec![Vec::new()]), Some(RequestError::CertificateLength));
}

#[test]
fn a_challenge_has_at_most_64_bytes() {
    let refused = |length| {
        let challenge = vec![0; length];
        request(enrolment(challenge, Attestation::default())).unsigned().err()
    };
    assert_eq!(refused(0), None);
    assert_eq!(refused(64), None);
    assert_eq!(refused(65), Some(RequestError::ChallengeLength));
}

#[test]
fn a_code_has_1_to_32_bytes() {
    assert_eq!(Code::new(Vec::new()).err(), Some(RequestError::CodeLength));
    assert!(Code::new(vec![b'1']).is_ok());
    assert!(Code::new(vec![b'1'; 32]).is_ok());
    assert_eq!(Code::new(vec![b'1'; 33]).err(), Some(RequestError::CodeLength));
}

#[test]
fn the_largest_wallet_fits_into_every_request() {
    let aid = aid("A00000000310100102030405060708FF");
    let sequence = Sequence { aid, channel: Channel::Tap, last: 0, highest: 0 };
    let card = ListedCard { card: 1, state: CardState::Active, sequences: vec![sequence; MOST_COUNTERS] };
    let largest = || Listing::new(vec![card.clone(); MOST_CARDS]);
    let mut listed = Vec::new();
    largest().write(&mut listed);
    assert_eq!(listed.len(), 5_401);
    // A card has four applications at most.
    let wants = vec![Want { card: 1, aid, channel: Channel::Tap, uses: 1 }; MOST_CARDS * 4];
    let body = Body::Replenishment { wants, spend_points: spend_points() };
    let unsigned = Request { listing: largest(), ..request(body) }.unsigned().unwrap();
    assert_eq!(unsigned.0.len(), 84 + 1 + 80 * (4 + 17 + 1 + 2) + 5_401 + 65 + 1 + 66);
    // The answer to a resynchronisation counts its counters in one byte.
    const { assert!(MOST_CARDS * MOST_COUNTERS <= 255) };
}

#[test]
fn a_replenishment_that_wants_nothing_is_not_made() {
    let asking = request(Body::Replenishment { wants: Vec::new(), spend_points: spend_points() });
    assert_eq!(asking.unsigned().err(), Some(RequestError::NothingWanted));
}

#[test]
fn no_code_shows_in_debug_and_none_is_left_behind_where_the_bytes_grow() {
    let code = Code::new(vec![211; 32]).unwrap();
    let shown = format!("{code:?}");
    let request = request(Body::IdentityCheck { card: 2, code });
    let unsigned = request.unsigned().unwrap();
    let shown = format!("{shown} {request:?} {:?} {unsigned:?}", request.body);
    assert!(!shown.contains("211") && !shown.to_uppercase().contains("D3"), "{shown}");

    let place = unsigned.0.as_ptr();
    let finished = unsigned.finish(&[0; 64]);
    assert_eq!(finished.as_ptr(), place);
}
