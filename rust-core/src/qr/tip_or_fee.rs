//! What is to be paid beside the amount.

use super::data_objects::DataObjects;
use super::decimal;
use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// A tip or convenience fee (55 to 57; EMV QRCPS, Merchant-Presented Mode 1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TipOrFee {
    /// The person is asked for a tip, and may give none (55: 01).
    Ask,
    /// A fee of so many minor units of the code's currency, never 0 (55: 02, and 56).
    Fixed(u64),
    /// A fee in hundredths of a percent of the amount, 1 to 9,999 (55: 03, and 57).
    Percentage(u16),
}

impl TipOrFee {
    /// What the code says of it, in a currency with so many decimals.
    pub(super) fn read(objects: &mut DataObjects<'_>, decimals: u8) -> Result<Option<TipOrFee>, QrError> {
        let (fixed_at, percentage_at) = (DataObjectId::root(56), DataObjectId::root(57));
        let (indicator, fixed, percentage) = (objects.take(55), objects.take(56), objects.take(57));
        let announced = match indicator {
            None => None,
            Some("01") => Some(TipOrFee::Ask),
            Some("02") => {
                let fixed = fixed.ok_or(QrError::FeeMissing(fixed_at))?;
                Some(TipOrFee::Fixed(decimal::amount(fixed_at, fixed, decimals)?))
            }
            Some("03") => {
                let percentage = percentage.ok_or(QrError::FeeMissing(percentage_at))?;
                Some(TipOrFee::Percentage(decimal::percentage(percentage)?))
            }
            Some(_) => return Err(QrError::TipIndicator),
        };
        match announced {
            _ if fixed.is_some() && !matches!(announced, Some(TipOrFee::Fixed(_))) => {
                Err(QrError::FeeUnexpected(fixed_at))
            }
            _ if percentage.is_some() && !matches!(announced, Some(TipOrFee::Percentage(_))) => {
                Err(QrError::FeeUnexpected(percentage_at))
            }
            announced => Ok(announced),
        }
    }

    /// The minor units that are paid beside so many, where the person gives such a tip. EMVCo's specification does not say how a
    /// percentage is rounded. Ours: to the nearest minor unit, a half upwards. The person confirms the rounded amount.
    pub(super) fn beside(self, minor: u64, tip_minor: u64) -> Result<u64, QrError> {
        match self {
            TipOrFee::Ask => Ok(tip_minor),
            _ if tip_minor != 0 => Err(QrError::TipNotAsked),
            TipOrFee::Fixed(fee) => Ok(fee),
            TipOrFee::Percentage(hundredths) => minor
                .checked_mul(hundredths.into())
                .and_then(|fee| fee.checked_add(5_000))
                .map(|fee| fee / 10_000)
                .ok_or(QrError::AmountTooLarge),
        }
    }
}
