//! The closed-loop scheme: from the issuer master key by the seeds to the cryptogram. The card begins with the seed that it is
//! sent, the issuer with its master key.

use hcepay_core::Atc;
use hcepay_core::known_answers::input::CryptogramInput;
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::{mac as card_mac, ratchet};
use hcepay_tests::issuer::closed_loop as issuer;
use hcepay_tests::issuer::cryptogram_input::cryptogram_input;
use hcepay_tests::issuer::issuer_application_data::IssuerApplicationData;
use hcepay_tests::issuer::mac as issuer_mac;
use hcepay_tests::issuer::token::Token;

use super::entry::Entry;
use super::transactions::terminal_data;
use crate::both_sides::{issuer_data, parts, versions};

pub(crate) fn transaction(entry: &Entry) {
    let [channel] = entry.array("channel");
    let [sequence_number] = entry.array("psn");
    let number = u16::from_be_bytes(entry.array("9F36"));
    let token = Token::parse(entry.text("pan")).unwrap();
    let issuer_master_key = entry.array("issuer_master_key");
    let first = issuer::first_seed(&issuer_master_key, &token, sequence_number, &entry.bytes("aid"), channel);
    entry.agree_bytes("issuer", "first_seed", &first);
    let seed = issuer::seed(first, number);
    entry.agree_bytes("issuer", "seed", &seed);
    entry.agree_bytes("issuer", "next_seed", &issuer::seed(first, number.checked_add(1).unwrap()));
    let issuer_key = issuer::key(&seed, number);
    entry.agree_bytes("issuer", "key", &issuer_key);

    let boxed = |name: &str| Box::new(entry.expected_bytes(name).try_into().unwrap());
    let mut from_first = ratchet::Seed::new(boxed("first_seed"));
    for passed in 1..number {
        (_, from_first) = ratchet::step(from_first, Atc::new(passed).unwrap());
    }
    entry.agree_bytes("card", "seed", from_first.expose());
    let atc = Atc::new(number).unwrap();
    let (card_key, next) = ratchet::step(ratchet::Seed::new(boxed("seed")), atc);
    entry.agree_bytes("card", "key", card_key.expose());
    entry.agree_bytes("card", "next_seed", next.expose());

    let (cvn, version) = versions(entry.text("kernel"), u8::from_be_bytes(entry.array("cvn")));
    let value = entry.bytes("9F10");
    let (fixed, cvr, derivation_data) = parts(cvn, &value);
    let iad = Iad::of(cvn, &fixed, &cvr, derivation_data);
    assert_eq!(iad.bytes(), value, "{}", entry.name);
    let transaction = terminal_data(entry);
    let input = CryptogramInput { transaction: &transaction, aip: entry.array("82"), atc, cvr: &cvr, iad: &iad };
    entry.agree_bytes("card", "cryptogram_input", &input.bytes(cvn));
    let cryptogram = card_mac::mac(cvn.mac_algorithm(), &card_key, &input.bytes(cvn));
    entry.agree_bytes("card", "cryptogram", &cryptogram);

    let read = IssuerApplicationData::read(&value).unwrap();
    let issuer_bytes = cryptogram_input(version, &issuer_data(&input), &read).unwrap();
    entry.agree_bytes("issuer", "cryptogram_input", &issuer_bytes);
    entry.agree_bytes("issuer", "cmac", &issuer_mac::aes_cmac(&issuer_key, &issuer_bytes));
    entry.agree_bytes("issuer", "cryptogram", &version.cryptogram(&issuer_key, &issuer_bytes));
}
