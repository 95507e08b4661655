//! Leases: which uses of which keys may be spent next. A lease is on the medium, and its mark with the platform, before
//! it counts; at most three uses are leased in the whole wallet, which is what a power loss can cost.

use std::marker::PhantomData;

use super::Ledger;
use super::key_counter::NextUse;
use super::key_sequence::{Sequence, Use};
use super::no_lease::NoLease;
use super::open_keys::protection_of;
use super::open_keys::{Opened, ToOpen};
use super::record::Record;
use super::spending::Lease;
use crate::card::payment::Payment;
use crate::card::snapshot::CardId;
use crate::error::LedgerError;
use crate::keys::channel::{Channel, OfChannel};
use crate::keys::payment_key::HeldSecret;
use crate::now::Now;
use crate::randomness::Randomness;

/// At most so many uses are leased at once.
const MOST_LEASES: usize = 3;

impl Ledger {
    /// Writes leases for the next use of each of these sequences, as many as may be leased, and gives back what else is
    /// leased. They count when they were waited for and their mark is stored.
    ///
    /// Gives what is to be opened for them. A key that its seed has not gone beyond yet is leased when it was opened
    /// ([`Ledger::opened`]), together with the seed beyond it.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn want_leases(
        &mut self,
        wanted: &[Sequence],
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<Vec<ToOpen>, LedgerError> {
        if self.state.rolled_back {
            return Ok(Vec::new());
        }
        let next = wanted.iter().filter_map(|sequence| self.state.next_use(sequence, now.wall_ms).ok());
        let next: Vec<Use> = next.map(|next| next.one_use).take(MOST_LEASES).collect();
        let others = self.state.leases().into_iter().filter(|leased| !next.contains(leased));
        let mut records: Vec<Record> = others.map(Record::Released).collect();
        let fresh =
            next.iter().filter(|one_use| self.state.leased_by(one_use).is_none() && !self.comes_from_seed(one_use));
        records.extend(fresh.map(|one_use| Record::Leased { leased: *one_use, boot_ms: now.boot_ms }));
        self.write(records)?;
        let Ledger { open_keys, state, .. } = self;
        Ok(next.iter().filter_map(|one_use| open_keys.to_open(state, one_use, randomness)).collect())
    }

    /// Keys that were opened outside. One that does not open is burned; one that its seed goes beyond is leased with that.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn opened(&mut self, opened: Vec<Opened>, now: Now) -> Result<(), LedgerError> {
        for opened in opened {
            // A tap may have come first, and leased what there was room for.
            let next = self.state.next_use(&opened.one_use.sequence, now.wall_ms);
            let leases = self.state.leases();
            let others = leases.iter().filter(|leased| leased.sequence != opened.one_use.sequence).count();
            if next.is_ok_and(|next| next.one_use == opened.one_use)
                && others < MOST_LEASES
                && !self.open_keys.has(&self.state, &opened.one_use)
            {
                self.take_in_opened(opened, now)?;
            }
        }
        Ok(())
    }

    fn take_in_opened(&mut self, opened: Opened, now: Now) -> Result<(), LedgerError> {
        if !opened.is_good() {
            return self.write(vec![Record::Burned(opened.one_use)]);
        }
        if let Some([key, beyond]) = opened.forward.as_ref().filter(|_| self.comes_from_seed(&opened.one_use)) {
            let (key, beyond) = (key.copy(), beyond.copy());
            self.write(vec![Record::Ratcheted { leased: opened.one_use, boot_ms: now.boot_ms, key, beyond }])?;
        }
        self.open_keys.keep(&self.state, opened);
        Ok(())
    }

    /// Names the next use of the first key that may be used now. Spends nothing. Where that use is not leased, it waits for
    /// the medium rather than decline; where its key is not open, it opens it if it can.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn lease<Way: OfChannel>(
        &mut self,
        card: CardId,
        payment: &Payment,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<Lease<Way>, NoLease> {
        let next =
            self.next_use_for(&Sequence { card, aid: payment.aid, channel: Way::CHANNEL }, payment, now.wall_ms)?;
        let leased = next.one_use;
        let on_the_medium = self.state.leased_by(&leased).filter(|number| *number <= self.log.synced());
        match on_the_medium {
            _ if self.is_usable(&leased) => {}
            // What is spent without a reader is on the medium before it is given out, and its mark kept next: it need not wait here.
            Some(number) if Way::CHANNEL != Channel::Tap => self.taken_in_tap = Some(number),
            _ => self.lease_now(leased, now, randomness)?,
        }
        Ok(Lease { leased, derivation_data: next.derivation_data, way: PhantomData })
    }

    /// Whether there is a use that may be spent on this now. Leases nothing.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn has_use_for(&self, sequence: &Sequence, payment: &Payment, wall_ms: u64) -> Result<(), NoLease> {
        self.next_use_for(sequence, payment, wall_ms).map(drop)
    }

    fn next_use_for(&self, sequence: &Sequence, payment: &Payment, wall_ms: u64) -> Result<NextUse, NoLease> {
        if self.state.rolled_back {
            return Err(NoLease::RolledBack);
        }
        self.state.next_use_for(sequence, wall_ms, payment)
    }

    /// Whether there is a use that may be spent now, whatever it is to pay. Leases nothing.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn has_use(&self, sequence: &Sequence, wall_ms: u64) -> Result<(), NoLease> {
        if self.state.rolled_back {
            return Err(NoLease::RolledBack);
        }
        self.state.next_use(sequence, wall_ms).map(drop)
    }

    fn lease_now(&mut self, leased: Use, now: Now, randomness: &mut Randomness) -> Result<(), NoLease> {
        let others = self.state.leases().into_iter().filter(|other| other.sequence != leased.sequence);
        let surplus = others.skip(MOST_LEASES.saturating_sub(1));
        let mut records: Vec<Record> = surplus.map(Record::Released).collect();
        if self.comes_from_seed(&leased) {
            let to_open = self.open_keys.to_open(&self.state, &leased, randomness);
            let protection = protection_of(&self.state, &leased.sequence).ok_or(NoLease::NoKeyLeft)?;
            let opened = to_open.ok_or(NoLease::Locked(protection))?.open();
            self.write(records).and_then(|()| self.take_in_opened(opened, now)).map_err(NoLease::NotWritten)?;
        } else {
            records.push(Record::Leased { leased, boot_ms: now.boot_ms });
            self.write(records).map_err(NoLease::NotWritten)?;
        }
        self.log.sync().map_err(NoLease::NotWritten)?;
        self.taken_in_tap = self.state.leased_by(&leased);
        Ok(())
    }

    /// Whether the key of this next use is still to be made of its seed.
    fn comes_from_seed(&self, one_use: &Use) -> bool {
        self.state.secret_of(one_use).is_some_and(HeldSecret::is_seed)
    }

    /// Whether a use is leased, on the medium, and its mark stored.
    pub(super) fn is_usable(&self, one_use: &Use) -> bool {
        let leased_by = self.state.leased_by(one_use).filter(|number| *number <= self.log.synced());
        leased_by.is_some_and(|number| number <= self.stored_mark || self.taken_in_tap == Some(number))
    }
}
