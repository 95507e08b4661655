//! What a terminal asks to be paid, as far as rules of issuer and holder go by it.

use crate::emv::aid::Aid;
use crate::emv::amount::Amount;
use crate::emv::bcd;

/// One payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Payment {
    /// With which application.
    pub(crate) aid: Aid,
    pub(crate) amount: Amount,
    /// The merchant's category as the terminal claims it, where the card asked for it.
    pub(crate) merchant_category: Option<u16>,
}

/// A merchant category code (9F15; ISO 18245): four decimal digits in two bytes.
pub(crate) fn merchant_category(bytes: [u8; 2]) -> Option<u16> {
    bcd::code(bytes)
}

/// Its digits.
pub(crate) fn merchant_category_bytes(category: u16) -> [u8; 2] {
    let pair = |number: u16| u8::try_from(((number / 10 % 10) << 4) | (number % 10)).unwrap_or_default();
    [pair(category / 100), pair(category)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_category_is_four_digits() {
        assert_eq!(merchant_category([0x41, 0x11]), Some(4111));
        assert_eq!(merchant_category([0x00, 0x07]), Some(7));
        assert_eq!(merchant_category([0x4A, 0x11]), None);
        assert!(
            [0, 7, 4111, 9999]
                .into_iter()
                .all(|category| { merchant_category(merchant_category_bytes(category)) == Some(category) })
        );
    }
}
