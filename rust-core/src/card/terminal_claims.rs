//! What a terminal says of itself and of a purchase. Claims: nobody has proved them, and a name may be any bytes.

use crate::emv::bcd;
use crate::emv::dol::Values;
use crate::emv::hidden::is_hidden;
use crate::emv::tags;

/// The terminal's claims, as far as the card's data object list asked for them and the terminal had them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TerminalClaims {
    /// Transaction Type (9C): 00 a purchase, 20 a refund.
    pub transaction_type: Option<u8>,
    /// Terminal Country Code (9F1A), ISO 3166 numeric.
    pub country: Option<u16>,
    /// Merchant Name and Location (9F4E): at most 64 bytes, and nothing in it that is not to be seen. What stood there and was not
    /// text, or would change how the text around it is shown, is U+FFFD.
    pub merchant_name: Option<String>,
    /// Merchant Category Code (9F15).
    pub merchant_category: Option<u16>,
    /// Transaction Date (9A): YYMMDD, two decimal digits a byte.
    pub date: Option<[u8; 3]>,
}

/// Of a name no more than this is kept.
const MOST_NAME_BYTES: usize = 64;

impl TerminalClaims {
    /// Those among the terminal's values. A terminal that has not what a list asks for sends zeros in its place (EMV Book 3,
    /// section 5.4).
    pub(crate) fn of(values: &Values<'_>) -> TerminalClaims {
        let code = |tag| values.value(tag).and_then(bcd::code).filter(|code| *code != 0);
        let date = values.value(tags::TRANSACTION_DATE).filter(|date| *date != [0; 3] && bcd::decimal(date).is_some());
        TerminalClaims {
            transaction_type: values.value(tags::TRANSACTION_TYPE).map(|[transaction_type]| transaction_type),
            country: code(tags::TERMINAL_COUNTRY_CODE),
            merchant_name: values.of_any_length(tags::MERCHANT_NAME).and_then(name),
            merchant_category: code(tags::MERCHANT_CATEGORY),
            date,
        }
    }

    /// What is not claimed here is as it was claimed before.
    pub(crate) fn or(self, before: TerminalClaims) -> TerminalClaims {
        TerminalClaims {
            transaction_type: self.transaction_type.or(before.transaction_type),
            country: self.country.or(before.country),
            merchant_name: self.merchant_name.or(before.merchant_name),
            merchant_category: self.merchant_category.or(before.merchant_category),
            date: self.date.or(before.date),
        }
    }
}

/// A name that can be shown, of whatever bytes: UTF-8, else ASCII. `None` where nothing is left.
pub(crate) fn name(bytes: &[u8]) -> Option<String> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{FFFD}' }).collect(),
    };
    let text = text.trim_matches(|character: char| character == '\0' || character.is_whitespace());
    let mut name = String::new();
    for character in text.chars() {
        let shown = if is_hidden(character) { '\u{FFFD}' } else { character };
        if name.len().saturating_add(shown.len_utf8()) > MOST_NAME_BYTES {
            break;
        }
        name.push(shown);
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::emv::dol::DataObjectList;

    #[test]
    fn what_the_list_asked_for_is_claimed_and_zeros_are_nothing() {
        let asks = [0x9C, 1, 0x9F, 0x1A, 2, 0x9F, 0x4E, 5, 0x9F, 0x15, 2, 0x9A, 3];
        let list = DataObjectList::parse(&asks).unwrap();
        let said = [0x20, 0x02, 0x76, b'C', b'a', b'f', b'e', b' ', 0x58, 0x14, 0x26, 0x01, 0x31];
        let claims = TerminalClaims::of(&list.cut(&said).unwrap());
        let expected = TerminalClaims {
            transaction_type: Some(0x20),
            country: Some(276),
            merchant_name: Some("Cafe".to_owned()),
            merchant_category: Some(5814),
            date: Some([0x26, 0x01, 0x31]),
        };
        assert_eq!(claims, expected);
        let nothing = TerminalClaims::of(&list.cut(&[0; 13]).unwrap());
        assert_eq!(nothing, TerminalClaims { transaction_type: Some(0), ..TerminalClaims::default() });
        assert_eq!(TerminalClaims::default().or(expected.clone()), expected);
        assert_eq!(expected.clone().or(TerminalClaims::default()), expected);
        assert_eq!(nothing.or(expected).transaction_type, Some(0), "the later word counts");
    }

    #[test]
    fn a_name_is_never_more_than_a_name() {
        assert_eq!(name("  Zum Löwen\0\0".as_bytes()).as_deref(), Some("Zum Löwen"));
        assert_eq!(name("咖啡店".as_bytes()).as_deref(), Some("咖啡店"));
        assert_eq!(name(b"L\xF6wen").as_deref(), Some("L\u{FFFD}wen"), "not UTF-8");
        assert_eq!(
            name("a\u{202E}b\nc\u{2066}d\u{200B}e\u{1B}f".as_bytes()).as_deref(),
            Some("a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}e\u{FFFD}f")
        );
        assert_eq!(name(&[b'x'; 252]).map(|name| name.len()), Some(64));
        assert_eq!(name(&[0xFF; 252]).map(|name| name.len()), Some(63), "whole characters only");
        assert_eq!((name(b""), name(&[0; 20]), name(b"   ")), (None, None, None));
    }
}
