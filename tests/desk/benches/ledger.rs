//! What the ledger costs: bytes and syncs for each tap, opening large wallets, a tap as cards, keys and history grow, and a
//! tap on a real file beside its primitives and one write of the same bytes. Compare within one run.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark")]

use std::alloc::System;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::ops::Range;
use std::time::{Duration, Instant};

use hcepay_core::known_answers::cvn::Padding;
use hcepay_core::known_answers::mac::retail_mac;
use hcepay_core::{CardId, DEFAULT_WINDOW_MS, Files, Method, Now, PaymentKey, SecretKey, Storage, Wallet};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::plain_key::{made, terms};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CARDS: usize = 20;
const KEYS: u16 = 32;
/// In `Purse::options`: the last two bytes of the amount, and the unpredictable number.
const AMOUNT: Range<usize> = 15..17;
const NUMBER: Range<usize> = 36..40;
const BETWEEN_TAPS_MS: u64 = 7 * 3_600_000;
const PAST_TAPS: u16 = 10_000;
/// Of a record in the ledger: what stands before its ciphertext, and the tag behind it.
const AROUND_A_RECORD: usize = 1 + 4 + 2 + 16;
/// What this card's cryptogram is over: the terminal's data, AIP, counter and issuer application data.
const MAC_INPUT: usize = 29 + 2 + 2 + 7;
/// More than a processor's caches hold.
const CACHES: usize = 64 << 20;

fn main() {
    for_each_tap();
    opening();
    growth();
    on_a_real_file();
}

/// A wallet that pays with its first card, without verification.
struct Purse {
    wallet: Wallet,
    now: Now,
    next: u16,
    taps: u32,
    card: CardId,
    select: Vec<u8>,
    options: Vec<u8>,
}

impl Purse {
    fn new(storage: Box<dyn Storage>, cards: usize, keys: u16) -> Purse {
        let wallet = Wallet::create(storage, store_key(), issuer_key(), NEW_YEAR, randomness(1)).unwrap();
        let profile = demo_card("kernel3-no-verification").unwrap().profile();
        let cards: Vec<CardId> = (0..cards).map(|_| wallet.install_unsealed(&profile).unwrap()).collect();
        for card in &cards[1..] {
            wallet.add_keys_unsealed(*card, (1..=keys).map(key).collect(), NEW_YEAR).unwrap();
        }
        let select = from_hex("00A4040007A000000003101000").unwrap();
        let options = "80A8000023832130804000000000001250000000000000027600000000000978000000001122334400";
        let options = from_hex(options).unwrap();
        let mut purse = Purse { wallet, now: NEW_YEAR, next: 1, taps: 0, card: cards[0], select, options };
        purse.fill(keys);
        purse
    }

    fn fill(&mut self, keys: u16) {
        let (from, to) = (self.next, self.next + keys);
        self.wallet.add_keys_unsealed(self.card, (from..to).map(key).collect(), self.now).unwrap();
        self.next = to;
    }

    fn keep_in_keys(&mut self) {
        if self.wallet.card(self.card, 0).unwrap().applications[0].uses_left < 3 {
            self.fill(KEYS - 3);
        }
    }

    fn make_ready(&mut self) {
        self.keep_in_keys();
        self.verify_holder();
    }

    fn verify_holder(&self) {
        self.wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        self.wallet.mark_stored(self.wallet.mark());
    }

    /// SELECT and GET PROCESSING OPTIONS: what the terminal waits for.
    fn pay(&self) {
        black_box(self.wallet.process(self.now, &self.select));
        let answer = self.wallet.process(self.now, &self.options);
        assert!(answer.ends_with(&[0x90, 0x00]), "{answer:02X?}");
    }

    /// The next payment comes some hours later, at another amount and with another number (and the terminal names no day): else each
    /// one raises alerts.
    fn leave(&mut self) {
        let report = self.wallet.deactivated(self.now);
        self.wallet.acknowledge(report.id.unwrap()).unwrap();
        self.now.wall_ms += BETWEEN_TAPS_MS;
        self.now.boot_ms += BETWEEN_TAPS_MS;
        self.taps += 1;
        let minor_hex = format!("{:04}", 1000 + self.taps * 37 % 1000);
        self.options[AMOUNT].copy_from_slice(&from_hex(&minor_hex).unwrap());
        self.options[NUMBER].copy_from_slice(&(self.taps.wrapping_mul(0x9E37_79B1)).to_be_bytes());
    }
}

fn key(atc: u16) -> PaymentKey {
    made(&terms(&[0xA0, 0, 0, 0, 3, 0x10, 0x10], atc))
}

fn for_each_tap() {
    let disk = Disk::default();
    let mut purse = Purse::new(Box::new(disk.clone()), 1, KEYS);
    let (mut bytes, mut syncs, mut taps) = (0, 0, 0);
    for _ in 0..100 {
        purse.keep_in_keys();
        let before = purse.wallet.ledger_length();
        purse.wallet.arm(purse.now, Method::Biometric, DEFAULT_WINDOW_MS, None).unwrap();
        purse.wallet.mark_stored(purse.wallet.mark());
        let synced = disk.syncs();
        purse.pay();
        syncs += disk.syncs() - synced;
        purse.leave();
        purse.wallet.make_ready(purse.now).unwrap();
        purse.wallet.mark_stored(purse.wallet.mark());
        bytes += purse.wallet.ledger_length().saturating_sub(before);
        taps += 1;
    }
    let _ = writeln!(
        std::io::stdout(),
        "for each tap         {} bytes appended, its row included (at most 400), {syncs} syncs and renames in {taps} taps",
        bytes / taps
    );
}

/// Of a wallet with as many cards as it takes: 32 keys each and 10,000 past taps, and 500 keys each.
fn opening() {
    let disk = Disk::default();
    let mut purse = Purse::new(Box::new(disk.clone()), CARDS, KEYS);
    for _ in 0..PAST_TAPS {
        purse.make_ready();
        purse.pay();
        purse.leave();
    }
    purse.wallet.make_ready(purse.now).unwrap();
    open_again(purse, &disk, &format!("{KEYS} keys each, {PAST_TAPS} past taps, 500 rows (at most 10 ms)"));
    let disk = Disk::default();
    let purse = Purse::new(Box::new(disk.clone()), CARDS, 500);
    open_again(purse, &disk, "500 keys each");
}

fn open_again(purse: Purse, disk: &Disk, what: &str) {
    let (mark, medium) = (purse.wallet.mark(), disk.medium());
    let log = medium.log().unwrap().len();
    drop(purse);
    let mut times = Vec::new();
    let mut heap = 0;
    for round in 0..21 {
        let storage = Box::new(Disk::of(medium.clone()));
        let region = Region::new(ALLOCATOR);
        let began = Instant::now();
        let wallet = Wallet::open(storage, store_key(), mark, NEW_YEAR, randomness(round)).unwrap();
        times.push(began.elapsed());
        let change = region.change();
        heap = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
        drop(wallet);
    }
    let _ = writeln!(
        std::io::stdout(),
        "opening              {:?} for {CARDS} cards, {what}; log {log} bytes, heap {heap} bytes with the simulated disk's copies",
        median(times)
    );
}

fn growth() {
    for cards in [1, 8, CARDS] {
        let time = median_tap(Purse::new(Box::new(Disk::default()), cards, KEYS), KEYS);
        let _ = writeln!(std::io::stdout(), "tap with {cards:>2} cards    {time:?}");
    }
    for keys in [1, 32, 500, 1000] {
        let time = median_tap(Purse::new(Box::new(Disk::default()), 1, keys), keys);
        let _ = writeln!(std::io::stdout(), "tap with {keys:>4} keys   {time:?}");
    }
}

/// Of taps each of which finds so many keys.
fn median_tap(mut purse: Purse, keys: u16) -> Duration {
    let times = (0..500).map(|_| {
        purse.verify_holder();
        let began = Instant::now();
        purse.pay();
        let time = began.elapsed();
        purse.leave();
        purse.fill(1);
        time
    });
    let time = median(times.collect());
    assert_eq!(purse.wallet.card(purse.card, 0).unwrap().applications[0].uses_left, u32::from(keys));
    time
}

/// Interleaved: a tap on a real file, and its primitives with one write of the same bytes to another. Each comes right after
/// a sync of its file, as a tap does after a lease, and finds nothing of its own in the processor's caches.
fn on_a_real_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut purse = Purse::new(Box::new(Files::lock(directory.path()).unwrap()), 1, KEYS);
    let mut file = File::create(directory.path().join("other")).unwrap();
    let segment = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0x5C; 32]).unwrap());
    let mac_key = SecretKey::new(Box::new([0x5A; 16]));
    let mut caches = vec![1_u8; CACHES];
    let (mut taps, mut primitives) = (Vec::new(), Vec::new());
    let mut marks = Vec::new();
    for _ in 0..200 {
        purse.make_ready();
        let before = purse.wallet.ledger_length();
        fill_caches(&mut caches);
        let began = Instant::now();
        purse.pay();
        taps.push(began.elapsed());
        let written = (purse.wallet.ledger_length() - before) as usize;
        let began = Instant::now();
        purse.leave();
        purse.wallet.make_ready(purse.now).unwrap();
        purse.wallet.mark_stored(purse.wallet.mark());
        marks.push(began.elapsed());
        let mut record = vec![0x31; written];
        file.write_all(&record).unwrap();
        file.sync_data().unwrap();
        fill_caches(&mut caches);
        let began = Instant::now();
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let sealed = black_box(&mut record[..written - AROUND_A_RECORD]);
        let tag = segment.seal_in_place_separate_tag(nonce, Aad::from([0; 32]), sealed);
        assert!(black_box(tag).is_ok());
        file.write_all(&record).unwrap();
        black_box(retail_mac(black_box(&mac_key), Padding::Method2, black_box(&[0x42; MAC_INPUT])));
        primitives.push(began.elapsed());
    }
    std::fs::remove_dir_all(&directory).unwrap();
    let (tap, alone) = (median(taps), median(primitives));
    let ratio = tap.as_secs_f64() / alone.as_secs_f64();
    let _ = writeln!(
        std::io::stdout(),
        "tap on a real file   {tap:?}, its primitives and one write of the same bytes {alone:?}: {ratio:.2} (both cold; no bar)"
    );
    println!(
        "mark behind a tap    {:?} from the field's loss until the mark covers the tap: the platform stores it then",
        median(marks)
    );
}

fn fill_caches(caches: &mut [u8]) {
    caches.iter_mut().step_by(64).for_each(|byte| *byte = byte.wrapping_add(1));
    black_box(caches);
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
