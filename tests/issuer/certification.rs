//! A test certification authority and a test issuer: certificates of offline data authentication (EMV Book 2, sections 5.1, 6.1
//! and annex A2.1), and the keys of the cards. All keys are fixed and printed in `certification/test_keys.json`; no payment
//! scheme knows them.

use std::sync::LazyLock;

use num_bigint::BigUint;
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::token::{Token, packed};
use crate::bytes::from_hex;

/// The index (8F) of the certification authority's key. A reader that does not load our test key does not know it.
pub const CA_KEY_INDEX: u8 = 0xFA;

/// An RSA key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyPair {
    /// The modulus; every signature is as long.
    pub modulus: Vec<u8>,
    /// The public exponent as certificates go by it: 1 or 3 bytes.
    pub exponent: Vec<u8>,
    /// Of a card: p, q, d mod (p - 1), d mod (q - 1), the inverse of q modulo p, each half as long as the modulus.
    pub numbers: Vec<u8>,
    private_exponent: Vec<u8>,
}

struct TestKeys {
    authority: KeyPair,
    issuers: Vec<KeyPair>,
    cards: Vec<KeyPair>,
}

static TEST_KEYS: LazyLock<TestKeys> = LazyLock::new(|| {
    let file: Value = serde_json::from_str(include_str!("certification/test_keys.json")).expect("it is JSON");
    let pair = |pair: &Value| {
        let member = |name: &str| from_hex(pair.get(name).and_then(Value::as_str).unwrap_or_default());
        let [modulus, exponent, private_exponent, numbers] =
            ["modulus", "exponent", "private_exponent", "numbers"].map(|name| member(name).expect("it is hexadecimal"));
        KeyPair { modulus, exponent, numbers, private_exponent }
    };
    let pairs = |name: &str| file.get(name).and_then(Value::as_array).map(|pairs| pairs.iter().map(pair).collect());
    TestKeys {
        authority: pair(file.get("certification_authority").expect("it is there")),
        issuers: pairs("issuers").expect("they are there"),
        cards: pairs("icc").expect("they are there"),
    }
});

impl KeyPair {
    /// The certification authority's.
    pub fn of_authority() -> &'static KeyPair {
        &TEST_KEYS.authority
    }

    /// An issuer's, of 1408 or of 1984 bits. `None` for other lengths.
    pub fn of_issuer(bits: usize) -> Option<&'static KeyPair> {
        TEST_KEYS.issuers.iter().find(|pair| pair.bits() == bits)
    }

    /// A card's, of 896, 1024, 1152 or 1408 bits; the first one or the one that takes its place. `None` for other lengths.
    pub fn of_card(bits: usize, replaced: bool) -> Option<&'static KeyPair> {
        TEST_KEYS.cards.iter().filter(|pair| pair.bits() == bits).nth(usize::from(replaced))
    }

    fn bits(&self) -> usize {
        self.modulus.len().saturating_mul(8)
    }

    /// RSA's private operation, as the textbook has it: the block to the private exponent. As long as the modulus.
    pub fn sign(&self, block: &[u8]) -> Vec<u8> {
        let [block, exponent, modulus] = [block, &self.private_exponent, &self.modulus].map(BigUint::from_bytes_be);
        let signature = block.modpow(&exponent, &modulus).to_bytes_be();
        let zeros = self.modulus.len().saturating_sub(signature.len());
        [vec![0; zeros], signature].concat()
    }

    /// How much of this key does not fit a certificate of so many bytes, of which so many are something else.
    fn remainder(&self, certificate: usize, overhead: usize) -> &[u8] {
        self.modulus.get(certificate.saturating_sub(overhead)..).unwrap_or_default()
    }

    /// The remainder (92) of an issuer's key.
    pub fn issuer_remainder(&self, authority: &KeyPair) -> &[u8] {
        self.remainder(authority.modulus.len(), 36)
    }

    /// The remainder (9F48) of a card's key.
    pub fn icc_remainder(&self, issuer: &KeyPair) -> &[u8] {
        self.remainder(issuer.modulus.len(), 42)
    }

    /// The certificate (90) that this authority makes for an issuer of cards whose tokens begin with these digits (3 to 8), good
    /// through this month (MMYY in BCD).
    pub fn certify_issuer(&self, issuer: &KeyPair, first_digits: &str, ends: [u8; 2]) -> Vec<u8> {
        let digits: Vec<u8> = first_digits.bytes().map(|digit| digit & 0x0F).collect();
        let named = [&[0x02], filled(&packed(&digits), 4).as_slice(), &ends, &[0x00, 0x00, 0x01]].concat();
        self.certify(&named, issuer, issuer.issuer_remainder(self), &[])
    }

    /// The certificate (9F46) that this issuer makes for a card: its token, its key, its signed records and its AIP.
    pub fn certify_card(&self, card: &KeyPair, token: &Token, ends: [u8; 2], static_data: &[u8]) -> Vec<u8> {
        let number = filled(&token.compressed(), 10);
        let named = [&[0x04], number.as_slice(), &ends, &[0x00, 0x00, 0x01]].concat();
        self.certify(&named, card, card.icc_remainder(self), static_data)
    }

    fn certify(&self, named: &[u8], holder: &KeyPair, remainder: &[u8], static_data: &[u8]) -> Vec<u8> {
        let lengths = [holder.modulus.len(), holder.exponent.len()].map(|length| u8::try_from(length).unwrap_or(0));
        let inside = holder.modulus.len().saturating_sub(remainder.len());
        // SHA-1 and RSA, the two lengths, what fits of the modulus.
        let mut body = [named, &[0x01, 0x01], &lengths, holder.modulus.get(..inside).unwrap_or_default()].concat();
        body.resize(self.modulus.len().saturating_sub(22), 0xBB);
        let hash = Sha1::digest([body.as_slice(), remainder, &holder.exponent, static_data].concat());
        self.sign(&[&[0x6A], body.as_slice(), &hash, &[0xBC]].concat())
    }
}

/// Filled up with F on the right.
fn filled(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut filled = bytes.to_vec();
    filled.resize(length, 0xFF);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_undoes_what_it_signs() {
        let TestKeys { authority, issuers, cards } = &*TEST_KEYS;
        for pair in [authority].into_iter().chain(issuers).chain(cards) {
            let mut block = vec![0xBB; pair.modulus.len()];
            block[0] = 0x6A;
            let [signature, exponent, modulus] = [pair.sign(&block), pair.exponent.clone(), pair.modulus.clone()]
                .map(|bytes| BigUint::from_bytes_be(&bytes));
            assert_eq!(signature.modpow(&exponent, &modulus).to_bytes_be(), block);
        }
    }

    #[test]
    fn the_five_numbers_are_those_of_the_pair() {
        for pair in &TEST_KEYS.cards {
            let parts: Vec<BigUint> = pair.numbers.chunks(pair.modulus.len() / 2).map(BigUint::from_bytes_be).collect();
            let [p, q, dp, dq, q_inverse] = parts.as_slice() else { panic!("five numbers") };
            let (one, private) = (BigUint::from(1_u8), BigUint::from_bytes_be(&pair.private_exponent));
            assert_eq!(p * q, BigUint::from_bytes_be(&pair.modulus));
            assert_eq!((&private % (p - &one), &private % (q - &one)), (dp.clone(), dq.clone()));
            assert_eq!(q * q_inverse % p, one);
        }
    }

    #[test]
    fn there_is_a_pair_for_every_length_and_one_to_replace_it() {
        for bits in [896, 1024, 1152, 1408] {
            let pairs = [false, true].map(|replaced| KeyPair::of_card(bits, replaced).unwrap());
            assert_ne!(pairs[0], pairs[1]);
        }
        assert!(KeyPair::of_issuer(1408).is_some() && KeyPair::of_issuer(1984).is_some());
        assert!(KeyPair::of_card(2048, false).is_none());
    }
}
