//! Payments without a reader: an order online, a code on the screen. Issuer and merchant are written apart from the core.

mod channels;
mod codes;
mod faults;
mod online;
mod orders;
pub mod payer;
mod program;
mod refused;
