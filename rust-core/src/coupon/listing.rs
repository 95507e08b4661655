//! A coupon as a person is shown it.

use super::coupon_notice::CouponSettled;
use super::coupon_terms::{CouponId, Worth};

/// How a coupon stands. Where several hold, the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CouponState {
    /// It has no use left. So do all that the wallet had when an older copy of it was put back: nobody here knows which uses were
    /// presented since.
    UsedUp = 1,
    /// It is over.
    Expired = 2,
    /// The issuer has said to trust its signer no longer.
    SignerNotTrusted = 3,
    /// It begins later.
    NotYetValid = 4,
    /// It can be presented.
    Valid = 5,
}

impl CouponState {
    /// Its number, for whoever hands it on.
    pub fn byte(self) -> u8 {
        self as u8
    }

    /// One word, or a few.
    pub fn name(self) -> &'static str {
        match self {
            CouponState::UsedUp => "used-up",
            CouponState::Expired => "expired",
            CouponState::SignerNotTrusted => "signer-not-trusted",
            CouponState::NotYetValid => "not-yet-valid",
            CouponState::Valid => "valid",
        }
    }
}

/// A use that a reader was given, or may have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PresentedUse {
    /// Which of the coupon's uses, from 1 on.
    pub number: u16,
    /// When, by the phone's clock; 0 where a power loss took that and only the issuer's notice tells of the use.
    pub at_ms: u64,
    /// What became of it and when, by the issuer's word. Absent as long as no notice has come.
    pub settled: Option<(CouponSettled, u64)>,
}

/// A coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// Names it.
    pub id: CouponId,
    /// Whose it is, by the issuer's word; absent where it is the issuer's own.
    pub signer: Option<String>,
    /// What it is called.
    pub title: String,
    /// What it takes off a price.
    pub worth: Worth,
    /// What the merchant asks for it; may be empty, may have line feeds.
    pub conditions: String,
    /// From when on, by the wall clock in milliseconds since 1970.
    pub valid_from_ms: u64,
    /// Until when, included.
    pub valid_until_ms: u64,
    /// How often it could be presented at first.
    pub uses: u16,
    /// How often it still can, were it valid.
    pub uses_left: u16,
    /// How it stands.
    pub state: CouponState,
    /// Uses that were presented, in the order of their numbers: the last 32.
    pub presented: Vec<PresentedUse>,
}
