//! Envelopes and what they are made with: the issuer seals, the card opens.

use hcepay_core::known_answers::{Envelope, WalletId, hpke};
use hcepay_core::{AgreementKey, AgreementPoint, IssuerKey};
use hcepay_tests::issuer::seal::{agreement_key, hpke_seal};

use super::entry::Entry;

/// HPKE in mode base.
pub(crate) fn hpke(entry: &Entry) {
    let (info, aad) = (entry.bytes("info"), entry.bytes("aad"));
    let (private, public) = agreement_key(&entry.bytes("ikm_r"));
    entry.agree_bytes("issuer", "sk_r", &private);
    entry.agree_bytes("issuer", "pk_r", &public);
    let ikm_e = entry.bytes("ikm_e");
    let mut drawn = |buffer: &mut [u8]| buffer.copy_from_slice(&ikm_e);
    let (enc, ciphertext) = hpke_seal(&public, &info, &aad, &entry.bytes("plaintext"), &mut drawn).unwrap();
    entry.agree_bytes("issuer", "enc", &enc);
    entry.agree_bytes("issuer", "ciphertext", &ciphertext);

    let key = AgreementKey::new(&entry.expected_bytes("sk_r").try_into().unwrap()).unwrap();
    entry.agree_bytes("card", "pk_r", &key.point().bytes());
    let enc = AgreementPoint::new(&entry.expected_bytes("enc").try_into().unwrap()).unwrap();
    let ciphertext = entry.expected_bytes("ciphertext");
    let opened = hpke::open(&key.agree(&enc), &enc, key.point(), &info, &aad, ciphertext).unwrap();
    entry.agree_bytes("card", "opened", opened.expose());
}

/// A whole envelope.
pub(crate) fn envelope(entry: &Entry) {
    let issuer_key = IssuerKey::new(&entry.array("issuer_key")).unwrap();
    let device = AgreementKey::new(&entry.array("device_key")).unwrap();
    let envelope = Envelope::parse(&entry.bytes("envelope")).unwrap();
    let opening = envelope.begin(&issuer_key, WalletId::new(entry.array("wallet"))).unwrap();
    let header = opening.header();
    entry.agree("card", "purpose", &format!("{:?}", header.purpose));
    entry.agree_bytes("card", "issuer_key_id", header.issuer_key.bytes());
    entry.agree("card", "card", &header.card.map_or(0, u32::from).to_string());
    entry.agree("card", "sequence", &header.sequence.to_string());
    entry.agree_bytes("card", "digest", opening.digest().bytes());
    entry.agree_bytes("card", "enc", &opening.ephemeral().bytes());
    let shared = device.agree(opening.ephemeral());
    entry.agree_bytes("card", "shared_x", shared.expose());
    let opened = opening.finish(device.point(), &shared).unwrap();
    entry.agree_bytes("card", "content", opened.content.expose());
}
