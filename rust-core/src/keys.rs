//! Secrets, and what opens them.

pub mod aes_gcm;
pub(crate) mod agreement;
pub(crate) mod channel;
pub(crate) mod coupon_secret;
pub mod hkdf;
pub mod hpke;
pub mod icc_key;
pub(crate) mod identity;
pub(crate) mod issuer_key;
pub mod payment_key;
pub mod ratchet;
pub(crate) mod rsa;
pub(crate) mod secret;
pub mod spend_key;
pub(crate) mod wallet_id;
pub(crate) mod wipe;
