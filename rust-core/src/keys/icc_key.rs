//! The ICC private key of offline data authentication: with it the card proves to a terminal, without the issuer, that it is
//! this card and answered this transaction (EMV Book 2, section 6 and annex A2.1).
//!
//! # A key as bytes, in envelopes and in the ledger
//!
//! | | bytes |
//! |---|---|
//! | AID | length (1), then the name |
//! | form | `01`: sealed to the spend key of the card's protection, bound as [`crate::keys::spend_key`] says |
//! | | in the ledger alone `00`: the numbers themselves, from the door for tests |
//! | secret | length (2), then in form `01` enc (65), ciphertext and tag (16 bytes longer than the numbers) |
//! | numbers | p, q, d mod (p - 1), d mod (q - 1), and the inverse of q modulo p, each half as long as the modulus, whose first bit is set: 112 to 176 bytes (896 to 1408 bits), an even number of them |
//!
//! The modulus is their product; certificate and exponent stand in the card's profile.
//!
//! # No wrong signature leaves
//!
//! One wrong half of a signature gives the factors away to whoever sees it (Boneh, DeMillo and Lipton 1997). So a key that
//! is opened must make one right signature before it counts as open, and every signature is recovered as a terminal would
//! before it is given out. All that is computed with the five numbers takes the same time and touches the same memory,
//! whatever they are; only their length shows. And what is raised to a power with them is never a number that a reader had a
//! part in: it is multiplied by a random one first, whose inverse takes it out again (blinding). Both are made when the key is opened.

use std::fmt;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Limb, NonZero, Odd, Uint};
use zeroize::{Zeroize, Zeroizing};

use super::agreement::AgreementKey;
use super::rsa;
use super::spend_key::Sealed;
use super::wipe;
use crate::emv::aid::Aid;
use crate::error::ContentError;
use crate::randomness::Randomness;
use crate::wire::{Fields, put_string8, put_string16};

/// The shortest and the longest modulus, in bytes.
pub(crate) const MODULUS_LENGTHS: std::ops::RangeInclusive<usize> = 112..=176;
/// Numbers of a modulus's half, and of a whole one, in the machine's words.
const HALF: usize = *MODULUS_LENGTHS.end() * 4 / Limb::BITS as usize;
const WHOLE: usize = 2 * HALF;
/// p, q, d mod (p - 1), d mod (q - 1), the inverse of q modulo p.
const NUMBERS: usize = 5;

const PLAIN: u8 = 0x00;
const SEALED: u8 = 0x01;

/// An ICC private key as the wallet holds it, for one application of a card.
pub(crate) struct HeldIccKey {
    pub(crate) aid: Aid,
    secret: Held,
    modulus_length: usize,
}

enum Held {
    /// It came by the door for tests.
    Plain(Zeroizing<Vec<u8>>),
    /// Sealed by the issuer to a spend key.
    Sealed(Sealed),
}

impl HeldIccKey {
    /// Takes the numbers over, unsealed. `None` where they are not as long as those of any such key.
    pub(crate) fn plain(aid: Aid, numbers: &[u8]) -> Option<HeldIccKey> {
        let modulus_length = modulus_length(numbers.len())?;
        Some(HeldIccKey { aid, secret: Held::Plain(Zeroizing::new(numbers.to_vec())), modulus_length })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        put_string8(out, self.aid.bytes());
        match &self.secret {
            Held::Plain(numbers) => {
                out.push(PLAIN);
                put_string16(out, numbers);
            }
            Held::Sealed(sealed) => {
                out.push(SEALED);
                let mut whole = Vec::new();
                sealed.write(&mut whole);
                put_string16(out, &whole);
            }
        }
    }

    /// Reads one as the ledger writes it. `None` where it is cut or none.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<HeldIccKey> {
        let aid = Aid::new(fields.string8()?)?;
        match fields.u8()? {
            PLAIN => HeldIccKey::plain(aid, fields.string16()?),
            SEALED => HeldIccKey::sealed(aid, fields.string16()?),
            _ => None,
        }
    }

    /// Reads one as the issuer sends it.
    ///
    /// # Errors
    /// [`ContentError`]: one of those about keys.
    pub(crate) fn read_from_issuer(fields: &mut Fields<'_>) -> Result<HeldIccKey, ContentError> {
        use ContentError::{ApplicationName, IccKeyLength, NotSealed, PointInvalid, Truncated};
        let aid = Aid::new(fields.string8().ok_or(Truncated)?).ok_or(ApplicationName)?;
        if fields.u8().ok_or(Truncated)? != SEALED {
            return Err(NotSealed);
        }
        let key = HeldIccKey::sealed(aid, fields.string16().ok_or(Truncated)?).ok_or(IccKeyLength)?;
        match &key.secret {
            Held::Sealed(sealed) if !sealed.has_point() => Err(PointInvalid),
            _ => Ok(key),
        }
    }

    fn sealed(aid: Aid, bytes: &[u8]) -> Option<HeldIccKey> {
        let numbers = bytes.len().checked_sub(Sealed::OVERHEAD)?;
        let sealed = Sealed::read(&mut Fields::of(bytes), numbers)?;
        Some(HeldIccKey { aid, secret: Held::Sealed(sealed), modulus_length: modulus_length(numbers)? })
    }

    /// How long its modulus is, and with it every signature.
    pub(crate) fn modulus_length(&self) -> usize {
        self.modulus_length
    }

    /// Computes on P-256 where it is sealed, and makes one signature. `None` where it does not open, or is no key.
    pub(crate) fn open(&self, spend_key: &AgreementKey, info: &[u8], exponent: u32, random: &[u8]) -> Option<IccKey> {
        match &self.secret {
            Held::Plain(numbers) => IccKey::of(numbers, exponent, random),
            Held::Sealed(sealed) => {
                let numbers = wipe::stack_after(|| sealed.open(spend_key, info))?;
                IccKey::of(numbers.expose(), exponent, random)
            }
        }
    }
}

impl fmt::Debug for HeldIccKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("HeldIccKey(..)")
    }
}

/// Of a key whose five numbers take so many bytes. `None` where there is no such key.
fn modulus_length(numbers: usize) -> Option<usize> {
    let length = numbers.checked_div(NUMBERS)?.checked_mul(2)?;
    let whole = numbers.checked_rem(NUMBERS) == Some(0);
    (whole && MODULUS_LENGTHS.contains(&length)).then_some(length)
}

/// An open ICC private key, which has made a right signature.
pub struct IccKey {
    numbers: Box<Numbers>,
    modulus: Vec<u8>,
    exponent: u32,
}

/// What blinding takes for a key of any length, wiped when dropped.
pub(crate) fn random_bytes(randomness: &mut Randomness) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(vec![0; *MODULUS_LENGTHS.end()]);
    randomness(&mut bytes);
    bytes
}

/// The five numbers, and a random one to the public exponent with its inverse, in a box, wiped when dropped.
struct Numbers {
    p: Uint<HALF>,
    q: Uint<HALF>,
    dp: Uint<HALF>,
    dq: Uint<HALF>,
    q_inverse: Uint<HALF>,
    blind: Uint<WHOLE>,
    unblind: Uint<WHOLE>,
}

impl IccKey {
    /// The key of these numbers, one behind the other, blinded by random bytes, at least as many as the modulus has; wiping both is
    /// the caller's part. `None` where it is no key that signs, or nothing is random.
    pub fn of(numbers: &[u8], exponent: u32, random: &[u8]) -> Option<IccKey> {
        let length = modulus_length(numbers.len())?;
        let half = length.checked_div(2)?;
        let (numbers, modulus) = wipe::stack_after(|| {
            let mut parts = numbers.chunks_exact(half);
            let mut next = || number(parts.next()?);
            let [p, q, dp, dq, q_inverse] = [next()?, next()?, next()?, next()?, next()?];
            let [blind, unblind] = [Uint::ZERO; 2];
            let mut numbers = Box::new(Numbers { p, q, dp, dq, q_inverse, blind, unblind });
            let modulus = last_bytes(&numbers.p.resize::<WHOLE>().wrapping_mul(&numbers.q), length)?;
            // Below the modulus, whose first bit is set.
            let mut below = Zeroizing::new(random.get(..length)?.to_vec());
            *below.first_mut()? &= 0x7F;
            numbers.blind = number(&Zeroizing::new(rsa::recover(&modulus, exponent, &below)?))?;
            // The inverse modulo a prime is the power of two less than it (Fermat).
            let two = Uint::from(2_u8);
            let powers = [numbers.p.wrapping_sub(&two), numbers.q.wrapping_sub(&two)];
            numbers.unblind = numbers.power(&number(&below)?, &powers, length)?;
            Some((numbers, modulus))
        })?;
        let key = IccKey { numbers, modulus, exponent };
        // A block of the form that it will sign: it begins with 6A, and so is below every modulus whose first bit is set.
        let mut block = vec![0xBB; key.modulus.len()];
        *block.first_mut()? = 0x6A;
        (key.modulus.first()? & 0x80 != 0).then_some(())?;
        key.sign(&block)?;
        Some(key)
    }

    /// The modulus; a signature is as long.
    pub fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    /// Signs a block as long as the modulus. `None` where a terminal would not recover the block from what was computed: that
    /// must never be seen.
    pub fn sign(&self, block: &[u8]) -> Option<Vec<u8>> {
        let signature = wipe::stack_after(|| {
            let Numbers { dp, dq, unblind, .. } = &*self.numbers;
            let signed = self.numbers.power(&self.blinded(block)?, &[*dp, *dq], self.modulus.len())?;
            last_bytes(&self.product(&signed, unblind)?, self.modulus.len())
        })?;
        let recovered = rsa::recover(&self.modulus, self.exponent, &signature);
        recovered.is_some_and(|recovered| recovered == block).then_some(signature)
    }

    /// What is raised to a power in the block's place.
    fn blinded(&self, block: &[u8]) -> Option<Uint<WHOLE>> {
        self.product(&number(block)?, &self.numbers.blind)
    }

    /// Modulo the modulus, which is no secret.
    fn product(&self, one: &Uint<WHOLE>, other: &Uint<WHOLE>) -> Option<Uint<WHOLE>> {
        let modulo = FixedMontyParams::new_vartime(Option::from(Odd::new(number(&self.modulus)?))?);
        Some(FixedMontyForm::new(one, &modulo).mul(&FixedMontyForm::new(other, &modulo)).retrieve())
    }
}

impl Numbers {
    /// The power modulo p · q whose exponents modulo (p - 1) and (q - 1) these are, by the Chinese remainder theorem (Garner).
    fn power(&self, base: &Uint<WHOLE>, [by_p_1, by_q_1]: &[Uint<HALF>; 2], length: usize) -> Option<Uint<WHOLE>> {
        let Numbers { p, q, q_inverse, .. } = self;
        let bits = u32::try_from(length).ok()?.checked_mul(4)?;
        let modulo_p = FixedMontyParams::new(Option::from(Odd::new(*p))?);
        let modulo_q = FixedMontyParams::new(Option::from(Odd::new(*q))?);
        let (by_p, by_q): (Option<_>, Option<_>) = (NonZero::new(*p).into(), NonZero::new(*q).into());
        let (by_p, by_q): (NonZero<Uint<HALF>>, NonZero<Uint<HALF>>) = (by_p?, by_q?);
        let m1 = FixedMontyForm::new(&base.rem(&by_p), &modulo_p).pow_bounded_exp(by_p_1, bits);
        let m2 = FixedMontyForm::new(&base.rem(&by_q), &modulo_q).pow_bounded_exp(by_q_1, bits).retrieve();
        // Where p is the smaller one, m2 may lie above it.
        let m2_by_p = FixedMontyForm::new(&m2.rem(&by_p), &modulo_p);
        let h = m1.sub(&m2_by_p).mul(&FixedMontyForm::new(&q_inverse.rem(&by_p), &modulo_p)).retrieve();
        Some(h.resize::<WHOLE>().wrapping_mul(q).wrapping_add(&m2.resize()))
    }
}

impl Drop for Numbers {
    fn drop(&mut self) {
        for number in [&mut self.p, &mut self.q, &mut self.dp, &mut self.dq, &mut self.q_inverse] {
            number.zeroize();
        }
        self.blind.zeroize();
        self.unblind.zeroize();
    }
}

impl fmt::Debug for IccKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("IccKey(..)")
    }
}

/// Big-endian bytes, as many as there may be.
fn number<const LIMBS: usize>(bytes: &[u8]) -> Option<Uint<LIMBS>> {
    let mut whole = Zeroizing::new([0; *MODULUS_LENGTHS.end()]);
    let whole = whole.get_mut(..Uint::<LIMBS>::BYTES)?;
    whole.get_mut(Uint::<LIMBS>::BYTES.checked_sub(bytes.len())?..)?.copy_from_slice(bytes);
    Some(Uint::from_be_slice(whole))
}

/// The low end of a number, big-endian.
fn last_bytes<const LIMBS: usize>(number: &Uint<LIMBS>, length: usize) -> Option<Vec<u8>> {
    let bytes = number.to_be_bytes();
    let bytes = bytes.as_ref();
    Some(bytes.get(bytes.len().checked_sub(length)?..)?.to_vec())
}

#[cfg(test)]
mod tests;
