//! What the app can be told when it gives the card something it cannot use. Never sent to a terminal, and never with
//! input, token or key in it.

use std::fmt;

use crate::tags::Tag;

/// Why the wallet refused what the app asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The wallet has no such card.
    UnknownCard,
    /// The card has no application of the name that the key is for.
    UnknownApplication,
    /// The key does not fit the application: a limited-use key's index is missing or not asked for, or a key of one
    /// use was given more.
    KeyDoesNotFit,
    /// The key's counters are not usable: no use at all, 0000, or beyond FFFE (FFFF is never used).
    AtcOutOfRange,
    /// The key's counters do not lie above those of all keys before it. One counter, one key, once.
    AtcNotRising,
    /// A verification window must be 5 to 120 seconds long.
    WindowOutOfRange,
    /// The card profile is not usable: which data object, and why.
    Profile(ProfileError),
    /// The ledger could not take it in.
    Ledger(LedgerError),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Error::UnknownCard => "no such card in this wallet",
            Error::UnknownApplication => "the card has no application of that name",
            Error::KeyDoesNotFit => "the key does not fit the application's cryptogram version",
            Error::AtcOutOfRange => "the key's transaction counters are not within 0001 to FFFE",
            Error::AtcNotRising => "the key's transaction counters do not lie above those before",
            Error::Profile(error) => return write!(formatter, "card profile: {error}"),
            Error::Ledger(error) => return error.fmt(formatter),
            Error::WindowOutOfRange => "a verification window is 5 to 120 seconds long",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for Error {}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Error {
        Error::Ledger(error)
    }
}

/// Why the ledger could not be opened or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerError {
    /// There is no ledger here; one must be created.
    Missing,
    /// There is a ledger here already; it must be opened.
    Exists,
    /// Another process has it open.
    InUse,
    /// It was written under another store key: by another phone, or before the key was lost.
    Foreign,
    /// It was written by a newer version of this library.
    TooNew,
    /// What was once safe on the medium is no longer readable.
    Damaged,
    /// The disk is full.
    Full,
    /// Reading or writing failed.
    Failed,
    /// Writing failed before in a way that leaves open what is on the medium: it must be opened again.
    Poisoned,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            LedgerError::Missing => "there is no ledger in this directory",
            LedgerError::Exists => "there is a ledger in this directory already",
            LedgerError::InUse => "another process has the ledger open",
            LedgerError::Foreign => "the ledger was written under another store key",
            LedgerError::TooNew => "the ledger was written by a newer version",
            LedgerError::Damaged => "the ledger is damaged",
            LedgerError::Full => "the disk is full",
            LedgerError::Failed => "the ledger could not be read or written",
            LedgerError::Poisoned => "an earlier write failed: the ledger must be opened again",
        })
    }
}

impl std::error::Error for LedgerError {}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Error {
        Error::Profile(error)
    }
}

/// Why a card profile is not usable: which data object, and what is wrong with it. Never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileError {
    /// The data object.
    pub tag: Tag,
    /// What is wrong.
    pub fault: ProfileFault,
}

/// What can be wrong with a data object of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFault {
    /// The object, or something in it, is not BER-TLV with definite lengths in their shortest form.
    Malformed,
    /// It is larger than 8 KiB.
    TooLarge,
    /// It lies more than four templates deep.
    TooDeep,
    /// It has to be there and is not.
    Missing,
    /// It stands twice in what one terminal reads.
    Twice,
    /// There are more of it than allowed.
    TooMany,
    /// It does not belong there.
    Unknown,
    /// Its length is not that of such an object.
    WrongLength,
    /// Its value is not one that the layout or the kernel allows.
    WrongValue,
    /// It promises the terminal something that this card does not do.
    NotSupported,
    /// The record is not named by the AFL, or the AFL names a record that is not there.
    NotInAfl,
    /// The data object list does not ask for it, or not with its length.
    NotInDataObjectList,
    /// It names another account number than the rest of the profile.
    AnotherToken,
    /// It leads terminals to another kernel than the application speaks to.
    AnotherKernel,
    /// The answer that it belongs to would be longer than 256 bytes.
    AnswerTooLong,
    /// The cryptogram version needs the card master key, and the profile is not marked as test only, or the reverse.
    TestOnly,
}

impl ProfileFault {
    pub(crate) fn of(self, tag: Tag) -> ProfileError {
        ProfileError { tag, fault: self }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            ProfileFault::Malformed => "is not well-formed BER-TLV",
            ProfileFault::TooLarge => "is larger than 8 KiB",
            ProfileFault::TooDeep => "lies more than four templates deep",
            ProfileFault::Missing => "is missing",
            ProfileFault::Twice => "stands twice in what one terminal reads",
            ProfileFault::TooMany => "stands there too often",
            ProfileFault::Unknown => "does not belong there",
            ProfileFault::WrongLength => "has a wrong length",
            ProfileFault::WrongValue => "has a value that is not allowed",
            ProfileFault::NotSupported => "promises what this card does not do",
            ProfileFault::NotInAfl => "and the records do not name each other",
            ProfileFault::NotInDataObjectList => "is not asked for by the data object list as it must be",
            ProfileFault::AnotherToken => "names another account number",
            ProfileFault::AnotherKernel => "leads terminals to another kernel",
            ProfileFault::AnswerTooLong => "makes an answer longer than 256 bytes",
            ProfileFault::TestOnly => "and the test only flag do not go together",
        };
        write!(formatter, "{} {fault}", self.tag)
    }
}

impl std::error::Error for ProfileError {}
