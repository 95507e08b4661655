//! An envelope as a golden file, from the description in the core's `envelope.rs` and `contents.rs` alone; opened by other
//! people's HPKE.

use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, single_shot_open};

use super::keys;
use super::page::{Fields, Page};
use super::shared::{
    coupon_notice, coupon_signer, coupon_terms, icc_key, key, notice, policy, sequence, statement, transfer_notice,
};

const HEADER: usize = 38;
const PURPOSES: [&str; 16] = [
    "install card",
    "replenish keys",
    "policy",
    "suspend",
    "resume",
    "renew",
    "delete",
    "issuer time",
    "rotate issuer key",
    "resynchronise",
    "notices",
    "statement",
    "transfer notices",
    "coupon",
    "coupon signer",
    "coupon notices",
];

pub(crate) fn described(bytes: &[u8]) -> String {
    let purpose = name(bytes[1].into());
    let mut page = Page::new(&format!(
        "An envelope, format 1: {purpose}. rust-core/src/envelope.rs, contents.rs, payment_key.rs.\n\
         Lines with : are the envelope, byte by byte; lines with = its content behind the seal.\n\
         Opened with the device agreement key in keys.txt."
    ));
    page.part("envelope");
    let mut fields = page.in_the_open(bytes);
    fields.number(1, "version");
    fields.named(1, "purpose", &name);
    fields.bytes(8, "issuer key id");
    fields.bytes(16, "wallet id");
    fields.number(4, "card id");
    fields.number(8, "sequence");
    fields.bytes(65, "enc");
    let length = usize::try_from(fields.number(2, "length of the ciphertext")).unwrap();
    fields.bytes(length, "ciphertext and tag");
    fields.bytes(64, "signature");
    fields.end();
    page.part("content");
    let content = opened(bytes);
    let mut fields = page.sealed(&content);
    inside(bytes[1], &mut fields);
    fields.end();
    page.text()
}

pub(crate) fn name(purpose: u64) -> &'static str {
    PURPOSES[usize::try_from(purpose).unwrap() - 1]
}

fn inside(purpose: u8, fields: &mut Fields<'_>) {
    match purpose {
        0x01 => {
            policy(fields);
            fields.number(1, "codes");
            fields.string(2, "profile");
            counted_keys(fields);
        }
        0x02 => counted_keys(fields),
        0x03 => policy(fields),
        0x06 => {
            fields.string(2, "profile");
            icc_keys(fields);
        }
        0x08 => {
            fields.bytes(16, "challenge");
            fields.number(8, "wall clock");
        }
        0x09 => fields.bytes(65, "the new public key"),
        0x0A => {
            fields.bytes(16, "challenge");
            for _ in 0..fields.number(1, "how many counters") {
                fields.number(4, "card");
                sequence(fields);
                fields.number(2, "counter");
            }
        }
        0x0B => {
            for _ in 0..fields.number(1, "how many notices") {
                fields.deeper(notice);
            }
        }
        0x0C => statement(fields),
        0x0D => {
            for _ in 0..fields.number(1, "how many notices") {
                fields.deeper(transfer_notice);
            }
        }
        0x0E => {
            fields.number(2, "length of the terms");
            fields.deeper(coupon_terms);
            fields.bytes(64, "the signer's signature");
            fields.bytes(32, "secret");
        }
        0x0F => coupon_signer(fields),
        0x10 => {
            for _ in 0..fields.number(1, "how many notices") {
                fields.deeper(coupon_notice);
            }
        }
        _ => {}
    }
}

fn counted_keys(fields: &mut Fields<'_>) {
    for _ in 0..fields.number(1, "how many keys") {
        fields.deeper(key);
    }
    icc_keys(fields);
}

/// Nothing where there is none.
fn icc_keys(fields: &mut Fields<'_>) {
    if fields.left() > 0 {
        for _ in 0..fields.number(1, "how many ICC keys") {
            fields.deeper(icc_key);
        }
    }
}

fn opened(bytes: &[u8]) -> Vec<u8> {
    let (signed, _) = bytes.split_last_chunk::<64>().unwrap();
    let private = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(&keys::agreement().0).unwrap();
    let enc = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(&signed[HEADER..HEADER + 65]).unwrap();
    let info = [b"hcepay envelope 1", &signed[..HEADER]].concat();
    let ciphertext = &signed[HEADER + 65 + 2..];
    let opened = single_shot_open::<AesGcm256, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        &info,
        ciphertext,
        &[],
    );
    opened.unwrap()
}
