//! The process whose memory is looked through: a wallet that is set up, pays, and is closed again. It knows its keys only
//! masked, takes the mask off in the box that it hands to the core, and has no issuer.
//!
//! The wallet has a thread of its own, which stands still and uses no stack while another one looks: looking would
//! overwrite what is there to be found.

use std::collections::BTreeMap;
use std::hint::{black_box, spin_loop};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use hcepay_core::known_answers::aes_gcm;
use hcepay_core::{
    AgreementKey, AgreementPoint, DEFAULT_WINDOW_MS, DeviceKeys, IssuerKey, Method, Now, Randomness, ReleasedSpendKey,
    SharedSecret, StoreKey, Wallet,
};
use hcepay_desk::disk::Disk;
use hcepay_desk::phone::{NEW_YEAR, PURCHASE};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::terminal::coupon::ask_for_coupon;
use hcepay_tests::terminal::{Outcome, Tap, Terminal};
use ring::aead::{AES_256_GCM, LessSafeKey, UnboundKey};

use super::POINTS;
use super::scan::{Needles, mask};
use crate::coupons::shopper;

/// What the parent sent, by name.
struct Child {
    sent: BTreeMap<String, Vec<u8>>,
    /// The point of time at which the wallet stands still, counted from 1; 0 while it goes on.
    stands: AtomicUsize,
}

/// Reads what the parent sent, and tells at each point of time how many copies of each key there are.
pub(super) fn live() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let mut child = Child { sent: BTreeMap::new(), stands: AtomicUsize::new(0) };
    let mut needles = Needles::default();
    for line in text.lines() {
        let [kind, name, value] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let value = from_hex(value).unwrap();
        if kind == "key" {
            needles.add(name, &value);
        }
        child.sent.insert(name.to_owned(), value);
    }
    thread::scope(|scope| {
        let life = scope.spawn(|| {
            child.controls();
            child.wallet();
        });
        while !life.is_finished() {
            match child.stands.load(Ordering::Acquire) {
                0 => thread::sleep(Duration::from_micros(100)),
                point => {
                    tell(POINTS[point - 1], &needles);
                    child.stands.store(0, Ordering::Release);
                }
            }
        }
    });
}

fn tell(point: &str, needles: &Needles) {
    let copies = needles.count();
    let mut output = std::io::stdout().lock();
    for (name, copies) in copies {
        writeln!(output, "copies\t{point}\t{name}\t{copies}").unwrap();
    }
}

impl Child {
    /// What the scan finds where something is, and what a library leaves.
    fn controls(&self) {
        self.stand("before anything");
        let mut planted = self.open_box::<16>("planted key");
        self.stand("with a key planted");
        self.wipe(&mut *planted);
        self.stand("with that one wiped");
        let mut key = self.open_box::<32>("key of ring wrapped");
        assert!(aes_gcm::open(&key, [0; 12], &[], vec![0; 40]).is_none(), "nobody sealed that");
        self.wipe(&mut *key);
        // Last, because nothing wipes what it leaves.
        let mut key = self.open_box::<32>("key of ring alone");
        drop(black_box(Box::new(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*key).unwrap()))));
        self.wipe(&mut *key);
        self.stand("with key objects of ring dropped");
    }

    fn wallet(&self) {
        let disk = Disk::default();
        let issuer = IssuerKey::new(&self.point("issuer")).unwrap();
        let wallet =
            Wallet::create(Box::new(disk.clone()), self.store_key(), issuer, NEW_YEAR, self.randomness(0)).unwrap();
        self.tell_keys(&wallet);
        for card in ["kernel 3", "closed loop", "CDA"] {
            self.apply(&wallet, card);
        }
        self.stand("with cards and keys");
        self.arm(&wallet);
        self.stand("armed");
        wallet.disarm();
        self.stand("disarmed");
        self.arm(&wallet);
        self.pay(&wallet);
        self.stand("after the tap");
        let over = Now { boot_ms: NEW_YEAR.boot_ms + DEFAULT_WINDOW_MS, ..NEW_YEAR };
        self.arm(&wallet);
        wallet.expire(over);
        self.stand("window over, the timer tells");
        self.arm(&wallet);
        wallet.make_ready(over).unwrap();
        self.stand("window over, another call tells");
        wallet.choose(wallet.cards()[1], NEW_YEAR).unwrap();
        self.arm(&wallet);
        self.stand("armed, closed loop");
        self.pay(&wallet);
        self.stand("after the tap, closed loop");
        self.arm(&wallet);
        wallet.disarm();
        self.stand("disarmed, closed loop");
        wallet.choose(wallet.cards()[2], NEW_YEAR).unwrap();
        self.arm(&wallet);
        self.stand("armed, CDA");
        // Before its one key is spent: what is leased is open.
        wallet.disarm();
        self.stand("disarmed, CDA");
        self.arm(&wallet);
        let tap = self.pay(&wallet);
        assert!(tap.oda.is_some(), "{:?}", tap.reason);
        self.stand("after the tap, CDA");
        self.apply(&wallet, "coupon signer");
        self.apply(&wallet, "coupon");
        self.stand("with a coupon");
        self.present(&wallet);
        self.stand("after its first use");
        let mark = wallet.mark();
        drop(wallet);
        self.stand("closed");
        let wallet = Wallet::open(Box::new(disk), self.store_key(), mark, NEW_YEAR, self.randomness(1)).unwrap();
        self.stand("opened again");
        self.present(&wallet);
        self.stand("after its last use");
        drop(wallet);
        self.stand("closed again");
    }

    fn apply(&self, wallet: &Wallet, name: &str) {
        let begun = wallet.apply_begin(&self.sent[&format!("envelope {name}")], NEW_YEAR).unwrap();
        let shared = SharedSecret::new(self.open_box(&format!("shared secret {name}")));
        wallet.apply_finish(begun.token, &shared, NEW_YEAR).unwrap();
    }

    /// The holder chooses the coupon, a reader of its merchant takes a use.
    fn present(&self, wallet: &Wallet) {
        wallet.present_coupon(Some(shopper::COUPON), shopper::FOR_MS, NEW_YEAR).unwrap();
        wallet.mark_stored(wallet.mark());
        let signer = self.sent["coupon signer"].as_slice().try_into().unwrap();
        ask_for_coupon(&[7; 8], &signer, &mut |command| wallet.process(NEW_YEAR, command)).unwrap();
        assert!(wallet.deactivated(NEW_YEAR).coupon.is_some());
        wallet.make_ready(NEW_YEAR).unwrap();
    }

    /// The holder verifies: the platform releases the spend key.
    fn arm(&self, wallet: &Wallet) {
        let mut number = self.open_box::<32>("spend key");
        let released = AgreementKey::new(&number);
        self.wipe(&mut *number);
        wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, released).unwrap();
        wallet.mark_stored(wallet.mark());
    }

    fn pay(&self, wallet: &Wallet) -> Tap {
        let tap = Terminal::default().pay(&PURCHASE, &mut |command| wallet.process(NEW_YEAR, command));
        assert_eq!(tap.outcome, Outcome::OnlineRequest, "{:?}", tap.reason);
        assert!(wallet.deactivated(NEW_YEAR).atc.is_some());
        wallet.make_ready(NEW_YEAR).unwrap();
        tap
    }

    /// The platform has made its keys.
    fn tell_keys(&self, wallet: &Wallet) {
        let point = |name| AgreementPoint::new(&self.point(name)).unwrap();
        let made = DeviceKeys { agreement: point("agreement"), signature: point("signature") };
        wallet.device_keys_made(made).unwrap();
        wallet.spend_key_made(ReleasedSpendKey::Unlocked, point("unlocked")).unwrap();
        wallet.spend_key_made(ReleasedSpendKey::Authenticated, point("authenticated")).unwrap();
    }

    fn point(&self, name: &str) -> [u8; 65] {
        self.sent[name].as_slice().try_into().unwrap()
    }

    fn store_key(&self) -> StoreKey {
        StoreKey::new(self.open_box("store key"))
    }

    /// One half of the tape that the parent sent, drawn from front to back.
    fn randomness(&self, half: usize) -> Randomness {
        let tape = &self.sent["tape"];
        let half = tape[tape.len() / 2 * half..].to_vec();
        let mut rest = half.into_iter();
        let blinding = self.sent["blinding number"].clone();
        Box::new(move |buffer| {
            // What an ICC key is blinded by, and nothing else is as long.
            if buffer.len() == blinding.len() {
                buffer.copy_from_slice(&blinding);
                return mask(buffer);
            }
            // Each draw is masked for itself.
            buffer.iter_mut().for_each(|byte| *byte = rest.next().unwrap());
            mask(buffer);
        })
    }

    /// A key, its mask taken off in the box.
    fn open_box<const LENGTH: usize>(&self, name: &str) -> Box<[u8; LENGTH]> {
        let mut key = Box::new([0; LENGTH]);
        key.copy_from_slice(&self.sent[name]);
        mask(&mut *key);
        key
    }

    fn wipe(&self, key: &mut [u8]) {
        key.fill(0);
        black_box(key);
    }

    /// Stands still until all memory was looked through.
    fn stand(&self, point: &str) {
        let place = POINTS.iter().position(|name| *name == point).unwrap();
        self.stands.store(place + 1, Ordering::Release);
        while self.stands.load(Ordering::Acquire) != 0 {
            spin_loop();
        }
    }
}
