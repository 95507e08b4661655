//! Combined data authentication (CDA; EMV Book 2, sections 6.3, 6.4 and 6.6.2): the card's answer to GENERATE AC comes inside a
//! signature, and the reader goes from the certification authority's key to the issuer's, to the card's, to the answer.

use num_bigint::BigUint;
use sha1::{Digest, Sha1};

use crate::terminal::Reason;
use crate::terminal::ca_key::CaKey;
use crate::terminal::card_data::CardData;
use crate::terminal::tlv::DataObject;

/// What a check of the card's signature found, all of it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cda {
    /// The index (8F) of the certification authority's key.
    pub ca_key_index: u8,
    /// The issuer's certificate, recovered.
    pub issuer_certificate: Vec<u8>,
    /// The card's certificate, recovered.
    pub icc_certificate: Vec<u8>,
    /// The signed dynamic application data, recovered.
    pub signed_data: Vec<u8>,
    /// ICC dynamic number, 2 to 8 bytes.
    pub icc_dynamic_number: Vec<u8>,
    /// The application cryptogram, which stands in the signature alone.
    pub cryptogram: [u8; 8],
}

/// Which step of the check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CdaStep {
    /// The issuer's certificate (90) is not recovered by the certification authority's key.
    IssuerCertificate,
    /// It is for other card numbers.
    IssuerIdentifier,
    /// It is over.
    IssuerCertificateOver,
    /// The card's certificate (9F46) is not recovered by the issuer's key, or is over other records or another AIP.
    IccCertificate,
    /// It is for another card number.
    CardNumber,
    /// It is over.
    IccCertificateOver,
    /// The tag list (9F4A) names more than the AIP.
    TagList,
    /// There is no signature (9F4B), or a cryptogram (9F26) in the open beside it.
    SignatureMissing,
    /// The signature is not recovered by the card's key, or is over another unpredictable number.
    Signature,
    /// The type of cryptogram in the signature is not the one in the answer.
    CryptogramType,
    /// The signature is over another transaction or another answer.
    TransactionDataHash,
}

impl CdaStep {
    /// In plain words, for a person; without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            CdaStep::IssuerCertificate => "the issuer's certificate is not the certification authority's",
            CdaStep::IssuerIdentifier => "the issuer's certificate is for other card numbers",
            CdaStep::IssuerCertificateOver => "the issuer's certificate is over",
            CdaStep::IccCertificate => "the card's certificate is not the issuer's over these records and this AIP",
            CdaStep::CardNumber => "the card's certificate is for another card number",
            CdaStep::IccCertificateOver => "the card's certificate is over",
            CdaStep::TagList => "the static data tag list (9F4A) names more than the AIP",
            CdaStep::SignatureMissing => "the cryptogram came in the open",
            CdaStep::Signature => "the card's signature is not its key's over this unpredictable number",
            CdaStep::CryptogramType => "the signature is over another type of cryptogram",
            CdaStep::TransactionDataHash => "the signature is over another transaction or another answer",
        }
    }
}

/// What CDA needs before GENERATE AC: whether the reader can ask for it at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    /// Card and reader do it.
    Ready,
    /// One of them does not.
    NotSupported,
    /// The card promises it and does not give all that it takes.
    DataMissing,
    /// The reader has not loaded the key that the card names.
    CaKeyUnknown,
}

/// What the card must send with its records.
const NEEDED: [u32; 6] = [0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F4A];

/// Whether the reader can ask for CDA.
pub(super) fn readiness(supported: bool, ca_keys: &[CaKey], card: &CardData) -> Readiness {
    let promised = card.object(0x82).and_then(<[u8]>::first).is_some_and(|aip| aip & 0x01 != 0);
    if !supported || !promised {
        return Readiness::NotSupported;
    }
    if NEEDED.iter().any(|tag| card.object(*tag).is_none()) {
        return Readiness::DataMissing;
    }
    if ca_key(ca_keys, card).is_some() { Readiness::Ready } else { Readiness::CaKeyUnknown }
}

fn ca_key<'a>(ca_keys: &'a [CaKey], card: &CardData) -> Option<&'a CaKey> {
    let rid = card.object(0x4F)?.first_chunk()?;
    let [index] = card.fixed::<1>(0x8F).ok()??;
    ca_keys.iter().find(|key| key.rid == *rid && key.index == index)
}

/// What was said in this transaction.
pub(super) struct Said<'a> {
    /// The signed records, one behind the other.
    pub(super) signed_records: &'a [u8],
    pub(super) pdol_values: &'a [u8],
    pub(super) cdol1_values: &'a [u8],
    pub(super) unpredictable_number: &'a [u8],
    /// The objects of the answer to GENERATE AC.
    pub(super) answer: &'a [DataObject<'a>],
    /// YYMMDD.
    pub(super) date: [u8; 3],
}

/// A public key and how it was certified.
struct Certified {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    recovered: Vec<u8>,
}

/// The whole check.
///
/// # Errors
/// The step that failed, as [`Reason::CdaFailed`]; or an object that has a length that it cannot have.
pub(super) fn check(ca_keys: &[CaKey], card: &CardData, said: &Said<'_>) -> Result<Cda, Reason> {
    let failed = Reason::CdaFailed;
    let authority = ca_key(ca_keys, card).ok_or(Reason::MissingTag(0x8F))?;
    let issuer = issuer_key(authority, card, said.date).map_err(failed)?;
    let icc = icc_key(&issuer, card, said).map_err(failed)?;
    let in_answer = |tag: u32| said.answer.iter().find(|object| object.tag == tag).map(|object| object.value);
    let signature = in_answer(0x9F4B).filter(|_| in_answer(0x9F26).is_none());
    let signature = signature.ok_or(failed(CdaStep::SignatureMissing))?;
    let signed_data = recover(&icc.modulus, &icc.exponent, signature).ok_or(failed(CdaStep::Signature))?;
    let body = proved(&signed_data, said.unpredictable_number).ok_or(failed(CdaStep::Signature))?;
    let dynamic_data = dynamic_data(body).ok_or(failed(CdaStep::Signature))?;
    let (number, [cid, rest @ ..]) = dynamic_data else { return Err(failed(CdaStep::Signature)) };
    if in_answer(0x9F27) != Some(&[*cid]) {
        return Err(failed(CdaStep::CryptogramType));
    }
    let (cryptogram, hash) = rest.split_first_chunk::<8>().ok_or(failed(CdaStep::Signature))?;
    let answered: Vec<u8> = said.answer.iter().filter(|object| object.tag != 0x9F4B).flat_map(encoded).collect();
    let transaction = [said.pdol_values, said.cdol1_values, &answered].concat();
    if hash.get(..20) != Some(Sha1::digest(transaction).as_slice()) {
        return Err(failed(CdaStep::TransactionDataHash));
    }
    Ok(Cda {
        ca_key_index: authority.index,
        issuer_certificate: issuer.recovered,
        icc_certificate: icc.recovered,
        icc_dynamic_number: number.to_vec(),
        cryptogram: *cryptogram,
        signed_data,
    })
}

/// Book 2, section 6.3.
fn issuer_key(authority: &CaKey, card: &CardData, date: [u8; 3]) -> Result<Certified, CdaStep> {
    let signer = (authority.modulus.as_slice(), authority.exponent.as_slice());
    let certified = certified(signer, card, [0x90, 0x92, 0x9F32], &[]).ok_or(CdaStep::IssuerCertificate)?;
    let [0x6A, 0x02, number @ ..] = certified.recovered.get(..6).unwrap_or_default() else {
        return Err(CdaStep::IssuerCertificate);
    };
    let first_digits = digits(number);
    if !digits(card.object(0x5A).unwrap_or_default()).starts_with(&first_digits) {
        return Err(CdaStep::IssuerIdentifier);
    }
    match certified.recovered.get(6..8) {
        Some([month, year]) if !is_over([*month, *year], date) => Ok(certified),
        _ => Err(CdaStep::IssuerCertificateOver),
    }
}

/// Book 2, section 6.4.
fn icc_key(issuer: &Certified, card: &CardData, said: &Said<'_>) -> Result<Certified, CdaStep> {
    if card.object(0x9F4A) != Some(&[0x82]) {
        return Err(CdaStep::TagList);
    }
    let static_data = [said.signed_records, card.object(0x82).unwrap_or_default()].concat();
    let signer = (issuer.modulus.as_slice(), issuer.exponent.as_slice());
    let certified = certified(signer, card, [0x9F46, 0x9F48, 0x9F47], &static_data).ok_or(CdaStep::IccCertificate)?;
    let [0x6A, 0x04, number @ ..] = certified.recovered.get(..12).unwrap_or_default() else {
        return Err(CdaStep::IccCertificate);
    };
    if digits(number) != digits(card.object(0x5A).unwrap_or_default()) {
        return Err(CdaStep::CardNumber);
    }
    match certified.recovered.get(12..14) {
        Some([month, year]) if !is_over([*month, *year], said.date) => Ok(certified),
        _ => Err(CdaStep::IccCertificateOver),
    }
}

/// A certificate, with the rest of its key: modulus and exponent of who signed it, tags of certificate, remainder and exponent.
fn certified(signer: (&[u8], &[u8]), card: &CardData, tags: [u32; 3], static_data: &[u8]) -> Option<Certified> {
    let [certificate, remainder, exponent] = tags.map(|tag| card.object(tag).unwrap_or_default());
    let recovered = recover(signer.0, signer.1, certificate)?;
    let body = proved(&recovered, &[remainder, exponent, static_data].concat())?;
    // Behind format, number (4 bytes, or 10), date (2) and serial number (3): SHA-1, RSA, the two lengths.
    let before = if body.first() == Some(&0x02) { 10 } else { 16 };
    let (_, rest) = body.split_at_checked(before)?;
    let [0x01, 0x01, modulus_length, exponent_length, modulus @ ..] = rest else { return None };
    let length = usize::from(*modulus_length);
    let inside = modulus.get(..length.min(modulus.len()))?;
    let modulus = [inside, remainder].concat();
    let fits = modulus.len() == length && usize::from(*exponent_length) == exponent.len();
    fits.then(|| Certified { modulus, exponent: exponent.to_vec(), recovered })
}

/// RSA's public operation (Book 2, annex A2.1.2).
fn recover(modulus: &[u8], exponent: &[u8], signature: &[u8]) -> Option<Vec<u8>> {
    let [n, e, s] = [modulus, exponent, signature].map(BigUint::from_bytes_be);
    if signature.len() != modulus.len() || s >= n || n.bits() == 0 {
        return None;
    }
    let recovered = s.modpow(&e, &n).to_bytes_be();
    let zeros = modulus.len().checked_sub(recovered.len())?;
    Some([vec![0; zeros], recovered].concat())
}

/// What stands between header and hash, where the hash is over that and `beside`.
fn proved<'a>(recovered: &'a [u8], beside: &[u8]) -> Option<&'a [u8]> {
    let [0x6A, inner @ .., 0xBC] = recovered else { return None };
    let (body, hash) = inner.split_last_chunk::<20>()?;
    (Sha1::digest([body, beside].concat()).as_slice() == hash).then_some(body)
}

/// ICC dynamic number, and what follows it. Format 05, SHA-1; filled up with BB.
fn dynamic_data(body: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x05, 0x01, length, rest @ ..] = body else { return None };
    let (data, filling) = rest.split_at_checked(usize::from(*length))?;
    let (number_length, data) = data.split_first()?;
    let number_length = usize::from(*number_length);
    let filled = filling.iter().all(|byte| *byte == 0xBB);
    (filled && (2..=8).contains(&number_length)).then(|| data.split_at_checked(number_length))?
}

/// As it came: every length is as short as can be, which was looked at when it was read.
fn encoded(object: &DataObject<'_>) -> Vec<u8> {
    let tag = object.tag.to_be_bytes();
    let zeros = tag.iter().take_while(|byte| **byte == 0).count();
    let mut encoded: Vec<u8> = tag.into_iter().skip(zeros).collect();
    match u8::try_from(object.value.len()) {
        Ok(length @ ..0x80) => encoded.push(length),
        Ok(length) => encoded.extend([0x81, length]),
        Err(_) => {}
    }
    encoded.extend(object.value);
    encoded
}

/// Decimal digits up to the F that fills them.
fn digits(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).take_while(|digit| *digit != 0x0F).collect()
}

/// Whether a month (MMYY) is before that of the transaction (YYMMDD). Years from 50 on are of the century before.
fn is_over([month, year]: [u8; 2], [now_year, now_month, _]: [u8; 3]) -> bool {
    let century = |year: u8| if year < 0x50 { 1 } else { 0 };
    (century(year), year, month) < (century(now_year), now_year, now_month)
}
