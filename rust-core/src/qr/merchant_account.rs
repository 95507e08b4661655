//! To whom a merchant's QR code wants the payment to go.

use std::fmt;

use super::data_objects::{DataObject, DataObjects};
use super::text;
use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// A merchant account information (02 to 51; EMV QRCPS, Merchant-Presented Mode 1.1): one for each payment system that
/// the merchant takes. Account numbers in it are not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum MerchantAccount {
    /// Of a payment system that EMVCo has given the ID to (02 to 25).
    Primitive {
        /// 02 to 25.
        id: u8,
        /// 1 to 99 characters, as the payment system has them.
        value: String,
    },
    /// Of any other one (26 to 51), which the globally unique identifier names.
    Template {
        /// 26 to 51.
        id: u8,
        /// The globally unique identifier (sub-ID 00), 1 to 32 characters, such as `br.gov.bcb.pix`.
        identifier: String,
        /// What else is in it, in its order (sub-IDs 01 to 99): the payment system's own.
        objects: Vec<DataObject>,
    },
}

impl MerchantAccount {
    pub(super) fn read(id: u8, value: &str) -> Result<MerchantAccount, QrError> {
        if id < 26 {
            return Ok(MerchantAccount::Primitive { id, value: text::special(DataObjectId::root(id), value, 99)? });
        }
        let mut objects = DataObjects::of_template(id, value)?;
        let identifier = text::special(objects.at(0), objects.need(0)?, 32)?;
        Ok(MerchantAccount::Template { id, identifier, objects: objects.kept() })
    }
}

impl fmt::Debug for MerchantAccount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MerchantAccount::Primitive { id, .. } => {
                formatter.debug_struct("Primitive").field("id", id).finish_non_exhaustive()
            }
            MerchantAccount::Template { id, identifier, objects } => formatter
                .debug_struct("Template")
                .field("id", id)
                .field("identifier", identifier)
                .field("objects", objects)
                .finish(),
        }
    }
}
