//! The MAC of EMV cryptograms: ISO/IEC 9797-1 algorithm 3 with DES ("retail MAC"; EMV Book 2, annex A1.2).

use des::Des;
use retail_mac::{KeyInit, Mac, RetailMac};

use super::cvn::Padding;
use crate::payment_key::SecretKey;

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
