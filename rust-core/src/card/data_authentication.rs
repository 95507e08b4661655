//! Offline data authentication of an application: what the card's own key must be like so that its certificate is of use, and
//! where a signature stands that comes before the records.

use super::recognition::ExpiryMonth;
use crate::emv::afl::RecordAddress;
use crate::keys::icc_key::{HeldIccKey, IccKey, MODULUS_LENGTHS};

/// How an application authenticates itself to a terminal that does not ask the issuer: what its ICC key must be like.
#[derive(Debug, Clone)]
pub(crate) struct DataAuthentication {
    pub(crate) exponent: u32,
    /// The modulus that the ICC certificate names, where that could be read.
    pub(crate) modulus: Option<Vec<u8>>,
    /// How much of a modulus there is room for in the ICC certificate, and how much of it stands beside.
    pub(crate) inside: usize,
    pub(crate) beside: usize,
    /// The month at whose end the first of the two certificates is over, where they could be read.
    pub(crate) ends: Option<ExpiryMonth>,
    /// SHA-256 of the ICC certificate, and of the signed records and the AIP that it is over.
    pub(crate) certificate: [u8; 32],
    pub(crate) static_data: [u8; 32],
}

impl DataAuthentication {
    /// Whether the certificate can be that of this key, by its length.
    pub(crate) fn fits(&self, key: &HeldIccKey) -> bool {
        key.modulus_length().saturating_sub(self.inside) == self.beside
    }

    /// How long a signature may be, at most.
    pub(crate) fn longest_signature(&self) -> usize {
        let most = self.inside.saturating_add(self.beside).min(*MODULUS_LENGTHS.end());
        self.modulus.as_ref().map_or(most, Vec::len)
    }

    /// Whether it is, as far as the profile can tell.
    pub(crate) fn certifies(&self, key: &IccKey) -> bool {
        self.modulus.as_ref().is_none_or(|modulus| modulus == key.modulus())
    }
}

/// What GET PROCESSING OPTIONS answers of the profile.
#[derive(Debug, Clone)]
pub(crate) struct ProcessingOptions {
    /// AIP, AFL and what else there is, encoded.
    pub(crate) encoded: Vec<u8>,
    /// The records that the AFL names, in its order.
    pub(crate) records: Vec<RecordAddress>,
}

/// Fast dynamic data authentication (fDDA) of kernels 3 and 7: the card signs at GET PROCESSING OPTIONS, where a terminal wants it.
#[derive(Debug, Clone)]
pub(crate) struct FastDda {
    pub(crate) format: SignedDataFormat,
    /// What such a terminal is answered; others are not sent to records that it alone needs.
    pub(crate) options: ProcessingOptions,
    /// The last record, which the card makes for each transaction.
    pub(crate) record: RecordAddress,
    /// Whether there is room for the signature in the answer to GET PROCESSING OPTIONS. Where there is none it stands in that
    /// record.
    pub(crate) fits_processing_options: bool,
}

/// Signed Data Format: the first byte that a signature over dynamic data is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedDataFormat {
    /// 05, as EMV Book 2 has it, section 6.5.
    Usual,
    /// 95: of a card that asks for an online authorisation beside it. Public sources differ in whether terminals want it.
    BesideArqc,
}

impl SignedDataFormat {
    /// The byte.
    pub fn byte(self) -> u8 {
        match self {
            SignedDataFormat::Usual => 0x05,
            SignedDataFormat::BesideArqc => 0x95,
        }
    }
}
