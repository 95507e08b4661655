//! The data objects of the terminal: what is bought, encoded, and what a kernel adds.

use std::collections::BTreeMap;

use crate::terminal::{Merchant, Reason};

/// What is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// Amount, authorised (9F02), in minor units; at most 12 digits.
    pub amount_minor: u64,
    /// Amount, other (9F03), such as cashback, in minor units; at most 12 digits.
    pub amount_other_minor: u64,
    /// Transaction currency code (5F2A), ISO 4217 numeric, such as 978.
    pub currency: u16,
    /// Terminal country code (9F1A), ISO 3166 numeric, such as 276.
    pub country: u16,
    /// Transaction type (9C): 00 goods and services, 20 refund.
    pub transaction_type: u8,
    /// Transaction date (9A), YYMMDD, two digits per byte.
    pub date: [u8; 3],
    /// Unpredictable number (9F37).
    pub unpredictable_number: [u8; 4],
}

/// Data objects by tag.
#[derive(Debug, Clone)]
pub(super) struct TerminalData {
    objects: BTreeMap<u32, Vec<u8>>,
}

impl TerminalData {
    /// The objects of a purchase, with a TVR (95) in which nothing has happened yet.
    pub(super) fn of(purchase: &Purchase) -> Result<TerminalData, Reason> {
        let mut data = TerminalData { objects: BTreeMap::new() };
        data.put(0x9F02, &decimal::<6>(purchase.amount_minor)?);
        data.put(0x9F03, &decimal::<6>(purchase.amount_other_minor)?);
        data.put(0x5F2A, &decimal::<2>(purchase.currency.into())?);
        data.put(0x9F1A, &decimal::<2>(purchase.country.into())?);
        data.put(0x9C, &[purchase.transaction_type]);
        data.put(0x9A, &purchase.date);
        data.put(0x9F37, &purchase.unpredictable_number);
        data.put(0x95, &[0; 5]);
        Ok(data)
    }

    /// Whose terminal it is.
    pub(super) fn name(&mut self, merchant: &Merchant) -> Result<(), Reason> {
        self.put(0x9F15, &decimal::<2>(merchant.category.into())?);
        self.put(0x9F4E, merchant.name.as_bytes());
        Ok(())
    }

    pub(super) fn put(&mut self, tag: u32, value: &[u8]) {
        self.objects.insert(tag, value.to_vec());
    }

    pub(super) fn object(&self, tag: u32) -> Option<&[u8]> {
        self.objects.get(&tag).map(Vec::as_slice)
    }
}

/// Format n: two decimal digits per byte, right-aligned.
fn decimal<const LENGTH: usize>(mut number: u64) -> Result<[u8; LENGTH], Reason> {
    let mut digits = [0; LENGTH];
    for byte in digits.iter_mut().rev() {
        let (tens, ones) = (number / 10 % 10, number % 10);
        *byte = u8::try_from(tens << 4 | ones).map_err(|_| Reason::PurchaseOutOfRange)?;
        number /= 100;
    }
    if number == 0 { Ok(digits) } else { Err(Reason::PurchaseOutOfRange) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::scripted_card::purchase;

    #[test]
    fn amounts_are_twelve_digits() {
        assert_eq!(decimal::<6>(12_50), Ok([0, 0, 0, 0, 0x12, 0x50]));
        assert_eq!(decimal::<6>(999_999_999_999), Ok([0x99; 6]));
        assert_eq!(decimal::<6>(1_000_000_000_000), Err(Reason::PurchaseOutOfRange));
    }

    #[test]
    fn a_purchase_that_cannot_be_encoded_is_refused() {
        assert!(TerminalData::of(&purchase()).is_ok());
        let refused = TerminalData::of(&Purchase { currency: 10_000, ..purchase() });
        assert_eq!(refused.err(), Some(Reason::PurchaseOutOfRange));
    }
}
