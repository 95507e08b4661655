//! Data objects made of bits, and what each bit says where it is set.

use crate::page::NO_BREAK;

/// What a bit says: byte, counted from 1; bit, 8 the highest; words.
pub type Bit = (usize, u8, &'static str);

/// The words of every bit that is set, each with its place: "contact chip (b1.5)". A bit that no table names says so.
pub fn set_bits(value: &[u8], table: &[Bit]) -> Vec<String> {
    let mut said = Vec::new();
    for (byte, number) in value.iter().zip(1..) {
        for bit in (1..=8_u8).rev().filter(|bit| byte >> bit.saturating_sub(1) & 1 == 1) {
            let known = table.iter().find(|(of, at, _)| *of == number && *at == bit);
            let words = known.map_or("not in use", |(_, _, words)| words);
            said.push(format!("{words}{NO_BREAK}(b{number}.{bit})"));
        }
    }
    said
}

/// Terminal Transaction Qualifiers (TTQ, 9F66). EMV Book A; the last four entries of bytes 2 and 3 are newer.
pub const TERMINAL_TRANSACTION_QUALIFIERS: &[Bit] = &[
    (1, 8, "mag-stripe supported"),
    (1, 6, "EMV supported"),
    (1, 5, "contact chip supported"),
    (1, 4, "offline only"),
    (1, 3, "online PIN supported"),
    (1, 2, "signature supported"),
    (1, 1, "offline data authentication for online authorisations supported"),
    (2, 8, "online cryptogram required"),
    (2, 7, "holder must be verified"),
    (2, 6, "offline PIN on contact chip supported"),
    (2, 4, "fast mode"),
    (2, 3, "transit terminal"),
    (3, 8, "issuer update processing supported"),
    (3, 7, "verification on the phone supported"),
    (3, 6, "verification on the phone for transit"),
    (3, 4, "verification on the phone required"),
    (4, 8, "fDDA 1.0 supported"),
];

/// Card Transaction Qualifiers (CTQ, 9F6C). EMV Book C-3.
pub const CARD_TRANSACTION_QUALIFIERS: &[Bit] = &[
    (1, 8, "online PIN required"),
    (1, 7, "signature required"),
    (1, 6, "go online if offline data authentication fails"),
    (1, 5, "switch interface if offline data authentication fails"),
    (1, 4, "go online if the application is expired"),
    (1, 3, "switch interface for cash"),
    (1, 2, "switch interface for cashback"),
    (1, 1, "not valid at contactless ATMs"),
    (2, 8, "holder verified on the phone"),
    (2, 7, "issuer update processing supported"),
];

/// Application Interchange Profile (AIP, 82) as kernel 2 reads it. EMV Book C-2.
pub const INTERCHANGE_PROFILE_KERNEL_2: &[Bit] = &[
    (1, 8, "XDA supported"),
    (1, 7, "SDA supported"),
    (1, 6, "DDA supported"),
    (1, 5, "cardholder verification supported"),
    (1, 4, "terminal risk management required"),
    (1, 3, "issuer authentication supported"),
    (1, 2, "verification on the phone supported"),
    (1, 1, "CDA supported"),
    (2, 8, "EMV mode"),
    (2, 1, "relay resistance supported"),
];

/// The same as kernels 3 and 7 read it: EMV Book 3, Annex C1, and byte 2 as Book C-3 has it.
pub const INTERCHANGE_PROFILE: &[Bit] = &[
    (1, 7, "SDA supported"),
    (1, 6, "DDA supported"),
    (1, 5, "cardholder verification supported"),
    (1, 4, "terminal risk management required"),
    (1, 3, "issuer authentication supported"),
    (1, 1, "CDA supported"),
    (2, 8, "mag-stripe supported"),
    (2, 7, "mobile phone"),
];

/// Terminal Verification Results (TVR, 95), and the issuer action codes, which are masks for it. EMV Book 3, Annex C5.
pub const TERMINAL_VERIFICATION_RESULTS: &[Bit] = &[
    (1, 8, "no offline data authentication"),
    (1, 7, "SDA failed"),
    (1, 6, "card data missing"),
    (1, 5, "card on exception file"),
    (1, 4, "DDA failed"),
    (1, 3, "CDA failed"),
    (1, 2, "SDA selected"),
    (2, 8, "different application versions"),
    (2, 7, "expired"),
    (2, 6, "not yet effective"),
    (2, 5, "service not allowed"),
    (2, 4, "new card"),
    (3, 8, "cardholder verification not successful"),
    (3, 7, "unrecognised verification method"),
    (3, 6, "PIN try limit exceeded"),
    (3, 5, "PIN pad missing or out of order"),
    (3, 4, "PIN not entered"),
    (3, 3, "online PIN entered"),
    (4, 8, "over floor limit"),
    (4, 7, "over lower consecutive offline limit"),
    (4, 6, "over upper consecutive offline limit"),
    (4, 5, "chosen at random for online"),
    (4, 4, "forced online by merchant"),
    (5, 8, "default TDOL used"),
    (5, 7, "issuer authentication failed"),
    (5, 6, "script failed before final cryptogram"),
    (5, 5, "script failed after final cryptogram"),
    (5, 4, "relay resistance threshold exceeded"),
    (5, 3, "relay resistance time limits exceeded"),
    (5, 2, "relay resistance performed"),
    (5, 1, "relay resistance not performed"),
];

/// Application Usage Control (AUC, 9F07). EMV Book 3, Annex C2.
pub const APPLICATION_USAGE_CONTROL: &[Bit] = &[
    (1, 8, "domestic cash"),
    (1, 7, "international cash"),
    (1, 6, "domestic goods"),
    (1, 5, "international goods"),
    (1, 4, "domestic services"),
    (1, 3, "international services"),
    (1, 2, "ATMs"),
    (1, 1, "other terminals than ATMs"),
    (2, 8, "domestic cashback"),
    (2, 7, "international cashback"),
];

/// Terminal Risk Management Data (9F1D). EMV Book C-2.
pub const TERMINAL_RISK_MANAGEMENT_DATA: &[Bit] = &[
    (1, 8, "restart"),
    (1, 7, "online PIN"),
    (1, 6, "signature"),
    (1, 4, "no verification"),
    (1, 3, "verification on the phone"),
    (1, 1, "present and hold"),
    (2, 8, "verification limit exceeded"),
    (3, 8, "no mag-stripe mode"),
    (3, 7, "no EMV mode"),
    (3, 6, "verification on the phone without CDA"),
    (4, 8, "verification on the phone may be left out"),
    (4, 7, "exempt from strong customer authentication"),
];

/// Mobile Support Indicator (9F7E). EMV Book C-2.
pub const MOBILE_SUPPORT_INDICATOR: &[Bit] =
    &[(1, 2, "verification on the phone required"), (1, 1, "mobile supported")];

/// POS Cardholder Interaction Information (DF4B). EMV Book C-2.
pub const CARDHOLDER_INTERACTION: &[Bit] = &[
    (2, 5, "verification on the phone successful"),
    (2, 4, "context conflicting"),
    (2, 3, "change of offline PIN"),
    (2, 2, "acknowledgement required"),
    (2, 1, "verification on the phone required"),
];

/// Byte 2 of the Form Factor Indicator (9F6E). EMV Book C-3.
pub const FORM_FACTOR_FEATURES: &[Bit] = &[
    (2, 8, "passcode"),
    (2, 7, "signature panel"),
    (2, 6, "hologram"),
    (2, 5, "card verification value"),
    (2, 4, "two-way messaging"),
    (2, 3, "cloud-based credential"),
    (2, 2, "biometric"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn bits(value: &[u8], table: &[Bit]) -> String {
        set_bits(value, table).join(", ").replace(NO_BREAK, " ")
    }

    #[test]
    fn bits_are_named_from_the_highest_of_the_first_byte_on() {
        let seen = bits(&[0x27, 0x40, 0x40, 0x00], TERMINAL_TRANSACTION_QUALIFIERS);
        let expected = "EMV supported (b1.6), online PIN supported (b1.3), signature supported (b1.2), offline data \
                        authentication for online authorisations supported (b1.1), holder must be verified (b2.7), \
                        verification on the phone supported (b3.7)";
        assert_eq!(seen, expected);
    }

    /// protocol: 0080 is what a phone with verification done sends; 1B80 and 5980 are kernel 2 profiles, 0040 kernel 3's.
    #[test]
    fn published_values_read_as_published() {
        assert_eq!(bits(&[0x00, 0x80], CARD_TRANSACTION_QUALIFIERS), "holder verified on the phone (b2.8)");
        assert_eq!(
            bits(&[0x1B, 0x80], INTERCHANGE_PROFILE_KERNEL_2),
            "cardholder verification supported (b1.5), terminal risk management required (b1.4), verification on the \
             phone supported (b1.2), CDA supported (b1.1), EMV mode (b2.8)"
        );
        assert_eq!(bits(&[0x20, 0x40], INTERCHANGE_PROFILE), "DDA supported (b1.6), mobile phone (b2.7)");
        assert_eq!(bits(&[0, 1, 0], CARDHOLDER_INTERACTION), "verification on the phone required (b2.1)");
        assert_eq!(bits(&[0x80, 0, 0, 0, 0], TERMINAL_VERIFICATION_RESULTS), "no offline data authentication (b1.8)");
    }

    #[test]
    fn a_bit_without_a_meaning_is_not_passed_over() {
        assert_eq!(bits(&[0x40, 0, 0, 0], TERMINAL_TRANSACTION_QUALIFIERS), "not in use (b1.7)");
        assert_eq!(bits(&[0, 0, 0, 0, 0x01], TERMINAL_TRANSACTION_QUALIFIERS), "not in use (b5.1)");
    }
}
