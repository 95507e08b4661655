//! Whole transactions: from the issuer master key, or a key given, to the cryptogram and the issuer's answer to it.

use hcepay_core::known_answers::cvn::{Cvn, KernelId};
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::session_key as card_session_key;
use hcepay_core::known_answers::under;
use hcepay_core::{Atc, SecretKey};
use hcepay_tests::issuer::cryptogram_input::cryptogram_input;
use hcepay_tests::issuer::cryptogram_version::{CryptogramVersion, KeyScheme};
use hcepay_tests::issuer::issuer_application_data::IssuerApplicationData;
use hcepay_tests::issuer::limited_use_key::{LukIndex, limited_use_key};
use hcepay_tests::issuer::session_key::{
    common_session_key, common_session_key_diversifier, mastercard_diversifier, pboc_session_key,
};

use super::entry::Entry;
use super::keys_and_macs::{agree_on_key, issuer_card_master_key, issuer_response, secret};
use crate::both_sides::{issuer_data, parts, versions};

/// The IAD: given whole, or put together around the CVR, everything else zero.
fn issuer_application_data(entry: &Entry, cvn: Cvn) -> Vec<u8> {
    if entry.input("9F10").is_some() {
        return entry.bytes("9F10");
    }
    let optional = |name: &str, length: usize| match entry.input(name) {
        Some(_) => entry.bytes(name),
        None => vec![0; length],
    };
    let dki = optional("dki", 1);
    let mut cvr = entry.bytes("cvr");
    match cvn.kernel() {
        KernelId::Kernel2 => [&dki[..], &[cvn.number()], &cvr, &[0, 0], &optional("counters", 8)].concat(),
        _ if cvn.uses_limited_use_keys() => {
            // The public example gives the four CVR bytes that are signed.
            cvr.resize(5, 0x00);
            let index = entry.input("luk_index").map(|index| LukIndex::parse(index).unwrap().derivation_data());
            let index = index.unwrap_or_default();
            [&[0x1F, cvn.number()], &dki[..], &cvr, &[0], &optional("wallet_provider", 4), &index, &[0; 15]].concat()
        }
        _ => [&[0x06], &dki[..], &[cvn.number()], &cvr].concat(),
    }
}

pub(crate) fn transaction(entry: &Entry) {
    let (cvn, version) = versions(entry.text("kernel"), u8::from_be_bytes(entry.array("cvn")));
    assert_eq!(cvn.number(), version.cvn());
    let transaction = terminal_data(entry);
    let (aip, atc) = (or_zeros(entry, "82"), Atc::new(u16::from_be_bytes(entry.array("9F36"))).unwrap());

    // The card puts the IAD together, the issuer takes it apart.
    let value = issuer_application_data(entry, cvn);
    let (fixed, cvr, derivation_data) = parts(cvn, &value);
    let iad = Iad::of(cvn, &fixed, &cvr, derivation_data);
    assert_eq!(iad.bytes(), value, "{}", entry.name);
    entry.may_agree("card", "iad", iad.bytes());
    let read = IssuerApplicationData::read(iad.bytes()).unwrap();
    assert_eq!((read.cvn, read.cvr.as_slice()), (Some(version.cvn()), cvr.bytes()), "{}", entry.name);

    let input = CryptogramInput { transaction: &transaction, aip, atc, cvr: &cvr, iad: &iad };
    entry.may_agree("card", "cryptogram_input", &input.bytes(cvn));
    let issuer_bytes = cryptogram_input(version, &issuer_data(&input), &read).unwrap();
    entry.may_agree("issuer", "cryptogram_input", &issuer_bytes);
    assert_eq!(issuer_bytes, input.bytes(cvn), "{}", entry.name);

    let keys = keys(entry, version, &input);
    let _derivation_data = cvn.uses_limited_use_keys().then_some(derivation_data);
    let from_card = under(SecretKey::new(Box::new(keys.on_phone)), cvn, &input).0;
    entry.agree_bytes("card", "cryptogram", &from_card);
    let from_issuer = version.cryptogram(&keys.for_mac, &issuer_bytes);
    entry.agree_bytes("issuer", "cryptogram", &from_issuer);
    issuer_response(entry, &keys.card_master_key, &keys.for_mac, from_issuer);
}

struct Keys {
    card_master_key: [u8; 16],
    /// What the card's ledger holds.
    on_phone: [u8; 16],
    /// What the MAC is made with.
    for_mac: [u8; 16],
}

/// The issuer's keys for the transaction; where the card has the step too, the card's are compared with them.
fn keys(entry: &Entry, version: CryptogramVersion, input: &CryptogramInput<'_>) -> Keys {
    if entry.input("luk").is_some() {
        let luk = entry.array("luk");
        return Keys { card_master_key: luk, on_phone: luk, for_mac: luk };
    }
    let card_master_key = issuer_card_master_key(entry);
    let atc = input.atc.number();
    let un = input.transaction.unpredictable_number;
    let agreed = |issuer: [u8; 16], card: hcepay_core::SecretKey| {
        agree_on_key(entry, "issuer", "session_key", &issuer);
        agree_on_key(entry, "card", "session_key", card.expose());
        assert_eq!(*card.expose(), issuer, "{}", entry.name);
        issuer
    };
    let on_card = secret(card_master_key);
    match version.scheme() {
        KeyScheme::MasterKey => Keys { card_master_key, on_phone: card_master_key, for_mac: card_master_key },
        KeyScheme::MastercardSessionKey => {
            let issuer = common_session_key(&card_master_key, mastercard_diversifier(atc, un));
            let for_mac = agreed(issuer, card_session_key::mastercard(&on_card, input.atc, un));
            Keys { card_master_key, on_phone: card_master_key, for_mac }
        }
        KeyScheme::CommonSessionKey => {
            let issuer = common_session_key(&card_master_key, common_session_key_diversifier(atc));
            let key = agreed(issuer, card_session_key::common(&on_card, input.atc));
            Keys { card_master_key, on_phone: key, for_mac: key }
        }
        KeyScheme::LimitedUseKey => {
            let key = limited_use_key(&card_master_key, &LukIndex::parse(entry.text("luk_index")).unwrap());
            entry.agree_bytes("issuer", "luk", &key);
            Keys { card_master_key, on_phone: key, for_mac: key }
        }
        KeyScheme::PbocSessionKey => {
            let key = pboc_session_key(&card_master_key, atc);
            agree_on_key(entry, "issuer", "session_key", &key);
            Keys { card_master_key, on_phone: key, for_mac: key }
        }
        KeyScheme::ClosedLoop => panic!("{}: closed-loop entries have a check of their own", entry.name),
    }
}

/// The value of a tag; zeros where the cryptogram version does not draw on it and the source leaves it out.
fn or_zeros<const LENGTH: usize>(entry: &Entry, tag: &str) -> [u8; LENGTH] {
    entry.input(tag).map_or([0; LENGTH], |_| entry.array(tag))
}

pub(crate) fn terminal_data(entry: &Entry) -> TransactionData {
    TransactionData {
        amount_authorised: or_zeros(entry, "9F02"),
        amount_other: or_zeros(entry, "9F03"),
        terminal_country: or_zeros(entry, "9F1A"),
        tvr: or_zeros(entry, "95"),
        currency: or_zeros(entry, "5F2A"),
        date: or_zeros(entry, "9A"),
        transaction_type: or_zeros(entry, "9C"),
        unpredictable_number: or_zeros(entry, "9F37"),
    }
}
