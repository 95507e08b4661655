//! Issuer Application Data (IAD, 9F10): what the terminal passes on to the issuer unread.

use super::card_verification_results::Cvr;
use super::signed_dynamic_data::IccDynamicNumber;
use crate::card::cvn::{Cvn, KernelId};
use crate::card::iad_fixed_part::FixedPart;

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
    /// | kernel 2 | KDI, CVN, CVR (6), DAC or the begin of the ICC dynamic number (2), counters (8) |
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

    /// Kernel 2, where the cryptogram comes inside a signature (CDA): the first two bytes of the ICC dynamic number stand in
    /// place of the DAC, which is for static data authentication.
    pub fn with_dynamic_number(self, number: IccDynamicNumber) -> Iad {
        let Iad(mut bytes) = self;
        bytes.iter_mut().skip(8).zip(number.0.into_iter().take(2)).for_each(|(byte, of_number)| *byte = of_number);
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
