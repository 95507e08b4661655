//! The seal between issuer and phone: what the issuer closes the card opens, and nothing else; the card's half of HPKE against
//! the crate `hpke`, and what it is made of against Project Wycheproof.

mod altered;
mod differential;
mod post;
mod refused;
mod wycheproof_cases;
