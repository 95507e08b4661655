//! The issuer's notices of coupons: what became of a use that was presented. Written the same way in envelopes and in the ledger.
//!
//! # A notice of a coupon
//!
//! | field | bytes |
//! |---|---|
//! | use | coupon (16), number (2: from 1 on) |
//! | what | 1: `01` redeemed, `02` not redeemed, `03` withdrawn: the merchant has taken back what it had redeemed |
//! | when | wall clock (8: milliseconds since 1970), by the issuer's |
//!
//! Notices come in any order: the latest by the issuer's clock counts. None gives a use back, whatever it says: what was presented once
//! is never presented again. An issuer who owes the holder another one sends another coupon.

use super::coupon_terms::CouponUse;
use crate::error::contents::ContentError;
use crate::error::coupon::CouponFault;
use crate::wire::Fields;

/// What became of a use, by the issuer's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CouponSettled {
    /// The merchant has taken it.
    Redeemed = 1,
    /// The merchant has not.
    NotRedeemed = 2,
    /// The merchant had taken it, and has taken that back.
    Withdrawn = 3,
}

impl CouponSettled {
    const ALL: [(CouponSettled, &'static str); 3] = [
        (CouponSettled::Redeemed, "redeemed"),
        (CouponSettled::NotRedeemed, "not-redeemed"),
        (CouponSettled::Withdrawn, "withdrawn"),
    ];

    /// Its number, in notices and for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<CouponSettled> {
        CouponSettled::ALL.into_iter().map(|(settled, _)| settled).find(|settled| settled.byte() == byte)
    }

    /// One word.
    pub fn name(self) -> &'static str {
        let listed = CouponSettled::ALL.into_iter().find(|(settled, _)| *settled == self);
        listed.expect("every one is in the list").1
    }
}

/// What the issuer says about one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CouponNotice {
    pub(crate) presented: CouponUse,
    pub(crate) settled: CouponSettled,
    pub(crate) at_ms: u64,
}

impl CouponNotice {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn read(fields: &mut Fields<'_>) -> Result<CouponNotice, ContentError> {
        use ContentError::Truncated;
        let presented = CouponUse::read(fields).ok_or(Truncated)?;
        let settled = CouponSettled::of_byte(fields.u8().ok_or(Truncated)?).ok_or(CouponFault::UnknownNotice)?;
        let at_ms = fields.u64().ok_or(Truncated)?;
        if presented.number == 0 {
            Err(CouponFault::UseUnused.into())
        } else {
            Ok(CouponNotice { presented, settled, at_ms })
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        self.presented.write(out);
        out.push(self.settled.byte());
        out.extend_from_slice(&self.at_ms.to_be_bytes());
    }
}
