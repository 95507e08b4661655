//! What is to be paid to whom, once the person has typed what the code leaves open.

use super::decimal;
use super::merchant_presented::MerchantCode;
use crate::emv::amount::Amount;
use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// What a person confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MerchantOrder {
    /// The merchant's name, 1 to 25 characters.
    pub merchant_name: String,
    /// The merchant's city, 1 to 15 characters.
    pub merchant_city: String,
    /// The merchant's country (ISO 3166-1, two letters).
    pub merchant_country: String,
    /// The merchant category code (ISO 18245), 0 where the code says none.
    pub merchant_category: u16,
    /// What is bought, in minor units.
    pub purchase_minor: u64,
    /// Tip or fee beside it, in minor units of the same currency.
    pub tip_or_fee_minor: u64,
    /// Both together: what is paid.
    pub total: Amount,
    /// Of the code: [`MerchantCode::digest`].
    pub code_digest: [u8; 32],
}

impl MerchantCode {
    /// The order that the person confirms. `typed_minor` is the amount in minor units that the person has typed, where the code names
    /// none; `tip_minor` the tip, 0 for none, where the code asks for one.
    ///
    /// # Errors
    /// [`QrError::AmountNotTyped`] and [`QrError::AmountFixed`] where the amount stands neither or both in the code and in what was
    /// typed, [`QrError::AmountZero`] where 0 was typed, [`QrError::TipNotAsked`], and [`QrError::AmountTooLarge`] where all together
    /// has more than 12 digits.
    pub fn order(&self, typed_minor: Option<u64>, tip_minor: u64) -> Result<MerchantOrder, QrError> {
        let amount_at = DataObjectId::root(54);
        let purchase_minor = match (self.amount_minor, typed_minor) {
            (Some(named), None) => named,
            (None, Some(typed)) => decimal::in_bounds(amount_at, typed)?,
            (None, None) => return Err(QrError::AmountNotTyped),
            (Some(_), Some(_)) => return Err(QrError::AmountFixed),
        };
        let tip_or_fee_minor = match self.tip_or_fee {
            Some(tip_or_fee) => tip_or_fee.beside(purchase_minor, tip_minor)?,
            None if tip_minor == 0 => 0,
            None => return Err(QrError::TipNotAsked),
        };
        let total = purchase_minor.checked_add(tip_or_fee_minor).ok_or(QrError::AmountTooLarge)?;
        Ok(MerchantOrder {
            merchant_name: self.name.clone(),
            merchant_city: self.city.clone(),
            merchant_country: self.country.clone(),
            merchant_category: self.category,
            purchase_minor,
            tip_or_fee_minor,
            total: Amount { minor: decimal::in_bounds(amount_at, total)?, currency: self.currency },
            code_digest: self.digest,
        })
    }
}
