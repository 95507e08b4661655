//! The closed-loop scheme of hcepay, for issuers without a payment scheme's keys: one seed for each ATC, each made from the
//! one before, and a key from each. It is no payment scheme's.

use super::hkdf;
use super::token::Token;

/// So many ATCs may be served by one seed that a phone is sent.
pub const MOST_USES: u16 = 1000;

/// The seed of ATC 0001, for one application of a card and the channel of this number. A card without sequence number takes 00.
pub fn first_seed(
    issuer_master_key: &[u8; 16],
    token: &Token,
    sequence_number: u8,
    aid: &[u8],
    channel: u8,
) -> [u8; 32] {
    let info: [&[u8]; 5] =
        [b"hcepay closed loop 1 seed", token.digits().as_bytes(), &[sequence_number], aid, &[channel]];
    hkdf::hkdf(&[], issuer_master_key, &info)
}

/// The seed of any ATC from 0001 on, step by step from the first.
pub fn seed(first_seed: [u8; 32], atc: u16) -> [u8; 32] {
    (1..atc).fold(first_seed, |seed, _| hkdf::expand(&seed, &[b"hcepay closed loop 1 next"]))
}

/// The key of an ATC from that ATC's seed: the first 16 bytes.
pub fn key(seed: &[u8; 32], atc: u16) -> [u8; 16] {
    let expanded = hkdf::expand(seed, &[b"hcepay closed loop 1 key", &atc.to_be_bytes()]);
    *expanded.first_chunk().expect("32 bytes begin with 16")
}
