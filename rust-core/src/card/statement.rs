//! What the issuer says of the account behind a card: a statement. Written the same way in envelopes and in the ledger.
//!
//! # A statement
//!
//! | field | bytes |
//! |---|---|
//! | sequence | 8: rises from statement to statement of one card |
//! | as of | 8: wall clock by the issuer's, milliseconds since 1970; never before that of the one before |
//! | currency | 2: one that exists |
//! | available | 8: minor units, signed (two's complement): what may be spent, with a credit line where there is one |
//! | booked | 8: likewise: what has moved so far |
//!
//! Neither amount is above 999,999,999,999 nor below its negative: both can be shown whole.

use std::fmt;

use crate::emv::amount::MOST_MINOR;
use crate::emv::currency;
use crate::error::ContentError;
use crate::wire::Fields;

/// What the issuer said of a card's account.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Statement {
    /// Its place among the card's statements.
    pub sequence: u64,
    /// When it was so, by the issuer's clock, in milliseconds since 1970.
    pub as_of_ms: u64,
    /// ISO 4217, numeric.
    pub currency: u16,
    /// What may be spent, in minor units: the issuer has subtracted what it holds back, and added a credit line. Below 0 where
    /// more was spent than there was.
    pub available_minor: i64,
    /// What has moved so far, in minor units.
    pub booked_minor: i64,
}

impl Statement {
    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<Statement, ContentError> {
        let mut number = || fields.u64().ok_or(ContentError::Truncated);
        let (sequence, as_of_ms) = (number()?, number()?);
        let currency = fields.u16().ok_or(ContentError::Truncated)?;
        let mut amount = || fields.u64().ok_or(ContentError::Truncated).map(u64::cast_signed);
        let (available_minor, booked_minor) = (amount()?, amount()?);
        if sequence == 0 {
            return Err(ContentError::StatementSequence);
        }
        if currency::decimals(currency).is_none() {
            return Err(ContentError::StatementCurrency);
        }
        if available_minor.unsigned_abs().max(booked_minor.unsigned_abs()) > MOST_MINOR {
            return Err(ContentError::StatementAmount);
        }
        Ok(Statement { sequence, as_of_ms, currency, available_minor, booked_minor })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.as_of_ms.to_be_bytes());
        out.extend_from_slice(&self.currency.to_be_bytes());
        out.extend_from_slice(&self.available_minor.to_be_bytes());
        out.extend_from_slice(&self.booked_minor.to_be_bytes());
    }

    /// Whether it is a later word than this one: in its number, and not earlier by the issuer's clock.
    pub(crate) fn follows(&self, before: &Statement) -> bool {
        self.sequence > before.sequence && self.as_of_ms >= before.as_of_ms
    }
}

// What someone owns stands in no log.
impl fmt::Debug for Statement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Statement({}, ..)", self.sequence)
    }
}
