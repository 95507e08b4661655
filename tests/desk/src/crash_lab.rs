//! The crash lab: a wallet's life on the simulated disk, the phone dying at every call of it, and again while it
//! recovers. It sees only what a terminal and an app see, and looks for one thing above all: a counter signed twice.
//!
//! The life: cards installed and deleted until the log is written anew, keys coming in, and taps, each armed, with a
//! lease before and a report after. At each crash point the disk may hold any of the images that [`Medium::after_kill`]
//! and [`Medium::after_power_loss`] list. The wallet is opened on the image, taps, and its own opening and tap are
//! crash points again.

use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use hcepay_core::aid::Aid;
use hcepay_core::payment_key::PaymentKey;
use hcepay_core::verification::{DEFAULT_WINDOW_MS, Method};
use hcepay_core::{Now, Wallet};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::demo_cards::demo_card;
use hcepay_tests::issuer::profile::{Record, data_object, profile};
use rustc_hash::FxBuildHasher;

use crate::disk::{CrashPoint, Disk, Medium};
use crate::phone::{KEY_LIFE_MS, NEW_YEAR, payment_key, randomness, store_key};

const CARD: &str = "kernel3-no-verification";
const AID: [u8; 7] = [0xA0, 0, 0, 0, 3, 0x10, 0x10];
const TAPS: u16 = 60;
/// After so many violations there is nothing more to learn.
const ENOUGH: u64 = 1000;
/// What one power loss may burn.
const MOST_BURNED: u16 = 3;

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

/// What the outside world knows at a crash point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
struct Known {
    /// The highest counter that a terminal has seen a cryptogram of.
    signed: u16,
    /// The highest counter that the wallet said it has a key for.
    keys_up_to: u16,
    /// Cards that the wallet said it has, and cards that it said it deleted.
    cards: usize,
    deleted: usize,
    /// How many cryptograms were asked for and not answered.
    unanswered: u16,
    /// How often the power was lost so far.
    power_losses: u16,
}

/// A crash point and what was known.
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
                second.images(&mut |medium, boot_count| drop(self.judge(&medium, boot_count, &second, false)));
            }
        });
    }

    /// Opens the wallet on an image and taps. Gives the crash points of that, where they are wanted.
    fn judge(&self, medium: &Medium, boot_count: u32, moment: &Moment, record: bool) -> Option<Vec<Moment>> {
        if self.is_done() {
            return None;
        }
        let image = FxBuildHasher.hash_one((medium.log(), boot_count, moment.known));
        if !self.seen.lock().expect("no thread panicked with it").insert(image) && !record {
            return None;
        }
        if self.images.fetch_add(1, Ordering::Relaxed) >= self.wanted {
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

/// A wallet found again: it must open, have lost nothing that was said to be there, and sign nothing twice.
fn second_life(
    medium: &Medium,
    boot_count: u32,
    mut known: Known,
    power_was_lost: bool,
    record: bool,
) -> Result<(Vec<Moment>, u16), String> {
    known.power_losses = known.power_losses.saturating_add(u16::from(power_was_lost));
    let disk = Disk::of(medium.clone());
    if record {
        disk.record();
    }
    let now = Now { boot_count, ..NEW_YEAR };
    let mut moments = Vec::new();
    let opened = Wallet::open(Box::new(disk.clone()), store_key(), now, randomness(u64::from(boot_count)));
    let mut wallet = opened.map_err(|error| format!("the wallet does not open: {error}"))?;
    collect(&disk, &mut moments, known, boot_count);

    let cards = wallet.cards();
    if cards.len() < known.cards || cards.len() > known.cards.saturating_add(1) {
        return Err(format!("{} cards, {} were acknowledged", cards.len(), known.cards));
    }
    let Some(card) = cards.first().copied() else { return Ok((moments, 0)) };
    let aid = Aid::new(&AID).expect("it has 7 bytes");
    let last = wallet.ledger().last_atc(card, &aid).number();
    let left = wallet.ledger().uses_left(card, &aid, now.wall_ms);
    if u32::from(last).saturating_add(left) < u32::from(known.keys_up_to) {
        return Err(format!("keys up to {} were acknowledged, {left} are left after {last}", known.keys_up_to));
    }
    let asked = known.signed.saturating_add(known.unanswered);
    let burned = last.saturating_sub(asked);
    if burned > MOST_BURNED.saturating_mul(known.power_losses) {
        return Err(format!("{burned} uses burned by {} power losses", known.power_losses));
    }
    if left == 0 {
        return Ok((moments, burned));
    }
    known.unanswered = known.unanswered.saturating_add(1);
    let signed = tap(&mut wallet, now)?;
    collect(&disk, &mut moments, known, boot_count);
    if signed <= known.signed {
        return Err(format!("counter {signed} signed again, {} was the last", known.signed));
    }
    Ok((moments, burned))
}

/// The crash points since the last time.
fn collect(disk: &Disk, moments: &mut Vec<Moment>, known: Known, boot_count: u32) {
    let points = disk.take_recorded().into_iter();
    moments.extend(points.map(|point| Moment { point, known, boot_count }));
}

/// One tap. The card needs no verification; arming makes a key ready, as an app would.
fn tap(wallet: &mut Wallet, now: Now) -> Result<u16, String> {
    let select = from_hex("00A4040007A000000003101000").expect("hex");
    let options = "80A8000023832130804000000000001250000000000000027600000000000978260101001122334400";
    wallet.arm(now, Method::Biometric, DEFAULT_WINDOW_MS).map_err(|error| format!("arming failed: {error}"))?;
    wallet.process(now, &select);
    let answer = wallet.process(now, &from_hex(options).expect("hex"));
    let report = wallet.deactivated(now);
    let atc = report.atc.map(|atc| atc.number());
    atc.filter(|_| answer.ends_with(&[0x90, 0x00])).ok_or_else(|| format!("no cryptogram: {}", report.outcome.name()))
}

/// The life, and every crash point in it.
fn live() -> Vec<Moment> {
    let now = NEW_YEAR;
    let disk = Disk::default();
    let wallet = Wallet::create(Box::new(disk.clone()), store_key(), now, randomness(0));
    let mut wallet = wallet.expect("the disk does not fail");
    disk.record();
    let mut moments = Vec::new();
    let mut known = Known::default();

    let demo = demo_card(CARD).expect("there is such a card");
    let card = wallet.install_unsealed(&demo.profile()).expect("it is usable");
    collect(&disk, &mut moments, known, now.boot_count);
    known.cards = 1;

    let mut issuer = Issuer::new(0);
    issuer.open_account(CARD).expect("there is such a card");
    let mut next: u16 = 1;
    for number in 1..=TAPS {
        if number % 10 == 1 {
            let keys = issue(&mut issuer, demo.token.digits(), next, 12);
            wallet.add_keys_unsealed(card, keys, now).expect("the disk does not fail");
            collect(&disk, &mut moments, known, now.boot_count);
            next = next.saturating_add(12);
            known.keys_up_to = next.saturating_sub(1);
        }
        if number == 3 {
            come_and_go(&mut wallet, &disk, &mut moments, &mut known);
        }
        wallet.arm(now, Method::Biometric, DEFAULT_WINDOW_MS).expect("the disk does not fail");
        collect(&disk, &mut moments, known, now.boot_count);
        known.unanswered = 1;
        let signed = tap(&mut wallet, now).expect("keys are there and the disk does not fail");
        collect(&disk, &mut moments, known, now.boot_count);
        known.unanswered = 0;
        known.signed = signed;
        wallet.make_ready(now).expect("the disk does not fail");
        collect(&disk, &mut moments, known, now.boot_count);
    }
    moments
}

/// Large cards come and are deleted, which makes the log grow until it is written anew.
fn come_and_go(wallet: &mut Wallet, disk: &Disk, moments: &mut Vec<Moment>, known: &mut Known) {
    let large = large_profile();
    for _ in 0..24 {
        let card = wallet.install_unsealed(&large).expect("it is usable");
        // From here on it is being deleted: it may be there or not.
        collect(disk, moments, *known, NEW_YEAR.boot_count);
        wallet.delete(card).expect("it is there");
        collect(disk, moments, *known, NEW_YEAR.boot_count);
        known.deleted = known.deleted.saturating_add(1);
    }
}

/// A profile of several kilobytes.
fn large_profile() -> Vec<u8> {
    let mut application = demo_card(CARD).expect("there is such a card").applications.remove(0);
    let fill = |tag, length| data_object(tag, &vec![0x31; length]);
    let contents = [fill(0x8E, 250), fill(0x8C, 250), fill(0x9F24, 29), [fill(0x5F20, 26), fill(0x9F7C, 20)].concat()];
    application.records =
        contents.into_iter().zip(1..).map(|(content, number)| Record { sfi: 2, number, content }).collect();
    let named = |last: u8| {
        let mut named = application.clone();
        named.aid.push(last);
        named
    };
    profile(&[named(1), named(2), named(3), named(4)])
}

fn issue(issuer: &mut Issuer, token: &str, first_atc: u16, count: u16) -> Vec<PaymentKey> {
    let until = NEW_YEAR.wall_ms.saturating_add(KEY_LIFE_MS);
    let issued = issuer.issue_keys(token, &AID, first_atc, count, NEW_YEAR.wall_ms, until);
    issued.expect("the counters rise").iter().map(payment_key).collect()
}

fn call_name(point: &CrashPoint) -> String {
    format!("{:?}", point.call).chars().take(40).collect()
}
