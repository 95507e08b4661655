//! The keys under which the golden files were made: test keys, derived as the phone on a desk derives them.

use hcepay_desk::platform::Platform;
use hcepay_tests::issuer::seal::{SigningIssuer, agreement_key};

use super::page::Page;

/// Decides all keys but the store key.
pub(crate) const SEED: u64 = 6;
/// Decides the issuer's second key.
pub(crate) const SECOND_ISSUER: u64 = 7;
pub(crate) const STORE_KEY: [u8; 32] = [0x5C; 32];

/// The phone whose keys these are.
pub(crate) fn platform() -> Platform {
    Platform::new(SEED, SigningIssuer::from_seed(SEED).public())
}

pub(crate) fn agreement() -> ([u8; 32], [u8; 65]) {
    pair(0, 0)
}

pub(crate) fn signature() -> ([u8; 32], [u8; 65]) {
    pair(1, 0)
}

/// The one that was lost in the life, and the one that came after it.
pub(crate) fn authenticated() -> [([u8; 32], [u8; 65]); 2] {
    [pair(3, 0), pair(3, 1)]
}

fn pair(name: u8, lost: u8) -> ([u8; 32], [u8; 65]) {
    agreement_key(&[b"hcepay test platform key".as_slice(), &SEED.to_be_bytes(), &[name, lost]].concat())
}

pub(crate) fn described() -> String {
    let mut page = Page::new(
        "The keys of the golden files. All are test keys.\n\
         Private numbers of P-256 (32), public points uncompressed (65).",
    );
    let mut part = |name: &str, fields: &[(&str, &[u8])]| {
        page.part(name);
        for (meaning, bytes) in fields {
            page.in_the_open(bytes).bytes(bytes.len(), meaning);
        }
    };
    part("ledger", &[("store key", &STORE_KEY)]);
    let [before, after] = authenticated();
    let pairs = [
        ("device agreement key", agreement()),
        ("device signature key", signature()),
        ("spend key: Authenticated", before),
        ("spend key: Authenticated, after it was lost", after),
    ];
    for (name, (private, public)) in &pairs {
        part(name, &[("private", private), ("public", public)]);
    }
    let issuers = [SEED, SECOND_ISSUER].map(|seed| SigningIssuer::from_seed(seed).public());
    part("issuer keys", &[("public", &issuers[0]), ("public, after it was rotated", &issuers[1])]);
    page.text()
}
