//! What the holder decides: to verify, which card pays, which one goes.

use std::sync::Arc;

use super::Wallet;
use crate::card::cardholder_verification::Method;
use crate::card::snapshot::CardId;
use crate::error::Error;
use crate::keys::agreement::AgreementKey;
use crate::keys::spend_key::Protection;
use crate::ledger::compaction::Compaction;
use crate::ledger::record::{ChosenOnce, Record};
use crate::now::Now;
use crate::tap::verification::{self, Scope};

/// How long a choice for one payment may last.
pub(super) const ONCE_MS: std::ops::RangeInclusive<u64> = 5_000..=600_000;

impl Wallet {
    /// The holder was verified by the phone: makes a key ready and opens a window of 5 to 120 seconds for exactly one
    /// cryptogram. Gives the boot time in milliseconds at which it ends. `released` is the spend key that the platform
    /// released by the verification, for cards whose keys need it; it is held until the cryptogram or the window's end.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`], [`Error::AnotherSpendKey`], [`Error::TakenBack`] where it was taken back while this
    /// waited, or the disk's.
    pub fn arm(&self, now: Now, method: Method, window_ms: u64, released: Option<AgreementKey>) -> Result<u64, Error> {
        self.arm_for(Scope::AnyCard, now, method, window_ms, released)
    }

    /// The same, for one card, or for one payment as the first of two taps has told it: for any other the terminal is told that
    /// verification is needed, and the verification stays good until its window ends. Or for one payment without a reader.
    ///
    /// # Errors
    /// As [`Wallet::arm`]; [`Error::UnknownCard`].
    pub fn arm_for(
        &self,
        scope: Scope,
        now: Now,
        method: Method,
        window_ms: u64,
        released: Option<AgreementKey>,
    ) -> Result<u64, Error> {
        let before = self.times_taken_back(Protection::Authenticated);
        let _working = self.work();
        if !verification::WINDOWS_MS.contains(&window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        if let Scope::Card(card)
        | Scope::Payment(card, _)
        | Scope::Order(card, _)
        | Scope::Code(card)
        | Scope::Transfer(card, _) = scope
        {
            self.state().ledger.card(card).ok_or(Error::UnknownCard)?;
        }
        self.state_at(now).verification.forget_if_over(now);
        let released = released.map(Arc::new);
        if !self.bring(Protection::Authenticated, released.as_ref(), before)? {
            return Err(Error::TakenBack);
        }
        let remote = self.state().remote_sequence(scope, now.wall_ms);
        let ready = self.ready_where(now, Compaction::PastKeys, remote);
        let mut state = self.state();
        let taken_back = state.taken_back.times(Protection::Authenticated) != before;
        let ready = ready.map_err(Error::Ledger).and(if taken_back { Err(Error::TakenBack) } else { Ok(()) });
        if let Err(error) = ready {
            state.ledger.bring(Protection::Authenticated, None);
            return Err(error);
        }
        if let Some(released) = released {
            // Once more: a tap meanwhile has used up the verification before this one, and wiped what is here.
            state.ledger.bring(Protection::Authenticated, Some(released));
        }
        state.rate_limit.begin_anew();
        state.verification.arm(now, scope, method, window_ms)
    }

    /// Takes the verification back, for example when the screen goes dark, and wipes what it opened. One that waits for the
    /// medium in [`Wallet::arm`] is taken back too.
    pub fn disarm(&self) {
        self.state().take_back_verification();
    }

    /// Wipes what a verification had opened whose window has ended. Every call that is told the time does so; this one is for
    /// a timer of the platform, set to the end that [`Wallet::arm`] gave, so that a spend key does not lie in memory until
    /// the next call comes. Gives that end where the window is still open: `None` where it is over, used up or taken back.
    pub fn expire(&self, now: Now) -> Option<u64> {
        self.state_at(now).verification.open_until(now)
    }

    /// Chooses the card that pays from the next contact on.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn choose(&self, card: CardId, now: Now) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state_at(now);
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.ledger.write(vec![Record::Chosen(card)])?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// Chooses the card that pays once: until its next payment, or until so many milliseconds are over (5,000 to 600,000), whichever
    /// comes first; then the one of [`Wallet::choose`] pays again. It outlives the process, not the boot. `None` takes it back.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], [`Error::WindowOutOfRange`], or the disk's.
    pub fn choose_once(&self, card: Option<CardId>, for_ms: u64, now: Now) -> Result<(), Error> {
        let _working = self.work();
        if !ONCE_MS.contains(&for_ms) {
            return Err(Error::WindowOutOfRange);
        }
        let mut state = self.state_at(now);
        if let Some(card) = card {
            state.ledger.card(card).ok_or(Error::UnknownCard)?;
        }
        let until_ms = now.boot_ms.saturating_add(for_ms);
        let once = ChosenOnce { card: card.unwrap_or(CardId(0)), boot_count: now.boot_count, until_ms };
        state.ledger.write(vec![Record::ChosenOnce(once)])?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// The card that was chosen for one payment, as long as that counts.
    pub fn chosen_once(&self, now: Now) -> Option<CardId> {
        self.state().ledger.once(now)
    }

    /// Deletes a card and its keys for good, as the holder wishes: the issuer is told by the next request. A verification for
    /// it is taken back, so that no other card pays by it.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn delete(&self, card: CardId) -> Result<(), Error> {
        // At once, whatever else waits; and again, where it was verified meanwhile.
        self.state().take_back_verification_for(card);
        let _working = self.work();
        let mut state = self.state();
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.take_back_verification_for(card);
        state.ledger.write(vec![Record::CardDeleted(card)])?;
        state.profiles.remove(&card);
        drop(state);
        Ok(self.settle()?)
    }

    /// Deletes a row of the journal for good: when this returns, it does not come back, whatever the phone does, nor by a notice of
    /// the issuer. One that is not there is as good as deleted. A report that was not acknowledged is told all the same.
    ///
    /// # Errors
    /// The disk's.
    pub fn delete_row(&self, row: u64) -> Result<(), Error> {
        let _working = self.work();
        self.state().ledger.delete_row(row)?;
        Ok(self.settle()?)
    }
}
