//! Records that this version did not write: those of a kind that it does not know, written by a later one of the same format,
//! are kept, also where the log is written anew; those that cannot be read are damage. Reader and writer follow the
//! description of the file alone.

use crate::checkout::Checkout;
use hcepay_core::{LedgerError, Storage, StoredFile, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use hcepay_tests::ledger_file::LedgerFile;

const CARD: u8 = 3;
const APPLIED: u8 = 17;
const ENVELOPES: u8 = 18;

/// The wallet, found with this log.
fn opened_with(shop: &Checkout, log: &[u8]) -> Checkout {
    let disk = Disk::default();
    disk.create(StoredFile::Log).unwrap();
    disk.write(StoredFile::Log, 0, log).unwrap();
    let wallet = Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(3)).unwrap();
    let mut opened = Checkout { disk, wallet, card: shop.card, now: NEW_YEAR, mark: 0 };
    opened.keep_mark();
    opened
}

#[test]
fn the_file_is_as_it_is_described() {
    let mut shop = Checkout::with(&[1, 2, 3]);
    assert_eq!(shop.pay(), Ok(1));
    let log = shop.ledger_file();
    assert!(log.records.len() > 8);
    // Written by hand as the core would: an envelope that came to nothing.
    let mut log = log;
    log.append(APPLIED, &[&7_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 0]].concat());
    shop = opened_with(&shop, &log.bytes);
    assert_eq!((shop.wallet.highest_sequence(), shop.pay()), (7, Ok(2)));
    shop.grow_until_compacted();
    let anew = shop.ledger_file();
    let [envelopes] = anew.of_kind(ENVELOPES)[..] else { panic!("one record of the envelopes") };
    assert_eq!(envelopes, [&7_u64.to_be_bytes()[..], &[1], &[0xDD; 32]].concat());
}

#[test]
fn what_this_version_does_not_know_is_kept_through_a_log_written_anew() {
    let shop = Checkout::with(&[1, 2, 3]);
    let mut log = shop.ledger_file();
    log.append(200, b"a limit that a later version keeps");
    log.append(255, b"");
    log.append(200, b"and another");
    let nested = [&[201][..], b"within an envelope"].concat();
    let length = u16::try_from(nested.len()).unwrap();
    log.append(APPLIED, &[&1_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 1], &length.to_be_bytes(), &nested].concat());
    let mut shop = opened_with(&shop, &log.bytes);
    assert_eq!(shop.pay(), Ok(1), "they disturb no one");
    for _ in 0..2 {
        shop.grow_until_compacted();
        shop = shop.reopened(NEW_YEAR);
        let anew = shop.ledger_file();
        assert!(anew.bytes.len() < 20_000, "{}", anew.bytes.len());
        assert_eq!(anew.of_kind(200), [&b"a limit that a later version keeps"[..], b"and another"], "in their order");
        assert_eq!((anew.of_kind(255), anew.of_kind(201)), (vec![&b""[..]], vec![&b"within an envelope"[..]]));
        assert_eq!(anew.of_kind(APPLIED).len(), 0);
    }
    assert_eq!(shop.pay(), Ok(2));
}

/// What opening does to this log; whatever does not open is left as it is.
fn opening(log: &LedgerFile) -> Result<(), LedgerError> {
    let disk = Disk::of(Medium::of_log(log.bytes.clone()));
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(3)).map(|_| ());
    assert!(opened.is_ok() || disk.medium().log() == Some(log.bytes.as_slice()), "{opened:?}, and changed");
    opened
}

#[test]
fn a_sealed_record_that_cannot_be_read_is_damage_and_no_torn_tail() {
    let shop = Checkout::with(&[1, 2, 3]);
    assert_eq!(shop.pay(), Ok(1));
    assert_eq!(opening(&shop.ledger_file()), Ok(()));
    for (kind, body) in [(7, &[][..]), (10, &[0; 3]), (19, &[0; 9]), (14, &[])] {
        let mut log = shop.ledger_file();
        log.append(kind, body);
        assert_eq!(opening(&log), Err(LedgerError::Damaged), "the last record, of kind {kind}");
        log.append(200, b"a later one");
        assert_eq!(opening(&log), Err(LedgerError::Damaged), "kind {kind}");
    }
}

#[test]
fn a_log_that_names_no_wallet_or_a_profile_that_is_none_does_not_open_and_is_left_as_it_is() {
    let whole = Checkout::with(&[1]).ledger_file();
    let without = |kind: u8, instead: &[u8]| {
        let mut log = LedgerFile::new([0x5C; 32]);
        log.begin_segment([1; 32], 1);
        for record in whole.records.iter().filter(|record| record.salt.is_none()) {
            log.append(record.kind, if record.kind == kind { instead } else { &record.body });
        }
        log
    };
    assert_eq!(opening(&without(0, &[])), Ok(()));
    let mut nameless = LedgerFile::new([0x5C; 32]);
    nameless.begin_segment([1; 32], 1);
    assert_eq!(opening(&nameless), Err(LedgerError::Damaged));
    let card = whole.of_kind(CARD)[0];
    // Card, state, codes, policy, token; then a profile of one byte.
    let bad = [&card[..4 + 1 + 1 + 5 + 16], &[0, 1, 0xEA]].concat();
    assert_eq!(opening(&without(CARD, &bad)), Err(LedgerError::Damaged));
}
