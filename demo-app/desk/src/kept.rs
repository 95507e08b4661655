//! The file that a desk is kept in, `desk` in its directory, and the lock beside it.
//!
//! One line: `hcepay demo desk`, the number of the format, and the SHA-256 of what follows, in hexadecimal. Then JSON: what the
//! issuer knows (see `state.rs` of the tests' issuer), its clock, its wallet, and whether it was told to refuse. It is written into a file
//! beside it, synced, and takes its name; so a process may end at any moment. Not sealed: all keys in it are test keys.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::certificate_terms::CertificateTerms;
use hcepay_tests::issuer::state::{StateError, write_whole};
use hcepay_tests::issuer::wallets::WalletId;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::DeskError;
use crate::issuer_clock::IssuerClock;

const NAME: &str = "hcepay demo desk";
const FORMAT: u32 = 1;

/// All that a desk knows.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) issuer: Issuer,
    pub(crate) clock: IssuerClock,
    /// The wallet that enrolled last.
    pub(crate) wallet: Option<WalletId>,
    pub(crate) refuses_next: bool,
}

impl State {
    /// One that knows nobody, with keys that follow from this number.
    pub(crate) fn new(seed: u64) -> State {
        let mut issuer = Issuer::new(seed);
        // Short, so that whoever tries the demo for a while sees it.
        let terms = CertificateTerms { months: Some(2), face_after: true, ..CertificateTerms::default() };
        issuer.set_certificate_terms(terms);
        State { issuer, clock: IssuerClock::default(), wallet: None, refuses_next: false }
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> Result<String, DeskError> {
        let issuer: Value = serde_json::from_str(&self.issuer.to_json()).map_err(|_| DeskError::Damaged)?;
        let json = json!({
            "issuer": issuer,
            "ahead_ms": self.clock.ahead_ms,
            "latest_ms": self.clock.latest_ms,
            "wallet": self.wallet.map(|wallet| hex(&wallet)),
            "refuses_next": self.refuses_next,
        });
        let json = json.to_string();
        Ok(format!("{NAME} {FORMAT} {}\n{json}", digest(&json)))
    }

    /// What a text of a file says.
    pub(crate) fn read(text: &str) -> Result<State, DeskError> {
        let (head, json) = text.split_once('\n').ok_or(DeskError::Damaged)?;
        let head = head.strip_prefix(NAME).ok_or(DeskError::Damaged)?;
        let [format, sum] = *head.split_whitespace().collect::<Vec<&str>>() else { return Err(DeskError::Damaged) };
        match format.parse::<u32>() {
            Ok(FORMAT) if sum == digest(json) => State::of_json(json).ok_or(DeskError::Damaged)?,
            Ok(newer) if newer > FORMAT => Err(DeskError::TooNew),
            _ => Err(DeskError::Damaged),
        }
    }

    fn of_json(json: &str) -> Option<Result<State, DeskError>> {
        let state: Value = serde_json::from_str(json).ok()?;
        let issuer = match Issuer::from_json(&state.get("issuer")?.to_string()) {
            Ok(issuer) => issuer,
            // The digest is right, so this is what was written: by a version whose issuer keeps more.
            Err(StateError::OtherFormat) => return Some(Err(DeskError::TooNew)),
            Err(_) => return None,
        };
        let wallet = match state.get("wallet")? {
            Value::Null => None,
            name => Some(from_hex(name.as_str()?)?.try_into().ok()?),
        };
        let (ahead_ms, latest_ms) = (state.get("ahead_ms")?.as_i64()?, state.get("latest_ms")?.as_u64()?);
        let refuses_next = state.get("refuses_next")?.as_bool()?;
        Some(Ok(State { issuer, clock: IssuerClock { ahead_ms, latest_ms }, wallet, refuses_next }))
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// The directory of a desk, which nobody else has open.
#[derive(Debug)]
pub(crate) struct Place {
    file: PathBuf,
    _lock: File,
}

impl Place {
    /// Makes the directory where it is not there, and locks it.
    pub(crate) fn lock(directory: &Path) -> Result<Place, DeskError> {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let path = directory.join("lock");
        let lock = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Place { file: directory.join("desk"), _lock: lock }),
            Err(Errno::WOULDBLOCK) => Err(DeskError::InUse),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    /// The text of its file, if there is one.
    pub(crate) fn read(&self) -> Result<Option<String>, DeskError> {
        match fs::read_to_string(&self.file) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            // Not UTF-8.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(DeskError::Damaged),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes it, whole or not at all.
    pub(crate) fn write(&self, text: &str) -> Result<(), DeskError> {
        Ok(write_whole(&self.file, text)?)
    }

    /// Takes it away.
    pub(crate) fn clear(&self) -> Result<(), DeskError> {
        match fs::remove_file(&self.file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
