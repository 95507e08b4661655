//! The desk as the demo wallet meets it: with the card core behind a phone of its own.

#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod account;
mod coupons;
mod demo_phone;
mod kept;
mod life;
mod torn;
