//! ICC private keys: which of them are opened for a tap, and the one way in which a signature gets its key.

use std::sync::Arc;

use super::Ledger;
use super::key_sequence::Sequence;
use super::open_icc_keys::{IccKeyToOpen, NoIccKey, OpenedIccKey};
use super::open_keys::protection_of;
use crate::card::data_authentication::DataAuthentication;
use crate::card::profile::CardProfile;
use crate::card::snapshot::CardId;
use crate::emv::aid::Aid;
use crate::keys::icc_key::{self, HeldIccKey, IccKey};
use crate::keys::spend_key;
use crate::randomness::Randomness;

impl Ledger {
    /// What it takes to open the ICC key of an application whose next use is leased. `None` where it is open, or it or its spend
    /// key is not here.
    pub(crate) fn icc_key_to_open(
        &self,
        sequence: &Sequence,
        authentication: &DataAuthentication,
    ) -> Option<IccKeyToOpen> {
        let leased = self.state.lease_of(sequence).is_some();
        if !leased || self.open_icc_keys.has(sequence) {
            return None;
        }
        self.what_opens(sequence, authentication).ok()
    }

    /// Keeps what was opened, where it is still the one that is held and leased, and its spend key still here.
    pub(crate) fn icc_key_opened(&mut self, opened: OpenedIccKey) {
        let protection = protection_of(&self.state, &opened.sequence);
        let here = protection.is_some_and(|protection| self.open_keys.spend_key(protection).is_some());
        let held = self.held(&opened.sequence).is_some_and(|held| Arc::ptr_eq(held, &opened.held));
        if here && held && !self.open_icc_keys.has(&opened.sequence) {
            self.open_icc_keys.keep(&self.state, opened);
        }
    }

    /// The ICC key for one signature; the ledger does not have it open any more. Where it was not, it is opened now.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn take_icc_key(
        &mut self,
        sequence: &Sequence,
        authentication: &DataAuthentication,
        randomness: &mut Randomness,
    ) -> Result<IccKey, NoIccKey> {
        if let Some(key) = self.open_icc_keys.take(sequence, &authentication.certificate)? {
            return Ok(key);
        }
        // It should have been opened before the tap; better late than declined. Where a renewal came since this contact began, the
        // key is that of other certificates.
        if !self.shows(sequence, authentication) {
            return Err(NoIccKey::Unusable);
        }
        let opened = self.what_opens(sequence, authentication)?.open(&icc_key::random_bytes(randomness));
        opened.map(|opened| opened.key).ok_or(NoIccKey::Unusable)
    }

    /// Whether the card's profile, as it is now, has this certificate.
    fn shows(&self, sequence: &Sequence, authentication: &DataAuthentication) -> bool {
        let profile = self.card(sequence.card).and_then(|held| CardProfile::parse(&held.profile).ok());
        let application = profile.as_ref().and_then(|profile| profile.application(&sequence.aid));
        let now = application.and_then(|application| application.data_authentication.as_ref());
        now.is_some_and(|now| now.certificate == authentication.certificate)
    }

    /// Whether a card has an ICC key for this application.
    pub(crate) fn has_icc_key(&self, card: CardId, aid: &Aid) -> bool {
        self.card(card).is_some_and(|held| held.icc_keys.contains_key(aid))
    }

    fn held(&self, sequence: &Sequence) -> Option<&Arc<HeldIccKey>> {
        self.card(sequence.card)?.icc_keys.get(&sequence.aid)
    }

    fn what_opens(&self, sequence: &Sequence, authentication: &DataAuthentication) -> Result<IccKeyToOpen, NoIccKey> {
        let held = Arc::clone(self.held(sequence).ok_or(NoIccKey::Unusable)?);
        let protection = protection_of(&self.state, sequence).ok_or(NoIccKey::Unusable)?;
        let spend_key = self.open_keys.spend_key(protection).ok_or(NoIccKey::Locked(protection))?;
        let info = spend_key::icc_key_info(&self.identity().wallet, sequence.card.0, sequence.aid.bytes());
        Ok(IccKeyToOpen { sequence: *sequence, held, authentication: authentication.clone(), info, spend_key })
    }
}
