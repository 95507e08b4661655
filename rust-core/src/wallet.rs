//! The wallet: the one door. It owns the cards and the ledger, and asks [`crate::tap::contact`] to do the talking.
//!
//! All methods may be called from any thread. Two locks keep them apart: one for the state, which a terminal's command
//! needs and which no one holds while waiting for the medium or computing on P-256; and one that lets only one of the
//! other calls work at a time.

mod app;
pub(crate) mod balance;
mod coupons;
pub(crate) mod envelopes;
mod holder;
mod holder_rules;
pub(crate) mod keys_made;
pub(crate) mod pending;
mod profiles;
mod remote;
pub(crate) mod requests;
mod state;
mod terminal;
pub(crate) mod transfers;
pub(crate) mod upkeep;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::card::profile::CardProfile;
use crate::card::report::Report;
use crate::error::LedgerError;
use crate::keys::identity::Identity;
use crate::keys::issuer_key::IssuerKey;
use crate::ledger::Ledger;
use crate::ledger::seal::StoreKey;
use crate::ledger::storage::Storage;
use crate::now::Now;
use crate::randomness::Randomness;
use crate::tap::rate_limit::RateLimit;
use crate::tap::trace::Trace;
use crate::tap::verification::Verification;
use pending::{BegunEnvelope, BegunRequest, BegunToSign};
use profiles::Profiles;
use state::{State, TakenBack};

/// The cards of one phone.
pub struct Wallet {
    work: Mutex<()>,
    state: Mutex<State>,
}

impl Wallet {
    /// Makes a new, empty wallet on a disk where none is. The issuer's public key is pinned from then on: only what it signed is
    /// applied, and only it can name its successor. The phone's keys come later, when they are made: [`Wallet::device_keys_made`],
    /// [`Wallet::spend_key_made`]. `randomness` must fill the whole buffer it is given, unpredictably outside tests.
    ///
    /// # Errors
    /// [`LedgerError::Exists`] where there is one already; or the disk's.
    pub fn create(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        issuer: IssuerKey,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let identity = Identity::new(issuer, &mut randomness);
        let ledger = Ledger::create(Arc::from(storage), store_key, identity, now, &mut randomness)?;
        Ok(Wallet::of(ledger, Profiles::of(Vec::new()), randomness))
    }

    /// Opens the wallet that is there, and makes uses of the chosen card's keys ready for a tap. `stored_mark` is the last
    /// [`Wallet::mark`] that the platform has stored, 0 if none. A wallet that is behind it was put back from an older
    /// copy ([`Wallet::is_rolled_back`]).
    ///
    /// # Errors
    /// Why it cannot be opened; what is damaged, foreign or too new is left as it is. [`LedgerError::Damaged`] where a profile
    /// in it is not usable.
    pub fn open(
        storage: Box<dyn Storage>,
        store_key: StoreKey,
        stored_mark: u64,
        now: Now,
        mut randomness: Randomness,
    ) -> Result<Wallet, LedgerError> {
        let mut ledger = Ledger::find(Arc::from(storage), store_key, stored_mark, now)?;
        let parsed = ledger.cards().map(|(card, held)| Some((card, Arc::new(CardProfile::parse(&held.profile).ok()?))));
        let profiles = Profiles::of(parsed.collect::<Option<Vec<_>>>().ok_or(LedgerError::Damaged)?);
        ledger.go_on(now, &mut randomness)?;
        let wallet = Wallet::of(ledger, profiles, randomness);
        wallet.make_ready(now)?;
        Ok(wallet)
    }

    /// The reports that can still be read of a wallet that does not open because it is damaged. Changes nothing.
    ///
    /// # Errors
    /// [`LedgerError::Damaged`] where not even its beginning can be read, and the others.
    pub fn salvage(storage: &dyn Storage, store_key: &StoreKey) -> Result<Vec<Report>, LedgerError> {
        Ledger::salvage(storage, store_key)
    }

    fn of(ledger: Ledger, profiles: Profiles, randomness: Randomness) -> Wallet {
        let state = State {
            profiles,
            ledger,
            verification: Verification::default(),
            taken_back: TakenBack::default(),
            rate_limit: RateLimit::default(),
            contact: None,
            trace: Trace::default(),
            randomness,
            begun_envelope: BegunEnvelope::default(),
            begun_request: BegunRequest::default(),
            begun_order: BegunToSign::default(),
            begun_transfer: BegunToSign::default(),
            heard: None,
            ended_told: 0,
            issuer_clock: None,
        };
        Wallet { work: Mutex::new(()), state: Mutex::new(state) }
    }

    /// Only one call at a time waits or computes.
    pub(crate) fn work(&self) -> MutexGuard<'_, ()> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state, for a moment, without what is over by now.
    pub(crate) fn state_at(&self, now: Now) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.expire(now);
        state
    }

    /// The state, for a moment.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Wallet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Wallet").field("cards", &self.cards().len()).finish_non_exhaustive()
    }
}
