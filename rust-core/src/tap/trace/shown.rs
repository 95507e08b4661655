//! Which values a trace may show: those in the list, up to the length in which they are what their tag says. Of all others it
//! tells tag and length. What is not in it, and why:
//!
//! - what pays or proves: token and track data (5A, 57), expiry (5F24) and service code (5F30) with which a token is used,
//!   cryptogram (9F26), issuer application data (9F10), signatures (9F4B) and what is signed (9F69, 9F4C), certificates and
//!   their remainders;
//! - what names the holder, the card or its issuer: the account reference (9F24), last digits (9F25), names (5F20, 50, 9F12),
//!   languages (5F2D), token requestor (9F19), the issuer's numbers (42, 9F0C, 5F54), whatever an issuer or a wallet puts
//!   into 9F7C or third party data;
//! - what says where and when: the merchant's name (9F4E) and its and the reader's numbers (9F16, 9F1C, 9F1E), date (9A) and
//!   time (9F21), and the unpredictable number (9F37), by which whoever has the shop's log finds the purchase.
//!
//! None that the terminal chooses is longer than 6 bytes: too short for a token. That is why its risk management data (9F1D),
//! 8 bytes, are not in the list either.

use crate::emv::tags::{self, Tag};

/// The name of the directory: 2PAY.SYS.DDF01.
pub(super) const DIRECTORY: &[u8] = b"2PAY.SYS.DDF01";

/// The value where it may be shown, else nothing.
pub(super) fn of(tag: Tag, value: &[u8]) -> &[u8] {
    if value.len() <= most(tag) { value } else { &[] }
}

/// How long a value is at most that may be shown.
fn most(tag: Tag) -> usize {
    match tag {
        // Which application, and how the terminal is to choose between several.
        tags::DF_NAME | tags::APPLICATION_IDENTIFIER => 16,
        tags::APPLICATION_PRIORITY => 1,
        tags::KERNEL_IDENTIFIER => 3,
        // What the card asks for, can do, and wants read.
        tags::PDOL | tags::CDOL1 | tags::CVM_LIST | tags::AFL => 252,
        tags::AIP | tags::CTQ | tags::APPLICATION_USAGE_CONTROL | tags::APPLICATION_VERSION => 2,
        tags::APPLICATION_CURRENCY_CODE => 2,
        tags::APPLICATION_CURRENCY_EXPONENT | tags::CA_PUBLIC_KEY_INDEX | tags::STATIC_DATA_TAG_LIST => 1,
        tags::ISSUER_EXPONENT | tags::ICC_EXPONENT | tags::POS_CARDHOLDER_INTERACTION => 3,
        tags::ISSUER_ACTION_CODE_DEFAULT | tags::ISSUER_ACTION_CODE_DENIAL | tags::ISSUER_ACTION_CODE_ONLINE => 5,
        // Kernel 3's; kernel 2's third party data under the same tag is longer.
        tags::FORM_FACTOR_INDICATOR => 4,
        // What the card decided.
        tags::CID => 1,
        tags::ATC => 2,
        // The purchase, as the terminal names it.
        tags::AMOUNT_AUTHORISED | tags::AMOUNT_OTHER => 6,
        tags::TRANSACTION_CURRENCY_CODE | tags::TERMINAL_COUNTRY_CODE | tags::MERCHANT_CATEGORY => 2,
        tags::TRANSACTION_TYPE => 1,
        // What the terminal can do, wants, and found.
        tags::TTQ => 4,
        tags::TVR | ADDITIONAL_TERMINAL_CAPABILITIES => 5,
        tags::CVM_RESULTS | TERMINAL_CAPABILITIES => 3,
        TERMINAL_APPLICATION_VERSION => 2,
        TERMINAL_TYPE | MOBILE_SUPPORT_INDICATOR => 1,
        _ => 0,
    }
}

const TERMINAL_APPLICATION_VERSION: Tag = Tag(0x9F09);
const TERMINAL_CAPABILITIES: Tag = Tag(0x9F33);
const TERMINAL_TYPE: Tag = Tag(0x9F35);
const ADDITIONAL_TERMINAL_CAPABILITIES: Tag = Tag(0x9F40);
const MOBILE_SUPPORT_INDICATOR: Tag = Tag(0x9F7E);
