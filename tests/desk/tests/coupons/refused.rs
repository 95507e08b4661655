//! What is no coupon, and what is not presented: refused by name, and not a byte on the disk is another after it.

use hcepay_core::{ContentError, CouponError, CouponFault, CouponId, Error};
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice, coupon, coupon_notices, coupon_signer};
use hcepay_tests::issuer::seal::Purpose;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms, Worth};
use hcepay_tests::terminal::coupon::NoCoupon;

use super::shopper::{COUPON, DAY_MS, FOR_MS, ID, Shopper, terms};
use crate::everyday::later;

fn refused(fault: CouponFault) -> Error {
    Error::Content(ContentError::Coupon(fault))
}

/// The issuer's own software would never send that, but it is sealed and signed as if it did.
fn is_refused(shopper: &mut Shopper, purpose: Purpose, content: &[u8], error: Error) {
    let log = shopper.log();
    assert_eq!(shopper.apply_content(purpose, 0, content), Err(error), "{purpose:?}");
    assert_eq!(shopper.log(), log, "{purpose:?}: {error}");
}

#[test]
fn a_coupon_that_is_none_is_refused_by_name_and_changes_nothing() {
    use CouponFault::{Conditions, Currency, HiddenCharacters, Malformed, NeverValid, Title, Uses};
    let mut shopper = Shopper::new();
    let titled = |title: &str| CouponTerms { title: title.to_owned(), ..terms() };
    let under = |conditions: &str| CouponTerms { conditions: conditions.to_owned(), ..terms() };
    let worth = |worth| CouponTerms { worth, ..terms() };
    for (terms, fault) in [
        (titled(""), Title),
        (titled("  "), Title),
        (titled(&"x".repeat(65)), Title),
        (titled("Free\u{202E}eerF"), HiddenCharacters),
        (titled("Free\ncoffee"), HiddenCharacters),
        (under(&"x".repeat(513)), Conditions),
        (under("a\tb"), HiddenCharacters),
        (under("a\u{2066}b"), HiddenCharacters),
        (worth(Worth::Amount(0, 978)), CouponFault::Worth),
        (worth(Worth::Amount(1_000_000_000_000, 978)), CouponFault::Worth),
        (worth(Worth::Percentage(0)), CouponFault::Worth),
        (worth(Worth::Percentage(10_001)), CouponFault::Worth),
        (worth(Worth::Amount(1, 0)), Currency),
        (CouponTerms { valid_until_ms: terms().valid_from_ms - 1, ..terms() }, NeverValid),
        (CouponTerms { uses: 0, ..terms() }, Uses),
        (CouponTerms { uses: 1_001, ..terms() }, Uses),
    ] {
        let made = shopper.merchant.make(&terms);
        is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), refused(fault));
    }
    // Every cut of its terms, a byte too many, another label, an unknown kind of worth, bytes that are no text.
    let made = shopper.merchant.make(&terms());
    let bytes = &made.terms;
    let changed = |place: usize, byte: u8| {
        let mut changed = bytes.clone();
        changed[place] = byte;
        changed
    };
    let cut = (0..bytes.len()).map(|length| (bytes[..length].to_vec(), Malformed));
    let others = [
        ([bytes.as_slice(), &[0]].concat(), Malformed),
        (changed(14, b'2'), Malformed),
        (changed(40, 0xFF), Title),
        (changed(57, 3), CouponFault::Worth),
        (changed(75, 0xC0), Conditions),
    ];
    for (terms, fault) in cut.chain(others) {
        let content = coupon(&hcepay_tests::merchant::coupons::SignedCoupon { terms, ..made.clone() }).unwrap();
        is_refused(&mut shopper, Purpose::Coupon, &content, refused(fault));
    }
    let content = coupon(&made).unwrap();
    is_refused(&mut shopper, Purpose::Coupon, &content[..content.len() - 1], Error::Content(ContentError::Truncated));
    let more = [content.as_slice(), &[0]].concat();
    is_refused(&mut shopper, Purpose::Coupon, &more, Error::Content(ContentError::TrailingBytes));
    let largest = CouponTerms {
        title: "é".repeat(32),
        conditions: "x".repeat(512),
        worth: Worth::Amount(999_999_999_999, 978),
        uses: 1_000,
        valid_until_ms: u64::MAX,
        ..terms()
    };
    assert!(shopper.send(&largest).is_ok());
    assert_eq!(shopper.wallet.coupons(0).len(), 1);
}

#[test]
fn a_coupon_that_its_signer_did_not_give_or_gave_before_is_refused() {
    let mut shopper = Shopper::new();
    let mut stranger = CouponSigner::from_seed(78);
    let of_stranger = coupon(&stranger.make(&terms())).unwrap();
    is_refused(&mut shopper, Purpose::Coupon, &of_stranger, refused(CouponFault::UnknownSigner));
    // A stranger's signature under the merchant's name, and the merchant's under changed terms.
    let made = shopper.merchant.make(&terms());
    let by_stranger = stranger.make(&terms());
    let mut forged = made.clone();
    forged.signature = by_stranger.signature;
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&forged).unwrap(), refused(CouponFault::SignatureWrong));
    let mut raised = made.clone();
    *raised.terms.last_mut().unwrap() += 1;
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&raised).unwrap(), refused(CouponFault::SignatureWrong));
    shopper.trust(None).unwrap();
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), refused(CouponFault::UnknownSigner));
    shopper.trust(Some("Café Sol")).unwrap();
    shopper.send(&terms()).unwrap();
    let known = refused(CouponFault::Known);
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), known);
    for _ in 0..2 {
        assert!(shopper.choose_and_redeem().is_ok());
    }
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), known);
    shopper.wallet.remove_coupon(COUPON).unwrap();
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), known);
    shopper.reopen();
    is_refused(&mut shopper, Purpose::Coupon, &coupon(&made).unwrap(), known);
    assert_eq!(shopper.wallet.coupons(0), []);
}

#[test]
fn a_signer_or_a_notice_that_is_none_is_refused_by_name_and_changes_nothing() {
    use CouponFault::{
        HiddenCharacters, NoSuchCoupon, NoticeCount, SignerName, UnknownAction, UnknownNotice, UseUnused,
    };
    let mut shopper = Shopper::with(&terms());
    let key = CouponSigner::from_seed(78).public();
    let named = |name: &str| coupon_signer(&key, Some(name)).unwrap();
    let with = |place: usize, byte: u8| {
        let mut content = named("x");
        content[place] = byte;
        content
    };
    let no_longer = coupon_signer(&key, None).unwrap();
    for (content, error) in [
        (named(""), refused(SignerName)),
        (named(&"x".repeat(65)), refused(SignerName)),
        (named("a\u{200B}b"), refused(HiddenCharacters)),
        (with(67, 0xFF), refused(SignerName)),
        (with(0, 3), refused(UnknownAction)),
        (with(0, 2), refused(SignerName)),
        (with(1, 5), Error::Content(ContentError::PointInvalid)),
        (no_longer, refused(CouponFault::UnknownSigner)),
        (named("x")[..60].to_vec(), Error::Content(ContentError::Truncated)),
    ] {
        is_refused(&mut shopper, Purpose::CouponSigner, &content, error);
    }
    assert!(shopper.choose_and_redeem().is_ok());
    let notice = |coupon, number| CouponNotice { coupon, number, event: CouponEvent::Redeemed, wall_ms: 7 };
    let mut unknown = coupon_notices(&[notice(ID, 1)]).unwrap();
    unknown[19] = 4;
    let good = notice(ID, 1);
    for (content, error) in [
        (coupon_notices(&[]).unwrap(), refused(NoticeCount)),
        (coupon_notices(&[good; 33]).unwrap(), refused(NoticeCount)),
        (coupon_notices(&[good, notice(ID, 2)]).unwrap(), refused(UseUnused)),
        (coupon_notices(&[notice(ID, 0)]).unwrap(), refused(UseUnused)),
        (coupon_notices(&[good, notice([9; 16], 1)]).unwrap(), refused(NoSuchCoupon)),
        (unknown, refused(UnknownNotice)),
        (coupon_notices(&[good]).unwrap()[..20].to_vec(), Error::Content(ContentError::Truncated)),
    ] {
        is_refused(&mut shopper, Purpose::CouponNotices, &content, error);
    }
    assert_eq!(shopper.coupon().presented[0].settled, None, "nor of one that came with a wrong one");
    assert!(shopper.notify(&[good; 32]).is_ok());
    shopper.wallet.remove_coupon(COUPON).unwrap();
    assert!(shopper.notify(&[good]).is_ok(), "of a removed coupon it changes nothing, and is no fault");
    for purpose in [Purpose::Coupon, Purpose::CouponSigner, Purpose::CouponNotices] {
        let content = match purpose {
            Purpose::Coupon => coupon(&shopper.merchant.make(&terms())).unwrap(),
            Purpose::CouponSigner => named("x"),
            _ => coupon_notices(&[good]).unwrap(),
        };
        assert_eq!(shopper.apply_content(purpose, 1, &content), Err(Error::WrongAddress), "{purpose:?}");
    }
}

#[test]
fn a_wallet_keeps_only_so_many_coupons_and_signers_and_says_so() {
    use CouponFault::{TooMany, TooManySigners};
    let mut shopper = Shopper::new();
    let numbered = |number: u16| {
        let mut coupon = [0; 16];
        coupon[..2].copy_from_slice(&number.to_be_bytes());
        CouponTerms { coupon, ..terms() }
    };
    // One that ends soon, and 63 that do not.
    shopper.send(&CouponTerms { valid_until_ms: terms().valid_from_ms + 1_000, ..terms() }).unwrap();
    (1..64).for_each(|number| assert!(shopper.send(&numbered(number)).is_ok()));
    assert_eq!(shopper.send(&numbered(64)), Err(refused(TooMany)));
    shopper.now = later(shopper.now, 1_001);
    assert!(shopper.send(&numbered(64)).is_ok(), "where one is over, it gives way");
    assert!(shopper.wallet.coupons(0).iter().all(|coupon| coupon.id != COUPON));
    assert_eq!(shopper.send(&numbered(65)), Err(refused(TooMany)));
    // Those that are removed leave their marks, as long as there is room or they are not over.
    for number in 1..=191 {
        shopper.wallet.remove_coupon(CouponId(numbered(number).coupon)).unwrap();
        assert!(shopper.send(&numbered(number + 64)).is_ok(), "{number}");
    }
    shopper.wallet.remove_coupon(CouponId(numbered(200).coupon)).unwrap();
    assert_eq!(shopper.send(&numbered(256)), Err(refused(TooMany)));
    shopper.now = later(shopper.now, 11 * DAY_MS);
    assert_eq!(shopper.send(&numbered(256)), Err(refused(TooMany)), "the clock of payments has not come so far");
    for number in 1..15 {
        let key = CouponSigner::from_seed(1_000 + number).public();
        shopper.apply_content(Purpose::CouponSigner, 0, &coupon_signer(&key, Some("x")).unwrap()).unwrap();
    }
    let [fifteenth, sixteenth] = [2_000, 2_001].map(|seed| CouponSigner::from_seed(seed).public());
    shopper.apply_content(Purpose::CouponSigner, 0, &coupon_signer(&fifteenth, Some("x")).unwrap()).unwrap();
    let one_more = coupon_signer(&sixteenth, Some("x")).unwrap();
    is_refused(&mut shopper, Purpose::CouponSigner, &one_more, refused(TooManySigners));
    shopper.apply_content(Purpose::CouponSigner, 0, &coupon_signer(&fifteenth, None).unwrap()).unwrap();
    assert!(shopper.apply_content(Purpose::CouponSigner, 0, &one_more).is_ok(), "in the place of one without use");
}

#[test]
fn a_coupon_that_cannot_be_presented_is_refused_by_name_and_nothing_is_spent() {
    let mut shopper = Shopper::with(&terms());
    let tries = |shopper: &mut Shopper, error: CouponError| {
        let (log, left) = (shopper.log(), shopper.wallet.coupons(0));
        assert_eq!(shopper.choose(), Err(Error::Coupon(error)));
        assert_eq!((shopper.log(), shopper.wallet.coupons(0)), (log, left));
        assert_eq!(shopper.ask().1, Err(NoCoupon::NotOffered(0x6A82)), "{error}");
        shopper.wallet.deactivated(shopper.now);
    };
    let unknown = shopper.wallet.present_coupon(Some(CouponId([1; 16])), FOR_MS, shopper.now);
    assert_eq!(unknown, Err(Error::Coupon(CouponError::Unknown)));
    assert_eq!(shopper.wallet.remove_coupon(CouponId([1; 16])), Err(Error::Coupon(CouponError::Unknown)));
    let today = shopper.now;
    shopper.now.wall_ms -= 1;
    tries(&mut shopper, CouponError::NotYetValid);
    shopper.now = later(today, 10 * DAY_MS + 1);
    tries(&mut shopper, CouponError::Expired);
    shopper.now = today;
    shopper.trust(None).unwrap();
    tries(&mut shopper, CouponError::SignerNotTrusted);
    shopper.trust(Some("Café Sol")).unwrap();
    shopper.now = later(today, DAY_MS);
    assert!(shopper.choose_and_redeem().is_ok());
    shopper.now.wall_ms = today.wall_ms;
    tries(&mut shopper, CouponError::ClockSetBack);
    shopper.now = later(today, DAY_MS);
    assert!(shopper.choose_and_redeem().is_ok());
    tries(&mut shopper, CouponError::UsedUp);
    shopper.wallet.remove_coupon(COUPON).unwrap();
    tries(&mut shopper, CouponError::Unknown);
}
