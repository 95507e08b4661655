//! hcepay-core
#![doc(html_no_source)]

mod afl;
pub mod aid;
mod apdu;
mod application;
mod command;
mod contact;
pub mod cryptogram;
mod dol;
pub mod error;
mod fci;
pub mod ledger;
mod now;
pub mod payment_key;
pub mod profile;
pub mod report;
mod selection;
pub mod status_word;
pub mod tags;
mod tlv;
mod transaction;
pub mod verification;
mod wallet;

pub use application::Randomness;
pub use now::Now;
pub use wallet::Wallet;
