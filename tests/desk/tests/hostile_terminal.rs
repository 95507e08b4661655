//! A terminal that sends anything in any order: the card never panics, always answers with a status word, never more
//! than 256 bytes, and never gives a cryptogram that it should not.

use std::collections::BTreeMap;

use hcepay_core::DEFAULT_WINDOW_MS;
use hcepay_desk::phone::{KEY_LIFE_MS, NEW_YEAR, Phone};
use hcepay_desk::tally::tell;
use hcepay_desk::watch::{Seen, WATCHED_CARDS, Watch};
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
        let mut victim = Victim {
            phone: Phone::new(card, 0, NEW_YEAR).unwrap(),
            watch: Watch::new(pays_unverified),
            keys_from: Vec::new(),
        };
        victim.receive_keys(6);
        for _ in 0..SEQUENCES_PER_WALLET {
            play_sequence(&mut dice, &mut victim, &mut tally);
        }
    }
    tally.print();
    assert!(tally.sequences_with_request * 10 >= tally.sequences, "too few sequences reach a cryptogram request");
    assert!(tally.cryptograms > 1000);
    for reason in ["window-over", "key-expired", "key-not-yet-valid"] {
        assert!(tally.reasons.get(reason).is_some_and(|count| *count > 1000), "too few attempts end in {reason}");
    }
}

/// A watched phone, whose clocks someone else plays with.
struct Victim {
    phone: Phone,
    watch: Watch,
    /// The moments of the wall clock at which keys came; each is valid from then on.
    keys_from: Vec<u64>,
}

impl Victim {
    fn receive_keys(&mut self, count: u16) {
        self.phone.receive_keys(count);
        self.keys_from.push(self.phone.now().wall_ms);
    }

    fn verify_holder(&mut self) {
        self.phone.verify_holder();
        self.watch.arm(self.phone.now().boot_ms);
    }

    /// Someone waits, mostly to an edge of the window, or sets the wall clock, often to an edge of a key's life.
    fn play_with_clocks(&mut self, dice: &mut Dice) {
        if dice.one_in(2) {
            let random = dice.below(60_000) as u64;
            self.phone.wait([DEFAULT_WINDOW_MS - 1, DEFAULT_WINDOW_MS, random][dice.below(3)]);
        } else {
            let from = self.keys_from[dice.below(self.keys_from.len())];
            let edges = [from, from + KEY_LIFE_MS, from + KEY_LIFE_MS + 1];
            self.phone.set_wall_clock(if dice.one_in(2) { dice.wall_clock() } else { edges[dice.below(3)] });
        }
    }

    fn process(&mut self, command: &[u8]) -> (Vec<u8>, Seen) {
        let now = self.phone.now();
        let answer = self.phone.process(command);
        let seen = self.watch.answer(now.boot_ms, command, &answer);
        let valid = |from: &u64| (*from..=from + KEY_LIFE_MS).contains(&now.wall_ms);
        assert!(!seen.cryptogram || self.keys_from.iter().any(valid), "a cryptogram and no key for it at {now:?}");
        (answer, seen)
    }
}

/// One contact of random length, half of them by grammar, half random or mutated.
fn play_sequence(dice: &mut Dice, victim: &mut Victim, tally: &mut Tally) {
    if dice.one_in(2) {
        victim.verify_holder();
    }
    if dice.one_in(20) {
        victim.receive_keys(2);
    }
    let names = victim.phone.demo_card().applications.iter().map(|application| application.aid.clone()).collect();
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
        if dice.one_in(20) {
            victim.play_with_clocks(dice);
        }
        let (answer, seen) = victim.process(&command);
        reached |= talk.is_cryptogram_request(&command) && matches!(seen.status_word, 0x9000 | 0x6986);
        *tally.status_words.entry(seen.status_word).or_default() += 1;
        tally.commands += 1;
        tally.cryptograms += usize::from(seen.cryptogram);
        talk.listen(&command, &answer);
    }
    tally.sequences += 1;
    tally.sequences_with_request += usize::from(reached);
    for attempt in victim.phone.leave_field().attempts {
        *tally.reasons.entry(attempt.reason.name()).or_default() += 1;
    }
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

    /// Up to 40 days before or after the day on which the first keys began their 30 days.
    fn wall_clock(&mut self) -> u64 {
        let farthest = 40 * 24 * 3_600_000;
        NEW_YEAR.wall_ms - farthest + self.0.next_u64() % (2 * farthest)
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
    reasons: BTreeMap<&'static str, usize>,
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
        let reasons = self.reasons.iter().map(|(reason, count)| format!("{reason} {count}"));
        tell(&format!("attempts: {}", reasons.collect::<Vec<_>>().join(", ")));
    }
}
