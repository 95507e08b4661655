//! What an issuer wants of alerts for one of its cards: another threshold, another action.

use std::io::ErrorKind;

use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::*;
use hcepay_core::{Action, Alert, CardId, Error, Outcome, Reason, Rule, Scope};
use hcepay_desk::disk::Fault;
use hcepay_tests::issuer::alert_terms::{Action as Wanted, alert_terms};
use hcepay_tests::issuer::contents::Policy;
use hcepay_tests::terminal::Terminal;

/// By its number in alerts.
const MANY_PAYMENTS_IN_A_DAY: u8 = 4;

/// A card of small amounts, under these terms.
fn with_terms(terms: &[(u8, Wanted, u32)]) -> EnrolledWallet {
    with_card("kernel3-everyday", Policy { alerts: alert_terms(terms), ..flexible() })
}

fn alerts(holder: &EnrolledWallet) -> Vec<(Rule, Action, Vec<u64>)> {
    holder.wallet.alerts().into_iter().map(|Alert { rule, action, evidence, .. }| (rule, action, evidence)).collect()
}

fn choose(holder: &mut EnrolledWallet, card: CardId) {
    holder.wallet.choose(card, holder.now).unwrap();
    holder.wallet.make_ready(holder.now).unwrap();
    holder.keep_mark();
}

#[test]
fn a_threshold_is_that_of_the_card_that_pays() {
    let mut holder = with_terms(&[(MANY_PAYMENTS_IN_A_DAY, Wanted::Alert, 1)]);
    holder.install_with("kernel7-everyday", flexible(), 0, 5);
    let (first, second) = (card(&holder, 0), card(&holder, 1));
    choose(&mut holder, second);
    for _ in 0..2 {
        assert_eq!(tap(&mut holder, 100).reason, Some(Reason::LowValue));
    }
    assert_eq!(alerts(&holder), [], "ten are usual");
    choose(&mut holder, first);
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::LowValue));
    assert_eq!(alerts(&holder), [(Rule::ManyPaymentsInADay, Action::Alert, vec![3, 1])]);
}

#[test]
fn an_alert_that_freezes_stops_the_next_payment_until_the_holder_is_verified() {
    let mut holder = with_terms(&[(MANY_PAYMENTS_IN_A_DAY, Wanted::Freeze, 1)]);
    let frozen = holder.card();
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::LowValue));
    let second = tap(&mut holder, 100);
    assert_eq!(
        (second.outcome, second.reason),
        (Outcome::AuthorisationRequested, Some(Reason::LowValue)),
        "it speaks after"
    );
    assert_eq!(alerts(&holder), [(Rule::ManyPaymentsInADay, Action::Freeze, vec![2, 1])]);
    assert!(holder.wallet.card(frozen, holder.now.wall_ms).unwrap().rules.frozen);
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::Frozen));
    // For another process, and seen or not.
    holder.wallet.alerts().iter().for_each(|alert| holder.wallet.acknowledge_alert(alert.id()).unwrap());
    holder.reopen();
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::Frozen));
    assert_eq!(holder.wallet.unfreeze(frozen, holder.now), Err(Error::NotVerified));
    arm(&holder, Scope::AnyCard);
    holder.wallet.unfreeze(frozen, holder.now).unwrap();
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::LowValue), "the holder has heard it");
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::Frozen), "and hears it again");
}

#[test]
fn a_card_that_an_alert_has_frozen_and_its_holder_unfrozen_stays_so_when_the_log_is_written_anew() {
    let mut holder = with_terms(&[(MANY_PAYMENTS_IN_A_DAY, Wanted::Freeze, 1)]);
    let frozen = holder.card();
    tap(&mut holder, 100);
    tap(&mut holder, 100);
    arm(&holder, Scope::AnyCard);
    holder.wallet.unfreeze(frozen, holder.now).unwrap();
    grow_until_compacted(&holder.wallet, holder.now);
    holder.keep_mark();
    holder.reopen();
    assert_eq!(alerts(&holder).len(), 1, "it waits to be seen");
    assert!(!holder.wallet.card(frozen, holder.now.wall_ms).unwrap().rules.frozen);
}

#[test]
fn a_verification_ends_with_the_alert_that_freezes() {
    // What the holder verifies for before the contact is over is a payment: it unfreezes nothing.
    let holder = with_terms(&[(Rule::ManyAsksInAContact.byte(), Wanted::Freeze, 1)]);
    let frozen = holder.card();
    let (wallet, now) = (&holder.wallet, holder.now);
    for _ in 0..2 {
        Terminal::default().pay(&purchase(60_00), &mut |command| wallet.process(now, command));
    }
    arm(&holder, Scope::AnyCard);
    holder.wallet.deactivated(now);
    assert!(holder.wallet.card(frozen, now.wall_ms).unwrap().rules.frozen);
    assert_eq!(holder.wallet.unfreeze(frozen, now), Err(Error::NotVerified));
}

#[test]
fn an_alert_freezes_also_where_it_cannot_be_written() {
    let mut holder = with_terms(&[(MANY_PAYMENTS_IN_A_DAY, Wanted::Freeze, 1)]);
    tap(&mut holder, 100);
    let (wallet, now) = (&holder.wallet, holder.now);
    Terminal::default().pay(&purchase(100), &mut |command| wallet.process(now, command));
    let fault = Fault { call: holder.disk.calls(), from_then_on: false, error: ErrorKind::StorageFull, written: 20 };
    holder.disk.fail(Some(fault));
    wallet.deactivated(now);
    holder.disk.fail(None);
    assert_eq!(tap(&mut holder, 100).reason, Some(Reason::Frozen), "as long as the process lives");
}
