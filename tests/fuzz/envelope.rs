//! Any bytes as an envelope: an error, or what the issuer sealed. Signed again, so that what lies behind the signature is
//! reached as well.

#![no_main]

use std::sync::LazyLock;

use hcepay_core::known_answers::{Envelope, Opened, WalletId};
use hcepay_core::{AgreementKey, EnvelopeError, IssuerKey};
use hcepay_tests::issuer::seal::{SigningIssuer, agreement_key};
use libfuzzer_sys::fuzz_target;

static SIGNING: LazyLock<SigningIssuer> = LazyLock::new(|| SigningIssuer::from_seed(0));
static ISSUER: LazyLock<IssuerKey> = LazyLock::new(|| IssuerKey::new(&SIGNING.public()).expect("it is a point"));
static DEVICE: LazyLock<AgreementKey> =
    LazyLock::new(|| AgreementKey::new(&agreement_key(&[0; 32]).0).expect("it is a private number"));

fn open(bytes: &[u8]) -> Result<Opened, EnvelopeError> {
    let opening = Envelope::parse(bytes)?.begin(&ISSUER, WalletId::new([0; 16]))?;
    let shared = DEVICE.agree(opening.ephemeral());
    opening.finish(DEVICE.point(), &shared)
}

fuzz_target!(|bytes: &[u8]| {
    match open(bytes) {
        // Nobody but the issuer can make a new one: it is one of the seeds.
        Ok(opened) => assert_eq!(opened.content.expose(), b"content"),
        Err(EnvelopeError::SignatureWrong) => {
            let mut bytes = bytes.to_vec();
            if let Some((signed, signature)) = bytes.split_last_chunk_mut::<64>() {
                *signature = SIGNING.sign(signed);
            }
            assert_ne!(open(&bytes).map(|_| ()), Err(EnvelopeError::SignatureWrong));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
