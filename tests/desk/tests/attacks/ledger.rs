//! What is counted, and what time it is: a power loss, an older copy of the ledger and a clock that is set back win nothing.

use super::{DAY_MS, arm, asked_for, asks_for_the_holder, pays, refuses, verified_always};
use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{flexible, later, with_card};
use hcepay_core::{Action, CardId, NextRequest, Reason, Rule, TemporaryUse};
use hcepay_desk::disk::Disk;

const MINUTE_MS: u64 = 60_000;

/// What is done to a wallet, and its name.
type Step = (&'static str, fn(&mut EnrolledWallet));

#[test]
fn a_power_loss_leaves_no_allowance_until_the_holder_is_verified_and_a_kill_changes_none() {
    let mut holder = with_card("kernel3-everyday", flexible());
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::LowValue));
    holder.reopen();
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::LowValue), "the same boot");
    holder.now.boot_count += 1;
    holder.now.boot_ms = 0;
    holder.reopen();
    assert_eq!(asked_for(&mut holder, 100), asks_for_the_holder(Reason::AllowanceUsedUp));
    holder.reopen();
    assert_eq!(asked_for(&mut holder, 100), asks_for_the_holder(Reason::AllowanceUsedUp), "it is remembered");
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::Verified));
    assert_eq!(asked_for(&mut holder, 100), pays(Reason::LowValue));
}

#[test]
fn a_restored_ledger_gives_no_allowance_anew() {
    let mut holder = with_card("kernel3-everyday", flexible());
    let copy = holder.disk.medium();
    for minor in [20_00, 20_00, 10_00] {
        assert_eq!(asked_for(&mut holder, minor), pays(Reason::LowValue));
    }
    assert_eq!(asked_for(&mut holder, 1), asks_for_the_holder(Reason::AllowanceUsedUp));
    holder.disk = Disk::of(copy);
    holder.reopen();
    let refused = refuses(Reason::RolledBack);
    assert_eq!(asked_for(&mut holder, 1), refused.and_alerts(&[Rule::OlderCopy]));
    assert_eq!(holder.ask_next(), NextRequest::Resynchronisation);
    assert_eq!(holder.ask_next(), NextRequest::Replenishment);
    assert_eq!(asked_for(&mut holder, 1), refuses(Reason::Frozen), "the holder is asked first");
    holder.unfreeze();
    assert_eq!(asked_for(&mut holder, 1), asks_for_the_holder(Reason::AllowanceUsedUp), "what the copy forgot");
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 1), pays(Reason::Verified));
}

#[test]
fn a_copy_from_before_the_holder_froze_or_limited_a_card_leaves_every_card_frozen_until_the_holder_is_asked() {
    let mut holder = with_card("kernel3-everyday", flexible());
    holder.install_with("kernel3-no-verification", flexible(), 0, 9);
    let cards = holder.wallet.cards();
    let copy = holder.disk.medium();
    holder.wallet.freeze(cards[0], holder.now).unwrap();
    let once = TemporaryUse { taps: Some(1), ..TemporaryUse::default() };
    holder.wallet.limit_use(cards[1], Some(once), holder.now).unwrap();
    holder.keep_mark();
    holder.disk = Disk::of(copy);
    holder.reopen();
    assert!(holder.wallet.is_rolled_back());
    let frozen = |holder: &EnrolledWallet| {
        let is_frozen = |card: &CardId| holder.wallet.card(*card, holder.now.wall_ms).unwrap().rules.frozen;
        cards.iter().map(is_frozen).collect::<Vec<_>>()
    };
    assert_eq!(frozen(&holder), [true, true]);
    holder.unfreeze();
    assert_eq!(frozen(&holder), [false, true]);
    holder.reopen();
    assert_eq!(frozen(&holder), [true, true], "no mark was kept of that");
    assert_eq!([holder.ask_next(), holder.ask_next()], [NextRequest::Resynchronisation, NextRequest::Replenishment]);
    let steps: [Step; 4] = [
        ("resynchronised", |_| {}),
        ("opened again", |holder| holder.reopen()),
        ("in another boot", |holder| {
            (holder.now.boot_count, holder.now.boot_ms) = (holder.now.boot_count + 1, 0);
            holder.reopen();
        }),
        ("written anew", |holder| {
            grow_until_compacted(&holder.wallet, holder.now);
            holder.keep_mark();
            holder.reopen();
        }),
    ];
    for (what, step) in steps {
        step(&mut holder);
        assert!(!holder.wallet.is_rolled_back(), "{what}");
        assert_eq!(frozen(&holder), [true, true], "{what}");
        assert_eq!(asked_for(&mut holder, 1), refuses(Reason::Frozen), "{what}");
    }
    holder.unfreeze();
    for (what, step) in steps {
        step(&mut holder);
        assert_eq!(frozen(&holder), [false, true], "asked once: {what}");
    }
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 1), pays(Reason::Verified));
}

#[test]
fn a_clock_that_is_set_back_by_a_day_pays_nothing_and_is_told_once() {
    let mut holder = verified_always("kernel3-cvn43");
    holder.now = later(holder.now, 10 * DAY_MS);
    let paid_at = holder.now.wall_ms;
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::Verified));
    holder.now.wall_ms = paid_at - DAY_MS;
    arm(&holder);
    let refused = || refuses(Reason::ClockSetBack);
    assert_eq!(asked_for(&mut holder, 12_50), refused().and_alerts(&[Rule::ClockSetBack]));
    let alert = holder.wallet.alerts().remove(0);
    assert_eq!(alert.contact, holder.wallet.journal(None, 1)[0].id);
    assert_eq!((alert.evidence, alert.action), (vec![DAY_MS], Action::Alert));
    holder.now = later(holder.now, MINUTE_MS);
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 12_50), refused());
}
