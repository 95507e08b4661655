//! Block DES and two-key triple DES (EMV Book 2, annex B1.1): everything else here is built on these three steps.

use des::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use des::{Des, TdesEde2};

/// One block under two-key triple DES: encrypt with the left half, decrypt with the right, encrypt with the left.
pub fn encrypt_triple_des(key: &[u8; 16], block: [u8; 8]) -> [u8; 8] {
    let mut block = Array(block);
    TdesEde2::new(&Array(*key)).encrypt_block(&mut block);
    block.0
}

/// One block encrypted under single DES.
pub fn encrypt_des(key: &[u8; 8], block: [u8; 8]) -> [u8; 8] {
    let mut block = Array(block);
    Des::new(&Array(*key)).encrypt_block(&mut block);
    block.0
}

/// One block decrypted under single DES.
pub fn decrypt_des(key: &[u8; 8], block: [u8; 8]) -> [u8; 8] {
    let mut block = Array(block);
    Des::new(&Array(*key)).decrypt_block(&mut block);
    block.0
}

/// The left and the right half of a double-length key.
pub(super) fn halves(key: &[u8; 16]) -> ([u8; 8], [u8; 8]) {
    let [l0, l1, l2, l3, l4, l5, l6, l7, right @ ..] = *key;
    ([l0, l1, l2, l3, l4, l5, l6, l7], right)
}

/// A double-length key from its halves.
pub(super) fn joined(left: [u8; 8], right: [u8; 8]) -> [u8; 16] {
    (u128::from(u64::from_be_bytes(left)) << 64 | u128::from(u64::from_be_bytes(right))).to_be_bytes()
}

/// Bit by bit exclusive or.
pub(super) fn xor(left: [u8; 8], right: [u8; 8]) -> [u8; 8] {
    (u64::from_be_bytes(left) ^ u64::from_be_bytes(right)).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_two_halves() {
        let key = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let (left, right) = halves(&key);
        assert_eq!((left, right), ([0, 1, 2, 3, 4, 5, 6, 7], [8, 9, 10, 11, 12, 13, 14, 15]));
        assert_eq!(joined(left, right), key);
    }

    #[test]
    fn triple_des_with_equal_halves_is_single_des() {
        let half = *b"\x01\x23\x45\x67\x89\xAB\xCD\xEF";
        // The worked example of FIPS 81, table B1: "Now is t".
        assert_eq!(encrypt_des(&half, *b"Now is t"), 0x3FA4_0E8A_984D_4815_u64.to_be_bytes());
        assert_eq!(encrypt_triple_des(&joined(half, half), *b"Now is t"), encrypt_des(&half, *b"Now is t"));
        assert_eq!(decrypt_des(&half, encrypt_des(&half, *b"Now is t")), *b"Now is t");
    }
}
