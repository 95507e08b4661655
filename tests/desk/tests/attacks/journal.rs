//! The journal: torn, full, flooded.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use super::{
    Became, DAY_MS, arm, asked_at, asked_for, asked_through, contact, passed_on, pays, unverified, verified_always,
};
use crate::checkout::grow_until_compacted;
use crate::enrolled_wallet::EnrolledWallet;
use crate::everyday::{later, purchase};
use hcepay_core::{Outcome, Reason, Row};
use hcepay_desk::disk::{Disk, Fault, Medium};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::terminal::Terminal;

fn rows(holder: &EnrolledWallet) -> Vec<Row> {
    holder.wallet.journal(None, usize::MAX)
}

/// A reader that comes no further than the directory.
fn looks() -> Terminal {
    Terminal { applications: Vec::new(), ..Terminal::default() }
}

fn sees_nothing() -> Became {
    Became { terminal: vec![(0x9000, None)], app: (Outcome::Nothing, None, vec![]), spent: 0 }
}

#[test]
fn a_row_is_torn_by_a_power_loss_to_unknown_or_is_whole_and_never_costs_the_wallet() {
    let mut holder = unverified("kernel3-no-verification");
    let mark = holder.platform.mark;
    // What the contact writes when it is over.
    let paid = asked_through(&mut holder, &Terminal::default(), &[purchase(12_50)], &mut |holder, command| {
        let answer = passed_on(holder, command);
        if command[1] == 0xA8 {
            holder.disk.record();
        }
        answer
    });
    assert_eq!(paid, pays(Reason::VerificationNotNeeded));
    let told = rows(&holder).remove(0);
    let mut images = BTreeSet::new();
    for point in holder.disk.take_recorded() {
        point.before.after_power_loss(&point.call, &mut |medium| {
            images.insert(medium.log().unwrap().to_vec());
        });
    }
    let issuer = holder.issuer.to_json();
    holder.now.boot_count += 1;
    let now = holder.now;
    let mut outcomes = BTreeSet::new();
    for image in images {
        (holder.disk, holder.platform.mark, holder.now) = (Disk::of(Medium::of_log(image)), mark, now);
        holder.issuer = Issuer::from_json(&issuer).unwrap();
        holder.reopen();
        let rows = rows(&holder);
        assert!(rows.len() <= 1, "{rows:?}");
        // What the power loss took is a consumption too: the lease is burned, and the issuer may tell of the payment.
        outcomes.insert(rows.first().map(|row| (row.id == told.id, row.report.outcome.name())));
        // Its counter is gone whatever became of the row: the issuer, who has seen it, accepts the next.
        assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::VerificationNotNeeded));
    }
    assert!(
        outcomes.contains(&Some((true, "authorisation-requested"))) && outcomes.contains(&Some((true, "unknown"))),
        "{outcomes:?}"
    );
}

#[test]
fn where_the_disk_is_full_the_row_comes_as_unknown_and_one_that_spent_nothing_is_lost() {
    let mut holder = unverified("kernel3-no-verification");
    // Full from the answer to this instruction on, for the one call that ends the contact.
    let full_after = |instruction| {
        move |holder: &mut EnrolledWallet, command: &[u8]| {
            let answer = passed_on(holder, command);
            let call = holder.disk.calls();
            let full = Fault { call, from_then_on: false, error: ErrorKind::StorageFull, written: 20 };
            holder.disk.fail(Some(full).filter(|_| command[1] == instruction));
            answer
        }
    };
    let seen = asked_through(&mut holder, &looks(), &[purchase(12_50)], &mut full_after(0xA4));
    assert_eq!(seen, sees_nothing());
    assert_eq!(rows(&holder), []);
    let (paid, told) = contact(&mut holder, &Terminal::default(), &[purchase(12_50)], &mut full_after(0xA8));
    assert_eq!(paid, pays(Reason::VerificationNotNeeded));
    assert_eq!(rows(&holder), []);
    assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::VerificationNotNeeded), "the wallet goes on");
    holder.reopen();
    let found = rows(&holder);
    let cut = found.iter().find(|row| Some(row.id) == told.id).unwrap();
    assert_eq!((found.len(), cut.report.outcome, cut.report.atc), (2, Outcome::Unknown, told.atc));
}

#[test]
fn five_hundred_rows_are_kept_and_a_flood_that_spends_nothing_pushes_out_no_payment() {
    let mut holder = verified_always("kernel3-cvn18");
    let pay = |holder: &mut EnrolledWallet| {
        if super::keys(holder, holder.now.wall_ms) < 3 {
            holder.replenish();
        }
        assert!(holder.pay().is_ok());
        let paid = holder.wallet.reports().last().unwrap().id.unwrap();
        holder.wallet.acknowledge(paid).unwrap();
        paid
    };
    let look = |holder: &mut EnrolledWallet| {
        assert_eq!(asked_at(holder, &looks(), purchase(12_50)), sees_nothing());
        rows(holder)[0].id
    };
    let ids = |holder: &EnrolledWallet| rows(holder).iter().map(|row| row.id).collect::<Vec<u64>>();
    let paid: Vec<u64> = (0..405).map(|_| pay(&mut holder)).collect();
    let looked: Vec<u64> = (0..700).map(|_| look(&mut holder)).collect();
    let kept = ids(&holder);
    assert_eq!(kept.len(), 500);
    let newest_first = |ids: &[u64]| ids.iter().rev().copied().collect::<Vec<u64>>();
    assert_eq!(kept[..100], newest_first(&looked)[..100]);
    assert_eq!(kept[100..], newest_first(&paid)[..400], "the flood took the room of a hundred, and no more");
    holder.now = later(holder.now, DAY_MS);
    arm(&holder);
    assert_eq!(asked_for(&mut holder, 12_50), pays(Reason::Verified));
    let last = holder.wallet.reports().last().unwrap().id.unwrap();
    let kept = ids(&holder);
    assert_eq!((kept.len(), kept[0], kept[499]), (500, last, paid[6]), "a payment takes the oldest payment's place");
    grow_until_compacted(&holder.wallet, holder.now);
    holder.keep_mark();
    for _ in 0..2 {
        holder.now.boot_count += 1;
        holder.reopen();
        assert_eq!(ids(&holder), kept);
    }
}
