//! Eight threads at one wallet: taps, arming, cards and keys coming and going, in no order. No counter is signed twice, no
//! one waits for ever.
//!
//! `HCEPAY_THREAD_OPERATIONS` says how many operations there are; 1,000,000 for the full run.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crate::checkout::{AID, fresh_number, key, terms_for};
use crate::slow_disk::SlowDisk;
use hcepay_core::{CardId, DEFAULT_WINDOW_MS, Error, KeyTerms, Method, Now, PaymentKey, Seed, Wallet};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const THREADS: u64 = 8;
const PATIENCE: Duration = Duration::from_secs(60);
const CLOSED_LOOP_AID: &str = "F048434550415901";
/// So high, and the card is given anew with another token.
const HIGH: u16 = 60_000;

type Token = [u8; 8];

/// A place in the wallet for one card at a time, of this kind.
struct Place {
    name: &'static str,
    aid: &'static str,
    card: Option<CardId>,
    generation: u16,
    next_atc: u16,
}

/// One wallet and all who are at it.
struct Bench {
    wallet: Wallet,
    disk: SlowDisk,
    places: [Mutex<Place>; 3],
    /// What was signed: token and counter.
    signed: Mutex<HashSet<(Token, u16)>>,
    /// The clock, which goes on with every operation.
    boot_ms: AtomicU64,
    done: AtomicU64,
    wanted: u64,
}

#[test]
fn eight_threads_sign_no_counter_twice_and_none_waits_for_ever() {
    let wanted = std::env::var("HCEPAY_THREAD_OPERATIONS").map_or(100_000, |text| text.parse().unwrap());
    let disk = SlowDisk::default();
    let wallet = Wallet::create(Box::new(disk.clone()), store_key(), issuer_key(), NEW_YEAR, randomness(1)).unwrap();
    let place = |name, aid| Mutex::new(Place { name, aid, card: None, generation: 0, next_atc: 1 });
    let places =
        [place("kernel3-no-verification", AID), place("kernel3-cvn18", AID), place("closed-loop", CLOSED_LOOP_AID)];
    let bench = Bench {
        wallet,
        disk,
        places,
        signed: Mutex::default(),
        boot_ms: AtomicU64::new(NEW_YEAR.boot_ms),
        done: AtomicU64::new(0),
        wanted,
    };
    (0..3).for_each(|place| bench.give_anew(place));
    thread::scope(|scope| {
        for seed in 0..THREADS {
            let bench = &bench;
            scope.spawn(move || bench.work(seed));
        }
        scope.spawn(|| bench.watch());
    });
    bench.judge();
}

impl Bench {
    fn work(&self, seed: u64) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut below = |limit: u32| random.next_u32() % limit;
        while self.done.fetch_add(1, Ordering::Relaxed) < self.wanted {
            let place = below(3) as usize;
            match below(100) {
                0..45 => self.tap(place),
                45..60 => self.arm(),
                60..64 => self.wallet.disarm(),
                64..72 => self.wallet.make_ready(self.now()).unwrap(),
                72..82 => self.wallet.mark_stored(self.wallet.mark()),
                82..88 => self.choose(place),
                88..93 => self.add_keys(place),
                93..99 => self.acknowledge(),
                _ => self.give_anew(place),
            }
        }
    }

    fn now(&self) -> Now {
        let boot_ms = self.boot_ms.fetch_add(2000, Ordering::Relaxed);
        Now { boot_ms, wall_ms: NEW_YEAR.wall_ms + boot_ms, ..NEW_YEAR }
    }

    /// Selects, asks, ends; other threads' commands may come in between, as from a reader that is confused.
    fn tap(&self, place: usize) {
        let aid = if place == 2 { CLOSED_LOOP_AID } else { AID };
        self.wallet.process(self.now(), &from_hex(&format!("00A40400{:02X}{aid}00", aid.len() / 2)).unwrap());
        let options = "80A8000023832132804000000000001250000000000000027600000000000978260101001122334400";
        let answer = self.wallet.process(self.now(), &from_hex(&options.replace("11223344", &fresh_number())).unwrap());
        if let Some(signed) = signed_in(&answer) {
            assert!(self.signed.lock().unwrap().insert(signed), "signed twice: {signed:02X?}");
        }
        self.wallet.deactivated(self.now());
    }

    fn arm(&self) {
        match self.wallet.arm(self.now(), Method::Biometric, DEFAULT_WINDOW_MS, None) {
            // Another thread may have taken it back meanwhile.
            Ok(_) | Err(Error::TakenBack) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn choose(&self, place: usize) {
        let card = self.places[place].lock().unwrap().card;
        if let Some(card) = card {
            match self.wallet.choose(card, self.now()) {
                // Another thread may have deleted it.
                Ok(()) | Err(Error::UnknownCard) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    fn add_keys(&self, place: usize) {
        let mut place = self.places[place].lock().unwrap();
        let Some(card) = place.card.filter(|_| place.next_atc < HIGH) else { return };
        let (first, count) = (place.next_atc, 12);
        let keys = match place.name {
            "closed-loop" => {
                let terms = KeyTerms { uses: count, ..terms_for(place.aid, first) };
                vec![PaymentKey::of_seed(&terms, Seed::new(Box::new([9; 32]))).unwrap()]
            }
            _ => (first..first + count).map(key).collect(),
        };
        self.wallet.add_keys_unsealed(card, keys, self.now()).unwrap();
        place.next_atc = first + count;
    }

    fn acknowledge(&self) {
        for report in self.wallet.reports() {
            self.wallet.acknowledge(report.id.unwrap()).unwrap();
        }
    }

    /// Deletes the card and installs it again: with its token, and so on above its last counter, or with another.
    fn give_anew(&self, place: usize) {
        let mut place = self.places[place].lock().unwrap();
        if let Some(card) = place.card.take() {
            self.wallet.delete(card).unwrap();
        }
        if place.next_atc >= HIGH || place.next_atc.is_multiple_of(5) {
            (place.generation, place.next_atc) = (place.generation + 1, 1);
        }
        let card = self.wallet.install_unsealed(&profile_of(place.name, place.generation)).unwrap();
        place.card = Some(card);
    }

    /// Ends the process where nothing moves.
    fn watch(&self) {
        let (mut before, mut waited) = (0, Duration::ZERO);
        let second = Duration::from_millis(200);
        loop {
            thread::sleep(second);
            match self.done.load(Ordering::Relaxed) {
                done if done >= self.wanted => return,
                done if done == before => waited += second,
                done => (before, waited) = (done, Duration::ZERO),
            }
            if waited >= PATIENCE {
                tell(&format!("eight threads stand still after {before} operations"));
                std::process::abort();
            }
        }
    }

    /// Found again after all that, at its mark, the wallet pays on with all cards, above all that was signed.
    fn judge(self) {
        let signed = self.signed.lock().unwrap().len();
        assert!(signed as u64 > self.wanted / 20, "{signed} cryptograms");
        let disk = Box::new(Disk::of(self.disk.disk.medium()));
        let found = Wallet::open(disk, store_key(), self.wallet.mark(), self.now(), randomness(2)).unwrap();
        assert!(!found.is_rolled_back());
        let bench = Bench { wallet: found, ..self };
        for place in 0..3 {
            bench.add_keys(place);
            bench.choose(place);
            for _ in 0..3 {
                bench.arm();
                bench.tap(place);
            }
        }
        assert_eq!(bench.signed.lock().unwrap().len(), signed + 9);
        tell(&format!("threads: {} operations on 8 of them, {signed} cryptograms, none twice", bench.wanted));
    }
}

/// Token and counter of an answer with a cryptogram.
fn signed_in(answer: &[u8]) -> Option<(Token, u16)> {
    let at = answer.windows(3).position(|window| window == [0x9F, 0x36, 0x02])?;
    Some((token_of(answer), u16::from_be_bytes([answer[at + 3], answer[at + 4]])))
}

/// The tokens of the demo cards here are of 16 digits and begin like no other data.
fn token_of(bytes: &[u8]) -> Token {
    let at = bytes.windows(4).position(|window| window == [0x99, 0x99, 0x00, 0x00]).unwrap();
    bytes[at..at + 8].try_into().unwrap()
}

/// The demo card, its token's digits before the last four replaced by the generation.
fn profile_of(name: &str, generation: u16) -> Vec<u8> {
    let mut profile = demo_card(name).unwrap().profile();
    let token = token_of(&profile);
    let digits = from_hex(&format!("{generation:04}")).unwrap();
    for at in 0..profile.len() - 8 {
        if profile[at..at + 8] == token {
            profile[at + 4..at + 6].copy_from_slice(&digits);
        }
    }
    profile
}
