//! The code that a person shows to pay.

use std::fmt;

use crate::card::report::Report;

/// So long a code is shown: the issuer takes none that is older.
pub const CODE_LIFE_MS: u64 = 60_000;

/// A code for one payment, which a merchant reads off the screen.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumerCode {
    /// What the QR code says: at most 512 characters of base64 (EMV QRCPS, Consumer-Presented Mode).
    pub text: String,
    /// The wall clock from which it is not to be shown any more, in milliseconds since 1970.
    pub until_ms: u64,
    /// What the journal says, and [`Wallet::reports`](crate::Wallet::reports) until it is acknowledged. The amount is not known here.
    pub report: Report,
}

// Who has it can pay with it.
impl fmt::Debug for ConsumerCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ConsumerCode").field("report", &self.report).finish_non_exhaustive()
    }
}
