//! Channels stand apart: whatever is paid in whatever order, and however the process or the power ends, each counter rises by itself, no
//! key of one channel pays in another, and no counter is signed under twice.

use std::collections::BTreeSet;

use hcepay_core::{Atc, Channel, NotPaid, OnlineOrder, OrderTerms, Reason};
use hcepay_desk::disk::{CrashPoint, Disk};
use hcepay_tests::issuer::key_entry;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::orders::terms;
use super::payer::Payer;

const LIVES: u64 = 40;
const STEPS: u32 = 25;

struct Life {
    payer: Payer,
    random: ChaCha8Rng,
    signed: BTreeSet<(Channel, Atc)>,
    orders: u32,
}

impl Life {
    fn new(seed: u64) -> Life {
        let card =
            ["kernel3-cvn18", "kernel3-cvn43", "kernel2-cvn14", "kernel7-cvn01", "closed-loop"][(seed % 5) as usize];
        let payer = Payer::with(card, 3);
        Life { payer, random: ChaCha8Rng::seed_from_u64(seed), signed: BTreeSet::new(), orders: 0 }
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

    fn step(&mut self) {
        let keys = self.payer.keys();
        let at = |channel: Channel| keys[usize::from(channel.byte()) - 1];
        let no_key = |refused: &NotPaid| *refused == NotPaid::Refused(Reason::NoKeyLeft);
        let changed = match self.one_of(7) {
            0 => {
                let paid = self.payer.pay();
                let report = self.payer.wallet.journal(None, 1).remove(0).report;
                assert_eq!((paid.is_ok(), report.channel), (at(Channel::Tap) > 0, Channel::Tap), "{paid:?}");
                paid.is_ok().then(|| self.signed(Channel::Tap, report.atc)).map(|()| Channel::Tap)
            }
            1 => {
                self.orders += 1;
                let nonce = [[0; 4], self.orders.to_be_bytes()].concat();
                let order = OnlineOrder::new(&OrderTerms { nonce, ..terms() }).unwrap();
                match self.payer.pay_online(&order) {
                    Ok(paid) => {
                        assert_eq!(paid.report.channel, Channel::Online);
                        self.signed(Channel::Online, paid.report.atc);
                        Some(Channel::Online)
                    }
                    Err(refused) => {
                        assert!(no_key(&refused) && at(Channel::Online) == 0, "{refused:?}");
                        None
                    }
                }
            }
            2 => match self.payer.show_code() {
                Ok(shown) => {
                    assert_eq!(shown.report.channel, Channel::Qr);
                    self.signed(Channel::Qr, shown.report.atc);
                    Some(Channel::Qr)
                }
                Err(refused) => {
                    assert!(no_key(&refused) && at(Channel::Qr) == 0, "{refused:?}");
                    None
                }
            },
            3 => {
                let which = [key_entry::Channel::Tap, key_entry::Channel::Online, key_entry::Channel::Qr];
                let channel = which[self.one_of(3) as usize];
                let uses = 1 + self.one_of(3);
                self.payer.send_keys(channel, u16::try_from(uses).unwrap());
                return;
            }
            4 => {
                // Killed between two calls: nothing burns.
                let medium = self.payer.disk.medium();
                self.payer.disk_is(Disk::of(medium), false);
                None
            }
            // The power goes, at a call of whatever is done, or between two.
            _ => return self.lose_power(),
        };
        let after = self.payer.keys();
        for channel in [Channel::Tap, Channel::Online, Channel::Qr] {
            let place = usize::from(channel.byte()) - 1;
            let spent = u32::from(changed == Some(channel));
            assert_eq!(after[place], keys[place] - spent, "{channel:?} where {changed:?} was paid");
        }
    }

    fn lose_power(&mut self) {
        self.payer.disk.record();
        let mark = self.payer.platform.mark;
        let shown = (self.one_of(2) == 0).then(|| self.payer.show_code());
        let points = self.payer.disk.take_recorded();
        let place = self.one_of(64) as usize;
        let mut left = Vec::new();
        if let Some(CrashPoint { before, call }) = points.get(place) {
            // Within the payment: nobody is given the code.
            before.after_power_loss(call, &mut |medium| left.push(medium));
            self.payer.platform.mark = mark;
        } else {
            left.push(self.payer.disk.medium().synced());
            if let Some(Ok(shown)) = shown {
                self.signed(Channel::Qr, shown.report.atc);
            }
        }
        let chosen = self.one_of(u32::try_from(left.len()).unwrap()) as usize;
        self.payer.disk_is(Disk::of(left.swap_remove(chosen)), true);
    }
}

#[test]
fn no_key_of_one_channel_pays_in_another_and_none_signs_twice() {
    for seed in 0..LIVES {
        let mut life = Life::new(seed);
        (0..STEPS).for_each(|_| life.step());
    }
}
