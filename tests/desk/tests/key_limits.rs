//! What a key may pay, for all its uses together; the last counter that there is; and whose spend key opens keys.

use crate::checkout::{AID, Checkout, NEXT_BOOT, key, made, terms, terms_for};
use hcepay_core::{Amount, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Outcome, PaymentKey, Reason};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_desk::platform::Platform;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::seal::SigningIssuer;

const EURO: u16 = 978;
const DOLLAR: u16 = 840;
const YEN: u16 = 392;

/// A limited-use key of three uses: 20 euros and 10 dollars together.
fn limited(first_atc: u16) -> PaymentKey {
    made(&KeyTerms {
        uses: 3,
        derivation_data: Some([0x06, 0x00, 0x01, 0x01]),
        limits: vec![Amount { currency: EURO, minor: 2000 }, Amount { currency: DOLLAR, minor: 1000 }],
        ..terms_for(AID, first_atc)
    })
}

fn with_limited_key() -> Checkout {
    let mut shop = Checkout::of("kernel3-cvn43");
    shop.add(vec![limited(1), limited(4)]).unwrap();
    shop
}

/// Verified, with the values in the order in which this card asks for them.
fn pay(shop: &Checkout, minor: u64, currency: u16) -> Result<u16, Reason> {
    shop.wallet.arm(shop.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    shop.wallet.mark_stored(shop.wallet.mark());
    shop.select(AID);
    let merchant = "00".repeat(20);
    let values =
        format!("11223344{merchant}3280400000{minor:012}0000000000000000000000{currency:04}02762601010000000000");
    shop.wallet.process(shop.now, &from_hex(&format!("80A800003C833A{values}00")).unwrap());
    let report = shop.wallet.deactivated(shop.now);
    match report.atc {
        Some(atc) => Ok(atc.number()),
        None => {
            assert_eq!(report.outcome, Outcome::Declined);
            Err(report.reason.unwrap())
        }
    }
}

const OVER: Result<u16, Reason> = Err(Reason::OverKeyLimit);

#[test]
fn the_uses_of_a_key_together_pay_its_limit_and_not_a_cent_more() {
    let shop = with_limited_key();
    assert_eq!(pay(&shop, 2001, EURO), OVER);
    assert_eq!(pay(&shop, 1250, EURO), Ok(1));
    assert_eq!(pay(&shop, 751, EURO), OVER);
    assert_eq!(pay(&shop, 750, EURO), Ok(2));
    assert_eq!(pay(&shop, 1, EURO), OVER);
    assert_eq!(pay(&shop, 0, EURO), Ok(3), "nothing more can always be paid");
    assert_eq!(pay(&shop, 2000, EURO), Ok(4), "the next key has a limit of its own");
}

#[test]
fn each_currency_has_a_limit_of_its_own_and_one_without_a_limit_is_not_paid() {
    let shop = with_limited_key();
    assert_eq!(pay(&shop, 1, YEN), OVER);
    assert_eq!(pay(&shop, 2000, EURO), Ok(1));
    assert_eq!(pay(&shop, 1001, DOLLAR), OVER);
    assert_eq!(pay(&shop, 1000, DOLLAR), Ok(2));
    assert_eq!((pay(&shop, 1, DOLLAR), pay(&shop, 1, EURO), pay(&shop, 0, YEN)), (OVER, OVER, OVER));
}

#[test]
fn an_amount_beyond_all_bounds_is_over_the_limit_too() {
    let shop = with_limited_key();
    assert_eq!(pay(&shop, 999_999_999_999, EURO), OVER);
    let mut shop = Checkout::of("kernel3-cvn43");
    let limits = vec![Amount { currency: EURO, minor: u64::MAX }];
    shop.add(vec![made(&KeyTerms { limits, uses: 2, derivation_data: Some([0; 4]), ..terms_for(AID, 1) })]).unwrap();
    assert_eq!([pay(&shop, 999_999_999_999, EURO), pay(&shop, 999_999_999_999, EURO)], [Ok(1), Ok(2)]);
}

#[test]
fn a_refused_amount_uses_nothing_up() {
    let shop = with_limited_key();
    for _ in 0..5 {
        assert_eq!(pay(&shop, 2001, EURO), OVER);
    }
    assert_eq!((shop.last_atc(), shop.uses_left()), (0, 6));
}

#[test]
fn what_a_key_has_paid_is_known_after_a_kill_a_power_loss_and_in_a_log_written_anew() {
    let shop = with_limited_key();
    assert_eq!(pay(&shop, 1250, EURO), Ok(1));
    assert_eq!(pay(&shop.reopened(NEW_YEAR), 751, EURO), OVER);
    let killed = shop.reopened(NEW_YEAR);
    assert_eq!(pay(&killed, 750, EURO), Ok(2));
    assert_eq!(pay(&shop.reopened(NEXT_BOOT), 751, EURO), OVER, "nothing was leased: nothing burned");
    // Nothing else tells of the amounts: the contacts are acknowledged.
    let mut shop = killed;
    shop.wallet.reports().iter().for_each(|report| shop.wallet.acknowledge(report.id.unwrap()).unwrap());
    shop.grow_until_compacted();
    for shop in [shop.reopened(NEW_YEAR), shop.reopened(NEW_YEAR).reopened(NEW_YEAR)] {
        assert_eq!(pay(&shop, 1, EURO), OVER);
        assert_eq!(pay(&shop, 1000, DOLLAR), Ok(3));
    }
}

#[test]
fn fffe_is_the_last_counter_and_then_that_is_the_reason() {
    let mut shop = Checkout::with(&[0xFFFD, 0xFFFE]);
    assert_eq!(shop.add(vec![key(0xFFFE)]), Err(Error::AtcNotRising));
    assert_eq!([shop.pay(), shop.pay()], [Ok(0xFFFD), Ok(0xFFFE)]);
    assert_eq!(shop.pay(), Err(Reason::CounterAtItsEnd));
    assert_eq!(PaymentKey::new(&terms_for(AID, 0xFFFF), key_of_zeros()).unwrap_err(), Error::AtcOutOfRange);
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(shop.reopened(now).pay(), Err(Reason::CounterAtItsEnd));
    }
    shop.grow_until_compacted();
    assert_eq!(shop.pay(), Err(Reason::CounterAtItsEnd));
}

#[test]
fn a_last_key_that_is_too_old_is_said_to_be_just_that() {
    let mut shop = Checkout::new();
    shop.add(vec![terms(0xFFFE, 1, 0, NEW_YEAR.wall_ms)]).unwrap();
    shop.at(NEW_YEAR.wall_ms.saturating_add(1));
    assert_eq!(shop.pay(), Err(Reason::KeyExpired));
}

#[test]
fn the_spend_key_of_another_phone_is_refused_and_verifies_no_one() {
    let mut shop = Checkout::of("kernel3-cvn18");
    shop.add(vec![key(1)]).unwrap();
    let [own, another] = [0, 1].map(|seed| Platform::new(seed, SigningIssuer::from_seed(seed).public()));
    let arm = |released| shop.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(released));
    own.tell_keys(&shop.wallet).unwrap();
    assert_eq!(arm(another.authenticated()), Err(Error::AnotherSpendKey));
    assert_eq!(arm(own.unlocked()), Err(Error::AnotherSpendKey), "nor the other one of this phone");
    assert_eq!(shop.wallet.unlocked(another.unlocked(), NEW_YEAR), Err(Error::AnotherSpendKey));
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::NotVerified));
    assert_eq!(shop.wallet.unlocked(own.unlocked(), NEW_YEAR), Ok(()));
    assert!(arm(own.authenticated()).is_ok());
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
}

fn key_of_zeros() -> hcepay_core::SecretKey {
    hcepay_core::SecretKey::new(Box::new([0; 16]))
}
