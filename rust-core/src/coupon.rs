//! What a coupon is: its terms, who signs it, what became of its uses, and how a person is shown it.

pub mod coupon_notice;
pub mod coupon_signer;
pub mod coupon_terms;
pub(crate) mod listing;
