//! How many cryptograms readers may ask for before the holder must verify: three in a contact, six in a minute, and in an hour
//! and a day as many as a person would, or as the card's policy says.

use crate::checkout::large_profile;
use crate::checkout::{AID, Checkout, SECOND_AID, fresh_number, key, key_for};
use crate::enrolled_wallet::{EnrolledWallet, policy};
use hcepay_core::{Attempt, DEFAULT_WINDOW_MS, Method, Now, Outcome, Reason};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;

const KERNEL_2_AID: &str = "A0000000041010";
const GENERATE_AC: &str =
    "80AE80002B000000001250000000000000027680000000000978260101001122334422000000000000000000003F000200";
const READY: &[u8] = &[0x90, 0x00];
const VERIFY_ON_DEVICE: &[u8] = &[0x69, 0x86];

fn at(shop: &mut Checkout, boot_ms: u64) {
    shop.now = Now { boot_ms, ..shop.now };
}

/// Asks for a cryptogram; the last two bytes of the answer.
fn ask_kernel_3(shop: &Checkout) -> Vec<u8> {
    shop.select(AID);
    let values = format!("32804000000000001250000000000000027600000000000978260101 00 {}", fresh_number());
    let answer = shop.wallet.process(shop.now, &from_hex(&format!("80A80000238321{values}00")).unwrap());
    answer.iter().rev().take(2).rev().copied().collect()
}

/// The same of kernel 2: the CID, and whether the reader is told that the holder must verify.
fn ask_kernel_2(shop: &Checkout) -> (u8, bool) {
    shop.select(KERNEL_2_AID);
    shop.wallet.process(shop.now, &from_hex("80A8000002830000").unwrap());
    let answer = shop.wallet.process(shop.now, &from_hex(&GENERATE_AC.replace("11223344", &fresh_number())).unwrap());
    let cid = answer.windows(4).find(|window| window.starts_with(&[0x9F, 0x27, 0x01])).unwrap();
    let told = answer.windows(6).any(|window| window == [0xDF, 0x4B, 0x03, 0x00, 0x01, 0x00]);
    (cid.last().copied().unwrap(), told)
}

fn arm(shop: &Checkout) {
    shop.wallet.arm(shop.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
}

#[test]
fn a_contact_gets_three_cryptograms_and_then_the_holder_must_verify() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&shop), READY);
    }
    for _ in 0..4 {
        assert_eq!(ask_kernel_3(&shop), VERIFY_ON_DEVICE);
    }
    let report = shop.wallet.deactivated(shop.now);
    let told = |attempt: &Attempt| (attempt.outcome, attempt.reason);
    let told: Vec<(Outcome, Reason)> = report.attempts.iter().map(told).collect();
    let (paid, refused) = told.split_at(3);
    assert_eq!(paid, [(Outcome::AuthorisationRequested, Reason::VerificationNotNeeded); 3]);
    assert_eq!(refused, [(Outcome::VerificationNeeded, Reason::TooManyRequests); 4]);
    assert_eq!((shop.last_atc(), shop.uses_left()), (3, 2));
    assert_eq!(ask_kernel_3(&shop), READY, "in the next contact");
}

#[test]
fn a_minute_gets_six_cryptograms_in_however_many_contacts() {
    let mut shop = Checkout::with(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for boot_ms in 100_000..100_006 {
        at(&mut shop, boot_ms);
        assert!(shop.pay_without_making_ready().is_ok());
    }
    at(&mut shop, 159_999);
    for _ in 0..3 {
        assert_eq!(shop.pay_without_making_ready(), Err(Reason::TooManyRequests));
    }
    at(&mut shop, 160_000);
    assert_eq!(shop.pay_without_making_ready(), Ok(7), "the first was a minute ago; refusals do not count");
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::TooManyRequests));
}

#[test]
fn verifying_resets_the_contact_and_the_minute() {
    let shop = Checkout::with(&(1..=20).collect::<Vec<u16>>());
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&shop), READY);
    }
    assert_eq!(ask_kernel_3(&shop), VERIFY_ON_DEVICE);
    arm(&shop);
    for _ in 0..3 {
        assert_eq!(ask_kernel_3(&shop), READY, "in the same contact");
    }
    assert_eq!(ask_kernel_3(&shop), VERIFY_ON_DEVICE);
    shop.wallet.deactivated(shop.now);
    for _ in 0..3 {
        assert!(shop.pay_without_making_ready().is_ok(), "the minute was begun anew");
    }
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::TooManyRequests));
    arm(&shop);
    assert!(shop.pay_without_making_ready().is_ok());
}

#[test]
fn requests_that_were_refused_for_want_of_verification_count_too() {
    let mut shop = Checkout::of("kernel3-cvn18");
    shop.add(vec![key(1), key(2)]).unwrap();
    for _ in 0..6 {
        assert_eq!(shop.tap(1250, 978).reason, Some(Reason::NotVerified));
    }
    assert_eq!(shop.tap(1250, 978).reason, Some(Reason::TooManyRequests), "the seventh in a minute");
    arm(&shop);
    assert!(shop.pay_without_making_ready().is_ok());
}

#[test]
fn the_applications_of_a_card_share_the_count() {
    let mut shop = Checkout::of("kernel3-two-applications");
    let keys = [AID, SECOND_AID].into_iter().flat_map(|aid| (1..=4).map(move |atc| key_for(aid, atc)));
    shop.add(keys.collect()).unwrap();
    // The card always wants verification, and gives one cryptogram for one.
    arm(&shop);
    assert_eq!(shop.ask(AID, 1250, 978), Some(1));
    assert_eq!([shop.ask(SECOND_AID, 1250, 978), shop.ask(AID, 1250, 978)], [None, None]);
    assert_eq!(shop.ask(SECOND_AID, 1250, 978), None);
    let report = shop.wallet.deactivated(shop.now);
    let reasons: Vec<Reason> = report.attempts.iter().map(|attempt| attempt.reason).collect();
    assert_eq!(reasons, [Reason::AfterCryptogram, Reason::NotVerified, Reason::NotVerified, Reason::TooManyRequests]);
}

#[test]
fn kernel_2_declines_with_the_word_that_the_holder_must_verify() {
    let mut shop = Checkout::of("kernel2-no-verification");
    shop.add((1..=9).map(|atc| key_for(KERNEL_2_AID, atc)).collect()).unwrap();
    for _ in 0..3 {
        assert_eq!(ask_kernel_2(&shop), (0x80, false));
    }
    assert_eq!(ask_kernel_2(&shop), (0x00, true));
    let report = shop.wallet.deactivated(shop.now);
    assert_eq!(report.attempts.last().map(|attempt| attempt.reason), Some(Reason::TooManyRequests));
    for _ in 0..3 {
        assert_eq!(ask_kernel_2(&shop), (0x80, false));
    }
    shop.wallet.deactivated(shop.now);
    assert_eq!(ask_kernel_2(&shop), (0x00, true), "the seventh in a minute");
    arm(&shop);
    assert_eq!(ask_kernel_2(&shop), (0x80, false));
    assert_eq!((shop.last_atc(), shop.uses_left()), (7, 2));
}

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// The issuer's card that needs no verification.
fn without_verification(most_an_hour: u8, most_a_day: u8) -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    let policy = Policy { most_an_hour, most_a_day, ..policy(Protection::Device) };
    holder.install_with("kernel3-no-verification", policy, 0, 10);
    holder
}

/// Time goes by.
fn wait(holder: &mut EnrolledWallet, ms: u64) {
    holder.now.boot_ms += ms;
    holder.now.wall_ms += ms;
}

/// A reader tries once in so many minutes; how often it is given a cryptogram.
fn collect(holder: &mut EnrolledWallet, tries: u32, minutes: u64) -> u32 {
    let mut given = 0;
    for _ in 0..tries {
        if holder.wallet.card(holder.card(), holder.now.wall_ms).unwrap().applications[0].uses_left < 3 {
            holder.replenish();
        }
        match holder.pay_unverified() {
            Ok(verdict) => {
                assert_eq!(verdict, Verdict::Valid);
                given += 1;
            }
            Err(reason) => assert_eq!(reason, Reason::TooManyRequests),
        }
        wait(holder, minutes * MINUTE_MS);
    }
    given
}

#[test]
fn a_reader_that_follows_a_phone_gets_twenty_cryptograms_an_hour_and_sixty_a_day() {
    let mut holder = without_verification(0, 0);
    assert_eq!(collect(&mut holder, 60, 1), 20, "in the first hour");
    assert_eq!(collect(&mut holder, 60, 1), 20);
    assert_eq!(collect(&mut holder, 60, 1), 20);
    assert_eq!(collect(&mut holder, 20, 60), 0, "that was a day's");
    wait(&mut holder, HOUR_MS);
    assert_eq!(collect(&mut holder, 10, 1), 10, "the first ones are a day ago");
}

#[test]
fn a_process_or_a_phone_that_begins_anew_gives_no_fresh_hour() {
    let mut holder = without_verification(5, 0);
    for boot_count in 1..4 {
        holder.now.boot_count = boot_count;
        holder.now.boot_ms = 1000;
        holder.reopen();
        collect(&mut holder, 1, 1);
        holder.reopen();
        collect(&mut holder, 1, 1);
    }
    assert_eq!(holder.pay_unverified(), Err(Reason::TooManyRequests), "five in six tries");
    // Nor does a clock that is set back a little, or a log that is written anew.
    holder.now.wall_ms -= 4 * MINUTE_MS;
    assert_eq!(holder.pay_unverified(), Err(Reason::TooManyRequests));
    wait(&mut holder, 4 * MINUTE_MS);
    let large = large_profile();
    for _ in 0..120 {
        let card = holder.wallet.install_unsealed(&large).unwrap();
        holder.wallet.delete(card).unwrap();
    }
    let length = holder.wallet.ledger_length();
    holder.wallet.make_ready(holder.now).unwrap();
    assert!(holder.wallet.ledger_length() < length / 2, "written anew");
    holder.reopen();
    assert_eq!(holder.pay_unverified(), Err(Reason::TooManyRequests));
    wait(&mut holder, HOUR_MS);
    assert_eq!(holder.pay_unverified(), Ok(Verdict::Valid));
}

#[test]
fn a_payment_with_the_holder_verified_begins_the_hour_and_the_day_anew() {
    let mut holder = without_verification(3, 4);
    assert_eq!(collect(&mut holder, 6, 1), 3);
    assert_eq!(holder.pay_armed_with(None), Ok(Verdict::Valid));
    assert_eq!(collect(&mut holder, 6, 1), 3, "the verified one does not count");
    wait(&mut holder, HOUR_MS);
    assert_eq!(collect(&mut holder, 6, 1), 1, "four a day");
    assert_eq!(holder.pay_armed_with(None), Ok(Verdict::Valid));
    holder.reopen();
    assert_eq!(collect(&mut holder, 6, 1), 3, "over a process death too");
}

#[test]
fn a_verification_that_was_taken_back_gives_nothing() {
    let mut holder = without_verification(3, 0);
    assert_eq!(collect(&mut holder, 6, 1), 3);
    holder.wallet.arm(holder.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    holder.wallet.disarm();
    assert_eq!(collect(&mut holder, 6, 1), 0);
}

#[test]
fn the_issuer_may_set_the_budget_anew_or_lift_it() {
    let mut holder = without_verification(3, 0);
    assert_eq!(collect(&mut holder, 6, 1), 3);
    for (most_an_hour, given) in [(5, 2), (0xFF, 9), (1, 0)] {
        let policy = Policy { most_an_hour, most_a_day: 0xFF, ..policy(Protection::Device) };
        let wall_ms = holder.now.wall_ms;
        holder.order(|issuer, holder, random| {
            issuer.set_policy(holder, policy, wall_ms, random).map(|mut envelopes| envelopes.remove(0))
        });
        assert_eq!(collect(&mut holder, 9, 1), given, "{most_an_hour}");
    }
}
