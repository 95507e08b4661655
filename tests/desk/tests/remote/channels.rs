//! Channels stand apart: whatever is paid, presented or sent in whatever order, and however the process or the power ends, each counter
//! rises by itself, no key of one channel pays in another, and no counter, use of a coupon or number of a transfer comes twice.

use std::collections::BTreeSet;

use hcepay_core::{Atc, Channel, NotPaid, OnlineOrder, OrderTerms, Reason, Scope};
use hcepay_desk::disk::{CrashPoint, Disk};
use hcepay_tests::issuer::key_entry;
use hcepay_tests::merchant::coupons::{CouponSigner, CouponTerms};
use hcepay_tests::terminal::coupon::{Presentation, ask_for_coupon};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::orders::terms;
use super::payer::Payer;
use crate::coupons::shopper;
use crate::transfers::sender;

const LIVES: u64 = 40;
const STEPS: u32 = 40;
/// Some lives use all of them up.
const USES: u16 = 6;

struct Life {
    payer: Payer,
    random: ChaCha8Rng,
    signed: BTreeSet<(Channel, Atc)>,
    orders: u32,
    merchant: CouponSigner,
    /// The last use of the coupon that a reader was given, and how often it was asked.
    presented: u16,
    challenges: u64,
    /// The last number of a transfer.
    sent: u64,
}

/// What a step can spend: a key of a channel, a use of the coupon; of transfers there are as many as one likes.
type Left = [u32; 4];
const COUPON: usize = 3;

fn place(channel: Channel) -> usize {
    usize::from(channel.byte()) - 1
}

impl Life {
    fn new(seed: u64) -> Life {
        let card =
            ["kernel3-cvn18", "kernel3-cvn43", "kernel2-cvn14", "kernel7-cvn01", "closed-loop"][(seed % 5) as usize];
        let mut life = Life {
            payer: Payer::with(card, 3),
            random: ChaCha8Rng::seed_from_u64(seed),
            signed: BTreeSet::new(),
            orders: 0,
            merchant: CouponSigner::from_seed(77),
            presented: 0,
            challenges: 0,
            sent: 0,
        };
        life.bring_coupon();
        life
    }

    fn bring_coupon(&mut self) {
        let made = self.merchant.make(&CouponTerms { uses: USES, ..shopper::terms() });
        self.payer.name_signer(&self.merchant.public(), Some(shopper::MERCHANT)).unwrap();
        self.payer.send_coupon(&made).unwrap();
    }

    fn one_of(&mut self, many: u32) -> u32 {
        self.random.next_u32() % many
    }

    fn signed(&mut self, channel: Channel, atc: Option<Atc>) {
        let atc = atc.unwrap();
        let before = self.signed.iter().filter(|(other, _)| *other == channel).map(|(_, atc)| *atc).max();
        assert!(before < Some(atc), "{channel:?}: {atc:?} after {before:?}");
        self.signed.insert((channel, atc));
    }

    fn left(&self) -> Left {
        let coupon = self.payer.wallet.coupons(self.payer.now.wall_ms).remove(0);
        let [tap, online, qr] = self.payer.keys();
        [tap, online, qr, u32::from(coupon.uses_left)]
    }

    /// The holder chooses the coupon, and a reader of its merchant takes a use, where there is one.
    fn present(&mut self) -> Option<([u8; 8], Presentation)> {
        let chosen = self.payer.wallet.present_coupon(Some(shopper::COUPON), shopper::FOR_MS, self.payer.now);
        self.payer.keep_mark();
        chosen.ok()?;
        self.challenges += 1;
        let challenge = self.challenges.to_be_bytes();
        let (wallet, now) = (&self.payer.wallet, self.payer.now);
        let presented = ask_for_coupon(&challenge, &self.merchant.id(), &mut |command| wallet.process(now, command));
        assert_eq!(self.payer.wallet.deactivated(now).atc, None, "no key pays for a coupon");
        Some((challenge, presented.unwrap()))
    }

    /// Its merchant has heard of it.
    fn take(&mut self, (challenge, presented): ([u8; 8], Presentation)) {
        assert!(presented.number > self.presented, "use {} after {}", presented.number, self.presented);
        self.merchant.take(&presented, &challenge, self.payer.now.wall_ms).unwrap();
        self.presented = presented.number;
    }

    /// The holder sends money.
    fn send(&mut self) {
        let (card, transfer) = (self.payer.card(), sender::transfer());
        self.payer.verify_for(Scope::Transfer(card, transfer.digest()));
        let request = self.payer.transfer(&transfer).unwrap();
        assert!(request.number > self.sent, "transfer {} after {}", request.number, self.sent);
        self.sent = request.number;
    }

    fn show_code(&mut self) -> Option<usize> {
        let left = self.left()[place(Channel::Qr)];
        match self.payer.show_code() {
            Ok(shown) => {
                assert_eq!(shown.report.channel, Channel::Qr);
                self.signed(Channel::Qr, shown.report.atc);
                Some(place(Channel::Qr))
            }
            Err(refused) => {
                assert!(is_no_key(&refused) && left == 0, "{refused:?}");
                None
            }
        }
    }

    fn step(&mut self) {
        let left = self.left();
        let spent = match self.one_of(9) {
            0 => {
                let paid = self.payer.pay();
                let report = self.payer.wallet.journal(None, 1).remove(0).report;
                let has_key = left[place(Channel::Tap)] > 0;
                assert_eq!((paid.is_ok(), report.channel), (has_key, Channel::Tap), "{paid:?}");
                paid.is_ok().then(|| self.signed(Channel::Tap, report.atc)).map(|()| place(Channel::Tap))
            }
            1 => {
                self.orders += 1;
                let nonce = [[0; 4], self.orders.to_be_bytes()].concat();
                let order = OnlineOrder::new(&OrderTerms { nonce, ..terms() }).unwrap();
                match self.payer.pay_online(&order) {
                    Ok(paid) => {
                        assert_eq!(paid.report.channel, Channel::Online);
                        self.signed(Channel::Online, paid.report.atc);
                        Some(place(Channel::Online))
                    }
                    Err(refused) => {
                        assert!(is_no_key(&refused) && left[place(Channel::Online)] == 0, "{refused:?}");
                        None
                    }
                }
            }
            2 => self.show_code(),
            3 => {
                let presented = self.present();
                assert_eq!(presented.is_some(), left[COUPON] > 0);
                presented.map(|presented| self.take(presented)).map(|()| COUPON)
            }
            4 => {
                self.send();
                None
            }
            5 => {
                let which = [key_entry::Channel::Tap, key_entry::Channel::Online, key_entry::Channel::Qr];
                let channel = which[self.one_of(3) as usize];
                let uses = 1 + self.one_of(3);
                self.payer.send_keys(channel, u16::try_from(uses).unwrap());
                return;
            }
            6 => {
                // Killed between two calls: nothing burns.
                let medium = self.payer.disk.medium();
                self.payer.disk_is(Disk::of(medium), false);
                None
            }
            // The power goes, at a call of whatever is done, or between two.
            _ => return self.lose_power(),
        };
        let mut expected = left;
        spent.into_iter().for_each(|place| expected[place] -= 1);
        assert_eq!(self.left(), expected, "where {spent:?} was spent");
    }

    /// In the middle of something that nobody has heard of then, or after it.
    fn lose_power(&mut self) {
        self.payer.disk.record();
        let (mark, left) = (self.payer.platform.mark, self.left());
        let (signed, sent) = (self.signed.clone(), self.sent);
        let mut presented = None;
        match self.one_of(4) {
            0 => drop(self.show_code()),
            1 => presented = self.present(),
            2 => self.send(),
            _ => {}
        }
        let points = self.payer.disk.take_recorded();
        let call = self.one_of(64) as usize;
        let mut found = Vec::new();
        if let Some(CrashPoint { before, call }) = points.get(call) {
            before.after_power_loss(call, &mut |medium| found.push(medium));
            self.payer.platform.mark = mark;
            (self.signed, self.sent) = (signed, sent);
        } else {
            found.push(self.payer.disk.medium().synced());
            presented.into_iter().for_each(|presented| self.take(presented));
        }
        let chosen = self.one_of(u32::try_from(found.len()).unwrap()) as usize;
        self.payer.disk_is(Disk::of(found.swap_remove(chosen)), true);
        // What was leased is burned, and nothing beside it.
        let burned = left.iter().zip(self.left()).map(|(before, after)| before - after);
        assert!(burned.clone().all(|burned| burned <= 2), "{:?} of {left:?}", burned.collect::<Vec<u32>>());
    }
}

fn is_no_key(refused: &NotPaid) -> bool {
    *refused == NotPaid::Refused(Reason::NoKeyLeft)
}

#[test]
fn no_key_of_one_channel_pays_in_another_and_nothing_comes_twice() {
    for seed in 0..LIVES {
        let mut life = Life::new(seed);
        (0..STEPS).for_each(|_| life.step());
    }
}
