//! What is to be paid online, to whom: bytes that merchant, wallet and issuer write in the same way, so that all three mean the same
//! order by its digest.
//!
//! # Format 1
//!
//! Numbers are big-endian; string8 is a length of one byte, then so many bytes.
//!
//! | field | bytes |
//! |---|---|
//! | label | 14: `hcepay order 1` (ASCII) |
//! | amount | 8: minor units, 1 to 999,999,999,999 |
//! | currency | 2: ISO 4217, as a number |
//! | country | 2: the merchant's, ISO 3166, as a number; 0 = not told |
//! | category | 2: the merchant's (ISO 18245), to 9999; 0 = not told |
//! | merchant id | string8: 1 to 64 characters from space to tilde, by which the issuer knows the merchant; empty where the order is of a code |
//! | merchant name | string8: UTF-8, 1 to 64 bytes, none of them hidden from a person |
//! | nonce | string8: 8 to 32 bytes, by which the merchant tells this order from all others |
//! | code | string8: SHA-256 of the text of the merchant's QR code that was read; empty where there was none |
//!
//! The digest is SHA-256 over all of it. A code names the merchant's accounts itself, and has no nonce: the wallet draws one.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::emv::amount::{Amount, MOST_MINOR};
use crate::emv::currency;
use crate::emv::hidden::is_hidden;
use crate::error::order::OrderError;
use crate::qr::merchant_order::MerchantOrder;
use crate::wire::{Fields, put_string8};

const LABEL: &[u8; 14] = b"hcepay order 1";
const MOST_MERCHANT_BYTES: usize = 64;

/// What a merchant asks to be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTerms {
    /// How much: at least 1, at most 12 digits.
    pub amount: Amount,
    /// By what the issuer knows the merchant: 1 to 64 characters from space to tilde.
    pub merchant_id: String,
    /// What the person is shown of the merchant: at most 64 bytes.
    pub merchant_name: String,
    /// The merchant's country (ISO 3166, as a number), where it is told.
    pub country: Option<u16>,
    /// The merchant's category (ISO 18245), where it is told.
    pub category: Option<u16>,
    /// The merchant's own, for this order alone: 8 to 32 bytes.
    pub nonce: Vec<u8>,
}

/// An order that can be paid: what the person confirms, and what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlineOrder {
    amount: Amount,
    merchant_name: String,
    country: u16,
    category: u16,
    bytes: Vec<u8>,
}

/// SHA-256 over an order's bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OrderDigest(pub [u8; 32]);

impl OnlineOrder {
    /// Takes over what a merchant asks.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn new(terms: &OrderTerms) -> Result<OnlineOrder, OrderError> {
        OnlineOrder::of(terms, None)
    }

    /// Reads an order as a merchant's server, or this wallet, has written it.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<OnlineOrder, OrderError> {
        let fields = &mut Fields::of(bytes);
        let (terms, code) = read_terms(fields).ok_or(OrderError::Malformed)?;
        fields.end().ok_or(OrderError::Malformed)?;
        let code = match code {
            [] => None,
            code => Some(code.try_into().map_err(|_| OrderError::Malformed)?),
        };
        OnlineOrder::of(&terms?, code)
    }

    /// Takes over what a merchant's code asks. The nonce is the wallet's.
    pub(crate) fn of_code(order: &MerchantOrder, nonce: [u8; 16]) -> Result<OnlineOrder, OrderError> {
        let terms = OrderTerms {
            amount: order.total,
            merchant_id: String::new(),
            merchant_name: order.merchant_name.clone(),
            country: None,
            category: told(order.merchant_category),
            nonce: nonce.to_vec(),
        };
        OnlineOrder::of(&terms, Some(order.code_digest))
    }

    fn of(terms: &OrderTerms, code: Option<[u8; 32]>) -> Result<OnlineOrder, OrderError> {
        let OrderTerms { amount, merchant_id, merchant_name, country, category, nonce } = terms;
        match amount.minor {
            0 => return Err(OrderError::AmountZero),
            1..=MOST_MINOR => {}
            _ => return Err(OrderError::AmountTooLarge),
        }
        if currency::decimals(amount.currency).is_none() {
            return Err(OrderError::Currency);
        }
        let in_digits = |number: Option<u16>, most: u16| number.is_none_or(|number| (1..=most).contains(&number));
        if !in_digits(*country, 999) {
            return Err(OrderError::Country);
        }
        if !in_digits(*category, 9999) {
            return Err(OrderError::Category);
        }
        let is_known = match code {
            None => merchant_id.len() <= MOST_MERCHANT_BYTES && !merchant_id.trim().is_empty(),
            Some(_) => merchant_id.is_empty(),
        };
        if !is_known || !merchant_id.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Err(OrderError::MerchantId);
        }
        if merchant_name.chars().any(is_hidden) {
            return Err(OrderError::HiddenCharacters);
        }
        if merchant_name.trim().is_empty() || merchant_name.len() > MOST_MERCHANT_BYTES {
            return Err(OrderError::MerchantName);
        }
        if !(8..=32).contains(&nonce.len()) {
            return Err(OrderError::Nonce);
        }
        let code = code.as_ref().map_or(&[][..], |digest| digest);
        let (country, category) = (country.unwrap_or(0), category.unwrap_or(0));
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(LABEL);
        bytes.extend_from_slice(&amount.minor.to_be_bytes());
        [amount.currency, country, category].iter().for_each(|number| bytes.extend_from_slice(&number.to_be_bytes()));
        [merchant_id.as_bytes(), merchant_name.as_bytes(), nonce, code]
            .iter()
            .for_each(|text| put_string8(&mut bytes, text));
        Ok(OnlineOrder { amount: *amount, merchant_name: merchant_name.clone(), country, category, bytes })
    }

    /// How much.
    pub fn amount(&self) -> Amount {
        self.amount
    }

    /// What the person is shown of the merchant.
    pub fn merchant_name(&self) -> &str {
        &self.merchant_name
    }

    /// The merchant's country, where it is told.
    pub fn country(&self) -> Option<u16> {
        told(self.country)
    }

    /// The merchant's category, where it is told.
    pub fn category(&self) -> Option<u16> {
        told(self.category)
    }

    /// All of it as the issuer reads it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the holder verifies for, and the phone signs.
    pub fn digest(&self) -> OrderDigest {
        OrderDigest(Sha256::digest(&self.bytes).into())
    }
}

/// 0 stands for what is not told.
fn told(number: u16) -> Option<u16> {
    Some(number).filter(|number| *number != 0)
}

/// The fields as they stand there, and the code's digest; `None` where they do not. A name that is no text cannot be shown.
fn read_terms<'a>(fields: &mut Fields<'a>) -> Option<(Result<OrderTerms, OrderError>, &'a [u8])> {
    fields.array().filter(|label: &[u8; 14]| label == LABEL)?;
    let amount = Amount { minor: fields.u64()?, currency: fields.u16()? };
    let (country, category) = (fields.u16()?, fields.u16()?);
    let [id, name, nonce, code] = [fields.string8()?, fields.string8()?, fields.string8()?, fields.string8()?];
    let text = |bytes: &[u8], error| String::from_utf8(bytes.to_vec()).map_err(|_| error);
    let (id, name) = (text(id, OrderError::MerchantId), text(name, OrderError::MerchantName));
    let terms = |merchant_id, merchant_name| OrderTerms {
        amount,
        merchant_id,
        merchant_name,
        country: told(country),
        category: told(category),
        nonce: nonce.to_vec(),
    };
    Some((id.and_then(|id| Ok(terms(id, name?))), code))
}

impl OrderDigest {
    /// What stands for the terminal's unpredictable number: the first four bytes.
    pub(crate) fn number(self) -> [u8; 4] {
        let [first, second, third, fourth, ..] = self.0;
        [first, second, third, fourth]
    }
}

// What was bought, from whom, can be guessed and tried: it stands in no log.
impl fmt::Debug for OrderDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OrderDigest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> OrderTerms {
        OrderTerms {
            amount: Amount { minor: 1999, currency: 978 },
            merchant_id: "shop-1".to_owned(),
            merchant_name: "Löwe".to_owned(),
            country: Some(276),
            category: Some(5942),
            nonce: vec![0xA5; 8],
        }
    }

    #[test]
    fn the_fields_stand_where_the_format_says_and_the_digest_is_over_all() {
        let order = OnlineOrder::new(&terms()).unwrap();
        // 1999 = 07CF, 978 = 03D2, 276 = 0114, 5942 = 1736; written by hand from the table.
        let expected = [
            b"hcepay order 1".as_slice(),
            b"\0\0\0\0\0\0\x07\xCF\x03\xD2\x01\x14\x17\x36",
            b"\x06shop-1\x05L\xC3\xB6we\x08\xA5\xA5\xA5\xA5\xA5\xA5\xA5\xA5\0",
        ]
        .concat();
        assert_eq!(order.bytes(), expected);
        // By `sha256sum`.
        assert_eq!(order.digest().number(), [0x8F, 0x5A, 0x2B, 0x53]);
    }

    #[test]
    fn what_a_merchant_wrote_is_read_as_it_was_written_and_nothing_else_is() {
        let order = OnlineOrder::new(&terms()).unwrap();
        assert_eq!(OnlineOrder::read(order.bytes()), Ok(order.clone()));
        let bytes = order.bytes();
        assert!((0..bytes.len()).all(|length| OnlineOrder::read(&bytes[..length]) == Err(OrderError::Malformed)));
        assert_eq!(OnlineOrder::read(&[bytes, &[0]].concat()), Err(OrderError::Malformed));
        let with_both = [&bytes[..bytes.len() - 1], &[32], &[7; 32]].concat();
        assert_eq!(OnlineOrder::read(&with_both), Err(OrderError::MerchantId), "a code names the merchant itself");
        let short = [&bytes[..bytes.len() - 1], &[31], &[7; 31]].concat();
        assert_eq!(OnlineOrder::read(&short), Err(OrderError::Malformed));
        let without_id = OrderTerms { merchant_id: String::new(), ..terms() };
        let of_a_code = OnlineOrder::of(&without_id, Some([7; 32])).unwrap();
        assert_eq!(OnlineOrder::read(of_a_code.bytes()), Ok(of_a_code.clone()));
        let mut no_text = bytes.to_vec();
        no_text[37] = 0xFF;
        assert_eq!(OnlineOrder::read(&no_text), Err(OrderError::MerchantName));
    }

    #[test]
    fn every_refusal_says_what_is_wrong() {
        let with = |change: fn(&mut OrderTerms)| {
            let mut terms = terms();
            change(&mut terms);
            OnlineOrder::new(&terms).unwrap_err()
        };
        assert_eq!(with(|terms| terms.amount.minor = 0), OrderError::AmountZero);
        assert_eq!(with(|terms| terms.amount.minor = 1_000_000_000_000), OrderError::AmountTooLarge);
        assert_eq!(with(|terms| terms.amount.currency = 979 + 1000), OrderError::Currency);
        assert_eq!(with(|terms| terms.amount.currency = 1), OrderError::Currency);
        assert_eq!(with(|terms| terms.amount.currency = 960), OrderError::Currency, "special drawing rights");
        assert_eq!(with(|terms| terms.country = Some(1000)), OrderError::Country);
        assert_eq!(with(|terms| terms.country = Some(0)), OrderError::Country);
        assert_eq!(with(|terms| terms.category = Some(10_000)), OrderError::Category);
        for id in ["", "  ", "L\u{F6}we", "a\nb", &"x".repeat(65)] {
            let terms = OrderTerms { merchant_id: id.to_owned(), ..terms() };
            assert_eq!(OnlineOrder::new(&terms).unwrap_err(), OrderError::MerchantId, "{id:?}");
        }
        for name in ["", " ", &"x".repeat(65)] {
            let terms = OrderTerms { merchant_name: name.to_owned(), ..terms() };
            assert_eq!(OnlineOrder::new(&terms).unwrap_err(), OrderError::MerchantName, "{name:?}");
        }
        for name in ["Shop\u{202E}", "Sho\u{200B}p", "Shop\n", "\u{2066}Shop"] {
            let terms = OrderTerms { merchant_name: name.to_owned(), ..terms() };
            assert_eq!(OnlineOrder::new(&terms).unwrap_err(), OrderError::HiddenCharacters, "{name:?}");
        }
        assert_eq!(with(|terms| terms.nonce = vec![0; 7]), OrderError::Nonce);
        assert_eq!(with(|terms| terms.nonce = vec![0; 33]), OrderError::Nonce);
    }
}
