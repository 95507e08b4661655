//! The choice of a coupon: for the next reader of its merchant, for a time, in one boot, and never in an older copy.

use hcepay_core::{CouponId, CouponState, Error};
use hcepay_desk::disk::Disk;
use hcepay_tests::merchant::coupons::CouponTerms;
use hcepay_tests::terminal::coupon::NoCoupon;

use super::shopper::{COUPON, FOR_MS, ID, Shopper, terms};
use crate::everyday::later;

const NOT_OFFERED: NoCoupon = NoCoupon::NotOffered(0x6A82);

#[test]
fn a_reader_learns_of_no_coupon_that_the_holder_has_not_chosen() {
    let mut shopper = Shopper::with(&terms());
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED));
    shopper.choose().unwrap();
    assert_eq!(shopper.wallet.coupon_to_present(shopper.now), Some(COUPON));
    shopper.wallet.present_coupon(None, FOR_MS, shopper.now).unwrap();
    assert_eq!((shopper.wallet.coupon_to_present(shopper.now), shopper.ask().1), (None, Err(NOT_OFFERED)));
    assert_eq!((shopper.choose_and_redeem().is_ok(), shopper.uses_left()), (true, 1), "nothing was lost by it");
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED), "the choice was for one reader");
}

#[test]
fn a_choice_ends_with_its_time_and_gives_its_use_back() {
    let mut shopper = Shopper::with(&terms());
    for for_ms in [0, 4_999, 600_001] {
        let refused = shopper.wallet.present_coupon(Some(COUPON), for_ms, shopper.now);
        assert_eq!(refused, Err(Error::WindowOutOfRange));
    }
    shopper.choose().unwrap();
    shopper.now = later(shopper.now, FOR_MS);
    assert_eq!((shopper.wallet.coupon_to_present(shopper.now), shopper.ask().1), (None, Err(NOT_OFFERED)));
    shopper.wallet.make_ready(shopper.now).unwrap();
    shopper.keep_mark();
    let medium = shopper.disk.medium().synced();
    shopper.disk_is(Disk::of(medium), true);
    assert_eq!(shopper.uses_left(), 2, "it was given back, and no power loss burns it");
    assert!(shopper.choose_and_redeem().is_ok());
}

#[test]
fn a_choice_outlives_the_process_and_not_the_boot_which_burns_its_use() {
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    shopper.reopen();
    assert!(shopper.redeem().is_ok());
    shopper.wallet.deactivated(shopper.now);
    shopper.choose().unwrap();
    shopper.now.boot_count += 1;
    shopper.reopen();
    assert_eq!((shopper.ask().1, shopper.uses_left()), (Err(NOT_OFFERED), 0));
    assert_eq!(shopper.coupon().state, CouponState::UsedUp);
    assert_eq!(shopper.coupon().presented.len(), 1, "of the burned one nobody knows that it was presented");
}

#[test]
fn nothing_is_presented_before_the_platform_has_kept_the_mark() {
    let mut shopper = Shopper::with(&terms());
    shopper.wallet.present_coupon(Some(COUPON), FOR_MS, shopper.now).unwrap();
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED));
    shopper.keep_mark();
    assert!(shopper.redeem().is_ok());
}

#[test]
fn one_use_is_leased_in_the_whole_wallet() {
    let mut shopper = Shopper::with(&terms());
    let another = [0xC1; 16];
    shopper.send(&CouponTerms { coupon: another, ..terms() }).unwrap();
    for coupon in [another, ID, another] {
        shopper.wallet.present_coupon(Some(CouponId(coupon)), FOR_MS, shopper.now).unwrap();
        shopper.keep_mark();
    }
    assert_eq!(shopper.ask().1.unwrap().coupon, another);
    shopper.now.boot_count += 1;
    shopper.reopen();
    assert_eq!(shopper.wallet.coupons(0).iter().map(|coupon| coupon.uses_left).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn a_coupon_that_ends_or_loses_its_signer_while_it_is_chosen_is_not_presented() {
    let mut shopper = Shopper::with(&CouponTerms { valid_until_ms: terms().valid_from_ms + 1_000, ..terms() });
    shopper.choose().unwrap();
    shopper.now = later(shopper.now, 1_001);
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED));
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    shopper.trust(None).unwrap();
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED));
    let mut shopper = Shopper::with(&terms());
    shopper.choose().unwrap();
    shopper.wallet.remove_coupon(COUPON).unwrap();
    assert_eq!(shopper.ask().1, Err(NOT_OFFERED));
}

#[test]
fn an_older_copy_that_was_put_back_presents_no_coupon_ever() {
    let mut shopper = Shopper::with(&CouponTerms { uses: 9, ..terms() });
    shopper.choose().unwrap();
    let older = shopper.disk.medium();
    assert!(shopper.redeem().is_ok());
    shopper.wallet.deactivated(shopper.now);
    assert!(shopper.choose_and_redeem().is_ok());
    shopper.disk_is(Disk::of(older), false);
    assert!(shopper.wallet.is_rolled_back());
    assert_eq!((shopper.ask().1, shopper.choose()), (Err(NOT_OFFERED), Err(Error::RolledBack)));
    shopper.ask_next();
    assert!(!shopper.wallet.is_rolled_back());
    for _ in 0..2 {
        assert_eq!((shopper.coupon().state, shopper.choose().is_err()), (CouponState::UsedUp, true));
        shopper.reopen();
    }
    shopper.send(&CouponTerms { coupon: [0xC1; 16], ..terms() }).unwrap();
    shopper.wallet.present_coupon(Some(CouponId([0xC1; 16])), FOR_MS, shopper.now).unwrap();
    shopper.keep_mark();
    assert!(shopper.redeem().is_ok(), "another coupon of the issuer's is one as any");
}
