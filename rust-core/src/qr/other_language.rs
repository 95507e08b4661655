//! The merchant in another language.

use super::data_objects::{DataObject, DataObjects};
use super::text;
use crate::error::qr::QrError;

/// The merchant information language template (64; EMV QRCPS, Merchant-Presented Mode 1.1, table 3.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherLanguage {
    /// Two letters of ISO 639, as the code has them (64-00).
    pub language: String,
    /// The merchant's name, 1 to 25 characters of any script (64-01). Beside other text it may be written from right to left.
    pub name: String,
    /// The merchant's city, 1 to 15 characters of any script (64-02).
    pub city: Option<String>,
    /// What else is in it, which EMVCo has reserved.
    pub reserved: Vec<DataObject>,
}

impl OtherLanguage {
    pub(super) fn read(value: &str) -> Result<OtherLanguage, QrError> {
        let mut objects = DataObjects::of_template(64, value)?;
        let (language, name, city) = (objects.need(0)?, objects.need(1)?, objects.take(2));
        let language = text::exactly(objects.at(0), language, 2, u8::is_ascii_alphabetic)?.to_owned();
        let name = text::any(objects.at(1), name, 25)?;
        let city = city.map(|city| text::any(objects.at(2), city, 15)).transpose()?;
        Ok(OtherLanguage { language, name, city, reserved: objects.kept() })
    }
}
