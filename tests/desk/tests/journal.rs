//! The journal: every contact has one row, which stays; how far it goes back; and what the holder deletes.

use std::collections::BTreeSet;

use crate::checkout::{AID, Checkout, NEXT_BOOT, key};
use hcepay_core::{DEFAULT_WINDOW_MS, Method, Now, Outcome, Reason, Report, Row, TerminalClaims};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;

fn rows(shop: &Checkout) -> Vec<Row> {
    shop.wallet.journal(None, usize::MAX)
}

fn ids(rows: &[Row]) -> Vec<u64> {
    rows.iter().map(|row| row.id).collect()
}

/// A contact that comes no further than SELECT.
fn look(shop: &Checkout) -> u64 {
    shop.select(AID);
    shop.wallet.deactivated(shop.now).id.unwrap()
}

fn pay(shop: &Checkout) -> u64 {
    shop.pay().unwrap();
    let paid = shop.wallet.reports().last().unwrap().id.unwrap();
    shop.wallet.acknowledge(paid).unwrap();
    paid
}

/// With keys for so many payments.
fn with_keys(count: u16) -> Checkout {
    let mut shop = Checkout::new();
    for first in (1..=count).step_by(100) {
        shop.add((first..=count.min(first + 99)).map(key).collect()).unwrap();
    }
    shop
}

#[test]
fn a_row_says_what_was_told_and_outlives_acknowledgement_kill_boot_and_compaction() {
    let mut shop = Checkout::with(&[1, 2, 3]);
    let mut told = vec![shop.tap(1250, 978)];
    shop.now.wall_ms += 86_400_000;
    shop.select(AID);
    told.push(shop.wallet.deactivated(shop.now));
    told.push(shop.tap(77, 840));
    for report in &told {
        shop.wallet.acknowledge(report.id.unwrap()).unwrap();
    }
    told.reverse();
    let as_told = |shop: &Checkout| rows(shop).into_iter().map(|row| row.report).collect::<Vec<Report>>();
    assert_eq!(as_told(&shop), told);
    assert_eq!(
        told.iter().map(|report| report.at_ms).collect::<Vec<_>>(),
        [1, 1, 0].map(|day| NEW_YEAR.wall_ms + day * 86_400_000)
    );
    assert_eq!(as_told(&shop.reopened(NEW_YEAR)), told);
    let mut restarted = shop.reopened(NEXT_BOOT);
    assert_eq!(as_told(&restarted), told);
    restarted.grow_until_compacted();
    assert_eq!(as_told(&restarted), told);
    let again = restarted.reopened(NEXT_BOOT);
    assert_eq!((as_told(&again), again.wallet.reports()), (told, Vec::new()));
}

#[test]
fn a_report_tells_when_how_long_how_verified_and_what_the_terminal_claims() {
    let mut phone = Phone::new("kernel3-cvn18", 0, NEW_YEAR).unwrap();
    phone.receive_keys(3);
    phone.verify_holder();
    phone.process(&from_hex("00A4040007A000000003101000").unwrap());
    phone.wait(12);
    phone.process(
        &from_hex("80A8000023832132804000000000001250000000000000027600000000000978260131001122334400").unwrap(),
    );
    phone.wait(345);
    let report = phone.leave_field();
    let (transaction_type, country, date) = (Some(0), Some(276), Some([0x26, 0x01, 0x31]));
    assert_eq!(report.terminal, TerminalClaims { transaction_type, country, date, ..TerminalClaims::default() });
    assert_eq!((report.at_ms, report.duration_ms, report.gaps_ms), (NEW_YEAR.wall_ms, 357, vec![12]));
    assert_eq!((report.verified, report.reason), (Some(Method::Biometric), Some(Reason::Verified)));
}

#[test]
fn what_a_dol_does_not_ask_for_is_not_known_and_a_name_is_what_can_be_shown() {
    let mut phone = Phone::new("kernel3-cvn43", 0, NEW_YEAR).unwrap();
    phone.receive_keys(1);
    let application = phone.demo_card().applications[0].clone();
    let select = format!("00A40400{:02X}{}00", application.aid.len(), hcepay_tests::bytes::hex(&application.aid));
    let answer = phone.process(&from_hex(&select).unwrap());
    // The list of the card, filled by its order: as a terminal does it.
    let at = answer.windows(2).position(|window| window == [0x9F, 0x38]).unwrap();
    let mut list = &answer[at + 3..][..usize::from(answer[at + 2])];
    let mut values = Vec::new();
    while !list.is_empty() {
        let tag_length = if list[0] & 0x1F == 0x1F { 2 } else { 1 };
        let (tag, rest) = list.split_at(tag_length);
        let value: Vec<u8> = match tag {
            [0x9F, 0x66] => vec![0x32, 0x80, 0x40, 0x00],
            [0x9F, 0x02] => vec![0, 0, 0, 0, 0x12, 0x50],
            [0x5F, 0x2A] => vec![0x09, 0x78],
            [0x9F, 0x1A] => vec![0x08, 0x40],
            [0x9F, 0x4E] => b"Caf\xE9 \x1B[2J              ".to_vec(),
            _ => Vec::new(),
        };
        values.extend(value.iter().copied().chain(std::iter::repeat(0)).take(rest[0].into()));
        list = &rest[1..];
    }
    let length = u8::try_from(values.len()).unwrap();
    let command = [&[0x80, 0xA8, 0x00, 0x00, length + 2, 0x83, length], values.as_slice(), &[0x00]].concat();
    phone.process(&command);
    let report = phone.leave_field();
    assert_eq!(report.terminal.merchant_name.as_deref(), Some("Caf\u{FFFD} \u{FFFD}[2J"));
    assert_eq!((report.terminal.country, report.terminal.merchant_category), (Some(840), None));
}

#[test]
fn a_report_whose_row_has_fallen_out_is_still_told_until_it_is_acknowledged() {
    let mut shop = with_keys(502);
    shop.pay().unwrap();
    let [told] = &shop.wallet.reports()[..] else { panic!("one") };
    let told = told.clone();
    (0..500).for_each(|_| _ = pay(&shop));
    assert!(!ids(&rows(&shop)).contains(&told.id.unwrap()));
    shop.grow_until_compacted();
    let shop = shop.reopened(NEXT_BOOT);
    assert_eq!((shop.wallet.reports(), rows(&shop).len()), (vec![told.clone()], 500));
    shop.wallet.acknowledge(told.id.unwrap()).unwrap();
    assert_eq!(shop.reopened(NEXT_BOOT).wallet.reports(), []);
}

#[test]
fn pages_follow_one_another_without_a_gap_or_a_row_twice() {
    let shop = with_keys(10);
    (0..10).for_each(|_| _ = (pay(&shop), look(&shop)));
    let all = rows(&shop);
    let (mut paged, mut before) = (Vec::new(), None);
    loop {
        let page = shop.wallet.journal(before, 3);
        assert!(page.len() <= 3);
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        paged.extend(page);
    }
    assert_eq!((paged.len(), &paged), (20, &all));
    assert!(ids(&all).is_sorted_by(|one, next| one > next), "newest first");
    assert_eq!((shop.wallet.journal(Some(0), 9), shop.wallet.journal(None, 0)), (Vec::new(), Vec::new()));
}

#[test]
fn a_deleted_row_stays_deleted_through_kill_boot_and_compaction() {
    let mut shop = with_keys(3);
    let [first, second, third] = [pay(&shop), look(&shop), pay(&shop)];
    shop.wallet.delete_row(first).unwrap();
    shop.wallet.delete_row(second).unwrap();
    shop.wallet.delete_row(4711).unwrap();
    assert_eq!(ids(&rows(&shop)), [third]);
    let lost_power = shop.found(Disk::of(shop.disk.medium().synced()), NEXT_BOOT);
    assert_eq!(ids(&rows(&lost_power)), [third], "it was waited for");
    shop.grow_until_compacted();
    assert_eq!(ids(&rows(&shop.reopened(NEXT_BOOT))), [third]);
    let length = shop.wallet.ledger_length();
    shop.wallet.delete_row(first).unwrap();
    assert_eq!(shop.wallet.ledger_length(), length, "what is not there needs no deletion");
}

#[test]
fn a_deleted_row_takes_no_report_with_it_that_was_not_acknowledged() {
    let mut shop = with_keys(2);
    shop.pay().unwrap();
    let told = shop.wallet.reports();
    shop.wallet.delete_row(told[0].id.unwrap()).unwrap();
    shop.grow_until_compacted();
    let shop = shop.reopened(NEXT_BOOT);
    assert_eq!((shop.wallet.reports(), rows(&shop)), (told, Vec::new()));
}

#[test]
fn a_contact_whose_process_ended_has_its_row_which_stays_when_it_is_acknowledged() {
    let shop = with_keys(3);
    shop.wallet.arm(shop.now, Method::DeviceCredential, DEFAULT_WINDOW_MS, None).unwrap();
    assert_eq!(shop.ask(AID, 1250, 978), Some(1));
    assert_eq!(rows(&shop), [], "it has not ended");
    let found = shop.reopened(NEXT_BOOT);
    let [row] = &rows(&found)[..] else { panic!("one contact") };
    assert_eq!((row.report.outcome, row.report.reason), (Outcome::Unknown, Some(Reason::ProcessEnded)));
    assert_eq!((row.report.at_ms, row.report.amount_minor), (NEW_YEAR.wall_ms, Some(1250)));
    assert_eq!(row.report.verified, Some(Method::Unknown), "that it was, is written; how, is not");
    found.wallet.acknowledge(row.id).unwrap();
    assert_eq!(rows(&found.reopened(NEXT_BOOT)), std::slice::from_ref(row));
}

#[test]
fn a_row_s_number_is_given_once_over_boots_and_processes() {
    let mut shop = with_keys(40);
    let mut seen = BTreeSet::new();
    for boot_count in 2..8 {
        for id in [look(&shop), pay(&shop), look(&shop)] {
            assert!(seen.insert(id), "{id} again");
        }
        shop = shop.found(Disk::of(shop.disk.medium().synced()), Now { boot_count, ..NEW_YEAR });
        let killed = shop.reopened(shop.now);
        assert!(ids(&rows(&killed)).iter().all(|id| seen.contains(id)));
        shop = killed;
    }
}

#[test]
fn a_tap_with_its_row_appends_at_most_400_bytes() {
    let shop = Checkout::with(&[1, 2]);
    shop.select(AID);
    let before = shop.wallet.ledger_length();
    // Refused, and paid with at once: as two taps' worth of attempts.
    shop.wallet.process(
        NEW_YEAR,
        &from_hex("80A80000238321B280400000000000125000000000000002760000000000097826010100112233440")
            .unwrap_or_default(),
    );
    assert_eq!(shop.options(1250, 978), Some(1));
    shop.wallet.deactivated(NEW_YEAR);
    let appended = shop.wallet.ledger_length() - before;
    assert!(appended <= 400, "{appended}");
    tell(&format!("journal: a tap with its row appends {appended} bytes"));
}

#[test]
fn the_journal_is_exported_as_json_lines_whatever_a_terminal_calls_itself() {
    let shop = Checkout::with(&[1, 2]);
    let paid = pay(&shop);
    let looked = look(&shop);
    let lines = shop.wallet.journal_as_json_lines();
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |line: &serde_json::Value, key: &str| line.get(key).unwrap().clone();
    assert_eq!(lines.len(), 2);
    assert_eq!((of(&lines[0], "id"), of(&lines[1], "id")), (looked.into(), paid.into()));
    assert_eq!((of(&lines[0], "outcome"), of(&lines[0], "reason")), ("nothing".into(), serde_json::Value::Null));
    assert_eq!(
        (of(&lines[1], "amount_minor"), of(&lines[1], "currency"), of(&lines[1], "atc")),
        (1250.into(), 978.into(), 1.into())
    );
    assert_eq!((of(&lines[1], "at_ms"), of(&lines[1], "verified")), (NEW_YEAR.wall_ms.into(), "biometric".into()));
    assert_eq!((of(&lines[1], "date"), of(&lines[1], "country")), ("2026-01-01".into(), 276.into()));
    assert_eq!(of(&lines[1], "attempts").as_array().unwrap().len(), 1);
}
