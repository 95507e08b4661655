//! The seal between issuer and phone: what the issuer closes the card opens, and nothing else; the card's half of HPKE against
//! the crate `hpke`, and what it is made of against Project Wycheproof.

#![allow(missing_docs, reason = "a test")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

#[path = "envelope_seal/altered.rs"]
mod altered;
#[path = "envelope_seal/differential.rs"]
mod differential;
#[path = "envelope_seal/post.rs"]
mod post;
#[path = "envelope_seal/refused.rs"]
mod refused;
#[path = "envelope_seal/wycheproof_cases.rs"]
mod wycheproof_cases;
