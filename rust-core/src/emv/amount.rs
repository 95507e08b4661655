//! An amount of money, as terminals and issuers name it.

/// Minor units of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The amount in the currency's minor unit (cents).
    pub minor: u64,
    /// ISO 4217 numeric, as three decimal digits in a number (978 = euro).
    pub currency: u16,
}
