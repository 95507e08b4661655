//! Who a wallet is to its issuer: its name, the pinned issuer key, and the public halves of the phone's keys.

use std::fmt;

use super::agreement::{AgreementKey, AgreementPoint};
use super::issuer_key::IssuerKey;
use super::spend_key::Protection;
use super::wallet_id::WalletId;
use crate::randomness::Randomness;

/// What the platform brings when a wallet is created.
#[derive(Debug, Clone)]
pub struct PlatformKeys {
    /// The issuer's public key, from then on pinned: only what it signed is applied, and only it can name its successor.
    pub issuer: IssuerKey,
    /// The public half of the device agreement key, with which envelopes are opened. The private half stays with the
    /// platform.
    pub agreement: AgreementPoint,
    /// The public half of the device signature key, an uncompressed point of P-256. The private half stays with the
    /// platform and signs requests.
    pub signature: AgreementPoint,
    /// The public half of the spend key that the platform releases while the phone is unlocked.
    pub unlocked: AgreementPoint,
    /// The public half of the spend key that the platform releases when the holder has verified.
    pub authenticated: AgreementPoint,
}

/// A wallet's name and keys, as its ledger keeps them.
#[derive(Clone)]
pub(crate) struct Identity {
    pub(crate) wallet: WalletId,
    pub(crate) platform: PlatformKeys,
    /// The spend key of cards that need no verification: it lies under the store key.
    pub(crate) device: std::sync::Arc<AgreementKey>,
}

impl Identity {
    /// A new wallet: its name and device spend key are drawn.
    pub(crate) fn new(platform: PlatformKeys, randomness: &mut Randomness) -> Identity {
        let mut name = [0; 16];
        randomness(&mut name);
        Identity { wallet: WalletId::new(name), platform, device: std::sync::Arc::new(AgreementKey::draw(randomness)) }
    }

    /// The public half of one spend key.
    pub(crate) fn spend_point(&self, protection: Protection) -> &AgreementPoint {
        match protection {
            Protection::Device => self.device.point(),
            Protection::Unlocked => &self.platform.unlocked,
            Protection::Authenticated => &self.platform.authenticated,
        }
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity(..)")
    }
}
