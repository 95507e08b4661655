//! The other side of a tap, written a second time from the specification: a payment terminal and an issuer.
//!
//! This library does not depend on hcepay-core, so that one mistake cannot hide in both. The terminal turns a purchase
//! into commands and the card's answers into an outcome; where it wants the issuer's word it hands over an
//! [`authorisation::AuthorisationRequest`], and the issuer answers with a verdict and every step of its check. Beside them the
//! ledger's file, as whoever has its description reads it, and a merchant: who makes QR codes, and orders to be paid online.

pub mod authorisation;
pub mod bytes;
pub mod calendar;
pub mod issuer;
pub mod ledger_file;
pub mod merchant;
pub mod online_order;
pub mod terminal;
