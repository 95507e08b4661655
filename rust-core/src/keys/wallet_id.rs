//! The name of a wallet.

use std::fmt;

/// The name of a wallet: 16 bytes, random when it was created. It leads the issuer to a holder, so it does not show.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct WalletId([u8; 16]);

impl WalletId {
    /// A wallet's name.
    pub fn new(bytes: [u8; 16]) -> WalletId {
        WalletId(bytes)
    }

    /// The name as envelopes carry it.
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for WalletId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WalletId(..)")
    }
}
