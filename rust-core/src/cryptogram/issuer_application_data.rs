//! Issuer Application Data (IAD, 9F10): what the terminal passes on to the issuer unread.

use super::card_verification_results::Cvr;
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
}

/// Issuer Application Data, 7 to 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Iad(Vec<u8>);

impl Iad {
    /// Puts fixed part, CVR and, for a limited-use key, its index (`0YHHHHCC`) together:
    ///
    /// | | layout |
    /// |---|---|
    /// | kernel 3, formats 0 and 1 | 06, DKI, CVN, CVR (4), then, if any, length and IDD |
    /// | kernel 3, format 4 | 1F, CVN, DKI, CVR (5), 00, wallet provider (4), index (4), IDD format, IDD (14) |
    /// | kernel 7 | 07, DKI, CVN, CVR (4), 01 (algorithm: triple DES), then, if any, length and IDD |
    /// | kernel 2 | KDI, CVN, CVR (6), DAC (2), counters (8) |
    pub fn of(cvn: Cvn, fixed: &FixedPart, cvr: &Cvr, derivation_data: [u8; 4]) -> Iad {
        let mut bytes = Vec::with_capacity(32);
        match fixed {
            FixedPart::Short { dki, discretionary } => {
                let kernel_7 = cvn.kernel() == KernelId::Kernel7;
                bytes.extend([if kernel_7 { 7 } else { 6 }, *dki, cvn.number()]);
                bytes.extend_from_slice(cvr.bytes());
                bytes.extend(kernel_7.then_some(0x01));
                bytes.extend(u8::try_from(discretionary.len()).ok().filter(|length| *length > 0));
                bytes.extend_from_slice(discretionary);
            }
            FixedPart::Format4 { dki, wallet_provider, discretionary } => {
                bytes.extend([0x1F, cvn.number(), *dki]);
                bytes.extend_from_slice(cvr.bytes());
                bytes.push(0x00);
                bytes.extend_from_slice(wallet_provider);
                bytes.extend_from_slice(&derivation_data);
                bytes.extend_from_slice(discretionary);
            }
            FixedPart::Kernel2 { kdi, dac, counters } => {
                bytes.extend([*kdi, cvn.number()]);
                bytes.extend_from_slice(cvr.bytes());
                bytes.extend_from_slice(dac);
                bytes.extend_from_slice(counters);
            }
        }
        Iad(bytes)
    }

    /// The IAD as the card sends it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Kernel 2: the counters at the end, which some cryptogram versions sign.
    pub(crate) fn counters(&self) -> &[u8] {
        self.0.get(10..).unwrap_or_default()
    }
}
