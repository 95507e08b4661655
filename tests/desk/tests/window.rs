//! The window of a verification, and what is left of it when it has ended.

use hcepay_core::{DEFAULT_WINDOW_MS, Method, Now, Reason, Wallet};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::issuer::verification::Verdict;

use crate::enrolled_wallet::EnrolledWallet;

const OVER: Now = Now { boot_ms: NEW_YEAR.boot_ms + DEFAULT_WINDOW_MS, ..NEW_YEAR };

/// A call, by its name.
type Call = (&'static str, fn(&Wallet));

/// What is told the time, and has nothing to do with paying.
const CALLS: [Call; 5] = [
    ("expire", |wallet| assert_eq!(wallet.expire(OVER), None)),
    ("a command", |wallet| drop(wallet.process(OVER, &[0x00, 0xA4, 0x04, 0x00, 0x00]))),
    ("deactivated", |wallet| drop(wallet.deactivated(OVER))),
    ("make ready", |wallet| wallet.make_ready(OVER).unwrap()),
    ("choose", |wallet| wallet.choose(wallet.cards()[0], OVER).unwrap()),
];

#[test]
fn every_call_that_is_told_the_time_wipes_the_spend_key_of_a_window_that_is_over() {
    for (name, call) in CALLS {
        let mut holder = EnrolledWallet::new();
        holder.install("kernel3-cvn18", 0, 5);
        let released = holder.platform.authenticated();
        holder.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap();
        holder.keep_mark();
        call(&holder.wallet);
        holder.wallet.deactivated(NEW_YEAR);
        // Were the clock within the window once more, the key would be missed.
        assert_eq!(holder.pay_unverified(), Err(Reason::NotVerified), "{name}");
    }
}

#[test]
fn a_spend_key_of_a_window_that_is_over_is_none_of_the_next_verification_s() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    let released = holder.platform.authenticated();
    holder.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap();
    holder.now = OVER;
    assert_eq!(holder.pay_armed_with(None), Err(Reason::NotVerified));
}

#[test]
fn before_its_end_a_window_is_left_alone() {
    for (name, call) in [
        ("expire", (|wallet, now| assert_eq!(wallet.expire(now), Some(OVER.boot_ms))) as fn(&Wallet, Now)),
        ("make ready", |wallet, now| wallet.make_ready(now).unwrap()),
    ] {
        let mut holder = EnrolledWallet::new();
        holder.install("kernel3-cvn18", 0, 5);
        let released = holder.platform.authenticated();
        holder.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap();
        call(&holder.wallet, Now { boot_ms: OVER.boot_ms - 1, ..NEW_YEAR });
        assert_eq!(holder.pay_unverified(), Ok(Verdict::Valid), "{name}");
    }
}

#[test]
fn a_window_tells_its_end_until_it_is_over_used_up_or_taken_back() {
    let mut holder = EnrolledWallet::new();
    holder.install("kernel3-cvn18", 0, 5);
    assert_eq!(holder.wallet.expire(NEW_YEAR), None, "never armed");
    let arm = |holder: &EnrolledWallet| {
        let released = holder.platform.authenticated();
        holder.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, Some(released)).unwrap()
    };
    assert_eq!(arm(&holder), OVER.boot_ms);
    assert_eq!(holder.wallet.expire(NEW_YEAR), Some(OVER.boot_ms));
    assert_eq!(holder.wallet.expire(Now { boot_ms: OVER.boot_ms - 1, ..NEW_YEAR }), Some(OVER.boot_ms));
    assert_eq!(holder.wallet.expire(Now { boot_count: NEW_YEAR.boot_count + 1, ..NEW_YEAR }), None, "another boot");
    arm(&holder);
    holder.wallet.disarm();
    assert_eq!(holder.wallet.expire(NEW_YEAR), None, "taken back");
    arm(&holder);
    holder.keep_mark();
    assert!(!holder.wallet.gave_cryptogram());
    assert_eq!(holder.pay_unverified(), Ok(Verdict::Valid));
    assert_eq!(holder.wallet.expire(NEW_YEAR), None, "used up");
    assert!(!holder.wallet.gave_cryptogram(), "of the contact under way");
}
