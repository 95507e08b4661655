//! Payment keys without an issuer, for tests that look at what becomes of them and not at the cryptogram.

use hcepay_core::{Channel, KeyTerms, PaymentKey, SecretKey};

/// One use at terminals, with this counter of an application, always valid and without limits.
pub fn terms(aid: &[u8], first_atc: u16) -> KeyTerms {
    KeyTerms {
        aid: aid.to_vec(),
        channel: Channel::Tap,
        first_atc,
        uses: 1,
        not_before_ms: 0,
        not_after_ms: u64::MAX,
        derivation_data: None,
        limits: Vec::new(),
    }
}

/// The key of sevens on these terms, which must be usable.
pub fn made(terms: &KeyTerms) -> PaymentKey {
    PaymentKey::new(terms, SecretKey::new(Box::new([7; 16]))).expect("the terms are usable")
}
