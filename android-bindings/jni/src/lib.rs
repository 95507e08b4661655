//! `libhcepay.so`: the card core behind Java's native methods. It converts, calls, converts; nothing is decided here.
//!
//! | file | |
//! |---|---|
//! | `exports.rs` | the native methods of `org.hcepay.internal.Native`, a line each |
//! | `natives.rs` | what each of them does |
//! | `border.rs` | what each of them keeps: no panic, no exception, no pointer passes the border |
//! | `wallets.rs` | open wallets by number; a number is never given twice |
//! | `code.rs` | what a refused call says |
//! | `scope.rs` | what the holder has verified for, as Java hands it over |
//! | `message.rs` | snapshots, reports and outcomes as bytes |
//!
//! # The border
//!
//! Natives take and give bytes and numbers only. None throws. `process` always answers with at least a status word: 6F00
//! for a number that no wallet has, for null, and where the core panics. The others answer with a [`code`](crate::Code) in the first
//! byte and what they were called for, or a sentence for the engineer, after it. Java's arrays are copied once on the way
//! in; copies of keys are wiped.
//!
//! Bytes of commands, keys and the text of a panic reach neither Java nor the log.

mod border;
mod code;
mod enrolment;
mod exports;
mod message;
mod natives;
#[cfg(feature = "panic-on-demand")]
mod panic_on_demand;
mod rest;
mod scope;
mod wallets;

pub use code::Code;
