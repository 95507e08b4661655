//! Signed Dynamic Application Data (SDAD, 9F4B): what the card signs with its ICC private key, so that a terminal can check
//! without the issuer that this card gave this answer to this transaction.
//!
//! Combined data authentication (CDA; EMV Book 2, section 6.6): the application cryptogram goes inside the signature and not
//! beside it. Fast dynamic data authentication (fDDA; EMV Contactless Book C-3, annex C): the signature goes beside the
//! cryptogram, over what both sides can know before it.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::card::data_authentication::SignedDataFormat;
use crate::emv::atc::Atc;

/// ICC Dynamic Number: 8 unpredictable bytes, of which the first two stand in kernel 2's IAD too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IccDynamicNumber(pub [u8; 8]);

/// What the signature binds beside the cryptogram (Transaction Data Hash Code): the values for the PDOL and for CDOL1 as the
/// terminal sent them, and the objects of the answer in the order in which the card sends them, but for 9F4B.
pub fn transaction_data_hash(pdol_values: &[u8], cdol1_values: &[u8], answer: &[u8]) -> [u8; 20] {
    sha_1(&[pdol_values, cdol1_values, answer])
}

/// ICC Dynamic Data of CDA: 38 bytes.
pub fn icc_dynamic_data(
    number: IccDynamicNumber,
    cid: u8,
    cryptogram: &[u8; 8],
    transaction_data_hash: &[u8; 20],
) -> Vec<u8> {
    [&[8], number.0.as_slice(), &[cid], cryptogram, transaction_data_hash].concat()
}

/// Card Authentication Related Data (9F69), 7 bytes: version 01, the card's own unpredictable number, the card transaction
/// qualifiers (9F6C) again, so that they are signed too.
pub fn card_authentication_data(unpredictable_number: [u8; 4], qualifiers: [u8; 2]) -> Vec<u8> {
    [[0x01].as_slice(), &unpredictable_number, &qualifiers].concat()
}

/// ICC Dynamic Data of fDDA: 3 bytes.
pub fn counter_alone(atc: Atc) -> Vec<u8> {
    [[2].as_slice(), &atc.bytes()].concat()
}

/// What both sides of fDDA know beside: the terminal's unpredictable number, amount and currency, and 9F69. Not the terminal
/// transaction qualifiers (9F66): no signature says what kind of reader it was made for.
pub fn known_to_both(
    unpredictable_number: [u8; 4],
    amount: [u8; 6],
    currency: [u8; 2],
    card_authentication_data: &[u8],
) -> Vec<u8> {
    [unpredictable_number.as_slice(), &amount, &currency, card_authentication_data].concat()
}

/// The block to be signed, as long as the modulus: `6A`, format, hash algorithm `01` (SHA-1), the dynamic data behind their
/// length, `BB` to fill it, a hash over all that and what is known beside it (of CDA the terminal's unpredictable number), `BC`.
/// `None` where the modulus is too short for it.
pub fn block(modulus_length: usize, format: SignedDataFormat, dynamic_data: &[u8], beside: &[u8]) -> Option<Vec<u8>> {
    let mut block = vec![0x6A, format.byte(), 0x01, u8::try_from(dynamic_data.len()).ok()?];
    block.extend_from_slice(dynamic_data);
    let filled = modulus_length.checked_sub(21).filter(|filled| *filled >= block.len())?;
    block.resize(filled, 0xBB);
    let hash = sha_1(&[block.get(1..)?, beside]);
    block.extend_from_slice(&hash);
    block.push(0xBC);
    Some(block)
}

fn sha_1(parts: &[&[u8]]) -> [u8; 20] {
    let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &parts.concat());
    hash.as_ref().try_into().expect("SHA-1 gives 20 bytes")
}
