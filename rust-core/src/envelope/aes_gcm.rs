//! AES-256-GCM (NIST SP 800-38D), opening only.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

/// What was sealed. Wiped when dropped.
pub struct Content(Vec<u8>);

impl Content {
    /// The bytes, for whoever reads them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Content(..)")
    }
}

/// Opens ciphertext and tag (16 bytes, last) in place. `None` where the tag is missing or wrong.
///
/// ring does not wipe its key object. It lives within this function alone, so that this is the one call to wrap where the
/// library's leavings are wiped.
pub fn open(key: &[u8; 32], nonce: [u8; 12], aad: &[u8], sealed: Vec<u8>) -> Option<Content> {
    let mut content = Content(sealed);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes keys of 32 bytes"));
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = key.open_in_place(nonce, Aad::from(aad), &mut content.0).ok()?.len();
    content.0.truncate(length);
    Some(content)
}
