//! Reports of contacts that spent a key: told at every opening, word for word, until they are acknowledged.

use std::collections::BTreeSet;

use crate::checkout::{AID, Checkout, NEXT_BOOT, SECOND_AID, key, key_for, made, terms_for};
use hcepay_core::{Amount, DEFAULT_WINDOW_MS, KeyTerms, Method, Now, Outcome, Reason, Report};
use hcepay_desk::disk::{Disk, Fault, Medium};
use hcepay_desk::phone::NEW_YEAR;
use hcepay_tests::bytes::from_hex;

fn arm(shop: &Checkout) {
    shop.wallet.arm(shop.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
    shop.wallet.mark_stored(shop.wallet.mark());
}

/// Contacts of all kinds that spend something, and what was told of each when it ended.
fn told(shop: &mut Checkout) -> Vec<Report> {
    let limits = vec![Amount { currency: 978, minor: 5000 }];
    let limited = |atc| made(&KeyTerms { limits: limits.clone(), ..terms_for(AID, atc) });
    shop.add((1..=9).map(limited).chain((1..=9).map(|atc| key_for(SECOND_AID, atc))).collect()).unwrap();
    let mut told = Vec::new();
    let mut end = |shop: &Checkout| told.push(shop.wallet.deactivated(shop.now));
    // Verified, torn because the record is not read.
    arm(shop);
    shop.ask(AID, 1250, 978);
    end(shop);
    // Refused twice, for two reasons, before it pays; then refused again.
    shop.ask(SECOND_AID, 300, 978);
    shop.ask(AID, 5001, 978);
    arm(shop);
    shop.ask(AID, 5000, 978);
    shop.ask(SECOND_AID, 1, 840);
    end(shop);
    // Paid with both applications in one contact, and read to its end.
    arm(shop);
    shop.ask(AID, 0, 978);
    arm(shop);
    shop.ask(SECOND_AID, 999_999_999_999, 392);
    shop.wallet.process(shop.now, &[0x00, 0xB2, 0x01, 0x14, 0x00]);
    end(shop);
    told
}

#[test]
fn what_was_told_first_is_told_at_every_opening_word_for_word() {
    let mut shop = Checkout::of("kernel3-two-applications");
    let told = told(&mut shop);
    let outcomes: Vec<Outcome> = told.iter().map(|report| report.outcome).collect();
    assert_eq!(outcomes, [Outcome::Torn, Outcome::Torn, Outcome::AuthorisationRequested]);
    assert_eq!(told.iter().map(|report| report.attempts.len()).collect::<Vec<_>>(), [1, 4, 2]);
    assert_eq!(shop.wallet.reports(), told);
    let killed = shop.reopened(NEW_YEAR);
    assert_eq!(killed.wallet.reports(), told);
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    let mut restarted = shop.reopened(NEXT_BOOT);
    assert_eq!(restarted.wallet.reports(), told);
    restarted.grow_until_compacted();
    assert_eq!(restarted.wallet.reports(), told);
    assert_eq!(restarted.reopened(NEXT_BOOT).wallet.reports(), told);
}

#[test]
fn an_acknowledged_report_is_told_no_more_and_the_others_are() {
    let mut shop = Checkout::of("kernel3-two-applications");
    let told = told(&mut shop);
    shop.wallet.acknowledge(told[1].id.unwrap()).unwrap();
    let rest = [told[0].clone(), told[2].clone()];
    assert_eq!(shop.wallet.reports(), rest);
    assert_eq!(shop.reopened(NEW_YEAR).wallet.reports(), rest);
    let length = shop.wallet.ledger_length();
    shop.wallet.acknowledge(told[1].id.unwrap()).unwrap();
    shop.wallet.acknowledge(4711).unwrap();
    assert_eq!(shop.wallet.ledger_length(), length, "what is not there needs no acknowledgement");
    shop.grow_until_compacted();
    assert_eq!(shop.reopened(NEXT_BOOT).wallet.reports(), rest);
}

#[test]
fn a_contact_that_spent_nothing_is_told_once_and_has_its_row() {
    let shop = Checkout::with(&[1]);
    assert_eq!(shop.pay(), Ok(1));
    shop.wallet.acknowledge(shop.wallet.reports()[0].id.unwrap()).unwrap();
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::NoKeyLeft));
    shop.select(AID);
    assert_eq!(shop.wallet.deactivated(NEW_YEAR).outcome, Outcome::Nothing);
    for wallet in [&shop.wallet, &shop.reopened(NEW_YEAR).wallet] {
        assert_eq!(wallet.reports(), []);
        let outcomes: Vec<Outcome> = wallet.journal(None, 9).into_iter().map(|row| row.report.outcome).collect();
        assert_eq!(outcomes, [Outcome::Nothing, Outcome::Declined, Outcome::AuthorisationRequested]);
    }
}

#[test]
fn a_contact_cut_by_a_kill_is_told_as_unknown_with_its_amount_and_counter() {
    let shop = Checkout::with(&[1, 2, 3]);
    assert_eq!(shop.ask(AID, 1250, 978), Some(1));
    assert_eq!(shop.ask(AID, 77, 840), Some(2));
    assert_eq!(shop.wallet.reports(), [], "it has not ended");
    for now in [NEW_YEAR, NEXT_BOOT] {
        let found = shop.reopened(now);
        let [report] = &found.wallet.reports()[..] else { panic!("one contact") };
        assert_eq!((report.outcome, report.reason), (Outcome::Unknown, Some(Reason::ProcessEnded)));
        assert_eq!((report.amount_minor, report.currency), (Some(77), Some(840)));
        assert_eq!((report.atc.map(hcepay_core::Atc::number), report.keys_left), (Some(2), Some(1)));
        let spent = |attempt: &hcepay_core::Attempt| (attempt.amount_minor, attempt.atc.unwrap().number());
        assert_eq!(report.attempts.iter().map(spent).collect::<Vec<_>>(), [(Some(1250), 1), (Some(77), 2)]);
        assert_eq!(found.reopened(now).wallet.reports(), found.wallet.reports(), "and ever after");
    }
}

#[test]
fn a_contact_that_has_not_ended_cannot_be_acknowledged_away() {
    let shop = Checkout::with(&[1, 2]);
    shop.ask(AID, 1250, 978);
    for id in 0..4 {
        shop.wallet.acknowledge(id).unwrap();
    }
    let report = shop.wallet.deactivated(NEW_YEAR);
    assert_eq!(shop.wallet.reports(), [report]);
}

#[test]
fn where_the_report_cannot_be_written_it_is_told_as_unknown_later() {
    let shop = Checkout::with(&[1, 2]);
    shop.ask(AID, 1250, 978);
    let error = std::io::ErrorKind::StorageFull;
    shop.disk.fail(Some(Fault { call: shop.disk.calls(), from_then_on: false, error, written: 20 }));
    let told = shop.wallet.deactivated(NEW_YEAR);
    assert_eq!(told.outcome, Outcome::AuthorisationRequested);
    let found = shop.reopened(NEW_YEAR).wallet.reports();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].id, found[0].outcome, found[0].atc), (told.id, Outcome::Unknown, told.atc));
}

#[test]
fn a_report_that_could_not_be_written_is_told_no_more_once_it_is_acknowledged() {
    let shop = Checkout::with(&[1, 2]);
    shop.ask(AID, 1250, 978);
    let error = std::io::ErrorKind::StorageFull;
    shop.disk.fail(Some(Fault { call: shop.disk.calls(), from_then_on: false, error, written: 20 }));
    let told = shop.wallet.deactivated(NEW_YEAR);
    shop.wallet.acknowledge(told.id.unwrap()).unwrap();
    assert_eq!(shop.reopened(NEW_YEAR).wallet.reports(), []);
}

#[test]
fn of_a_contact_with_very_many_attempts_the_latest_are_told_and_stay_what_they_were() {
    for count in [18, 300] {
        let mut shop = Checkout::new();
        shop.add((1..=400).map(key).collect()).unwrap();
        let mut paid = 0;
        while paid < count {
            arm(&shop);
            for _ in 0..3 {
                paid = shop.ask(AID, 100 + u64::from(paid), 978).unwrap();
            }
        }
        let killed = shop.reopened(NEW_YEAR);
        assert_eq!(killed.wallet.reports()[0].atc.unwrap().number(), count);
        let told = shop.wallet.deactivated(NEW_YEAR);
        assert_eq!((told.atc.unwrap().number(), told.attempts.len()), (count, usize::from(count.min(255))));
        assert_eq!(shop.wallet.reports(), std::slice::from_ref(&told));
        assert_eq!(shop.reopened(NEW_YEAR).wallet.reports(), [told]);
    }
}

#[test]
fn a_terminal_that_begins_and_begins_makes_no_report_too_long_to_be_kept() {
    const KERNEL_2_AID: &str = "A0000000041010";
    let mut shop = Checkout::of("kernel2-no-verification");
    shop.add(vec![key_for(KERNEL_2_AID, 1)]).unwrap();
    let begin = || {
        shop.select(KERNEL_2_AID);
        shop.wallet.process(NEW_YEAR, &[0x80, 0xA8, 0x00, 0x00, 0x02, 0x83, 0x00, 0x00]);
    };
    begin();
    let generate = "80AE80002B000000001250000000000000027680000000000978260101001122334422000000000000000000003F000200";
    shop.wallet.process(NEW_YEAR, &from_hex(generate).unwrap());
    (0..300).for_each(|_| begin());
    let told = shop.wallet.deactivated(NEW_YEAR);
    assert_eq!((told.atc.unwrap().number(), told.attempts.len()), (1, 16));
    assert_eq!(shop.wallet.reports(), std::slice::from_ref(&told));
    assert_eq!(shop.reopened(NEW_YEAR).wallet.reports(), [told]);
}

/// One contact that spends nothing, one that does, acknowledged; their numbers.
fn two_contacts(shop: &Checkout) -> [u64; 2] {
    shop.select(AID);
    let nothing = shop.wallet.deactivated(shop.now).id.unwrap();
    shop.pay().unwrap();
    let paid = shop.wallet.reports().last().unwrap().id.unwrap();
    shop.wallet.acknowledge(paid).unwrap();
    [nothing, paid]
}

#[test]
fn a_number_is_given_to_one_contact_only_whatever_a_power_loss_takes() {
    let shop = Checkout::with(&(1..=120).collect::<Vec<u16>>());
    shop.disk.record();
    let mut seen: BTreeSet<u64> = (0..3).flat_map(|_| two_contacts(&shop)).collect();
    assert_eq!(seen.len(), 6);
    let mut images = BTreeSet::new();
    for point in shop.disk.take_recorded() {
        point.before.after_power_loss(&point.call, &mut |medium| {
            images.insert(medium.log().unwrap().to_vec());
        });
    }
    assert!(images.len() > 20, "{}", images.len());
    // Each is another way in which the phone may have gone on: only what it has given before must not come again.
    for image in images {
        let found = shop.found(Disk::of(Medium::of_log(image)), NEXT_BOOT);
        let given = two_contacts(&found);
        assert!(given.iter().all(|number| !seen.contains(number)), "{given:?} after {seen:?}");
    }
    // And one life on, over processes and boots that spend nothing, or nothing that stays.
    let (mut shop, mut highest) = (shop, *seen.last().unwrap());
    for boot_count in 2..12 {
        shop = shop.found(Disk::of(shop.disk.medium().synced()), Now { boot_count, ..NEW_YEAR });
        for process in 0..3 {
            let [nothing, paid] = two_contacts(&shop);
            assert!(highest < nothing && nothing < paid, "{highest} {nothing} {paid}, boot {boot_count}");
            assert!(seen.insert(nothing) && seen.insert(paid));
            highest = paid;
            if process < 2 {
                shop = shop.reopened(shop.now);
                shop.select(AID);
                highest = shop.wallet.deactivated(shop.now).id.unwrap();
                assert!(seen.insert(highest), "of a process that spent nothing");
                shop = shop.reopened(shop.now);
            }
        }
    }
}

#[test]
fn a_contact_s_number_is_not_given_again() {
    let shop = Checkout::with(&[1, 2, 3, 4]);
    let mut seen = Vec::new();
    let mut shop = shop;
    for atc in 1..=3 {
        assert_eq!(shop.pay(), Ok(atc));
        let report = shop.wallet.reports()[0].clone();
        shop.wallet.acknowledge(report.id.unwrap()).unwrap();
        seen.push(report.id.unwrap());
        if atc == 2 {
            shop.grow_until_compacted();
        }
        shop = shop.found(Disk::of(shop.disk.medium()), NEW_YEAR);
    }
    assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
}
