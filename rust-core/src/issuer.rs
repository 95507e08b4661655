//! The issuer's word and our questions.

pub mod contents;
pub mod envelope;
pub(crate) mod listing;
pub(crate) mod replenishment;
pub mod request;
