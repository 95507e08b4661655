//! The token of a card as merchants pass it on: what stands for a card number, and belongs to this wallet alone.

use std::fmt;

use super::recognition::ExpiryMonth;

/// A token and what goes with it.
#[derive(Clone, PartialEq, Eq)]
pub struct PaymentToken {
    /// Its 8 to 19 digits.
    pub digits: String,
    /// The month with which it expires.
    pub expires: Option<ExpiryMonth>,
    /// The sequence number (5F34), in BCD, which tells cards of one token apart.
    pub sequence_number: Option<u8>,
    /// The payment account reference (PAR, 9F24): 29 characters that link the tokens of one account. One cannot pay with it.
    pub account_reference: Option<String>,
}

// It tells cards apart, so it stands in no log.
impl fmt::Debug for PaymentToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PaymentToken(..)")
    }
}
