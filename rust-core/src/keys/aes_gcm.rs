//! AES-256-GCM (NIST SP 800-38D). A key is expanded for one message, or kept for many as a `Key`.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

use super::wipe::Wiped;

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

/// A key made ready. ring leaves what it makes of a key unwiped; here it is not.
pub(crate) struct Key(Wiped<LessSafeKey>);

impl Key {
    /// Wiping `key` itself is the caller's part.
    pub(crate) fn new(key: &[u8; 32]) -> Key {
        let unbound = || UnboundKey::new(&AES_256_GCM, key).expect("AES-256 takes keys of 32 bytes");
        Key(Wiped::new(|| LessSafeKey::new(unbound())))
    }

    /// Ciphertext and tag. The nonce must be used with this key for nothing else.
    pub(crate) fn seal(&self, nonce: [u8; 12], aad: &[u8], content: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(content.len().saturating_add(AES_256_GCM.tag_len()));
        sealed.extend_from_slice(content);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealing = self.0.get().seal_in_place_append_tag(nonce, Aad::from(aad), &mut sealed);
        sealing.expect("what we seal is far below the limit of AES-GCM");
        sealed
    }

    /// Opens ciphertext and tag (16 bytes, last) in place. `None` where the tag is missing or wrong.
    pub(crate) fn open(&self, nonce: [u8; 12], aad: &[u8], sealed: Vec<u8>) -> Option<Content> {
        let mut content = Content(sealed);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let length = self.0.get().open_in_place(nonce, Aad::from(aad), &mut content.0).ok()?.len();
        content.0.truncate(length);
        Some(content)
    }
}

/// Ciphertext and tag. The nonce must be used with this key for nothing else.
pub(crate) fn seal(key: &[u8; 32], nonce: [u8; 12], aad: &[u8], content: &[u8]) -> Vec<u8> {
    Key::new(key).seal(nonce, aad, content)
}

/// Opens ciphertext and tag (16 bytes, last) in place. `None` where the tag is missing or wrong.
pub fn open(key: &[u8; 32], nonce: [u8; 12], aad: &[u8], sealed: Vec<u8>) -> Option<Content> {
    Key::new(key).open(nonce, aad, sealed)
}
