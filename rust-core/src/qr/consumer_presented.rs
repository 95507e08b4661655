//! A consumer-presented QR code: EMV QR Code Specification for Payment Systems, Consumer-Presented Mode, version 1.1: BER-TLV data
//! objects, in base64. It names one application, with the chip data of one payment.

use base64ct::{Base64, Encoding};

use crate::emv::tags;
use crate::emv::tlv;

/// What the code says.
pub(crate) struct Presented<'a> {
    pub(crate) aid: &'a [u8],
    pub(crate) label: &'a str,
    /// The token's digits.
    pub(crate) token: &'a str,
    pub(crate) sequence_number: Option<u8>,
    /// Data objects: cryptogram and what the issuer checks it by.
    pub(crate) chip_data: &'a [u8],
}

/// The version of the payload (85).
const VERSION: &[u8; 5] = b"CPV01";
/// The most characters of a code (EMV QRCPS, Consumer-Presented Mode).
#[cfg(test)]
const MOST_CHARACTERS: usize = 512;

impl Presented<'_> {
    /// The code's text.
    pub(crate) fn text(&self) -> String {
        let mut application = tlv::object(tags::APPLICATION_IDENTIFIER, self.aid);
        tlv::write(&mut application, tags::APPLICATION_LABEL, self.label.as_bytes());
        tlv::write(&mut application, tags::PRIMARY_ACCOUNT_NUMBER, &account_number(self.token));
        if let Some(number) = self.sequence_number {
            tlv::write(&mut application, tags::SEQUENCE_NUMBER, &[number]);
        }
        tlv::write(&mut application, tags::APPLICATION_SPECIFIC_DATA, self.chip_data);
        let mut payload = tlv::object(tags::PAYLOAD_FORMAT_INDICATOR, VERSION);
        tlv::write(&mut payload, tags::APPLICATION_TEMPLATE, &application);
        Base64::encode_string(&payload)
    }
}

/// An account number (5A; EMV Book 3, annex A): two digits a byte, F behind an odd number of them.
fn account_number(digits: &str) -> Vec<u8> {
    let nibble = |digit: Option<&u8>| digit.map_or(0x0F, |digit| digit & 0x0F);
    digits.as_bytes().chunks(2).map(|pair| nibble(pair.first()) << 4 | nibble(pair.get(1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_code_that_a_card_can_make_is_no_longer_than_a_code_may_be() {
        // AID of 16 bytes, label of 16, 19 digits, IAD of 32.
        let chip_data = [0; 11 + 4 + 35 + 5 + 4 + 7];
        let (aid, label, token) = ([0xA0; 16], "ABCDEFGHIJKLMNOP", "9999000000000000012");
        let presented = Presented { aid: &aid, label, token, sequence_number: Some(1), chip_data: &chip_data };
        assert!(presented.text().len() <= MOST_CHARACTERS, "{}", presented.text().len());
    }

    #[test]
    fn an_odd_number_of_digits_is_filled_up() {
        assert_eq!(account_number("123"), [0x12, 0x3F]);
        assert_eq!(account_number("1234"), [0x12, 0x34]);
    }
}
