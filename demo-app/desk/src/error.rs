//! Why the desk does not do something.

use std::{fmt, io};

use hcepay_tests::issuer::provisioning::Refused;

/// Why. Nothing was given then, and nothing changed but what a request told of its wallet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskError {
    /// A desk of this directory is open.
    InUse,
    /// Its file is damaged, or is none of a desk.
    Damaged,
    /// A newer version has written its file.
    TooNew,
    /// The disk is full.
    StorageFull,
    /// The disk failed.
    StorageFailed,
    /// It was told to refuse this request.
    ToldToRefuse,
    /// What the shop was given is no payment and no code, or it makes no order of that amount.
    NotReadable,
    /// No wallet is enrolled.
    NoWallet,
    /// The issuer refuses.
    Issuer(Refused),
}

impl From<Refused> for DeskError {
    fn from(refused: Refused) -> DeskError {
        DeskError::Issuer(refused)
    }
}

impl From<io::Error> for DeskError {
    fn from(error: io::Error) -> DeskError {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DeskError::StorageFull,
            _ => DeskError::StorageFailed,
        }
    }
}

impl fmt::Display for DeskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DeskError::InUse => f.write_str("a desk of this directory is open"),
            DeskError::Damaged => f.write_str("the desk's file is damaged"),
            DeskError::TooNew => f.write_str("a newer version has written the desk's file"),
            DeskError::StorageFull => f.write_str("the disk is full"),
            DeskError::StorageFailed => f.write_str("the disk failed"),
            DeskError::ToldToRefuse => f.write_str("the issuer was told to refuse this request"),
            DeskError::NotReadable => f.write_str("the shop cannot read that"),
            DeskError::NoWallet => f.write_str("no wallet is enrolled"),
            DeskError::Issuer(refused) => refused.fmt(f),
        }
    }
}

impl std::error::Error for DeskError {}
