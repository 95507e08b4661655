//! `libhcepay_desk.so`: the demo wallet app's own issuer and terminal. **Its keys are test keys**: they follow from a number in
//! a file of the app that is not sealed. None of this is in `libhcepay.so`.
//!
//! It wraps the issuer and the terminal of `tests/`, which are written without the card core. The app carries requests
//! and envelopes between its wallet and this, as it would between the wallet and a bank, and its payment service answers this terminal
//! over a channel, as it would answer a real one.
//!
//! | file | |
//! |---|---|
//! | `exports.rs` | the native methods of `org.hcepay.demo.desk.DeskNative`, a line each |
//! | `natives.rs` | what each of them does |
//! | `border.rs` | what each of them keeps: no panic, no exception, no pointer passes the border |
//! | `channel.rs` | the way back: how a command reaches the app's service |
//! | `desks.rs` | open desks by number |
//! | `desk.rs` | the issuer, and what it does for its one wallet |
//! | `kept.rs` | the file that it is kept in |
//! | `issuer_clock.rs` | what the issuer's clock shows |
//! | `cards.rs` | the cards there are to install, in words |
//! | `purchase.rs` | a contact with the terminal, torn or whole |
//! | `coupons.rs` | the shop's coupons: sent, taken in a purchase, settled |
//! | `account.rs` | what the issuer tells of the account behind a card, and transfers from it |
//! | `remote.rs` | payments without the terminal: orders of a shop, and codes |
//! | `watched.rs` | a contact that the app's service had, with any terminal |
//! | `shown.rs` | what a person may see of an exchange |
//! | `message.rs` | all of that as bytes |
//! | `code.rs`, `error.rs` | what a refused call says |

pub mod account;
mod border;
pub mod cards;
mod channel;
mod code;
pub mod coupons;
pub mod desk;
mod desks;
pub mod error;
mod exports;
mod issuer_clock;
mod kept;
mod message;
mod natives;
pub mod purchase;
pub mod remote;
pub mod shown;
pub mod watched;

pub use code::Code;
