//! The ledger: which cards and keys the wallet holds and how much of each key is spent, kept on disk over crashes. It alone
//! makes a [`SpentKey`].
//!
//! # How no key signs twice
//!
//! 1. A use of a key is *leased* before it can be spent: the lease is on the medium before it counts.
//! 2. It is *consumed* by one write before the cryptogram is computed. No wait for the medium: what is written outlives
//!    the process.
//! 3. At the next opening, records of the same boot are all there: a written consumption outlives a kill, and a lease
//!    that was not consumed is still good. After another boot anything written last may be lost: then what was leased
//!    is *burned*, whether it was consumed or not.
//!
//! So a power loss costs the leased uses at most, a kill nothing, and nothing signs twice.

mod files;
mod holdings;
mod log;
mod record;
mod seal;
mod storage;

pub use files::Files;
pub use seal::StoreKey;
pub use storage::{Storage, StoredFile};

use crate::aid::Aid;
use crate::error::{Error, LedgerError};
use crate::now::Now;
use crate::payment_key::{Atc, PaymentKey, SecretKey};
use crate::randomness::Randomness;

use holdings::Holdings;
use log::Log;
use record::{Record, Use};

/// Names one card of the wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardId(pub(crate) u32);

/// What a cryptogram is spent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The amount in the currency's minor unit (cents).
    pub minor: u64,
    /// ISO 4217 numeric, as three decimal digits in a number (978 = euro).
    pub currency: u16,
}

/// The right to spend one use of one key: names the key and the counter, and holds no key itself. Not `Clone`.
#[derive(Debug)]
pub struct Lease {
    leased: Use,
    derivation_data: Option<[u8; 4]>,
}

impl Lease {
    /// The counter that the cryptogram will carry.
    pub fn atc(&self) -> Atc {
        self.leased.atc
    }

    /// The index of a limited-use key, `0YHHHHCC`.
    pub fn derivation_data(&self) -> Option<[u8; 4]> {
        self.derivation_data
    }
}

/// A key whose use is counted already. [`crate::cryptogram::compute`] takes it by value: one cryptogram, then it is
/// gone. There is no other constructor, and it is not `Clone`.
#[derive(Debug)]
pub struct SpentKey {
    key: SecretKey,
    atc: Atc,
}

impl SpentKey {
    /// The counter that belongs to this use.
    pub fn atc(&self) -> Atc {
        self.atc
    }

    pub(crate) fn into_key(self) -> SecretKey {
        self.key
    }
}

/// Why there is no use to lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoLease {
    /// The application has no key left.
    NoKeyLeft,
    /// The next key is not valid yet.
    KeyNotYetValid,
    /// The keys left are too old.
    KeyExpired,
    /// The lease could not be put on the medium.
    NotWritten(LedgerError),
}

/// Why a leased use was not spent. No key was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSpent {
    /// It was spent already, or its key is gone.
    Gone,
    /// Its consumption could not be written.
    NotWritten(LedgerError),
}

/// A contact that spent a key and whose end no one saw: the process died in it or before its report was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenContact {
    /// Names the contact within this wallet.
    pub id: u64,
    /// The application.
    pub aid: Aid,
    /// The counter of the cryptogram, which may or may not have reached the terminal.
    pub atc: Atc,
    /// What it was about.
    pub amount: Amount,
    card: CardId,
}

impl OpenContact {
    pub(crate) fn card(&self) -> CardId {
        self.card
    }
}

/// A log that is twice as long as what it says, and this much, is written anew.
const SLACK: u64 = 64 * 1024;

/// The ledger of one wallet, open.
pub struct Ledger {
    log: Log,
    holdings: Holdings,
    boot_count: u32,
    contact: u64,
}

impl Ledger {
    /// Makes the ledger of a new wallet.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] where there is one already; or the disk's.
    pub fn create(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<Ledger, LedgerError> {
        let log = Log::create(storage, store_key, now.boot_count, randomness)?;
        let mut holdings = Holdings::default();
        holdings.boot_count = now.boot_count;
        Ok(Ledger { log, holdings, boot_count: now.boot_count, contact: 0 })
    }

    /// Opens the ledger that is there. In another boot than the one before, leases that were not seen consumed are burned.
    ///
    /// # Errors
    /// One for each reason: see [`LedgerError`]. Nothing is changed by a ledger that does not open.
    pub fn open(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        now: Now,
        randomness: &mut Randomness,
    ) -> Result<Ledger, LedgerError> {
        let (log, records) = Log::open(storage, store_key, now.boot_count, randomness)?;
        let mut holdings = Holdings::default();
        records.into_iter().for_each(|record| holdings.apply(record));
        let contact = holdings.last_contact;
        let mut ledger = Ledger { log, holdings, boot_count: now.boot_count, contact };
        ledger.holdings.boot_count = now.boot_count;
        // Whether these records reach the disk does not matter: a lease of another boot is burned at every opening.
        let burned = ledger.holdings.leases_of_other_boots(now.boot_count).into_iter().map(Record::Burned);
        ledger.write(burned.collect())?;
        Ok(ledger)
    }

    /// Takes a card in.
    ///
    /// # Errors
    /// The disk's; the card is not there then.
    pub(crate) fn install(&mut self, profile: &[u8]) -> Result<CardId, LedgerError> {
        let highest = self.holdings.cards.keys().chain(&self.holdings.deleted).max();
        let card = CardId(highest.map_or(0, |card| card.0).saturating_add(1));
        self.write(vec![Record::CardInstalled { card, profile: profile.to_vec() }])?;
        self.log.sync()?;
        Ok(card)
    }

    /// Deletes a card and its keys for good: nothing brings a card of this number back.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn delete(&mut self, card: CardId) -> Result<(), LedgerError> {
        self.write(vec![Record::CardDeleted(card)])?;
        self.log.sync()
    }

    /// All cards and their profiles.
    pub(crate) fn cards(&self) -> impl Iterator<Item = (CardId, &[u8])> {
        self.holdings.cards.iter().map(|(card, profile)| (*card, profile.as_slice()))
    }

    /// Takes keys in, in the order in which they are to be spent.
    ///
    /// # Errors
    /// [`Error::AtcNotRising`] where a counter is not above all counters of that application before it, or the disk's.
    /// Nothing is taken in then.
    pub fn add(&mut self, card: CardId, keys: Vec<PaymentKey>) -> Result<(), Error> {
        let mut rising: Vec<(Aid, Atc)> = Vec::new();
        for key in &keys {
            let before = rising.iter().rev().find(|(aid, _)| *aid == key.aid).map(|(_, atc)| *atc);
            let before = before.unwrap_or_else(|| self.holdings.highest_atc(card, &key.aid));
            if key.first_atc <= before.number() {
                return Err(Error::AtcNotRising);
            }
            rising.push((key.aid, key.last_atc()));
        }
        self.write(keys.into_iter().map(|key| Record::KeyAdded { card, key }).collect())?;
        self.log.sync()?;
        Ok(())
    }

    /// Makes a use of each application's keys ready to be spent, so that a tap need not wait for the medium. Call it
    /// before a tap and after it, never in it.
    ///
    /// # Errors
    /// The disk's.
    pub fn keep_leased(&mut self, card: CardId, aids: &[Aid], now: Now) -> Result<(), LedgerError> {
        let next = aids.iter().filter_map(|aid| self.holdings.next_use(card, aid, now.wall_ms).ok());
        let wanted: Vec<Record> = next
            .map(|(next, _)| next)
            .filter(|next| !self.holdings.is_leased(next))
            .take(MOST_LEASES)
            .map(Record::Leased)
            .collect();
        self.write(wanted)?;
        if self.log.is_synced() { Ok(()) } else { self.log.sync() }
    }

    /// Names the next use of the first key that may be used now. Opens nothing, spends nothing. Where that use is not
    /// leased, it waits for the medium rather than decline.
    ///
    /// # Errors
    /// Why there is none: no key left, the first one left is not valid yet or no longer, or the disk fails.
    pub fn lease(&mut self, card: CardId, aid: &Aid, wall_ms: u64) -> Result<Lease, NoLease> {
        let (leased, derivation_data) = self.holdings.next_use(card, aid, wall_ms)?;
        if !self.holdings.is_leased(&leased) {
            let written = self.write(vec![Record::Leased(leased)]).and_then(|()| self.log.sync());
            written.map_err(NoLease::NotWritten)?;
        }
        Ok(Lease { leased, derivation_data })
    }

    /// Writes that the leased use is spent, and only then gives the key out.
    ///
    /// # Errors
    /// Why not; no key is opened then.
    pub fn consume(&mut self, lease: Lease, amount: Amount) -> Result<SpentKey, NotSpent> {
        let Lease { leased: spent, .. } = lease;
        if !self.holdings.is_leased(&spent) {
            return Err(NotSpent::Gone);
        }
        let key = self.holdings.key_for(&spent).ok_or(NotSpent::Gone)?;
        let consumed = Record::Consumed { contact: self.contact, spent, amount };
        self.write(vec![consumed]).map_err(NotSpent::NotWritten)?;
        Ok(SpentKey { key, atc: spent.atc })
    }

    /// A contact with a reader begins; gives its number.
    pub(crate) fn begin_contact(&mut self) -> u64 {
        self.contact = self.contact.saturating_add(1);
        self.contact
    }

    /// A contact's report was taken. Contacts that spent nothing leave no trace.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn close_contact(&mut self, id: u64) -> Result<(), LedgerError> {
        if self.holdings.open_contacts.iter().all(|(open, _, _)| *open != id) {
            return Ok(());
        }
        self.write(vec![Record::ContactClosed(id)])
    }

    /// Contacts that spent a key and were never closed.
    pub fn open_contacts(&self) -> Vec<OpenContact> {
        let told = |(id, spent, amount): &(u64, Use, Amount)| OpenContact {
            id: *id,
            aid: spent.aid,
            atc: spent.atc,
            amount: *amount,
            card: spent.card,
        };
        self.holdings.open_contacts.iter().map(told).collect()
    }

    /// Writes the log anew where it has grown far beyond what it says. Not in a tap.
    ///
    /// # Errors
    /// The disk's; the old log is as good then.
    pub fn compact_if_due(&mut self, randomness: &mut Randomness) -> Result<bool, LedgerError> {
        // Most of the time there is nothing to do; the snapshot copies every key.
        if self.log.length() <= SLACK {
            return Ok(false);
        }
        let snapshot = self.holdings.snapshot();
        let live: usize = snapshot.iter().map(|record| record.encode().len().saturating_add(40)).sum();
        let due = self.log.length() > (live as u64).saturating_mul(2).saturating_add(SLACK);
        if due {
            self.log.replace(self.boot_count, randomness, &snapshot)?;
        }
        Ok(due)
    }

    /// The counter of the application's last cryptogram; 0000 before the first.
    pub fn last_atc(&self, card: CardId, aid: &Aid) -> Atc {
        self.holdings.last_atc(card, aid)
    }

    /// How many cryptograms the application's keys can still make, were it `wall_ms` for all of them.
    pub fn uses_left(&self, card: CardId, aid: &Aid, wall_ms: u64) -> u32 {
        self.holdings.uses_left(card, aid, wall_ms)
    }

    /// Written first, then true.
    fn write(&mut self, records: Vec<Record>) -> Result<(), LedgerError> {
        if records.is_empty() {
            return Ok(());
        }
        self.log.append(&records)?;
        records.into_iter().for_each(|record| self.holdings.apply(record));
        Ok(())
    }
}

/// At most so many uses are leased at once: what a power loss can cost.
const MOST_LEASES: usize = 3;

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledger").field("cards", &self.holdings.cards.len()).finish_non_exhaustive()
    }
}
