//! The ledger: leases, consumption, counters that only rise, and what is found again.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::io::ErrorKind;

use hcepay_core::aid::Aid;
use hcepay_core::error::{Error, LedgerError};
use hcepay_core::ledger::{Amount, CardId, Files, Ledger, NoLease, NotSpent, StoreKey};
use hcepay_core::payment_key::{KeyTerms, PaymentKey, SecretKey};

use hcepay_core::{Now, Wallet};
use hcepay_desk::disk::{Disk, Fault};
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_tests::issuer::demo_cards::demo_card;

const AMOUNT: Amount = Amount { minor: 100, currency: 978 };
const NEXT_BOOT: Now = Now { boot_count: 2, ..NEW_YEAR };

/// A number for a card: any wallet gives it.
fn card() -> CardId {
    let (_, mut wallet) = wallet();
    wallet.install_unsealed(&demo_card("kernel3-cvn18").unwrap().profile()).unwrap()
}

fn wallet() -> (Disk, Wallet) {
    let disk = Disk::default();
    let wallet = Wallet::create(Box::new(disk.clone()), store_key(), NEW_YEAR, randomness(1)).unwrap();
    (disk, wallet)
}

fn aid() -> Aid {
    Aid::new(&[0xA0, 0, 0, 0, 3, 0x10, 0x10]).unwrap()
}

fn key(first_atc: u16, uses: u16) -> PaymentKey {
    let terms = KeyTerms {
        aid: aid().bytes().to_vec(),
        first_atc,
        uses,
        not_before_ms: 1000,
        not_after_ms: 2000,
        derivation_data: None,
    };
    PaymentKey::new(&terms, SecretKey::new(Box::new([7; 16]))).unwrap()
}

fn create() -> (Disk, Ledger) {
    let disk = Disk::default();
    let ledger = Ledger::create(Box::new(disk.clone()), store_key(), NEW_YEAR, &mut randomness(1)).unwrap();
    (disk, ledger)
}

fn with_keys(keys: Vec<PaymentKey>) -> (Disk, Ledger) {
    let (disk, mut ledger) = create();
    ledger.add(card(), keys).unwrap();
    (disk, ledger)
}

fn open(disk: &Disk, now: Now) -> Result<Ledger, LedgerError> {
    // What is found is all that was written: a restart without a loss.
    Ledger::open(Box::new(Disk::of(disk.medium())), store_key(), now, &mut randomness(2))
}

fn spend(ledger: &mut Ledger) -> u16 {
    let lease = ledger.lease(card(), &aid(), 1500).unwrap();
    ledger.consume(lease, AMOUNT).unwrap().atc().number()
}

#[test]
fn a_use_is_spent_once_however_often_it_was_leased() {
    let (_, mut ledger) = with_keys(vec![key(1, 1), key(2, 1)]);
    let first = ledger.lease(card(), &aid(), 1500).unwrap();
    let same = ledger.lease(card(), &aid(), 1500).unwrap();
    assert_eq!(ledger.consume(first, AMOUNT).unwrap().atc().number(), 1);
    assert_eq!(ledger.consume(same, AMOUNT).unwrap_err(), NotSpent::Gone);
    assert_eq!(spend(&mut ledger), 2);
}

#[test]
fn a_limited_use_key_counts_its_uses_and_then_is_gone() {
    let (_, mut ledger) = with_keys(vec![key(7, 2)]);
    assert_eq!([spend(&mut ledger), spend(&mut ledger)], [7, 8]);
    assert_eq!(ledger.lease(card(), &aid(), 1500).unwrap_err(), NoLease::NoKeyLeft);
    assert_eq!(ledger.last_atc(card(), &aid()).number(), 8);
}

#[test]
fn a_key_is_leased_within_its_time_only() {
    let (_, mut ledger) = with_keys(vec![key(1, 1)]);
    assert_eq!(ledger.lease(card(), &aid(), 999).unwrap_err(), NoLease::KeyNotYetValid);
    assert!(ledger.lease(card(), &aid(), 1000).is_ok());
    assert!(ledger.lease(card(), &aid(), 2000).is_ok());
    assert_eq!(ledger.lease(card(), &aid(), 2001).unwrap_err(), NoLease::KeyExpired);
    assert_eq!(ledger.uses_left(card(), &aid(), 2001), 0);
}

#[test]
fn a_counter_never_falls_even_where_the_clock_does() {
    let (_, mut ledger) = create();
    let late = KeyTerms {
        aid: aid().bytes().to_vec(),
        first_atc: 2,
        uses: 1,
        not_before_ms: 1000,
        not_after_ms: 9000,
        derivation_data: None,
    };
    let late = PaymentKey::new(&late, SecretKey::new(Box::new([7; 16]))).unwrap();
    ledger.add(card(), vec![key(1, 1), late]).unwrap();
    // The first key is too old by now; the clock is set back after the second was used.
    let lease = ledger.lease(card(), &aid(), 5000).unwrap();
    assert_eq!(ledger.consume(lease, AMOUNT).unwrap().atc().number(), 2);
    assert_eq!(ledger.lease(card(), &aid(), 1500).unwrap_err(), NoLease::NoKeyLeft);
}

#[test]
fn another_application_has_no_part_in_a_key() {
    let (_, mut ledger) = with_keys(vec![key(1, 1)]);
    let other = Aid::new(&[0xA0, 0, 0, 0, 4, 0x10, 0x10]).unwrap();
    assert_eq!(ledger.lease(card(), &other, 1500).unwrap_err(), NoLease::NoKeyLeft);
}

#[test]
fn a_counter_that_does_not_rise_is_refused_even_when_its_key_is_gone() {
    let (_, mut ledger) = with_keys(vec![key(5, 1)]);
    assert_eq!(ledger.add(card(), vec![key(5, 1)]), Err(Error::AtcNotRising));
    spend(&mut ledger);
    assert_eq!(ledger.add(card(), vec![key(5, 1)]), Err(Error::AtcNotRising));
    assert_eq!(ledger.add(card(), vec![key(6, 2), key(7, 1)]), Err(Error::AtcNotRising));
    assert_eq!(ledger.uses_left(card(), &aid(), 1500), 0, "a refused batch leaves nothing behind");
    assert_eq!(ledger.add(card(), vec![key(6, 2), key(8, 1)]), Ok(()));
}

#[test]
fn after_a_kill_nothing_burns_and_after_a_power_loss_the_lease_does() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    ledger.keep_leased(card(), &[aid()], Now { wall_ms: 1500, ..NEW_YEAR }).unwrap();
    assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 1, "killed with a lease at hand");
    assert_eq!(spend(&mut open(&disk, NEXT_BOOT).unwrap()), 2, "the lease of 1 is burned");
    assert_eq!(spend(&mut ledger), 1);
    assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 2, "killed after the cryptogram");
    assert_eq!(spend(&mut open(&disk, NEXT_BOOT).unwrap()), 2, "powered off after it");
}

#[test]
fn a_lease_of_another_boot_stays_burned_over_a_kill_in_the_opening() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    ledger.keep_leased(card(), &[aid()], Now { wall_ms: 1500, ..NEW_YEAR }).unwrap();
    let restarted = Disk::of(disk.medium());
    restarted.record();
    Ledger::open(Box::new(restarted.clone()), store_key(), NEXT_BOOT, &mut randomness(2)).unwrap();
    for point in restarted.take_recorded() {
        point.before.after_kill(&point.call, &mut |medium| {
            let reopened = Ledger::open(Box::new(Disk::of(medium)), store_key(), NEXT_BOOT, &mut randomness(3));
            assert_eq!(spend(&mut reopened.unwrap()), 2);
        });
    }
}

#[test]
fn no_sync_and_no_rename_between_select_and_cryptogram_with_a_lease_at_hand() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    ledger.keep_leased(card(), &[aid()], Now { wall_ms: 1500, ..NEW_YEAR }).unwrap();
    let (syncs, calls) = (disk.syncs(), disk.calls());
    assert_eq!(spend(&mut ledger), 1);
    assert_eq!((disk.syncs(), disk.calls()), (syncs, calls + 1), "one write");
    assert_eq!(spend(&mut ledger), 2);
    assert_eq!(disk.syncs(), syncs + 1, "without a lease it waits rather than decline");
}

#[test]
fn a_consumption_that_cannot_be_written_opens_no_key_and_the_use_is_still_there() {
    for written in [0, 1, 20, 70] {
        let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
        let lease = ledger.lease(card(), &aid(), 1500).unwrap();
        let fault = Fault { call: disk.calls(), from_then_on: false, error: ErrorKind::StorageFull, written };
        disk.fail(Some(fault));
        assert_eq!(ledger.consume(lease, AMOUNT).unwrap_err(), NotSpent::NotWritten(LedgerError::Full));
        assert_eq!(spend(&mut ledger), 1, "room again");
        assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 2, "and no rest of the failed write in between");
    }
}

#[test]
fn a_failed_sync_or_a_write_that_cannot_be_taken_back_poisons_the_ledger_until_it_is_opened_again() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    // The lease is written, its sync fails.
    disk.fail(Some(Fault { call: disk.calls() + 1, from_then_on: false, error: ErrorKind::Other, written: 0 }));
    assert_eq!(ledger.lease(card(), &aid(), 1500).unwrap_err(), NoLease::NotWritten(LedgerError::Failed));
    assert_eq!(ledger.keep_leased(card(), &[aid()], Now { wall_ms: 1500, ..NEW_YEAR }), Err(LedgerError::Poisoned));
    assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 1);

    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    let lease = ledger.lease(card(), &aid(), 1500).unwrap();
    disk.fail(Some(Fault { call: disk.calls(), from_then_on: true, error: ErrorKind::Other, written: 9 }));
    assert_eq!(ledger.consume(lease, AMOUNT).unwrap_err(), NotSpent::NotWritten(LedgerError::Failed));
    disk.fail(None);
    let lease = ledger.lease(card(), &aid(), 1500).unwrap();
    assert_eq!(ledger.consume(lease, AMOUNT).unwrap_err(), NotSpent::NotWritten(LedgerError::Poisoned));
    assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 1);
}

#[test]
fn each_obstacle_to_opening_has_an_error_of_its_own_and_changes_nothing() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    spend(&mut ledger);
    spend(&mut ledger);
    let log = disk.medium().log().unwrap().to_vec();
    let with_log = |log: &[u8]| {
        use hcepay_core::ledger::{Storage, StoredFile};
        let mut disk = Disk::default();
        disk.create(StoredFile::Log).unwrap();
        disk.append(StoredFile::Log, log).unwrap();
        let opened = open(&disk, NEW_YEAR);
        assert_eq!(disk.medium().log(), Some(log));
        opened.map(|_| ())
    };
    assert_eq!(open(&Disk::default(), NEW_YEAR).unwrap_err(), LedgerError::Missing);
    assert_eq!(with_log(&[]).unwrap_err(), LedgerError::Damaged);
    let newer = [&log[..7], &[2], &log[8..]].concat();
    assert_eq!(with_log(&newer).unwrap_err(), LedgerError::TooNew);
    let other_key = StoreKey::new(Box::new([0x5D; 32]));
    let foreign = Ledger::open(Box::new(Disk::of(disk.medium())), other_key, NEW_YEAR, &mut randomness(2));
    assert_eq!(foreign.unwrap_err(), LedgerError::Foreign);
    let again = Ledger::create(Box::new(disk.clone()), store_key(), NEW_YEAR, &mut randomness(2));
    assert_eq!(again.unwrap_err(), LedgerError::Exists);
    // A wound in what later records call safe: each byte of the first records.
    for at in 8..log.len() / 2 {
        let mut wounded = log.clone();
        wounded[at] ^= 1;
        assert_eq!(with_log(&wounded), Err(LedgerError::Damaged), "byte {at}");
    }
}

#[test]
fn what_is_cut_off_the_end_recovers_to_what_was_written_before() {
    let (disk, mut ledger) = with_keys(vec![key(1, 5)]);
    let safe = disk.medium().log().unwrap().len();
    spend(&mut ledger);
    let log = disk.medium().log().unwrap().to_vec();
    for length in safe..log.len() {
        use hcepay_core::ledger::{Storage, StoredFile};
        let mut disk = Disk::default();
        disk.create(StoredFile::Log).unwrap();
        disk.append(StoredFile::Log, &log[..length]).unwrap();
        let mut reopened = Ledger::open(Box::new(disk.clone()), store_key(), NEW_YEAR, &mut randomness(2)).unwrap();
        assert_eq!(spend(&mut reopened), 1, "cut to {length}");
        // And what was written after the cut is found again.
        assert_eq!(spend(&mut open(&disk, NEW_YEAR).unwrap()), 2);
    }
}

#[test]
fn compaction_loses_nothing_and_shrinks_the_log() {
    let (disk, mut ledger) = create();
    let now = Now { wall_ms: 1500, ..NEW_YEAR };
    let mut compactions = 0;
    for atc in 1..=1500 {
        ledger.add(card(), vec![key(atc, 1)]).unwrap();
        ledger.keep_leased(card(), &[aid()], now).unwrap();
        assert_eq!(spend(&mut ledger), atc);
        let compacted = ledger.compact_if_due(&mut randomness(u64::from(atc))).unwrap();
        compactions += usize::from(compacted);
        if compacted || atc % 100 == 0 {
            assert_eq!(open(&disk, NEW_YEAR).unwrap().last_atc(card(), &aid()).number(), atc);
        }
    }
    assert!(compactions >= 1);
    assert!(disk.medium().log().unwrap().len() < 300_000);
    assert_eq!(open(&disk, NEW_YEAR).unwrap().open_contacts().len(), 1500, "unreported contacts are kept");
}

#[test]
fn after_compaction_an_old_counter_is_still_refused() {
    let (disk, mut wallet) = wallet();
    let profile = demo_card("kernel3-no-verification").unwrap().profile();
    let card = wallet.install_unsealed(&profile).unwrap();
    let always = |atc| {
        let terms = KeyTerms {
            aid: aid().bytes().to_vec(),
            first_atc: atc,
            uses: 1,
            not_before_ms: 0,
            not_after_ms: u64::MAX,
            derivation_data: None,
        };
        PaymentKey::new(&terms, SecretKey::new(Box::new([7; 16]))).unwrap()
    };
    wallet.add_keys_unsealed(card, vec![always(1)], NEW_YEAR).unwrap();
    let hex = |text| hcepay_tests::bytes::from_hex(text).unwrap();
    wallet.process(NEW_YEAR, &hex("00A4040007A000000003101000"));
    let options = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";
    assert!(wallet.process(NEW_YEAR, &hex(options)).ends_with(&[0x90, 0x00]));
    assert!(wallet.deactivated(NEW_YEAR).atc.is_some());
    let mut longest = 0;
    while disk.medium().log().unwrap().len() >= longest {
        longest = disk.medium().log().unwrap().len();
        let other = wallet.install_unsealed(&profile).unwrap();
        wallet.delete(other).unwrap();
        wallet.make_ready(NEW_YEAR).unwrap();
    }
    let mut reopened = Wallet::open(Box::new(disk), store_key(), NEW_YEAR, randomness(2)).unwrap();
    assert_eq!(reopened.add_keys_unsealed(card, vec![always(1)], NEW_YEAR), Err(Error::AtcNotRising));
    assert_eq!(reopened.add_keys_unsealed(card, vec![always(2)], NEW_YEAR), Ok(()));
}

#[test]
fn every_opening_begins_a_segment_under_a_salt_of_its_own() {
    let (disk, ledger) = create();
    drop(ledger);
    let mut salts = Vec::new();
    let mut end = 16;
    for opening in 2..6 {
        let log = disk.medium().log().unwrap().to_vec();
        assert_eq!(log[end], b'S');
        salts.push(log[end + 1..end + 33].to_vec());
        end = log.len();
        Ledger::open(Box::new(disk.clone()), store_key(), NEW_YEAR, &mut randomness(opening)).unwrap();
    }
    let distinct: std::collections::BTreeSet<_> = salts.iter().collect();
    assert_eq!(distinct.len(), 4);
}

#[test]
fn nothing_of_a_profile_or_a_key_stands_in_the_log() {
    let (disk, mut wallet) = wallet();
    let profile = demo_card("kernel3-cvn18").unwrap().profile();
    let card = wallet.install_unsealed(&profile).unwrap();
    wallet.add_keys_unsealed(card, vec![key(1, 1)], NEW_YEAR).unwrap();
    let medium = disk.medium();
    let log = medium.log().unwrap();
    let shows = |secret: &[u8]| log.windows(secret.len()).any(|window| window == secret);
    assert!(!profile.chunks_exact(8).any(shows));
    assert!(!shows(&[7; 8]));
    assert!(shows(b"hcepayL"), "the scan finds what is there");
}

#[test]
fn where_the_log_cannot_be_written_anew_the_old_one_goes_on() {
    let now = Now { wall_ms: 1500, ..NEW_YEAR };
    // The calls of it, in order: create, append, sync, rename, and the directory's sync.
    for failing in 0..5 {
        let (disk, mut ledger) = create();
        let mut atc = 0;
        let failed = loop {
            atc += 1;
            ledger.add(card(), vec![key(atc, 1)]).unwrap();
            ledger.keep_leased(card(), &[aid()], now).unwrap();
            assert_eq!(spend(&mut ledger), atc);
            let fault =
                Fault { call: disk.calls() + failing, from_then_on: false, error: ErrorKind::StorageFull, written: 99 };
            disk.fail(Some(fault));
            let compacted = ledger.compact_if_due(&mut randomness(u64::from(atc)));
            disk.fail(None);
            match compacted {
                Ok(true) => panic!("the fault was not met"),
                Ok(false) => {}
                Err(error) => break error,
            }
        };
        assert_eq!(failed, LedgerError::Full);
        let added = ledger.add(card(), vec![key(atc + 1, 1)]);
        if failing < 4 {
            assert_eq!(added, Ok(()), "call {failing}");
            assert_eq!(spend(&mut ledger), atc + 1);
        } else {
            assert_eq!(added, Err(Error::Ledger(LedgerError::Poisoned)));
        }
        let mut reopened = open(&disk, NEW_YEAR).unwrap();
        let last = reopened.last_atc(card(), &aid()).number();
        assert_eq!(last, if failing < 4 { atc + 1 } else { atc }, "call {failing}");
        reopened.add(card(), vec![key(atc + 2, 1)]).unwrap();
        assert_eq!(spend(&mut reopened), atc + 2);
    }
}

#[test]
fn a_deleted_card_stays_deleted_and_its_number_is_not_given_again() {
    let (disk, mut wallet) = wallet();
    let profile = demo_card("kernel3-cvn18").unwrap().profile();
    let first = wallet.install_unsealed(&profile).unwrap();
    let second = wallet.install_unsealed(&profile).unwrap();
    wallet.delete(second).unwrap();
    let mut reopened = Wallet::open(Box::new(disk), store_key(), NEW_YEAR, randomness(2)).unwrap();
    assert_eq!(reopened.cards(), [first]);
    assert_eq!(reopened.delete(second), Err(Error::UnknownCard));
    let third = reopened.install_unsealed(&profile).unwrap();
    assert!(third > second);
}

#[test]
fn a_directory_has_one_owner_and_its_files_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let directory = std::env::temp_dir().join(format!("hcepay-ledger-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let files = Files::lock(&directory).unwrap();
    assert_eq!(Files::lock(&directory).unwrap_err(), LedgerError::InUse);
    let mut ledger = Ledger::create(Box::new(files), store_key(), NEW_YEAR, &mut randomness(1)).unwrap();
    ledger.add(card(), vec![key(1, 5)]).unwrap();
    assert_eq!(spend(&mut ledger), 1);
    drop(ledger);
    let files = Files::lock(&directory).unwrap();
    let mut reopened = Ledger::open(Box::new(files), store_key(), NEW_YEAR, &mut randomness(2)).unwrap();
    assert_eq!(spend(&mut reopened), 2);
    for entry in std::fs::read_dir(&directory).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
    let missing = Files::lock(&directory.join("missing")).unwrap_err();
    assert_eq!(missing, LedgerError::Failed);
    std::fs::remove_dir_all(&directory).unwrap();
}
