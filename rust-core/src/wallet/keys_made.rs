//! Keys that the platform has made, and tells their public halves of: the device keys, for an enrolment; the spend keys that
//! it releases, when a card first needs one, and again where one was lost.

use super::Wallet;
use crate::error::{Error, LedgerError};
use crate::keys::agreement::AgreementPoint;
use crate::keys::identity::DeviceKeys;
use crate::keys::spend_key::Protection;
use crate::ledger::record::{Dropped, Record};

/// A spend key that the platform makes and releases: that of [`Protection::Device`] lies in the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReleasedSpendKey {
    /// The one that is released while the phone is unlocked.
    Unlocked,
    /// The one that is released when the holder has verified.
    Authenticated,
}

impl ReleasedSpendKey {
    /// Of which cards' keys it opens.
    fn protection(self) -> Protection {
        match self {
            ReleasedSpendKey::Unlocked => Protection::Unlocked,
            ReleasedSpendKey::Authenticated => Protection::Authenticated,
        }
    }
}

impl Wallet {
    /// The platform has made the device keys: to be told before an enrolment is asked for. They may be made anew, for another
    /// challenge, until the issuer has answered ([`Wallet::is_enrolled`]); what was begun with those before is over then.
    ///
    /// # Errors
    /// [`Error::DeviceKeysKnown`] where the issuer has answered and these are others, or the disk's.
    pub fn device_keys_made(&self, made: DeviceKeys) -> Result<(), Error> {
        let _working = self.work();
        let mut state = self.state();
        let mut identity = state.ledger.identity().clone();
        if identity.device_keys.as_ref() == Some(&made) {
            drop(state);
            return Ok(self.settle()?);
        }
        if state.ledger.highest_envelope() > 0 {
            return Err(Error::DeviceKeysKnown);
        }
        identity.device_keys = Some(made);
        state.ledger.write(vec![Record::Identity(identity)])?;
        state.begun_request.begun = None;
        state.begun_envelope.begun = None;
        drop(state);
        Ok(self.settle()?)
    }

    /// Whether the platform has told its device keys.
    pub fn has_device_keys(&self) -> bool {
        self.state().ledger.identity().device_keys.is_some()
    }

    /// The platform has made a spend key. For the first time: cards of that protection get keys by the next request
    /// for keys, which tells the issuer of it. Later, where it has lost the one before: payment keys that only that one opens are
    /// dropped, and their cards stand as [`Card::keys_lost`](crate::Card::keys_lost) until the issuer sends keys for the new
    /// one. The same key again changes nothing.
    ///
    /// # Errors
    /// The disk's.
    pub fn spend_key_made(&self, which: ReleasedSpendKey, made: AgreementPoint) -> Result<(), LedgerError> {
        let _working = self.work();
        let mut state = self.state();
        let mut identity = state.ledger.identity().clone();
        let protection = which.protection();
        let point = match which {
            ReleasedSpendKey::Unlocked => &mut identity.unlocked,
            ReleasedSpendKey::Authenticated => &mut identity.authenticated,
        };
        if point.as_ref() == Some(&made) {
            drop(state);
            return self.settle();
        }
        let lost = point.replace(made);
        let mut records = Vec::new();
        if lost.is_some() {
            state.ledger.bring(protection, None);
            let concerned = state.ledger.cards().filter(|(_, held)| held.policy.protection == protection);
            // The keys first: a key must not outlive what opens it.
            records.extend(concerned.map(|(card, _)| Record::KeysDropped { card, why: Dropped::SpendKeyLost }));
        }
        records.push(Record::Identity(identity));
        state.ledger.write(records)?;
        drop(state);
        self.settle()
    }

    /// Whether the platform has told of this spend key. A card of that protection has no keys until it has.
    pub fn has_spend_key(&self, which: ReleasedSpendKey) -> bool {
        self.state().ledger.identity().spend_point(which.protection()).is_some()
    }
}
