//! From the issuer master key to the card master key (EMV Book 2, annex A1.4), one step per function.

use sha1::{Digest, Sha1};

use super::token::{Token, nibbles, packed};
use super::triple_des::{encrypt_triple_des, joined, xor};

/// Which data of the card diversify the issuer master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Derivation {
    /// The last 16 digits of token and sequence number.
    OptionA,
    /// As option A up to 16 digits of token; above that 16 digits out of a hash of all digits.
    OptionB,
}

impl Derivation {
    /// "A" or "B".
    pub fn name(self) -> &'static str {
        match self {
            Derivation::OptionA => "A",
            Derivation::OptionB => "B",
        }
    }

    /// The 16 digits that diversify, called Y. The sequence number is the value of 5F34 (two BCD digits), 00 without one.
    pub fn digits(self, token: &Token, sequence_number: u8) -> [u8; 8] {
        match self {
            Derivation::OptionB if token.digits().len() > 16 => option_b_digits(token, sequence_number),
            Derivation::OptionA | Derivation::OptionB => option_a_digits(token, sequence_number),
        }
    }
}

/// Option A: the last 16 digits of token ‖ sequence number, zeros on the left where there are fewer.
fn option_a_digits(token: &Token, sequence_number: u8) -> [u8; 8] {
    sixteen_digits(token.values().chain(nibbles(sequence_number)))
}

/// Option B: SHA-1 over token ‖ sequence number in BCD (a zero on the left of an odd number of digits). The first 16 of:
/// the digits of the hash in their order, then its letters A to F in their order as 0 to 5.
fn option_b_digits(token: &Token, sequence_number: u8) -> [u8; 8] {
    let mut digits: Vec<u8> = token.values().chain(nibbles(sequence_number)).collect();
    if !digits.len().is_multiple_of(2) {
        digits.insert(0, 0);
    }
    let hash: Vec<u8> = Sha1::digest(packed(&digits)).into_iter().flat_map(nibbles).collect();
    let decimals = hash.iter().copied().filter(|nibble| *nibble < 10);
    let letters = hash.iter().filter_map(|nibble| nibble.checked_sub(10));
    sixteen_digits(decimals.chain(letters).take(16))
}

/// Digits pushed in from the right: only the last 16 stay.
fn sixteen_digits(digits: impl Iterator<Item = u8>) -> [u8; 8] {
    digits.fold(0_u64, |kept, digit| kept << 4 | u64::from(digit)).to_be_bytes()
}

/// The card master key without adjusted parity: Y and its complement under the issuer master key. PBOC uses it so.
pub fn card_master_key_without_parity(issuer_master_key: &[u8; 16], digits: [u8; 8]) -> [u8; 16] {
    let left = encrypt_triple_des(issuer_master_key, digits);
    let right = encrypt_triple_des(issuer_master_key, xor(digits, [0xFF; 8]));
    joined(left, right)
}

/// The card master key: as above, each byte then brought to odd parity.
pub fn card_master_key(issuer_master_key: &[u8; 16], digits: [u8; 8]) -> [u8; 16] {
    odd_parity(card_master_key_without_parity(issuer_master_key, digits))
}

/// The last bit of each byte set so that the byte has an odd number of ones. DES ignores that bit.
pub fn odd_parity(key: [u8; 16]) -> [u8; 16] {
    key.map(|byte| if byte.count_ones().is_multiple_of(2) { byte ^ 1 } else { byte })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn key(derivation: Derivation, token: &str, sequence_number: u8) -> [u8; 16] {
        let issuer_master_key = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210_u128.to_be_bytes();
        card_master_key(&issuer_master_key, derivation.digits(&Token::parse(token).unwrap(), sequence_number))
    }

    /// Key check value: the first two bytes of an encrypted block of zeros.
    fn check_value(key: [u8; 16]) -> String {
        hex(&encrypt_triple_des(&key, [0; 8])[..2])
    }

    #[test]
    fn option_a_gives_the_known_answers_of_pyemv() {
        assert_eq!(check_value(key(Derivation::OptionA, "1234567890123456", 0x00)), "BAB0");
        assert_eq!(check_value(key(Derivation::OptionA, "9901234567890123", 0x45)), "1DA5");
    }

    #[test]
    fn option_b_gives_the_known_answers_of_pyemv() {
        assert_eq!(check_value(key(Derivation::OptionB, "1234567890123456", 0x00)), "BAB0");
        assert_eq!(check_value(key(Derivation::OptionB, "12345678901234567", 0x45)), "0BAF");
        assert_eq!(check_value(key(Derivation::OptionB, "12345678901234567", 0x00)), "4626");
        assert_eq!(check_value(key(Derivation::OptionB, "123456789012345679", 0x00)), "C2F3");
    }

    #[test]
    fn option_b_turns_letters_of_the_hash_into_digits() {
        assert_eq!(check_value(key(Derivation::OptionB, "000000000000000005", 0x23)), "DD73");
    }

    #[test]
    fn the_card_master_key_of_a_degenerate_issuer_key_is_that_of_eftlab() {
        let issuer_master_key = 0x0123_4567_89AB_CDEF_0123_4567_89AB_CDEF_u128.to_be_bytes();
        let digits = Derivation::OptionA.digits(&Token::parse("43219876543210987").unwrap(), 0x00);
        assert_eq!(hex(&card_master_key(&issuer_master_key, digits)), "C8B507136D921FD05864C81F79F2D30B");
        let digits = 0x1987_6543_2109_8701_u64.to_be_bytes();
        assert_eq!(hex(&card_master_key(&issuer_master_key, digits)), "3DEF38543BDFAEC42A2C49FECDBC6B92");
    }

    #[test]
    fn the_card_master_key_of_pboc_keeps_its_parity() {
        let issuer_master_key = 0xF0C3_4A81_24CE_E0A9_1A0B_034A_A97D_6EAC_u128.to_be_bytes();
        let digits = Derivation::OptionA.digits(&Token::parse("6228000100001").unwrap(), 0x01);
        assert_eq!(hex(&digits), "0622800010000101");
        let key = card_master_key_without_parity(&issuer_master_key, digits);
        assert_eq!(hex(&key), "014D996FCC8F49157DC8B49E3BCDFD99");
    }
}
