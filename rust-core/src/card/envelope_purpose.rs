//! What the issuer's envelopes are for.

/// What an envelope is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A new card.
    InstallCard = 0x01,
    /// Payment keys for a card.
    ReplenishKeys = 0x02,
    /// What cards may pay.
    Policy = 0x03,
    /// A card must not pay for now.
    Suspend = 0x04,
    /// A suspended card may pay again.
    Resume = 0x05,
    /// A new profile for the same card.
    Renew = 0x06,
    /// A card ends.
    Delete = 0x07,
    /// The issuer's clock, as an answer to a challenge.
    IssuerTime = 0x08,
    /// Another issuer key from now on.
    RotateIssuerKey = 0x09,
    /// What the issuer knows of the wallet's counters, as an answer to a challenge: for a wallet that was put back to an
    /// older copy.
    Resynchronise = 0x0A,
    /// What became of payments.
    Notices = 0x0B,
    /// What is on the account behind a card.
    Statement = 0x0C,
    /// What became of transfers.
    TransferNotices = 0x0D,
    /// A coupon.
    Coupon = 0x0E,
    /// Whose coupons are taken, or no longer.
    CouponSigner = 0x0F,
    /// What became of coupons that were presented.
    CouponNotices = 0x10,
}

impl Purpose {
    const ALL: [Purpose; 16] = [
        Purpose::InstallCard,
        Purpose::ReplenishKeys,
        Purpose::Policy,
        Purpose::Suspend,
        Purpose::Resume,
        Purpose::Renew,
        Purpose::Delete,
        Purpose::IssuerTime,
        Purpose::RotateIssuerKey,
        Purpose::Resynchronise,
        Purpose::Notices,
        Purpose::Statement,
        Purpose::TransferNotices,
        Purpose::Coupon,
        Purpose::CouponSigner,
        Purpose::CouponNotices,
    ];

    /// Its number on envelopes.
    pub fn byte(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.byte() == byte)
    }
}
