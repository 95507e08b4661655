//! Known answers: every entry of `vectors/` against the card, where the card has the step, and against issuer or terminal.

mod closed_loop;
mod data_authentication;
mod entry;
mod envelopes;
mod keys_and_macs;
mod structures;
mod transactions;

use std::path::Path;

use entry::Entry;
use hcepay_desk::tally::tell;

/// All entries of all files: a new file is checked, or fails the test, without being named here.
fn entries() -> Vec<Entry> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().flat_map(|file| entry::read(&std::fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn card_issuer_and_terminal_give_every_known_answer() {
    let entries = entries();
    assert!(!entries.is_empty());
    let mut compared = 0;
    for entry in &entries {
        match entry.category.as_str() {
            "icc-master-key" => keys_and_macs::card_master_key(entry),
            "session-key+ac+arpc" | "ac" | "arpc" => keys_and_macs::session_key_and_cryptogram(entry),
            "mac" => keys_and_macs::mac(entry),
            "aes-cmac" => keys_and_macs::aes_cmac(entry),
            "visa-luk" => keys_and_macs::limited_use_key(entry),
            "visa-cvn10" | "visa-cvn18" | "mastercard-cvn" | "visa-luk-qvsdc" | "pboc" | "selfgen-k3" => {
                transactions::transaction(entry);
            }
            "closed-loop" => closed_loop::transaction(entry),
            "icc-key" => data_authentication::signature(entry),
            "cda" => data_authentication::cda(entry),
            "fdda" => data_authentication::fdda(entry),
            "hpke" => envelopes::hpke(entry),
            "envelope" => envelopes::envelope(entry),
            "iad" => structures::issuer_application_data(entry),
            "trace-structure" => match entry.text("part") {
                "directory" => structures::directory(entry),
                "selection" => structures::selection(entry),
                "processing options" => structures::processing_options(entry),
                "record" => structures::record(entry),
                "exchange" => structures::exchange(entry),
                other => panic!("{}: no check for the part {other}", entry.name),
            },
            other => panic!("{}: no check for the category {other}", entry.name),
        }
        compared += entry.compared();
    }
    tell(&format!("known answers: {} entries, {compared} values compared", entries.len()));
}
