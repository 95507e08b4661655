//! A terminal that sends anything in any order: the card never panics, always answers with a status word, never more
//! than 256 bytes, and never gives a cryptogram that it should not.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test"
)]

use std::collections::BTreeMap;

use hcepay_desk::phone::{NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_desk::watch::{WATCHED_CARDS, Watch};
use hcepay_tests::bytes::from_hex;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const COMMANDS: usize = 1_000_000;
const LONGEST_SEQUENCE: usize = 10;
/// How many sequences one wallet lives through.
const SEQUENCES_PER_WALLET: usize = 20;

#[test]
fn a_million_commands_never_panic_and_never_win_a_cryptogram_too_many() {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(20_260_101));
    let mut tally = Tally::default();
    let mut wallet = 0;
    while tally.commands < COMMANDS {
        let (card, pays_unverified) = WATCHED_CARDS[wallet % WATCHED_CARDS.len()];
        wallet += 1;
        let mut phone = Phone::new(card, 0, NEW_YEAR).unwrap();
        phone.receive_keys(6);
        let mut watch = Watch::new(pays_unverified);
        for _ in 0..SEQUENCES_PER_WALLET {
            play_sequence(&mut dice, &mut phone, &mut watch, &mut tally);
        }
    }
    tally.print();
    assert!(tally.sequences_with_request * 10 >= tally.sequences, "too few sequences reach a cryptogram request");
    assert!(tally.cryptograms > 1000);
}

/// One contact of random length, half of them by grammar, half random or mutated.
fn play_sequence(dice: &mut Dice, phone: &mut Phone, watch: &mut Watch, tally: &mut Tally) {
    if dice.one_in(2) {
        phone.verify_holder();
        watch.arm();
    }
    if dice.one_in(20) {
        phone.wait(dice.below(60_000) as u64);
    }
    let names = phone.demo_card().applications.iter().map(|application| application.aid.clone()).collect();
    let mut talk = Talk { names, list: Vec::new(), generates: false };
    let by_grammar = dice.one_in(2);
    let length = 1 + dice.below(LONGEST_SEQUENCE);
    let mut reached = false;
    for step in 0..length {
        let command = match (by_grammar, dice.below(4)) {
            (true, _) => talk.likely_command(dice, step),
            (false, 0) => dice.bytes(300),
            (false, _) => {
                let command = talk.likely_command(dice, step);
                dice.mutate(command)
            }
        };
        let answer = phone.process(&command);
        let seen = watch.answer(&command, &answer);
        reached |= talk.is_cryptogram_request(&command) && !matches!(seen.status_word, 0x6985 | 0x6700);
        *tally.status_words.entry(seen.status_word).or_default() += 1;
        tally.commands += 1;
        tally.cryptograms += usize::from(seen.cryptogram);
        talk.listen(&command, &answer);
    }
    tally.sequences += 1;
    tally.sequences_with_request += usize::from(reached);
    phone.leave_field();
}

/// What a terminal learns from the card, so that it can ask for cryptograms in the right form.
struct Talk {
    names: Vec<Vec<u8>>,
    list: Vec<u8>,
    generates: bool,
}

impl Talk {
    /// A command that a terminal might send, its parameters mostly right.
    fn likely_command(&self, dice: &mut Dice, step: usize) -> Vec<u8> {
        // Kernel 2 wants its records read before it generates, but the card does not insist.
        match (step, dice.below(10)) {
            (0, _) | (_, 0) => self.select(dice),
            (_, 1) => vec![0x00, 0xB2, 1 + dice.below(3) as u8, (1 + dice.below(4) as u8) << 3 | 4, 0],
            (_, 2) => vec![0x80, 0xCA, 0x9F, 0x36, 0x00],
            (_, 3..=6) => self.processing_options(dice),
            _ => self.generate_ac(dice),
        }
    }

    /// Mostly an application that the card has.
    fn select(&self, dice: &mut Dice) -> Vec<u8> {
        let own = self.names[dice.below(self.names.len())].clone();
        let others: [&[u8]; 4] =
            [b"2PAY.SYS.DDF01", &[0xA0, 0, 0, 0, 3], &[0xA0, 0, 0, 0, 4, 0x10, 0x10], &[0xA0, 0, 0, 0, 3, 0x10, 0x10]];
        let name = if dice.one_in(3) { others[dice.below(4)].to_vec() } else { own };
        let occurrence = if dice.one_in(8) { 2 } else { 0 };
        [&[0x00, 0xA4, 0x04, occurrence, name.len() as u8][..], &name, &[0]].concat()
    }

    fn processing_options(&self, dice: &mut Dice) -> Vec<u8> {
        let values = if self.generates { Vec::new() } else { values(&self.list, dice) };
        let length = values.len() as u8;
        [&[0x80, 0xA8, 0, 0, length + 2, 0x83, length][..], &values, &[0]].concat()
    }

    fn generate_ac(&self, dice: &mut Dice) -> Vec<u8> {
        let cdol1 = from_hex("9F02069F03069F1A0295055F2A029A039C019F37049F35019F45029F4C089F3403").unwrap();
        let values = values(&cdol1, dice);
        let p1 = [0x80, 0x40, 0x80, 0x00, 0x90][dice.below(5)];
        [&[0x80, 0xAE, p1, 0, values.len() as u8][..], &values, &[0]].concat()
    }

    fn is_cryptogram_request(&self, command: &[u8]) -> bool {
        matches!((command, self.generates), ([0x80, 0xAE, ..], true) | ([0x80, 0xA8, ..], false))
    }

    /// Remembers what was selected and what it asks for.
    fn listen(&mut self, command: &[u8], answer: &[u8]) {
        if let ([0x00, 0xA4, ..], [0x6F, _, 0x84, length, rest @ ..]) = (command, answer) {
            self.generates = rest[..usize::from(*length)].starts_with(&[0xA0, 0, 0, 0, 4]);
            let list = answer.windows(2).position(|window| window == [0x9F, 0x38]);
            self.list =
                list.map(|at| answer[at + 3..at + 3 + usize::from(answer[at + 2])].to_vec()).unwrap_or_default();
        }
    }
}

/// Values for a data object list, each mostly what it should be.
fn values(mut list: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut values = Vec::new();
    while let [first, rest @ ..] = list {
        let long = first & 0x1F == 0x1F;
        let tag = if long { u16::from_be_bytes([*first, rest[0]]) } else { u16::from(*first) };
        let rest = if long { &rest[1..] } else { rest };
        let mut value = dice.exactly(usize::from(rest[0]));
        match tag {
            0x9F02 | 0x9F03 | 0x9F1A | 0x5F2A if !dice.one_in(16) => value.iter_mut().for_each(|byte| *byte &= 0x77),
            0x9F66 if !dice.one_in(4) => value = vec![0x30, 0x80, 0x40, 0x00],
            0x9F34 => value[0] = [0x01, 0x3F, 0x1F, 0x41][dice.below(4)],
            _ => {}
        }
        values.extend(value);
        list = &rest[1..];
    }
    values
}

/// Where all chance comes from, the same in every run.
struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn exactly(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    fn bytes(&mut self, bound: usize) -> Vec<u8> {
        let length = self.below(bound);
        self.exactly(length)
    }

    /// One to three small wounds.
    fn mutate(&mut self, mut command: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(3) {
            let at = self.below(command.len().max(1));
            match self.below(5) {
                0 if !command.is_empty() => command[at] ^= 1 << self.below(8),
                1 if !command.is_empty() => command[at] = [0x00, 0xFF, 0x80, 0x7F][self.below(4)],
                2 => command.truncate(at),
                3 => command.insert(at.min(command.len()), self.0.next_u32() as u8),
                _ => command.extend(self.bytes(8)),
            }
        }
        command
    }
}

#[derive(Default)]
struct Tally {
    commands: usize,
    sequences: usize,
    sequences_with_request: usize,
    cryptograms: usize,
    status_words: BTreeMap<u16, usize>,
}

impl Tally {
    fn print(&self) {
        let reached = self.sequences_with_request * 100 / self.sequences;
        tell(&format!(
            "hostile terminal: {} commands in {} sequences, {reached} % of them with a well-formed cryptogram request, {} cryptograms",
            self.commands, self.sequences, self.cryptograms
        ));
        let status_words = self.status_words.iter().map(|(status_word, count)| format!("{status_word:04X} {count}"));
        tell(&format!("answers: {}", status_words.collect::<Vec<_>>().join(", ")));
    }
}
