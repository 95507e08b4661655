//! The closed-loop scheme: one key for each counter out of a seed that only goes forwards. For issuers of their own cards
//! (campus, transit, meals, loyalty) who have no payment scheme's keys. It is nobody's scheme but this one, and never
//! presented as a scheme's cryptogram: its applications have names that begin with `F0` (proprietary, not registered), and
//! its cryptogram version is hex C1.
//!
//! | step | computation |
//! |---|---|
//! | key of counter n | HKDF-Expand(seed of n, `hcepay closed loop 1 key` ‖ n (2), 16) |
//! | seed of counter n + 1 | HKDF-Expand(seed of n, `hcepay closed loop 1 next`, 32) |
//! | cryptogram | AES-128-CMAC under the key of its counter, over the ten objects and the whole IAD; leftmost 8 bytes |
//!
//! HKDF with SHA-256, its Expand only (RFC 5869, section 2.3): a seed is a key of even quality already. The texts are ASCII,
//! n is the Application Transaction Counter (ATC), most significant byte first. The terminal sees kernel 3; IAD as its format 0.
//!
//! A seed gives all keys from its counter on and none before: whoever finds a phone's seed learns what it could still pay,
//! not what it has paid. So a seed is taken by value, and is gone once its key is made.

use std::fmt;

use zeroize::Zeroize;

use super::hkdf;
use super::secret::SecretKey;
use crate::emv::atc::Atc;

const KEY: &[u8] = b"hcepay closed loop 1 key";
const NEXT: &[u8] = b"hcepay closed loop 1 next";

/// The 32 bytes from which the keys of one counter and all above it follow. Boxed so that moving it leaves no copy behind;
/// wiped when dropped.
pub struct Seed(Box<[u8; 32]>);

impl Seed {
    /// Takes the seed over.
    pub fn new(bytes: Box<[u8; 32]>) -> Seed {
        Seed(bytes)
    }

    /// A copy of what someone else wipes; `None` where it is not 32 bytes long.
    pub(crate) fn of(bytes: &[u8]) -> Option<Seed> {
        let mut seed = Box::new([0; 32]);
        (bytes.len() == seed.len()).then(|| seed.copy_from_slice(bytes))?;
        Some(Seed(seed))
    }

    /// The ledger's own copy of a seed that is written again, made in its box.
    pub(crate) fn copy(&self) -> Seed {
        let mut copy = Box::new([0; 32]);
        copy.copy_from_slice(&*self.0);
        Seed(copy)
    }

    /// The seed's bytes, for the ledger that seals them.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seed(..)")
    }
}

/// The key of a counter, out of that counter's seed, and the seed of the next.
pub fn step(seed: Seed, atc: Atc) -> (SecretKey, Seed) {
    let mut key = Box::new([0; 16]);
    expand(&seed, &[KEY, &atc.bytes()], &mut *key);
    let mut next = Box::new([0; 32]);
    expand(&seed, &[NEXT], &mut *next);
    (SecretKey::new(key), Seed::new(next))
}

fn expand(seed: &Seed, info: &[&[u8]], output: &mut [u8]) {
    hkdf::expand(seed.expose(), info, output).expect("no more than one block is asked for");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_shows_in_debug() {
        assert_eq!(format!("{:?}", Seed::new(Box::new([199; 32]))), "Seed(..)");
    }

    #[test]
    fn key_and_next_seed_have_nothing_in_common_with_the_seed_or_each_other() {
        let (key, next) = step(Seed::new(Box::new([199; 32])), Atc::new(1).unwrap());
        assert_ne!(next.expose(), &[199; 32]);
        assert_ne!(key.expose()[..], next.expose()[..16]);
    }

    #[test]
    fn the_same_seed_gives_another_key_for_another_counter_and_the_same_next_seed() {
        let at = |number| step(Seed::new(Box::new([199; 32])), Atc::new(number).unwrap());
        let ((first, next_of_first), (second, next_of_second)) = (at(1), at(2));
        assert_ne!(first.expose(), second.expose());
        assert_eq!(next_of_first.expose(), next_of_second.expose());
    }
}
