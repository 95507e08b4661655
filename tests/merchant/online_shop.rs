//! An online shop: it makes orders, and checks of a payment what a merchant can check, before its acquirer asks the issuer.

use std::collections::BTreeMap;
use std::fmt;

use crate::authorisation::{AuthorisationRequest, OnlineAuthorisation};
use crate::bytes::{from_hex, hex};
use crate::calendar::date_of;
use crate::online_order::{OnlineOrder, OrderInvalid, digest};
use crate::terminal::tlv;

/// The chip data of an online payment, in DE 55 as its acquirer gets it: what must be there, and what may.
const CHIP_DATA: [u32; 15] =
    [0x84, 0x82, 0x95, 0x9A, 0x9C, 0x5F2A, 0x9F02, 0x9F03, 0x9F10, 0x9F1A, 0x9F26, 0x9F27, 0x9F34, 0x9F36, 0x9F37];
const SEQUENCE_NUMBER: u32 = 0x5F34;

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// ISO 3166 number, 0 where it is not told.
    pub country: u16,
    /// ISO 18245, 0 where it is not told.
    pub category: u16,
    /// Its number at its acquirer: 1 to 64 characters, space to tilde.
    pub id: String,
    /// What the holder is shown: 1 to 64 bytes.
    pub name: String,
}

/// What a wallet gives for an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlinePayment {
    /// DE 55: data objects in BER-TLV, one behind the other.
    pub chip_data: Vec<u8>,
    /// The digits of the token.
    pub token: String,
    /// YYMM in BCD.
    pub expiry: [u8; 2],
    /// The payment account reference (PAR, 9F24), where the card has one: 29 letters and digits.
    pub account_reference: Option<String>,
    /// The order, as the merchant wrote it.
    pub order: Vec<u8>,
    /// The wallet's signature over the order's digest, r and s.
    pub signature: [u8; 64],
}

/// Why a shop does not take a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentRefused {
    /// This shop did not make the order.
    OtherOrder,
    /// The order was paid before.
    TakenBefore,
    /// The chip data cannot be taken apart.
    ChipDataMalformed,
    /// An object has no place in the chip data, or is there twice.
    UnknownObject(u32),
    /// The chip data lack this object.
    MissingObject(u32),
    /// The amount is not the order's.
    AmountDiffers,
    /// The currency is not the order's.
    CurrencyDiffers,
    /// The unpredictable number is not the beginning of the order's digest.
    NumberDiffers,
    /// The token is not 8 to 19 digits.
    TokenMalformed,
    /// The account reference is not 29 capital letters and digits.
    AccountReferenceMalformed,
    /// The expiry is no month of a year.
    ExpiryMalformed,
    /// The card's last month is over.
    CardExpired,
}

impl fmt::Display for PaymentRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PaymentRefused::OtherOrder => f.write_str("the order is none of this shop's"),
            PaymentRefused::TakenBefore => f.write_str("the order was paid before"),
            PaymentRefused::ChipDataMalformed => f.write_str("the chip data cannot be taken apart"),
            PaymentRefused::UnknownObject(tag) => {
                write!(f, "{tag:02X} has no place in the chip data, or is there twice")
            }
            PaymentRefused::MissingObject(tag) => write!(f, "the chip data lack {tag:02X}"),
            PaymentRefused::AmountDiffers => f.write_str("the amount is not the order's"),
            PaymentRefused::CurrencyDiffers => f.write_str("the currency is not the order's"),
            PaymentRefused::NumberDiffers => f.write_str("the unpredictable number is not the order's"),
            PaymentRefused::TokenMalformed => f.write_str("the token is not 8 to 19 digits"),
            PaymentRefused::AccountReferenceMalformed => {
                f.write_str("the account reference is not 29 letters and digits")
            }
            PaymentRefused::ExpiryMalformed => f.write_str("the expiry is no month of a year"),
            PaymentRefused::CardExpired => f.write_str("the card has expired"),
        }
    }
}

impl std::error::Error for PaymentRefused {}

/// A shop, with the orders it has made.
#[derive(Debug)]
pub struct OnlineShop {
    merchant: Merchant,
    made: BTreeMap<Vec<u8>, Made>,
}

/// An order that was made, by its bytes.
#[derive(Debug)]
struct Made {
    order: OnlineOrder,
    taken: bool,
}

impl OnlineShop {
    /// A shop without orders.
    pub fn new(merchant: Merchant) -> OnlineShop {
        OnlineShop { merchant, made: BTreeMap::new() }
    }

    /// A new order: minor units, currency (ISO 4217 number), and the text of the QR code that it comes from, if it does. Its
    /// nonce is a number that no other of this shop has, and 16 random bytes.
    ///
    /// # Errors
    /// What is wrong with amount, currency or merchant.
    pub fn order(
        &mut self,
        amount_minor: u64,
        currency: u16,
        code: Option<&str>,
        randomness: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Vec<u8>, OrderInvalid> {
        let mut random = [0; 16];
        randomness(&mut random);
        let Merchant { country, category, id, name } = self.merchant.clone();
        let order = OnlineOrder {
            amount_minor,
            currency,
            country,
            category,
            merchant_id: if code.is_some() { String::new() } else { id },
            merchant_name: name,
            nonce: [self.made.len().to_be_bytes().as_slice(), &random].concat(),
            code: code.map(|text| digest(text.as_bytes())),
        };
        let bytes = order.bytes()?;
        self.made.insert(bytes.clone(), Made { order, taken: false });
        Ok(bytes)
    }

    /// Takes a payment for an order of this shop, once, at a moment of its wall clock: what its acquirer then asks the issuer.
    ///
    /// # Errors
    /// The first thing that is wrong with it. The order can still be paid then.
    pub fn take(&mut self, payment: &OnlinePayment, wall_ms: u64) -> Result<OnlineAuthorisation, PaymentRefused> {
        let made = self.made.get_mut(&payment.order).ok_or(PaymentRefused::OtherOrder)?;
        if made.taken {
            return Err(PaymentRefused::TakenBefore);
        }
        let asked = asked_of_issuer(payment)?;
        let request = &asked.request;
        is_for(request, &made.order, &payment.order)?;
        if payment.account_reference.as_ref().is_some_and(|reference| !is_account_reference(reference)) {
            return Err(PaymentRefused::AccountReferenceMalformed);
        }
        not_expired(payment.expiry, wall_ms)?;
        made.taken = true;
        Ok(asked)
    }
}

/// What an acquirer asks the issuer, whoever made the order: also the wallet, of a merchant's code.
///
/// # Errors
/// What is wrong with chip data or token.
pub fn asked_of_issuer(payment: &OnlinePayment) -> Result<OnlineAuthorisation, PaymentRefused> {
    let request = request(payment)?;
    Ok(OnlineAuthorisation { request, order: payment.order.clone(), signature: payment.signature })
}

/// What the issuer is asked: the chip data with the AID as 4F, and the token.
fn request(payment: &OnlinePayment) -> Result<AuthorisationRequest, PaymentRefused> {
    let objects = tlv::objects(&payment.chip_data).map_err(|_| PaymentRefused::ChipDataMalformed)?;
    let mut request = AuthorisationRequest::new();
    for object in objects {
        let known = CHIP_DATA.contains(&object.tag) || object.tag == SEQUENCE_NUMBER;
        if !known || request.object(object.tag).is_some() {
            return Err(PaymentRefused::UnknownObject(object.tag));
        }
        request.put(object.tag, object.value);
    }
    if let Some(tag) = CHIP_DATA.into_iter().find(|tag| request.object(*tag).is_none()) {
        return Err(PaymentRefused::MissingObject(tag));
    }
    let aid = request.object(0x84).map(<[u8]>::to_vec).ok_or(PaymentRefused::MissingObject(0x84))?;
    request.put(0x4F, &aid);
    request.put(0x5A, &compressed(&payment.token).ok_or(PaymentRefused::TokenMalformed)?);
    Ok(request)
}

/// Two digits to a byte, filled up with F.
fn compressed(token: &str) -> Option<Vec<u8>> {
    let is_token = (8..=19).contains(&token.len()) && token.bytes().all(|digit| digit.is_ascii_digit());
    let filled = if token.len().is_multiple_of(2) { token.to_owned() } else { format!("{token}F") };
    from_hex(&filled).filter(|_| is_token)
}

/// The payment is for this order, and not for another amount or currency.
fn is_for(request: &AuthorisationRequest, order: &OnlineOrder, bytes: &[u8]) -> Result<(), PaymentRefused> {
    let object = |tag| request.object(tag).map(hex).unwrap_or_default();
    if object(0x9F02) != format!("{:012}", order.amount_minor) {
        return Err(PaymentRefused::AmountDiffers);
    }
    if object(0x5F2A) != format!("{:04}", order.currency) {
        return Err(PaymentRefused::CurrencyDiffers);
    }
    match digest(bytes).first_chunk::<4>() {
        Some(number) if object(0x9F37) == hex(number) => Ok(()),
        _ => Err(PaymentRefused::NumberDiffers),
    }
}

fn is_account_reference(reference: &str) -> bool {
    reference.len() == 29 && reference.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The card's last month is not over. Its year is one of this century.
fn not_expired(expiry: [u8; 2], wall_ms: u64) -> Result<(), PaymentRefused> {
    let [_, month] = expiry;
    let decimal = expiry.iter().all(|byte| byte >> 4 < 10 && byte & 0x0F < 10);
    if !decimal || !(0x01..=0x12).contains(&month) {
        return Err(PaymentRefused::ExpiryMalformed);
    }
    let [this_year, this_month, _] = date_of(wall_ms);
    if expiry < [this_year, this_month] { Err(PaymentRefused::CardExpired) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
