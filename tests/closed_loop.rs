//! The closed-loop scheme as card and issuer compute it: they agree, and its MAC is the one that Project Wycheproof knows.

#![allow(missing_docs, reason = "a test")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

#[path = "closed_loop/agreement.rs"]
mod agreement;
#[path = "closed_loop/wycheproof_cases.rs"]
mod wycheproof_cases;
