//! A wallet's files are damaged behind its back on a real directory, or an older copy of them is put back, and the platform's mark
//! is kept: whatever the wallet then does, it signs nothing twice.
//!
//! Each kind of damage is tried 300 times; as often as `HCEPAY_DAMAGED_FILES` says, in longer runs.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use hcepay_core::{DEFAULT_WINDOW_MS, Files, Method, Now, Wallet};
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::demo_card;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::checkout::{AID, CARD, fresh_number, key};

const TIMES: u32 = 300;
const TIMES_WANTED: &str = "HCEPAY_DAMAGED_FILES";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A bit anywhere.
    Flip,
    /// A bit of what was written last.
    TailFlip,
    /// The file is cut.
    Truncate,
    /// Something stands behind it.
    Append,
    /// The file as it was once.
    Copy,
}

/// A wallet in a directory, what it has signed, and copies of its file.
struct Life {
    directory: PathBuf,
    wallet: Option<Wallet>,
    now: Now,
    mark: u64,
    signed: BTreeSet<u16>,
    copies: Vec<Vec<u8>>,
    next_key: u16,
    dice: ChaCha8Rng,
}

impl Life {
    fn new(directory: &Path, seed: u64) -> Life {
        let _ = fs::remove_dir_all(directory);
        fs::create_dir_all(directory).unwrap();
        let files = Box::new(Files::lock(directory).unwrap());
        let wallet = Wallet::create(files, store_key(), issuer_key(), NEW_YEAR, randomness(seed)).unwrap();
        wallet.install_unsealed(&demo_card(CARD).unwrap().profile()).unwrap();
        let mut life = Life {
            directory: directory.to_owned(),
            wallet: Some(wallet),
            now: NEW_YEAR,
            mark: 0,
            signed: BTreeSet::new(),
            copies: Vec::new(),
            next_key: 1,
            dice: ChaCha8Rng::seed_from_u64(seed),
        };
        life.keep_mark();
        life
    }

    fn up_to(&mut self, limit: u32) -> u32 {
        self.dice.next_u32() % limit.max(1)
    }

    fn ledger(&self) -> PathBuf {
        self.directory.join("ledger")
    }

    fn keep_mark(&mut self) {
        if let Some(wallet) = &self.wallet {
            self.mark = self.mark.max(wallet.mark());
            wallet.mark_stored(self.mark);
        }
    }

    /// Some taps, each as the app plays it.
    fn live(&mut self) {
        for _ in 0..1 + self.up_to(4) {
            let Some(wallet) = &self.wallet else { return };
            let Some(card) = wallet.cards().first().copied() else { return };
            let left = wallet.card(card, self.now.wall_ms).map_or(0, |card| card.applications[0].uses_left);
            if left == 0 {
                let keys = (self.next_key..self.next_key + 3).map(key).collect();
                self.next_key += 3;
                let _ = wallet.add_keys_unsealed(card, keys, self.now);
                self.keep_mark();
            }
            self.pay();
            self.make_ready();
            self.copies.push(fs::read(self.ledger()).unwrap_or_default());
        }
    }

    /// The process dies before the phone could make itself ready again: the mark knows nothing of the last tap.
    fn die_after_a_tap(&mut self) {
        self.pay();
        self.wallet = None;
    }

    fn pay(&mut self) {
        let Some(wallet) = &self.wallet else { return };
        let _ = wallet.arm(self.now, Method::Biometric, DEFAULT_WINDOW_MS, None);
        let send =
            |command: &str| wallet.process(self.now, &from_hex(&command.replace("11223344", &fresh_number())).unwrap());
        send(&format!("00A40400{:02X}{AID}00", AID.len() / 2));
        send("80A8000023832132804000000000001250000000000000027600000000000978260101001122334400");
        let report = wallet.deactivated(self.now);
        if let Some(atc) = report.atc {
            assert!(self.signed.insert(atc.number()), "{} is signed again", atc.number());
        }
        for report in wallet.reports() {
            let _ = wallet.acknowledge(report.id.unwrap());
        }
    }

    fn make_ready(&mut self) {
        if let Some(wallet) = &self.wallet {
            let _ = wallet.make_ready(self.now);
        }
        self.keep_mark();
    }

    fn damage(&mut self, kind: Kind) {
        let path = self.ledger();
        let mut content = fs::read(&path).unwrap();
        let length = u32::try_from(content.len()).unwrap();
        let bit = 1 << self.up_to(8);
        match kind {
            Kind::Flip => {
                let place = self.up_to(length) as usize;
                content[place] ^= bit;
            }
            Kind::TailFlip => {
                let place = content.len() - 1 - self.up_to(length.min(400)) as usize;
                content[place] ^= bit;
            }
            Kind::Truncate => {
                let cut = self.up_to(length.min(600)) as usize;
                content.truncate(content.len() - 1 - cut);
            }
            Kind::Append => {
                let more = vec![bit; 1 + self.up_to(300) as usize];
                content.extend(more);
            }
            Kind::Copy => {
                let last = u32::try_from(self.copies.len()).unwrap();
                let place = self.up_to(last) as usize;
                content = self.copies[place].clone();
            }
        }
        fs::write(&path, content).unwrap();
    }

    /// Damaged in the life of a process or between two, in the same boot or the next.
    fn next_process(&mut self, kind: Kind) -> bool {
        let live = self.up_to(4) == 0 && kind == Kind::Append;
        if live {
            let foreign = [0x5A];
            fs::OpenOptions::new().append(true).open(self.ledger()).unwrap().write_all(&foreign).unwrap();
            self.live();
        }
        // What is cut off or put back in that time only the issuer can notice.
        if matches!(kind, Kind::Flip | Kind::TailFlip | Kind::Append) && self.up_to(2) == 0 {
            self.die_after_a_tap();
        }
        self.wallet = None;
        if !live {
            self.damage(kind);
        }
        self.now.boot_ms += 1000;
        if self.up_to(3) == 0 {
            self.now = Now { boot_count: self.now.boot_count + 1, boot_ms: 1000, ..self.now };
        }
        let files = Box::new(Files::lock(&self.directory).unwrap());
        let seed = self.dice.next_u64();
        self.wallet = Wallet::open(files, store_key(), self.mark, self.now, randomness(seed)).ok();
        self.keep_mark();
        self.wallet.as_ref().is_some_and(|wallet| !wallet.is_rolled_back())
    }
}

#[test]
fn whatever_becomes_of_its_files_a_wallet_signs_nothing_twice() {
    let directory = tempfile::tempdir().unwrap();
    let times = std::env::var(TIMES_WANTED).map_or(TIMES, |wanted| wanted.parse().unwrap());
    let mut told = Vec::new();
    for kind in [Kind::Flip, Kind::TailFlip, Kind::Truncate, Kind::Append, Kind::Copy] {
        let (mut paying, mut cryptograms) = (0, 0);
        let mut life = Life::new(directory.path(), 0);
        for time in 0..times {
            life.live();
            let pays = life.next_process(kind);
            life.live();
            paying += u32::from(pays);
            if !pays {
                // Only the issuer helps, and by giving other keys: another wallet.
                cryptograms += life.signed.len();
                life = Life::new(directory.path(), u64::from(time) + 1);
            }
        }
        cryptograms += life.signed.len();
        told.push(format!("{kind:?} {paying} of {times} paid on"));
        assert!(cryptograms > times as usize);
    }
    tell(&format!("damaged files: {}, none signed twice", told.join(", ")));
}
