//! Offline data authentication (ODA; EMV Book 2, sections 6.3 and 6.4): the reader goes from the certification authority's key to the
//! issuer's, to the card's. What the card signs with that, `cda` and `fdda` read.

use num_bigint::BigUint;
use sha1::{Digest, Sha1};

use crate::terminal::ca_key::CaKey;
use crate::terminal::card_data::CardData;

/// What a check of the card's signature found, all of it right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oda {
    /// The index (8F) of the certification authority's key.
    pub ca_key_index: u8,
    /// The issuer's certificate, recovered.
    pub issuer_certificate: Vec<u8>,
    /// The card's certificate, recovered.
    pub icc_certificate: Vec<u8>,
    /// The signed dynamic application data, recovered.
    pub signed_data: Vec<u8>,
    /// ICC dynamic number, 2 to 8 bytes; of fDDA the transaction counter (9F36).
    pub icc_dynamic_number: Vec<u8>,
    /// Of CDA the application cryptogram, which stands in the signature alone. Of fDDA none: it came beside.
    pub cryptogram: Option<[u8; 8]>,
}

impl Oda {
    /// Which of the two it is, as it stands in JSON.
    pub fn name(&self) -> &'static str {
        if self.cryptogram.is_some() { "cda" } else { "fdda" }
    }
}

/// Which step of the check failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OdaStep {
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
    /// The reader has not loaded the key that the card names.
    CaKeyUnknown,
    /// There is no signature (9F4B), or with CDA a cryptogram (9F26) in the open beside it.
    SignatureMissing,
    /// The signature is not recovered by the card's key, or is over another unpredictable number; of fDDA also over another
    /// amount, currency or 9F69.
    Signature,
    /// fDDA: the transaction counter in the signature is not the one in the answer.
    Counter,
    /// The type of cryptogram in the signature is not the one in the answer.
    CryptogramType,
    /// The signature is over another transaction or another answer.
    TransactionDataHash,
}

impl OdaStep {
    /// In plain words, for a person; without a full stop.
    pub fn sentence(self) -> &'static str {
        match self {
            OdaStep::IssuerCertificate => "the issuer's certificate is not the certification authority's",
            OdaStep::IssuerIdentifier => "the issuer's certificate is for other card numbers",
            OdaStep::IssuerCertificateOver => "the issuer's certificate is over",
            OdaStep::IccCertificate => "the card's certificate is not the issuer's over these records and this AIP",
            OdaStep::CardNumber => "the card's certificate is for another card number",
            OdaStep::IccCertificateOver => "the card's certificate is over",
            OdaStep::TagList => "the static data tag list (9F4A) names more than the AIP",
            OdaStep::CaKeyUnknown => "the reader does not know the certification authority",
            OdaStep::SignatureMissing => "there is no signature, or the cryptogram came outside it",
            OdaStep::Signature => "the card's signature is not its key's over this transaction",
            OdaStep::Counter => "the signature is over another transaction counter",
            OdaStep::CryptogramType => "the signature is over another type of cryptogram",
            OdaStep::TransactionDataHash => "the signature is over another transaction or another answer",
        }
    }
}

/// What the card must send with its records.
pub(super) const NEEDED: [u32; 6] = [0x8F, 0x90, 0x9F32, 0x9F46, 0x9F47, 0x9F4A];

/// The key that the card names, where it is loaded.
pub(super) fn ca_key<'a>(ca_keys: &'a [CaKey], card: &CardData) -> Option<&'a CaKey> {
    let rid = card.object(0x4F)?.first_chunk()?;
    let [index] = card.fixed::<1>(0x8F).ok()??;
    ca_keys.iter().find(|key| key.rid == *rid && key.index == index)
}

/// What the certificates must be for.
pub(super) struct Holder<'a> {
    /// The signed records, one behind the other.
    pub(super) signed_records: &'a [u8],
    /// YYMMDD.
    pub(super) date: [u8; 3],
}

/// The card's key, and the certificates by which it is known.
pub(super) struct IccKey {
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: Vec<u8>,
    pub(super) ca_key_index: u8,
    pub(super) issuer_certificate: Vec<u8>,
    pub(super) icc_certificate: Vec<u8>,
}

impl IccKey {
    /// Recovers it.
    ///
    /// # Errors
    /// The step that failed.
    pub(super) fn of(ca_keys: &[CaKey], card: &CardData, holder: &Holder<'_>) -> Result<IccKey, OdaStep> {
        let authority = ca_key(ca_keys, card).ok_or(OdaStep::CaKeyUnknown)?;
        let issuer = issuer_key(authority, card, holder.date)?;
        let icc = icc_key(&issuer, card, holder)?;
        Ok(IccKey {
            modulus: icc.modulus,
            exponent: icc.exponent,
            ca_key_index: authority.index,
            issuer_certificate: issuer.recovered,
            icc_certificate: icc.recovered,
        })
    }

    /// What it signed, recovered, where that has one of these formats and the hash in it is over that and `beside`.
    pub(super) fn signed(&self, formats: &[u8], signature: &[u8], beside: &[u8]) -> Option<Signed> {
        let whole = recover(&self.modulus, &self.exponent, signature)?;
        let (number, rest) = dynamic_data(formats, proved(&whole, beside)?)?;
        let (number, rest) = (number.to_vec(), rest.to_vec());
        Some(Signed { whole, number, rest })
    }

    /// What was proved by that.
    pub(super) fn proof(self, signed: Signed, cryptogram: Option<[u8; 8]>) -> Oda {
        Oda {
            ca_key_index: self.ca_key_index,
            issuer_certificate: self.issuer_certificate,
            icc_certificate: self.icc_certificate,
            signed_data: signed.whole,
            icc_dynamic_number: signed.number,
            cryptogram,
        }
    }
}

/// Signed dynamic application data, recovered.
pub(super) struct Signed {
    pub(super) whole: Vec<u8>,
    /// ICC dynamic number.
    pub(super) number: Vec<u8>,
    /// What else the card put to it.
    pub(super) rest: Vec<u8>,
}

/// A public key and how it was certified.
struct Certified {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    recovered: Vec<u8>,
}

/// Book 2, section 6.3.
fn issuer_key(authority: &CaKey, card: &CardData, date: [u8; 3]) -> Result<Certified, OdaStep> {
    let signer = (authority.modulus.as_slice(), authority.exponent.as_slice());
    let certified = certified(signer, card, [0x90, 0x92, 0x9F32], &[]).ok_or(OdaStep::IssuerCertificate)?;
    let [0x6A, 0x02, number @ ..] = certified.recovered.get(..6).unwrap_or_default() else {
        return Err(OdaStep::IssuerCertificate);
    };
    let first_digits = digits(number);
    if !digits(card.object(0x5A).unwrap_or_default()).starts_with(&first_digits) {
        return Err(OdaStep::IssuerIdentifier);
    }
    match certified.recovered.get(6..8) {
        Some([month, year]) if !is_over([*month, *year], date) => Ok(certified),
        _ => Err(OdaStep::IssuerCertificateOver),
    }
}

/// Book 2, section 6.4.
fn icc_key(issuer: &Certified, card: &CardData, holder: &Holder<'_>) -> Result<Certified, OdaStep> {
    if card.object(0x9F4A) != Some(&[0x82]) {
        return Err(OdaStep::TagList);
    }
    let static_data = [holder.signed_records, card.object(0x82).unwrap_or_default()].concat();
    let signer = (issuer.modulus.as_slice(), issuer.exponent.as_slice());
    let certified = certified(signer, card, [0x9F46, 0x9F48, 0x9F47], &static_data).ok_or(OdaStep::IccCertificate)?;
    let [0x6A, 0x04, number @ ..] = certified.recovered.get(..12).unwrap_or_default() else {
        return Err(OdaStep::IccCertificate);
    };
    if digits(number) != digits(card.object(0x5A).unwrap_or_default()) {
        return Err(OdaStep::CardNumber);
    }
    match certified.recovered.get(12..14) {
        Some([month, year]) if !is_over([*month, *year], holder.date) => Ok(certified),
        _ => Err(OdaStep::IccCertificateOver),
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

/// ICC dynamic number, and what follows it. One of these formats, SHA-1; filled up with BB.
fn dynamic_data<'a>(formats: &[u8], body: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    let [format, 0x01, length, rest @ ..] = body else { return None };
    let (data, filling) = rest.split_at_checked(usize::from(*length))?;
    let (number_length, data) = data.split_first()?;
    let number_length = usize::from(*number_length);
    let filled = formats.contains(format) && filling.iter().all(|byte| *byte == 0xBB);
    (filled && (2..=8).contains(&number_length)).then(|| data.split_at_checked(number_length))?
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
