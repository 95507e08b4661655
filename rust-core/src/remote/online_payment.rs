//! What an online payment gives the merchant.

use std::fmt;

use crate::card::online_order::OrderDigest;
use crate::card::payment_token::PaymentToken;
use crate::card::report::Report;

/// An online payment: for the merchant, who asks the issuer by it.
#[derive(Clone, PartialEq, Eq)]
pub struct OnlinePayment {
    /// The card's token, with which the merchant fills in the card number.
    pub token: PaymentToken,
    /// Cryptogram and all that it is over: data objects for data element 55 of an authorisation request.
    pub chip_data: Vec<u8>,
    /// Of the order that was paid.
    pub order: OrderDigest,
    /// The device's signature (r, s) over that digest.
    pub signature: [u8; 64],
    /// What the journal says, and [`Wallet::reports`](crate::Wallet::reports) until it is acknowledged.
    pub report: Report,
}

// Who has it could pay with it.
impl fmt::Debug for OnlinePayment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OnlinePayment").field("report", &self.report).finish_non_exhaustive()
    }
}
