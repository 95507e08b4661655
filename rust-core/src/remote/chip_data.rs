//! The chip data of a payment without a reader: what a merchant's acquirer passes on to the issuer unread (ISO 8583, data element 55),
//! as BER-TLV data objects one behind the other.
//!
//! The other forms in which card schemes take such a cryptogram (UCAF, TAVV) are not public, and not here.

use super::signed::Signed;
use crate::cryptogram::input::TransactionData;
use crate::emv::tags;
use crate::emv::tlv;

/// CVM Results (9F34; EMV Book 4, annex A4): "plaintext PIN verification performed by ICC", always, successful: as kernel 2 writes that
/// the phone has verified its holder (EMV Contactless Book C-2).
const VERIFIED_ON_DEVICE: [u8; 3] = [0x01, 0x00, 0x02];
/// Cryptogram Information Data (9F27): ARQC.
const ARQC: [u8; 1] = [0x80];

/// Of an order: 84, 82, 95, 9A, 9C, 5F2A, 5F34 where the card has one, 9F02, 9F03, 9F10, 9F1A, 9F26, 9F27, 9F34, 9F36, 9F37.
pub(crate) fn of_order(signed: &Signed, transaction: &TransactionData) -> Vec<u8> {
    let Signed { application, atc, iad, cryptogram } = signed;
    let mut out = Vec::with_capacity(160);
    tlv::write(&mut out, tags::DF_NAME, application.aid.bytes());
    tlv::write(&mut out, tags::AIP, &application.aip);
    tlv::write(&mut out, tags::TVR, &transaction.tvr);
    tlv::write(&mut out, tags::TRANSACTION_DATE, &transaction.date);
    tlv::write(&mut out, tags::TRANSACTION_TYPE, &transaction.transaction_type);
    tlv::write(&mut out, tags::TRANSACTION_CURRENCY_CODE, &transaction.currency);
    if let Some(number) = application.payment_token.sequence_number {
        tlv::write(&mut out, tags::SEQUENCE_NUMBER, &[number]);
    }
    tlv::write(&mut out, tags::AMOUNT_AUTHORISED, &transaction.amount_authorised);
    tlv::write(&mut out, tags::AMOUNT_OTHER, &transaction.amount_other);
    tlv::write(&mut out, tags::IAD, iad.bytes());
    tlv::write(&mut out, tags::TERMINAL_COUNTRY_CODE, &transaction.terminal_country);
    tlv::write(&mut out, tags::APPLICATION_CRYPTOGRAM, &cryptogram.0);
    tlv::write(&mut out, tags::CID, &ARQC);
    tlv::write(&mut out, tags::CVM_RESULTS, &VERIFIED_ON_DEVICE);
    tlv::write(&mut out, tags::ATC, &atc.bytes());
    tlv::write(&mut out, tags::UNPREDICTABLE_NUMBER, &transaction.unpredictable_number);
    out
}

/// Of a code: 9F26, 9F27, 9F10, 9F36, 82, 9F37. All else that the cryptogram is over is 0.
pub(crate) fn of_code(signed: &Signed, transaction: &TransactionData) -> Vec<u8> {
    let Signed { application, atc, iad, cryptogram } = signed;
    let mut out = Vec::with_capacity(80);
    tlv::write(&mut out, tags::APPLICATION_CRYPTOGRAM, &cryptogram.0);
    tlv::write(&mut out, tags::CID, &ARQC);
    tlv::write(&mut out, tags::IAD, iad.bytes());
    tlv::write(&mut out, tags::ATC, &atc.bytes());
    tlv::write(&mut out, tags::AIP, &application.aip);
    tlv::write(&mut out, tags::UNPREDICTABLE_NUMBER, &transaction.unpredictable_number);
    out
}
