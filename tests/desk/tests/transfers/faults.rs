//! A kill and a power loss at every call of a transfer: what was handed out is in the list, under a number that no other has.

use hcepay_core::{Reason, TransferState};
use hcepay_desk::disk::{Call, Disk, Fault};
use hcepay_desk::tally::tell;
use hcepay_tests::issuer::verification::Verdict;

use super::sender::{Sender, of, transfer};
use crate::remote::payer::refused;

#[test]
fn a_crash_at_any_call_asks_for_no_transfer_twice_under_one_number() {
    let mut sender = Sender::new();
    sender.verify(&transfer());
    let mark = sender.platform.mark;
    sender.disk.record();
    let first = sender.transfer(&transfer()).unwrap();
    let points = sender.disk.take_recorded();
    assert_eq!(sender.verdict(&first.bytes), Verdict::Valid);
    let first_sync = points.iter().position(|point| matches!(point.call, Call::Sync(_))).unwrap();
    // The medium, whether the power was lost, and whether the request had been handed out.
    let mut found = Vec::new();
    for (place, point) in points.iter().enumerate() {
        let given = place > first_sync;
        point.before.after_kill(&point.call, &mut |medium| found.push((medium, false, given)));
        point.before.after_power_loss(&point.call, &mut |medium| found.push((medium, true, given)));
    }
    let last = sender.disk.medium();
    found.push((last.clone().synced(), true, true));
    found.push((last, false, true));
    let crashes = found.len();
    for (medium, is_power_loss, given) in found {
        sender.platform.mark = mark;
        sender.disk_is(Disk::of(medium), is_power_loss);
        let rows = sender.rows();
        assert!(!given || rows.len() == 1, "{rows:?}");
        for row in rows {
            assert_eq!((row.number, row.state), (first.number, TransferState::Pending));
            assert_eq!(sender.wallet.transfer_request(row.number).as_ref(), Some(&first), "the same bytes");
        }
        let second = sender.ask(&of(1)).unwrap();
        assert!(second.number > first.number, "{} after {}", second.number, first.number);
    }
    tell(&format!("transfers: {crashes} crashes"));
}

#[test]
fn where_the_medium_fails_nothing_is_handed_out() {
    for call in 0..2 {
        let mut sender = Sender::new();
        sender.verify(&transfer());
        let at = sender.disk.calls() + call;
        sender.disk.fail(Some(Fault { call: at, from_then_on: true, error: std::io::ErrorKind::Other, written: 0 }));
        assert_eq!(sender.transfer(&transfer()), Err(refused(Reason::StorageFailed)), "{call}");
        sender.disk.fail(None);
        let medium = sender.disk.medium();
        sender.disk_is(Disk::of(medium), false);
        assert!(sender.rows().len() <= 1);
        assert!(sender.ask(&of(1)).is_ok());
    }
}
