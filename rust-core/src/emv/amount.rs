//! An amount of money, as terminals and issuers name it.

/// Minor units of a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    /// The amount in the currency's minor unit (cents).
    pub minor: u64,
    /// ISO 4217 numeric, as three decimal digits in a number (978 = euro).
    pub currency: u16,
}

/// The most that 12 digits hold, as many as a transaction's amount has (9F02).
pub(crate) const MOST_MINOR: u64 = 999_999_999_999;

impl Amount {
    /// What a list, which names a currency at most once, has of this one.
    pub(crate) fn of_currency(list: &[Amount], currency: u16) -> u64 {
        list.iter().find(|amount| amount.currency == currency).map_or(0, |amount| amount.minor)
    }

    /// Adds to what a list has of a currency.
    pub(crate) fn add_to(list: &mut Vec<Amount>, more: Amount) {
        match list.iter_mut().find(|amount| amount.currency == more.currency) {
            Some(amount) => amount.minor = amount.minor.saturating_add(more.minor),
            None => list.push(more),
        }
    }
}
