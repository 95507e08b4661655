//! HKDF-SHA256 (RFC 5869), written out on the hash (not the crate for it, which the card uses), for outputs of at most one
//! block.

use sha2::{Digest, Sha256};

const BLOCK: usize = 64;

/// HKDF: extract, then expand to 32 bytes. The input keying material and the information are given in parts.
pub fn hkdf(salt: &[u8], keying_material: &[u8], info: &[&[u8]]) -> [u8; 32] {
    expand(&hmac(salt, &[keying_material]), info)
}

/// HKDF-Expand to one block; what is shorter is its beginning.
pub fn expand(key: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    hmac(key, &[info, &[&[0x01]]].concat())
}

/// HMAC-SHA256 (RFC 2104) over parts, one behind the other. Keys are never longer than a block here.
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let keyed = |pad: u8| {
        let mut block = [pad; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        Sha256::new_with_prefix(block)
    };
    let inner = parts.iter().fold(keyed(0x36), |hash, part| hash.chain_update(part)).finalize();
    keyed(0x5C).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};

    #[test]
    fn the_known_answers_of_rfc_5869_come_out() {
        let salt = from_hex("000102030405060708090A0B0C").unwrap();
        let prk = hmac(&salt, &[&[0x0B; 22]]);
        assert_eq!(hex(&prk), "077709362C2E32DF0DDC3F0DC47BBA6390B6C73BB50F9C3122EC844AD7C2B3E5");
        let info = from_hex("F0F1F2F3F4F5F6F7F8F9").unwrap();
        let output = hkdf(&salt, &[0x0B; 22], &[&info[..4], &info[4..]]);
        assert_eq!(hex(&output), "3CB25F25FAACD57A90434F64D0362F2A2D2D0A90CF1A5A4C5DB02D56ECC4C5BF");
        let output = hkdf(&[], &[0x0B; 22], &[]);
        assert_eq!(hex(&output), "8DA4E775A563C18F715F802A063C5A31B8A11F5C5EE1879EC3454E5F3C738D2D");
    }
}
