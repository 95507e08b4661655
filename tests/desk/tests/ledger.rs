//! The ledger, as a wallet's taps show it: leases, consumption, counters that only rise, and what is found again.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use crate::checkout::{Checkout, NEXT_BOOT, key};
use hcepay_core::{Error, Files, LedgerError, Reason, Storage, StoreKey, StoredFile, Wallet};
use hcepay_desk::disk::{Disk, Fault};
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::ledger_file::LedgerFile;

#[test]
fn a_use_is_spent_once_and_a_key_that_is_used_up_is_gone() {
    let shop = Checkout::with(&[1, 2]);
    assert_eq!([shop.pay(), shop.pay()], [Ok(1), Ok(2)]);
    assert_eq!(shop.pay(), Err(Reason::NoKeyLeft));
    assert_eq!((shop.last_atc(), shop.uses_left()), (2, 0));
}

#[test]
fn a_key_is_used_within_its_time_only() {
    let mut shop = Checkout::new();
    let (from, until) = (NEW_YEAR.wall_ms, NEW_YEAR.wall_ms + 1000);
    shop.add(vec![crate::checkout::terms(1, 1, from, until), crate::checkout::terms(2, 1, from, until)]).unwrap();
    shop.at(from - 1);
    assert_eq!(shop.pay(), Err(Reason::KeyNotYetValid));
    shop.at(from);
    assert_eq!(shop.pay(), Ok(1));
    shop.at(until);
    assert_eq!(shop.uses_left(), 1);
    shop.at(until + 1);
    assert_eq!((shop.uses_left(), shop.pay()), (0, Err(Reason::KeyExpired)));
    shop.at(until);
    assert_eq!(shop.pay(), Ok(2));
}

#[test]
fn a_counter_never_falls_even_where_the_clock_does() {
    let mut shop = Checkout::new();
    let now = NEW_YEAR.wall_ms;
    shop.add(vec![crate::checkout::terms(1, 1, 0, now + 1000), crate::checkout::terms(2, 1, 0, now + 9000)]).unwrap();
    // The first key is too old by now; the clock is set back after the second was used.
    shop.at(now + 5000);
    assert_eq!(shop.pay(), Ok(2));
    shop.at(now);
    assert_eq!(shop.pay(), Err(Reason::NoKeyLeft));
}

#[test]
fn a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone() {
    let mut shop = Checkout::with(&[5]);
    assert_eq!(shop.add(vec![key(5)]), Err(Error::AtcNotRising));
    assert_eq!(shop.pay(), Ok(5));
    assert_eq!(shop.add(vec![key(5)]), Err(Error::AtcNotRising));
    assert_eq!(shop.add(vec![key(6), key(7), key(7)]), Err(Error::AtcNotRising));
    assert_eq!(shop.uses_left(), 0, "a refused batch leaves nothing behind");
    assert_eq!(shop.add(vec![key(6), key(8)]), Ok(()));
}

#[test]
fn after_a_kill_nothing_burns_and_after_a_power_loss_the_lease_does() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(1), "killed with a lease at hand");
    assert_eq!(shop.reopened(NEXT_BOOT).pay(), Ok(2), "the lease of 1 is burned");
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(2), "killed after the cryptogram");
    assert_eq!(shop.reopened(NEXT_BOOT).pay(), Ok(2), "powered off after it");
}

#[test]
fn a_lease_of_another_boot_stays_burned_over_a_kill_in_the_opening() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let restarted = Disk::of(shop.disk.medium());
    restarted.record();
    Wallet::open(Box::new(restarted.clone()), store_key(), 0, NEXT_BOOT, randomness(2)).unwrap();
    let points = restarted.take_recorded();
    assert!(points.len() > 3);
    for point in points {
        let mut opens = |medium| assert_eq!(shop.found(Disk::of(medium), NEXT_BOOT).pay(), Ok(2));
        point.before.after_kill(&point.call, &mut opens);
        point.before.after_cut_write(&point.call, &mut opens);
    }
}

#[test]
fn no_sync_and_no_rename_between_select_and_cryptogram_with_a_lease_at_hand() {
    let shop = Checkout::with(&[1, 2, 3]);
    let (syncs, calls) = (shop.disk.syncs(), shop.disk.calls());
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    assert_eq!((shop.disk.syncs(), shop.disk.calls()), (syncs, calls + 2), "one write in the tap, one for its report");
    assert_eq!(shop.pay_without_making_ready(), Ok(2));
    assert_eq!(shop.disk.syncs(), syncs + 1, "without a lease it waits rather than decline");
}

#[test]
fn a_consumption_that_cannot_be_written_opens_no_key_and_the_use_is_still_there() {
    for written in [0, 1, 20, 70] {
        let shop = Checkout::with(&[1, 2, 3]);
        let fault = Fault { call: shop.disk.calls(), from_then_on: false, error: ErrorKind::StorageFull, written };
        shop.disk.fail(Some(fault));
        assert_eq!(shop.pay(), Err(Reason::StorageFailed));
        assert_eq!(shop.pay_without_making_ready(), Ok(1), "room again");
        assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(2), "and no rest of the failed write in between");
    }
}

#[test]
fn a_full_disk_is_told_from_a_failing_one_and_neither_costs_anything() {
    let mut shop = Checkout::with(&[1, 2]);
    let log = shop.disk.medium().log().unwrap().to_vec();
    for (error, told) in [(ErrorKind::StorageFull, LedgerError::Full), (ErrorKind::Other, LedgerError::Failed)] {
        shop.disk.fail(Some(Fault { call: shop.disk.calls(), from_then_on: false, error, written: 20 }));
        assert_eq!(shop.add(vec![key(3)]), Err(Error::Ledger(told)));
        assert_eq!(shop.disk.medium().log(), Some(log.as_slice()), "what was written of it is cut off again");
        assert_eq!((shop.uses_left(), shop.reopened(NEW_YEAR).uses_left()), (2, 2));
    }
    assert_eq!(shop.add(vec![key(3)]), Ok(()));
    assert_eq!(shop.reopened(NEW_YEAR).uses_left(), 3);
}

#[test]
fn a_failed_sync_or_a_write_that_cannot_be_taken_back_poisons_the_ledger_until_it_is_opened_again() {
    let shop = Checkout::with(&[1, 2, 3]);
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    // The next lease is written, its sync fails.
    let fault = Fault { call: shop.disk.calls() + 1, from_then_on: false, error: ErrorKind::Other, written: 0 };
    shop.disk.fail(Some(fault));
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::StorageFailed));
    assert_eq!(shop.wallet.make_ready(NEW_YEAR), Err(LedgerError::Poisoned));
    assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(2));

    let shop = Checkout::with(&[1, 2, 3]);
    shop.disk.fail(Some(Fault { call: shop.disk.calls(), from_then_on: true, error: ErrorKind::Other, written: 9 }));
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::StorageFailed));
    shop.disk.fail(None);
    assert_eq!(shop.pay_without_making_ready(), Err(Reason::StorageFailed), "poisoned");
    assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(2), "the rest of the write is there still, and burns the lease");
}

#[test]
fn each_obstacle_to_opening_has_an_error_of_its_own_and_changes_nothing() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    assert_eq!([shop.pay(), shop.pay()], [Ok(1), Ok(2)]);
    let log = shop.disk.medium().log().unwrap().to_vec();
    let open = |disk: &Disk, key| Wallet::open(Box::new(disk.clone()), key, 0, NEW_YEAR, randomness(2)).map(|_| ());
    let with_log = |log: &[u8]| {
        let disk = disk_with(log);
        let opened = open(&disk, store_key());
        assert_eq!(disk.medium().log(), Some(log));
        opened
    };
    assert_eq!(open(&Disk::default(), store_key()), Err(LedgerError::Missing));
    assert_eq!(with_log(&[]), Err(LedgerError::Damaged));
    let newer = [&log[..7], &[2], &log[8..]].concat();
    assert_eq!(with_log(&newer), Err(LedgerError::TooNew));
    let other_key = StoreKey::new(Box::new([0x5D; 32]));
    assert_eq!(open(&shop.disk, other_key), Err(LedgerError::Foreign));
    let keys = issuer_key();
    let again = Wallet::create(Box::new(shop.disk.clone()), store_key(), keys, NEW_YEAR, randomness(2)).map(|_| ());
    assert_eq!(again, Err(LedgerError::Exists));
    // A wound in what later records call safe.
    for at in 8..log.len() / 2 {
        let mut wounded = log.clone();
        wounded[at] ^= 1;
        assert_eq!(with_log(&wounded), Err(LedgerError::Damaged), "byte {at}");
    }
}

#[test]
fn what_can_be_read_of_a_damaged_ledger_stays_readable() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    assert_eq!(shop.pay(), Ok(1));
    let told = shop.wallet.reports();
    let length = shop.disk.medium().log().unwrap().len();
    assert_eq!([shop.pay(), shop.pay()], [Ok(2), Ok(3)]);
    let mut log = shop.disk.medium().log().unwrap().to_vec();
    log[length + 40] ^= 1;
    let disk = disk_with(&log);
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(2)).map(|_| ());
    assert_eq!(opened, Err(LedgerError::Damaged));
    assert_eq!(Wallet::salvage(&disk, &store_key()).unwrap(), told);
    assert_eq!(disk.medium().log(), Some(log.as_slice()));
}

#[test]
fn what_is_cut_off_the_end_recovers_to_what_was_written_before() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let safe = shop.disk.medium().log().unwrap().len();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let log = shop.disk.medium().log().unwrap().to_vec();
    for length in safe..log.len() {
        let reopened = shop.found(disk_with(&log[..length]), NEW_YEAR);
        // Whether what is cut had been written whole, and its cryptogram was given, nobody knows: the lease is burned.
        let next = if length == safe { 1 } else { 2 };
        assert_eq!(reopened.pay(), Ok(next), "cut to {length}");
        // And what was written after the cut is found again.
        assert_eq!(reopened.reopened(NEW_YEAR).pay(), Ok(next + 1));
    }
}

#[test]
fn compaction_loses_nothing_and_shrinks_the_log() {
    let mut shop = Checkout::new();
    let (mut longest, mut compactions) = (0, 0);
    for atc in 1..=1500 {
        shop.add(vec![key(atc)]).unwrap();
        assert_eq!(shop.pay(), Ok(atc));
        if atc % 10 > 0 {
            shop.wallet.reports().iter().for_each(|told| shop.wallet.acknowledge(told.id.unwrap()).unwrap());
        }
        let length = shop.wallet.ledger_length();
        let compacted = length < longest;
        longest = length;
        compactions += usize::from(compacted);
        if compacted || atc % 100 == 0 {
            assert_eq!(shop.reopened(NEW_YEAR).last_atc(), atc);
        }
    }
    assert!(compactions >= 1);
    assert!(longest < 400_000, "{longest}");
    assert_eq!(shop.reopened(NEW_YEAR).wallet.reports().len(), 1, "what was not acknowledged is kept");
}

#[test]
fn after_compaction_an_old_counter_is_still_refused() {
    let mut shop = Checkout::with(&[1]);
    assert_eq!(shop.pay(), Ok(1));
    // Nothing else tells of it: the contact is acknowledged.
    shop.wallet.reports().iter().for_each(|told| shop.wallet.acknowledge(told.id.unwrap()).unwrap());
    shop.grow_until_compacted();
    let mut shop = shop.reopened(NEW_YEAR);
    assert_eq!(shop.add(vec![key(1)]), Err(Error::AtcNotRising));
    assert_eq!(shop.add(vec![key(2)]), Ok(()));
}

#[test]
fn every_opening_begins_a_segment_under_a_salt_of_its_own() {
    let shop = Checkout::new();
    let mut salts = Vec::new();
    for opening in 2..6 {
        let end = shop.disk.medium().log().unwrap().len();
        Wallet::open(Box::new(shop.disk.clone()), store_key(), 0, NEW_YEAR, randomness(opening)).unwrap();
        let log = shop.disk.medium().log().unwrap().to_vec();
        assert_eq!(log[end], b'S');
        salts.push(log[end + 1..end + 33].to_vec());
    }
    assert_eq!(salts.iter().collect::<BTreeSet<_>>().len(), 4);
}

#[test]
fn nothing_of_a_profile_or_a_key_stands_in_the_log() {
    let shop = Checkout::with(&[1]);
    let medium = shop.disk.medium();
    let log = medium.log().unwrap();
    let shows = |secret: &[u8]| log.windows(secret.len()).any(|window| window == secret);
    assert!(!demo_card(crate::checkout::CARD).unwrap().profile().chunks_exact(8).any(shows));
    assert!(!shows(&[7; 8]));
    assert!(shows(b"hcepayL"), "the scan finds what is there");
}

#[test]
fn where_the_log_cannot_be_written_anew_the_old_one_goes_on() {
    // The calls of it, in order: create, append, sync, rename, and the syncs of file and directory.
    for failing in 0..6 {
        let shop = Checkout::with(&[1, 2, 3]);
        let mut calls = shop.disk.calls();
        while shop.disk.calls() == calls {
            shop.grow();
            calls = shop.disk.calls();
            let (call, error) = (calls + failing, ErrorKind::StorageFull);
            shop.disk.fail(Some(Fault { call, from_then_on: false, error, written: 99 }));
            // It is tried again next time, so that nobody need be told.
            assert_eq!(shop.wallet.make_ready(NEW_YEAR), Ok(()));
            shop.disk.fail(None);
        }
        let next = shop.pay_without_making_ready();
        if failing < 3 {
            assert_eq!(next, Ok(1), "call {failing}");
        } else {
            // Which log has the name, and whether that is on the medium, is open.
            assert_eq!(next, Err(Reason::StorageFailed), "call {failing}");
        }
        assert_eq!(shop.reopened(NEW_YEAR).pay(), Ok(if failing < 3 { 2 } else { 1 }), "call {failing}");
    }
}

#[test]
fn a_deleted_card_stays_deleted_and_its_number_is_not_given_again() {
    let shop = Checkout::new();
    let profile = demo_card("kernel3-cvn18").unwrap().profile();
    let second = shop.wallet.install_unsealed(&profile).unwrap();
    shop.wallet.delete(second).unwrap();
    let reopened = shop.reopened(NEW_YEAR).wallet;
    assert_eq!(reopened.cards(), [shop.card]);
    assert_eq!(reopened.delete(second), Err(Error::UnknownCard));
    let third = reopened.install_unsealed(&profile).unwrap();
    assert!(third > second);
}

#[test]
fn a_directory_has_one_owner_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let files = Files::lock(directory).unwrap();
    assert_eq!(Files::lock(directory).unwrap_err(), LedgerError::InUse);
    let keys = issuer_key();
    let wallet = Wallet::create(Box::new(files), store_key(), keys, NEW_YEAR, randomness(1)).unwrap();
    wallet.install_unsealed(&demo_card(crate::checkout::CARD).unwrap().profile()).unwrap();
    drop(wallet);
    let files = Files::lock(directory).unwrap();
    let reopened = Wallet::open(Box::new(files), store_key(), 0, NEW_YEAR, randomness(2)).unwrap();
    assert_eq!(reopened.cards().len(), 1);
    for entry in std::fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    assert_eq!(Files::lock(&directory.join("missing")).unwrap_err(), LedgerError::Failed);
}

#[test]
fn no_bit_of_the_record_that_a_key_was_spent_makes_it_sign_again() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let safe = shop.disk.medium().log().unwrap().len();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let log = shop.disk.medium().log().unwrap().to_vec();
    let consumed = u16::from_be_bytes([log[safe + 5], log[safe + 6]]);
    for bit in 0..(7 + usize::from(consumed)) * 8 {
        // With the report behind it, and as the last record.
        for end in [log.len(), safe + 7 + usize::from(consumed)] {
            let mut wounded = log[..end].to_vec();
            wounded[safe + bit / 8] ^= 1 << (bit % 8);
            let disk = disk_with(&wounded);
            let opened = Wallet::open(Box::new(disk), store_key(), shop.mark, NEW_YEAR, randomness(2));
            let paid = opened.map(|wallet| Checkout { wallet, disk: shop.disk.clone(), ..shop }.pay());
            assert_ne!(paid, Ok(Ok(1)), "bit {bit}, cut to {end}");
        }
    }
}

#[test]
fn a_torn_tail_is_burned_for_once_whenever_the_opening_that_found_it_was_killed() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let log = [shop.disk.medium().log().unwrap(), &[0xA5; 300]].concat();
    let torn = disk_with(&log);
    torn.record();
    assert_eq!(shop.found(torn.clone(), NEW_YEAR).pay(), Ok(2), "the lease of 1 is burned");
    for point in torn.take_recorded() {
        let mut opens = |medium| {
            let found = shop.found(Disk::of(medium), NEW_YEAR);
            assert!(found.last_atc() >= 1, "killed in {:?}", point.call);
            assert!(found.pay().is_ok());
        };
        point.before.after_kill(&point.call, &mut opens);
        point.before.after_cut_write(&point.call, &mut opens);
    }
}

#[test]
fn a_boot_count_that_is_none_or_stays_with_an_earlier_clock_burns_the_lease() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let same = |boot_ms| hcepay_core::Now { boot_ms, ..NEW_YEAR };
    assert_eq!(shop.reopened(same(NEW_YEAR.boot_ms)).pay(), Ok(1), "the same boot");
    assert_eq!(shop.reopened(same(NEW_YEAR.boot_ms + 1)).pay(), Ok(1), "later in it");
    assert_eq!(shop.reopened(same(NEW_YEAR.boot_ms - 1)).pay(), Ok(2), "another boot under its count");
    let counted = |boot_count| hcepay_core::Now { boot_count, ..NEW_YEAR };
    assert_eq!(shop.reopened(counted(0)).pay(), Ok(2), "no count");
    let uncounted = shop.reopened(counted(0));
    assert_eq!(uncounted.reopened(counted(0)).pay(), Ok(3), "no count is never the same boot");
    assert_eq!(uncounted.reopened(NEW_YEAR).pay(), Ok(3), "nor is a count after none");
    assert_eq!(shop.reopened(NEXT_BOOT).reopened(NEW_YEAR).pay(), Ok(3), "nor one that falls");
}

#[test]
fn the_clock_that_a_lease_saw_is_remembered_not_only_that_of_the_opening() {
    let mut shop = Checkout::with(&[1, 2, 3, 4, 5]);
    shop.now.boot_ms += 50_000;
    assert_eq!(shop.pay(), Ok(1));
    assert_eq!(shop.reopened(hcepay_core::Now { boot_ms: NEW_YEAR.boot_ms + 49_999, ..NEW_YEAR }).pay(), Ok(3));
    shop.grow_until_compacted();
    assert_eq!(shop.reopened(hcepay_core::Now { boot_ms: NEW_YEAR.boot_ms + 49_999, ..NEW_YEAR }).pay(), Ok(3));
    assert_eq!(shop.reopened(hcepay_core::Now { boot_ms: NEW_YEAR.boot_ms + 50_000, ..NEW_YEAR }).pay(), Ok(2));
}

#[test]
fn after_a_failed_sync_nothing_is_believed_that_the_system_only_shows() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    // The next lease is written; its sync fails, and the system gives its pages up.
    let fault = Fault { call: shop.disk.calls() + 1, from_then_on: false, error: ErrorKind::Other, written: 0 };
    shop.disk.fail(Some(fault));
    assert_eq!(shop.wallet.make_ready(NEW_YEAR), Err(LedgerError::Failed));
    let shown = Disk::of(shop.disk.medium());
    let reopened = shop.found(shown.clone(), NEW_YEAR);
    assert_eq!(reopened.pay(), Ok(2));
    let left = Disk::of(shown.medium().synced());
    assert_eq!(reopened.found(left, NEXT_BOOT).last_atc(), 3, "all of it is there; what was leased is burned");
}

#[test]
fn when_a_wallet_is_open_all_that_was_found_is_on_the_medium() {
    let shop = Checkout::with(&[1]);
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let found = shop.reopened(NEW_YEAR);
    let medium = found.disk.medium();
    assert_eq!(medium.log_on_medium(), medium.log());
}

#[test]
fn what_is_behind_a_torn_place_is_looked_for_in_linear_time() {
    let shop = Checkout::with(&[1, 2, 3]);
    let log = shop.disk.medium().log().unwrap().to_vec();
    let opened = |tail: &[u8]| {
        let disk = Box::new(disk_with(&[&log, tail].concat()));
        Wallet::open(disk, store_key(), 0, NEW_YEAR, randomness(2)).map(|_| ())
    };
    let began = std::time::Instant::now();
    assert_eq!(opened(&[b'R'; 1 << 20]), Ok(()));
    assert_eq!(opened(&[0x5A; 1 << 20]), Ok(()));
    // The header of a record that could be the next one, again and again: whoever writes such a thing means harm.
    let next = shop.ledger_file().records.last().unwrap().counter + 1;
    let header = [&[b'R'][..], &next.to_be_bytes(), &[0xFF, 0xFF]].concat();
    assert_eq!(opened(&header.repeat((1 << 20) / header.len())), Err(LedgerError::Damaged));
    // Quadratic, each took a minute.
    assert!(began.elapsed() < std::time::Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn much_that_was_not_waited_for_is_no_damage_where_the_power_takes_its_beginning() {
    let shop = Checkout::with(&(1..=3).collect::<Vec<u16>>());
    let safe = shop.disk.medium().log().unwrap().len();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let mut log = shop.disk.medium().log().unwrap().to_vec();
    let mut file = LedgerFile::read(&log, [0x5C; 32]).unwrap();
    // Acknowledgements of contacts wait for nothing.
    for contact in 0_u64..2000 {
        file.append(16, &contact.to_be_bytes());
    }
    log = file.bytes;
    log[safe..safe + 20].fill(0);
    let found = shop.found(disk_with(&log), NEXT_BOOT);
    assert_eq!(found.pay(), Ok(2), "what was leased is burned");
}

#[test]
fn what_stands_in_the_next_segment_tells_of_a_loss_before_it() {
    let shop = Checkout::with(&[1, 2, 3, 4, 5]);
    let safe = shop.disk.medium().log().unwrap().len();
    assert_eq!(shop.pay_without_making_ready(), Ok(1));
    let shop = shop.reopened(NEW_YEAR);
    assert_eq!([shop.pay(), shop.pay()], [Ok(2), Ok(3)]);
    let mut log = shop.disk.medium().log().unwrap().to_vec();
    log[safe + 30] ^= 1;
    let disk = Box::new(disk_with(&log));
    let opened = Wallet::open(disk, store_key(), 0, NEXT_BOOT, randomness(2)).map(|_| ());
    assert_eq!(opened, Err(LedgerError::Damaged));
}

#[test]
fn a_deleted_card_s_counters_bind_the_next_card_of_its_token_also_when_the_log_was_written_anew() {
    let profile = demo_card(crate::checkout::CARD).unwrap().profile();
    let refused = |shop: &mut Checkout, how: &str| {
        shop.card = shop.wallet.install_unsealed(&profile).unwrap();
        assert_eq!(shop.add(vec![key(2)]), Err(Error::AtcNotRising), "{how}: paid with");
        assert_eq!(shop.add(vec![key(3)]), Err(Error::AtcNotRising), "{how}: held, and may have been leased");
        assert_eq!(shop.add(vec![key(4)]), Ok(()), "{how}");
    };
    let deleted = || {
        let shop = Checkout::with(&[1, 2, 3]);
        assert_eq!([shop.pay(), shop.pay()], [Ok(1), Ok(2)]);
        shop.wallet.delete(shop.card).unwrap();
        shop
    };
    refused(&mut deleted(), "at once");
    refused(&mut deleted().reopened(NEW_YEAR), "reopened");
    let mut shop = deleted();
    shop.grow_until_compacted();
    refused(&mut shop.reopened(NEW_YEAR), "written anew");
    // And once more: of two deleted cards the higher counter binds.
    let mut shop = deleted();
    shop.card = shop.wallet.install_unsealed(&profile).unwrap();
    shop.add(vec![key(9)]).unwrap();
    shop.wallet.delete(shop.card).unwrap();
    shop.card = shop.wallet.install_unsealed(&profile).unwrap();
    assert_eq!(shop.add(vec![key(9)]), Err(Error::AtcNotRising));
    assert_eq!(shop.add(vec![key(10)]), Ok(()));
}

fn disk_with(log: &[u8]) -> Disk {
    let disk = Disk::default();
    disk.create(StoredFile::Log).unwrap();
    disk.write(StoredFile::Log, 0, log).unwrap();
    disk
}
