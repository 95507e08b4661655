//! The names of data objects, commands and status words, as EMV writes them.

use hcepay_tests::terminal::Kernel;

use crate::meaning::Setting;

const UNKNOWN: &str = "unknown to this program";

/// The full name of a data object with the short one behind it, such as "Application Interchange Profile (AIP)". A few
/// tags mean one thing to kernel 2 and another to kernels 3 and 7, or one of their own where coupons are presented.
pub fn data_object(tag: u32, setting: Setting) -> &'static str {
    let named = |list: &[(u32, &'static str)]| list.iter().find(|(named, _)| *named == tag).map(|(_, name)| *name);
    match (tag, setting.kernel) {
        (0x9F6E, Some(Kernel::Kernel2)) => "Third Party Data",
        (0x9F6E, _) => "Form Factor Indicator (FFI)",
        (0x9F7C, Some(Kernel::Kernel2)) => "Merchant Custom Data",
        (0x9F7C, _) => "Customer Exclusive Data (CED)",
        _ if setting.is_of_coupons => named(&COUPON_OBJECTS).or_else(|| named(&DATA_OBJECTS)).unwrap_or(UNKNOWN),
        _ => named(&DATA_OBJECTS).unwrap_or(UNKNOWN),
    }
}

/// By tag. EMV Book 3, Annex A; Books C-2 and C-3.
const DATA_OBJECTS: [(u32, &str); 84] = [
    (0x42, "Issuer Identification Number (IIN)"),
    (0x4F, "Application Identifier (AID)"),
    (0x50, "Application Label"),
    (0x57, "Track 2 Equivalent Data"),
    (0x5A, "Application Primary Account Number (PAN)"),
    (0x5F20, "Cardholder Name"),
    (0x5F24, "Application Expiration Date"),
    (0x5F25, "Application Effective Date"),
    (0x5F28, "Issuer Country Code"),
    (0x5F2A, "Transaction Currency Code"),
    (0x5F2D, "Language Preference"),
    (0x5F30, "Service Code"),
    (0x5F34, "PAN Sequence Number (PSN)"),
    (0x5F53, "International Bank Account Number (IBAN)"),
    (0x5F54, "Bank Identifier Code (BIC)"),
    (0x5F55, "Issuer Country Code (alpha-2)"),
    (0x5F56, "Issuer Country Code (alpha-3)"),
    (0x61, "Application Template"),
    (0x6F, "File Control Information (FCI) Template"),
    (0x70, "READ RECORD Response Message Template"),
    (0x77, "Response Message Template Format 2"),
    (0x80, "Response Message Template Format 1"),
    (0x82, "Application Interchange Profile (AIP)"),
    (0x83, "Command Template"),
    (0x84, "Dedicated File (DF) Name"),
    (0x87, "Application Priority Indicator"),
    (0x8C, "Card Risk Management DOL 1 (CDOL1)"),
    (0x8E, "Cardholder Verification Method (CVM) List"),
    (0x8F, "CA Public Key Index (PKI)"),
    (0x90, "Issuer Public Key Certificate"),
    (0x92, "Issuer Public Key Remainder"),
    (0x94, "Application File Locator (AFL)"),
    (0x95, "Terminal Verification Results (TVR)"),
    (0x9A, "Transaction Date"),
    (0x9C, "Transaction Type"),
    (0xA5, "FCI Proprietary Template"),
    (0xBF0C, "FCI Issuer Discretionary Data"),
    (0x9F02, "Amount, Authorised (Numeric)"),
    (0x9F03, "Amount, Other (Numeric)"),
    (0x9F07, "Application Usage Control (AUC)"),
    (0x9F08, "Application Version Number"),
    (0x9F09, "Application Version Number (Reader)"),
    (0x9F0C, "IIN, Extended"),
    (0x9F0D, "Issuer Action Code - Default"),
    (0x9F0E, "Issuer Action Code - Denial"),
    (0x9F0F, "Issuer Action Code - Online"),
    (0x9F10, "Issuer Application Data (IAD)"),
    (0x9F11, "Issuer Code Table Index"),
    (0x9F12, "Application Preferred Name"),
    (0x9F15, "Merchant Category Code (MCC)"),
    (0x9F19, "Token Requestor ID (TRID)"),
    (0x9F1A, "Terminal Country Code"),
    (0x9F1D, "Terminal Risk Management Data"),
    (0x9F21, "Transaction Time"),
    (0x9F24, "Payment Account Reference (PAR)"),
    (0x9F25, "Last 4 Digits of PAN"),
    (0x9F26, "Application Cryptogram (AC)"),
    (0x9F27, "Cryptogram Information Data (CID)"),
    (0x9F2A, "Kernel Identifier"),
    (0x9F32, "Issuer Public Key Exponent"),
    (0x9F33, "Terminal Capabilities"),
    (0x9F34, "Cardholder Verification Method (CVM) Results"),
    (0x9F35, "Terminal Type"),
    (0x9F36, "Application Transaction Counter (ATC)"),
    (0x9F37, "Unpredictable Number (UN)"),
    (0x9F38, "Processing Options DOL (PDOL)"),
    (0x9F40, "Additional Terminal Capabilities"),
    (0x9F42, "Application Currency Code"),
    (0x9F44, "Application Currency Exponent"),
    (0x9F45, "Data Authentication Code (DAC)"),
    (0x9F46, "ICC Public Key Certificate"),
    (0x9F47, "ICC Public Key Exponent"),
    (0x9F48, "ICC Public Key Remainder"),
    (0x9F4A, "Static Data Authentication Tag List"),
    (0x9F4B, "Signed Dynamic Application Data (SDAD)"),
    (0x9F4C, "ICC Dynamic Number"),
    (0x9F4D, "Log Entry"),
    (0x9F4E, "Merchant Name and Location"),
    (0x9F5A, "Application Program Identifier"),
    (0x9F66, "Terminal Transaction Qualifiers (TTQ)"),
    (0x9F69, "Card Authentication Related Data"),
    (0x9F6C, "Card Transaction Qualifiers (CTQ)"),
    (0x9F7E, "Mobile Support Indicator"),
    (0xDF4B, "POS Cardholder Interaction Information"),
];

/// Of the application of coupons, which is of hcepay alone (the core's `tap/coupons.rs`).
const COUPON_OBJECTS: [(u32, &str); 6] = [
    (0xDF10, "Reader's Challenge"),
    (0xDF11, "Whose Coupons are taken"),
    (0xDF12, "Coupon"),
    (0xDF13, "Number of the Use"),
    (0xDF14, "SHA-256 of the Coupon's Terms"),
    (0xDF15, "MAC of the Use"),
];

/// A command by its class and instruction.
pub fn command(class: u8, instruction: u8) -> &'static str {
    match (class, instruction) {
        (0x00, 0xA4) => "SELECT",
        (0x80, 0xA8) => "GET PROCESSING OPTIONS",
        (0x00, 0xB2) => "READ RECORD",
        (0x80, 0xAE) => "GENERATE AC",
        (0x80, 0xCA) => "GET DATA",
        _ => "unknown command",
    }
}

/// What a status word says, and what a terminal makes of it. EMV Book 3, section 6.3.5; ISO/IEC 7816-4, section 5.6.
pub fn status_word(status: u16) -> &'static str {
    match status {
        0x9000 => "done",
        0x6283 => "the application is blocked",
        0x6700 => "wrong length",
        0x6881 => "logical channels are not supported",
        0x6882 => "secure messaging is not supported",
        0x6884 => "command chaining is not supported",
        0x6984 => "use another interface",
        0x6985 => "conditions of use not satisfied: the card declines, or the command came out of turn",
        0x6986 => "the holder must verify on the phone first, then tap again",
        0x6A80 => "wrong data",
        0x6A81 => "function not supported: the wallet is blocked",
        0x6A82 => "no such application",
        0x6A83 => "no such record",
        0x6A86 => "wrong parameters P1, P2",
        0x6A88 => "no such data object",
        0x6D00 => "unknown instruction",
        0x6E00 => "unknown class",
        0x6F00 => "a fault of the card's own",
        _ => "unknown to this program",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_listed_once_and_its_name_fits_its_column() {
        let objects = [DATA_OBJECTS.as_slice(), &COUPON_OBJECTS].concat();
        for (at, (tag, name)) in objects.iter().enumerate() {
            assert!(objects[..at].iter().all(|(before, _)| before != tag), "{tag:X}");
            assert!(name.len() <= 44, "{name}");
        }
    }

    #[test]
    fn a_tag_with_two_meanings_is_named_for_its_kernel() {
        let of = |kernel| Setting { kernel: Some(kernel), ..Setting::default() };
        assert_eq!(data_object(0x9F6E, of(Kernel::Kernel2)), "Third Party Data");
        assert_eq!(data_object(0x9F6E, of(Kernel::Kernel3)), "Form Factor Indicator (FFI)");
    }

    #[test]
    fn what_is_unknown_is_said_to_be() {
        assert_eq!(data_object(0xDF01, Setting::default()), UNKNOWN);
        assert_eq!(data_object(0xDF12, Setting::default()), UNKNOWN, "elsewhere than where coupons are presented");
        assert_eq!(command(0x80, 0xA4), "unknown command");
        assert_eq!(status_word(0x6FFF), "unknown to this program");
    }
}
