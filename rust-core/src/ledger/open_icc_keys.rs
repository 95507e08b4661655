//! ICC private keys that are open: that of an application whose next payment key is leased, from the time the spend key is there
//! until the lease is spent or given back, or the spend key is gone.

use std::fmt;
use std::sync::Arc;

use super::Ledger;
use super::key_sequence::Sequence;
use super::open_keys::protection_of;
use super::state::LedgerState;
use crate::card::profile::DataAuthentication;
use crate::card::snapshot::CardId;
use crate::emv::aid::Aid;
use crate::keys::agreement::AgreementKey;
use crate::keys::icc_key::{HeldIccKey, IccKey};
use crate::keys::spend_key::{self, Protection};

/// Those that are open.
#[derive(Debug, Default)]
pub(super) struct OpenIccKeys(Vec<OpenedIccKey>);

/// An ICC key to be opened, with all that it takes, so that it can be done while taps go on.
pub(crate) struct IccKeyToOpen {
    sequence: Sequence,
    held: Arc<HeldIccKey>,
    authentication: DataAuthentication,
    info: Vec<u8>,
    spend_key: Arc<AgreementKey>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct OpenedIccKey {
    sequence: Sequence,
    held: Arc<HeldIccKey>,
    key: IccKey,
}

/// Why there is no ICC key to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoIccKey {
    /// The spend key that opens it is not here.
    Locked(Protection),
    /// It does not open, or does not sign.
    Unusable,
}

impl IccKeyToOpen {
    /// Computes on P-256 where it is sealed, and signs once. `None` where it does not open.
    pub(crate) fn open(self) -> Option<OpenedIccKey> {
        let IccKeyToOpen { sequence, held, authentication, info, spend_key } = self;
        let key = held.open(&spend_key, &info, authentication.exponent)?;
        authentication.certifies(&key).then_some(OpenedIccKey { sequence, held, key })
    }
}

impl fmt::Debug for IccKeyToOpen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IccKeyToOpen(..)")
    }
}

impl OpenIccKeys {
    /// Wipes those whose lease is gone.
    pub(super) fn drop_unleased(&mut self, state: &LedgerState) {
        if !self.0.is_empty() {
            let leases = state.leases();
            self.0.retain(|open| leases.iter().any(|leased| leased.sequence == open.sequence));
        }
    }

    /// Wipes those that a spend key had opened which is gone.
    pub(super) fn drop_protected(&mut self, state: &LedgerState, protection: Protection) {
        self.0.retain(|open| protection_of(state, &open.sequence) != Some(protection));
    }

    /// An envelope was applied, which may have brought another certificate or another key: all are to be opened again.
    pub(super) fn drop_all(&mut self) {
        self.0.clear();
    }

    fn place(&self, sequence: &Sequence) -> Option<usize> {
        self.0.iter().position(|open| open.sequence == *sequence)
    }
}

impl Ledger {
    /// What it takes to open the ICC key of an application whose next use is leased. `None` where it is open, or it or its spend
    /// key is not here.
    pub(crate) fn icc_key_to_open(
        &self,
        sequence: &Sequence,
        authentication: &DataAuthentication,
    ) -> Option<IccKeyToOpen> {
        let leased = self.state.lease_of(sequence).is_some();
        if !leased || self.open_icc_keys.place(sequence).is_some() {
            return None;
        }
        self.what_opens(sequence, authentication).ok()
    }

    /// Keeps what was opened, where it is still the one that is held and leased, and its spend key still here.
    pub(crate) fn icc_key_opened(&mut self, opened: OpenedIccKey) {
        let protection = protection_of(&self.state, &opened.sequence);
        let here = protection.is_some_and(|protection| self.open_keys.spend_key(protection).is_some());
        let held = self.held(&opened.sequence).is_some_and(|held| Arc::ptr_eq(held, &opened.held));
        if here && held && self.open_icc_keys.place(&opened.sequence).is_none() {
            self.open_icc_keys.0.push(opened);
            self.open_icc_keys.drop_unleased(&self.state);
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
    ) -> Result<IccKey, NoIccKey> {
        if let Some(place) = self.open_icc_keys.place(sequence) {
            return Ok(self.open_icc_keys.0.swap_remove(place).key);
        }
        // It should have been opened before the tap; better late than declined.
        let opened = self.what_opens(sequence, authentication)?.open();
        opened.map(|opened| opened.key).ok_or(NoIccKey::Unusable)
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
