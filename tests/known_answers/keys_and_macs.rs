//! Keys and MACs. Master keys, limited-use keys and ARPC are the issuer's alone; session keys, the retail MAC and AES-CMAC
//! are on both sides.

use hcepay_core::SecretKey;
use hcepay_core::known_answers::{cvn, mac as card_mac, session_key as card_session_key};
use hcepay_tests::issuer::arpc::{arpc_method_1, arpc_method_2};
use hcepay_tests::issuer::card_master_key::{self as issuer_keys, Derivation};
use hcepay_tests::issuer::limited_use_key::{self as issuer_limited_use_key, LukIndex};
use hcepay_tests::issuer::session_key::common_session_key;
use hcepay_tests::issuer::token::Token;
use hcepay_tests::issuer::triple_des::encrypt_triple_des;
use hcepay_tests::issuer::{mac as issuer_mac, triple_des};

use super::entry::Entry;

/// The key as the card holds it.
pub(crate) fn secret(key: [u8; 16]) -> SecretKey {
    SecretKey::new(Box::new(key))
}

/// The first bytes of a block of zeros under the key, as many as are expected.
fn check_value(entry: &Entry, name: &str, key: &[u8; 16]) -> Vec<u8> {
    encrypt_triple_des(key, [0; 8])[..entry.expected_bytes(name).len()].to_vec()
}

/// Compares a key, or its check value, wherever the entry expects one.
pub(crate) fn agree_on_key(entry: &Entry, who: &str, name: &str, key: &[u8; 16]) {
    entry.may_agree(who, name, key);
    let check = format!("{name}_check_value");
    if entry.expects(&check) {
        entry.agree_bytes(who, &check, &check_value(entry, &check, key));
    }
}

/// The issuer's card master key, from the issuer master key or given.
pub(crate) fn issuer_card_master_key(entry: &Entry) -> [u8; 16] {
    let issuer_master_key = entry.array("issuer_master_key");
    let digits = match entry.input("digits") {
        Some(_) => entry.array("digits"),
        None => {
            let derivation = match entry.text("derivation") {
                "A" => Derivation::OptionA,
                "B" => Derivation::OptionB,
                other => panic!("{}: no derivation {other}", entry.name),
            };
            let sequence_number = entry.input("psn").map_or(0x00, |_| u8::from_be_bytes(entry.array("psn")));
            derivation.digits(&Token::parse(entry.text("pan")).unwrap(), sequence_number)
        }
    };
    entry.may_agree("issuer", "digits", &digits);
    let without_parity = issuer_keys::card_master_key_without_parity(&issuer_master_key, digits);
    entry.may_agree("issuer", "card_master_key_without_parity", &without_parity);
    let key = issuer_keys::card_master_key(&issuer_master_key, digits);
    agree_on_key(entry, "issuer", "card_master_key", &key);
    key
}

pub(crate) fn card_master_key(entry: &Entry) {
    issuer_card_master_key(entry);
}

pub(crate) fn session_key_and_cryptogram(entry: &Entry) {
    let card_master_key = issuer_card_master_key(entry);
    let r = entry.array("r");
    let session_key = common_session_key(&card_master_key, r);
    agree_on_key(entry, "issuer", "session_key", &session_key);
    let on_card = card_session_key::derive(&secret(card_master_key), r);
    agree_on_key(entry, "card", "session_key", on_card.expose());
    assert_eq!(*on_card.expose(), session_key, "{}", entry.name);
    let data = entry.bytes("data");
    let (card_padding, issuer_padding) = paddings(entry);
    entry.agree_bytes("card", "cryptogram", &card_mac::retail_mac(&on_card, card_padding, &data));
    let cryptogram = issuer_mac::mac_algorithm_3(&session_key, &data, issuer_padding);
    entry.agree_bytes("issuer", "cryptogram", &cryptogram);
    issuer_response(entry, &card_master_key, &session_key, cryptogram);
}

/// The ARPC by either method, where one is expected.
pub(crate) fn issuer_response(entry: &Entry, card_master_key: &[u8; 16], session_key: &[u8; 16], cryptogram: [u8; 8]) {
    let key = match entry.input("arpc_key") {
        Some("card master key") => card_master_key,
        Some("session key") => session_key,
        Some(other) => panic!("{}: no ARPC key {other}", entry.name),
        None => return,
    };
    if entry.expects("arpc_method_1") {
        entry.agree_bytes("issuer", "arpc_method_1", &arpc_method_1(key, cryptogram, entry.array("arc")));
    }
    if entry.expects("arpc_method_2") {
        let proprietary = entry.input("proprietary_data").map(|_| entry.bytes("proprietary_data")).unwrap_or_default();
        let arpc = arpc_method_2(key, cryptogram, entry.array("csu"), &proprietary);
        entry.agree_bytes("issuer", "arpc_method_2", &arpc);
    }
}

pub(crate) fn mac(entry: &Entry) {
    let (key, data) = (entry.array("key"), entry.text("data_ascii").as_bytes());
    let (card_padding, issuer_padding) = paddings(entry);
    entry.agree_bytes("card", "mac", &card_mac::retail_mac(&secret(key), card_padding, data));
    entry.agree_bytes("issuer", "mac", &issuer_mac::mac_algorithm_3(&key, data, issuer_padding));
}

pub(crate) fn aes_cmac(entry: &Entry) {
    let (key, data) = (entry.array("key"), entry.bytes("data"));
    entry.agree_bytes("issuer", "cmac", &issuer_mac::aes_cmac(&key, &data));
    let from_card = card_mac::aes_cmac(&secret(key), &data);
    assert_eq!(entry.expected_bytes("cmac")[..8], from_card, "{}: the card takes the leftmost 8 bytes", entry.name);
}

pub(crate) fn limited_use_key(entry: &Entry) {
    let index = LukIndex::parse(entry.text("luk_index")).unwrap();
    let card_master_key = entry.array("card_master_key");
    for (half, name) in [(1, "left_block"), (2, "right_block")] {
        entry.agree_bytes("issuer", name, &index.block(half));
    }
    entry.agree_bytes("issuer", "luk", &issuer_limited_use_key::limited_use_key(&card_master_key, &index));
    let left = triple_des::encrypt_triple_des(&card_master_key, index.block(1));
    assert_eq!(entry.expected_bytes("luk")[..8], left, "{}: the left block gives the left half", entry.name);
}

/// The padding as card and issuer name it.
fn paddings(entry: &Entry) -> (cvn::Padding, issuer_mac::Padding) {
    match entry.text("padding") {
        "zeros" => (cvn::Padding::Zeros, issuer_mac::Padding::Method1),
        "method 2" => (cvn::Padding::Method2, issuer_mac::Padding::Method2),
        other => panic!("{}: no padding {other}", entry.name),
    }
}
