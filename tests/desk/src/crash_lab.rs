//! The crash lab: a wallet's life on the simulated disk, the phone dying at every call of it, and again while it
//! recovers. It sees only what a terminal and an app see, and looks for one thing above all: a counter signed twice.
//!
//! The life: cards installed and deleted until the log is written anew, keys and seeds coming in, a card that the issuer's
//! envelopes install, suspend, resume and delete, and taps of two cards in turn, each chosen and armed, with a lease before
//! and a report after. At each crash point the disk may hold any of the images that [`Medium::after_kill`] and
//! [`Medium::after_power_loss`] list. The wallet is opened on the image, taps three times, and its own opening and taps
//! are crash points again.

mod life;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustc_hash::FxBuildHasher;

use crate::disk::{CrashPoint, Medium};
use life::{Known, live, second_life};

/// After so many violations there is nothing more to learn.
const ENOUGH: u64 = 1000;

/// What a run found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Distinct disk images, each opened and tapped on.
    pub images: u64,
    /// What must not happen, in words; the first few.
    pub violations: Vec<String>,
    /// How many violations there were.
    pub violation_count: u64,
    /// The most uses that one power loss burned.
    pub burned_at_most: u16,
}

/// A crash point and what was known.
#[derive(Hash)]
struct Moment {
    point: CrashPoint,
    known: Known,
    boot_count: u32,
}

/// Lives the life once and crashes in it until so many distinct images were tried (or all), on two threads.
pub fn run(images: u64, progress: &(dyn Fn(u64) + Sync)) -> Findings {
    let life = live();
    let bench = Bench::new(images);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (life, bench) = (&life, &bench);
            scope.spawn(move || {
                // Every thirteenth first, so that a short run sees the whole life too.
                for offset in 0..STRIDE {
                    for moment in life.iter().skip(offset).step_by(STRIDE).skip(half).step_by(2) {
                        if bench.is_done() {
                            return;
                        }
                        bench.crash_twice(moment);
                        progress(bench.images.load(Ordering::Relaxed));
                    }
                }
            });
        }
    });
    bench.findings()
}

const STRIDE: usize = 13;

/// The tables on which images are counted and judged.
struct Bench {
    wanted: u64,
    images: AtomicU64,
    seen: Mutex<HashSet<u64>>,
    findings: Mutex<Findings>,
    done: AtomicBool,
}

impl Bench {
    fn new(wanted: u64) -> Bench {
        Bench {
            wanted,
            images: AtomicU64::new(0),
            seen: Mutex::new(HashSet::new()),
            findings: Mutex::new(Findings::default()),
            done: AtomicBool::new(false),
        }
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }

    fn findings(self) -> Findings {
        let images = self.images.load(Ordering::Relaxed);
        let findings = self.findings.into_inner().expect("no thread panicked with it");
        Findings { images, ..findings }
    }

    fn crash_twice(&self, moment: &Moment) {
        let mut number: usize = 0;
        moment.images(&mut |medium, boot_count| {
            number = number.saturating_add(1);
            let record = number % 5 == 1;
            for second in self.judge(&medium, boot_count, moment, record).unwrap_or_default() {
                // Most images recover to what others recovered to, and live on alike.
                if self.is_new(&second) {
                    second.images(&mut |medium, boot_count| drop(self.judge(&medium, boot_count, &second, false)));
                }
            }
        });
    }

    /// Whether neither an image nor a moment like this was there before.
    fn is_new(&self, what: &impl Hash) -> bool {
        let hash = FxBuildHasher.hash_one(what);
        self.seen.lock().expect("no thread panicked with it").insert(hash)
    }

    /// Opens the wallet on an image and taps. Gives the crash points of that, where they are wanted.
    fn judge(&self, medium: &Medium, boot_count: u32, moment: &Moment, record: bool) -> Option<Vec<Moment>> {
        if self.is_done() {
            return None;
        }
        let new = self.is_new(&(medium.log(), boot_count, moment.known));
        if !new && !record {
            return None;
        }
        if self.images.fetch_add(u64::from(new), Ordering::Relaxed) >= self.wanted {
            self.done.store(true, Ordering::Relaxed);
        }
        let power_was_lost = boot_count != moment.boot_count;
        match second_life(medium, boot_count, moment.known, power_was_lost, record) {
            Ok((moments, burned)) => {
                if power_was_lost && moment.known.power_losses == 0 {
                    let mut findings = self.findings.lock().expect("no thread panicked with it");
                    findings.burned_at_most = findings.burned_at_most.max(burned);
                }
                record.then_some(moments)
            }
            Err(violation) => {
                let mut findings = self.findings.lock().expect("no thread panicked with it");
                findings.violation_count = findings.violation_count.saturating_add(1);
                if findings.violation_count >= ENOUGH {
                    self.done.store(true, Ordering::Relaxed);
                }
                if findings.violations.len() < 10 {
                    findings.violations.push(format!("{violation}; in {:?}", call_name(&moment.point)));
                }
                None
            }
        }
    }
}

impl Moment {
    /// Every image that a crash at this moment may leave, and the boot in which it is found.
    fn images(&self, found: &mut dyn FnMut(Medium, u32)) {
        let next_boot = self.boot_count.saturating_add(1);
        self.point.before.after_kill(&self.point.call, &mut |medium| found(medium, self.boot_count));
        self.point.before.after_power_loss(&self.point.call, &mut |medium| found(medium, next_boot));
    }
}

fn call_name(point: &CrashPoint) -> String {
    format!("{:?}", point.call).chars().take(40).collect()
}
