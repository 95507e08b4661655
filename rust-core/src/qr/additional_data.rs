//! What a merchant's QR code says or asks beside the payment.

use std::fmt;

use super::data_objects::{DataObject, DataObjects};
use super::text;
use crate::error::qr::QrError;

/// The additional data field template (62; EMV QRCPS, Merchant-Presented Mode 1.1, table 3.7).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AdditionalData {
    /// Bill number and its like (62-01 to 62-08), in the order of the code.
    pub labels: Vec<(Label, LabelValue)>,
    /// What the app is to send along about the person (62-09).
    pub consumer_data: Vec<ConsumerDatum>,
    /// What else is in it, in its order: reserved, or a payment system's own.
    pub others: Vec<DataObject>,
}

/// What a label is of: the sub-ID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Label {
    /// Number of the invoice or bill (62-01).
    BillNumber,
    /// A mobile number, such as one to be topped up (62-02).
    MobileNumber,
    /// The shop among those of the merchant (62-03).
    Store,
    /// The person's number in a loyalty scheme (62-04).
    LoyaltyNumber,
    /// The merchant's reference of the transaction (62-05).
    Reference,
    /// The person, as the merchant knows them (62-06).
    Customer,
    /// The terminal in the shop (62-07).
    Terminal,
    /// What is paid for (62-08).
    Purpose,
}

impl Label {
    fn of(id: u8) -> Option<Label> {
        Some(match id {
            1 => Label::BillNumber,
            2 => Label::MobileNumber,
            3 => Label::Store,
            4 => Label::LoyaltyNumber,
            5 => Label::Reference,
            6 => Label::Customer,
            7 => Label::Terminal,
            8 => Label::Purpose,
            _ => return None,
        })
    }
}

/// The value of a label. Not shown by `Debug`, because it may name the person.
#[derive(Clone, PartialEq, Eq)]
pub enum LabelValue {
    /// 1 to 25 characters.
    Given(String),
    /// The person is to type it (`***`). Some national profiles write this where there is nothing to say: Pix in 62-05.
    Ask,
}

impl fmt::Debug for LabelValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            LabelValue::Given(_) => "Given",
            LabelValue::Ask => "Ask",
        })
    }
}

/// What the app is to send along about the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConsumerDatum {
    /// The address (`A`).
    Address,
    /// The mobile number (`M`).
    MobileNumber,
    /// The email address (`E`).
    Email,
}

impl AdditionalData {
    pub(super) fn read(value: &str) -> Result<AdditionalData, QrError> {
        let mut objects = DataObjects::of_template(62, value)?;
        let mut labels = Vec::new();
        for (id, value) in objects.take_range(1, 8) {
            let value = match text::special(objects.at(id), value, 25)?.as_str() {
                "***" => LabelValue::Ask,
                given => LabelValue::Given(given.to_owned()),
            };
            labels.extend(Label::of(id).map(|label| (label, value)));
        }
        let consumer_data = objects.take(9).map_or_else(|| Ok(Vec::new()), consumer_data)?;
        Ok(AdditionalData { labels, consumer_data, others: objects.kept() })
    }
}

/// At most one of each.
fn consumer_data(letters: &str) -> Result<Vec<ConsumerDatum>, QrError> {
    let mut asked = Vec::new();
    for letter in letters.chars() {
        let datum = match letter {
            'A' => ConsumerDatum::Address,
            'M' => ConsumerDatum::MobileNumber,
            'E' => ConsumerDatum::Email,
            _ => return Err(QrError::ConsumerData),
        };
        if asked.contains(&datum) {
            return Err(QrError::ConsumerData);
        }
        asked.push(datum);
    }
    Ok(asked)
}
