//! Verification: used twice, for something else, too late; asked of a locked phone; and small amounts without it.

use super::{
    Became, SHOP, arm, asked_at, asked_for, asked_through, asks_for_the_holder, merchant, passed_on, pays,
    verified_always,
};
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{self, card, gate, gates, later, policy, purchase, with_card};
use hcepay_core::{Amount, DEFAULT_WINDOW_MS, Reason, Scope};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::issuer::key_entry::Protection;
use hcepay_tests::issuer::verification::Verdict;
use hcepay_tests::issuer::verification_policy::but_for;
use hcepay_tests::terminal::{Purchase, Terminal};

#[test]
fn one_verification_is_used_for_a_second_tap() {
    let mut holder = verified_always("kernel3-cvn18");
    let armed = holder.now;
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::Verified));
    holder.now = later(armed, DEFAULT_WINDOW_MS - 1);
    assert_eq!(asked_for(&mut holder, 100), asks_for_the_holder(Reason::NotVerified));
}

#[test]
fn a_second_tap_pays_what_the_first_one_told_and_nothing_else() {
    let mut holder = verified_always("kernel3-cvn18");
    assert_eq!(asked_for(&mut holder, 12_50), asks_for_the_holder(Reason::NotVerified));
    let first = holder.wallet.journal(None, 1).remove(0).report;
    let amount = Amount { minor: first.amount_minor.unwrap(), currency: first.currency.unwrap() };
    assert_eq!(amount, Amount { minor: 12_50, currency: 978 });
    everyday::arm(&holder, Scope::Payment(first.card.unwrap(), amount));
    let other = asks_for_the_holder(Reason::ArmedForAnotherPayment);
    assert_eq!(asked_for(&mut holder, 12_51), other);
    let pounds = Purchase { currency: 826, ..purchase(12_50) };
    assert_eq!(asked_at(&mut holder, &Terminal::default(), pounds), other);
    assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::Verified), "the window is still open");
    assert_eq!(asked_for(&mut holder, 12_50), asks_for_the_holder(Reason::NotVerified), "once");
}

#[test]
fn a_verification_for_one_card_pays_with_no_other() {
    let mut holder = verified_always("kernel3-cvn18");
    holder.install_with("kernel3-cvn43", Policy::of_single_uses(Protection::Authenticated, 2), 0, 5);
    everyday::arm(&holder, Scope::Card(card(&holder, 1)));
    assert_eq!(asked_for(&mut holder, 100), asks_for_the_holder(Reason::ArmedForAnotherCard));
    holder.wallet.choose(card(&holder, 1), holder.now).unwrap();
    holder.keep_mark();
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::Verified));
}

#[test]
fn two_cryptograms_are_asked_for_in_one_window() {
    for name in ["kernel3-cvn18", "kernel2-cvn14"] {
        let mut holder = verified_always(name);
        arm(&holder);
        let twice = [purchase(100), purchase(100)];
        let became = asked_through(&mut holder, &Terminal::default(), &twice, &mut passed_on);
        // Kernel 2 says it by a decline.
        let refused = if name == "kernel3-cvn18" { 0x6986 } else { 0x9000 };
        let terminal = vec![(0x9000, Some(Verdict::Valid)), (refused, None)];
        assert_eq!(became, Became { terminal, ..pays(Reason::Verified) }, "{name}");
        let attempts = holder.wallet.journal(None, 1).remove(0).report.attempts;
        let reasons: Vec<Reason> = attempts.iter().map(|attempt| attempt.reason).collect();
        assert_eq!(reasons, [Reason::Verified, Reason::NotVerified], "{name}");
    }
}

#[test]
fn the_window_ends_in_mid_contact() {
    for (at_ms, became) in
        [(DEFAULT_WINDOW_MS - 1, pays(Reason::Verified)), (DEFAULT_WINDOW_MS, asks_for_the_holder(Reason::WindowOver))]
    {
        let mut holder = verified_always("kernel3-cvn18");
        arm(&holder);
        let armed = holder.now;
        let slow = asked_through(&mut holder, &Terminal::default(), &[purchase(100)], &mut |holder, command| {
            if command[1] == 0xA8 {
                holder.now = later(armed, at_ms);
            }
            passed_on(holder, command)
        });
        assert_eq!(slow, became, "{at_ms}");
    }
}

/// A card whose holder has let it pass gates; the phone is locked.
fn locked_and_passing_gates() -> EnrolledWallet {
    let mut holder = with_card("kernel3-everyday", policy(but_for(&[], Some(&gates()), false)));
    arm(&holder);
    holder.wallet.pass_gates(holder.card(), true, holder.now).unwrap();
    holder.keep_mark();
    holder.wallet.locked();
    holder
}

#[test]
fn a_shop_asks_a_locked_phone_in_transit_mode() {
    let mut holder = locked_and_passing_gates();
    for terminal in [merchant(SHOP), Terminal::default()] {
        assert_eq!(asked_at(&mut holder, &terminal, purchase(100)), asks_for_the_holder(Reason::NotVerified));
    }
    assert_eq!(asked_at(&mut holder, &gate(), purchase(100)), pays(Reason::Transit), "a gate");
}

#[test]
fn a_reader_that_calls_itself_a_gate_gets_three_rides_of_a_locked_phone() {
    let mut holder = locked_and_passing_gates();
    let over_a_ride = asked_at(&mut holder, &gate(), purchase(3_01));
    assert_eq!(over_a_ride, asks_for_the_holder(Reason::NotVerified));
    let strict = Terminal { cvm_required_above: 0, ..gate() };
    assert_eq!(asked_at(&mut holder, &strict, purchase(1_00)), asks_for_the_holder(Reason::NotVerified));
    for _ in 0..3 {
        assert_eq!(asked_at(&mut holder, &gate(), purchase(3_00)), pays(Reason::Transit));
    }
    assert_eq!(asked_at(&mut holder, &gate(), purchase(1)), asks_for_the_holder(Reason::AllowanceUsedUp));
}
