//! What the cryptogram signs, per cryptogram version (EMV Book 2, section 8.1.1, table 27; scheme variants as in
//! public tools and examples).

use super::card_verification_results::Cvr;
use super::issuer_application_data::Iad;
use crate::card::cvn::Cvn;
use crate::emv::atc::Atc;
use crate::emv::dol::Values;
use crate::emv::tags;

/// The terminal's eight objects that every cryptogram version draws on, exactly as the terminal sent them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransactionData {
    /// 9F02, BCD in minor units.
    pub amount_authorised: [u8; 6],
    /// 9F03, BCD in minor units.
    pub amount_other: [u8; 6],
    /// 9F1A, ISO 3166 numeric in BCD.
    pub terminal_country: [u8; 2],
    /// 95.
    pub tvr: [u8; 5],
    /// 5F2A, ISO 4217 numeric in BCD.
    pub currency: [u8; 2],
    /// 9A, YYMMDD.
    pub date: [u8; 3],
    /// 9C.
    pub transaction_type: [u8; 1],
    /// 9F37.
    pub unpredictable_number: [u8; 4],
}

impl TransactionData {
    /// Takes the objects out of the terminal's values; `None` where the list did not ask for all of them.
    pub(crate) fn of(values: &Values<'_>) -> Option<TransactionData> {
        Some(TransactionData {
            amount_authorised: values.value(tags::AMOUNT_AUTHORISED)?,
            amount_other: values.value(tags::AMOUNT_OTHER)?,
            terminal_country: values.value(tags::TERMINAL_COUNTRY_CODE)?,
            tvr: values.value(tags::TVR)?,
            currency: values.value(tags::TRANSACTION_CURRENCY_CODE)?,
            date: values.value(tags::TRANSACTION_DATE)?,
            transaction_type: values.value(tags::TRANSACTION_TYPE)?,
            unpredictable_number: values.value(tags::UNPREDICTABLE_NUMBER)?,
        })
    }
}

/// Everything that may enter a cryptogram.
#[derive(Debug, Clone, Copy)]
pub struct CryptogramInput<'a> {
    /// The terminal's part.
    pub transaction: &'a TransactionData,
    /// Application Interchange Profile (82).
    pub aip: [u8; 2],
    /// Application Transaction Counter (9F36).
    pub atc: Atc,
    /// Card Verification Results, part of the IAD.
    pub cvr: &'a Cvr,
    /// Issuer Application Data (9F10).
    pub iad: &'a Iad,
}

impl CryptogramInput<'_> {
    /// The bytes to be MACed, before padding.
    ///
    /// | CVN | bytes |
    /// |---|---|
    /// | kernel 3: 0A, 43; kernel 7: 01 | ten objects, CVR bytes 1 to 4 |
    /// | kernel 3: 11 | 9F02, 9F37, 9F36, CVR byte 2 |
    /// | kernel 3: 12, C1 | ten objects, whole IAD |
    /// | kernel 2: 10, 14 | ten objects, CVR (6) |
    /// | kernel 2: 11, 15 | ten objects, CVR (6), counters (8) |
    ///
    /// The ten objects: 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, 82, 9F36 (33 bytes).
    pub fn bytes(&self, cvn: Cvn) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(72);
        match cvn {
            Cvn::Kernel3Cvn11 => {
                bytes.extend_from_slice(&self.transaction.amount_authorised);
                bytes.extend_from_slice(&self.transaction.unpredictable_number);
                bytes.extend_from_slice(&self.atc.bytes());
                bytes.extend(self.cvr.bytes().get(1));
            }
            Cvn::Kernel3Cvn0A | Cvn::Kernel3Cvn43 | Cvn::Kernel7Cvn01 => {
                self.put_ten_objects(&mut bytes);
                bytes.extend(self.cvr.bytes().iter().take(4));
            }
            Cvn::Kernel3Cvn12 | Cvn::Kernel3CvnC1 => {
                self.put_ten_objects(&mut bytes);
                bytes.extend_from_slice(self.iad.bytes());
            }
            Cvn::Kernel2Cvn10 | Cvn::Kernel2Cvn14 => {
                self.put_ten_objects(&mut bytes);
                bytes.extend_from_slice(self.cvr.bytes());
            }
            Cvn::Kernel2Cvn11 | Cvn::Kernel2Cvn15 => {
                self.put_ten_objects(&mut bytes);
                bytes.extend_from_slice(self.cvr.bytes());
                bytes.extend_from_slice(self.iad.counters());
            }
        }
        bytes
    }

    fn put_ten_objects(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.transaction.amount_authorised);
        bytes.extend_from_slice(&self.transaction.amount_other);
        bytes.extend_from_slice(&self.transaction.terminal_country);
        bytes.extend_from_slice(&self.transaction.tvr);
        bytes.extend_from_slice(&self.transaction.currency);
        bytes.extend_from_slice(&self.transaction.date);
        bytes.extend_from_slice(&self.transaction.transaction_type);
        bytes.extend_from_slice(&self.transaction.unpredictable_number);
        bytes.extend_from_slice(&self.aip);
        bytes.extend_from_slice(&self.atc.bytes());
    }
}
