//! What the card computes and writes, held against other people and against what was written without it: one executable, because
//! each further one links the whole workspace once more.

#![allow(
    dead_code,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod both_sides;
mod closed_lists;
mod closed_loop;
mod core_sources;
mod dependencies;
mod envelope_seal;
mod golden;
mod house;
mod known_answers;
mod oda;
mod outside_terminal;
mod pages;
mod planted_faults;
mod public_face;
mod pyemv;
