//! A merchant-presented QR code: EMV QR Code Specification for Payment Systems (EMV QRCPS), Merchant-Presented Mode, version 1.1,
//! November 2020, called "EMV QRCPS" here.
//!
//! Read strictly: what the specification says shall be so is so, or the code is refused by a named error. Where it leaves room:
//!
//! | | |
//! |---|---|
//! | length of the whole | at most 4,296 bytes: as many letters and digits as the largest QR code holds (ISO/IEC 18004, version 40-L, alphanumeric). EMV QRCPS says that it *should* not exceed 512 characters; labels of Singapore's SGQR with many payment systems have over 1,000 |
//! | checksum | capital letters, as EMV QRCPS has its examples: each code has one spelling, and a changed character never goes unseen |
//! | decimals | fewer than the currency has are taken, more are refused |
//! | name and city | *ans*, as EMV QRCPS says: no letter looks like another one of another script. In other scripts they stand in 64 |
//! | reserved and unreserved IDs (65 to 79, 80 to 99) | kept as they are, unread: they are their owners' |
//!
//! Transfers between persons that use the same format without a merchant (Thailand's PromptPay by telephone number, Vietnam's VietQR to
//! an account) have no category, name or city, and are refused as such: there is no merchant whom a person could confirm.

use sha2::{Digest as _, Sha256};

use super::additional_data::AdditionalData;
use super::crc::crc16;
use super::data_objects::{DataObject, DataObjects, kept};
use super::merchant_account::MerchantAccount;
use super::other_language::OtherLanguage;
use super::tip_or_fee::TipOrFee;
use super::{decimal, text};
use crate::emv::currency;
use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// The most bytes of a code.
const MOST_BYTES: usize = 4_296;

/// What a merchant's QR code asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantCode {
    /// Whether the code is for many payments or for one (01); many codes do not say.
    pub initiation: Option<Initiation>,
    /// Where the payment can go (02 to 51), at least one, in the order of the code.
    pub accounts: Vec<MerchantAccount>,
    /// The merchant category code (52; ISO 18245), 0 where it does not apply.
    pub category: u16,
    /// The currency (53; ISO 4217, as a number).
    pub currency: u16,
    /// The amount in minor units, never 0 (54); none where the person types it.
    pub amount_minor: Option<u64>,
    /// Tip or fee beside it (55 to 57).
    pub tip_or_fee: Option<TipOrFee>,
    /// The merchant's country (58; ISO 3166-1, two capital letters).
    pub country: String,
    /// The merchant's name, 1 to 25 characters from space to tilde (59).
    pub name: String,
    /// The merchant's city, 1 to 15 characters from space to tilde (60).
    pub city: String,
    /// The postal code, 1 to 10 characters from space to tilde (61).
    pub postal_code: Option<String>,
    /// What the code says or asks beside (62); empty where it does not.
    pub additional_data: AdditionalData,
    /// The merchant in another language (64).
    pub other_language: Option<OtherLanguage>,
    /// Unreserved templates (80 to 99) as they stand there, in the order of the code.
    pub unreserved: Vec<DataObject>,
    /// IDs that EMVCo has reserved (65 to 79), likewise.
    pub reserved: Vec<DataObject>,
    /// SHA-256 of the code's whole text.
    pub digest: [u8; 32],
}

/// For how many payments a code is (the point of initiation method, 01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Initiation {
    /// The same code for many payments, such as a printed one (11).
    Static,
    /// A new code for each payment (12).
    Dynamic,
}

impl MerchantCode {
    /// Reads the text of a QR code.
    ///
    /// # Errors
    /// The first thing that is wrong with it. The checksum is looked at before anything that it covers.
    pub fn parse(bytes: &[u8]) -> Result<MerchantCode, QrError> {
        if bytes.len() > MOST_BYTES {
            return Err(QrError::Oversized);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| QrError::NotText)?;
        if !text.starts_with("0002") {
            return Err(QrError::NotMerchantPresented);
        }
        check(bytes)?;
        let mut objects = DataObjects::of_code(text)?;
        if objects.last() != Some(63) {
            return Err(QrError::ChecksumNotLast);
        }
        if objects.first() != Some(0) || objects.take(0) != Some("01") {
            return Err(QrError::Version);
        }
        objects.take(63);
        MerchantCode::read(objects, Sha256::digest(bytes).into())
    }

    fn read(mut objects: DataObjects<'_>, digest: [u8; 32]) -> Result<MerchantCode, QrError> {
        let at = DataObjectId::root;
        let initiation = objects.take(1).map(Initiation::read).transpose()?;
        let accounts = objects.take_range(2, 51).into_iter().map(|(id, value)| MerchantAccount::read(id, value));
        let accounts = accounts.collect::<Result<Vec<_>, _>>()?;
        if accounts.is_empty() {
            return Err(QrError::NoAccount);
        }
        let category = text::number(at(52), objects.need(52)?, 4)?;
        let currency = text::number(at(53), objects.need(53)?, 3)?;
        let decimals = currency::decimals(currency).ok_or(QrError::Currency)?;
        let amount_minor = objects.take(54).map(|text| decimal::amount(at(54), text, decimals)).transpose()?;
        let tip_or_fee = TipOrFee::read(&mut objects, decimals)?;
        let country = text::exactly(at(58), objects.need(58)?, 2, u8::is_ascii_uppercase)?.to_owned();
        let name = text::special(at(59), objects.need(59)?, 25)?;
        let city = text::special(at(60), objects.need(60)?, 15)?;
        let postal_code = objects.take(61).map(|code| text::special(at(61), code, 10)).transpose()?;
        let additional_data = objects.take(62).map(AdditionalData::read).transpose()?.unwrap_or_default();
        let other_language = objects.take(64).map(OtherLanguage::read).transpose()?;
        let unreserved = kept(objects.take_range(80, 99));
        Ok(MerchantCode {
            initiation,
            accounts,
            category,
            currency,
            amount_minor,
            tip_or_fee,
            country,
            name,
            city,
            postal_code,
            additional_data,
            other_language,
            unreserved,
            reserved: objects.kept(),
            digest,
        })
    }
}

impl Initiation {
    fn read(value: &str) -> Result<Initiation, QrError> {
        match value {
            "11" => Ok(Initiation::Static),
            "12" => Ok(Initiation::Dynamic),
            _ => Err(QrError::PointOfInitiation),
        }
    }
}

/// That the last four characters are the checksum of all before them (EMV QRCPS, section 4.7.3).
fn check(bytes: &[u8]) -> Result<(), QrError> {
    let (covered, digits) = bytes.split_last_chunk::<4>().ok_or(QrError::ChecksumMissing)?;
    if !covered.ends_with(b"6304") {
        return Err(QrError::ChecksumMissing);
    }
    if !digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F')) {
        return Err(QrError::ChecksumForm);
    }
    if format!("{:04X}", crc16(covered)).as_bytes() == digits { Ok(()) } else { Err(QrError::ChecksumWrong) }
}
