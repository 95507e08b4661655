//! What the holder is shown of coupons, and what stays of it.

use hcepay_core::{Amount, Coupon, CouponId, CouponState, Worth};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::coupons::{CouponEvent, CouponNotice};
use hcepay_tests::issuer::demo_cards::large_profile;
use hcepay_tests::merchant::coupons::{self, CouponSigner, CouponTerms};

use super::shopper::{COUPON, DAY_MS, ID, MERCHANT, Shopper, terms};

#[test]
fn a_coupon_is_listed_with_all_that_its_signer_says() {
    let mut shopper = Shopper::with(&terms());
    shopper.send(&CouponTerms { coupon: [1; 16], worth: coupons::Worth::Percentage(1_250), ..terms() }).unwrap();
    let listed = Coupon {
        id: COUPON,
        signer: Some(MERCHANT.to_owned()),
        title: "1.50 off a coffee".to_owned(),
        worth: Worth::Amount(Amount { minor: 1_50, currency: 978 }),
        conditions: "Before noon.\nNot on Sundays.".to_owned(),
        valid_from_ms: NEW_YEAR.wall_ms,
        valid_until_ms: NEW_YEAR.wall_ms + 10 * DAY_MS,
        uses: 2,
        uses_left: 2,
        state: CouponState::Valid,
        presented: Vec::new(),
    };
    let of_percentage = Coupon { id: CouponId([1; 16]), worth: Worth::Percentage(1_250), ..listed.clone() };
    for _ in 0..2 {
        assert_eq!(shopper.wallet.coupons(NEW_YEAR.wall_ms), [of_percentage.clone(), listed.clone()]);
        shopper.reopen();
    }
}

#[test]
fn how_a_coupon_stands_follows_from_clock_signer_and_uses() {
    let mut shopper = Shopper::with(&terms());
    let at = |shopper: &Shopper, wall_ms| shopper.wallet.coupons(wall_ms)[0].state;
    let (from, until) = (terms().valid_from_ms, terms().valid_until_ms);
    for (wall_ms, state) in [
        (from - 1, CouponState::NotYetValid),
        (from, CouponState::Valid),
        (until, CouponState::Valid),
        (until + 1, CouponState::Expired),
    ] {
        assert_eq!(at(&shopper, wall_ms), state);
    }
    shopper.trust(None).unwrap();
    assert_eq!(
        (at(&shopper, from), shopper.coupon().signer.as_deref()),
        (CouponState::SignerNotTrusted, Some(MERCHANT))
    );
    shopper.trust(Some("Café Luna")).unwrap();
    assert_eq!((at(&shopper, from), shopper.coupon().signer.as_deref()), (CouponState::Valid, Some("Café Luna")));
    for _ in 0..2 {
        assert!(shopper.choose_and_redeem().is_ok());
    }
    assert_eq!((at(&shopper, from), at(&shopper, until + 1)), (CouponState::UsedUp, CouponState::UsedUp));
}

#[test]
fn all_of_it_outlives_a_log_that_is_written_anew() {
    let mut shopper = Shopper::with(&CouponTerms { uses: 900, ..terms() });
    for coupon in [1, 2, 3] {
        shopper.send(&CouponTerms { coupon: [coupon; 16], ..terms() }).unwrap();
    }
    shopper.wallet.remove_coupon(CouponId([2; 16])).unwrap();
    for _ in 0..40 {
        assert!(shopper.choose_and_redeem().is_ok());
    }
    shopper.notify(&[CouponNotice { coupon: ID, number: 40, event: CouponEvent::Redeemed, wall_ms: 5 }]).unwrap();
    // Of a use that is no longer told: taken, and without a trace.
    shopper.notify(&[CouponNotice { coupon: ID, number: 2, event: CouponEvent::Redeemed, wall_ms: 5 }]).unwrap();
    let reports = shopper.wallet.reports();
    for report in &reports[..39] {
        shopper.wallet.acknowledge(report.id.unwrap()).unwrap();
    }
    shopper.choose().unwrap();
    let coupons = shopper.wallet.coupons(NEW_YEAR.wall_ms);
    let told: Vec<u16> = shopper.coupon().presented.iter().map(|presented| presented.number).collect();
    assert_eq!((told, shopper.uses_left()), ((9..=40).collect(), 860));
    let anew = |shopper: &mut Shopper| {
        for _ in 0..40 {
            let card = shopper.wallet.install_unsealed(&large_profile()).unwrap();
            shopper.wallet.delete(card).unwrap();
        }
        let before = shopper.wallet.ledger_length();
        shopper.wallet.make_ready(shopper.now).unwrap();
        shopper.keep_mark();
        assert!(shopper.wallet.ledger_length() < before / 4, "it was written anew");
        shopper.reopen();
    };
    anew(&mut shopper);
    assert_eq!(shopper.wallet.coupons(NEW_YEAR.wall_ms), coupons);
    assert_eq!(shopper.wallet.coupon_to_present(shopper.now), Some(COUPON));
    assert_eq!(shopper.wallet.reports(), reports[39..], "what was acknowledged is not told again");
    assert!(shopper.send(&CouponTerms { coupon: [2; 16], ..terms() }).is_err(), "what was removed stays so");
    assert!(shopper.redeem().is_ok(), "and the choice still counts");
    shopper.wallet.deactivated(shopper.now);
    // A signer that is trusted no longer is remembered as such.
    shopper.trust(None).unwrap();
    anew(&mut shopper);
    assert_eq!(shopper.coupon().state, CouponState::SignerNotTrusted);
}

#[test]
fn a_successor_of_the_issuer_s_key_takes_over_no_coupons_of_the_one_before() {
    let mut shopper = Shopper::new();
    shopper.merchant = CouponSigner::from_seed(3);
    shopper.send(&terms()).unwrap();
    let envelope = {
        let random = &mut *shopper;
        let (issuer, random) = (&mut random.issuer, &mut random.random);
        issuer.rotate_envelope_key(4, random).unwrap().into_values().next().unwrap()
    };
    shopper.apply(&envelope).unwrap();
    assert_eq!(shopper.coupon().state, CouponState::SignerNotTrusted);
    shopper.trust(Some("The bank, before 2026")).unwrap();
    assert_eq!(shopper.coupon().state, CouponState::Valid);
}
