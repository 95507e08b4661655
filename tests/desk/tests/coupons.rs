//! Coupons: sent sealed, listed, presented to their merchant's reader before the payment, settled by notices. Signer, issuer and reader
//! are written apart from the core.

mod chosen;
mod faults;
mod hostile;
mod listed;
mod presented;
mod program;
mod refused;
pub mod shopper;
