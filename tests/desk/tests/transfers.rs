//! Transfers: asked for once by a holder who has verified for exactly that, done once by the issuer, told in the list.

mod asked;
mod done;
mod faults;
mod notices;
mod program;
mod refused;
pub mod sender;
