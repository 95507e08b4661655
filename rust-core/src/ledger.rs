//! The ledger: which cards and keys the wallet holds and how much of each key is spent, kept on disk over crashes. It alone
//! makes a [`SpentKey`](spending::SpentKey).
//!
//! # How no key signs twice
//!
//! 1. A use of a key is *leased* before it can be spent: the lease is on the medium before it counts.
//! 2. It is *consumed* by one write before the cryptogram is computed. No wait for the medium: what is written outlives
//!    the process.
//! 3. At the next opening in the same boot all that was written is there: a written consumption outlives a kill, and a
//!    lease that was not consumed is still good. In another boot, and where anything lies behind the last good record,
//!    what was written last may be lost: then what was leased is *burned*, whether it was consumed or not.
//!
//! So a power loss costs the leased uses at most, a kill nothing (but for one that cuts a write in two), and nothing signs
//! twice. Another boot is a boot count that differs or is 0, or a boot clock that stands before what was seen.
//!
//! An older copy of the file that was put back would undo all that. Therefore the platform keeps a *mark* outside the
//! wallet's directory: the number of the last record that is known to be on the medium. A lease counts only when its mark is
//! kept; a ledger behind its mark is rolled back: it gives no key until the issuer has answered, and remembers that; its cards are
//! frozen, for what the holder decided since is not in it. A lease that has to be taken in a tap counts at once: what is put back
//! between that and the keeping of its mark, or between a tap and the keeping of the mark after it, is for the issuer to catch.

mod alerts;
pub(crate) mod compaction;
mod contact_numbers;
mod coupon_record;
pub(crate) mod coupon_spending;
mod coupons;
pub(crate) mod files;
mod icc_keys;
mod journal;
mod kept_attempt;
mod kept_identity;
mod key_counter;
pub(crate) mod key_sequence;
mod leases;
pub(crate) mod log;
mod log_format;
pub(crate) mod no_lease;
pub mod notice;
pub(crate) mod open_icc_keys;
pub(crate) mod open_keys;
pub(crate) mod record;
mod reports;
mod row;
mod rules;
pub(crate) mod seal;
pub(crate) mod spending;
mod spent;
pub(crate) mod state;
pub(crate) mod storage;
mod transfer_journal;
pub mod transfer_notice;
mod transfers;

use std::sync::Arc;

use crate::card::cardholder_verification::Requirement;
use crate::card::life_cycle::CardState;
use crate::card::payment::Payment;
use crate::card::profile::TokenDigest;
use crate::card::snapshot::CardId;
use crate::card::verification_policy::CardAsks;
use crate::emv::aid::Aid;
use crate::emv::atc::Atc;
use crate::error::{Error, LedgerError};
use crate::keys::agreement::AgreementKey;
use crate::keys::channel::Channel;
use crate::keys::identity::Identity;
use crate::keys::payment_key::PaymentKey;
use crate::keys::spend_key::Protection;
use crate::now::Now;
use crate::randomness::Randomness;

use contact_numbers::NumbersOfContact;
use key_sequence::{Sequence, Use};
use log::{FIRST_NUMBER, Log, Waiting};
use no_lease::NoLease;
use open_icc_keys::OpenIccKeys;
use open_keys::OpenKeys;
use record::{Boot, Record};
use seal::StoreKey;
use state::{HeldCard, LedgerState};
use storage::Storage;

/// A log that is twice as long as what it says, and this much, is written anew.
const SLACK: u64 = 64 * 1024;

/// Each opening has so many numbers for contacts.
const CONTACTS: u64 = 1 << 32;

/// The number before the first contact's, by that of the record which opened the ledger.
fn first_contact(opening: u64) -> u64 {
    opening.saturating_sub(FIRST_NUMBER).saturating_mul(CONTACTS)
}

/// No ledger comes so far, nor does its mark.
const MOST_NUMBERS: u64 = 1 << 30;

/// The ledger of one wallet, open.
pub(crate) struct Ledger {
    log: Log,
    state: LedgerState,
    /// The number of the contact that began last, and the last number that was given: rows that no contact makes have some too.
    contact: u64,
    numbered: u64,
    open_keys: OpenKeys,
    open_icc_keys: OpenIccKeys,
    /// The record of a lease that was taken while a terminal waited: it counts although its mark is not kept yet.
    taken_in_tap: Option<u64>,
    stored_mark: u64,
    /// How many keys out of seeds are gone since the log was written anew: it still holds what makes them.
    past_keys: u32,
    /// A log of no more bytes than this needs no look at what it says.
    look_from: u64,
    /// What this contact's terminal took for unpredictable numbers.
    numbers: NumbersOfContact,
}

impl Ledger {
    /// Makes the ledger of a new wallet.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] where there is one already; or the disk's.
    pub(crate) fn create(
        storage: Arc<dyn Storage>,
        store_key: StoreKey,
        identity: Identity,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<Ledger, LedgerError> {
        let device = Arc::clone(&identity.device);
        let state = LedgerState::new(identity, now);
        let boot = Boot { count: now.boot_count, clock_ms: now.boot_ms, burns_leases: false, rolled_back: false };
        let log = Log::create(storage, store_key, boot, randomness, state.snapshot())?;
        let mut ledger = Ledger::of(log, state, 0);
        ledger.bring(Protection::Device, Some(device));
        Ok(ledger)
    }

    /// Reads the ledger that is there, and changes nothing. It can be looked at, and written after [`Ledger::go_on`].
    ///
    /// # Errors
    /// One for each reason: see [`LedgerError`].
    pub(crate) fn find(
        storage: Arc<dyn Storage>,
        store_key: StoreKey,
        stored_mark: u64,
        now: Now,
    ) -> Result<Ledger, LedgerError> {
        let (log, records) = Log::find(storage, store_key)?;
        let first = log.last_number().saturating_add(1).saturating_sub(records.len() as u64);
        let mut ledger = Ledger::of(log, LedgerState::default(), stored_mark.min(MOST_NUMBERS));
        ledger.make_true(records, first);
        // A kill leaves nothing readable behind a torn place. A power loss may, but not what had reached the medium.
        let lost = ledger.log.last_number().saturating_add(1);
        let behind = ledger.log.safe_by_what_is_behind();
        if behind.is_some_and(|safe| safe >= lost || ledger.state.is_in_boot(now)) {
            return Err(LedgerError::Damaged);
        }
        let device = Arc::clone(&ledger.state.identity.as_ref().ok_or(LedgerError::Damaged)?.device);
        ledger.bring(Protection::Device, Some(device));
        Ok(ledger)
    }

    /// Opens a ledger that was found. In another boot than the one before, or where the log was torn, leases that were not seen
    /// consumed are burned. Contacts whose end no one saw are reported as unknown.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn go_on(&mut self, now: Now, randomness: &mut Randomness) -> Result<(), LedgerError> {
        // What the log says had been safe and does not hold any more makes it an older copy, like a mark that it is behind. But only
        // a mark that is kept makes a lease count.
        let highest = self.stored_mark.max(self.log.claimed());
        let boot = Boot {
            count: now.boot_count,
            clock_ms: now.boot_ms,
            burns_leases: self.log.is_torn() || !self.state.is_in_boot(now),
            rolled_back: self.state.rolled_back || self.log.last_number() < highest,
        };
        if boot.rolled_back {
            self.stored_mark = highest;
        }
        self.log.go_on(boot, randomness)?;
        self.past_keys = self.past_keys.saturating_add(self.state.keys_of_seeds_burned_by(boot));
        self.state.begin(boot);
        // An older copy is opened under a number that another opening had; the mark was past all of those.
        let past = if boot.rolled_back { self.stored_mark } else { 0 };
        let opening = self.log.last_number().saturating_add(past);
        self.numbered = self.state.last_contact.max(first_contact(opening));
        // Whether these records reach the disk does not matter: a contact without an end gets the same one again.
        let ends = self.ends_of_interrupted(now);
        self.write(ends)
    }

    fn of(log: Log, state: LedgerState, stored_mark: u64) -> Ledger {
        Ledger {
            log,
            contact: 0,
            numbered: 0,
            state,
            open_keys: OpenKeys::default(),
            open_icc_keys: OpenIccKeys::default(),
            taken_in_tap: None,
            stored_mark,
            past_keys: 0,
            look_from: SLACK,
            numbers: NumbersOfContact::default(),
        }
    }

    /// Who the wallet is to its issuer.
    pub(crate) fn identity(&self) -> &Identity {
        self.state.identity.as_ref().expect("a ledger without it is damaged and does not open")
    }

    /// Whether an older copy was put back: it gives no key until the issuer has answered.
    pub(crate) fn is_rolled_back(&self) -> bool {
        self.state.rolled_back
    }

    /// A card.
    pub(crate) fn card(&self, card: CardId) -> Option<&HeldCard> {
        self.state.cards.get(&card)
    }

    /// All cards and their profiles.
    pub(crate) fn cards(&self) -> impl Iterator<Item = (CardId, &HeldCard)> {
        self.state.cards.iter().map(|(card, held)| (*card, held))
    }

    /// Whether a card of this number was deleted: it never comes back.
    pub(crate) fn was_deleted(&self, card: CardId) -> bool {
        self.state.deleted.contains(&card)
    }

    /// The card that pays where none is chosen for one payment.
    pub(crate) fn chosen(&self) -> Option<CardId> {
        self.state.chosen
    }

    /// The card that is chosen for one payment, where that still counts.
    pub(crate) fn once(&self, now: Now) -> Option<CardId> {
        self.state.once(now)
    }

    /// Whether a card is one that pays, now or next.
    pub(crate) fn may_pay(&self, card: CardId) -> bool {
        self.state.chosen == Some(card) || self.state.chosen_once.is_some_and(|once| once.card == card)
    }

    /// The card that pays now.
    pub(crate) fn paying(&self, now: Now) -> Option<CardId> {
        self.state.paying(now)
    }

    /// What the card asks for this payment, beside what the terminal asks.
    pub(crate) fn asks(&self, card: CardId, requirement: Requirement, payment: &Payment) -> (CardAsks, bool) {
        self.card(card).map_or((CardAsks::Verification, false), |HeldCard { policy, rules, .. }| {
            let asks = policy.verification.asks(requirement, &rules.holder, payment, &rules.since);
            (asks, policy.verification.takes_online_pin())
        })
    }

    /// Whether a card may be used at all now: it is active, not frozen, its time is not over, and the wallet's state can be believed.
    ///
    /// # Errors
    /// What keeps it from that.
    pub(crate) fn may_use(&self, card: CardId, wall_ms: u64) -> Result<(), NoLease> {
        if self.state.rolled_back { Err(NoLease::RolledBack) } else { self.state.may_use(card, wall_ms) }
    }

    /// A number that no card has or had.
    pub(crate) fn next_card(&self) -> CardId {
        let highest = self.state.cards.keys().chain(&self.state.deleted).max();
        CardId(highest.map_or(0, |card| card.0).saturating_add(1))
    }

    /// The highest sequence of the issuer's envelopes.
    pub(crate) fn highest_envelope(&self) -> u64 {
        self.state.highest_envelope
    }

    /// Whether an envelope is among the last that were applied.
    pub(crate) fn has_applied(&self, digest: &[u8; 32]) -> bool {
        self.state.digests.contains(digest)
    }

    /// Whether the wall clock stands before what was seen already, so that no key is leased.
    pub(crate) fn clock_was_set_back(&self, wall_ms: u64) -> bool {
        self.state.clock_was_set_back(wall_ms)
    }

    /// What the wall clock showed at the last payment, or what the issuer said since that it should.
    pub(crate) fn clock(&self) -> u64 {
        self.state.clock
    }

    /// The wall clock, which a little set back makes nothing valid again.
    pub(crate) fn latest_ms(&self, wall_ms: u64) -> u64 {
        self.state.latest_ms(wall_ms)
    }

    /// How many cards were deleted ever, or are retired.
    pub(crate) fn ended(&self) -> usize {
        let retired = self.state.cards.values().filter(|held| held.state == CardState::Retired);
        self.state.deleted.len().saturating_add(retired.count())
    }

    /// Whether these keys rise above all counters before them. One counter, one key, once.
    ///
    /// # Errors
    /// [`Error::AtcNotRising`].
    pub(crate) fn rise(&self, card: CardId, token: TokenDigest, keys: &[PaymentKey]) -> Result<(), Error> {
        let mut risen: Vec<(Aid, Channel, Atc)> = Vec::new();
        for key in keys {
            let before = risen.iter().rev().find(|(aid, channel, _)| (*aid, *channel) == (key.aid, key.channel));
            let before = match before {
                Some((_, _, atc)) => Some(*atc),
                None => self.state.highest(&Sequence { card, aid: key.aid, channel: key.channel }, Some(token)),
            };
            if before.is_some_and(|before| key.first_atc <= before.number()) {
                return Err(Error::AtcNotRising);
            }
            risen.push((key.aid, key.channel, key.last_atc()));
        }
        Ok(())
    }

    /// A spend key is here now, or no more; with it go the keys that it opened.
    pub(crate) fn bring(&mut self, protection: Protection, key: Option<Arc<AgreementKey>>) {
        if key.is_none() {
            self.open_icc_keys.drop_protected(&self.state, protection);
        }
        self.open_keys.bring(&self.state, protection, key);
    }

    /// A contact with a reader begins; gives its number, which no contact of this wallet has or had, over crashes too: each
    /// opening numbers on from where its own record stands, which is on the medium before, and there is room for more
    /// contacts than any process sees.
    pub(crate) fn begin_contact(&mut self) -> u64 {
        self.contact = self.next_number();
        self.numbers.begin_contact();
        self.contact
    }

    /// The number of a row, by the same right. A contact that is under way keeps its own.
    fn next_number(&mut self) -> u64 {
        self.numbered = self.numbered.saturating_add(1);
        self.numbered
    }

    /// What must be waited for so that all that was written counts; `None` where it does already.
    ///
    /// # Errors
    /// [`LedgerError::Poisoned`].
    pub(crate) fn waiting(&self) -> Result<Option<Waiting>, LedgerError> {
        self.log.waiting()
    }

    /// It was waited for outside, and this came of it.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn reached(&mut self, waiting: &Waiting, outcome: std::io::Result<()>) -> Result<(), LedgerError> {
        self.log.reached(waiting, outcome)
    }

    /// The number of the last record on the medium: what the issuer is told, so that it notices an older copy.
    pub(crate) fn mark(&self) -> u64 {
        self.log.synced()
    }

    /// The same for the platform, whose mark never falls, and does not move where this is an older copy.
    pub(crate) fn mark_to_store(&self) -> u64 {
        if self.state.rolled_back { self.stored_mark } else { self.mark().max(self.stored_mark) }
    }

    /// The platform has stored this mark: leases up to it may be used.
    pub(crate) fn mark_stored(&mut self, mark: u64) {
        self.stored_mark = self.stored_mark.max(mark.min(self.mark()));
    }

    /// The counter of the sequence's last cryptogram; 0000 before the first.
    pub(crate) fn last_atc(&self, sequence: &Sequence) -> Atc {
        self.state.last_atc(sequence)
    }

    /// How many cryptograms the sequence's keys can still make, were it `wall_ms` for all of them.
    pub(crate) fn uses_left(&self, sequence: &Sequence, wall_ms: u64) -> u32 {
        self.state.uses_left(sequence, wall_ms)
    }

    /// Of each key of a sequence: the uses left, and from when to when.
    pub(crate) fn keys_left(&self, sequence: &Sequence) -> impl Iterator<Item = (u16, u64, u64)> {
        self.state.keys_left(sequence)
    }

    /// How many keys of a sequence end above this counter, or at all.
    pub(crate) fn keys_above(&self, sequence: &Sequence, atc: Option<Atc>) -> usize {
        self.state.keys_above(sequence, atc)
    }

    /// Whether a card has given as many cryptograms without its holder verified as its policy allows.
    pub(crate) fn is_over_budget(&self, card: CardId, wall_ms: u64) -> bool {
        self.state.is_over_budget(card, wall_ms)
    }

    /// How often a card was used, since when.
    pub(crate) fn rate(&self, card: CardId) -> (u32, u64) {
        self.state.used.get(&card).map_or((0, 0), |used| (used.rate.uses, used.rate.since_ms))
    }

    /// A card's sequences, each with its last counter and the highest that a key is held for.
    pub(crate) fn counters(&self, card: CardId) -> impl Iterator<Item = (Sequence, Atc, Atc)> {
        let told = move |sequence: Sequence| (sequence, self.state.last_atc(&sequence), self.highest_atc(&sequence));
        self.state.sequences(card).map(told)
    }

    /// The highest counter that is gone or that a key is held for, of this card and of those with its token before it; 0000
    /// for none.
    pub(crate) fn highest_atc(&self, sequence: &Sequence) -> Atc {
        let token = self.card(sequence.card).map(|held| held.token);
        self.state.highest(sequence, token).unwrap_or(Atc::NONE_YET)
    }

    /// The use with which the keys of a sequence end that are over by then, where they stand before all others.
    pub(crate) fn over_by(&self, sequence: &Sequence, wall_ms: u64) -> Option<Use> {
        self.state.over_by(sequence, wall_ms)
    }

    /// Bytes of the log.
    pub(crate) fn length(&self) -> u64 {
        self.log.length()
    }

    /// Written first, then true.
    ///
    /// # Errors
    /// The disk's; nothing has changed then.
    pub(crate) fn write(&mut self, records: Vec<Record>) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        let first = self.log.append(&records)?;
        let outside_taps = |record: &Record| {
            matches!(
                record,
                Record::Applied { .. } | Record::KeysDropped { .. } | Record::CardDeleted(_) | Record::IccKey { .. }
            )
        };
        let keys_may_be_gone = records.iter().any(outside_taps);
        self.make_true(records, first);
        self.open_icc_keys.drop_unleased(&self.state);
        if keys_may_be_gone {
            self.open_icc_keys.drop_all();
            self.open_keys.drop_spent(&self.state);
        }
        Ok(())
    }

    /// What stands in the log, from this number on, is so.
    fn make_true(&mut self, records: Vec<Record>, first: u64) {
        for (record, number) in records.into_iter().zip(first..) {
            self.past_keys = self.past_keys.saturating_add(self.state.keys_of_seeds_gone_by(&record));
            self.state.apply(record, number);
        }
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledger").field("cards", &self.state.cards.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
