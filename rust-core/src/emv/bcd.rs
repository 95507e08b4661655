//! Numbers as terminals write them: binary-coded decimal (BCD), two digits a byte.

/// The number; `None` where a digit is none.
pub(crate) fn decimal(bcd: &[u8]) -> Option<u64> {
    bcd.iter().flat_map(|byte| [byte >> 4, byte & 0x0F]).try_fold(0_u64, |number, digit| {
        if digit > 9 { None } else { number.checked_mul(10)?.checked_add(u64::from(digit)) }
    })
}

/// The same where it is of two bytes: a country, a currency, a merchant category.
pub(crate) fn code(bcd: [u8; 2]) -> Option<u16> {
    decimal(&bcd).and_then(|number| u16::try_from(number).ok())
}

/// The four digits of such a number.
pub(crate) fn of_code(number: u16) -> [u8; 2] {
    let number = u64::from(number);
    [of_last_two(number / 100), of_last_two(number)]
}

/// The last two digits of a number.
pub(crate) fn of_last_two(number: u64) -> u8 {
    u8::try_from(((number / 10 % 10) << 4) | (number % 10)).unwrap_or_default()
}

/// The twelve digits of an amount; of a larger one the last twelve.
pub(crate) fn of_amount(minor: u64) -> [u8; 6] {
    let mut bytes = [0; 6];
    let mut rest = minor;
    for byte in bytes.iter_mut().rev() {
        (*byte, rest) = (of_last_two(rest), rest / 100);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_decimal_digits_or_nothing() {
        assert_eq!(decimal(&[0, 0, 0, 0, 0x12, 0x50]), Some(1250));
        assert_eq!(decimal(&[0x99; 6]), Some(999_999_999_999));
        assert_eq!(decimal(&[0, 0, 0, 0, 0x12, 0x5A]), None);
        assert_eq!((code([0x09, 0x78]), code([0x0A, 0x00])), (Some(978), None));
        assert_eq!((code([0x41, 0x11]), code([0x00, 0x07]), code([0x4A, 0x11])), (Some(4111), Some(7), None));
        assert!([0, 7, 4111, 9999].into_iter().all(|number| code(of_code(number)) == Some(number)));
        let amounts = [0, 7, 1250, 999_999_999_999];
        assert!(amounts.into_iter().all(|minor| decimal(&of_amount(minor)) == Some(minor)));
    }
}
