//! Which key is used next, what is leased, and how many uses are left.

use super::LedgerState;
use crate::card::life_cycle::CardState;
use crate::card::payment::Payment;
use crate::card::profile::TokenDigest;
use crate::card::snapshot::CardId;
use crate::emv::atc::Atc;
use crate::keys::channel::Channel;
use crate::keys::payment_key::{HeldSecret, PaymentKey};
use crate::ledger::key_counter::{Counter, HeldKey, NextUse};
use crate::ledger::key_sequence::{Sequence, Use};
use crate::ledger::no_lease::NoLease;
use crate::ledger::record::{Boot, Record};

impl LedgerState {
    /// The next use of the first key that may be used now.
    pub(in crate::ledger) fn next_use(&self, sequence: &Sequence, wall_ms: u64) -> Result<NextUse, NoLease> {
        self.next(sequence, wall_ms).map(|held| held.next_use(sequence))
    }

    /// The same, where the holder's limits and its key let it pay this too.
    pub(in crate::ledger) fn next_use_for(
        &self,
        sequence: &Sequence,
        wall_ms: u64,
        payment: &Payment,
    ) -> Result<NextUse, NoLease> {
        let held = self.next(sequence, wall_ms)?;
        let card = self.cards.get(&sequence.card).ok_or(NoLease::NoKeyLeft)?;
        if !card.rules.allow(sequence.channel, payment) {
            return Err(NoLease::OverHolderLimit);
        }
        // How much a code pays is said by the merchant who reads it: the issuer holds that against the key's limits.
        let is_covered = sequence.channel == Channel::Qr || held.covers(&payment.amount);
        if is_covered { Ok(held.next_use(sequence)) } else { Err(NoLease::OverKeyLimit) }
    }

    /// Whether a card may be used at all now, whatever keys it has.
    pub(in crate::ledger) fn may_use(&self, card: CardId, wall_ms: u64) -> Result<(), NoLease> {
        let card = self.cards.get(&card).ok_or(NoLease::NoKeyLeft)?;
        match card.state {
            CardState::Active if card.rules.holder.frozen => return Err(NoLease::Frozen),
            CardState::Active => {}
            CardState::Retired => return Err(NoLease::TemporaryUseOver),
            _ => return Err(NoLease::CardNotActive),
        }
        if card.rules.are_over(self.latest_ms(wall_ms)) {
            return Err(NoLease::TemporaryUseOver);
        }
        if self.clock_was_set_back(wall_ms) { Err(NoLease::ClockSetBack) } else { Ok(()) }
    }

    fn next(&self, sequence: &Sequence, wall_ms: u64) -> Result<&HeldKey, NoLease> {
        self.may_use(sequence.card, wall_ms)?;
        let latest = self.latest_ms(wall_ms);
        let mut why = NoLease::NoKeyLeft;
        let counter = self.counters.get(sequence);
        for held in counter.into_iter().flat_map(|counter| &counter.keys) {
            // Keys rise, and their uses never overlap (`rise`). If they did, no counter would be given again nevertheless.
            if held.next() <= counter.and_then(|counter| counter.last) {
                continue;
            }
            if wall_ms < held.key.not_before_ms {
                return Err(NoLease::KeyNotYetValid);
            }
            if latest > held.key.not_after_ms {
                why = NoLease::KeyExpired;
                continue;
            }
            return Ok(held);
        }
        if why == NoLease::NoKeyLeft && self.highest(sequence, None).is_some_and(|highest| highest.number() == 0xFFFE) {
            why = NoLease::CounterAtItsEnd;
        }
        Err(why)
    }

    /// The key whose next use this is.
    pub(in crate::ledger) fn key_of(&self, one_use: &Use) -> Option<&PaymentKey> {
        self.held_for(one_use).map(|held| &held.key)
    }

    /// What the key of this next use comes from: a seed, until it has gone beyond it.
    pub(in crate::ledger) fn secret_of(&self, one_use: &Use) -> Option<&HeldSecret> {
        self.held_for(one_use).map(HeldKey::secret)
    }

    fn held_for(&self, one_use: &Use) -> Option<&HeldKey> {
        let mut keys = self.counters.get(&one_use.sequence)?.keys.iter();
        keys.find(|held| held.next() == Some(one_use.atc))
    }

    /// Whether a key with this first counter is held.
    pub(in crate::ledger) fn holds(&self, sequence: &Sequence, first_atc: u16) -> bool {
        let counter = self.counters.get(sequence);
        counter.is_some_and(|counter| counter.keys.binary_search_by_key(&first_atc, |held| held.key.first_atc).is_ok())
    }

    /// The number of the record that leased this use.
    pub(in crate::ledger) fn leased_by(&self, one_use: &Use) -> Option<u64> {
        let leased = self.counters.get(&one_use.sequence)?.leased?;
        (leased.atc == one_use.atc).then_some(leased.number)
    }

    /// The use of a sequence that is leased.
    pub(in crate::ledger) fn lease_of(&self, sequence: &Sequence) -> Option<Use> {
        let leased = self.counters.get(sequence)?.leased?;
        Some(Use { sequence: *sequence, atc: leased.atc })
    }

    /// All uses that are leased.
    pub(in crate::ledger) fn leases(&self) -> Vec<Use> {
        self.counters.keys().filter_map(|sequence| self.lease_of(sequence)).collect()
    }

    /// How many keys out of seeds are gone with a record that is about to be applied, spent or burned.
    pub(in crate::ledger) fn keys_of_seeds_gone_by(&self, record: &Record) -> u32 {
        match record {
            Record::Consumed { spent: gone, .. } | Record::Burned(gone) => self.keys_of_seeds_among(&[*gone]),
            Record::Opened { boot, .. } => self.keys_of_seeds_burned_by(*boot),
            _ => 0,
        }
    }

    /// How many with a segment that is about to begin.
    pub(in crate::ledger) fn keys_of_seeds_burned_by(&self, boot: Boot) -> u32 {
        if boot.burns_leases { self.keys_of_seeds_among(&self.leases()) } else { 0 }
    }

    fn keys_of_seeds_among(&self, uses: &[Use]) -> u32 {
        let of_seeds = uses.iter().filter(|one_use| self.key_of(one_use).is_some_and(PaymentKey::is_seed));
        u32::try_from(of_seeds.count()).unwrap_or(u32::MAX)
    }

    /// The counter of the last use that is gone; 0000 before the first.
    pub(in crate::ledger) fn last_atc(&self, sequence: &Sequence) -> Atc {
        self.counters.get(sequence).and_then(|counter| counter.last).unwrap_or(Atc::NONE_YET)
    }

    /// The highest counter that is gone or that a key is held for, of this card and of those with its token before it.
    pub(in crate::ledger) fn highest(&self, sequence: &Sequence, token: Option<TokenDigest>) -> Option<Atc> {
        let own = self.counters.get(sequence).and_then(Counter::highest);
        let kept = |token| self.counters_of_deleted.get(&(token, sequence.aid, sequence.channel)).copied();
        own.max(token.and_then(kept))
    }

    /// All sequences of a card that have a counter or keys.
    pub(in crate::ledger) fn sequences(&self, card: CardId) -> impl Iterator<Item = Sequence> {
        self.counters.keys().filter(move |sequence| sequence.card == card).copied()
    }

    /// How many uses are left that are not too old.
    pub(in crate::ledger) fn uses_left(&self, sequence: &Sequence, wall_ms: u64) -> u32 {
        let latest = self.latest_ms(wall_ms);
        let valid = self.keys_left(sequence).filter(|(_, _, not_after_ms)| latest <= *not_after_ms);
        valid.map(|(uses, ..)| u32::from(uses)).sum()
    }

    /// Of each key of a sequence: the uses left, and from when to when.
    pub(in crate::ledger) fn keys_left(&self, sequence: &Sequence) -> impl Iterator<Item = (u16, u64, u64)> {
        let keys = self.counters.get(sequence).into_iter().flat_map(|counter| &counter.keys);
        keys.map(|held| (held.key.uses.saturating_sub(held.used), held.key.not_before_ms, held.key.not_after_ms))
    }

    /// The last use of the keys that were over before then, where they stand before all others.
    pub(in crate::ledger) fn over_by(&self, sequence: &Sequence, wall_ms: u64) -> Option<Use> {
        let keys = self.counters.get(sequence)?.keys.iter();
        let over = keys.take_while(|held| held.key.not_after_ms < wall_ms);
        over.last().map(|held| Use { sequence: *sequence, atc: held.key.last_atc() })
    }

    /// How many keys of a sequence end above this counter, or at all.
    pub(in crate::ledger) fn keys_above(&self, sequence: &Sequence, atc: Option<Atc>) -> usize {
        let keys = self.counters.get(sequence).into_iter().flat_map(|counter| &counter.keys);
        keys.filter(|held| Some(held.key.last_atc()) > atc).count()
    }
}
