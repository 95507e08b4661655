//! A transfer as the holder sees it: what was asked for, and what the issuer said of it since.

use super::cardholder_verification::Method;
use super::snapshot::CardId;
use super::transfer::Transfer;

/// Why the issuer refused a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferRefusal {
    /// It does not say.
    NotTold = 1,
    /// There was not enough money.
    InsufficientFunds = 2,
    /// It was above what may be transferred.
    OverLimit = 3,
    /// The account or its card is blocked.
    Blocked = 4,
    /// It looked like fraud.
    SuspectedFraud = 5,
    /// It came too long after the holder had verified.
    TooLate = 6,
    /// There is no such payee.
    PayeeUnknown = 7,
}

impl TransferRefusal {
    const ALL: [(TransferRefusal, &'static str); 7] = [
        (TransferRefusal::NotTold, "not-told"),
        (TransferRefusal::InsufficientFunds, "insufficient-funds"),
        (TransferRefusal::OverLimit, "over-limit"),
        (TransferRefusal::Blocked, "blocked"),
        (TransferRefusal::SuspectedFraud, "suspected-fraud"),
        (TransferRefusal::TooLate, "too-late"),
        (TransferRefusal::PayeeUnknown, "payee-unknown"),
    ];

    /// Its number, in notices and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<TransferRefusal> {
        TransferRefusal::ALL.into_iter().map(|(refusal, _)| refusal).find(|refusal| refusal.byte() == byte)
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        let listed = TransferRefusal::ALL.into_iter().find(|(refusal, _)| *refusal == self);
        listed.expect("every refusal is in the list").1
    }
}

/// What became of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferState {
    /// The issuer has not said anything yet: the request may be sent again, or was never sent.
    Pending,
    /// The money has moved.
    Done,
    /// The issuer refused it.
    Refused(TransferRefusal),
}

impl TransferState {
    /// Its number, for whoever hands it on: 0 pending, 1 done, 2 refused.
    pub fn byte(self) -> u8 {
        match self {
            TransferState::Pending => 0,
            TransferState::Done => 1,
            TransferState::Refused(_) => 2,
        }
    }

    /// Why, where it was refused.
    pub fn refusal(self) -> Option<TransferRefusal> {
        match self {
            TransferState::Refused(refusal) => Some(refusal),
            TransferState::Pending | TransferState::Done => None,
        }
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        match self {
            TransferState::Pending => "pending",
            TransferState::Done => "done",
            TransferState::Refused(_) => "refused",
        }
    }
}

/// One transfer of the wallet's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// Names it, to the issuer too. Transfers and rows of the journal are numbered in one series: the higher came later.
    pub number: u64,
    /// From the account behind this card.
    pub card: CardId,
    /// When it was asked for, by the phone's wall clock, in milliseconds since 1970.
    pub at_ms: u64,
    /// How the holder was verified for it.
    pub verified: Method,
    /// What was asked for.
    pub transfer: Transfer,
    /// What became of it.
    pub state: TransferState,
    /// When, by the issuer's clock; `None` as long as it is pending.
    pub settled_ms: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_read_back_as_it_was_written() {
        for (refusal, name) in TransferRefusal::ALL {
            assert_eq!((TransferRefusal::of_byte(refusal.byte()), refusal.name()), (Some(refusal), name));
        }
        assert_eq!((TransferRefusal::of_byte(0), TransferRefusal::of_byte(8)), (None, None));
    }
}
