//! One contact with a reader: the card's side of the EMV contactless transaction.

pub(crate) mod contact;
pub(crate) mod coupons;
mod fast_dda;
pub(crate) mod kernel2;
pub(crate) mod kernel3;
pub(crate) mod kernel7;
pub(crate) mod kernels;
pub(crate) mod observed;
pub(crate) mod rate_limit;
pub(crate) mod selection;
pub(crate) mod trace;
pub(crate) mod transaction;
pub(crate) mod verification;
