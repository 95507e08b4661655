//! The wall clock, which anyone can set: forward it only shortens the life of keys, back it is believed for five minutes.

use crate::checkout::{AID, Checkout, NEXT_BOOT, SECOND_AID, made, terms, terms_for};
use hcepay_core::{KeyTerms, Now, Reason};
use hcepay_desk::phone::NEW_YEAR;

const MINUTE: u64 = 60_000;
const NOON: u64 = NEW_YEAR.wall_ms;

/// Paid with 1 at noon.
fn paid_at_noon() -> Checkout {
    let shop = Checkout::with(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(shop.pay(), Ok(1));
    shop
}

#[test]
fn set_back_by_five_minutes_it_still_pays_and_by_more_it_does_not() {
    let mut shop = paid_at_noon();
    shop.at(NOON - 5 * MINUTE);
    assert_eq!((shop.pay(), shop.wallet.clock_was_set_back(shop.now.wall_ms)), (Ok(2), false));
    shop.at(NOON - 5 * MINUTE - 1);
    assert_eq!((shop.pay(), shop.wallet.clock_was_set_back(shop.now.wall_ms)), (Err(Reason::ClockSetBack), true));
    shop.at(NOON);
    assert_eq!(shop.pay(), Ok(3), "set right again it pays");
}

#[test]
fn steps_of_five_minutes_do_not_add_up() {
    let mut shop = paid_at_noon();
    shop.at(NOON - 4 * MINUTE);
    assert_eq!(shop.pay(), Ok(2));
    shop.at(NOON - 8 * MINUTE);
    assert_eq!(shop.pay(), Err(Reason::ClockSetBack));
}

#[test]
fn that_it_was_set_back_is_known_after_a_kill_a_reboot_and_in_a_log_written_anew() {
    let mut shop = paid_at_noon();
    shop.at(NOON - 5 * MINUTE - 1);
    for now in [NEW_YEAR, NEXT_BOOT] {
        assert_eq!(shop.reopened(now).pay(), Err(Reason::ClockSetBack));
    }
    // Nothing else tells of the time: the contact is acknowledged.
    shop.wallet.reports().iter().for_each(|report| shop.wallet.acknowledge(report.id.unwrap()).unwrap());
    shop.grow_until_compacted();
    assert_eq!(shop.pay(), Err(Reason::ClockSetBack));
    for now in [NEW_YEAR, NEXT_BOOT] {
        let mut reopened = shop.reopened(now);
        assert_eq!(reopened.pay(), Err(Reason::ClockSetBack));
        reopened.at(NOON - 5 * MINUTE);
        assert!(reopened.pay().is_ok());
    }
}

#[test]
fn set_forward_it_makes_no_key_valid_longer() {
    let mut shop = Checkout::new();
    let until = |atc, not_after_ms| terms(atc, 1, NOON, not_after_ms);
    let end = NOON + 30 * MINUTE;
    shop.add(vec![until(1, NOON + MINUTE), until(2, NOON + MINUTE), until(3, end), until(4, end)]).unwrap();
    shop.at(NOON + MINUTE + 1);
    assert_eq!((shop.uses_left(), shop.pay()), (2, Ok(3)), "the first key is too old");
    shop.at(end + 1);
    assert_eq!((shop.uses_left(), shop.pay()), (0, Err(Reason::KeyExpired)));
    // A day ahead, and back: what was valid before is, what was not is not.
    shop.at(NOON + 24 * 60 * MINUTE);
    assert_eq!(shop.pay(), Err(Reason::KeyExpired));
    shop.at(NOON + MINUTE);
    assert_eq!(shop.pay(), Ok(4));
    assert_eq!(shop.pay(), Err(Reason::NoKeyLeft));
}

#[test]
fn a_payment_made_ahead_of_time_binds_the_clock() {
    let mut shop = Checkout::with(&[1, 2, 3]);
    shop.at(NOON + 24 * 60 * MINUTE);
    assert_eq!(shop.pay(), Ok(1));
    shop.at(NOON);
    assert_eq!(shop.pay(), Err(Reason::ClockSetBack), "only the issuer's time mends it");
}

#[test]
fn set_back_by_four_minutes_it_makes_no_key_valid_again() {
    let mut shop = Checkout::of("kernel3-two-applications");
    let until = |aid, atc, not_after_ms| made(&KeyTerms { not_after_ms, ..terms_for(aid, atc) });
    shop.add(vec![until(AID, 1, NOON), until(SECOND_AID, 1, u64::MAX), until(SECOND_AID, 2, u64::MAX)]).unwrap();
    let pay_at = |shop: &Checkout, aid| {
        let method = hcepay_core::Method::Biometric;
        shop.wallet.arm(shop.now, method, 30_000, None).unwrap();
        let report = shop.tap_at(aid, 1250, 978);
        report.atc.map(hcepay_core::Atc::number).ok_or(report.reason.unwrap())
    };
    shop.at(NOON + 1);
    assert_eq!(pay_at(&shop, AID), Err(Reason::KeyExpired));
    assert_eq!(pay_at(&shop, SECOND_AID), Ok(1), "which was seen to be after the key's end");
    shop.at(NOON - 4 * MINUTE);
    assert_eq!(pay_at(&shop, AID), Err(Reason::KeyExpired));
    for boot_count in [1, 2] {
        let reopened = shop.reopened(Now { boot_count, ..NEW_YEAR });
        assert_eq!(pay_at(&reopened, AID), Err(Reason::KeyExpired));
    }
    assert_eq!(pay_at(&shop, SECOND_AID), Ok(2), "the others pay on");
}

#[test]
fn a_key_whose_time_has_yet_to_come_waits_for_the_clock_that_shows_now() {
    let mut shop = Checkout::new();
    shop.add(vec![terms(1, 1, 0, u64::MAX), terms(2, 1, NOON, u64::MAX)]).unwrap();
    assert_eq!(shop.pay(), Ok(1));
    shop.at(NOON - 1);
    assert_eq!(shop.pay(), Err(Reason::KeyNotYetValid), "though noon was seen");
}
