//! What the value of a data object means, in one sentence: bits by their names, amounts, dates, text.

pub mod bits;
pub mod issuer_application_data;

use hcepay_tests::bytes::hex;
use hcepay_tests::issuer::issuer_application_data::CryptogramType;
use hcepay_tests::terminal::Kernel;
use hcepay_tests::terminal::coupon;
use iso_currency::Currency;

use crate::names;
use crate::page::NO_BREAK;
use bits::{Bit, set_bits};

/// What decides how a value is read: tags mean different things to different kernels, amounts need their currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Setting {
    /// The kernel of the selected application, once there is one.
    pub kernel: Option<Kernel>,
    /// The currency of amounts (5F2A), ISO 4217 numeric.
    pub currency: Option<u16>,
    /// The card answered an AAC: with the last counter that was used, and a random cryptogram.
    pub declined: bool,
    /// The application of coupons is selected, whose tags are its own.
    pub is_of_coupons: bool,
}

impl Setting {
    /// That of an application that was just selected by this name.
    pub fn selected(name: &[u8]) -> Setting {
        match name {
            coupon::NAME => Setting { is_of_coupons: true, ..Setting::default() },
            _ => Setting { kernel: default_kernel(name), ..Setting::default() },
        }
    }
}

/// The meaning of a value; empty where it speaks for itself or is not what its tag promises.
pub fn meaning(tag: u32, value: &[u8], setting: Setting) -> String {
    known_meaning(tag, value, setting).unwrap_or_default()
}

fn known_meaning(tag: u32, value: &[u8], setting: Setting) -> Option<String> {
    let kernel_2 = setting.kernel == Some(Kernel::Kernel2);
    Some(match (tag, value) {
        (0x9F66, [_, _, _, _]) => bits_or(value, bits::TERMINAL_TRANSACTION_QUALIFIERS, "nothing supported"),
        (0x9F6C, [_, _]) => card_transaction_qualifiers(value),
        (0x82, [_, _]) if kernel_2 => bits_or(value, bits::INTERCHANGE_PROFILE_KERNEL_2, "nothing supported"),
        (0x82, [_, _]) => bits_or(value, bits::INTERCHANGE_PROFILE, "nothing supported"),
        (0x95, [_, _, _, _, _]) => bits_or(value, bits::TERMINAL_VERIFICATION_RESULTS, "nothing found"),
        (0x9F0D..=0x9F0F, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]) => "any finding (every bit set)".to_owned(),
        (0x9F0D..=0x9F0F, [_, _, _, _, _]) => {
            bits_or(value, bits::TERMINAL_VERIFICATION_RESULTS, "no finding (no bit set)")
        }
        (0x9F07, [_, _]) => bits_or(value, bits::APPLICATION_USAGE_CONTROL, "not valid anywhere"),
        (0x9F1D, [_, _, _, _, _, _, _, _]) => bits_or(value, bits::TERMINAL_RISK_MANAGEMENT_DATA, "nothing supported"),
        (0x9F7E, [_]) => bits_or(value, bits::MOBILE_SUPPORT_INDICATOR, "no mobile support"),
        (0xDF4B, [_, _, _]) => bits_or(value, bits::CARDHOLDER_INTERACTION, "nothing for the holder to do"),
        (0x9F6E, [first, _, _, _]) if !kernel_2 => form_factor(*first, value),
        (0x9F27, [cid]) => cryptogram_type(*cid),
        (0x9F34, [method, condition, result]) => cvm_results(*method, *condition, *result),
        (0x8E, _) => cvm_list(value)?,
        (0x94, _) => file_locator(value)?,
        (0x9F10, _) => issuer_application_data_layout(value),
        (0x9F38 | 0x8C, _) => format!("the card asks for {}", list(value, setting)?),
        (0x9F02 | 0x9F03, _) => amount(value, setting.currency)?,
        (0x5F2A | 0x9F42, _) => currency_code(number(value)?)?.to_owned(),
        (0x5F28 | 0x9F1A, _) => format!("country {:03} of ISO 3166", number(value)?),
        (0x9A | 0x5F24 | 0x5F25, [_, _, _]) => date(value)?,
        (0x9C, [kind]) => transaction_type(*kind)?.to_owned(),
        (0x9F35, [kind]) => terminal_type(*kind)?.to_owned(),
        (0x57, _) => track_2(value)?,
        (0x5A, _) => format!("token {}", hex(value).trim_end_matches('F')),
        (0x9F19, _) => hex(value).trim_start_matches('0').to_owned(),
        (0x84, [b'2', ..]) => text(value),
        (0x84 | 0x4F, _) => application(value)?,
        (0x50 | 0x5F20 | 0x5F2D | 0x5F55 | 0x5F56 | 0x9F12 | 0x9F24, _) => text(value),
        (0x87, [indicator]) => priority(*indicator),
        (0x9F2A, [kernel, ..]) => format!("kernel {}", kernel & 0x3F),
        (0x9F36, [high, low]) => {
            let counter = u16::from_be_bytes([*high, *low]);
            let words = if setting.declined { "the last that was used" } else { "each number is used once" };
            format!("{counter}: {words}")
        }
        (0x9F37, _) => "random: no old answer fits it".to_owned(),
        (0x8F, [0xFA]) => "our test key: no payment scheme knows it".to_owned(),
        (0x90, _) => format!("{} bits: the certification authority vouches for the issuer's key", bits_in(value)),
        (0x9F46, _) => {
            format!("{} bits: the issuer vouches for the card's key, its signed records and its AIP", bits_in(value))
        }
        (0x9F4B, _) if kernel_2 => {
            format!("{} bits: the card's signature, with the cryptogram inside (CDA)", bits_in(value))
        }
        (0x9F4B, _) => format!("{} bits: the card's signature, for a reader that does not wait (fDDA)", bits_in(value)),
        (0x9F69, [0x01, number @ .., first, second]) if number.len() == 4 => {
            format!("signed too: the card's own number {}, and {}", hex(number), hex(&[*first, *second]))
        }
        (0x92 | 0x9F48, _) => "what of the key did not fit its certificate".to_owned(),
        (0x9F4A, [0x82]) => "the AIP is signed too".to_owned(),
        (0x9F26, _) if setting.declined => "random: no key was spent".to_owned(),
        (0x9F26, _) => "the issuer checks this".to_owned(),
        (0x9F4C | 0x9F45 | 0x9F4E | 0x9F5A | 0x9F7C, _) if value.iter().all(|byte| *byte == 0) => {
            "zeros: not known".to_owned()
        }
        _ => return None,
    })
}

fn bits_in(value: &[u8]) -> usize {
    value.len().saturating_mul(8)
}

/// Every set bit by its name, or the words for none.
fn bits_or(value: &[u8], table: &[Bit], none: &str) -> String {
    match set_bits(value, table) {
        said if said.is_empty() => none.to_owned(),
        said => said.join(", "),
    }
}

/// Whether the holder was verified matters most, so it is said either way.
fn card_transaction_qualifiers(value: &[u8]) -> String {
    let said = set_bits(value, bits::CARD_TRANSACTION_QUALIFIERS);
    let verified = value.get(1).is_some_and(|byte| byte & 0x80 != 0);
    let unverified = (!verified).then(|| "holder not verified on the phone".to_owned());
    said.into_iter().chain(unverified).collect::<Vec<String>>().join(", ")
}

/// Byte 1: version in bits 8-6, form in bits 5-1. Byte 4, low half: technology.
fn form_factor(first: u8, value: &[u8]) -> String {
    let form = match first & 0x1F {
        0 => "card",
        1 => "mini card",
        2 => "no card",
        3 => "phone",
        4 => "wristband",
        _ => "unknown form",
    };
    let features: Vec<u8> = value.iter().zip(0..).map(|(byte, at)| if at == 1 { *byte } else { 0 }).collect();
    let features = set_bits(&features, bits::FORM_FACTOR_FEATURES);
    let technology = value.get(3).is_some_and(|byte| byte & 0x0F == 0).then(|| "contactless (b4)".to_owned());
    [vec![format!("{form} (b1)")], features, technology.into_iter().collect()].concat().join(", ")
}

/// Bits 8-7 of the Cryptogram Information Data.
fn cryptogram_type(cid: u8) -> String {
    match CryptogramType::of_bits(cid >> 6) {
        CryptogramType::Arqc => "ARQC: the issuer decides",
        CryptogramType::Aac => "AAC: the card declines",
        CryptogramType::Tc => "TC: the card approves offline",
        CryptogramType::Reserved => "not in use",
    }
    .to_owned()
}

fn cvm_results(method: u8, condition: u8, result: u8) -> String {
    let result = match result {
        0 => "result unknown",
        1 => "failed",
        2 => "successful",
        _ => "result not in use",
    };
    format!("{}, {}: {result}", cvm_method(method), cvm_condition(condition))
}

/// EMV Book 3, Annex C3; kernel 2 says 01 where the phone verifies its holder.
fn cvm_method(method: u8) -> &'static str {
    match method & 0x3F {
        0x01 => "verification on the phone",
        0x02 => "online PIN",
        0x1E => "signature",
        0x1F => "no verification required",
        0x3F => "no verification performed",
        _ => "another method",
    }
}

fn cvm_condition(condition: u8) -> &'static str {
    match condition {
        0x00 => "always",
        0x03 => "if the terminal supports it",
        _ => "under another condition",
    }
}

/// Two amounts, then methods with their conditions.
fn cvm_list(value: &[u8]) -> Option<String> {
    let (_amounts, rules) = value.split_at_checked(8)?;
    let (rules, []) = rules.as_chunks::<2>() else { return None };
    let rules = rules.iter().map(|[method, condition]| {
        format!("{method:02X}{condition:02X} {}, {}", cvm_method(*method), cvm_condition(*condition))
    });
    Some(rules.collect::<Vec<String>>().join("; "))
}

/// Runs of records: file, first, last, how many of them are signed for offline data authentication.
fn file_locator(value: &[u8]) -> Option<String> {
    let (runs, []) = value.as_chunks::<4>() else { return None };
    let runs = runs.iter().map(|[file, first, last, signed]| {
        let records = if first == last { format!("record {first}") } else { format!("records {first} to {last}") };
        let signed = if *signed == 0 { String::new() } else { format!(" ({signed} signed)") };
        format!("file {} {records}{signed}", file >> 3)
    });
    Some(format!("to be read: {}", runs.collect::<Vec<String>>().join(", ")))
}

fn issuer_application_data_layout(value: &[u8]) -> String {
    if issuer_application_data::fields(value).is_empty() {
        "a layout unknown to this program".to_owned()
    } else {
        "what the card tells its issuer:".to_owned()
    }
}

/// The entries of a data object list.
fn list(value: &[u8], setting: Setting) -> Option<String> {
    let entry = |(tag, length): (u32, usize)| {
        let name = names::data_object(tag, setting).replace(' ', NO_BREAK);
        format!("{tag:02X}[{length}]{NO_BREAK}{name}")
    };
    Some(list_entries(value)?.into_iter().map(entry).collect::<Vec<String>>().join(", "))
}

/// Tags and lengths of a data object list (EMV Book 3, section 5.4); `None` where it ends within an entry.
pub fn list_entries(mut list: &[u8]) -> Option<Vec<(u32, usize)>> {
    let mut entries = Vec::new();
    while let Some((first, mut rest)) = list.split_first() {
        let mut tag = u32::from(*first);
        let mut goes_on = first & 0x1F == 0x1F;
        while goes_on {
            let (next, behind) = rest.split_first()?;
            tag = tag.checked_mul(0x100)? | u32::from(*next);
            goes_on = next & 0x80 != 0;
            rest = behind;
        }
        let (length, behind) = rest.split_first()?;
        entries.push((tag, usize::from(*length)));
        list = behind;
    }
    Some(entries)
}

/// Decimal digits, two to a byte.
fn number(value: &[u8]) -> Option<u64> {
    hex(value).parse().ok()
}

/// A currency code as the data objects carry it.
pub fn currency_number(value: &[u8]) -> Option<u16> {
    u16::try_from(number(value)?).ok()
}

/// The three letters of a currency.
pub fn currency_code(numeric: u64) -> Option<&'static str> {
    Some(Currency::from_numeric(u16::try_from(numeric).ok()?)?.code())
}

fn amount(value: &[u8], currency: Option<u16>) -> Option<String> {
    Some(money(number(value)?, currency))
}

/// An amount in the decimals of its currency, as far as that is known.
pub fn money(minor: u64, currency: Option<u16>) -> String {
    let currency = currency.and_then(Currency::from_numeric);
    let Some((currency, decimals)) = currency.and_then(|known| Some((known, usize::from(known.exponent()?)))) else {
        return format!("{minor} minor units");
    };
    let digits = format!("{minor:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(decimals));
    let point = if decimals == 0 { "" } else { "." };
    format!("{whole}{point}{fraction} {}", currency.code())
}

/// YYMMDD, of this century.
fn date(value: &[u8]) -> Option<String> {
    let [year, month, day] = value.as_array()?.map(|byte| (byte >> 4 <= 9 && byte & 0x0F <= 9).then_some(byte));
    Some(format!("20{:02X}-{:02X}-{:02X}", year?, month?, day?))
}

fn transaction_type(kind: u8) -> Option<&'static str> {
    match kind {
        0x00 => Some("goods and services"),
        0x01 => Some("cash"),
        0x09 => Some("goods and services with cashback"),
        0x20 => Some("refund"),
        _ => None,
    }
}

/// EMV Book 4, Annex A1: operated by a merchant, and whether it goes online.
fn terminal_type(kind: u8) -> Option<&'static str> {
    match kind {
        0x21 => Some("attended, online only"),
        0x22 => Some("attended, offline with online capability"),
        0x23 => Some("attended, offline only"),
        _ => None,
    }
}

/// Token, D, expiry YYMM, service code, discretionary data.
fn track_2(value: &[u8]) -> Option<String> {
    let digits = hex(value);
    let (token, rest) = digits.split_once('D')?;
    let (year, month, service) = (rest.get(..2)?, rest.get(2..4)?, rest.get(4..7)?);
    Some(format!("token {token}, expiry 20{year}-{month}, service code {service}"))
}

/// The kernel that is the default of an application's provider. EMV Book B, section 3.3. Names that begin with F0 have none:
/// among the demo cards they are the closed-loop scheme's, whose directory entries name kernel 3.
pub fn default_kernel(aid: &[u8]) -> Option<Kernel> {
    match aid {
        [0xA0, 0, 0, 0, 0x03, ..] => Some(Kernel::Kernel3),
        [0xA0, 0, 0, 0, 0x04, ..] => Some(Kernel::Kernel2),
        [0xA0, 0, 0, 0x03, 0x33, ..] => Some(Kernel::Kernel7),
        [0xF0, ..] => Some(Kernel::Kernel3),
        _ => None,
    }
}

fn application(aid: &[u8]) -> Option<String> {
    if aid == coupon::NAME {
        return Some("hcepay's coupons".to_owned());
    }
    if aid.starts_with(&[0xF0]) {
        return Some("a closed-loop application, read by kernel 3".to_owned());
    }
    let kernel = match default_kernel(aid)? {
        Kernel::Kernel2 => 2,
        Kernel::Kernel3 => 3,
        Kernel::Kernel7 => 7,
    };
    Some(format!("an application of kernel {kernel}"))
}

fn priority(indicator: u8) -> String {
    match indicator & 0x0F {
        0 => "none".to_owned(),
        1 => "1, the highest".to_owned(),
        lower => lower.to_string(),
    }
}

/// Printable characters; a point for anything else.
fn text(value: &[u8]) -> String {
    let shown = |byte: &u8| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' };
    value.iter().map(shown).collect()
}

#[cfg(test)]
mod tests;
