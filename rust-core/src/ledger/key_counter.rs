//! One rising counter: which keys are held for it, which use of them is leased, and how far it has come.

use std::collections::VecDeque;

use super::key_sequence::{Sequence, Use};
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;
use crate::keys::payment_key::{HeldSecret, PaymentKey};

/// How far one sequence has come.
#[derive(Debug, Default)]
pub(super) struct Counter {
    /// The highest counter that is gone: spent or burned.
    pub(super) last: Option<Atc>,
    /// In the order of their counters, without one that has no use left: what is spent is at the front.
    pub(super) keys: VecDeque<HeldKey>,
    pub(super) leased: Option<Leased>,
}

/// The use that is leased, and by which record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Leased {
    pub(super) atc: Atc,
    pub(super) number: u64,
}

/// A key, how many of its uses are gone, and what was paid with it.
#[derive(Debug)]
pub(super) struct HeldKey {
    pub(super) key: PaymentKey,
    pub(super) used: u16,
    pub(super) paid: Vec<Amount>,
    /// The key of the next use itself, where its seed has gone beyond it.
    pub(super) next_key: Option<HeldSecret>,
}

/// The next use of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NextUse {
    pub(super) one_use: Use,
    pub(super) derivation_data: Option<[u8; 4]>,
}

impl HeldKey {
    pub(super) fn next(&self) -> Option<Atc> {
        self.key.atc_after(self.used)
    }

    /// What the key of the next use comes from.
    pub(super) fn secret(&self) -> &HeldSecret {
        self.next_key.as_ref().unwrap_or(&self.key.secret)
    }

    pub(super) fn next_use(&self, sequence: &Sequence) -> NextUse {
        let one_use = Use { sequence: *sequence, atc: self.next().unwrap_or(Atc::NONE_YET) };
        NextUse { one_use, derivation_data: self.key.derivation_data }
    }

    /// Whether the key may pay this too.
    pub(super) fn covers(&self, amount: &Amount) -> bool {
        let limit = self.key.limits.iter().find(|limit| limit.currency == amount.currency);
        let paid = Amount::of_currency(&self.paid, amount.currency);
        match limit {
            Some(limit) => paid.checked_add(amount.minor).is_some_and(|sum| sum <= limit.minor),
            None => self.key.limits.is_empty(),
        }
    }

    pub(super) fn pay(&mut self, amount: &Amount) {
        if !self.key.limits.is_empty() {
            Amount::add_to(&mut self.paid, *amount);
        }
    }
}

impl Counter {
    /// The highest counter that is gone or that a key is held for.
    pub(super) fn highest(&self) -> Option<Atc> {
        self.keys.iter().map(|held| held.key.last_atc()).max().max(self.last)
    }

    /// How many uses of a key are gone by where the counter stands.
    pub(super) fn used_of(&self, key: &PaymentKey) -> u16 {
        let last = self.last.map_or(0, Atc::number);
        last.checked_add(1).and_then(|next| next.checked_sub(key.first_atc)).unwrap_or(0).min(key.uses)
    }

    /// This counter is gone, and with it all below: a sequence only rises.
    pub(super) fn pass(&mut self, atc: Atc, paid: Option<&Amount>) {
        if self.last.is_some_and(|last| atc <= last) {
            return;
        }
        let paying = self.keys.iter_mut().find(|held| held.next() == Some(atc));
        if let Some((held, amount)) = paying.zip(paid) {
            held.pay(amount);
        }
        self.last = Some(atc);
        self.leased = self.leased.filter(|leased| leased.atc > atc);
        while self.keys.front().is_some_and(|held| held.key.last_atc() <= atc) {
            self.keys.pop_front();
        }
        let used = self.keys.front().map_or(0, |held| self.used_of(&held.key));
        if let Some(held) = self.keys.front_mut().filter(|held| held.used < used) {
            (held.used, held.next_key) = (used, None);
        }
    }

    /// Takes a key in, in its place: there is none with a use of it among the others.
    pub(super) fn hold(&mut self, held: HeldKey) {
        if held.next().is_some() {
            let place = self.keys.partition_point(|before| before.key.first_atc < held.key.first_atc);
            self.keys.insert(place, held);
        }
    }
}
