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
            NotPaid::Refused(reason) => formatter.write_str(why(*reason)),
            NotPaid::Error(error) => error.fmt(formatter),
        }
    }
}

/// The sentence, where there is no reader to speak of.
fn why(reason: Reason) -> &'static str {
    match reason {
        Reason::NotVerified => "Verify for exactly this first.",
        Reason::WindowOver => "You verified, but too long ago. Verify again.",
        Reason::ArmedForAnotherCard | Reason::ArmedForAnotherPayment => {
            "You verified for something else. Verify for this payment."
        }
        Reason::PhoneLocked => "The phone is locked. Unlock it and try again.",
        of_both => of_both.why(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_refusal_speaks_of_a_reader_where_there_is_none() {
        use Reason::{
            ArmedForAnotherCard, ArmedForAnotherPayment, CardNotActive, ClockSetBack, CounterAtItsEnd, Frozen,
            KeyExpired, KeyNotYetValid, NoKeyLeft, NotVerified, OverHolderLimit, OverKeyLimit, PhoneLocked, RolledBack,
            StorageFailed, TemporaryUseOver, WindowOver,
        };
        for reason in [
            ArmedForAnotherCard,
            ArmedForAnotherPayment,
            CardNotActive,
            ClockSetBack,
            CounterAtItsEnd,
            Frozen,
            KeyExpired,
            KeyNotYetValid,
            NoKeyLeft,
            NotVerified,
            OverHolderLimit,
            OverKeyLimit,
            PhoneLocked,
            RolledBack,
            StorageFailed,
            TemporaryUseOver,
            WindowOver,
        ] {
            let told = NotPaid::Refused(reason).to_string().to_lowercase();
            assert!(!told.contains("reader") && !told.contains("tap"), "{told}");
        }
    }
}
