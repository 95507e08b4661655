//! Records of a kind that this version does not know, written by a later one of the same format: they are kept, also where
//! the log is written anew. Reader and writer follow the description of the file alone.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

mod till;

use hcepay_core::Wallet;
use hcepay_core::ledger::{Storage, StoredFile};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, randomness, store_key};
use till::Till;

const APPLIED: u8 = 17;
const ENVELOPES: u8 = 18;

/// The wallet, found with this log.
fn opened_with(till: &Till, log: &[u8]) -> Till {
    let disk = Disk::default();
    disk.create(StoredFile::Log).unwrap();
    disk.append(StoredFile::Log, log).unwrap();
    let wallet = Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(3)).unwrap();
    let mut opened = Till { disk, wallet, card: till.card, now: NEW_YEAR, mark: 0 };
    opened.keep_mark();
    opened
}

#[test]
fn the_file_is_as_it_is_described() {
    let mut till = Till::with(&[1, 2, 3]);
    assert_eq!(till.pay(), Ok(1));
    let log = till.ledger_file();
    assert!(log.records.len() > 8);
    // Written by hand as the core would: an envelope that came to nothing.
    let mut log = log;
    log.append(APPLIED, &[&7_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 0]].concat());
    till = opened_with(&till, &log.bytes);
    assert_eq!((till.wallet.highest_sequence(), till.pay()), (7, Ok(2)));
    till.grow_until_compacted();
    let anew = till.ledger_file();
    let [envelopes] = anew.of_kind(ENVELOPES)[..] else { panic!("one record of the envelopes") };
    assert_eq!(envelopes, [&7_u64.to_be_bytes()[..], &[1], &[0xDD; 32]].concat());
}

#[test]
fn what_this_version_does_not_know_is_kept_through_a_log_written_anew() {
    let till = Till::with(&[1, 2, 3]);
    let mut log = till.ledger_file();
    log.append(200, b"a limit that a later version keeps");
    log.append(255, b"");
    log.append(200, b"and another");
    let nested = [&[201][..], b"within an envelope"].concat();
    let length = u16::try_from(nested.len()).unwrap();
    log.append(APPLIED, &[&1_u64.to_be_bytes()[..], &[0xDD; 32], &[0, 1], &length.to_be_bytes(), &nested].concat());
    let mut till = opened_with(&till, &log.bytes);
    assert_eq!(till.pay(), Ok(1), "they disturb no one");
    for _ in 0..2 {
        till.grow_until_compacted();
        till = till.reopened(NEW_YEAR);
        let anew = till.ledger_file();
        assert!(anew.bytes.len() < 20_000, "{}", anew.bytes.len());
        assert_eq!(anew.of_kind(200), [&b"a limit that a later version keeps"[..], b"and another"], "in their order");
        assert_eq!((anew.of_kind(255), anew.of_kind(201)), (vec![&b""[..]], vec![&b"within an envelope"[..]]));
        assert_eq!(anew.of_kind(APPLIED).len(), 0);
    }
    assert_eq!(till.pay(), Ok(2));
}
