//! The issuer's word and our questions.

pub(crate) mod attestation;
pub(crate) mod card_listing;
pub mod contents;
pub mod envelope;
pub(crate) mod replenishment;
pub mod request;
