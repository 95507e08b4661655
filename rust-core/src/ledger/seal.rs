//! The seal on the ledger's records: AES-256-GCM under a key for each segment, each record chained to the one before.
//!
//! A segment begins at every opening, with 32 fresh random bytes. Its key is HKDF-SHA256 of the store key, with those
//! bytes as salt. The nonce is a counter that begins at 0 with the segment and is never used twice in it, not even for a
//! record whose writing failed. No number survives a crash, so no nonce can come back with another plaintext.
//!
//! | | bytes |
//! |---|---|
//! | check value of the store key | the first 8 of HKDF-SHA256 of the store key, no salt, info `hcepay ledger 1 check` |
//! | key of a segment | HKDF-SHA256 of the store key, the segment's salt, info `hcepay ledger 1 segment`: 32 |
//! | nonce | 8 times `00`, the record's counter (4) |
//! | associated data | `hcepayledger` (12), the record's counter (4), the chain: the tag of the record before it in its segment (16), `00` for the first |

use zeroize::{Zeroize, Zeroizing};

use crate::keys::aes_gcm::{self, Content, TAG_LENGTH};
use crate::keys::hkdf;
use crate::keys::wipe;

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
        self.derive(&[], b"hcepay ledger 1 check", &mut check);
        check
    }

    fn derive(&self, salt: &[u8], info: &[u8], output: &mut [u8]) {
        wipe::stack_after(|| {
            let extracted = hkdf::extract(salt, &[self.0.as_slice()]);
            hkdf::expand(&extracted, &[info], output).expect("no more than one block is asked for");
        });
    }
}

/// The tag of the record before, which the next one is bound to.
pub(super) type Chain = [u8; TAG_LENGTH];

/// The key of one segment.
pub(super) struct Segment(aes_gcm::Key);

impl Segment {
    pub(super) fn new(store_key: &StoreKey, salt: &[u8; SALT_LENGTH]) -> Segment {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        store_key.derive(salt, b"hcepay ledger 1 segment", key.as_mut_slice());
        Segment(aes_gcm::Key::new(&key))
    }

    /// Makes a ciphertext of the plaintext where it lies; gives the tag, which chains the next record.
    pub(super) fn seal(&self, counter: u32, chain: &Chain, plaintext: &mut [u8]) -> Chain {
        self.0.seal_in_place(nonce(counter), &associated(counter, chain), plaintext)
    }

    /// The plaintext; `None` where key, counter, chain or a single bit is another.
    pub(super) fn open(&self, counter: u32, chain: &Chain, sealed: &[u8]) -> Option<Content> {
        self.0.open(nonce(counter), &associated(counter, chain), sealed.to_vec())
    }
}

fn nonce(counter: u32) -> [u8; 12] {
    let [a, b, c, d] = counter.to_be_bytes();
    [0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]
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
