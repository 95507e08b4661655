//! Records of coupons: what can happen to them, as bytes and back. Their kinds stand in the table of [`super::record`].

use std::sync::Arc;

use crate::coupon::coupon_notice::CouponNotice;
use crate::coupon::coupon_signer::SignerWord;
use crate::coupon::coupon_terms::{CouponId, CouponTerms, CouponUse};
use crate::keys::coupon_secret::CouponSecret;
use crate::wire::{Fields, put_string8, put_string16};

/// The kinds by number.
mod kind {
    pub(super) const SIGNER: u8 = 36;
    pub(super) const COUPON: u8 = 37;
    pub(super) const CHOSEN: u8 = 38;
    pub(super) const RELEASED: u8 = 39;
    pub(super) const CONSUMED: u8 = 40;
    pub(super) const SETTLED: u8 = 41;
    pub(super) const REMOVED: u8 = 42;
}

/// One record.
#[derive(Debug)]
pub(crate) enum CouponRecord {
    Signer(SignerWord),
    /// `last` is its highest use that is gone; without a secret where it was the last of all.
    Coupon {
        last: u16,
        terms: Box<CouponTerms>,
        secret: Option<Arc<CouponSecret>>,
    },
    /// For the next reader of its merchant, until then: leases the use, too.
    Chosen {
        leased: CouponUse,
        boot_count: u32,
        until_ms: u64,
        boot_ms: u64,
    },
    Released(CouponUse),
    /// In a contact; 0 where that is no longer told.
    Consumed {
        contact: u64,
        spent: CouponUse,
        wall_ms: u64,
    },
    Settled(CouponNotice),
    /// The mark of a coupon that is gone stays, with the moment until when it was valid.
    Removed {
        coupon: CouponId,
        until_ms: u64,
    },
}

impl CouponRecord {
    pub(super) fn kind(&self) -> u8 {
        match self {
            CouponRecord::Signer(_) => kind::SIGNER,
            CouponRecord::Coupon { .. } => kind::COUPON,
            CouponRecord::Chosen { .. } => kind::CHOSEN,
            CouponRecord::Released(_) => kind::RELEASED,
            CouponRecord::Consumed { .. } => kind::CONSUMED,
            CouponRecord::Settled(_) => kind::SETTLED,
            CouponRecord::Removed { .. } => kind::REMOVED,
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        match self {
            CouponRecord::Signer(word) => word.write(out),
            CouponRecord::Coupon { last, terms, secret } => {
                out.extend_from_slice(&last.to_be_bytes());
                put_string16(out, terms.bytes());
                // Last: a vector that grows after it would leave the secret behind.
                put_string8(out, secret.as_ref().map_or(&[], |secret| secret.expose()));
            }
            CouponRecord::Chosen { leased, boot_count, until_ms, boot_ms } => {
                leased.write(out);
                out.extend_from_slice(&boot_count.to_be_bytes());
                [until_ms, boot_ms].iter().for_each(|ms| out.extend_from_slice(&ms.to_be_bytes()));
            }
            CouponRecord::Released(leased) => leased.write(out),
            CouponRecord::Consumed { contact, spent, wall_ms } => {
                out.extend_from_slice(&contact.to_be_bytes());
                spent.write(out);
                out.extend_from_slice(&wall_ms.to_be_bytes());
            }
            CouponRecord::Settled(notice) => notice.write(out),
            CouponRecord::Removed { coupon, until_ms } => {
                out.extend_from_slice(&coupon.0);
                out.extend_from_slice(&until_ms.to_be_bytes());
            }
        }
    }

    /// `None` where the kind is none of these, or has a body that it cannot have.
    pub(super) fn read(number: u8, fields: &mut Fields<'_>) -> Option<CouponRecord> {
        Some(match number {
            kind::SIGNER => CouponRecord::Signer(SignerWord::read(fields).ok()?),
            kind::COUPON => {
                let (last, terms) = (fields.u16()?, Box::new(CouponTerms::read(fields.string16()?).ok()?));
                let secret = match fields.string8()? {
                    [] => None,
                    secret => Some(Arc::new(CouponSecret::of(secret)?)),
                };
                CouponRecord::Coupon { last, terms, secret }
            }
            kind::CHOSEN => CouponRecord::Chosen {
                leased: CouponUse::read(fields)?,
                boot_count: fields.u32()?,
                until_ms: fields.u64()?,
                boot_ms: fields.u64()?,
            },
            kind::RELEASED => CouponRecord::Released(CouponUse::read(fields)?),
            kind::CONSUMED => CouponRecord::Consumed {
                contact: fields.u64()?,
                spent: CouponUse::read(fields)?,
                wall_ms: fields.u64()?,
            },
            kind::SETTLED => CouponRecord::Settled(CouponNotice::read(fields).ok()?),
            kind::REMOVED => CouponRecord::Removed { coupon: CouponId(fields.array()?), until_ms: fields.u64()? },
            _ => return None,
        })
    }

    /// Whether a kind is one of these.
    pub(super) fn has_kind(number: u8) -> bool {
        (kind::SIGNER..=kind::REMOVED).contains(&number)
    }
}
