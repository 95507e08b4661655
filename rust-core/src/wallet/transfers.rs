//! Transfers: the holder verifies for exactly one, the device signs it, the app carries it, and the issuer says what became of it.

use std::sync::Arc;

use super::Wallet;
use super::requests::ToSign;
use super::state::State;
use crate::card::cardholder_verification::{Method, Verdict};
use crate::card::report::Reason;
use crate::card::snapshot::CardId;
use crate::card::transfer::{NumberedTransfer, SignedTransfer, Transfer};
use crate::card::transfer_row::TransferRow;
use crate::error::Error;
use crate::keys::spend_key::Protection;
use crate::ledger::no_lease::NoLease;
use crate::ledger::record::Record;
use crate::now::Now;
use crate::remote::not_paid::NotPaid;
use crate::tap::kernels::reason_of;
use crate::tap::verification::Scope;

/// A transfer on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// Names it ([`TransferRow::number`]).
    pub number: u64,
    /// For the issuer, as [`crate::formats::transfer`] says. It names the payee: the app's connection must be confidential.
    pub bytes: Vec<u8>,
}

impl Wallet {
    /// Begins a transfer that the holder has verified for ([`Scope::Transfer`]): gives what the device signature key is to sign. Nothing
    /// is kept yet. What was begun before is over.
    ///
    /// # Errors
    /// [`NotPaid::Refused`] with what keeps the card from it: a card under a temporary use transfers nothing, because that would go
    /// around its limits. [`Error::UnknownCard`], [`Error::ToOneself`], [`Error::NoDeviceKeys`].
    pub fn transfer_begin(&self, card: CardId, transfer: &Transfer, now: Now) -> Result<ToSign, NotPaid> {
        let mut state = self.state_at(now);
        state.device_keys()?;
        let verified = state.may_transfer(card, transfer, now)?;
        let number = state.ledger.next_transfer();
        let numbered = NumberedTransfer { number, card, at_ms: now.wall_ms, verified, transfer: transfer.clone() };
        let digest = numbered.digest(state.ledger.identity().wallet);
        let token = state.begun_transfer.begin(numbered);
        Ok(ToSign { token, digest })
    }

    /// Asks for it, with the device's signature (r, s). It is pending, and on the medium, before this returns: where the app dies before
    /// it has sent it, [`Wallet::transfer_request`] gives it again. Uses the verification up. Store [`Wallet::mark`] afterwards.
    ///
    /// # Errors
    /// As [`Wallet::transfer_begin`]; [`Error::NotBegun`] where another one was begun since, or this one was finished;
    /// [`Error::SignatureWrong`] where it is not the device signature key's; [`Reason::StorageFailed`] where the medium fails: whether it
    /// is pending shows when the wallet is opened again, and it must not be sent before.
    pub fn transfer_finish(&self, token: u64, signature: &[u8; 64], now: Now) -> Result<TransferRequest, NotPaid> {
        let _working = self.work();
        let mut state = self.state_at(now);
        let numbered = state.begun_transfer.take(token).ok_or(Error::NotBegun)?;
        let wallet = state.ledger.identity().wallet;
        drop(state);
        self.device_signed(numbered.digest(wallet), signature)?;
        let mut state = self.state_at(now);
        state.may_transfer(numbered.card, &numbered.transfer, now)?;
        let signed = Arc::new(SignedTransfer { numbered, signature: *signature });
        state.ledger.write(vec![Record::Transfer(Arc::clone(&signed))]).map_err(|_| Reason::StorageFailed)?;
        state.verification.disarm();
        state.ledger.bring(Protection::Authenticated, None);
        let request = state.request_of(&signed);
        drop(state);
        self.settle().map_err(|_| Reason::StorageFailed)?;
        Ok(request)
    }

    /// The request of a transfer that is pending, to be sent again: the issuer knows it as the same. `None` where there is none.
    pub fn transfer_request(&self, number: u64) -> Option<TransferRequest> {
        let state = self.state();
        state.ledger.pending_transfer(number).map(|signed| state.request_of(signed))
    }

    /// The wallet's transfers: at most so many before this one, newest first; `None` for the newest. The last 100 are kept.
    pub fn transfers(&self, before: Option<u64>, limit: usize) -> Vec<TransferRow> {
        self.state().ledger.transfers(before, limit)
    }

    /// Deletes a transfer from the list for good. It is not called back by that: a pending one may have been sent. One that is not there
    /// is as good as deleted.
    ///
    /// # Errors
    /// The disk's.
    pub fn delete_transfer(&self, number: u64) -> Result<(), Error> {
        let _working = self.work();
        self.state().ledger.delete_transfer(number)?;
        Ok(self.settle()?)
    }
}

impl State {
    fn may_transfer(&self, card: CardId, transfer: &Transfer, now: Now) -> Result<Method, NotPaid> {
        let held = self.ledger.card(card).ok_or(Error::UnknownCard)?;
        let profile = self.profiles.get(&card).ok_or(Error::UnknownCard)?;
        let own = profile.applications.iter().map(|application| &application.payment_token);
        let mut names = own.flat_map(|token| [Some(&token.digits), token.account_reference.as_ref()]).flatten();
        if names.any(|name| transfer.is_to(name)) {
            return Err(Error::ToOneself.into());
        }
        let verified = self.verification.of_remote(now, Scope::Transfer(card, transfer.digest()));
        let verified = verified.map_err(|missing| reason_of(Verdict::Missing(missing)))?;
        self.ledger.may_use(card, now.wall_ms).map_err(NoLease::reason)?;
        if held.rules.holder.temporary_use.is_some() {
            return Err(Reason::OverHolderLimit.into());
        }
        Ok(verified)
    }

    fn request_of(&self, signed: &SignedTransfer) -> TransferRequest {
        let SignedTransfer { numbered, signature } = signed;
        let bytes = [&numbered.signed_by(self.ledger.identity().wallet)[..], signature].concat();
        TransferRequest { number: numbered.number, bytes }
    }
}
