//! What a tap costs the card: time, instructions where valgrind can count them, heap allocations; per command, for the
//! whole tap, and for the cryptographic primitives of that tap alone on the same input: the cryptogram's MAC and the seal
//! of the ledger's record. The disk is one in memory. Then what a signature costs (CDA), by the length of the card's key, beside its
//! two modular exponentiations alone. Medians of interleaved rounds, side by side in one run: compare the ratios, not the
//! times of one machine with those of another.

#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "a benchmark")]

use std::alloc::System;
use std::env;
use std::fs;
use std::hint::black_box;
use std::io::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U704};
use hcepay_core::known_answers::FixedPart;
use hcepay_core::known_answers::IccKey;
use hcepay_core::known_answers::Verdict;
use hcepay_core::known_answers::card_verification_results::{CryptogramType, Cvr};
use hcepay_core::known_answers::cvn::{Cvn, Padding};
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::mac::retail_mac;
use hcepay_core::{Atc, Method, SecretKey};
use hcepay_desk::phone::{NEW_YEAR, PURCHASE, Phone};
use hcepay_tests::issuer::certification::KeyPair;
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
        None => {
            compare();
            signatures();
        }
    }
}

/// One tap of one card, as commands that can be played again and again.
struct Tap {
    phone: Phone,
    commands: Vec<(String, Vec<u8>)>,
    key: SecretKey,
    input: Vec<u8>,
    store_key: LessSafeKey,
    /// Bytes of the record that the tap writes, without its header and its tag: what is sealed.
    record: usize,
}

/// Of a record in the ledger: what stands before its ciphertext, and the tag behind it.
const AROUND_A_RECORD: usize = 1 + 4 + 2 + 16;

impl Tap {
    /// Records what the terminal sends to this card.
    fn record(card: &str, cvn: Cvn) -> Tap {
        let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
        phone.receive_keys(10);
        phone.verify_holder();
        // A reader that does neither CDA nor verification on the phone: beside the signature nothing else would be seen.
        let terminal = Terminal { cda_supported: false, kernel_configuration: 0x00, ..Terminal::default() };
        let before = phone.wallet().ledger_length();
        let tap = terminal.pay(&PURCHASE, &mut |command| phone.process(command));
        assert_eq!(tap.outcome, Outcome::OnlineRequest);
        let record = (phone.wallet().ledger_length() - before) as usize - AROUND_A_RECORD;
        phone.leave_field();
        let commands = tap.exchanges.into_iter().map(|exchange| (name(&exchange.command), exchange.command)).collect();
        let fixed_part = &phone.demo_card().applications[0].issuer_application_data;
        let input = input(cvn, &FixedPart::parse(cvn, fixed_part).unwrap());
        let store_key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[0x5C; 32]).unwrap());
        Tap { phone, commands, key: SecretKey::new(Box::new([0x5A; 16])), input, store_key, record }
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
        let mut room = black_box([0x31; 128]);
        let record = &mut room[..self.record];
        let nonce = Nonce::assume_unique_for_key([0; 12]);
        let tag = self.store_key.seal_in_place_separate_tag(nonce, Aad::from([0; 32]), record);
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
    reallocations: usize,
    /// The wipe of the stack left out: what the processor does in one instruction, valgrind counts byte by byte.
    instructions: Option<u64>,
}

impl Row {
    fn median(&self) -> f64 {
        let mut times = self.times.clone();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }

    fn counted(&mut self, region: &Region<'_, System>) {
        let change = region.change();
        (self.allocations, self.reallocations) = (change.allocations, change.reallocations);
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
    for (((card, _), table), tap) in CARDS.iter().zip(&mut tables).zip(&taps) {
        for row in table.iter_mut() {
            row.instructions = instructions(card, &row.name);
        }
        print(card, table);
        let (sealed, signed) = (tap.record, tap.input.len());
        let _ = writeln!(std::io::stdout(), "its primitives: a seal on {sealed} bytes, a MAC over {signed}");
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
        table.extend(names.map(|name| Row {
            name,
            times: vec![],
            allocations: 0,
            reallocations: 0,
            instructions: None,
        }));
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
            table[place].counted(&region);
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
        table[count].counted(&region);
        tap.phone.leave_field();
    }
    for _ in 0..TAPS_PER_ROUND {
        let region = Region::new(ALLOCATOR);
        let start = Instant::now();
        tap.primitives();
        spent[count + 1] += start.elapsed().saturating_sub(clock);
        table[count + 1].counted(&region);
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
        "\n{card:<24} {:>9} {:>12} {:>12} {:>14} {:>14}",
        "ns",
        "of the tap",
        "allocations",
        "reallocations",
        "instructions"
    );
    for row in table {
        let share = format!("{:.0} %", row.median() / tap.median() * 100.0);
        let instructions = row.instructions.map_or("-".to_owned(), |count| count.to_string());
        let _ = writeln!(
            std::io::stdout(),
            "{:<24} {:>9.0} {share:>12} {:>12} {:>14} {instructions:>14}",
            row.name,
            row.median(),
            row.allocations,
            row.reallocations
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
    let counted = tempfile::NamedTempFile::new().ok()?;
    Command::new("valgrind")
        .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no", "--toggle-collect=*the_counted_part*"])
        .arg(format!("--callgrind-out-file={}", counted.path().display()))
        .arg(env::current_exe().ok()?)
        .args(["--count", card, row])
        .output()
        .ok()?;
    let instructions = without_the_wipe(&fs::read_to_string(counted.path()).ok()?);
    (instructions > 0).then_some(instructions / COUNTED_TAPS)
}

/// Of what callgrind wrote: all functions' own instructions, but for those of the one that wipes the stack and of what it calls.
fn without_the_wipe(counted: &str) -> u64 {
    let (mut sum, mut wiped, mut is_wipe, mut is_of_a_call) = (0, 0, false, false);
    for line in counted.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            is_wipe = name.contains("burn_stack");
        } else if line.starts_with("calls=") {
            // The next line has what was called with all that it called.
            is_of_a_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let count = line.split(' ').nth(1).and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
            if is_wipe {
                wiped += count;
            }
            if !is_of_a_call {
                sum += count;
            }
            is_of_a_call = false;
        }
    }
    sum - wiped
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

/// What it costs to sign once, with a key of each length that the demo cards have.
fn signatures() {
    let _ = writeln!(std::io::stdout(), "\nsignature {:>23} {:>22} {:>8}", "µs", "exponentiations alone", "ratio");
    for bits in [896, 1024, 1152, 1408] {
        let pair = KeyPair::of_card(bits, false).unwrap();
        let exponent = pair.exponent.iter().fold(0, |exponent, byte| exponent << 8 | u32::from(*byte));
        let key = IccKey::of(&pair.numbers, exponent, &[0x5A; 176]).unwrap();
        let mut block = vec![0xBB; bits / 8];
        block[0] = 0x6A;
        let exponentiations = Exponentiations::of(&pair.numbers);
        let (mut signed, mut alone) = (Vec::new(), Vec::new());
        for _ in 0..201 {
            let start = Instant::now();
            assert!(black_box(key.sign(black_box(&block))).is_some());
            signed.push(start.elapsed());
            let start = Instant::now();
            exponentiations.compute();
            alone.push(start.elapsed());
        }
        let [signed, alone] = [signed, alone].map(|mut times| {
            times.sort();
            times[times.len() / 2].as_nanos() as f64 / 1000.0
        });
        let _ = writeln!(
            std::io::stdout(),
            "{:<24} {signed:>8.0} {alone:>22.0} {:>8.2}",
            format!("{bits} bits"),
            signed / alone
        );
    }
}

/// The two that a signature by the Chinese remainder theorem takes, modulo p and modulo q.
struct Exponentiations([(FixedMontyForm<{ U704::LIMBS }>, U704); 2], u32);

impl Exponentiations {
    /// Of p, q, d mod (p - 1) and d mod (q - 1).
    fn of(numbers: &[u8]) -> Exponentiations {
        let half = numbers.len() / 5;
        let number = |place: usize| {
            let mut bytes = [0; U704::BYTES];
            bytes[U704::BYTES - half..].copy_from_slice(&numbers[place * half..(place + 1) * half]);
            U704::from_be_slice(&bytes)
        };
        let base = |place| {
            let modulo = FixedMontyParams::new(Odd::new(number(place)).unwrap());
            FixedMontyForm::new(&U704::from_u64(0x6ABB), &modulo)
        };
        Exponentiations([(base(0), number(2)), (base(1), number(3))], half as u32 * 8)
    }

    fn compute(&self) {
        for (base, exponent) in &self.0 {
            black_box(black_box(base).pow_bounded_exp(black_box(exponent), self.1));
        }
    }
}
