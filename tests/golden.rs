//! Golden files: a ledger, and an envelope and a request of each kind, byte by byte with the meaning of each field
//! (`tests/golden/*.txt`). They are the formats by example, for whoever writes another implementation; and they are what a
//! phone may hold or carry, which every later version must go on to read.
//!
//! Nothing in them is believed because the core wrote it. The ledger is read by `ledger_file.rs`, which was written from its
//! description; the envelopes are the issuer's, sealed by other people's HPKE; the requests are proved and answered by the
//! issuer; and what every field means is written down from the descriptions (`tests/golden/*.rs`).
//!
//! Written anew, on purpose, by `HCEPAY_WRITE_GOLDEN=1 cargo test -p hcepay-tests --test outside golden`. Where the core is to write a
//! ledger otherwise than it did, the old file stays under another name and goes on to be opened: wallets have such.

mod envelope;
mod keys;
mod ledger;
mod life;
mod page;
mod request;
mod shared;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use hcepay_core::{AgreementPoint, CardState, DeviceKeys, IssuerKey, Outcome, ReleasedSpendKey};
use hcepay_desk::disk::{Disk, Medium};
use hcepay_tests::issuer::seal::SigningIssuer;
use hcepay_tests::ledger_file::LedgerFile;
use keys::{SECOND_ISSUER, SEED, STORE_KEY};
use life::lived;
use page::bytes_of;

const LEDGER: &str = "ledger";
/// As it was written before there was a journal.
const OLD_LEDGER: &str = "ledger-before-the-journal";

/// The text of every golden file, written anew first where that is asked for.
static GOLDEN: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let directory = directory();
    let texts = || {
        let entries = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
    };
    if std::env::var_os("HCEPAY_WRITE_GOLDEN").is_some() {
        texts()
            .filter(|path| !path.ends_with(format!("{OLD_LEDGER}.txt")))
            .for_each(|path| fs::remove_file(path).unwrap());
        fs::write(directory.join("keys.txt"), keys::described()).unwrap();
        for (name, bytes) in made() {
            fs::write(directory.join(format!("{name}.txt")), described(&name, &bytes)).unwrap();
        }
    }
    let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
    texts().map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
});

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn golden(name: &str) -> Vec<u8> {
    bytes_of(GOLDEN.get(name).unwrap_or_else(|| panic!("no golden file {name}")))
}

/// What the life makes today.
fn made() -> BTreeMap<String, Vec<u8>> {
    let mut made = BTreeMap::new();
    let mut keep = |name: &str, bytes: Vec<u8>| {
        made.insert(name.to_owned(), bytes.clone());
        bytes
    };
    let ledger = lived(&mut keep).disk.medium().log().unwrap().to_vec();
    made.insert(LEDGER.to_owned(), ledger);
    made
}

/// The file of this name, as its description reads these bytes.
fn described(name: &str, bytes: &[u8]) -> String {
    match name.split('-').next().unwrap() {
        LEDGER => ledger::described(bytes),
        "envelope" => envelope::described(bytes),
        "request" => request::described(bytes),
        _ => panic!("{name}"),
    }
}

#[test]
fn every_field_of_every_file_means_what_stands_before_it() {
    assert_eq!(GOLDEN["keys"], keys::described());
    for (name, text) in GOLDEN.iter().filter(|(name, _)| *name != "keys") {
        assert_eq!(*text, described(name, &bytes_of(text)), "{name}");
    }
}

#[test]
fn there_is_an_envelope_of_each_purpose_a_request_of_each_kind_and_a_record_of_each() {
    let kinds = |of: &str| {
        let files = GOLDEN.keys().filter(|name| name.starts_with(of));
        let mut kinds: Vec<u8> = files.map(|name| golden(name)[1]).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    };
    assert_eq!(kinds("envelope"), (0x01..=0x10).collect::<Vec<u8>>());
    assert_eq!(kinds("request"), (0x01..=0x06).collect::<Vec<u8>>());
    for (number, name) in ledger::NAMES {
        // Reports are rows now.
        let text = &GOLDEN[if name == "reported" { OLD_LEDGER } else { LEDGER }];
        assert!(text.contains(&format!("kind: {number} {name}")), "no record says: {name}");
    }
}

#[test]
fn the_same_life_makes_the_same_files_byte_for_byte() {
    let made = made();
    assert_eq!(made.len() + 2, GOLDEN.len(), "and the keys and the old ledger");
    for (name, bytes) in made {
        assert_eq!(bytes, golden(&name), "{name}");
    }
}

#[test]
fn the_wallet_applies_every_envelope_and_the_issuer_answers_every_request() {
    let mut letters = 0;
    let mut carrier = |name: &str, _: Vec<u8>| {
        letters += 1;
        golden(name)
    };
    // That each is applied, or answered, and each cryptogram accepted, is asserted as the life goes on.
    let life = lived(&mut carrier);
    assert_eq!(life.wallet.cards().len(), 2);
    assert_eq!(letters + 3, GOLDEN.len(), "and the keys and the ledgers");
}

/// Opened from the golden ledger of this name.
fn found<'a>(carrier: life::Carrier<'a>, name: &str) -> life::Life<'a> {
    let mut life = lived(carrier);
    let file = LedgerFile::read(&golden(name), STORE_KEY).unwrap();
    // The mark is the number of the last record that is a lease or an applied envelope.
    let marked = file.records.iter().filter(|record| [7, 17, 18, 20, 38].contains(&record.kind));
    life.platform.mark = marked.map(|record| record.number).max().unwrap();
    life.open(Disk::of(Medium::of_log(file.bytes)));
    assert!(!life.wallet.is_rolled_back());
    life
}

#[test]
fn a_wallet_that_an_earlier_version_wrote_opens_and_pays_on() {
    for (name, envelopes) in [(OLD_LEDGER, 16), (LEDGER, 23)] {
        opens_and_pays_on(name, envelopes);
    }
}

fn opens_and_pays_on(name: &str, envelopes: u64) {
    let mut carrier = |_: &str, bytes: Vec<u8>| bytes;
    let mut life = found(&mut carrier, name);
    let cards = life.wallet.cards();
    assert_eq!(cards.iter().map(|card| card.number()).collect::<Vec<_>>(), [2, 3], "the first was deleted");
    let stands = |number: u32| {
        let card = life.wallet.card(life.card(number), life.now.wall_ms).unwrap();
        let application = &card.applications[0];
        (card.state, card.chosen, application.last_atc.number(), application.uses_left)
    };
    // Of the seed 1 to 5 were dropped when the wallet was resynchronised, 6 paid, and 9 of its 10 uses are left. The other
    // card lost 1 to 3 with the spend key; 4 paid, 5 was leased when the phone was started anew.
    assert_eq!(stands(2), (CardState::Active, false, 6, 9));
    assert_eq!(stands(3), (CardState::Active, true, 5, 8));
    assert_eq!(life.wallet.highest_sequence(), envelopes);
    let told = life.wallet.reports().into_iter().map(|report| (report.outcome, report.atc.unwrap().number()));
    let paid = |atc| (Outcome::AuthorisationRequested, atc);
    assert_eq!(told.collect::<Vec<_>>(), [paid(1), paid(1), paid(6)], "that of 4 was acknowledged");

    // What is acknowledged stays in the journal; since there is one the holder has deleted a row of it.
    let rows = life.wallet.journal(None, usize::MAX);
    let paid_with = rows.iter().map(|row| row.report.atc.unwrap().number()).collect::<Vec<_>>();
    if name == OLD_LEDGER {
        assert_eq!(paid_with, [6, 4, 1, 1]);
    } else {
        assert_eq!(paid_with, [6, 4, 1]);
        let names = rows.iter().map(|row| row.settlements.first().map(|told| told.settled.name()));
        assert_eq!(names.collect::<Vec<_>>(), [Some("declined"), Some("approved"), None]);
        assert_eq!(rows[0].merchant.as_deref(), Some("Café"));
        let balance = life.wallet.balance(life.card(3), life.now.wall_ms).unwrap();
        assert_eq!((balance.statement.available_minor, balance.statement.booked_minor), (-2_50, -2_50));
        let [transfer] = &life.wallet.transfers(None, usize::MAX)[..] else { panic!("the other was deleted") };
        assert_eq!(transfer.transfer.terms().payee_name, "Bob");
        assert_eq!(transfer.state.refusal().map(|why| why.name()), Some("insufficient-funds"));
    }

    for (card, next) in [(3, 6), (2, 7)] {
        let report = life.pay(card).unwrap();
        assert_eq!(report.atc.unwrap().number(), next, "the issuer has accepted it");
    }
}

#[test]
fn the_keys_are_those_of_the_phone_and_its_issuer() {
    let platform = keys::platform();
    let points = [keys::agreement(), keys::signature(), keys::authenticated()[0]];
    let points = points.map(|(_, public)| AgreementPoint::new(&public).unwrap());
    let DeviceKeys { agreement, signature } = platform.device_keys();
    assert_eq!(points, [agreement, signature, platform.spend_point(ReleasedSpendKey::Authenticated)]);
    assert_eq!(platform.issuer().point(), IssuerKey::new(&SigningIssuer::from_seed(SEED).public()).unwrap().point());
    assert_ne!(SEED, SECOND_ISSUER);
}
