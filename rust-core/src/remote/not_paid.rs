//! Why a payment without a reader was not made.

use std::fmt;

use crate::card::report::Reason;
use crate::error::Error;

/// Why a payment without a reader was not made. No cryptogram was given. A key was spent only where it was the medium that failed
/// ([`Reason::StorageFailed`]): what may be written is never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPaid {
    /// The card declines, or wants its holder verified for exactly this.
    Refused(Reason),
    /// The wallet cannot do what it was asked for.
    Error(Error),
}

impl fmt::Display for NotPaid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotPaid::Refused(reason) => formatter.write_str(reason.why()),
            NotPaid::Error(error) => error.fmt(formatter),
        }
    }
}

impl std::error::Error for NotPaid {}

impl From<Error> for NotPaid {
    fn from(error: Error) -> NotPaid {
        NotPaid::Error(error)
    }
}

impl From<Reason> for NotPaid {
    fn from(reason: Reason) -> NotPaid {
        NotPaid::Refused(reason)
    }
}
