//! What a coupon says: bytes that signer, wallet and merchant's reader know by one digest.
//!
//! # Format 1
//!
//! Numbers are big-endian; string8 and string16 are a length of one or two bytes, then so many bytes of UTF-8.
//!
//! | field | bytes |
//! |---|---|
//! | label | 15: `hcepay coupon 1` (ASCII) |
//! | coupon | 16: its id, which its signer gives to no other coupon of a wallet |
//! | signer | 8: the first 8 bytes of SHA-256 over the signer's public key as an uncompressed point (65 bytes) |
//! | title | string8: 1 to 64 bytes, none of them hidden from a person |
//! | worth | 1: `01` minor units (8: 1 to 999,999,999,999) and currency (2: ISO 4217, as a number); `02` hundredths of a percent (2: 1 to 10,000) |
//! | conditions | string16: at most 512 bytes, none of them hidden but for line feeds; may be empty |
//! | valid | from (8) and until (8), both included: wall clock, milliseconds since 1970 |
//! | uses | 2: 1 to 1,000 |
//!
//! Uses are numbered from 1. The digest is SHA-256 over all of it.

use std::fmt;

use crate::emv::amount::{Amount, MOST_MINOR};
use crate::emv::currency;
use crate::emv::hidden::is_hidden;
use crate::error::coupon::CouponFault;
use crate::keys::issuer_key::{Digest, IssuerKeyId};
use crate::wire::Fields;

const LABEL: &[u8; 15] = b"hcepay coupon 1";
const MOST_TITLE_BYTES: usize = 64;
const MOST_CONDITIONS_BYTES: usize = 512;
const MOST_HUNDREDTHS: u16 = 10_000;
const MOST_USES: u16 = 1_000;
const AMOUNT: u8 = 0x01;
const PERCENTAGE: u8 = 0x02;

/// Names a coupon. A signer may give each holder another one, so it does not show.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponId(pub [u8; 16]);

impl fmt::Debug for CouponId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CouponId(..)")
    }
}

/// One use of a coupon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CouponUse {
    /// Of which coupon.
    pub coupon: CouponId,
    /// Which of its uses, from 1 on.
    pub number: u16,
}

impl CouponUse {
    /// `None` where it is cut.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Option<CouponUse> {
        Some(CouponUse { coupon: CouponId(fields.array()?), number: fields.u16()? })
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.coupon.0);
        out.extend_from_slice(&self.number.to_be_bytes());
    }
}

/// What a coupon takes off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// So much money.
    Amount(Amount),
    /// So many hundredths of a percent.
    Percentage(u16),
}

/// The terms of a coupon, as its signer wrote them.
#[derive(Debug)]
pub(crate) struct CouponTerms {
    pub(crate) id: CouponId,
    pub(crate) signer: IssuerKeyId,
    pub(crate) title: String,
    pub(crate) worth: Worth,
    pub(crate) conditions: String,
    pub(crate) valid_from_ms: u64,
    pub(crate) valid_until_ms: u64,
    pub(crate) uses: u16,
    bytes: Vec<u8>,
}

impl CouponTerms {
    /// # Errors
    /// The first thing that is wrong with them.
    pub(crate) fn read(bytes: &[u8]) -> Result<CouponTerms, CouponFault> {
        use CouponFault::{Conditions, HiddenCharacters, Malformed, NeverValid, Title, Uses};
        let fields = &mut Fields::of(bytes);
        if fields.array().ok_or(Malformed)? != *LABEL {
            return Err(Malformed);
        }
        let id = CouponId(fields.array().ok_or(Malformed)?);
        let signer = IssuerKeyId::new(fields.array().ok_or(Malformed)?);
        let title = text(fields.string8().ok_or(Malformed)?, MOST_TITLE_BYTES, Title)?;
        let worth = worth(fields)?;
        let conditions = text(fields.string16().ok_or(Malformed)?, MOST_CONDITIONS_BYTES, Conditions)?;
        let (valid_from_ms, valid_until_ms) = (fields.u64().ok_or(Malformed)?, fields.u64().ok_or(Malformed)?);
        let uses = fields.u16().ok_or(Malformed)?;
        fields.end().ok_or(Malformed)?;
        if title.trim().is_empty() {
            return Err(Title);
        }
        if title.chars().any(is_hidden) || conditions.chars().any(|character| character != '\n' && is_hidden(character))
        {
            return Err(HiddenCharacters);
        }
        if valid_until_ms < valid_from_ms {
            return Err(NeverValid);
        }
        if !(1..=MOST_USES).contains(&uses) {
            return Err(Uses);
        }
        let bytes = bytes.to_vec();
        Ok(CouponTerms { id, signer, title, worth, conditions, valid_from_ms, valid_until_ms, uses, bytes })
    }

    /// The same once more, for a log that is written anew.
    pub(crate) fn copy(&self) -> CouponTerms {
        CouponTerms {
            title: self.title.clone(),
            conditions: self.conditions.clone(),
            bytes: self.bytes.clone(),
            ..*self
        }
    }

    /// As they were read.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the signer signs.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

fn worth(fields: &mut Fields<'_>) -> Result<Worth, CouponFault> {
    use CouponFault::Malformed;
    match fields.u8().ok_or(Malformed)? {
        AMOUNT => {
            let amount = Amount { minor: fields.u64().ok_or(Malformed)?, currency: fields.u16().ok_or(Malformed)? };
            if !(1..=MOST_MINOR).contains(&amount.minor) {
                return Err(CouponFault::Worth);
            }
            currency::decimals(amount.currency).ok_or(CouponFault::Currency)?;
            Ok(Worth::Amount(amount))
        }
        PERCENTAGE => match fields.u16().ok_or(Malformed)? {
            hundredths @ 1..=MOST_HUNDREDTHS => Ok(Worth::Percentage(hundredths)),
            _ => Err(CouponFault::Worth),
        },
        _ => Err(CouponFault::Worth),
    }
}

/// At most so many bytes of UTF-8.
pub(super) fn text(bytes: &[u8], most: usize, fault: CouponFault) -> Result<String, CouponFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| fault)?;
    if bytes.len() > most { Err(fault) } else { Ok(text.to_owned()) }
}
