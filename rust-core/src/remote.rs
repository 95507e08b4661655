//! Payments without a reader: an order online, a code on the screen. The same cryptogram as at a reader, by keys of their own, for a
//! holder who has verified for exactly that.

pub(crate) mod chip_data;
pub(crate) mod consumer_code;
pub(crate) mod not_paid;
pub(crate) mod online_payment;
pub(crate) mod signed;
pub(crate) mod transaction;
