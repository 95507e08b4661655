//! The ledger on real files: what has its names, who holds its lock, and what the system is asked for, in which order.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use hcepay_core::{CardId, DEFAULT_WINDOW_MS, Files, LedgerError, Method, Outcome, Reason, Wallet};
use hcepay_desk::phone::{NEW_YEAR, issuer_key, randomness, store_key};
use hcepay_tests::bytes::from_hex;
use hcepay_tests::issuer::demo_cards::{demo_card, large_profile};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::TempDir;

use crate::checkout::{AID, CARD, fresh_number, grow, grow_until_compacted, key};

/// Names the directory to a child process.
const DIRECTORY: &str = "HCEPAY_FILES_DIRECTORY";

/// A wallet's directory, and what takes it away at the end where it is this process's own.
struct Place(PathBuf, Option<TempDir>);

impl Place {
    fn new() -> Place {
        let directory = tempfile::tempdir().unwrap();
        Place(directory.path().to_owned(), Some(directory))
    }

    fn wallet(&self) -> Wallet {
        let files = Box::new(Files::lock(&self.0).unwrap());
        Wallet::create(files, store_key(), issuer_key(), NEW_YEAR, randomness(0)).unwrap()
    }

    fn opened(&self) -> Result<Wallet, LedgerError> {
        let files = Box::new(Files::lock(&self.0)?);
        Wallet::open(files, store_key(), 0, NEW_YEAR, randomness(1))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn with_keys(wallet: &Wallet, atcs: std::ops::RangeInclusive<u16>) -> CardId {
    let card = wallet.install_unsealed(&demo_card(CARD).unwrap().profile()).unwrap();
    wallet.add_keys_unsealed(card, atcs.map(key).collect(), NEW_YEAR).unwrap();
    wallet.mark_stored(wallet.mark());
    card
}

/// One contact; gives the counter, or why there is none.
fn pay(wallet: &Wallet) -> Result<u16, Option<Reason>> {
    let send =
        |command: &str| wallet.process(NEW_YEAR, &from_hex(&command.replace("11223344", &fresh_number())).unwrap());
    send(&format!("00A40400{:02X}{AID}00", AID.len() / 2));
    send("80A8000023832132804000000000001250000000000000027600000000000978260101001122334400");
    let report = wallet.deactivated(NEW_YEAR);
    match report.outcome {
        Outcome::AuthorisationRequested => Ok(report.atc.unwrap().number()),
        _ => Err(report.reason),
    }
}

#[test]
fn the_lock_cannot_be_deleted_from_under_its_holder() {
    let place = Place::new();
    let wallet = place.wallet();
    for entry in fs::read_dir(&place.0).unwrap() {
        let path = entry.unwrap().path();
        // The log is what it locks for, and stays.
        if path != place.at("ledger") {
            fs::remove_file(path).unwrap();
        }
    }
    assert_eq!(place.opened().map(|_| ()), Err(LedgerError::InUse));
    drop(wallet);
    assert_eq!(place.opened().map(|_| ()), Ok(()));
}

#[test]
fn what_is_no_file_of_its_own_in_the_ledger_s_place_is_not_opened_and_not_waited_for() {
    let place = Place::new();
    drop(place.wallet());
    let (ledger, kept) = (place.at("ledger"), place.at("kept"));
    fs::rename(&ledger, &kept).unwrap();
    let content = fs::read(&kept).unwrap();
    let refused = |what: &str| {
        assert_eq!(place.opened().map(|_| ()), Err(LedgerError::Failed), "{what}");
        assert_eq!(fs::read(&kept).unwrap(), content, "{what}");
    };
    symlink(&kept, &ledger).unwrap();
    refused("a symbolic link");
    fs::remove_file(&ledger).unwrap();
    fs::hard_link(&kept, &ledger).unwrap();
    refused("a second name");
    fs::remove_file(&ledger).unwrap();
    assert!(Command::new("mkfifo").arg(&ledger).status().unwrap().success());
    refused("a pipe");
    fs::remove_file(&ledger).unwrap();
    fs::create_dir(&ledger).unwrap();
    refused("a directory");
    fs::remove_dir(&ledger).unwrap();
    fs::rename(&kept, &ledger).unwrap();
    assert_eq!(place.opened().map(|_| ()), Ok(()));
}

#[test]
fn what_leads_elsewhere_in_the_next_log_s_place_loses_the_name_and_nothing_else() {
    let place = Place::new();
    let elsewhere = place.at("elsewhere");
    fs::write(&elsewhere, "kept").unwrap();
    let wallet = place.wallet();
    with_keys(&wallet, 1..=3);
    for kind in ["symbolic link", "second name", "directory"] {
        let next = place.at("ledger.next");
        match kind {
            "symbolic link" => symlink(&elsewhere, &next),
            "second name" => fs::hard_link(&elsewhere, &next),
            _ => fs::create_dir(&next),
        }
        .unwrap();
        grow_until_compacted(&wallet, NEW_YEAR);
        assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
        assert!(fs::symlink_metadata(place.at("ledger")).unwrap().is_file());
    }
    drop(wallet);
    assert_eq!(place.opened().unwrap().cards().len(), 1);
}

#[test]
fn a_log_that_claims_to_be_longer_than_memory_is_refused() {
    let place = Place::new();
    drop(place.wallet());
    let ledger = fs::OpenOptions::new().write(true).open(place.at("ledger")).unwrap();
    let length = ledger.metadata().unwrap().len();
    for claimed in [(64 << 20) + 1, 1 << 40] {
        ledger.set_len(claimed).unwrap();
        assert_eq!(place.opened().map(|_| ()), Err(LedgerError::Failed), "{claimed}");
    }
    ledger.set_len(length).unwrap();
    assert_eq!(place.opened().map(|_| ()), Ok(()));
}

#[test]
fn the_live_log_is_written_at_its_end_whatever_was_put_behind_it() {
    let place = Place::new();
    let wallet = place.wallet();
    with_keys(&wallet, 1..=9);
    for paid in 1..=3 {
        fs::OpenOptions::new().append(true).open(place.at("ledger")).unwrap().write_all(&[0xA5]).unwrap();
        assert_eq!(pay(&wallet), Ok(paid));
        wallet.make_ready(NEW_YEAR).unwrap();
        wallet.mark_stored(wallet.mark());
    }
    let stored = wallet.mark();
    drop(wallet);
    let files = Box::new(Files::lock(&place.0).unwrap());
    let found = Wallet::open(files, store_key(), stored, NEW_YEAR, randomness(1)).unwrap();
    found.mark_stored(found.mark());
    assert!(!found.is_rolled_back());
    assert_eq!(pay(&found), Ok(4), "nothing was lost, nothing comes again");
}

#[test]
fn a_write_that_ends_short_is_a_failed_one_and_leaves_nothing() {
    let place = Place::new();
    with_keys(&place.wallet(), 1..=3);
    child("files::child_whose_files_may_not_grow", &place.0, &[]);
}

#[test]
#[ignore = "run by a_write_that_ends_short_is_a_failed_one_and_leaves_nothing"]
fn child_whose_files_may_not_grow() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let place = Place(directory.into(), None);
    let wallet = place.opened().unwrap();
    wallet.mark_stored(wallet.mark());
    let before = fs::read(place.at("ledger")).unwrap();
    let whole = getrlimit(Resource::Fsize);
    // No signal: that comes only where not a byte can be written.
    let short = Rlimit { current: Some(before.len() as u64 + 20), ..whole };
    setrlimit(Resource::Fsize, short).unwrap();
    let refused = pay(&wallet);
    setrlimit(Resource::Fsize, whole).unwrap();
    assert_eq!(refused, Err(Some(Reason::StorageFailed)));
    assert_eq!(fs::read(place.at("ledger")).unwrap(), before);
    assert_eq!(pay(&wallet), Ok(1));
    drop(wallet);
    assert_eq!(place.opened().map(|wallet| wallet.reports().len()), Ok(1));
}

#[test]
fn the_system_is_asked_to_write_to_wait_and_to_rename_in_this_order() {
    let place = Place::new();
    let trace = place.at("trace");
    let calls = "trace=openat,write,pwrite64,fdatasync,fsync,rename,renameat,renameat2,ftruncate,unlinkat";
    let strace = ["strace", "-f", "-y", "-e", calls, "-o", trace.to_str().unwrap()];
    fs::create_dir(place.at("wallet")).unwrap();
    child("files::child_that_tells_what_it_does", &place.at("wallet"), &strace);
    let trace = fs::read_to_string(trace).unwrap();
    let told = steps(&trace);
    let of = |step: &str| told.iter().rfind(|(name, _)| name == step).unwrap().1.join(" ");
    assert_eq!(of("create"), "unlink write-next sync-next rename sync sync-directory");
    assert_eq!(of("install"), "write sync");
    assert_eq!(of("tap"), "write write", "the consumption before the cryptogram, the report behind it");
    assert_eq!(of("make ready"), "write sync", "the next lease, and what the mark moves with");
    assert_eq!(of("tap with the last key"), "write write");
    assert_eq!(of("make ready without a key"), "sync", "the mark moves with the last key, too");
    assert_eq!(of("delete"), "write sync");
    assert_eq!(of("open"), "write write sync sync-directory", "what may not be on the medium, and a new segment");
    assert_eq!(of("compact"), "unlink write-next sync-next rename sync sync-directory");
}

/// The calls on the wallet's files, by what the child said it would do.
fn steps(trace: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut steps: Vec<(String, Vec<&'static str>)> = Vec::new();
    for line in trace.lines() {
        let step = line.split_once("\"step: ").and_then(|(_, rest)| rest.split_once("\\n"));
        if let Some((step, _)) = step {
            steps.push((step.to_owned(), Vec::new()));
            continue;
        }
        let Some((_, calls)) = steps.last_mut() else { continue };
        let failed = line.contains(" = -1 ");
        let is = |call: &str, name: &str| line.contains(&format!(" {call}(")) && line.contains(name) && !failed;
        let seen = match () {
            () if is("pwrite64", "/ledger.next>") => "write-next",
            () if is("pwrite64", "/ledger>") => "write",
            () if is("fdatasync", "/ledger.next>") => "sync-next",
            () if is("fdatasync", "/ledger>") => "sync",
            () if is("fsync", "/wallet>") => "sync-directory",
            () if line.contains(" rename") && !failed => "rename",
            () if line.contains(" unlinkat(") && line.contains("ledger.next") => "unlink",
            () if is("ftruncate", "/ledger>") => "truncate",
            () => continue,
        };
        calls.push(seen);
    }
    steps
}

#[test]
#[ignore = "run by the_system_is_asked_to_write_to_wait_and_to_rename_in_this_order"]
fn child_that_tells_what_it_does() {
    let Some(directory) = std::env::var_os(DIRECTORY) else { return };
    let place = Place(directory.into(), None);
    let step = |name: &str| {
        let mut out = std::io::stderr();
        out.write_all(format!("step: {name}\n").as_bytes()).unwrap();
    };
    let ready = |wallet: &Wallet| {
        wallet.make_ready(NEW_YEAR).unwrap();
        wallet.mark_stored(wallet.mark());
    };
    step("create");
    let wallet = place.wallet();
    step("install");
    let card = wallet.install_unsealed(&demo_card(CARD).unwrap().profile()).unwrap();
    step("keys");
    wallet.add_keys_unsealed(card, vec![key(1), key(2)], NEW_YEAR).unwrap();
    wallet.mark_stored(wallet.mark());
    step("tap");
    assert_eq!(pay(&wallet), Ok(1));
    step("make ready");
    ready(&wallet);
    step("tap with the last key");
    assert_eq!(pay(&wallet), Ok(2));
    let before = wallet.mark();
    step("make ready without a key");
    ready(&wallet);
    assert!(wallet.mark() > before);
    step("prepare");
    let large = wallet.install_unsealed(&large_profile()).unwrap();
    step("delete");
    wallet.delete(large).unwrap();
    step("close");
    let stored = wallet.mark();
    drop(wallet);
    step("open");
    let files = Box::new(Files::lock(&place.0).unwrap());
    let wallet = Wallet::open(files, store_key(), stored, NEW_YEAR, randomness(1)).unwrap();
    step("grow");
    // The verification writes nothing; the log is looked at whenever the wallet is made ready.
    let armed = wallet.arm(NEW_YEAR, Method::Biometric, DEFAULT_WINDOW_MS, None);
    armed.unwrap();
    let mut longest = 0;
    while wallet.ledger_length() >= longest {
        step("grow");
        grow(&wallet);
        longest = wallet.ledger_length();
        assert!(longest < 1 << 20, "the log is never written anew");
        step("compact");
        wallet.make_ready(NEW_YEAR).unwrap();
    }
}

/// Runs one ignored test of this file in a process of its own, under a program where one is named.
fn child(test: &str, directory: &Path, under: &[&str]) {
    let this = std::env::current_exe().unwrap();
    let arguments = ["--exact", test, "--ignored", "--nocapture", "--test-threads=1"];
    let mut command = match under.split_first() {
        Some((program, rest)) => {
            let mut command = Command::new(program);
            command.args(rest).arg(this);
            command
        }
        None => Command::new(this),
    };
    let output = command.args(arguments).env(DIRECTORY, directory).output();
    let output =
        output.unwrap_or_else(|error| panic!("{error}: is {under:?} installed? (Debian: apt-get install strace)"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
