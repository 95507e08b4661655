//! A row of the journal: what the card knows of a contact, and what the issuer said of its payments since.

use super::report::Report;
use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::atc::Atc;

/// Why the issuer declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclineReason {
    /// It does not say.
    NotTold = 1,
    /// There was not enough money.
    InsufficientFunds = 2,
    /// It was above what the account may pay.
    OverLimit = 3,
    /// The account or its card is blocked.
    Blocked = 4,
    /// It looked like fraud.
    SuspectedFraud = 5,
    /// The holder was not verified as the issuer wants it.
    NotVerified = 6,
}

impl DeclineReason {
    const ALL: [(DeclineReason, &'static str); 6] = [
        (DeclineReason::NotTold, "not-told"),
        (DeclineReason::InsufficientFunds, "insufficient-funds"),
        (DeclineReason::OverLimit, "over-limit"),
        (DeclineReason::Blocked, "blocked"),
        (DeclineReason::SuspectedFraud, "suspected-fraud"),
        (DeclineReason::NotVerified, "not-verified"),
    ];

    /// Its number, in notices and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<DeclineReason> {
        DeclineReason::ALL.into_iter().map(|(reason, _)| reason).find(|reason| reason.byte() == byte)
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        let listed = DeclineReason::ALL.into_iter().find(|(reason, _)| *reason == self);
        listed.expect("every reason is in the list").1
    }
}

/// What became of a payment, by the issuer's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Settled {
    /// It approved the payment.
    Approved,
    /// It declined.
    Declined(DeclineReason),
    /// The money has moved.
    Cleared,
    /// The merchant gave money back: so much in all.
    Refunded,
    /// The merchant took the payment back before it was cleared.
    Reversed,
    /// The merchant asks for another amount than at first, as a hotel or a petrol station does.
    AmountChanged,
}

impl Settled {
    /// Its number, in notices and for whoever hands it on.
    pub fn byte(self) -> u8 {
        match self {
            Settled::Approved => 1,
            Settled::Declined(_) => 2,
            Settled::Cleared => 3,
            Settled::Refunded => 4,
            Settled::Reversed => 5,
            Settled::AmountChanged => 6,
        }
    }

    /// Why, where it was declined.
    pub fn reason(self) -> Option<DeclineReason> {
        match self {
            Settled::Declined(reason) => Some(reason),
            _ => None,
        }
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        match self {
            Settled::Approved => "approved",
            Settled::Declined(_) => "declined",
            Settled::Cleared => "cleared",
            Settled::Refunded => "refunded",
            Settled::Reversed => "reversed",
            Settled::AmountChanged => "amount-changed",
        }
    }
}

/// One word of the issuer about one payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// What became of it.
    pub settled: Settled,
    /// When, by the issuer's clock.
    pub at_ms: u64,
    /// How much.
    pub amount: Amount,
    /// The payment's application.
    pub aid: Aid,
    /// The payment's counter.
    pub atc: Atc,
}

/// A row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Names it: the contact's number, or for a payment that only the issuer tells of, one that no contact has. Given once.
    pub id: u64,
    /// The contact. Of a payment that only the issuer tells of: unknown, without a reason, an attempt or what a terminal claimed.
    pub report: Report,
    /// The merchant as the issuer knows it, cleaned like a terminal's claim.
    pub merchant: Option<String>,
    /// What the issuer said, oldest first; the last of each kind for each payment.
    pub settlements: Vec<Settlement>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decline_reason_is_read_back_as_it_was_written() {
        for (reason, name) in DeclineReason::ALL {
            assert_eq!((DeclineReason::of_byte(reason.byte()), reason.name()), (Some(reason), name));
        }
        assert_eq!((DeclineReason::of_byte(0), DeclineReason::of_byte(7)), (None, None));
    }
}
