//! AES-256-GCM (NIST SP 800-38D). A key is expanded for one message, or kept for many as a `Key`.

use std::fmt;

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

use super::wipe::Wiped;

/// How long a tag is.
pub(crate) const TAG_LENGTH: usize = 16;

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
        let mut sealed = Vec::with_capacity(content.len().saturating_add(TAG_LENGTH));
        sealed.extend_from_slice(content);
        let tag = self.seal_in_place(nonce, aad, &mut sealed);
        sealed.extend_from_slice(&tag);
        sealed
    }

    /// Makes a ciphertext of the content where it lies; gives the tag.
    pub(crate) fn seal_in_place(&self, nonce: [u8; 12], aad: &[u8], content: &mut [u8]) -> [u8; TAG_LENGTH] {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.0.get().seal_in_place_separate_tag(nonce, Aad::from(aad), content);
        let tag = tag.expect("what we seal is far below the limit of AES-GCM");
        tag.as_ref().try_into().expect("AES-GCM has tags of 16 bytes")
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
