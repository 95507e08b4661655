//! From the card master key to the key of one transaction, one function per scheme.

use super::card_master_key::odd_parity;
use super::triple_des::{encrypt_triple_des, joined};

/// The EMV common session key (EMV Book 2, annex A1.3): R with its third byte F0, and with 0F, under the card master key.
pub fn common_session_key(card_master_key: &[u8; 16], r: [u8; 8]) -> [u8; 16] {
    let [r0, r1, _, r3, r4, r5, r6, r7] = r;
    let half = |third| encrypt_triple_des(card_master_key, [r0, r1, third, r3, r4, r5, r6, r7]);
    odd_parity(joined(half(0xF0), half(0x0F)))
}

/// R of the EMV common session key: ATC ‖ six zeros.
pub fn common_session_key_diversifier(atc: u16) -> [u8; 8] {
    let [high, low] = atc.to_be_bytes();
    [high, low, 0, 0, 0, 0, 0, 0]
}

/// R of Mastercard's session key derivation (SKD): ATC ‖ 0000 ‖ unpredictable number. The key then follows as in
/// [`common_session_key`].
pub fn mastercard_diversifier(atc: u16, unpredictable_number: [u8; 4]) -> [u8; 8] {
    let [high, low] = atc.to_be_bytes();
    let [u0, u1, u2, u3] = unpredictable_number;
    [high, low, 0, 0, u0, u1, u2, u3]
}

/// The PBOC session key (JR/T 0025, by its public worked example): six zeros ‖ ATC, and six zeros ‖ complement of the
/// ATC, under the card master key. Parity is left as it falls.
pub fn pboc_session_key(card_master_key: &[u8; 16], atc: u16) -> [u8; 16] {
    let half = |number: u16| encrypt_triple_des(card_master_key, u64::from(number).to_be_bytes());
    joined(half(atc), half(!atc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{from_hex, hex};
    use crate::issuer::card_master_key::{Derivation, card_master_key};
    use crate::issuer::mac::{Padding, mac_algorithm_3};
    use crate::issuer::token::Token;

    fn master_key(derivation: Derivation, token: &str, sequence_number: u8) -> [u8; 16] {
        let issuer_master_key = 0x0123_4567_89AB_CDEF_FEDC_BA98_7654_3210_u128.to_be_bytes();
        card_master_key(&issuer_master_key, derivation.digits(&Token::parse(token).unwrap(), sequence_number))
    }

    #[test]
    fn the_common_session_key_gives_the_known_answers_of_pyemv() {
        let data = from_hex("0123456789ABCDEF0123456789ABCDEF").unwrap();
        let cases = [
            (Derivation::OptionA, "12345678901234567", 0x45, "DF82", "19C1FBC83EBDC0D5"),
            (Derivation::OptionB, "1234567890123456", 0x00, "BC19", "0CE77D211CB5459A"),
            (Derivation::OptionB, "12345678901234567", 0x45, "4262", "5760EE07B4FA65D1"),
            (Derivation::OptionB, "123456789012345679", 0x00, "7C35", "DC95BCE3EBBE0296"),
        ];
        for (derivation, token, sequence_number, check_value, cryptogram) in cases {
            let r = 0x1234_5678_9012_3456_u64.to_be_bytes();
            let key = common_session_key(&master_key(derivation, token, sequence_number), r);
            assert_eq!(hex(&encrypt_triple_des(&key, [0; 8])[..2]), check_value);
            assert_eq!(hex(&mac_algorithm_3(&key, &data, Padding::Method2)), cryptogram);
        }
    }

    #[test]
    fn zero_padding_gives_the_known_answers_of_pyemv() {
        let r = 0x1234_5678_9012_3456_u64.to_be_bytes();
        let key = common_session_key(&master_key(Derivation::OptionA, "9901234567890123", 0x45), r);
        let data = from_hex("0123456789ABCDEF0123456789ABCDEF01").unwrap();
        assert_eq!(hex(&mac_algorithm_3(&key, &data, Padding::Method1)), "2E141C6BC4A20DA8");
        assert_eq!(hex(&mac_algorithm_3(&key, &data[..16], Padding::Method1)), "922F3E83125EB46B");
    }

    #[test]
    fn the_diversifiers_carry_atc_and_unpredictable_number() {
        assert_eq!(hex(&common_session_key_diversifier(0x001C)), "001C000000000000");
        assert_eq!(hex(&mastercard_diversifier(0x001C, [0xAB, 0xCD, 0xEF, 0x12])), "001C0000ABCDEF12");
    }

    #[test]
    fn the_pboc_session_key_is_that_of_the_public_example() {
        let card_master_key = 0x014D_996F_CC8F_4915_7DC8_B49E_3BCD_FD99_u128.to_be_bytes();
        assert_eq!(hex(&pboc_session_key(&card_master_key, 0x0240)), "D4102725E6E5AD329E55AAB50BF23DA9");
        let with_parity = odd_parity(card_master_key);
        assert_eq!(pboc_session_key(&card_master_key, 0x0240), pboc_session_key(&with_parity, 0x0240));
    }
}
