//! QR codes. That with which a merchant asks for a payment: text in, a typed value out, and from it the order that a person confirms.
//! That with which the person pays: text out.

pub(crate) mod additional_data;
pub(crate) mod consumer_presented;
pub(crate) mod crc;
pub(crate) mod data_objects;
pub(crate) mod decimal;
pub(crate) mod merchant_account;
pub(crate) mod merchant_order;
pub(crate) mod merchant_presented;
pub(crate) mod modules;
pub(crate) mod other_language;
pub(crate) mod text;
pub(crate) mod tip_or_fee;
