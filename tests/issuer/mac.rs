//! Message authentication codes (EMV Book 2, annex A1.2): triple-DES keys use ISO 9797-1 algorithm 3, AES keys CMAC.

use aes::Aes128;
use cmac::{Cmac, KeyInit, Mac};

use super::triple_des::{decrypt_des, encrypt_des, halves, xor};

/// How data are filled up to whole blocks of 8 bytes before an ISO 9797-1 MAC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    /// Method 1: zeros, and none where the data already fill their blocks (old Visa CVNs).
    Method1,
    /// Method 2: 80, then zeros; always added (EMV).
    Method2,
}

impl Padding {
    /// The data filled up to a whole number of blocks, at least one.
    pub fn pad(self, data: &[u8]) -> Vec<u8> {
        let mut padded = data.to_vec();
        if self == Padding::Method2 {
            padded.push(0x80);
        }
        padded.resize(padded.len().max(1).next_multiple_of(8), 0x00);
        padded
    }
}

/// ISO 9797-1 algorithm 3 with DES, the full 8 bytes: a DES chain under the left half of the key, the last block then
/// decrypted under the right half and encrypted under the left.
pub fn mac_algorithm_3(key: &[u8; 16], data: &[u8], padding: Padding) -> [u8; 8] {
    let (left, right) = halves(key);
    let padded = padding.pad(data);
    let (blocks, _) = padded.as_chunks::<8>();
    let chained = blocks.iter().fold([0; 8], |previous, block| encrypt_des(&left, xor(previous, *block)));
    encrypt_des(&left, decrypt_des(&right, chained))
}

/// AES-128 CMAC (NIST SP 800-38B), the full 16 bytes.
pub fn aes_cmac(key: &[u8; 16], data: &[u8]) -> [u8; 16] {
    let mut cmac = Cmac::<Aes128>::new(&(*key).into());
    cmac.update(data);
    cmac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::issuer::triple_des::joined;

    #[test]
    fn algorithm_3_gives_the_known_answers_of_pyemv() {
        let key = joined([0xAA; 8], [0xBB; 8]);
        assert_eq!(hex(&mac_algorithm_3(&key, b"hello world", Padding::Method1)), "78DA3D3DEB48FD4D");
        assert_eq!(hex(&mac_algorithm_3(&key, b"hello world", Padding::Method2)), "2BC2D9EDE0CF31F6");
    }

    #[test]
    fn aes_cmac_gives_the_known_answers_of_nist() {
        let key = 0x2B7E_1516_28AE_D2A6_ABF7_1588_09CF_4F3C_u128.to_be_bytes();
        let data = from_hex("6BC1BEE22E409F96E93D7E117393172A").unwrap();
        assert_eq!(hex(&aes_cmac(&key, b"")), "BB1D6929E95937287FA37D129B756746");
        assert_eq!(hex(&aes_cmac(&key, &data)), "070A16B46B4D4144F79BDD9DD04A287C");
    }

    #[test]
    fn method_1_adds_nothing_to_whole_blocks_and_method_2_always_adds() {
        assert_eq!(Padding::Method1.pad(&[1; 8]), [1; 8]);
        assert_eq!(Padding::Method1.pad(&[1; 9]).len(), 16);
        assert_eq!(Padding::Method1.pad(&[]), [0; 8]);
        assert_eq!(hex(&Padding::Method2.pad(&[1; 8])), "01010101010101018000000000000000");
        assert_eq!(hex(&Padding::Method2.pad(&[1; 7])), "0101010101010180");
    }
}
