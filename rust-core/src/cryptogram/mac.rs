//! The MAC of EMV cryptograms: ISO/IEC 9797-1 algorithm 3 with DES ("retail MAC"; EMV Book 2, annex A1.2). And the
//! closed-loop scheme's: AES-128-CMAC (NIST SP 800-38B).

use aes::Aes128;
use cmac::Cmac;
use des::Des;
use retail_mac::{KeyInit, Mac, RetailMac};

use crate::card::cvn::{MacAlgorithm, Padding};
use crate::keys::secret::SecretKey;

/// The 8 bytes that the algorithm gives.
pub fn mac(algorithm: MacAlgorithm, key: &SecretKey, input: &[u8]) -> [u8; 8] {
    match algorithm {
        MacAlgorithm::Retail(padding) => retail_mac(key, padding, input),
        MacAlgorithm::AesCmac => aes_cmac(key, input),
    }
}

/// The full 8 bytes over the padded input: DES-CBC under the key's left half, then the last block decrypted under the
/// right half and encrypted under the left.
pub fn retail_mac(key: &SecretKey, padding: Padding, input: &[u8]) -> [u8; 8] {
    let mut mac = RetailMac::<Des>::new(key.expose().into());
    mac.update(input);
    match padding {
        Padding::Zeros => {} // which the crate does by itself
        Padding::Method2 => mac.update(&[0x80]),
    }
    mac.finalize().into_bytes().into()
}

/// The leftmost 8 of the 16 bytes.
pub fn aes_cmac(key: &SecretKey, input: &[u8]) -> [u8; 8] {
    let mut cmac = Cmac::<Aes128>::new(key.expose().into());
    cmac.update(input);
    let whole: [u8; 16] = cmac.finalize().into_bytes().into();
    let [m0, m1, m2, m3, m4, m5, m6, m7, ..] = whole;
    [m0, m1, m2, m3, m4, m5, m6, m7]
}
