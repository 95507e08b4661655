//! The issuer's word and our questions.

pub(crate) mod contents;
pub(crate) mod envelope;
pub(crate) mod listing;
pub(crate) mod replenishment;
pub(crate) mod request;
