//! Who a wallet is to its issuer: its name, the pinned issuer key, and the public halves of the phone's keys, as far as they
//! have been made.

use std::fmt;
use std::sync::Arc;

use super::agreement::{AgreementKey, AgreementPoint};
use super::issuer_key::IssuerKey;
use super::spend_key::Protection;
use super::wallet_id::WalletId;
use crate::randomness::Randomness;

/// The public halves of the keys that stay with the platform: uncompressed points of P-256. The platform makes them for an
/// enrolment, where it can for the issuer's challenge, so that they are attested ([`Wallet::device_keys_made`](crate::Wallet::device_keys_made)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKeys {
    /// Of the device agreement key, with which envelopes are opened.
    pub agreement: AgreementPoint,
    /// Of the device signature key, which signs requests.
    pub signature: AgreementPoint,
}

/// A wallet's name and keys, as its ledger keeps them.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) wallet: WalletId,
    /// From the wallet's making on pinned: only what it signed is applied, and only it can name its successor.
    pub(crate) issuer: IssuerKey,
    /// None until the platform has made them.
    pub(crate) device_keys: Option<DeviceKeys>,
    /// The spend key of cards that need no verification: it lies under the store key.
    pub(crate) device: Arc<AgreementKey>,
    /// The public halves of the spend keys that the platform releases: while the phone is unlocked, and when the holder has
    /// verified. None until a card needed one.
    pub(crate) unlocked: Option<AgreementPoint>,
    pub(crate) authenticated: Option<AgreementPoint>,
}

impl Identity {
    /// A new wallet: its name and device spend key are drawn.
    pub(crate) fn new(issuer: IssuerKey, randomness: &mut Randomness) -> Identity {
        let mut name = [0; 16];
        randomness(&mut name);
        let device = Arc::new(AgreementKey::draw(randomness));
        let wallet = WalletId::new(name);
        Identity { wallet, issuer, device_keys: None, device, unlocked: None, authenticated: None }
    }

    /// The public half of one spend key, where it was made.
    pub(crate) fn spend_point(&self, protection: Protection) -> Option<&AgreementPoint> {
        match protection {
            Protection::Device => Some(self.device.point()),
            Protection::Unlocked => self.unlocked.as_ref(),
            Protection::Authenticated => self.authenticated.as_ref(),
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}
