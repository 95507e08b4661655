//! ICC private keys that are open: that of an application whose next payment key is leased, from the time the spend key is there
//! until the lease is spent or given back, or the spend key is gone.

use std::fmt;
use std::sync::Arc;

use super::key_sequence::Sequence;
use super::open_keys::protection_of;
use super::state::LedgerState;
use crate::card::data_authentication::DataAuthentication;
use crate::keys::agreement::AgreementKey;
use crate::keys::icc_key::{HeldIccKey, IccKey};
use crate::keys::spend_key::Protection;

/// Those that are open.
#[derive(Debug, Default)]
pub(super) struct OpenIccKeys(Vec<OpenedIccKey>);

/// An ICC key to be opened, with all that it takes, so that it can be done while taps go on.
pub(crate) struct IccKeyToOpen {
    pub(super) sequence: Sequence,
    pub(super) held: Arc<HeldIccKey>,
    pub(super) authentication: DataAuthentication,
    pub(super) info: Vec<u8>,
    pub(super) spend_key: Arc<AgreementKey>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct OpenedIccKey {
    pub(super) sequence: Sequence,
    pub(super) held: Arc<HeldIccKey>,
    /// Digest of the certificate that it was opened under.
    pub(super) certificate: [u8; 32],
    pub(super) key: IccKey,
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
    /// Computes on P-256 where it is sealed, and signs once, blinded by these random bytes. `None` where it does not open.
    pub(crate) fn open(self, random: &[u8]) -> Option<OpenedIccKey> {
        let IccKeyToOpen { sequence, held, authentication, info, spend_key } = self;
        let key = held.open(&spend_key, &info, authentication.exponent, random)?;
        let certificate = authentication.certificate;
        authentication.certifies(&key).then_some(OpenedIccKey { sequence, held, certificate, key })
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
        self.0.retain(|open| state.lease_of(&open.sequence).is_some());
    }

    /// Wipes those that a spend key had opened which is gone.
    pub(super) fn drop_protected(&mut self, state: &LedgerState, protection: Protection) {
        self.0.retain(|open| protection_of(state, &open.sequence) != Some(protection));
    }

    /// An envelope was applied, which may have brought another certificate or another key: all are to be opened again.
    pub(super) fn drop_all(&mut self) {
        self.0.clear();
    }

    /// Whether that of this application is open.
    pub(super) fn has(&self, sequence: &Sequence) -> bool {
        self.place(sequence).is_some()
    }

    /// Keeps one, where it is leased.
    pub(super) fn keep(&mut self, state: &LedgerState, opened: OpenedIccKey) {
        self.0.push(opened);
        self.drop_unleased(state);
    }

    /// Takes one out.
    ///
    /// # Errors
    /// [`NoIccKey::Unusable`] where it was opened under another certificate than this contact shows: a renewal came in between. It
    /// stays for the next contact.
    pub(super) fn take(&mut self, sequence: &Sequence, certificate: &[u8; 32]) -> Result<Option<IccKey>, NoIccKey> {
        let Some(place) = self.place(sequence) else { return Ok(None) };
        let is_of_this = self.0.get(place).is_some_and(|open| open.certificate == *certificate);
        if is_of_this { Ok(Some(self.0.swap_remove(place).key)) } else { Err(NoIccKey::Unusable) }
    }

    fn place(&self, sequence: &Sequence) -> Option<usize> {
        self.0.iter().position(|open| open.sequence == *sequence)
    }
}
