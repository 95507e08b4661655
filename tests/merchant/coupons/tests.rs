use super::*;
use crate::bytes::{from_hex, hex};

const NOW: u64 = 1_000;
const CHALLENGE: [u8; 8] = [7; 8];

fn terms() -> CouponTerms {
    CouponTerms {
        coupon: [0xC0; 16],
        signer: [0; 8],
        title: "Caf\u{e9}".to_owned(),
        worth: Worth::Amount(1_50, 978),
        conditions: String::new(),
        valid_from_ms: NOW,
        valid_until_ms: NOW + 10,
        uses: 2,
    }
}

fn presented(signer: &CouponSigner, number: u16) -> Presentation {
    let terms_digest: [u8; 32] = Sha256::digest(signer.made[&[0xC0; 16]].bytes()).into();
    let mac = mac(&signer.secret(&[0xC0; 16]), &CHALLENGE, &signer.id(), &[0xC0; 16], number, &terms_digest);
    Presentation { coupon: [0xC0; 16], number, terms_digest, mac }
}

#[test]
fn terms_are_written_as_the_format_says() {
    let head = format!("68636570617920636F75706F6E2031{}5151515151515151", "C0".repeat(16));
    let tail = "00000000000003E8 00000000000003F2 0002".replace(' ', "");
    let terms = CouponTerms { signer: [0x51; 8], ..terms() };
    assert_eq!(hex(&terms.bytes()), format!("{head}05436166C3A9010000000000000096 03D20000{tail}").replace(' ', ""));
    let percentage = CouponTerms { worth: Worth::Percentage(1_250), conditions: "a\nb".to_owned(), ..terms };
    assert_eq!(hex(&percentage.bytes()), format!("{head}05436166C3A90204E20003610A62{tail}"));
}

/// By hand, with Python 3.11's hmac and hashlib: `H = lambda k, m: hmac.new(k, m, hashlib.sha256).digest()`, then the key
/// `H(bytes(range(32)), b"hcepay coupon use" + b"\xc0" * 16 + b"\x01\x02" + b"\x01")` (RFC 5869, T(1)), and under it
/// `H(key, b"hcepay coupon 1" + bytes(range(1, 9)) + b"\x51" * 8 + b"\xc0" * 16 + b"\x01\x02" + sha256(b"terms").digest())[:16]`.
#[test]
fn the_mac_is_that_of_another_program() {
    let secret = std::array::from_fn(|place| place as u8);
    let challenge = std::array::from_fn(|place| place as u8 + 1);
    let digest = Sha256::digest(b"terms").into();
    let mac = mac(&secret, &challenge, &[0x51; 8], &[0xC0; 16], 258, &digest);
    assert_eq!(mac.as_slice(), from_hex("7FBB3E7AB96CA61A5B0A6ECCA3914526").unwrap());
}

#[test]
fn each_use_is_taken_once() {
    let mut signer = CouponSigner::from_seed(1);
    signer.make(&terms());
    for number in [2, 1] {
        let presented = presented(&signer, number);
        assert_eq!(signer.take(&presented, &CHALLENGE, NOW).map(|terms| terms.title), Ok("Caf\u{e9}".to_owned()));
        assert_eq!(signer.take(&presented, &CHALLENGE, NOW), Err(NotTaken::TakenBefore));
    }
}

#[test]
fn what_is_not_this_coupon_for_this_reader_now_is_not_taken() {
    let (mut signer, mut another) = (CouponSigner::from_seed(1), CouponSigner::from_seed(2));
    signer.make(&terms());
    let good = presented(&signer, 1);
    assert_eq!(another.take(&good, &CHALLENGE, NOW), Err(NotTaken::NotOurs));
    another.make(&terms());
    assert_eq!(another.take(&good, &CHALLENGE, NOW), Err(NotTaken::OtherTerms));
    let other_terms = Presentation { terms_digest: presented(&another, 1).terms_digest, ..good };
    assert_eq!(another.take(&other_terms, &CHALLENGE, NOW), Err(NotTaken::MacWrong), "of another merchant's secret");
    for (number, wall_ms, refused) in [
        (0, NOW, NotTaken::NoSuchUse),
        (3, NOW, NotTaken::NoSuchUse),
        (1, NOW - 1, NotTaken::NotValid),
        (1, NOW + 11, NotTaken::NotValid),
    ] {
        assert_eq!(signer.take(&presented(&signer, number), &CHALLENGE, wall_ms), Err(refused));
    }
    assert_eq!(signer.take(&good, &[8; 8], NOW), Err(NotTaken::MacWrong), "another challenge");
    let another_use = Presentation { number: 2, ..good };
    assert_eq!(signer.take(&another_use, &CHALLENGE, NOW), Err(NotTaken::MacWrong), "another use");
    assert!(signer.take(&good, &CHALLENGE, NOW + 10).is_ok(), "nothing of that has used it up");
}

#[test]
fn one_that_remembers_takes_what_it_made_before_and_nothing_twice() {
    let mut signer = CouponSigner::from_seed(1);
    signer.make(&terms());
    let presented = [1, 2].map(|number| presented(&signer, number));
    assert!(signer.take(&presented[0], &CHALLENGE, NOW).is_ok());
    let mut forgetful = CouponSigner::from_seed(1);
    assert_eq!(forgetful.take(&presented[1], &CHALLENGE, NOW), Err(NotTaken::NotOurs));
    let mut again = CouponSigner::from_seed(1).remembering(signer.made().cloned(), signer.taken());
    assert_eq!(again.take(&presented[0], &CHALLENGE, NOW), Err(NotTaken::TakenBefore));
    assert_eq!(again.take(&presented[1], &CHALLENGE, NOW).map(|terms| terms.title), Ok(terms().title));
}
