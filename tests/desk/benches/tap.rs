//! What a tap costs the card: time, instructions where valgrind can count them, heap allocations; per command, for the
//! whole tap, and for the cryptographic primitives of that tap alone on the same input: the cryptogram's MAC and the seal
//! of the ledger's record. The disk is one in memory. Medians of interleaved rounds,
//! side by side in one run: compare the ratios, not the times of one machine with those of another.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark")]

use std::alloc::System;
use std::env;
use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use hcepay_core::known_answers::FixedPart;
use hcepay_core::known_answers::Verdict;
use hcepay_core::known_answers::card_verification_results::{CryptogramType, Cvr};
use hcepay_core::known_answers::cvn::{Cvn, Padding};
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::mac::retail_mac;
use hcepay_core::{Atc, Method, SecretKey};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_tests::terminal::{Outcome, Terminal};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CARDS: [(&str, Cvn); 3] =
    [("kernel3-cvn18", Cvn::Kernel3Cvn12), ("kernel7-cvn01", Cvn::Kernel7Cvn01), ("kernel2-cvn14", Cvn::Kernel2Cvn14)];
const ROUNDS: usize = 31;
const TAPS_PER_ROUND: u32 = 300;
const COUNTED_TAPS: u64 = 50;

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().position(|argument| argument == "--count") {
        Some(at) => count(&arguments[at + 1], &arguments[at + 2]),
        None => compare(),
    }
}

/// One tap of one card, as commands that can be played again and again.
struct Tap {
    phone: Phone,
    commands: Vec<(String, Vec<u8>)>,
    key: SecretKey,
    input: Vec<u8>,
    store_key: LessSafeKey,
}

/// The record of a consumption, its header and tag left out: number, synced number, kind, contact, use (card, AID, channel,
/// counter), amount, currency, wall clock.
const RECORD: usize = 8 + 8 + 1 + 8 + (4 + 1 + 7 + 1 + 2) + 8 + 2 + 8;

impl Tap {
    /// Records what the terminal sends to this card.
    fn record(card: &str, cvn: Cvn) -> Tap {
        let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
        phone.receive_keys(10);
        phone.verify_holder();
        // A reader that does neither CDA nor verification on the phone: beside the signature nothing else would be seen.
        let terminal = Terminal { cda_supported: false, kernel_configuration: 0x00, ..Terminal::default() };
        let tap = terminal.pay(&PURCHASE, &mut |command| phone.process(command));
        assert_eq!(tap.outcome, Outcome::OnlineRequest);
        phone.leave_field();
        let commands = tap.exchanges.into_iter().map(|exchange| (name(&exchange.command), exchange.command)).collect();
        let fixed_part = &phone.demo_card().applications[0].issuer_application_data;
        let input = input(cvn, &FixedPart::parse(cvn, fixed_part).unwrap());
        let store_key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0x5C; 32]).unwrap());
        Tap { phone, commands, key: SecretKey::new(Box::new([0x5A; 16])), input, store_key }
    }

    fn make_ready(&mut self) {
        self.phone.keep_in_keys();
        self.phone.verify_holder();
    }

    fn play(&mut self) {
        for (_, command) in &self.commands {
            black_box(self.phone.process(black_box(command)));
        }
    }

    /// The MAC, and the seal on the record that the key is spent.
    fn primitives(&self) {
        let mut record = black_box([0x31; RECORD]);
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let tag = self.store_key.seal_in_place_separate_tag(nonce, Aad::from([0; 32]), &mut record);
        assert!(black_box(tag).is_ok());
        black_box(retail_mac(black_box(&self.key), Padding::Method2, black_box(&self.input)));
    }
}

/// What this card signs in this tap.
fn input(cvn: Cvn, fixed_part: &FixedPart) -> Vec<u8> {
    let cvr = Cvr::of(cvn, CryptogramType::Arqc, Verdict::Verified(Method::Biometric));
    let iad = Iad::of(cvn, fixed_part, &cvr, [0; 4]);
    let transaction = TransactionData {
        amount_authorised: [0, 0, 0, 0, 0x12, 0x50],
        amount_other: [0; 6],
        terminal_country: [0x02, 0x76],
        tvr: [0; 5],
        currency: [0x09, 0x78],
        date: [0x26, 0x01, 0x01],
        transaction_type: [0],
        unpredictable_number: [0x11, 0x22, 0x33, 0x44],
    };
    let atc = Atc::new(1).unwrap();
    CryptogramInput { transaction: &transaction, aip: [0, 0x40], atc, cvr: &cvr, iad: &iad }.bytes(cvn)
}

fn name(command: &[u8]) -> String {
    let name = match command[..2] {
        [0x00, 0xA4] if command[5] == b'2' => "SELECT directory",
        [0x00, 0xA4] => "SELECT application",
        [0x80, 0xA8] => "GET PROCESSING OPTIONS",
        [0x80, 0xAE] => "GENERATE AC",
        _ => return format!("READ RECORD {}.{}", command[3] >> 3, command[2]),
    };
    name.to_owned()
}

/// One line of the table.
struct Row {
    name: String,
    /// Nanoseconds, one figure a round.
    times: Vec<f64>,
    allocations: usize,
    instructions: Option<u64>,
}

impl Row {
    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }
}

fn compare() {
    let mut taps = CARDS.map(|(card, cvn)| Tap::record(card, cvn));
    let mut tables: [Vec<Row>; 3] = [vec![], vec![], vec![]];
    let clock = clock_overhead();
    for round in 0..ROUNDS {
        for (tap, table) in taps.iter_mut().zip(&mut tables) {
            measure(tap, table, round, clock);
        }
    }
    for ((card, _), table) in CARDS.iter().zip(&mut tables) {
        for row in table.iter_mut() {
            row.instructions = instructions(card, &row.name);
        }
        print(card, table);
    }
}

/// How long it takes to read the clock twice.
fn clock_overhead() -> Duration {
    let mut overheads: Vec<Duration> = (0..10_000).map(|_| Instant::now().elapsed()).collect();
    overheads.sort();
    overheads[overheads.len() / 2]
}

/// One round: each command alone, then whole taps, then the primitives.
fn measure(tap: &mut Tap, table: &mut Vec<Row>, round: usize, clock: Duration) {
    let names =
        tap.commands.iter().map(|(name, _)| name.clone()).chain(["whole tap".to_owned(), "its primitives".to_owned()]);
    if round == 0 {
        table.extend(names.map(|name| Row { name, times: vec![], allocations: 0, instructions: None }));
    }
    let count = tap.commands.len();
    let mut spent = vec![Duration::ZERO; count + 2];
    for _ in 0..TAPS_PER_ROUND {
        tap.make_ready();
        for (place, (_, command)) in tap.commands.iter().enumerate() {
            let region = Region::new(ALLOCATOR);
            let start = Instant::now();
            let answer = black_box(tap.phone.process(black_box(command)));
            spent[place] += start.elapsed().saturating_sub(clock);
            table[place].allocations = region.change().allocations;
            drop(answer);
        }
        tap.phone.leave_field();
    }
    for _ in 0..TAPS_PER_ROUND {
        tap.make_ready();
        let region = Region::new(ALLOCATOR);
        let start = Instant::now();
        tap.play();
        spent[count] += start.elapsed().saturating_sub(clock);
        table[count].allocations = region.change().allocations;
        tap.phone.leave_field();
    }
    for _ in 0..TAPS_PER_ROUND {
        let region = Region::new(ALLOCATOR);
        let start = Instant::now();
        tap.primitives();
        spent[count + 1] += start.elapsed().saturating_sub(clock);
        table[count + 1].allocations = region.change().allocations;
    }
    for (row, spent) in table.iter_mut().zip(spent) {
        row.times.push(spent.as_nanos() as f64 / f64::from(TAPS_PER_ROUND));
    }
}

/// Whoever reads may stop: `scripts/bench | head`.
fn print(card: &str, table: &[Row]) {
    let tap = &table[table.len() - 2];
    let primitives = &table[table.len() - 1];
    let _ = writeln!(
        std::io::stdout(),
        "\n{card:<24} {:>9} {:>14} {:>12} {:>14}",
        "ns",
        "of the tap",
        "allocations",
        "instructions"
    );
    for row in table {
        let share = format!("{:.0} %", row.median() / tap.median() * 100.0);
        let instructions = row.instructions.map_or("-".to_owned(), |count| count.to_string());
        let _ = writeln!(
            std::io::stdout(),
            "{:<24} {:>9.0} {share:>14} {:>12} {instructions:>14}",
            row.name,
            row.median(),
            row.allocations
        );
    }
    let ratio = tap.median() / primitives.median();
    let counted = tap.instructions.zip(primitives.instructions);
    let counted =
        counted.map_or(String::new(), |(tap, own)| format!(", {:.2} x in instructions", tap as f64 / own as f64));
    let _ = writeln!(std::io::stdout(), "whole tap / primitives = {ratio:.2} x in time{counted}");
}

/// Instructions of one row, counted by valgrind running this program on that row alone; `None` without valgrind.
fn instructions(card: &str, row: &str) -> Option<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*the_counted_part*"])
        .arg(env::current_exe().ok()?)
        .args(["--count", card, row])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stderr).ok()?;
    let collected = text.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse::<u64>().ok())?;
    Some(collected / COUNTED_TAPS)
}

/// What runs under valgrind: taps of which one row passes through `the_counted_part`.
fn count(card: &str, row: &str) {
    let (_, cvn) = CARDS.iter().find(|(name, _)| *name == card).unwrap();
    let mut tap = Tap::record(card, *cvn);
    for _ in 0..COUNTED_TAPS {
        tap.make_ready();
        match row {
            "whole tap" => the_counted_part(&mut || tap.play()),
            "its primitives" => the_counted_part(&mut || tap.primitives()),
            _ => {
                for (name, command) in &tap.commands {
                    let mut answer = || drop(black_box(tap.phone.process(black_box(command))));
                    if name == row { the_counted_part(&mut answer) } else { answer() }
                }
            }
        }
        tap.phone.leave_field();
    }
}

/// Valgrind counts while this function runs.
#[inline(never)]
fn the_counted_part(work: &mut dyn FnMut()) {
    work();
}
