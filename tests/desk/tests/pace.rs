//! How many cryptograms readers may ask for before the holder must verify: three in a contact, six in a minute.

use crate::checkout::{AID, Checkout, SECOND_AID, key, key_for};
use hcepay_core::{Attempt, DEFAULT_WINDOW_MS, Method, Now, Outcome, Reason};
use hcepay_tests::bytes::from_hex;

const KERNEL_2_AID: &str = "A0000000041010";
const GENERATE_AC: &str =
    "80AE80002B000000001250000000000000027680000000000978260101001122334422000000000000000000003F000200";
const READY: &[u8] = &[0x90, 0x00];
const VERIFY_ON_DEVICE: &[u8] = &[0x69, 0x86];

fn at(till: &mut Checkout, boot_ms: u64) {
    till.now = Now { boot_ms, ..till.now };
}

/// Asks for a cryptogram; the last two bytes of the answer.
fn ask_kernel_3(till: &Checkout) -> Vec<u8> {
    till.select(AID);
    let values = "32804000000000001250000000000000027600000000000978260101 00 11223344";
    let answer = till.wallet.process(till.now, &from_hex(&format!("80A80000238321{values}00")).unwrap());
    answer.iter().rev().take(2).rev().copied().collect()
}

/// The same of kernel 2: the CID, and whether the reader is told that the holder must verify.
fn ask_kernel_2(till: &Checkout) -> (u8, bool) {
    till.select(KERNEL_2_AID);
    till.wallet.process(till.now, &from_hex("80A8000002830000").unwrap());
    let answer = till.wallet.process(till.now, &from_hex(GENERATE_AC).unwrap());
    let cid = answer.windows(4).find(|window| window.starts_with(&[0x9F, 0x27, 0x01])).unwrap();
    let told = answer.windows(6).any(|window| window == [0xDF, 0x4B, 0x03, 0x00, 0x01, 0x00]);
    (cid.last().copied().unwrap(), told)
}

fn arm(till: &Checkout) {
    till.wallet.arm(till.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
}

#[test]
fn a_contact_gets_three_cryptograms_and_then_the_holder_must_verify() {
    let till = Checkout::with(&[1, 2, 3, 4, 5]);
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&till), READY);
    }
    for _ in 0..4 {
        assert_eq!(ask_kernel_3(&till), VERIFY_ON_DEVICE);
    }
    let report = till.wallet.deactivated(till.now);
    let told = |attempt: &Attempt| (attempt.outcome, attempt.reason);
    let told: Vec<(Outcome, Reason)> = report.attempts.iter().map(told).collect();
    let (paid, refused) = told.split_at(3);
    assert_eq!(paid, [(Outcome::AuthorisationRequested, Reason::VerificationNotNeeded); 3]);
    assert_eq!(refused, [(Outcome::VerificationNeeded, Reason::TooManyRequests); 4]);
    assert_eq!((till.last_atc(), till.uses_left()), (3, 2));
    assert_eq!(ask_kernel_3(&till), READY, "in the next contact");
}

#[test]
fn a_minute_gets_six_cryptograms_in_however_many_contacts() {
    let mut till = Checkout::with(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for boot_ms in 100_000..100_006 {
        at(&mut till, boot_ms);
        assert!(till.pay_without_making_ready().is_ok());
    }
    at(&mut till, 159_999);
    for _ in 0..3 {
        assert_eq!(till.pay_without_making_ready(), Err(Reason::TooManyRequests));
    }
    at(&mut till, 160_000);
    assert_eq!(till.pay_without_making_ready(), Ok(7), "the first was a minute ago; refusals do not count");
    assert_eq!(till.pay_without_making_ready(), Err(Reason::TooManyRequests));
}

#[test]
fn verifying_resets_the_contact_and_the_minute() {
    let till = Checkout::with(&(1..=20).collect::<Vec<u16>>());
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&till), READY);
    }
    assert_eq!(ask_kernel_3(&till), VERIFY_ON_DEVICE);
    arm(&till);
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&till), READY, "in the same contact");
    }
    assert_eq!(ask_kernel_3(&till), VERIFY_ON_DEVICE);
    till.wallet.deactivated(till.now);
    for _ in 0..3 {
        assert!(till.pay_without_making_ready().is_ok(), "the minute was begun anew");
    }
    assert_eq!(till.pay_without_making_ready(), Err(Reason::TooManyRequests));
    arm(&till);
    assert!(till.pay_without_making_ready().is_ok());
}

#[test]
fn requests_that_were_refused_for_want_of_verification_count_too() {
    let mut till = Checkout::of("kernel3-cvn18");
    till.add(vec![key(1), key(2)]).unwrap();
    for _ in 0..6 {
        assert_eq!(till.tap(1250, 978).reason, Some(Reason::NotVerified));
    }
    assert_eq!(till.tap(1250, 978).reason, Some(Reason::TooManyRequests), "the seventh in a minute");
    arm(&till);
    assert!(till.pay_without_making_ready().is_ok());
}

#[test]
fn the_applications_of_a_card_share_the_count() {
    let mut till = Checkout::of("kernel3-two-applications");
    let keys = [AID, SECOND_AID].into_iter().flat_map(|aid| (1..=4).map(move |atc| key_for(aid, atc)));
    till.add(keys.collect()).unwrap();
    // The card always wants verification, and gives one cryptogram for one.
    arm(&till);
    assert_eq!(till.ask(AID, 1250, 978), Some(1));
    assert_eq!([till.ask(SECOND_AID, 1250, 978), till.ask(AID, 1250, 978)], [None, None]);
    assert_eq!(till.ask(SECOND_AID, 1250, 978), None);
    let report = till.wallet.deactivated(till.now);
    let reasons: Vec<Reason> = report.attempts.iter().map(|attempt| attempt.reason).collect();
    assert_eq!(reasons, [Reason::AfterCryptogram, Reason::NotVerified, Reason::NotVerified, Reason::TooManyRequests]);
}

#[test]
fn kernel_2_declines_with_the_word_that_the_holder_must_verify() {
    let mut till = Checkout::of("kernel2-no-verification");
    till.add((1..=9).map(|atc| key_for(KERNEL_2_AID, atc)).collect()).unwrap();
    for _ in 0..3 {
        assert_eq!(ask_kernel_2(&till), (0x80, false));
    }
    assert_eq!(ask_kernel_2(&till), (0x00, true));
    let report = till.wallet.deactivated(till.now);
    assert_eq!(report.attempts.last().map(|attempt| attempt.reason), Some(Reason::TooManyRequests));
    for _ in 0..3 {
        assert_eq!(ask_kernel_2(&till), (0x80, false));
    }
    till.wallet.deactivated(till.now);
    assert_eq!(ask_kernel_2(&till), (0x00, true), "the seventh in a minute");
    arm(&till);
    assert_eq!(ask_kernel_2(&till), (0x80, false));
    assert_eq!((till.last_atc(), till.uses_left()), (7, 2));
}
