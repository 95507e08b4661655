//! What must be true of a profile beyond its form: that no terminal will stumble over it and that it promises nothing
//! which this card does not do.

use super::layout::{APPLICATION, CRYPTOGRAM_VERSION, Leaf, WITHOUT_DATA_AUTHENTICATION, nibbles};
use super::{Application, CardProfile};
use crate::card::cvn::{Cvn, KernelId};
use crate::card::recognition::ExpiryMonth;
use crate::emv::aid::Aid;
use crate::emv::apdu::MAXIMUM_DATA;
use crate::emv::dol::DataObjectList;
use crate::emv::tags::{self, Tag};
use crate::error::{ProfileError, ProfileFault};

/// What may stand in the answer to SELECT (EMV Contactless Book B, table 3-2).
pub(super) const IN_SELECT_ANSWER: &[Tag] = &[
    tags::APPLICATION_LABEL,
    tags::APPLICATION_PRIORITY,
    tags::LANGUAGE_PREFERENCE,
    tags::ISSUER_CODE_TABLE_INDEX,
    tags::APPLICATION_PREFERRED_NAME,
    tags::PDOL,
    tags::FCI_ISSUER_DISCRETIONARY_DATA,
];

/// What may stand in BF0C there.
pub(super) const IN_ISSUER_DISCRETIONARY_DATA: &[Tag] = &[
    tags::ISSUER_IDENTIFICATION_NUMBER,
    tags::ISSUER_IDENTIFICATION_NUMBER_EXTENDED,
    tags::BANK_IDENTIFIER_CODE,
    tags::ISSUER_COUNTRY_ALPHA_2,
    tags::ISSUER_COUNTRY_ALPHA_3,
    tags::APPLICATION_PROGRAM_IDENTIFIER,
    tags::FORM_FACTOR_INDICATOR,
];

/// What may stand in a record. Certificates only where the AIP promises offline data authentication.
pub(super) const IN_RECORDS: &[Tag] = &[
    tags::TRACK_2_EQUIVALENT_DATA,
    tags::PRIMARY_ACCOUNT_NUMBER,
    tags::CARDHOLDER_NAME,
    tags::EXPIRATION_DATE,
    tags::EFFECTIVE_DATE,
    tags::ISSUER_COUNTRY_CODE,
    tags::LANGUAGE_PREFERENCE,
    tags::SERVICE_CODE,
    tags::SEQUENCE_NUMBER,
    tags::CDOL1,
    tags::CVM_LIST,
    tags::APPLICATION_USAGE_CONTROL,
    tags::APPLICATION_VERSION,
    tags::ISSUER_ACTION_CODE_DEFAULT,
    tags::ISSUER_ACTION_CODE_DENIAL,
    tags::ISSUER_ACTION_CODE_ONLINE,
    tags::TOKEN_REQUESTOR_ID,
    tags::PAYMENT_ACCOUNT_REFERENCE,
    tags::LAST_FOUR_DIGITS,
    tags::APPLICATION_CURRENCY_CODE,
    tags::APPLICATION_CURRENCY_EXPONENT,
    tags::FORM_FACTOR_INDICATOR,
    tags::CUSTOMER_EXCLUSIVE_DATA,
    tags::CA_PUBLIC_KEY_INDEX,
    tags::ISSUER_CERTIFICATE,
    tags::ISSUER_REMAINDER,
    tags::ISSUER_EXPONENT,
    tags::ICC_CERTIFICATE,
    tags::ICC_EXPONENT,
    tags::ICC_REMAINDER,
    tags::STATIC_DATA_TAG_LIST,
];

/// What of the profile may stand in the answer to GET PROCESSING OPTIONS.
pub(super) fn in_processing_options(kernel: KernelId) -> &'static [Tag] {
    match kernel {
        KernelId::Kernel2 => &[tags::AIP, tags::AFL],
        KernelId::Kernel3 | KernelId::Kernel7 => &[
            tags::AIP,
            tags::AFL,
            tags::TRACK_2_EQUIVALENT_DATA,
            tags::SEQUENCE_NUMBER,
            tags::FORM_FACTOR_INDICATOR,
            tags::CUSTOMER_EXCLUSIVE_DATA,
        ],
    }
}

/// Lengths that a terminal insists on: tag, least, most (EMV Book 3, Annex A1).
const LENGTHS: &[(Tag, usize, usize)] = &[
    (tags::APPLICATION_LABEL, 1, 16),
    (tags::TRACK_2_EQUIVALENT_DATA, 1, 19),
    (tags::PRIMARY_ACCOUNT_NUMBER, 1, 10),
    (tags::CARDHOLDER_NAME, 2, 26),
    (tags::EXPIRATION_DATE, 3, 3),
    (tags::EFFECTIVE_DATE, 3, 3),
    (tags::ISSUER_COUNTRY_CODE, 2, 2),
    (tags::LANGUAGE_PREFERENCE, 2, 8),
    (tags::SERVICE_CODE, 2, 2),
    (tags::SEQUENCE_NUMBER, 1, 1),
    (tags::AIP, 2, 2),
    (tags::APPLICATION_PRIORITY, 1, 1),
    (tags::CDOL1, 1, 252),
    (tags::CVM_LIST, 10, 252),
    (tags::APPLICATION_USAGE_CONTROL, 2, 2),
    (tags::APPLICATION_VERSION, 2, 2),
    (tags::ISSUER_ACTION_CODE_DEFAULT, 5, 5),
    (tags::ISSUER_ACTION_CODE_DENIAL, 5, 5),
    (tags::ISSUER_ACTION_CODE_ONLINE, 5, 5),
    (tags::ISSUER_CODE_TABLE_INDEX, 1, 1),
    (tags::APPLICATION_PREFERRED_NAME, 1, 16),
    (tags::TOKEN_REQUESTOR_ID, 6, 6),
    (tags::PAYMENT_ACCOUNT_REFERENCE, 29, 29),
    (tags::LAST_FOUR_DIGITS, 2, 2),
    (tags::APPLICATION_CURRENCY_CODE, 2, 2),
    (tags::APPLICATION_CURRENCY_EXPONENT, 1, 1),
    (tags::FORM_FACTOR_INDICATOR, 4, 32),
    (tags::CUSTOMER_EXCLUSIVE_DATA, 1, 20),
    (tags::CA_PUBLIC_KEY_INDEX, 1, 1),
    (tags::ISSUER_CERTIFICATE, 96, 248),
    (tags::ICC_CERTIFICATE, 96, 248),
    (tags::STATIC_DATA_TAG_LIST, 1, 1),
    (tags::APPLICATION_PROGRAM_IDENTIFIER, 1, 16),
    (tags::ISSUER_IDENTIFICATION_NUMBER, 3, 3),
    (tags::ISSUER_IDENTIFICATION_NUMBER_EXTENDED, 3, 4),
    (tags::BANK_IDENTIFIER_CODE, 8, 11),
    (tags::ISSUER_COUNTRY_ALPHA_2, 2, 2),
    (tags::ISSUER_COUNTRY_ALPHA_3, 3, 3),
];

/// What every cryptogram draws on: tag and length.
const SIGNED_OBJECTS: [(Tag, usize); 8] = [
    (tags::AMOUNT_AUTHORISED, 6),
    (tags::AMOUNT_OTHER, 6),
    (tags::TERMINAL_COUNTRY_CODE, 2),
    (tags::TVR, 5),
    (tags::TRANSACTION_CURRENCY_CODE, 2),
    (tags::TRANSACTION_DATE, 3),
    (tags::TRANSACTION_TYPE, 1),
    (tags::UNPREDICTABLE_NUMBER, 4),
];

// Kernel 2 takes an AFL that starts like this for the mag-stripe record and skips it (EMV Contactless Book C-2).
const MAG_STRIPE_AFL: [u8; 4] = [0x08, 0x01, 0x01, 0x00];

/// What a terminal reads of a token.
pub(super) struct Token {
    pub(super) digits: Vec<u8>,
    pub(super) expires: Option<ExpiryMonth>,
}

/// Letters, digits and spaces of ISO/IEC 8859 that all its parts share (EMV Book 3, Annex A1).
pub(super) fn label(bytes: &[u8]) -> Result<String, ProfileError> {
    let label = std::str::from_utf8(bytes).ok().filter(|label| label.chars().all(|char| (' '..='~').contains(&char)));
    label.map(str::to_owned).ok_or(ProfileFault::WrongValue.of(tags::APPLICATION_LABEL))
}

/// The data objects that one terminal collects from SELECT, GET PROCESSING OPTIONS and READ RECORD. Gives the token.
pub(super) fn what_one_terminal_reads(leaves: &[Leaf], kernel: KernelId) -> Result<Token, ProfileError> {
    for (position, leaf) in leaves.iter().enumerate() {
        if leaves.iter().skip(position.saturating_add(1)).any(|other| other.tag == leaf.tag) {
            return Err(ProfileFault::Twice.of(leaf.tag));
        }
        let limits = LENGTHS.iter().find(|(tag, _, _)| *tag == leaf.tag);
        if limits.is_some_and(|(_, least, most)| !(*least..=*most).contains(&leaf.value.len())) {
            return Err(ProfileFault::WrongLength.of(leaf.tag));
        }
    }
    let mandatory: &[Tag] = match kernel {
        KernelId::Kernel2 => &[tags::PRIMARY_ACCOUNT_NUMBER, tags::EXPIRATION_DATE, tags::CDOL1],
        KernelId::Kernel3 | KernelId::Kernel7 => &[tags::PDOL, tags::TRACK_2_EQUIVALENT_DATA],
    };
    for tag in mandatory {
        value_of(leaves, *tag).ok_or(ProfileFault::Missing.of(*tag))?;
    }
    // Bit 8 would have the holder confirm at the terminal, which no contactless one offers.
    if value_of(leaves, tags::APPLICATION_PRIORITY).and_then(<[u8]>::first).is_some_and(|priority| *priority > 0x0F) {
        return Err(ProfileFault::WrongValue.of(tags::APPLICATION_PRIORITY));
    }
    // To kernel 3 it is the form factor indicator, to kernel 2 third party data.
    let form_factor = value_of(leaves, tags::FORM_FACTOR_INDICATOR);
    if kernel == KernelId::Kernel3 && form_factor.is_some_and(|value| value.len() != 4) {
        return Err(ProfileFault::WrongLength.of(tags::FORM_FACTOR_INDICATOR));
    }
    aip(leaves, kernel)?;
    let afl = value_of(leaves, tags::AFL).unwrap_or_default();
    if kernel == KernelId::Kernel2 && afl.starts_with(&MAG_STRIPE_AFL) {
        return Err(ProfileFault::WrongValue.of(tags::AFL));
    }
    token(leaves)
}

/// What the kernel's data object list must ask for, with its length.
pub(super) fn data_object_list(list: &DataObjectList, kernel: KernelId) -> Result<(), ProfileError> {
    let qualifiers = (kernel != KernelId::Kernel2).then_some((tags::TTQ, 4));
    for (tag, length) in SIGNED_OBJECTS.into_iter().chain(qualifiers) {
        if !list.asks_for(tag, length) {
            return Err(ProfileFault::NotInDataObjectList.of(tag));
        }
    }
    // Kernel 2 may leave the CVM results out, but not ask for them with another length.
    if list.names(tags::CVM_RESULTS) && !list.asks_for(tags::CVM_RESULTS, 3) {
        return Err(ProfileFault::NotInDataObjectList.of(tags::CVM_RESULTS));
    }
    Ok(())
}

/// The whole card, once its applications are read.
pub(super) fn check(profile: &CardProfile) -> Result<(), ProfileError> {
    let test_only = profile.applications.iter().any(|application| application.cvn.needs_card_master_key());
    if test_only != profile.test_only {
        return Err(ProfileFault::TestOnly.of(CRYPTOGRAM_VERSION));
    }
    for (position, application) in profile.applications.iter().enumerate() {
        let mut later = profile.applications.iter().skip(position.saturating_add(1));
        if later.any(|other| other.aid == application.aid) {
            return Err(ProfileFault::Twice.of(tags::APPLICATION_IDENTIFIER));
        }
        if application.token != profile.token {
            return Err(ProfileFault::AnotherToken.of(APPLICATION));
        }
        answers_fit(application)?;
    }
    Ok(())
}

/// The face of an application for the time after its certificates: of the same token, and it promises no offline data
/// authentication, which the one before it does.
pub(super) fn other_face(application: &Application, other: &Application) -> Result<(), ProfileError> {
    if application.data_authentication.is_none() {
        return Err(ProfileFault::Unknown.of(WITHOUT_DATA_AUTHENTICATION));
    }
    if other.data_authentication.is_some() {
        return Err(ProfileFault::NotSupported.of(WITHOUT_DATA_AUTHENTICATION));
    }
    if other.token != application.token || other.recognition != application.recognition {
        return Err(ProfileFault::AnotherToken.of(WITHOUT_DATA_AUTHENTICATION));
    }
    answers_fit(other)
}

/// The directory of four applications, and what GET PROCESSING OPTIONS answers, fit by the lengths of what is in them.
fn answers_fit(application: &Application) -> Result<(), ProfileError> {
    if application.fci.len() > MAXIMUM_DATA {
        return Err(ProfileFault::AnswerTooLong.of(tags::FCI_TEMPLATE));
    }
    if application.records.iter().any(|record| record.answer.len() > MAXIMUM_DATA) {
        return Err(ProfileFault::AnswerTooLong.of(tags::RECORD_TEMPLATE));
    }
    Ok(())
}

/// The closed-loop scheme has names of its own kind, and only it: no terminal shall take its cryptogram for a payment
/// scheme's, or the reverse. Names of category F are registered with nobody (ISO/IEC 7816-4, section 12.3.4).
pub(super) fn closed_loop_apart(aid: &Aid, cvn: Cvn) -> Result<(), ProfileError> {
    let proprietary = matches!(aid.bytes(), [0xF0, ..]);
    match (proprietary, cvn.is_closed_loop()) {
        (true, true) | (false, false) => Ok(()),
        (true, false) => Err(ProfileFault::WrongValue.of(CRYPTOGRAM_VERSION)),
        (false, true) => Err(ProfileFault::WrongValue.of(tags::APPLICATION_IDENTIFIER)),
    }
}

/// The kernel that a terminal will choose must be the one that the application speaks to (EMV Contactless Book B, table
/// 3-6): the one that the directory entry names, else the default of the scheme.
pub(super) fn kernel_choice(aid: &Aid, identifier: Option<&[u8]>, kernel: KernelId) -> Result<(), ProfileError> {
    let number = match kernel {
        KernelId::Kernel2 => 2,
        KernelId::Kernel3 => 3,
        KernelId::Kernel7 => 7,
    };
    let (chosen, by) = match identifier {
        // Bits 8-7 of the first byte: 00 and 01 are international kernels, by the number in bits 6-1.
        Some([first @ ..0x80, ..]) => (Some(first & 0x3F), tags::KERNEL_IDENTIFIER),
        Some(_) => (None, tags::KERNEL_IDENTIFIER),
        None => match aid.bytes() {
            [0xA0, 0, 0, 0, 0x03, ..] => (Some(3), tags::APPLICATION_IDENTIFIER),
            [0xA0, 0, 0, 0, 0x04, ..] => (Some(2), tags::APPLICATION_IDENTIFIER),
            [0xA0, 0, 0, 0x03, 0x33, ..] => (Some(7), tags::APPLICATION_IDENTIFIER),
            // No terminal has a default for it.
            _ => return Err(ProfileFault::Missing.of(tags::KERNEL_IDENTIFIER)),
        },
    };
    if chosen == Some(number) { Ok(()) } else { Err(ProfileFault::AnotherKernel.of(by)) }
}

/// Of offline data authentication no XDA and no SDA (byte 1 bits 8, 7); CDA (bit 1) in kernel 2 alone, which does it at GENERATE
/// AC, and DDA (bit 6) in the others, which do it fast; no issuer authentication (bit 3), no relay resistance (byte 2 bit 1). Byte 2 bit 8 is "EMV mode" to kernel 2 and must be there; to kernel 3 it is "mag-stripe supported"
/// and must not.
///
/// Byte 1 bit 2 is to kernel 2 "on-device cardholder verification supported". A reader that supports it too (Kernel
/// Configuration, DF811B, bit 6) makes an AAC of whatever it would ask where no CDA is to be done (EMV Contactless Book C-2,
/// GAC.20 to GAC.23). Bit 5 is "cardholder verification supported": the terminal looks for the CVM list (8E; EMV Book 3,
/// section 10.5).
fn aip(leaves: &[Leaf], kernel: KernelId) -> Result<(), ProfileError> {
    let [first, second] = value_of(leaves, tags::AIP).unwrap_or_default() else {
        return Err(ProfileFault::Missing.of(tags::AIP));
    };
    let emv_mode = second & 0x80 != 0;
    let never = if kernel == KernelId::Kernel2 { 0xE4 } else { 0xC5 };
    if first & never != 0 || second & 0x01 != 0 || emv_mode != (kernel == KernelId::Kernel2) {
        return Err(ProfileFault::NotSupported.of(tags::AIP));
    }
    if kernel == KernelId::Kernel2 && first & 0x03 == 0x02 {
        return Err(ProfileFault::OnDeviceWithoutCda.of(tags::AIP));
    }
    if first & 0x10 != 0 && value_of(leaves, tags::CVM_LIST).is_none() {
        return Err(ProfileFault::Missing.of(tags::CVM_LIST));
    }
    Ok(())
}

/// Whether the CVM list (8E; EMV Book 3, section 10.5: two amounts, then two bytes a rule) has enciphered PIN verified online.
pub(super) fn lists_online_pin(leaves: &[Leaf]) -> bool {
    let rules = value_of(leaves, tags::CVM_LIST).and_then(|list| list.get(8..)).unwrap_or_default();
    rules.chunks(2).any(|rule| rule.first().is_some_and(|method| method & 0x3F == 0x02))
}

/// Token and dates: what is said twice must be the same, and nothing may stand behind it. Gives the token.
fn token(leaves: &[Leaf]) -> Result<Token, ProfileError> {
    let wrong = |tag| ProfileFault::WrongValue.of(tag);
    let track_2 = value_of(leaves, tags::TRACK_2_EQUIVALENT_DATA)
        .map(|value| track_2(value).ok_or(wrong(tags::TRACK_2_EQUIVALENT_DATA)))
        .transpose()?;
    let number = value_of(leaves, tags::PRIMARY_ACCOUNT_NUMBER)
        .map(|value| account_number(value).ok_or(wrong(tags::PRIMARY_ACCOUNT_NUMBER)))
        .transpose()?;
    for tag in [tags::EXPIRATION_DATE, tags::EFFECTIVE_DATE] {
        value_of(leaves, tag).map_or(Ok(()), |date| is_date(date).then_some(()).ok_or(wrong(tag)))?;
    }
    let told = value_of(leaves, tags::EXPIRATION_DATE).and_then(|date| ExpiryMonth::of(&nibbles(date.get(..2)?)));
    let Some((digits, expiry)) = track_2 else {
        return Ok(Token { digits: number.unwrap_or_default(), expires: told });
    };
    if number.is_some_and(|number| number != digits) {
        return Err(ProfileFault::AnotherToken.of(tags::PRIMARY_ACCOUNT_NUMBER));
    }
    if told.is_some_and(|told| told != expiry) {
        return Err(wrong(tags::EXPIRATION_DATE));
    }
    Ok(Token { digits, expires: Some(expiry) })
}

/// Track 2 equivalent data (57): token, D, expiry YYMM, service code (3), discretionary digits, F to fill the byte. Gives
/// token and expiry.
fn track_2(value: &[u8]) -> Option<(Vec<u8>, ExpiryMonth)> {
    let nibbles = nibbles(value);
    let nibbles = nibbles.strip_suffix(&[0xF]).unwrap_or(&nibbles);
    let separator = nibbles.iter().position(|nibble| *nibble == 0xD)?;
    let (token, rest) = nibbles.split_at_checked(separator)?;
    let (expiry, service_code) = rest.get(1..)?.split_at_checked(4)?;
    let fits = is_token(token) && are_digits(expiry) && service_code.len() >= 3 && are_digits(service_code);
    fits.then(|| Some((token.to_vec(), ExpiryMonth::of(expiry)?))).flatten()
}

/// Account number (5A): digits, F to fill the byte.
fn account_number(value: &[u8]) -> Option<Vec<u8>> {
    let nibbles = nibbles(value);
    let token = nibbles.strip_suffix(&[0xF]).unwrap_or(&nibbles);
    is_token(token).then(|| token.to_vec())
}

fn is_token(digits: &[u8]) -> bool {
    (8..=19).contains(&digits.len()) && are_digits(digits)
}

fn are_digits(nibbles: &[u8]) -> bool {
    nibbles.iter().all(|nibble| *nibble <= 9)
}

/// YYMMDD in BCD.
fn is_date(date: &[u8]) -> bool {
    match date {
        [year, month, day] => {
            are_digits(&nibbles(&[*year]))
                && matches!(month, 0x01..=0x09 | 0x10..=0x12)
                && are_digits(&nibbles(&[*day]))
                && (0x01..=0x31).contains(day)
        }
        _ => false,
    }
}

pub(super) fn value_of(leaves: &[Leaf], tag: Tag) -> Option<&[u8]> {
    leaves.iter().find(|leaf| leaf.tag == tag).map(|leaf| leaf.value.as_slice())
}
