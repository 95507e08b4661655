//! A wallet with a card that may pay without verification, and the taps that it is tried with.

use crate::enrolled_wallet::EnrolledWallet;
use hcepay_core::{CardId, DEFAULT_WINDOW_MS, Method, Now, Report, Scope};
use hcepay_desk::phone::PURCHASE;
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::demo_cards;
pub use hcepay_tests::issuer::demo_cards::LOW_VALUE;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::verification_policy::{Gates, but_for};
use hcepay_tests::terminal::{Merchant, Purchase, Tap, Terminal};

pub const AID: [u8; 7] = [0xA0, 0, 0, 0, 3, 0x10, 0x10];

/// Gates of local trains.
pub fn gates() -> Gates {
    demo_cards::gates(vec![AID.to_vec()])
}

/// Keys that nothing but the wallet's own key opens.
pub fn policy(verification: Vec<u8>) -> Policy {
    Policy { verification, ..Policy::of_single_uses(Protection::Device, 2) }
}

pub fn flexible() -> Policy {
    policy(but_for(&[LOW_VALUE], None, false))
}

/// An enrolled wallet with this card under this policy.
pub fn with_card(name: &str, policy: Policy) -> EnrolledWallet {
    let mut holder = EnrolledWallet::new();
    holder.install_with(name, policy, 0, 20);
    holder
}

/// What is paid, with a number that no reader chose before.
pub fn purchase(minor: u64) -> Purchase {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let unpredictable_number = NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    Purchase { amount_minor: minor, unpredictable_number, ..PURCHASE }
}

/// A gate of a local train.
pub fn gate() -> Terminal {
    let merchant = Merchant { category: 4111, name: "LOCAL TRAINS".to_owned() };
    Terminal { merchant: Some(merchant), ..Terminal::default() }
}

/// A tap and its report. What a cryptogram was given for the issuer accepts.
pub fn tap_at(holder: &mut EnrolledWallet, terminal: &Terminal, purchase: &Purchase) -> (Tap, Report) {
    let (wallet, now) = (&holder.wallet, holder.now);
    let tap = terminal.pay(purchase, &mut |command| wallet.process(now, command));
    let report = wallet.deactivated(now);
    if let Some(request) = tap.authorisation.as_ref().filter(|_| report.atc.is_some()) {
        assert_eq!(holder.issuer.verify(request, now.wall_ms).verdict, Verdict::Valid);
    }
    wallet.make_ready(now).unwrap();
    holder.keep_mark();
    // Not so fast that a reader's pace is what refuses the next one.
    holder.now = later(now, if report.atc.is_some() { 150_000 } else { 10_001 });
    (tap, report)
}

/// The same at a shop.
pub fn tap(holder: &mut EnrolledWallet, minor: u64) -> Report {
    tap_at(holder, &Terminal::default(), &purchase(minor)).1
}

pub fn arm(holder: &EnrolledWallet, scope: Scope) {
    let released = Some(holder.platform.authenticated());
    holder.wallet.arm_for(scope, holder.now, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
}

/// Verified for a payment of this.
pub fn arm_and_tap(holder: &mut EnrolledWallet, minor: u64) -> Report {
    arm(holder, Scope::AnyCard);
    tap(holder, minor)
}

pub fn later(now: Now, milliseconds: u64) -> Now {
    Now { boot_ms: now.boot_ms + milliseconds, wall_ms: now.wall_ms + milliseconds, ..now }
}

/// The card with this place among the wallet's.
pub fn card(holder: &EnrolledWallet, place: usize) -> CardId {
    holder.wallet.cards()[place]
}
