//! What the holder decides: to verify, which card pays, which one goes.

use super::Wallet;
use crate::card::snapshot::CardId;
use crate::card::verdict::Method;
use crate::error::Error;
use crate::keys::agreement::AgreementKey;
use crate::keys::spend_key::Protection;
use crate::ledger::compaction::Compaction;
use crate::ledger::record::Record;
use crate::now::Now;
use crate::tap::verification;

impl Wallet {
    /// The holder was verified by the phone: makes a key ready and opens a window of 5 to 120 seconds for exactly one
    /// cryptogram. Gives the boot time in milliseconds at which it ends. `released` is the spend key that the platform
    /// released by the verification, for cards whose keys need it; it is held until the cryptogram or the window's end.
    ///
    /// # Errors
    /// [`Error::WindowOutOfRange`], [`Error::AnotherSpendKey`], or the disk's.
    pub fn arm(&self, now: Now, method: Method, window_ms: u64, released: Option<AgreementKey>) -> Result<u64, Error> {
        let _working = self.work();
        if !verification::WINDOWS_MS.contains(&window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        self.bring(Protection::Authenticated, released)?;
        if let Err(error) = self.ready_where(now, Compaction::PastKeys) {
            self.state().ledger.bring(Protection::Authenticated, None);
            return Err(error.into());
        }
        let mut state = self.state();
        state.rate_limit.begin_anew();
        state.verification.arm(now, method, window_ms)
    }

    /// Takes the verification back, for example when the screen goes dark, and wipes what it opened.
    pub fn disarm(&self) {
        let mut state = self.state();
        state.verification.disarm();
        state.ledger.bring(Protection::Authenticated, None);
    }

    /// Chooses the card that pays from the next contact on.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn choose(&self, card: CardId, now: Now) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.ledger.write(vec![Record::Chosen(card)])?;
        drop(state);
        Ok(self.ready(now)?)
    }

    /// Deletes a card and its keys for good, as the holder wishes: the issuer is told by the next request.
    ///
    /// # Errors
    /// [`Error::UnknownCard`], or the disk's.
    pub fn delete(&self, card: CardId) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        state.ledger.card(card).ok_or(Error::UnknownCard)?;
        state.ledger.write(vec![Record::CardDeleted(card)])?;
        state.profiles.remove(&card);
        drop(state);
        Ok(self.settle()?)
    }
}
