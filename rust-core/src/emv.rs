//! The words that terminal and card speak: bytes in, bytes out. What every file here knows stands in EMV Books 1 to 3 or
//! ISO/IEC 7816-4; none knows a card, a key or a file.

pub(crate) mod afl;
pub(crate) mod aid;
pub(crate) mod amount;
pub(crate) mod apdu;
pub(crate) mod atc;
pub(crate) mod bcd;
pub(crate) mod command;
pub(crate) mod currency;
pub(crate) mod data_object_id;
pub(crate) mod date;
pub(crate) mod dol;
pub(crate) mod fci;
pub(crate) mod hidden;
pub(crate) mod status_word;
pub(crate) mod tags;
pub(crate) mod tlv;
