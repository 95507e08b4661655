//! What the app can be told when it gives the card something it cannot use. Never sent to a terminal, and never with
//! input, token or key in it. What is wrong with a card profile is told by [`crate::profile::ProfileError`].

use std::fmt;

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
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Error::UnknownCard => "no such card in this wallet",
            Error::UnknownApplication => "the card has no application of that name",
            Error::KeyDoesNotFit => "the key does not fit the application's cryptogram version",
            Error::AtcOutOfRange => "the key's transaction counters are not within 0001 to FFFE",
            Error::AtcNotRising => "the key's transaction counters do not lie above those before",
            Error::WindowOutOfRange => "a verification window is 5 to 120 seconds long",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for Error {}
