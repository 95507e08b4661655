//! The crash lab: a wallet's life on the simulated disk, the phone dying at every call of it, and again while it
//! recovers. It sees only what a terminal and an app see, and looks for one thing above all: a counter signed twice.
//!
//! The life: cards installed and deleted until the log is written anew, keys and seeds coming in, a card that the issuer's
//! envelopes install, suspend, resume and delete, statements of its account and transfers from it, a coupon that readers take, notices
//! of the issuer, a row that the holder deletes, and taps of two cards in turn, each chosen and armed, with a lease before and a report
//! and a row after. At each crash point the disk may hold any of the images that [`Medium`] lists for a death. The wallet is
//! opened on the image, taps three times, and its own opening and taps are crash points again.
//!
//! Beside crashes there is what no crash does: the files are damaged while the phone is on, or an older copy of them is put
//! back. Then the wallet need not open and need not pay; but if it pays, it signs nothing twice.

mod account;
mod codes;
mod coupons;
mod holder;
mod life;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustc_hash::FxBuildHasher;

use hcepay_core::Now;

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
    now: Now,
}

/// How the life ended at a moment, or what became of its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Death {
    /// The process was killed between two calls.
    Kill,
    /// The process was killed in the middle of a write.
    CutWrite,
    /// A sync failed, and the wallet was opened again.
    FailedSync,
    /// The power was lost.
    PowerLoss,
    /// The power was lost, and a block with it that had been safe.
    LostBlock,
    /// Bits or bytes of the log were changed in the same boot.
    Damage,
    /// The log was cut in the same boot, or an older copy was put back.
    Older,
}

impl Death {
    /// Whether the wallet must open, and have lost nothing that was said to be there.
    fn is_a_crash(self) -> bool {
        matches!(self, Death::Kill | Death::CutWrite | Death::FailedSync | Death::PowerLoss)
    }

    /// Whether what was leased may burn.
    fn may_burn(self) -> bool {
        !matches!(self, Death::Kill | Death::FailedSync)
    }
}

/// One file system that a moment may leave behind.
struct Image {
    medium: Medium,
    now: Now,
    death: Death,
}

/// Lives the life once and crashes in it until so many distinct images were tried (or all), on two threads.
pub fn run(images: u64, progress: &(dyn Fn(u64) + Sync)) -> Findings {
    let life = live();
    let bench = Bench::new(images);
    std::thread::scope(|scope| {
        for half in 0..2 {
            let (life, bench) = (&life, &bench);
            scope.spawn(move || {
                // Some images of each moment first, then others: the whole life is seen by a short run too.
                for round in 0..ROUNDS {
                    for (place, moment) in life.iter().enumerate().skip(half).step_by(2) {
                        if bench.is_done() {
                            return;
                        }
                        bench.crash_twice(moment, place, round);
                        if round == 0 {
                            bench.meddle(moment, life.get(..place).unwrap_or_default());
                        }
                        progress(bench.images.load(Ordering::Relaxed));
                    }
                }
            });
        }
    });
    bench.findings()
}

/// In each round one of so many images of a moment is tried, one of so many of these is crashed in again, and of that
/// second life one of so many images again.
const FIRST: usize = 256;
const AGAIN: u64 = 200;
const SECOND: usize = 64;
/// All of a first life, and as much of the second ones.
const ROUNDS: usize = FIRST;
/// So often the log of each moment is damaged and cut, in so many bytes at its end.
const MEDDLED: usize = 6;
const TAIL: usize = 700;

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

    fn crash_twice(&self, moment: &Moment, place: usize, round: usize) {
        // Begun elsewhere in each moment: the first round sees every kind of death.
        let mut number = place;
        moment.images(&mut |image| {
            number = number.wrapping_add(1);
            // There is one of these in each moment: none is left to chance.
            let is_alone = round == 0 && matches!(image.death, Death::Kill | Death::FailedSync);
            if number % FIRST != round && !is_alone {
                return;
            }
            let record = FxBuildHasher.hash_one((number, moment.known, round)).is_multiple_of(AGAIN);
            for (place, second) in self.judge(&image, moment, record).unwrap_or_default().into_iter().enumerate() {
                // Most images recover to what others recovered to, and live on alike.
                if self.is_new(&(&second, round)) {
                    let mut number = place.wrapping_add(round);
                    second.images(&mut |image| {
                        number = number.wrapping_add(1);
                        if number.is_multiple_of(SECOND) {
                            drop(self.judge(&image, &second, false));
                        }
                    });
                }
            }
        });
    }

    /// Damages the log of a moment, and puts older copies back.
    fn meddle(&self, moment: &Moment, before: &[Moment]) {
        let Some(log) = moment.point.before.log() else { return };
        let judge = |log: Vec<u8>, death| {
            let image = Image { medium: Medium::of_log(log), now: moment.now, death };
            drop(self.judge(&image, moment, false));
        };
        for turn in 0..MEDDLED {
            let drawn: u64 = FxBuildHasher.hash_one((log.len(), turn));
            let from_end = drawn.checked_rem(TAIL.min(log.len()) as u64).unwrap_or(0);
            let from_end = usize::try_from(from_end).unwrap_or(0);
            let place = log.len().saturating_sub(from_end.saturating_add(1));
            let mut flipped = log.to_vec();
            if let Some(byte) = flipped.get_mut(place) {
                *byte ^= 1 << ((drawn >> 32) % 8);
            }
            judge(flipped, Death::Damage);
            judge(log.get(..place).unwrap_or_default().to_vec(), Death::Older);
        }
        for foreign in [&[0][..], b"R", b"S", &[0xA5; 100]] {
            judge([log, foreign].concat(), Death::Damage);
        }
        // A log that was written anew and never got the name.
        if let Some(next) = moment.point.before.next_log() {
            judge(next.to_vec(), Death::Older);
        }
        for ago in [1, 3, 9, 27, 81, 243] {
            let copy = before.len().checked_sub(ago).and_then(|place| before.get(place));
            let medium = copy.map(|copy| &copy.point.before);
            for log in medium.into_iter().flat_map(|medium| [medium.log(), medium.next_log()]).flatten() {
                judge(log.to_vec(), Death::Older);
            }
        }
    }

    /// Whether neither an image nor a moment like this was there before.
    fn is_new(&self, what: &impl Hash) -> bool {
        let hash = FxBuildHasher.hash_one(what);
        self.seen.lock().expect("no thread panicked with it").insert(hash)
    }

    /// Opens the wallet on an image and taps. Gives the crash points of that, where they are wanted.
    fn judge(&self, image: &Image, moment: &Moment, record: bool) -> Option<Vec<Moment>> {
        if self.is_done() {
            return None;
        }
        let new =
            self.is_new(&(image.medium.log(), image.medium.log_on_medium(), image.now, image.death, moment.known));
        if !new && !record {
            return None;
        }
        if self.images.fetch_add(u64::from(new), Ordering::Relaxed) >= self.wanted {
            self.done.store(true, Ordering::Relaxed);
        }
        match second_life(image, moment.known, record) {
            Ok((moments, burned)) => {
                if image.death == Death::PowerLoss && moment.known.losses == 0 {
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
                    let (death, call) = (image.death, call_name(&moment.point));
                    findings.violations.push(format!("{violation}; {death:?} in {call:?}"));
                }
                None
            }
        }
    }
}

impl Moment {
    /// Every image that a crash at this moment may leave, and the boot in which it is found.
    fn images(&self, found: &mut dyn FnMut(Image)) {
        let CrashPoint { before, call } = &self.point;
        let now = self.now;
        before.after_kill(call, &mut |medium| found(Image { medium, now, death: Death::Kill }));
        before.after_cut_write(call, &mut |medium| found(Image { medium, now, death: Death::CutWrite }));
        before.after_failed_sync(call, &mut |medium| found(Image { medium, now, death: Death::FailedSync }));
        let mut number: usize = 0;
        before.after_power_loss(call, &mut |medium| {
            number = number.saturating_add(1);
            found(Image { medium, now: after_power_loss(now, number), death: Death::PowerLoss });
        });
        let now = after_power_loss(now, 0);
        before.after_lost_block(call, &mut |medium| found(Image { medium, now, death: Death::LostBlock }));
    }
}

/// The next boot, as the platform counts it: mostly rightly. A count that falls does not come back to what it was: the same
/// count with a clock that is further on is the same boot to whoever sees nothing else.
fn after_power_loss(now: Now, number: usize) -> Now {
    let Now { boot_count, boot_ms, .. } = now;
    let (boot_count, boot_ms) = match number % 8 {
        1 => (boot_count, boot_ms.saturating_sub(1_000)),
        2 => (boot_count.saturating_sub(1), boot_ms),
        3 => (0, boot_ms.saturating_add(1_000)),
        _ => (boot_count.saturating_add(2), boot_ms),
    };
    Now { boot_count, boot_ms, ..now }
}

fn call_name(point: &CrashPoint) -> String {
    format!("{:?}", point.call).chars().take(40).collect()
}
