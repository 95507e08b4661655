//! The token: the card number on the phone.

/// A token: 8 to 19 decimal digits (ISO/IEC 7812-1), in the place of a card number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Token {
    digits: String,
}

impl Token {
    /// Reads decimal digits; `None` for anything else or a wrong number of them.
    pub fn parse(digits: &str) -> Option<Token> {
        let decimal = digits.bytes().all(|digit| digit.is_ascii_digit());
        (decimal && (8..=19).contains(&digits.len())).then(|| Token { digits: digits.to_owned() })
    }

    /// The digits as text.
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The digits one by one, each 0 to 9.
    pub fn values(&self) -> impl Iterator<Item = u8> {
        self.digits.bytes().map(|digit| digit & 0x0F)
    }

    /// The digits in compressed numeric form, as in 5A: two to a byte, filled up with F on the right.
    pub fn compressed(&self) -> Vec<u8> {
        packed(&self.values().collect::<Vec<u8>>())
    }

    /// Track 2 equivalent data (57): token, D, expiry YYMM, service code 201 (chip, international), discretionary zeros.
    pub fn track_2(&self, expiry: [u8; 2]) -> Vec<u8> {
        let expiry = expiry.into_iter().flat_map(nibbles);
        let rest = [2, 0, 1, 0, 0, 0, 0, 0];
        packed(&self.values().chain([0xD]).chain(expiry).chain(rest).collect::<Vec<u8>>())
    }
}

/// The two halves of a byte, high one first.
pub(super) fn nibbles(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0x0F]
}

/// Two nibbles to a byte; a last one alone is filled up with F.
pub(super) fn packed(nibbles: &[u8]) -> Vec<u8> {
    let (pairs, rest) = nibbles.as_chunks::<2>();
    let pairs = pairs.iter().map(|[high, low]| high << 4 | low);
    pairs.chain(rest.iter().map(|alone| alone << 4 | 0x0F)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    #[test]
    fn a_token_is_8_to_19_decimal_digits() {
        assert!(Token::parse("9999000000000012").is_some());
        for refused in ["1234567", "12345678901234567890", "12345678901234AB", "", "１２３４５６７８"] {
            assert_eq!(Token::parse(refused), None, "{refused}");
        }
    }

    #[test]
    fn an_odd_number_of_digits_is_filled_up_with_f() {
        let token = Token::parse("99990000000000129").unwrap();
        assert_eq!(hex(&token.compressed()), "99990000000000129F");
        assert_eq!(hex(&token.track_2([0x29, 0x12])), "99990000000000129D291220100000");
    }

    #[test]
    fn track_2_of_16_digits_ends_in_f() {
        let token = Token::parse("9999000000000012").unwrap();
        assert_eq!(hex(&token.track_2([0x29, 0x12])), "9999000000000012D291220100000F");
    }
}
