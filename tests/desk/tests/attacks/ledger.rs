//! What is counted, and what time it is: a power loss, an older copy of the ledger and a clock that is set back win nothing.

use super::{DAY_MS, arm, asked_for, asks_for_the_holder, pays, refuses, verified_always};
use crate::everyday::{flexible, later, with_card};
use hcepay_core::{Action, NextRequest, Reason, Rule};
use hcepay_desk::disk::Disk;

const MINUTE_MS: u64 = 60_000;

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
    assert_eq!(asked_for(&mut holder, 1), refuses(Reason::NoKeyLeft));
    assert_eq!(holder.ask_next(), NextRequest::Replenishment);
    assert_eq!(asked_for(&mut holder, 1), asks_for_the_holder(Reason::AllowanceUsedUp), "what the copy forgot");
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
