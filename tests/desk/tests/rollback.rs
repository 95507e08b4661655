//! An older copy of the wallet that was put back: it is noticed by the mark that the platform keeps, it can be looked at, and
//! it gives no key. No crash is ever taken for one.

use std::collections::BTreeSet;

use crate::checkout::{Checkout, NEXT_BOOT, key, terms_for};
use hcepay_core::{
    Attestation, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Outcome, PaymentKey, Reason, Seed, StoredFile, Wallet,
};
use hcepay_desk::disk::{Call, Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::demo_card;

/// A wallet that paid with 1, was copied, paid with 2 and 3, and was put back.
fn put_back() -> Checkout {
    let shop = Checkout::with(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(shop.pay(), Ok(1));
    let copy = shop.disk.medium();
    assert_eq!([shop.pay(), shop.pay()], [Ok(2), Ok(3)]);
    let shop = Checkout { mark: shop.wallet.mark(), ..shop };
    let older = shop.found(Disk::of(copy), NEW_YEAR);
    assert!(older.wallet.is_rolled_back());
    older
}

#[test]
fn an_older_copy_can_be_looked_at() {
    let older = put_back();
    assert_eq!(older.wallet.cards(), [older.card]);
    assert_eq!((older.last_atc(), older.uses_left()), (1, 5), "as it stood then");
    let reports = older.wallet.reports();
    assert_eq!(reports.iter().map(|report| report.atc.unwrap().number()).collect::<Vec<_>>(), [1]);
    assert_eq!(older.wallet.acknowledge(reports[0].id.unwrap()), Ok(()));
    assert_eq!(older.wallet.reports(), []);
}

#[test]
fn an_older_copy_gives_no_cryptogram_whatever_the_app_does() {
    let mut older = put_back();
    for round in 0..3 {
        for ready in [false, true] {
            if ready {
                older.wallet.make_ready(NEW_YEAR).unwrap();
                older.wallet.choose(older.card, NEW_YEAR).unwrap();
                older.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
                older.keep_mark();
            }
            let report = older.tap(1250, 978);
            assert_eq!((report.outcome, report.reason), (Outcome::Declined, Some(Reason::RolledBack)), "{round}");
            assert_eq!(report.atc, None);
        }
        older.add(vec![key(10 + round)]).unwrap();
        assert_eq!(older.pay(), Err(Reason::RolledBack), "new keys mend nothing");
        older = older.reopened(if round == 1 { NEXT_BOOT } else { NEW_YEAR });
        assert!(older.wallet.is_rolled_back());
    }
    assert_eq!(older.last_atc(), 2, "the lease that the copy held was burned by the other boot");
}

#[test]
fn the_mark_that_the_platform_is_given_never_falls_so_that_storing_it_hides_nothing() {
    let before = put_back().mark;
    let mut older = put_back();
    assert_eq!(older.wallet.mark(), before, "not that of the older copy, however far it has come");
    older.keep_mark();
    assert!(older.reopened(NEW_YEAR).wallet.is_rolled_back());
}

#[test]
fn an_older_copy_stays_one_where_its_log_is_written_anew() {
    let mut older = put_back();
    let length = older.wallet.ledger_length();
    while older.wallet.ledger_length() < length + 200_000 {
        older.grow();
        older.wallet.make_ready(NEW_YEAR).unwrap();
        if older.wallet.ledger_length() < length {
            break;
        }
    }
    older.keep_mark();
    assert_eq!(older.pay(), Err(Reason::RolledBack));
    let older = older.reopened(NEW_YEAR);
    assert!(older.wallet.is_rolled_back());
    assert_eq!(older.pay(), Err(Reason::RolledBack));
}

#[test]
fn arming_an_older_copy_of_a_closed_loop_card_does_not_hide_that_it_is_one() {
    const AID: &str = "F048434550415901";
    let mut shop = Checkout::of("closed-loop");
    let terms = KeyTerms { uses: 20, ..terms_for(AID, 1) };
    shop.add(vec![PaymentKey::of_seed(&terms, Seed::new(Box::new([9; 32]))).unwrap()]).unwrap();
    let arm = |shop: &mut Checkout| {
        shop.wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        shop.keep_mark();
    };
    let mut copy = shop.disk.medium();
    for paid in 1..=3 {
        arm(&mut shop);
        assert_eq!(shop.tap_at(AID, 1250, 978).atc.unwrap().number(), paid);
        shop.wallet.make_ready(NEW_YEAR).unwrap();
        shop.keep_mark();
        if paid == 2 {
            copy = shop.disk.medium();
        }
    }
    let mut older = shop.found(Disk::of(copy), NEW_YEAR);
    for _ in 0..3 {
        assert!(older.wallet.is_rolled_back());
        arm(&mut older);
        assert_eq!(older.tap_at(AID, 1250, 978).reason, Some(Reason::RolledBack));
        older = older.reopened(NEW_YEAR);
    }
}

#[test]
fn an_older_copy_asks_its_issuer_for_nothing_but_to_resynchronise() {
    let older = put_back();
    let refused = |asked: Result<hcepay_core::ToSign, Error>| assert_eq!(asked.map(|_| ()), Err(Error::RolledBack));
    refused(older.wallet.enrolment_request(&[1; 16], Attestation::default()));
    refused(older.wallet.replenishment_request(NEW_YEAR.wall_ms));
    refused(older.wallet.identity_check_request(older.card, b"123456".to_vec()));
    refused(older.wallet.issuer_time_request());
    // The copy is from before the device keys were told.
    assert_eq!(older.wallet.resynchronisation_request(), Err(Error::NoDeviceKeys));
    let platform = Platform::new(0, Issuer::new(0).envelope_key());
    older.wallet.device_keys_made(platform.device_keys()).unwrap();
    assert!(older.wallet.resynchronisation_request().is_ok());
}

#[test]
fn at_its_mark_or_ahead_of_it_a_wallet_is_as_it_was() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    assert_eq!(shop.pay(), Ok(1));
    let mark = shop.wallet.mark();
    let found = |stored| {
        let disk = Box::new(Disk::of(shop.disk.medium()));
        Wallet::open(disk, store_key(), stored, NEW_YEAR, randomness(2)).unwrap().is_rolled_back()
    };
    assert!(!found(mark), "just there");
    assert!(!found(mark - 1) && !found(0), "ahead of it");
    assert!(found(mark + 1), "behind it by one");
}

#[test]
fn no_kill_and_no_power_loss_is_taken_for_an_older_copy() {
    let mut shop = Checkout::new();
    let mut points = Vec::new();
    let (mut compactions, mut longest) = (0, 0);
    for atc in 1..=40 {
        shop.grow();
        shop.grow();
        shop.disk.record();
        // The platform stores the mark after the call that moved it: a crash in that finds the one before.
        shop.wallet.make_ready(NEW_YEAR).unwrap();
        points.extend(shop.disk.take_recorded().into_iter().map(|point| (point, shop.mark)));
        let stored = shop.mark;
        shop.add(vec![key(atc)]).unwrap();
        points.extend(shop.disk.take_recorded().into_iter().map(|point| (point, stored)));
        shop.now.boot_ms += 60_000;
        assert_eq!(shop.pay_without_making_ready(), Ok(atc));
        points.extend(shop.disk.take_recorded().into_iter().map(|point| (point, shop.mark)));
        compactions += u32::from(shop.wallet.ledger_length() < longest);
        longest = shop.wallet.ledger_length();
    }
    assert!(compactions >= 2);
    let mut images = BTreeSet::new();
    for (point, stored) in &points {
        // Opens it as the platform would, and stores the mark.
        let mut opened = |medium: Medium, stored, now| {
            let disk = Disk::of(medium);
            if !images.insert((now == NEW_YEAR, stored, disk.medium().log().map(<[u8]>::to_vec))) {
                return None;
            }
            let wallet = Wallet::open(Box::new(disk.clone()), store_key(), stored, now, randomness(2)).unwrap();
            assert!(!wallet.is_rolled_back(), "at {stored}, crashed in {:?}", point.call);
            Some((disk.medium(), wallet.mark()))
        };
        let mut opened_after_kill = None;
        point.before.after_kill(&point.call, &mut |medium| {
            opened_after_kill = opened(medium, *stored, NEW_YEAR).or(opened_after_kill.take());
        });
        point.before.after_power_loss(&point.call, &mut |medium| drop(opened(medium, *stored, NEXT_BOOT)));
        // Killed, opened, the mark stored, and then the power goes.
        if let Some((medium, stored)) = opened_after_kill {
            let nothing = Call::Write(StoredFile::Log, 0, Vec::new());
            medium.after_power_loss(&nothing, &mut |medium| drop(opened(medium, stored, NEXT_BOOT)));
        }
    }
    assert!(images.len() > 10_000, "{}", images.len());
}

#[test]
fn an_older_copy_is_noticed_in_the_same_boot_even_with_the_card_s_last_key() {
    let shop = Checkout::with(&[1]);
    let copy = shop.disk.medium();
    assert_eq!(shop.pay(), Ok(1));
    let shop = Checkout { mark: shop.wallet.mark(), ..shop };
    let older = shop.found(Disk::of(copy), NEW_YEAR);
    assert!(older.wallet.is_rolled_back());
    assert_eq!(older.pay(), Err(Reason::RolledBack));
}

#[test]
fn a_card_that_its_holder_deleted_does_not_come_back_and_pay() {
    for now in [NEW_YEAR, NEXT_BOOT] {
        let mut shop = Checkout::with(&[1, 2, 3]);
        let copy = shop.disk.medium();
        shop.wallet.delete(shop.card).unwrap();
        shop.keep_mark();
        let older = shop.found(Disk::of(copy), now);
        assert_eq!(older.pay(), Err(Reason::RolledBack));
    }
}

#[test]
fn a_choice_is_not_undone_by_an_older_copy() {
    let mut shop = Checkout::with(&[1, 2, 3]);
    let other = shop.wallet.install_unsealed(&demo_card("kernel3-cvn18").unwrap().profile()).unwrap();
    shop.keep_mark();
    let copy = shop.disk.medium();
    shop.wallet.choose(other, NEW_YEAR).unwrap();
    shop.keep_mark();
    assert!(shop.found(Disk::of(copy), NEW_YEAR).wallet.is_rolled_back());
}

#[test]
fn that_an_older_copy_was_put_back_is_remembered_where_the_mark_is_lost_afterwards() {
    let older = put_back();
    let forgetful = Checkout { mark: 0, ..older };
    for now in [NEW_YEAR, NEXT_BOOT] {
        let found = forgetful.found(Disk::of(forgetful.disk.medium()), now);
        assert!(found.wallet.is_rolled_back());
        assert_eq!(found.pay(), Err(Reason::RolledBack));
    }
}

#[test]
fn the_mark_moves_only_with_what_is_on_the_medium() {
    let shop = Checkout::with(&[1, 2, 3]);
    let before = shop.wallet.mark();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    assert_eq!(shop.wallet.mark(), before);
    let lost = shop.disk.medium().synced();
    shop.wallet.make_ready(NEW_YEAR).unwrap();
    assert!(shop.wallet.mark() > before);
    let shop = Checkout { mark: before, ..shop };
    assert!(!shop.found(Disk::of(lost), NEXT_BOOT).wallet.is_rolled_back());
}

#[test]
fn a_mark_that_was_never_given_out_makes_no_later_lease_count() {
    let mut shop = Checkout::with(&[1]);
    shop.wallet.mark_stored(u64::MAX);
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let added = shop.wallet.add_keys_unsealed(shop.card, vec![key(2)], shop.now);
    added.unwrap();
    let syncs = shop.disk.syncs();
    assert_eq!(shop.pay_without_making_ready(), Ok(2));
    assert!(shop.disk.syncs() > syncs, "its mark is not stored: it is leased anew, and waited for");
    shop.keep_mark();
}

#[test]
fn a_log_that_says_more_was_safe_than_it_holds_is_an_older_copy() {
    let mut shop = Checkout::with(&[1, 2, 3]);
    shop.grow_until_compacted();
    let log = shop.disk.medium().log().unwrap().to_vec();
    let shop = Checkout { mark: 0, ..shop };
    let mut rolled_back = 0;
    for cut in 1..400 {
        let disk = Box::new(Disk::of(Medium::of_log(log[..log.len() - cut].to_vec())));
        let wallet = Wallet::open(disk, store_key(), 0, NEW_YEAR, randomness(2)).unwrap();
        assert!(wallet.is_rolled_back(), "cut by {cut}");
        rolled_back += 1;
    }
    assert_eq!(rolled_back, 399);
    assert!(!shop.reopened(NEW_YEAR).wallet.is_rolled_back());
}

#[test]
fn contacts_with_an_older_copy_are_numbered_as_none_before() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5, 6]);
    assert_eq!(shop.pay(), Ok(1));
    let copy = shop.disk.medium();
    let mut given = BTreeSet::new();
    let mut first = shop.found(Disk::of(copy.clone()), NEW_YEAR);
    for _ in 0..3 {
        first.keep_mark();
        assert!(given.insert(first.tap(1250, 978).id.unwrap()));
        first.wallet.make_ready(NEW_YEAR).unwrap();
    }
    first.keep_mark();
    let older = first.found(Disk::of(copy), NEW_YEAR);
    assert!(older.wallet.is_rolled_back());
    for _ in 0..3 {
        assert!(given.insert(older.tap(1250, 978).id.unwrap()), "{given:?}");
    }
}
