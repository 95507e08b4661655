//! Why a use of a key is not leased.

use crate::card::report::Reason;
use crate::error::LedgerError;
use crate::keys::spend_key::Protection;

/// Why there is no use to lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoLease {
    /// The application has no key left.
    NoKeyLeft,
    /// Its counter has come to FFFE, and FFFF is never used: the issuer must give the card anew.
    CounterAtItsEnd,
    /// The next key is not valid yet.
    KeyNotYetValid,
    /// The keys left are too old.
    KeyExpired,
    /// The next key may not pay that much, or not in that currency.
    OverKeyLimit,
    /// The card waits for its holder's identity check, or is suspended.
    CardNotActive,
    /// The card is frozen, by its holder, an alert, or an older copy of the ledger that was put back.
    Frozen,
    /// A limit that the holder has set for the card.
    OverHolderLimit,
    /// The card's temporary use is over.
    TemporaryUseOver,
    /// The wall clock was set back: only the issuer's time mends it.
    ClockSetBack,
    /// An older copy of the ledger was put back: only the issuer mends it.
    RolledBack,
    /// The key comes from a seed, and the spend key that opens it is not here.
    Locked(Protection),
    /// The lease could not be put on the medium.
    NotWritten(LedgerError),
}

impl NoLease {
    /// In the report's words.
    pub(crate) fn reason(self) -> Reason {
        match self {
            NoLease::NoKeyLeft => Reason::NoKeyLeft,
            NoLease::CounterAtItsEnd => Reason::CounterAtItsEnd,
            NoLease::KeyNotYetValid => Reason::KeyNotYetValid,
            NoLease::KeyExpired => Reason::KeyExpired,
            NoLease::OverKeyLimit => Reason::OverKeyLimit,
            NoLease::CardNotActive => Reason::CardNotActive,
            NoLease::Frozen => Reason::Frozen,
            NoLease::OverHolderLimit => Reason::OverHolderLimit,
            NoLease::TemporaryUseOver => Reason::TemporaryUseOver,
            NoLease::ClockSetBack => Reason::ClockSetBack,
            NoLease::RolledBack => Reason::RolledBack,
            NoLease::Locked(protection) => Reason::of_locked(protection),
            NoLease::NotWritten(_) => Reason::StorageFailed,
        }
    }
}
