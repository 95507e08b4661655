//! What stands on an envelope: who signed it, for which wallet and card, what for, and its place in the sequence.

use std::num::NonZeroU32;

use crate::card::envelope_purpose::Purpose;
use crate::error::EnvelopeError;
use crate::keys::issuer_key::IssuerKeyId;
use crate::keys::wallet_id::WalletId;

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
        let purpose = Purpose::of_byte(*purpose).ok_or(UnknownPurpose)?;
        let (issuer_key, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (wallet, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let (card, rest) = rest.split_first_chunk().ok_or(Truncated)?;
        let sequence = rest.first_chunk().ok_or(Truncated)?;
        Ok(Header {
            purpose,
            issuer_key: IssuerKeyId::new(*issuer_key),
            wallet: WalletId::new(*wallet),
            card: NonZeroU32::new(u32::from_be_bytes(*card)),
            sequence: u64::from_be_bytes(*sequence),
        })
    }
}
