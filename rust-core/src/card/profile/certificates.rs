//! The certificates of offline data authentication, read as a terminal reads them (EMV Book 2, sections 5.3, 6.3 and 6.4): the
//! certification authority signs for the issuer's key, the issuer for the card's, its signed records and its AIP.

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use super::layout::nibbles;
use crate::card::recognition::ExpiryMonth;
use crate::keys::rsa;

/// A public RSA key.
pub(super) struct PublicKey {
    pub(super) modulus: Vec<u8>,
    pub(super) exponent: u32,
}

/// What a certificate says, once its hash is found to be right.
pub(super) struct Certified {
    pub(super) key: PublicKey,
    /// Of an issuer: the first digits of its card numbers. Of a card: its number. Digits only, without what fills the bytes.
    pub(super) number: Vec<u8>,
    pub(super) ends: ExpiryMonth,
}

/// Whose key a certificate is for.
#[derive(Clone, Copy)]
pub(super) enum Holder {
    Issuer,
    Icc,
}

impl Holder {
    /// Certificate format, and the length of the number that follows.
    fn format(self) -> (u8, usize) {
        match self {
            Holder::Issuer => (0x02, 4),
            Holder::Icc => (0x04, 10),
        }
    }

    /// So many bytes of a certificate are not the key: header, format, number, date (2), serial number (3), two algorithms, two
    /// lengths, hash (20), trailer.
    pub(super) fn overhead(self) -> usize {
        let (_, number) = self.format();
        number.saturating_add(32)
    }
}

/// What of a key stands outside its certificate, and what else the certificate's hash is over.
pub(super) struct Beside<'a> {
    pub(super) remainder: &'a [u8],
    pub(super) exponent: &'a [u8],
    pub(super) static_data: &'a [u8],
}

/// Why a certificate says nothing.
pub(super) enum Unreadable {
    /// Another key made it, or it was made over something else.
    Certificate,
    /// Another part of its key stands outside it than belongs there.
    Remainder,
}

/// Reads a certificate that this key is to have signed.
///
/// # Errors
/// Why it says nothing.
pub(super) fn read(
    signer: &PublicKey,
    holder: Holder,
    certificate: &[u8],
    beside: &Beside<'_>,
) -> Result<Certified, Unreadable> {
    let recovered = rsa::recover(&signer.modulus, signer.exponent, certificate).ok_or(Unreadable::Certificate)?;
    let (body, hash) = body_and_hash(&recovered).ok_or(Unreadable::Certificate)?;
    let certified = certified(holder, body, beside).ok_or(Unreadable::Certificate)??;
    let hashed = [body, beside.remainder, beside.exponent, beside.static_data].concat();
    let is_right = digest(&SHA1_FOR_LEGACY_USE_ONLY, &hashed).as_ref() == hash;
    if is_right { Ok(certified) } else { Err(Unreadable::Certificate) }
}

fn body_and_hash(recovered: &[u8]) -> Option<(&[u8], &[u8; 20])> {
    recovered.strip_prefix(&[0x6A])?.strip_suffix(&[0xBC])?.split_last_chunk()
}

fn certified(holder: Holder, body: &[u8], beside: &Beside<'_>) -> Option<Result<Certified, Unreadable>> {
    let (format, number_length) = holder.format();
    let (number, rest) = body.strip_prefix(&[format])?.split_at_checked(number_length)?;
    // Expiry, serial number, SHA-1, RSA, the lengths of modulus and exponent, then as much of the modulus as there is room for.
    let [month, year, _, _, _, 0x01, 0x01, modulus_length, exponent_length, modulus @ ..] = rest else { return None };
    let modulus_length = usize::from(*modulus_length);
    let (inside, filling) = modulus.split_at_checked(modulus_length.min(modulus.len()))?;
    let modulus = [inside, beside.remainder].concat();
    if usize::from(*exponent_length) != beside.exponent.len() || filling.iter().any(|byte| *byte != 0xBB) {
        return None;
    }
    if modulus.len() != modulus_length {
        return Some(Err(Unreadable::Remainder));
    }
    let digits = nibbles(number);
    let last = digits.iter().rposition(|digit| *digit != 0x0F)?;
    Some(Ok(Certified {
        key: PublicKey { modulus, exponent: exponent(beside.exponent)? },
        number: digits.get(..=last)?.to_vec(),
        ends: ExpiryMonth::of(&nibbles(&[*year, *month]))?,
    }))
}

/// The exponents that EMV knows: 3 and 65537 (EMV Book 2, section 11.2.1).
pub(super) fn exponent(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [3] => Some(3),
        [1, 0, 1] => Some(0x1_0001),
        _ => None,
    }
}
