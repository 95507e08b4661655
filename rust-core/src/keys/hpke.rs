//! HPKE (RFC 9180): `OpenBase` of one suite, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM, for a recipient who
//! computes the Diffie-Hellman value elsewhere. One message for each encapsulation: no context that could count wrongly.

use zeroize::Zeroizing;

use super::aes_gcm::{self, Content};
use super::agreement::{AgreementPoint, SharedSecret};
use super::hkdf;

/// `suite_id` of the KEM (section 4.1): "KEM", kem_id.
const KEM_SUITE: &[u8] = b"KEM\x00\x10";
/// `suite_id` of the key schedule (section 5.1): "HPKE", kem_id, kdf_id, aead_id.
const HPKE_SUITE: &[u8] = b"HPKE\x00\x10\x00\x01\x00\x02";
const MODE_BASE: &[u8] = &[0x00];

/// Opens what was sealed for `recipient`. `shared` is the agreement of `enc` with the recipient's private half. `None` where
/// any of the parts is not what the sender had.
pub fn open(
    shared: &SharedSecret,
    enc: &AgreementPoint,
    recipient: &AgreementPoint,
    info: &[u8],
    aad: &[u8],
    sealed: Vec<u8>,
) -> Option<Content> {
    let shared_secret = extract_and_expand(shared, enc, recipient);
    let (key, base_nonce) = key_schedule(&shared_secret, info);
    // The first and only message has the sequence number 0, so that its nonce is the base nonce.
    aes_gcm::open(&key, base_nonce, aad, sealed)
}

/// The second half of `Decap` (section 4.1).
fn extract_and_expand(
    shared: &SharedSecret,
    enc: &AgreementPoint,
    recipient: &AgreementPoint,
) -> Box<Zeroizing<[u8; 32]>> {
    let eae_prk = labeled_extract(&[], KEM_SUITE, b"eae_prk", shared.expose());
    let mut shared_secret = Box::new(Zeroizing::new([0; 32]));
    let kem_context: [&[u8]; 2] = [&enc.bytes(), &recipient.bytes()];
    labeled_expand(&eae_prk, KEM_SUITE, b"shared_secret", kem_context, shared_secret.as_mut_slice());
    shared_secret
}

/// `KeySchedule` of mode base (section 5.1): key and base nonce. psk and psk_id are empty.
fn key_schedule(shared_secret: &[u8; 32], info: &[u8]) -> (Box<Zeroizing<[u8; 32]>>, [u8; 12]) {
    let psk_id_hash = labeled_extract(&[], HPKE_SUITE, b"psk_id_hash", &[]);
    let info_hash = labeled_extract(&[], HPKE_SUITE, b"info_hash", info);
    let hashes = [psk_id_hash.as_slice(), info_hash.as_slice()].concat();
    let context = [MODE_BASE, &hashes];
    let secret = labeled_extract(shared_secret, HPKE_SUITE, b"secret", &[]);
    let mut key = Box::new(Zeroizing::new([0; 32]));
    let mut base_nonce = [0; 12];
    labeled_expand(&secret, HPKE_SUITE, b"key", context, key.as_mut_slice());
    labeled_expand(&secret, HPKE_SUITE, b"base_nonce", context, &mut base_nonce);
    (key, base_nonce)
}

/// `LabeledExtract` (section 4).
fn labeled_extract(salt: &[u8], suite: &[u8], label: &[u8], keying_material: &[u8]) -> Box<Zeroizing<[u8; 32]>> {
    hkdf::extract(salt, &[b"HPKE-v1", suite, label, keying_material])
}

/// `LabeledExpand` (section 4).
fn labeled_expand(key: &[u8; 32], suite: &[u8], label: &[u8], [first, second]: [&[u8]; 2], output: &mut [u8]) {
    let length = u16::try_from(output.len()).expect("a key or a nonce is wanted").to_be_bytes();
    hkdf::expand(key, &[&length, b"HPKE-v1", suite, label, first, second], output).expect("it is short");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::agreement::AgreementKey;

    fn bytes<const LENGTH: usize>(hexadecimal: &str) -> [u8; LENGTH] {
        let digits: Vec<u8> = hexadecimal.chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
        let bytes: Vec<u8> = digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
        bytes.try_into().unwrap()
    }

    /// The test vectors published with RFC 9180: mode 0, KEM 0010, KDF 0001, AEAD 0002.
    #[test]
    fn each_step_gives_the_value_published_with_rfc_9180() {
        let recipient =
            AgreementKey::new(&bytes("317F915DB7BC629C48FE765587897E01E282D3E8445F79F27F65D031A88082B2")).unwrap();
        let enc = AgreementPoint::new(&bytes(
            "04C06B4F6BEBC7BB495CB797AB753F911AFF80AEFB86FD8B6FCC35525F3AB5F03E0B21BD31A86C6048AF3CB2D98E0D3BF01DA5CC4C39FF5370D331A4F1F7D5A4E0",
        ))
        .unwrap();
        let shared_secret = extract_and_expand(&recipient.agree(&enc), &enc, recipient.point());
        assert_eq!(**shared_secret, bytes("48893FECD82F7C3456AF6A42D8F56325D21E08C10FA81299986AAFF54CDE7B49"));
        let (key, base_nonce) = key_schedule(&shared_secret, b"Ode on a Grecian Urn");
        assert_eq!(**key, bytes("EE16802A936D5F544771131900EE6973D0551DE9E852ECE2EF34BF0D5F9E1D1D"));
        assert_eq!(base_nonce, bytes("9BC50980832A7B4B58C40161"));
    }
}
