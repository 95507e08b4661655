//! The part of the Issuer Application Data (IAD, 9F10) that the card profile brings.

use super::cvn::{Cvn, KernelId};

/// The part of the IAD that is the same in every transaction, from the card profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixedPart {
    /// Kernel 3, formats 0 and 1; kernel 7.
    Short {
        /// Derivation Key Index (DKI): which of the issuer's master keys.
        dki: u8,
        /// Issuer discretionary data; none where empty.
        discretionary: Vec<u8>,
    },
    /// Kernel 3, format 4, 32 bytes.
    Format4 {
        /// Derivation Key Index (DKI).
        dki: u8,
        /// Digital wallet provider identifier.
        wallet_provider: [u8; 4],
        /// IDD format, then 14 bytes of issuer discretionary data (IDD).
        discretionary: [u8; 15],
    },
    /// Kernel 2, 18 bytes.
    Kernel2 {
        /// Key Derivation Index (KDI).
        kdi: u8,
        /// Data Authentication Code (DAC).
        dac: [u8; 2],
        /// Counters, as the issuer set them.
        counters: [u8; 8],
    },
}

impl FixedPart {
    /// Reads the fixed part as the card profile carries it; `None` where it does not have the length that belongs to
    /// the cryptogram version.
    pub fn parse(cvn: Cvn, bytes: &[u8]) -> Option<FixedPart> {
        let (first, rest) = bytes.split_first()?;
        match cvn.kernel() {
            KernelId::Kernel2 => {
                let (dac, counters) = rest.split_first_chunk()?;
                Some(FixedPart::Kernel2 { kdi: *first, dac: *dac, counters: counters.try_into().ok()? })
            }
            KernelId::Kernel3 if cvn.uses_limited_use_keys() => {
                let (wallet_provider, discretionary) = rest.split_first_chunk()?;
                let discretionary = discretionary.try_into().ok()?;
                Some(FixedPart::Format4 { dki: *first, wallet_provider: *wallet_provider, discretionary })
            }
            KernelId::Kernel3 if rest.len() <= 24 => {
                Some(FixedPart::Short { dki: *first, discretionary: rest.to_vec() })
            }
            KernelId::Kernel7 if rest.len() <= 23 => {
                Some(FixedPart::Short { dki: *first, discretionary: rest.to_vec() })
            }
            KernelId::Kernel3 | KernelId::Kernel7 => None,
        }
    }

    /// How long the whole is, with what the card puts to it.
    pub(crate) fn iad_length(&self, kernel: KernelId) -> usize {
        match self {
            FixedPart::Short { discretionary, .. } => {
                let algorithm = usize::from(kernel == KernelId::Kernel7);
                let length = usize::from(!discretionary.is_empty());
                discretionary.len().saturating_add(algorithm).saturating_add(length).saturating_add(7)
            }
            FixedPart::Format4 { .. } => 32,
            FixedPart::Kernel2 { .. } => 18,
        }
    }
}
