//! The data objects that a card and a terminal speak about, by tag (EMV Book 3, Annex A; kernel books).

use std::fmt;

/// The tag of a BER-TLV data object, as its one to three bytes read as a big-endian number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u32);

impl Tag {
    /// Whether the value is made of data objects (bit 6 of the first byte).
    pub(crate) fn is_constructed(self) -> bool {
        let first = self.bytes().find(|byte| *byte != 0).unwrap_or(0);
        first & 0x20 != 0
    }

    /// The tag's bytes, leading zeros left out.
    pub(crate) fn bytes(self) -> impl Iterator<Item = u8> {
        self.0.to_be_bytes().into_iter().skip_while(|byte| *byte == 0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Issuer Identification Number (IIN).
pub(crate) const ISSUER_IDENTIFICATION_NUMBER: Tag = Tag(0x42);
/// Application Identifier of a directory entry (AID), 5 to 16 bytes.
pub(crate) const APPLICATION_IDENTIFIER: Tag = Tag(0x4F);
/// Application Label, 1 to 16 characters.
pub(crate) const APPLICATION_LABEL: Tag = Tag(0x50);
/// Track 2 Equivalent Data: token, separator D, expiry, service code, discretionary data.
pub(crate) const TRACK_2_EQUIVALENT_DATA: Tag = Tag(0x57);
/// Application Primary Account Number. On a phone: the token, never the number of the plastic card.
pub(crate) const PRIMARY_ACCOUNT_NUMBER: Tag = Tag(0x5A);
/// Cardholder Name.
pub(crate) const CARDHOLDER_NAME: Tag = Tag(0x5F20);
/// Application Expiration Date, YYMMDD.
pub(crate) const EXPIRATION_DATE: Tag = Tag(0x5F24);
/// Application Effective Date, YYMMDD.
pub(crate) const EFFECTIVE_DATE: Tag = Tag(0x5F25);
/// Issuer Country Code.
pub(crate) const ISSUER_COUNTRY_CODE: Tag = Tag(0x5F28);
/// Transaction Currency Code, ISO 4217 numeric in BCD.
pub(crate) const TRANSACTION_CURRENCY_CODE: Tag = Tag(0x5F2A);
/// Language Preference.
pub(crate) const LANGUAGE_PREFERENCE: Tag = Tag(0x5F2D);
/// Service Code.
pub(crate) const SERVICE_CODE: Tag = Tag(0x5F30);
/// Primary Account Number Sequence Number.
pub(crate) const SEQUENCE_NUMBER: Tag = Tag(0x5F34);
/// Bank Identifier Code (BF0C).
pub(crate) const BANK_IDENTIFIER_CODE: Tag = Tag(0x5F54);
/// Issuer Country Code, alpha-2 (BF0C).
pub(crate) const ISSUER_COUNTRY_ALPHA_2: Tag = Tag(0x5F55);
/// Issuer Country Code, alpha-3 (BF0C).
pub(crate) const ISSUER_COUNTRY_ALPHA_3: Tag = Tag(0x5F56);
/// Directory entry (Application Template).
pub(crate) const APPLICATION_TEMPLATE: Tag = Tag(0x61);
/// File Control Information (FCI) template.
pub(crate) const FCI_TEMPLATE: Tag = Tag(0x6F);
/// Application Specific Transparent Template (EMV QRCPS, Consumer-Presented Mode): chip data in a code.
pub(crate) const APPLICATION_SPECIFIC_DATA: Tag = Tag(0x63);
/// Payload Format Indicator (EMV QRCPS, Consumer-Presented Mode).
pub(crate) const PAYLOAD_FORMAT_INDICATOR: Tag = Tag(0x85);
/// Record template (READ RECORD Response Message Template).
pub(crate) const RECORD_TEMPLATE: Tag = Tag(0x70);
/// Response Message Template Format 2.
pub(crate) const RESPONSE_TEMPLATE: Tag = Tag(0x77);
/// Application Interchange Profile (AIP), 2 bytes: what the card can do.
pub(crate) const AIP: Tag = Tag(0x82);
/// Command Template: carries the values for the PDOL.
pub(crate) const COMMAND_TEMPLATE: Tag = Tag(0x83);
/// Dedicated File (DF) Name: the name of what was selected.
pub(crate) const DF_NAME: Tag = Tag(0x84);
/// Application Priority Indicator.
pub(crate) const APPLICATION_PRIORITY: Tag = Tag(0x87);
/// Card Risk Management Data Object List 1 (CDOL1): what GENERATE AC must bring.
pub(crate) const CDOL1: Tag = Tag(0x8C);
/// Cardholder Verification Method (CVM) List.
pub(crate) const CVM_LIST: Tag = Tag(0x8E);
/// Application File Locator (AFL): which records the terminal is to read.
pub(crate) const AFL: Tag = Tag(0x94);
/// Terminal Verification Results (TVR).
pub(crate) const TVR: Tag = Tag(0x95);
/// Certification Authority Public Key Index: which of the keys of a certification authority signed for the issuer.
pub(crate) const CA_PUBLIC_KEY_INDEX: Tag = Tag(0x8F);
/// Issuer Public Key Certificate.
pub(crate) const ISSUER_CERTIFICATE: Tag = Tag(0x90);
/// Issuer Public Key Remainder: what of it does not fit the certificate.
pub(crate) const ISSUER_REMAINDER: Tag = Tag(0x92);
/// Transaction Date, YYMMDD.
pub(crate) const TRANSACTION_DATE: Tag = Tag(0x9A);
/// Transaction Type.
pub(crate) const TRANSACTION_TYPE: Tag = Tag(0x9C);
/// FCI Proprietary Template.
pub(crate) const FCI_PROPRIETARY_TEMPLATE: Tag = Tag(0xA5);
/// FCI Issuer Discretionary Data.
pub(crate) const FCI_ISSUER_DISCRETIONARY_DATA: Tag = Tag(0xBF0C);
/// Amount, Authorised (numeric), 6 bytes BCD in minor units.
pub(crate) const AMOUNT_AUTHORISED: Tag = Tag(0x9F02);
/// Amount, Other (numeric), 6 bytes BCD in minor units: cashback.
pub(crate) const AMOUNT_OTHER: Tag = Tag(0x9F03);
/// Application Usage Control.
pub(crate) const APPLICATION_USAGE_CONTROL: Tag = Tag(0x9F07);
/// Application Version Number of the card.
pub(crate) const APPLICATION_VERSION: Tag = Tag(0x9F08);
/// Issuer Identification Number, Extended (BF0C).
pub(crate) const ISSUER_IDENTIFICATION_NUMBER_EXTENDED: Tag = Tag(0x9F0C);
/// Issuer Action Code, Default.
pub(crate) const ISSUER_ACTION_CODE_DEFAULT: Tag = Tag(0x9F0D);
/// Issuer Action Code, Denial.
pub(crate) const ISSUER_ACTION_CODE_DENIAL: Tag = Tag(0x9F0E);
/// Issuer Action Code, Online.
pub(crate) const ISSUER_ACTION_CODE_ONLINE: Tag = Tag(0x9F0F);
/// Issuer Application Data (IAD), 7 to 32 bytes: what the card tells its issuer.
pub(crate) const IAD: Tag = Tag(0x9F10);
/// Issuer Code Table Index.
pub(crate) const ISSUER_CODE_TABLE_INDEX: Tag = Tag(0x9F11);
/// Application Preferred Name.
pub(crate) const APPLICATION_PREFERRED_NAME: Tag = Tag(0x9F12);
/// Token Requestor ID.
pub(crate) const TOKEN_REQUESTOR_ID: Tag = Tag(0x9F19);
/// Merchant Category Code, in BCD (ISO 18245).
pub(crate) const MERCHANT_CATEGORY: Tag = Tag(0x9F15);
/// Terminal Country Code, ISO 3166 numeric in BCD.
pub(crate) const TERMINAL_COUNTRY_CODE: Tag = Tag(0x9F1A);
/// Payment Account Reference (PAR): links tokens of one account without being a number one can pay with.
pub(crate) const PAYMENT_ACCOUNT_REFERENCE: Tag = Tag(0x9F24);
/// Last four digits of the account number, for display.
pub(crate) const LAST_FOUR_DIGITS: Tag = Tag(0x9F25);
/// Application Cryptogram (AC), 8 bytes.
pub(crate) const APPLICATION_CRYPTOGRAM: Tag = Tag(0x9F26);
/// Cryptogram Information Data (CID): 80 = ARQC, 00 = AAC.
pub(crate) const CID: Tag = Tag(0x9F27);
/// Kernel Identifier in a directory entry.
pub(crate) const KERNEL_IDENTIFIER: Tag = Tag(0x9F2A);
/// Issuer Public Key Exponent.
pub(crate) const ISSUER_EXPONENT: Tag = Tag(0x9F32);
/// Cardholder Verification Method (CVM) Results, 3 bytes, set by the terminal.
pub(crate) const CVM_RESULTS: Tag = Tag(0x9F34);
/// Application Transaction Counter (ATC), 2 bytes.
pub(crate) const ATC: Tag = Tag(0x9F36);
/// Unpredictable Number (UN), 4 bytes, chosen by the terminal.
pub(crate) const UNPREDICTABLE_NUMBER: Tag = Tag(0x9F37);
/// Processing Options Data Object List (PDOL): what GET PROCESSING OPTIONS must bring.
pub(crate) const PDOL: Tag = Tag(0x9F38);
/// Application Currency Code.
pub(crate) const APPLICATION_CURRENCY_CODE: Tag = Tag(0x9F42);
/// Application Currency Exponent.
pub(crate) const APPLICATION_CURRENCY_EXPONENT: Tag = Tag(0x9F44);
/// ICC Public Key Certificate: the issuer's signature over the card's key, its signed records and its AIP.
pub(crate) const ICC_CERTIFICATE: Tag = Tag(0x9F46);
/// ICC Public Key Exponent.
pub(crate) const ICC_EXPONENT: Tag = Tag(0x9F47);
/// ICC Public Key Remainder.
pub(crate) const ICC_REMAINDER: Tag = Tag(0x9F48);
/// Static Data Authentication Tag List: what is signed beside records; the AIP alone.
pub(crate) const STATIC_DATA_TAG_LIST: Tag = Tag(0x9F4A);
/// Signed Dynamic Application Data (SDAD): the card's own signature.
pub(crate) const SIGNED_DYNAMIC_DATA: Tag = Tag(0x9F4B);
/// Merchant Name and Location, of whatever length the card asks for.
pub(crate) const MERCHANT_NAME: Tag = Tag(0x9F4E);
/// Application Program Identifier (kernel 3, BF0C).
pub(crate) const APPLICATION_PROGRAM_IDENTIFIER: Tag = Tag(0x9F5A);
/// Terminal Transaction Qualifiers (TTQ), 4 bytes: what a kernel 3 or 7 terminal can do and wants.
pub(crate) const TTQ: Tag = Tag(0x9F66);
/// Card Transaction Qualifiers (CTQ), 2 bytes: what the card wants of a kernel 3 or 7 terminal.
pub(crate) const CTQ: Tag = Tag(0x9F6C);
/// Form Factor Indicator (kernel 3) or Third Party Data (kernel 2).
pub(crate) const FORM_FACTOR_INDICATOR: Tag = Tag(0x9F6E);
/// Card Authentication Related Data (kernels 3 and 7): what the card adds to its signature, as the terminal is told.
pub(crate) const CARD_AUTHENTICATION_DATA: Tag = Tag(0x9F69);
/// Customer Exclusive Data (kernel 3).
pub(crate) const CUSTOMER_EXCLUSIVE_DATA: Tag = Tag(0x9F7C);
/// POS Cardholder Interaction Information (kernel 2), 3 bytes: what the reader is to tell the holder.
pub(crate) const POS_CARDHOLDER_INTERACTION: Tag = Tag(0xDF4B);
