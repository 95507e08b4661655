//! Any records as a ledger's file, sealed as they must be, and any bytes behind them: it opens or says why not, what can be
//! read of it is read, and a terminal gets its answers.
//!
//! Input: how many of the last bytes stand in the file as they are (1), then records: length (2), kind, body. A record of
//! kind 1 begins a segment; its boot count is its first byte. Length `FFFF` stands for no record: what was written up to
//! there was on the medium.

#![no_main]

use hcepay_core::{DEFAULT_WINDOW_MS, LedgerError, Method, Wallet};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, randomness, store_key};
use hcepay_tests::ledger_file::{LedgerFile, OPENED};
use hcepay_tests::terminal::Terminal;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((behind, records)) = input.split_first() else { return };
    let (records, behind) = records.split_at(records.len().saturating_sub(usize::from(*behind)));
    let mut file = sealed(records);
    let whole = file.bytes.len();
    file.bytes.extend(behind);
    let disk = Disk::of(Medium::of_log(file.bytes.clone()));
    let salvaged = Wallet::salvage(&disk, &store_key());
    let wallet = match Wallet::open(Box::new(disk.clone()), store_key(), 0, NEW_YEAR, randomness(1)) {
        Ok(wallet) => wallet,
        Err(error) => {
            assert!(matches!(error, LedgerError::Foreign | LedgerError::Damaged), "{error}");
            assert_eq!(disk.medium().log(), Some(file.bytes.as_slice()), "what does not open is left as it is");
            return;
        }
    };
    assert!(salvaged.is_ok(), "what opens can be salvaged");
    let medium = disk.medium();
    assert_eq!(medium.log().and_then(|log| log.get(..whole)), file.bytes.get(..whole), "no sealed record is cut off");
    for card in wallet.cards() {
        let _ = wallet.choose(card, NEW_YEAR);
        wallet.mark_stored(wallet.mark());
        let _ = wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None);
        wallet.mark_stored(wallet.mark());
        Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(NEW_YEAR, command));
        wallet.deactivated(NEW_YEAR);
        wallet.card(card, NEW_YEAR.wall_ms).expect("it was listed");
        let _ = wallet.replenishment(card, NEW_YEAR.wall_ms);
    }
    let _ = wallet.replenishment_request(NEW_YEAR.wall_ms);
    wallet.reports();
    drop(wallet);
    let again = Wallet::open(Box::new(disk), store_key(), 0, NEW_YEAR, randomness(2));
    assert!(again.is_ok(), "what was opened and written opens again");
});

/// The records one by one, and where the next would begin.
fn sealed(mut input: &[u8]) -> LedgerFile {
    let mut file = LedgerFile::new([0x5C; 32]);
    let mut segments = 0_u8;
    while let Some((length, rest)) = input.split_first_chunk() {
        let length = u16::from_be_bytes(*length);
        if length == u16::MAX {
            file.synced = file.records.last().map_or(0, |last| last.number);
            input = rest;
            continue;
        }
        let (record, rest) = rest.split_at(usize::from(length).min(rest.len()));
        match record.split_first() {
            Some((&OPENED, body)) => {
                segments = segments.wrapping_add(1);
                file.begin_segment([segments; 32], body.first().copied().unwrap_or(1).into());
            }
            Some((kind, body)) => file.append(*kind, body),
            None => {}
        }
        input = rest;
    }
    file
}
