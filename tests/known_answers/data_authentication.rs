//! Offline data authentication: the card's signature by its private key, and CDA and fDDA from the transaction to the answer. What the
//! card computes the terminal must recover.

use hcepay_core::known_answers::IccKey;
use hcepay_core::known_answers::card_verification_results::Cvr;
use hcepay_core::known_answers::cvn::{Cvn, KernelId};
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::signed_dynamic_data::{
    IccDynamicNumber, block, card_authentication_data, counter_alone, icc_dynamic_data, known_to_both,
    transaction_data_hash,
};
use hcepay_core::known_answers::{FixedPart, SignedDataFormat, session_key, under};
use hcepay_core::{Atc, SecretKey};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::profile::data_object;
use hcepay_tests::terminal::{CaKey, Fdda, Purchase, Tap, Terminal};

use super::entry::Entry;
use super::keys_and_macs::issuer_card_master_key;

/// What blinds a signature: no trace of it is left.
const RANDOM: [u8; 176] = [0x5A; 176];

pub(crate) fn signature(entry: &Entry) {
    let key = IccKey::of(&entry.bytes("numbers"), entry.text("exponent").parse().unwrap(), &RANDOM).unwrap();
    entry.agree_bytes("card", "modulus", key.modulus());
    entry.agree_bytes("card", "signature", &key.sign(&entry.bytes("block")).unwrap());
}

pub(crate) fn cda(entry: &Entry) {
    let card_master_key = issuer_card_master_key(entry);
    let atc = Atc::new(u16::from_be_bytes(entry.array("atc"))).unwrap();
    let key = session_key::common(&SecretKey::new(Box::new(card_master_key)), atc);
    entry.agree_bytes("card", "session_key", key.expose());

    let cvn = Cvn::of(KernelId::Kernel2, 0x14).unwrap();
    let number = IccDynamicNumber(entry.array("icc_dynamic_number"));
    let fixed = [entry.bytes("dki"), vec![0; 2], entry.bytes("counters")].concat();
    let cvr = Cvr::from_bytes(&entry.bytes("cvr")).unwrap();
    let iad = Iad::of(cvn, &FixedPart::parse(cvn, &fixed).unwrap(), &cvr, [0; 4]).with_dynamic_number(number);
    entry.agree_bytes("card", "iad", iad.bytes());
    let cdol1_values = entry.bytes("cdol1_values");
    let transaction = transaction(&cdol1_values);
    let input = CryptogramInput { transaction: &transaction, aip: entry.array("aip"), atc, cvr: &cvr, iad: &iad };
    entry.agree_bytes("card", "ac_input", &input.bytes(cvn));
    let cryptogram = under(key, cvn, &input);
    entry.agree_bytes("card", "ac", &cryptogram.0);

    let [cid] = entry.array("cid");
    let objects = [(0x9F27, vec![cid]), (0x9F36, atc.bytes().to_vec()), (0x9F10, iad.bytes().to_vec())];
    let [cid_object, atc_object, iad_object] = objects.map(|(tag, value)| data_object(tag, &value));
    let answered = [cid_object.as_slice(), &atc_object, &iad_object].concat();
    let pdol_values = entry.bytes("pdol_values");
    entry.agree_bytes("card", "hash_input", &[pdol_values.as_slice(), &cdol1_values, &answered].concat());
    let hash = transaction_data_hash(&pdol_values, &cdol1_values, &answered);
    entry.agree_bytes("card", "transaction_data_hash", &hash);
    let dynamic_data = icc_dynamic_data(number, cid, &cryptogram.0, &hash);
    entry.agree_bytes("card", "icc_dynamic_data", &dynamic_data);
    let key = IccKey::of(&entry.bytes("numbers"), entry.text("exponent").parse().unwrap(), &RANDOM).unwrap();
    let unpredictable_number = entry.bytes("unpredictable_number");
    let block = block(key.modulus().len(), SignedDataFormat::Usual, &dynamic_data, &unpredictable_number).unwrap();
    entry.agree_bytes("card", "block", &block);
    let signature = key.sign(&block).unwrap();
    entry.agree_bytes("card", "sdad", &signature);
    let signature = data_object(0x9F4B, &signature);
    let answer = data_object(0x77, &[cid_object, atc_object, signature, iad_object].concat());
    entry.agree_bytes("card", "answer", &answer);
    if entry.input("answers").is_some() {
        the_terminal_recovers_it(entry);
    }
}

pub(crate) fn fdda(entry: &Entry) {
    let related = card_authentication_data(entry.array("card_unpredictable_number"), entry.array("ctq"));
    entry.agree_bytes("card", "card_authentication_data", &related);
    let (amount, currency) = (entry.array("amount"), entry.array("currency"));
    let beside = known_to_both(entry.array("unpredictable_number"), amount, currency, &related);
    entry.agree_bytes("card", "beside", &beside);
    let format = match entry.text("format") {
        "05" => SignedDataFormat::Usual,
        "95" => SignedDataFormat::BesideArqc,
        other => panic!("{}: {other}", entry.name),
    };
    let key = IccKey::of(&entry.bytes("numbers"), entry.text("exponent").parse().unwrap(), &RANDOM).unwrap();
    let atc = Atc::new(u16::from_be_bytes(entry.array("atc"))).unwrap();
    let block = block(key.modulus().len(), format, &counter_alone(atc), &beside).unwrap();
    entry.agree_bytes("card", "block", &block);
    entry.agree_bytes("card", "sdad", &key.sign(&block).unwrap());
    let tap = the_terminal_taps(entry, 3);
    let oda = tap.oda.unwrap_or_else(|| panic!("{}: {}", entry.name, tap.reason.sentence()));
    entry.agree_bytes("terminal", "block", &oda.signed_data);
    assert_eq!((oda.icc_dynamic_number, oda.cryptogram), (atc.bytes().to_vec(), None), "{}", entry.name);
}

fn the_terminal_recovers_it(entry: &Entry) {
    let tap = the_terminal_taps(entry, 4);
    let cda = tap.oda.unwrap_or_else(|| panic!("{}: {}", entry.name, tap.reason.sentence()));
    let command = &tap.exchanges.last().unwrap().command;
    assert_eq!(command[5..48], entry.bytes("cdol1_values"), "{}", entry.name);
    entry.agree_bytes("terminal", "block", &cda.signed_data);
    entry.agree_bytes("terminal", "ac", &cda.cryptogram.unwrap());
    assert_eq!(cda.icc_dynamic_number, entry.bytes("icc_dynamic_number"), "{}", entry.name);
}

/// A whole tap of the terminal, which gets the entry's answers from a card of this scheme.
fn the_terminal_taps(entry: &Entry, scheme: u8) -> Tap {
    let ca_key = CaKey {
        rid: [0xA0, 0, 0, 0, scheme],
        index: 0x92,
        modulus: entry.bytes("ca_modulus"),
        exponent: entry.bytes("ca_exponent"),
    };
    let terminal = Terminal { ca_keys: vec![ca_key], fdda: Fdda::Required, ..Terminal::default() };
    let purchase = Purchase {
        amount_minor: 10_00,
        amount_other_minor: 0,
        currency: 978,
        country: 276,
        transaction_type: 0x00,
        date: [0x26, 0x11, 0x28],
        unpredictable_number: entry.array("unpredictable_number"),
    };
    let mut answers =
        entry.text("answers").split(' ').map(|answer| [from_hex(answer).unwrap(), vec![0x90, 0]].concat());
    terminal.pay(&purchase, &mut |_| answers.next().unwrap())
}

/// 9F02, 9F03, 9F1A, 95, 5F2A, 9A, 9C, 9F37, and what the cryptogram is not over.
fn transaction(values: &[u8]) -> TransactionData {
    let (amounts, rest) = values.split_at(12);
    TransactionData {
        amount_authorised: amounts[..6].try_into().unwrap(),
        amount_other: amounts[6..].try_into().unwrap(),
        terminal_country: rest[..2].try_into().unwrap(),
        tvr: rest[2..7].try_into().unwrap(),
        currency: rest[7..9].try_into().unwrap(),
        date: rest[9..12].try_into().unwrap(),
        transaction_type: [rest[12]],
        unpredictable_number: rest[13..17].try_into().unwrap(),
    }
}
