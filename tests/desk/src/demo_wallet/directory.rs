//! The directory of a demo wallet: which file holds what, read and written.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use hcepay_core::StoreKey;
use hcepay_tests::bytes::{from_hex, hex};
use hcepay_tests::issuer::Issuer;
use hcepay_tests::issuer::state::write_whole;

use crate::page::IN_COMMAND;

use super::error::DemoWalletError;
use super::undelivered::Undelivered;

/// The demo issuer's test keys follow from this, as those that `card --describe` shows.
const ISSUER_SEED: u64 = 0;

/// A directory with a wallet, what its platform keeps, and its issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    root: PathBuf,
}

impl Directory {
    /// This one.
    pub fn new(root: &Path) -> Directory {
        Directory { root: root.to_owned() }
    }

    /// Where it is when nothing else is said: `demo-wallet` under cargo's target directory.
    pub fn usual() -> Directory {
        let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        Directory { root: Path::new(&target).join("demo-wallet") }
    }

    /// As a person would name it.
    pub fn name(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        self.root.strip_prefix(&here).unwrap_or(&self.root).display().to_string()
    }

    /// A command of `tap` that works on this one. No line is broken within it.
    pub fn command(&self, command: &str) -> String {
        let name = self.name();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(&byte);
        let option = match name.bytes().all(is_plain) {
            _ if *self == Directory::usual() => String::new(),
            true => format!(" --wallet {name}"),
            false => format!(" --wallet '{}'", name.replace('\'', "'\\''")),
        };
        let space = if command.is_empty() { "" } else { " " };
        format!("scripts/tap{space}{command}{option}").replace(' ', IN_COMMAND)
    }

    /// The wallet's own directory.
    pub(super) fn phone(&self) -> PathBuf {
        self.root.join("phone")
    }

    fn platform(&self, name: &str) -> PathBuf {
        self.root.join("platform").join(name)
    }

    pub(super) fn issuer(&self, name: &str) -> PathBuf {
        self.root.join("issuer").join(name)
    }

    /// Whether there is a wallet's own directory. One that may not be looked at is an error, not none.
    pub(super) fn is_there(&self) -> Result<bool, DemoWalletError> {
        match fs::metadata(self.phone()) {
            Ok(found) => Ok(found.is_dir()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(DemoWalletError::File(self.phone(), error)),
        }
    }

    /// Makes the directories that are not there yet, for their owner alone.
    pub(super) fn make(&self) -> Result<(), DemoWalletError> {
        for part in ["phone", "platform", "issuer"] {
            let path = self.root.join(part);
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|error| DemoWalletError::File(path, error))?;
        }
        Ok(())
    }

    // ---- the platform's

    /// The key under which the wallet's ledger is sealed; a new one where `may_draw` and there is none.
    pub(super) fn store_key(&self, may_draw: bool) -> Result<StoreKey, DemoWalletError> {
        let path = self.platform("store-key");
        let draw = || {
            let mut key = [0; 32];
            super::random(&mut key);
            hex(&key)
        };
        let text = kept(&path, may_draw, &draw)?;
        let key = from_hex(&text).and_then(|key| <Box<[u8; 32]>>::try_from(key.into_boxed_slice()).ok());
        key.map(StoreKey::new).ok_or(DemoWalletError::Content(path))
    }

    /// What the device's other keys follow from.
    pub(super) fn key_seed(&self, may_draw: bool) -> Result<u64, DemoWalletError> {
        let path = self.platform("key-seed");
        let draw = || {
            let mut seed = [0; 8];
            super::random(&mut seed);
            u64::from_be_bytes(seed).to_string()
        };
        number(path.clone(), &kept(&path, may_draw, &draw)?)
    }

    /// The mark that was stored last.
    pub(super) fn mark(&self, may_draw: bool) -> Result<u64, DemoWalletError> {
        let path = self.platform("mark");
        number(path.clone(), &kept(&path, may_draw, &|| "0".to_owned())?)
    }

    pub(super) fn store_mark(&self, mark: u64) -> Result<(), DemoWalletError> {
        write(self.platform("mark"), &mark.to_string())
    }

    /// How often the phone has booted. Where this machine has, since the phone was last in use, the phone has too.
    pub(super) fn boot_count(&self, may_draw: bool) -> Result<u32, DemoWalletError> {
        let path = self.platform("boot-count");
        let text = kept(&path, may_draw, &|| format!("1 {}", machine_boot()))?;
        let (count, boot) = text.split_once(' ').unwrap_or((&text, ""));
        let count = number(path, count)?;
        if boot == machine_boot() { Ok(count) } else { self.boot(count) }
    }

    /// The phone boots; gives its new count.
    pub(super) fn boot(&self, count: u32) -> Result<u32, DemoWalletError> {
        let count = count.saturating_add(1);
        write(self.platform("boot-count"), &format!("{count} {}", machine_boot()))?;
        Ok(count)
    }

    // ---- the issuer's

    /// The issuer as it was saved, or a new one.
    pub(super) fn load_issuer(&self) -> Result<Issuer, DemoWalletError> {
        let path = self.issuer("state.json");
        match read(&path)? {
            Some(text) => Issuer::from_json(&text).map_err(DemoWalletError::IssuerState),
            None => Ok(Issuer::new(ISSUER_SEED)),
        }
    }

    pub(super) fn save_issuer(&self, issuer: &Issuer) -> Result<(), DemoWalletError> {
        write(self.issuer("state.json"), &issuer.to_json())
    }

    /// Envelopes that have not arrived, of an issuer that has come to this sequence.
    pub(super) fn load_undelivered(&self, sequence: u64) -> Result<Undelivered, DemoWalletError> {
        let path = self.issuer("undelivered");
        let text = read(&path)?.unwrap_or_default();
        Undelivered::read(&text, sequence).ok_or(DemoWalletError::Content(path))
    }

    pub(super) fn save_undelivered(&self, undelivered: &Undelivered) -> Result<(), DemoWalletError> {
        write(self.issuer("undelivered"), &undelivered.text())
    }
}

fn write(path: PathBuf, text: &str) -> Result<(), DemoWalletError> {
    write_whole(&path, text).map_err(|error| DemoWalletError::File(path, error))
}

fn read(path: &Path) -> Result<Option<String>, DemoWalletError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DemoWalletError::File(path.to_owned(), error)),
    }
}

/// What a file holds; where it is not there and may be drawn, it is.
fn kept(path: &Path, may_draw: bool, draw: &dyn Fn() -> String) -> Result<String, DemoWalletError> {
    match read(path)? {
        Some(text) => Ok(text),
        None if may_draw => {
            let text = draw();
            write(path.to_owned(), &text)?;
            Ok(text)
        }
        None => Err(DemoWalletError::File(path.to_owned(), io::ErrorKind::NotFound.into())),
    }
}

fn number<N: FromStr>(path: PathBuf, text: &str) -> Result<N, DemoWalletError> {
    text.parse().map_err(|_| DemoWalletError::Content(path))
}

/// Names the boot of this machine, where it tells.
fn machine_boot() -> String {
    let told = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    told.trim().to_owned()
}
