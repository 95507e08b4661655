//! The order of an online payment, format 1: what a merchant asks for, as the bytes that the wallet signs and the issuer reads.
//! The merchant that makes it and the issuer that checks it are here written by one hand; the phone is written by another.
//!
//! | field | bytes |
//! |---|---|
//! | `hcepay order 1` | 14 |
//! | amount in minor units, 1 to 999,999,999,999 | 8 |
//! | currency (ISO 4217 number) | 2 |
//! | the merchant's country (ISO 3166 number), 0 = not told | 2 |
//! | the merchant's category (ISO 18245), 0 = not told | 2 |
//! | the merchant's number at its acquirer: 1 to 64 characters, space to tilde; empty where there is a code, which names the merchant | 1 + length |
//! | the merchant's name: UTF-8, 1 to 64 bytes, nothing hidden | 1 + length |
//! | nonce: 8 to 32 bytes, new for each order | 1 + length |
//! | code: empty, or SHA-256 of the text of the QR code that the order came from | 1 + 0 or 32 |

use std::fmt;

use sha2::{Digest, Sha256};

const FORMAT: &[u8; 14] = b"hcepay order 1";

/// What an order says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineOrder {
    /// In the currency's smallest unit.
    pub amount_minor: u64,
    /// ISO 4217 number.
    pub currency: u16,
    /// ISO 3166 number, 0 where it is not told.
    pub country: u16,
    /// ISO 18245, 0 where it is not told.
    pub category: u16,
    /// The merchant's number at its acquirer; empty where the order came from a QR code.
    pub merchant_id: String,
    /// What the holder is shown.
    pub merchant_name: String,
    /// The merchant's, new for each order.
    pub nonce: Vec<u8>,
    /// SHA-256 of the QR code that the order came from.
    pub code: Option<[u8; 32]>,
}

/// Why bytes are no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderInvalid {
    /// They do not begin as an order of format 1 does.
    OtherFormat,
    /// They end before their lengths say.
    Truncated,
    /// Something follows.
    TrailingBytes,
    /// The amount is 0, or has more than 12 digits.
    Amount,
    /// The currency has not one to three digits.
    Currency,
    /// The country has more than three digits.
    Country,
    /// The category has more than four digits.
    Category,
    /// The merchant's number is empty, longer than 64 characters, or has others than space to tilde; or is there beside a code.
    MerchantId,
    /// The merchant's name is empty, longer than 64 bytes, not UTF-8, or has something in it that does not show.
    MerchantName,
    /// The nonce has not 8 to 32 bytes.
    Nonce,
    /// The code has neither 0 nor 32 bytes.
    Code,
}

impl fmt::Display for OrderInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OrderInvalid::OtherFormat => "the order is not of format 1",
            OrderInvalid::Truncated => "the order ends before its lengths say",
            OrderInvalid::TrailingBytes => "something follows the order",
            OrderInvalid::Amount => "the order's amount is not 1 to 999,999,999,999",
            OrderInvalid::Currency => "the order's currency is not 1 to 999",
            OrderInvalid::Country => "the order's country is not 0 to 999",
            OrderInvalid::Category => "the order's merchant category is not 0 to 9999",
            OrderInvalid::MerchantId => "the merchant's number is not 1 to 64 plain characters",
            OrderInvalid::MerchantName => "the merchant's name is not 1 to 64 bytes that all show",
            OrderInvalid::Nonce => "the order's nonce is not 8 to 32 bytes",
            OrderInvalid::Code => "the order's code is neither empty nor a digest",
        })
    }
}

impl std::error::Error for OrderInvalid {}

/// What the wallet signs, and of which the first four bytes are the unpredictable number (9F37).
pub fn digest(order: &[u8]) -> [u8; 32] {
    Sha256::digest(order).into()
}

impl OnlineOrder {
    /// The order as bytes.
    ///
    /// # Errors
    /// The first field that has not what it must have.
    pub fn bytes(&self) -> Result<Vec<u8>, OrderInvalid> {
        self.check()?;
        let numbers = [self.currency, self.country, self.category].map(u16::to_be_bytes).concat();
        let mut bytes = [FORMAT.as_slice(), &self.amount_minor.to_be_bytes(), &numbers].concat();
        let code = self.code.as_ref().map_or(&[][..], <[u8; 32]>::as_slice);
        for (string, wrong) in [
            (self.merchant_id.as_bytes(), OrderInvalid::MerchantId),
            (self.merchant_name.as_bytes(), OrderInvalid::MerchantName),
            (&self.nonce, OrderInvalid::Nonce),
            (code, OrderInvalid::Code),
        ] {
            bytes.push(u8::try_from(string.len()).map_err(|_| wrong)?);
            bytes.extend(string);
        }
        Ok(bytes)
    }

    /// Reads an order, to the last byte.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<OnlineOrder, OrderInvalid> {
        let mut rest = bytes.strip_prefix(FORMAT.as_slice()).ok_or(OrderInvalid::OtherFormat)?;
        let amount_minor = u64::from_be_bytes(taken(&mut rest)?);
        let mut number = || taken(&mut rest).map(u16::from_be_bytes);
        let (currency, country, category) = (number()?, number()?, number()?);
        let text = |bytes: &[u8], wrong| String::from_utf8(bytes.to_vec()).map_err(|_| wrong);
        let merchant_id = text(string(&mut rest)?, OrderInvalid::MerchantId)?;
        let merchant_name = text(string(&mut rest)?, OrderInvalid::MerchantName)?;
        let nonce = string(&mut rest)?.to_vec();
        let code = match string(&mut rest)? {
            [] => None,
            digest => Some(digest.try_into().map_err(|_| OrderInvalid::Code)?),
        };
        if !rest.is_empty() {
            return Err(OrderInvalid::TrailingBytes);
        }
        let order = OnlineOrder { amount_minor, currency, country, category, merchant_id, merchant_name, nonce, code };
        order.check()?;
        Ok(order)
    }

    fn check(&self) -> Result<(), OrderInvalid> {
        let plain = |text: &str| text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        let fits = |length: usize| (1..=64).contains(&length);
        let right_id = match self.code {
            None => fits(self.merchant_id.len()) && plain(&self.merchant_id),
            Some(_) => self.merchant_id.is_empty(),
        };
        let found = [
            ((1..=999_999_999_999).contains(&self.amount_minor), OrderInvalid::Amount),
            ((1..=999).contains(&self.currency), OrderInvalid::Currency),
            (self.country <= 999, OrderInvalid::Country),
            (self.category <= 9999, OrderInvalid::Category),
            (right_id, OrderInvalid::MerchantId),
            (
                fits(self.merchant_name.len()) && !self.merchant_name.chars().any(does_not_show),
                OrderInvalid::MerchantName,
            ),
            ((8..=32).contains(&self.nonce.len()), OrderInvalid::Nonce),
        ];
        found.into_iter().find(|(right, _)| !right).map_or(Ok(()), |(_, wrong)| Err(wrong))
    }
}

fn taken<const LENGTH: usize>(rest: &mut &[u8]) -> Result<[u8; LENGTH], OrderInvalid> {
    let (taken, after) = rest.split_first_chunk().ok_or(OrderInvalid::Truncated)?;
    *rest = after;
    Ok(*taken)
}

fn string<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], OrderInvalid> {
    let [length] = taken(rest)?;
    let (string, after) = rest.split_at_checked(length.into()).ok_or(OrderInvalid::Truncated)?;
    *rest = after;
    Ok(string)
}

/// Whether a character leaves no mark of its own, or moves others: controls (Cc), line and paragraph separators, what turns the
/// direction of writing, and everything else that Unicode lets a display pass over (`Default_Ignorable_Code_Point`) or uses for
/// annotations.
pub(crate) fn does_not_show(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::hex;

    fn order() -> OnlineOrder {
        OnlineOrder {
            amount_minor: 1250,
            currency: 978,
            country: 276,
            category: 5812,
            merchant_id: "M-1".to_owned(),
            merchant_name: "Café 最佳".to_owned(),
            nonce: vec![0x0A; 8],
            code: None,
        }
    }

    fn of_a_code() -> OnlineOrder {
        OnlineOrder { code: Some([7; 32]), merchant_id: String::new(), ..order() }
    }

    fn with(change: impl Fn(&mut OnlineOrder)) -> Result<Vec<u8>, OrderInvalid> {
        let mut order = order();
        change(&mut order);
        order.bytes()
    }

    /// The bytes written down by hand, the digest by `sha256sum`.
    #[test]
    fn an_order_is_written_as_the_format_says() {
        let bytes = order().bytes().unwrap();
        let expected = concat!(
            "686365706179206F726465722031",
            "00000000000004E2",
            "03D2",
            "0114",
            "16B4",
            "034D2D31",
            "0C436166C3A920E69C80E4BDB3",
            "080A0A0A0A0A0A0A0A",
            "00"
        );
        assert_eq!(hex(&bytes), expected);
        assert_eq!(hex(&digest(&bytes)), "0F149A392A51C13C4D7D6191245099620C29818AB5F3D4A37976E133547A0BAA");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for order in [order(), OnlineOrder { nonce: vec![1; 32], country: 0, category: 0, ..of_a_code() }] {
            assert_eq!(OnlineOrder::read(&order.bytes().unwrap()), Ok(order));
        }
    }

    #[test]
    fn every_field_keeps_to_its_bounds() {
        use OrderInvalid::{Amount, Category, Country, Currency, MerchantId, MerchantName, Nonce};
        let long = "x".repeat(65);
        let cases = [
            (with(|order| order.amount_minor = 0), Amount),
            (with(|order| order.amount_minor = 1_000_000_000_000), Amount),
            (with(|order| order.currency = 0), Currency),
            (with(|order| order.currency = 1000), Currency),
            (with(|order| order.country = 1000), Country),
            (with(|order| order.category = 10_000), Category),
            (with(|order| order.merchant_id.clear()), MerchantId),
            (with(|order| order.merchant_id = long.clone()), MerchantId),
            (with(|order| order.merchant_id = "é".to_owned()), MerchantId),
            (with(|order| order.merchant_id = "a\u{7F}".to_owned()), MerchantId),
            (with(|order| order.code = Some([7; 32])), MerchantId),
            (with(|order| order.merchant_name.clear()), MerchantName),
            (with(|order| order.merchant_name = long.clone()), MerchantName),
            (with(|order| order.nonce = vec![0; 7]), Nonce),
            (with(|order| order.nonce = vec![0; 33]), Nonce),
        ];
        for (written, refused) in cases {
            assert_eq!(written, Err(refused));
        }
        assert!(with(|order| order.amount_minor = 999_999_999_999).is_ok());
        assert!(with(|order| (order.merchant_id, order.merchant_name) = ("~".repeat(64), "最".repeat(21))).is_ok());
    }

    #[test]
    fn a_name_has_nothing_in_it_that_does_not_show() {
        for hidden in
            ['\n', '\0', '\u{85}', '\u{202E}', '\u{2066}', '\u{200B}', '\u{FEFF}', '\u{AD}', '\u{2028}', '\u{E0041}']
        {
            let written = with(|order| order.merchant_name = format!("Shop{hidden}"));
            assert_eq!(written, Err(OrderInvalid::MerchantName), "{hidden:?}");
        }
        assert!(with(|order| order.merchant_name = "Åäö & Söhne – שלום".to_owned()).is_ok());
    }

    #[test]
    fn bytes_that_are_cut_short_or_go_on_or_begin_otherwise_are_no_order() {
        let bytes = of_a_code().bytes().unwrap();
        for length in 14..bytes.len() {
            assert_eq!(OnlineOrder::read(&bytes[..length]), Err(OrderInvalid::Truncated), "{length}");
        }
        assert_eq!(OnlineOrder::read(&bytes[..13]), Err(OrderInvalid::OtherFormat));
        assert_eq!(OnlineOrder::read(&[&bytes[..], &[0]].concat()), Err(OrderInvalid::TrailingBytes));
        let other = [b"hcepay order 2".as_slice(), &bytes[14..]].concat();
        assert_eq!(OnlineOrder::read(&other), Err(OrderInvalid::OtherFormat));
        let mut short_code = bytes.clone();
        short_code.truncate(bytes.len() - 1);
        let place = bytes.len() - 33;
        short_code[place] = 31;
        assert_eq!(OnlineOrder::read(&short_code), Err(OrderInvalid::Code));
        let mut no_text = bytes;
        no_text[30] = 0xFF;
        assert_eq!(OnlineOrder::read(&no_text), Err(OrderInvalid::MerchantName));
    }
}
