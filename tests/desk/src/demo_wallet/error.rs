//! Why a demo wallet could not do what it was asked for, each in one line.

use std::fmt;
use std::io;
use std::path::PathBuf;

use hcepay_core::{Error, LedgerError};
use hcepay_tests::issuer::provisioning::Refused;
use hcepay_tests::issuer::state::StateError;
use hcepay_tests::issuer::wallets::Unheard;

/// Why a demo wallet could not do what it was asked for.
#[derive(Debug)]
pub enum DemoWalletError {
    /// There is no wallet in this directory.
    Missing(String),
    /// There is one already.
    Enrolled(String),
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// A file does not hold what it should.
    Content(PathBuf),
    /// The file with the issuer's state does not.
    IssuerState(StateError),
    /// The wallet refuses.
    Wallet(Error),
    /// The issuer refuses.
    Issuer(Refused),
    /// The wallet has no such demo card.
    NoSuchCard(&'static str),
    /// A demo card is out of keys: its name, and the command that brings more.
    NoKeysLeft(&'static str, String),
    /// The code of an identity check was wrong; so many may still be tried.
    WrongCode(u8),
    /// It was wrong and the last one: the card is deleted.
    LastCodeWrong,
}

impl DemoWalletError {
    /// Whether wallet or issuer has found that an older copy of the wallet was put back.
    pub(super) fn is_roll_back(&self) -> bool {
        matches!(
            self,
            DemoWalletError::Wallet(Error::RolledBack)
                | DemoWalletError::Issuer(Refused::Unheard(Unheard::RolledBack(_)))
        )
    }
}

impl fmt::Display for DemoWalletError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DemoWalletError::Missing(directory) => {
                write!(f, "there is no wallet in {directory}; scripts/tap enrol makes one")
            }
            DemoWalletError::Enrolled(directory) => {
                write!(f, "the wallet in {directory} is enrolled already; scripts/tap show tells how it stands")
            }
            DemoWalletError::File(path, error) => write!(f, "{}: {error}", path.display()),
            DemoWalletError::Content(path) => write!(f, "{} does not hold what it should", path.display()),
            DemoWalletError::IssuerState(error) => error.fmt(f),
            DemoWalletError::Wallet(Error::RolledBack) => {
                write!(f, "{}; scripts/tap replenish asks for that", Error::RolledBack)
            }
            DemoWalletError::Wallet(error) => error.fmt(f),
            DemoWalletError::Issuer(refused) => write!(f, "the issuer refuses: {refused}"),
            DemoWalletError::NoSuchCard(name) => write!(f, "the wallet has no demo card {name}"),
            DemoWalletError::NoKeysLeft(name, command) => {
                write!(f, "demo card {name} has no keys left; more come with: {command}")
            }
            DemoWalletError::WrongCode(left) => write!(f, "the code is wrong; {left} more may be tried"),
            DemoWalletError::LastCodeWrong => f.write_str("the code is wrong, as all before it: the card is deleted"),
        }
    }
}

impl std::error::Error for DemoWalletError {}

impl From<Error> for DemoWalletError {
    fn from(error: Error) -> DemoWalletError {
        DemoWalletError::Wallet(error)
    }
}

impl From<LedgerError> for DemoWalletError {
    fn from(error: LedgerError) -> DemoWalletError {
        DemoWalletError::Wallet(Error::Ledger(error))
    }
}
