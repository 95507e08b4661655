//! The issuer's answer to a cryptogram, the authorisation response cryptogram (EMV Book 2, section 8.2). Contactless cards
//! of ours never see one; it is here for the known answers and for contact.

use super::mac::{Padding, mac_algorithm_3};
use super::triple_des::{encrypt_triple_des, xor};

/// Method 1: cryptogram exclusive-or (response code ‖ six zeros), under the key.
pub fn arpc_method_1(key: &[u8; 16], cryptogram: [u8; 8], response_code: [u8; 2]) -> [u8; 8] {
    let [high, low] = response_code;
    encrypt_triple_des(key, xor(cryptogram, [high, low, 0, 0, 0, 0, 0, 0]))
}

/// Method 2: the first four bytes of the MAC over cryptogram ‖ card status update ‖ proprietary authentication data (0 to 8).
pub fn arpc_method_2(key: &[u8; 16], cryptogram: [u8; 8], card_status_update: [u8; 4], proprietary: &[u8]) -> [u8; 4] {
    let data = [cryptogram.as_slice(), &card_status_update, proprietary].concat();
    let [m0, m1, m2, m3, ..] = mac_algorithm_3(key, &data, Padding::Method2);
    [m0, m1, m2, m3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;
    use crate::issuer::card_master_key::{Derivation, card_master_key};
    use crate::issuer::session_key::common_session_key;
    use crate::issuer::token::Token;

    fn keys(derivation: Derivation, token: &str, sequence_number: u8) -> ([u8; 16], [u8; 16]) {
        let issuer_master_key = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210_u128.to_be_bytes();
        let digits = derivation.digits(&Token::parse(token).unwrap(), sequence_number);
        let card_master_key = card_master_key(&issuer_master_key, digits);
        (card_master_key, common_session_key(&card_master_key, 0x1234_5678_9012_3456_u64.to_be_bytes()))
    }

    #[test]
    fn method_1_gives_the_known_answers_of_pyemv() {
        let (card_master_key, session_key) = keys(Derivation::OptionA, "12345678901234567", 0x45);
        let cryptogram = 0x19C1_FBC8_3EBD_C0D5_u64.to_be_bytes();
        assert_eq!(hex(&arpc_method_1(&card_master_key, cryptogram, [0, 0])), "78A372523FA35A03");
        assert_eq!(hex(&arpc_method_1(&session_key, cryptogram, [0, 0])), "C3620580668E5B65");
    }

    #[test]
    fn method_1_under_a_session_key_gives_the_answer_of_the_public_pboc_example() {
        let session_key = 0xD410_2725_E6E5_AD32_9E55_AAB5_0BF2_3DA9_u128.to_be_bytes();
        let cryptogram = 0x5D01_6C91_005E_7CC2_u64.to_be_bytes();
        assert_eq!(hex(&arpc_method_1(&session_key, cryptogram, *b"01")), "21415243527CE78F");
    }

    #[test]
    fn method_2_gives_the_known_answers_of_pyemv() {
        let cases = [
            ("1234567890123456", 0x00, 0x0CE7_7D21_1CB5_459A_u64, "8CD9AA5D"),
            ("12345678901234567", 0x45, 0x5760_EE07_B4FA_65D1, "106B81D9"),
            ("123456789012345679", 0x00, 0xDC95_BCE3_EBBE_0296, "ECCA0C4B"),
        ];
        for (token, sequence_number, cryptogram, expected) in cases {
            let (_, session_key) = keys(Derivation::OptionB, token, sequence_number);
            assert_eq!(hex(&arpc_method_2(&session_key, cryptogram.to_be_bytes(), [0; 4], &[])), expected);
        }
    }

    #[test]
    fn method_2_covers_proprietary_data() {
        let (_, session_key) = keys(Derivation::OptionA, "9901234567890123", 0x45);
        let cryptogram = 0x4B46_0133_59B7_A58B_u64.to_be_bytes();
        let proprietary = 0x1234_5678_90AB_CDEF_u64.to_be_bytes();
        assert_eq!(hex(&arpc_method_2(&session_key, cryptogram, [0; 4], &proprietary)), "4962B76C");
    }
}
