//! Who signs coupons, by the issuer's word.
//!
//! | field | bytes |
//! |---|---|
//! | action | 1: `01` its coupons are taken, `02` no longer |
//! | key | its public key (65: uncompressed point of P-256, `04`, x, y) |
//! | name | string8: UTF-8, 1 to 64 bytes, none of them hidden from a person; with `02` empty |
//!
//! The issuer's own key, the one that the wallet has pinned, is always a signer. After the issuer has named its successor, coupons
//! under the key before are taken only where the issuer says so of that key too.

use super::coupon_terms::text;
use crate::emv::hidden::is_hidden;
use crate::error::contents::ContentError;
use crate::error::coupon::CouponFault;
use crate::keys::issuer_key::IssuerKey;
use crate::wire::{Fields, put_string8};

const TRUSTED: u8 = 0x01;
const NO_LONGER: u8 = 0x02;
const MOST_NAME_BYTES: usize = 64;

/// What the issuer says of a signer.
#[derive(Debug, Clone)]
pub(crate) struct SignerWord {
    pub(crate) trusted: bool,
    pub(crate) key: IssuerKey,
    /// Empty where it is trusted no longer.
    pub(crate) name: String,
}

impl SignerWord {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<SignerWord, ContentError> {
        use ContentError::{PointInvalid, Truncated};
        let trusted = match fields.u8().ok_or(Truncated)? {
            TRUSTED => true,
            NO_LONGER => false,
            _ => return Err(CouponFault::UnknownAction.into()),
        };
        let key = IssuerKey::new(&fields.array().ok_or(Truncated)?).ok_or(PointInvalid)?;
        let name = text(fields.string8().ok_or(Truncated)?, MOST_NAME_BYTES, CouponFault::SignerName)?;
        if name.trim().is_empty() == trusted || (!trusted && !name.is_empty()) {
            return Err(CouponFault::SignerName.into());
        }
        if name.chars().any(is_hidden) {
            return Err(CouponFault::HiddenCharacters.into());
        }
        Ok(SignerWord { trusted, key, name })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(if self.trusted { TRUSTED } else { NO_LONGER });
        out.extend_from_slice(&self.key.point());
        put_string8(out, self.name.as_bytes());
    }
}
