//! What stands on an envelope: who signed it, for which wallet and card, what for, and its place in the sequence.

use std::fmt;
use std::num::NonZeroU32;

use super::error::EnvelopeError;
use super::issuer_key::IssuerKeyId;

/// Version to sequence.
pub(super) const HEADER_LENGTH: usize = 38;

/// What an envelope says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// What it is for.
    pub purpose: Purpose,
    /// Which key signed it.
    pub issuer_key: IssuerKeyId,
    /// Whose it is.
    pub wallet: WalletId,
    /// Which card it is about, if it is about one.
    pub card: Option<NonZeroU32>,
    /// Rises from envelope to envelope of one issuer and wallet.
    pub sequence: u64,
}

/// What an envelope is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A new card.
    InstallCard,
    /// Payment keys for a card.
    ReplenishKeys,
    /// What cards may pay.
    Policy,
    /// A card must not pay for now.
    Suspend,
    /// A suspended card may pay again.
    Resume,
    /// A new profile for the same card.
    Renew,
    /// A card ends.
    Delete,
    /// The issuer's clock, as an answer to a challenge.
    IssuerTime,
    /// Another issuer key from now on.
    RotateIssuerKey,
    /// What the issuer knows of the wallet's counters, as an answer to a challenge: for a wallet that was put back to an
    /// older copy.
    Resynchronise,
}

impl Purpose {
    pub(crate) fn from_byte(byte: u8) -> Option<Purpose> {
        Some(match byte {
            0x01 => Purpose::InstallCard,
            0x02 => Purpose::ReplenishKeys,
            0x03 => Purpose::Policy,
            0x04 => Purpose::Suspend,
            0x05 => Purpose::Resume,
            0x06 => Purpose::Renew,
            0x07 => Purpose::Delete,
            0x08 => Purpose::IssuerTime,
            0x09 => Purpose::RotateIssuerKey,
            0x0A => Purpose::Resynchronise,
            _ => return None,
        })
    }
}

/// The name of a wallet: 16 bytes, random when it was created. It leads the issuer to a holder, so it does not show.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WalletId([u8; 16]);

impl WalletId {
    /// A wallet's name.
    pub fn new(bytes: [u8; 16]) -> WalletId {
        WalletId(bytes)
    }

    /// The name as envelopes carry it.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for WalletId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WalletId(..)")
    }
}

impl Header {
    /// Reads the header that the bytes begin with. The version comes first, so that an envelope of a later one is
    /// known as such whatever its layout.
    pub(super) fn parse(bytes: &[u8]) -> Result<Header, EnvelopeError> {
        use EnvelopeError::{Truncated, UnknownPurpose, UnsupportedVersion};
        let ([version], rest) = bytes.split_first_chunk().ok_or(Truncated)?;
        if *version != 0x01 {
            return Err(UnsupportedVersion);
        }
        let ([purpose], rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let purpose = Purpose::from_byte(*purpose).ok_or(UnknownPurpose)?;
        let (issuer_key, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (wallet, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (card, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let sequence = rest.first_chunk().ok_or(Truncated)?;
        Ok(Header {
            purpose,
            issuer_key: IssuerKeyId(*issuer_key),
            wallet: WalletId(*wallet),
            card: NonZeroU32::new(u32::from_be_bytes(*card)),
            sequence: u64::from_be_bytes(*sequence),
        })
    }
}
