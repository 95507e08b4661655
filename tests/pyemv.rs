//! pyemv, an issuer of other people (PyPI, MIT), and ours and the card: random transactions, the same keys and cryptograms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::both_sides::{issuer_data, parts, versions};
use hcepay_core::known_answers::input::{CryptogramInput, TransactionData};
use hcepay_core::known_answers::issuer_application_data::Iad;
use hcepay_core::known_answers::session_key as card_session_key;
use hcepay_core::known_answers::under;
use hcepay_core::{Atc, SecretKey};
use hcepay_desk::tally::tell;
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::card_master_key::{Derivation, card_master_key};
use hcepay_tests::issuer::cryptogram_input::cryptogram_input;
use hcepay_tests::issuer::cryptogram_version::KeyScheme;
use hcepay_tests::issuer::issuer_application_data::IssuerApplicationData;
use hcepay_tests::issuer::session_key::{common_session_key, common_session_key_diversifier, mastercard_diversifier};
use hcepay_tests::issuer::token::Token;
use serde_json::Value;

const SEED: &str = "20260101";
const TRANSACTIONS_PER_VERSION: usize = 10_000;
/// Kernel and CVN (hexadecimal): 3 0A, 3 12, 2 10, 2 11, 2 14, 2 15.
const VERSIONS: usize = 6;

/// A Python that has pyemv: the one that is named, else the one that `scripts/pyemv-python` has made.
fn python() -> Option<PathBuf> {
    let made = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python");
    let named = std::env::var_os("HCEPAY_PYTHON").map(PathBuf::from);
    named.or_else(|| Some(made()).filter(|made| made.exists()))
}

/// What pyemv says, one transaction per line.
fn pyemv(python: &Path) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("pyemv/transactions.py");
    let mut command = Command::new(python);
    command.arg(script).args([SEED, &TRANSACTIONS_PER_VERSION.to_string()]).stderr(Stdio::inherit());
    let output = command.output().unwrap_or_else(|error| panic!("HCEPAY_PYTHON={}: {error}", python.display()));
    assert!(output.status.success(), "HCEPAY_PYTHON={}: {}", python.display(), output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// One line of pyemv's.
struct Transaction(Value);

impl Transaction {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        from_hex(self.text(name)).unwrap()
    }

    fn array<const LENGTH: usize>(&self, name: &str) -> [u8; LENGTH] {
        self.bytes(name).try_into().unwrap()
    }

    fn cvn(&self) -> u8 {
        self.0["cvn"].as_u64().unwrap().try_into().unwrap()
    }
}

/// Card and issuer, both from pyemv's inputs alone, against pyemv's outputs.
fn compare(line: &Transaction) {
    let (cvn, version) = versions(line.text("kernel"), line.cvn());
    let derivation = if line.text("derivation") == "A" { Derivation::OptionA } else { Derivation::OptionB };
    let sequence_number = if line.0["psn"].is_null() { 0x00 } else { u8::from_be_bytes(line.array("psn")) };
    let digits = derivation.digits(&Token::parse(line.text("pan")).unwrap(), sequence_number);
    let master_key = card_master_key(&line.array("issuer_master_key"), digits);
    assert_eq!(master_key, line.array("card_master_key"), "card master key: {}", line.0);

    let transaction = TransactionData {
        amount_authorised: line.array("9F02"),
        amount_other: line.array("9F03"),
        terminal_country: line.array("9F1A"),
        tvr: line.array("95"),
        currency: line.array("5F2A"),
        date: line.array("9A"),
        transaction_type: line.array("9C"),
        unpredictable_number: line.array("9F37"),
    };
    let (number, un) = (u16::from_be_bytes(line.array("9F36")), transaction.unpredictable_number);
    let atc = Atc::new(number).unwrap();

    // What the phone is given: the session key, or for versions that are test only the card master key.
    let on_card = SecretKey::new(Box::new(master_key));
    let (card_key, issuer_key, given) = match version.scheme() {
        KeyScheme::MasterKey => (on_card, master_key, master_key),
        KeyScheme::MastercardSessionKey => {
            let issuer_key = common_session_key(&master_key, mastercard_diversifier(number, un));
            (card_session_key::mastercard(&on_card, atc, un), issuer_key, master_key)
        }
        KeyScheme::CommonSessionKey => {
            let issuer_key = common_session_key(&master_key, common_session_key_diversifier(number));
            (card_session_key::common(&on_card, atc), issuer_key, issuer_key)
        }
        other => panic!("pyemv does not know {other:?}"),
    };
    let session_key: [u8; 16] = line.array("session_key");
    assert_eq!(*card_key.expose(), session_key, "session key of the card: {}", line.0);
    assert_eq!(issuer_key, session_key, "session key of the issuer: {}", line.0);

    let value = line.bytes("9F10");
    let (fixed, cvr, derivation_data) = parts(cvn, &value);
    let iad = Iad::of(cvn, &fixed, &cvr, derivation_data);
    assert_eq!(iad.bytes(), value, "issuer application data of the card: {}", line.0);
    let input = CryptogramInput { transaction: &transaction, aip: line.array("82"), atc, cvr: &cvr, iad: &iad };
    let expected: [u8; 8] = line.array("cryptogram");
    let from_card = under(SecretKey::new(Box::new(given)), cvn, &input).0;
    assert_eq!(from_card, expected, "cryptogram of the card: {}", line.0);

    let read = IssuerApplicationData::read(&value).unwrap();
    let bytes = cryptogram_input(version, &issuer_data(&input), &read).unwrap();
    let from_issuer = version.cryptogram(&issuer_key, &bytes);
    assert_eq!(from_issuer, expected, "cryptogram of the issuer: {}", line.0);
}

#[test]
fn card_and_issuer_agree_with_pyemv_on_random_transactions() {
    let Some(python) = python() else {
        // `scripts/test` takes this line for a failure.
        tell("NOT RUN: the comparison with pyemv, which is not here. To get it: scripts/pyemv-python");
        return;
    };
    let mut compared: BTreeMap<(String, u8), usize> = BTreeMap::new();
    for line in pyemv(&python).lines() {
        let line = Transaction(serde_json::from_str(line).unwrap());
        compare(&line);
        *compared.entry((line.text("kernel").to_owned(), line.cvn())).or_default() += 1;
    }
    assert_eq!(compared.len(), VERSIONS, "{compared:?}");
    assert!(compared.values().all(|count| *count == TRANSACTIONS_PER_VERSION), "{compared:?}");
    let cases: usize = compared.values().sum();
    tell(&format!("differential cases: {cases} against pyemv"));
}
