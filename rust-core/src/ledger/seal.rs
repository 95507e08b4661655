//! The seal on the ledger's records: AES-256-GCM under a key for each segment, each record chained to the one before.
//!
//! A segment begins at every opening, with 32 fresh random bytes. Its key is HKDF-SHA256 of the store key, with those
//! bytes as salt. The nonce is a counter that begins at 0 with the segment and is never used twice in it, not even for a
//! record whose writing failed. No number survives a crash, so no nonce can come back with another plaintext.

use hkdf::Hkdf;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// How long a tag is; it also chains the next record.
pub(super) const TAG_LENGTH: usize = 16;
pub(super) const SALT_LENGTH: usize = 32;
pub(super) const CHECK_LENGTH: usize = 8;

/// The key that opens the whole ledger, released by the platform at open. Wiped when dropped.
pub struct StoreKey(Box<[u8; 32]>);

impl StoreKey {
    /// Takes the key over.
    pub fn new(bytes: Box<[u8; 32]>) -> StoreKey {
        StoreKey(bytes)
    }
}

impl Drop for StoreKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for StoreKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("StoreKey(..)")
    }
}

impl StoreKey {
    /// Tells whether a ledger was written under this key, and nothing about the key.
    pub(super) fn check(&self) -> [u8; CHECK_LENGTH] {
        let mut check = [0; CHECK_LENGTH];
        let derivation = Hkdf::<Sha256>::new(None, &*self.0);
        derivation.expand(b"hcepay ledger 1 check", &mut check).expect("HKDF-SHA256 gives 8 bytes");
        check
    }
}

/// The tag of the record before, which the next one is bound to.
pub(super) type Chain = [u8; TAG_LENGTH];

/// The key of one segment.
pub(super) struct Segment(LessSafeKey);

impl Segment {
    pub(super) fn new(store_key: &StoreKey, salt: &[u8; SALT_LENGTH]) -> Segment {
        let mut key = Zeroizing::new([0; 32]);
        let derivation = Hkdf::<Sha256>::new(Some(salt), &*store_key.0);
        derivation.expand(b"hcepay ledger 1 segment", &mut *key).expect("HKDF-SHA256 gives 32 bytes");
        let key = UnboundKey::new(&AES_256_GCM, &*key).expect("an AES-256 key has 32 bytes");
        Segment(LessSafeKey::new(key))
    }

    /// Ciphertext and tag.
    pub(super) fn seal(&self, counter: u32, chain: &Chain, plaintext: &[u8]) -> Vec<u8> {
        let mut sealed = plaintext.to_vec();
        self.0
            .seal_in_place_append_tag(nonce(counter), Aad::from(associated(counter, chain)), &mut sealed)
            .expect("a record is far below the limit of AES-GCM");
        sealed
    }

    /// The plaintext; `None` where key, counter, chain or a single bit is another.
    pub(super) fn open(&self, counter: u32, chain: &Chain, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut opened = Zeroizing::new(sealed.to_vec());
        let length =
            self.0.open_in_place(nonce(counter), Aad::from(associated(counter, chain)), &mut opened).ok()?.len();
        opened.truncate(length);
        Some(opened)
    }
}

fn nonce(counter: u32) -> Nonce {
    let [a, b, c, d] = counter.to_be_bytes();
    Nonce::assume_unique_for_key([0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d])
}

/// What a record is bound to beside its key: this format, its counter, the record before.
fn associated(counter: u32, chain: &Chain) -> [u8; 32] {
    let mut bytes = *b"hcepayledger....................";
    let (_, rest) = bytes.split_at_mut(12);
    let (number, rest) = rest.split_at_mut(4);
    number.copy_from_slice(&counter.to_be_bytes());
    rest.copy_from_slice(chain);
    bytes
}
