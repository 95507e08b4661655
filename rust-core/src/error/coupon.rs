//! What is wrong with a coupon that comes, and why one that is there is not presented.

use std::fmt;

/// What is wrong with a coupon, a signer of coupons, or a notice of a coupon's use, as an envelope brings them: one variant for each
/// cause. Never with anything of the content in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CouponFault {
    /// The terms are cut off, too long, or of another format than `hcepay coupon 1`.
    Malformed,
    /// The title is blank, longer than 64 bytes, or not UTF-8.
    Title,
    /// The conditions are longer than 512 bytes, or not UTF-8.
    Conditions,
    /// Title, conditions or a signer's name have characters that are not seen, or that turn the text around them. Conditions may have
    /// line feeds.
    HiddenCharacters,
    /// It is worth nothing, more than 100 %, more than 12 digits tell, or is of a kind that there is not.
    Worth,
    /// It is worth money of a currency that does not exist.
    Currency,
    /// It ends before it begins.
    NeverValid,
    /// It has no use, or more than 1,000.
    Uses,
    /// Its signer is nobody whom the issuer has said to trust.
    UnknownSigner,
    /// The signature is not its signer's.
    SignatureWrong,
    /// The wallet has a coupon of this id, or had one that was removed.
    Known,
    /// The wallet has 64 coupons of which none is over, or remembers so many that were removed that there is no room for more.
    TooMany,
    /// A signer's name is blank, longer than 64 bytes, or not UTF-8; or one is named that is trusted no longer.
    SignerName,
    /// What is said of a signer is neither to trust it nor to trust it no longer.
    UnknownAction,
    /// There are 16 signers, and each is trusted or has a coupon here.
    TooManySigners,
    /// A notice is of a coupon that the wallet never had.
    NoSuchCoupon,
    /// A notice is of a use that the coupon has not come to: this phone has presented no such use, and shows none.
    UseUnused,
    /// A notice says what no notice can say.
    UnknownNotice,
    /// Notices without one, or more than 32.
    NoticeCount,
}

impl fmt::Display for CouponFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            CouponFault::Malformed => "the coupon's terms are cut off, too long, or of another format",
            CouponFault::Title => "the coupon's title is blank, longer than 64 bytes, or no text",
            CouponFault::Conditions => "the coupon's conditions are longer than 512 bytes, or no text",
            CouponFault::HiddenCharacters => {
                "a text of the coupon, or its signer's name, has characters that are not seen"
            }
            CouponFault::Worth => "the coupon is not worth 0.01 to 100 %, or an amount that can be",
            CouponFault::Currency => "the coupon is worth money of a currency that does not exist",
            CouponFault::NeverValid => "the coupon ends before it begins",
            CouponFault::Uses => "the coupon does not have 1 to 1,000 uses",
            CouponFault::UnknownSigner => "the coupon's signer is nobody whom the issuer has said to trust",
            CouponFault::SignatureWrong => "the coupon's signature is not its signer's",
            CouponFault::Known => "the wallet has, or had, a coupon of this id",
            CouponFault::TooMany => "the wallet has no room for one more coupon",
            CouponFault::SignerName => {
                "a signer's name is not 1 to 64 bytes of text where it is trusted, and none where it is not"
            }
            CouponFault::UnknownAction => "what is said of a signer is not known",
            CouponFault::TooManySigners => "the wallet has no room for one more signer of coupons",
            CouponFault::NoSuchCoupon => "a notice is of a coupon that the wallet never had",
            CouponFault::UseUnused => "a notice is of a use that the coupon has not come to",
            CouponFault::UnknownNotice => "a notice of a coupon says what is not known",
            CouponFault::NoticeCount => "there are not 1 to 32 notices of coupons in it",
        })
    }
}

impl std::error::Error for CouponFault {}

/// Why a coupon is not presented: nothing of it is used up then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CouponError {
    /// The wallet has no such coupon: it never had, or it was removed.
    Unknown,
    /// It is not valid yet.
    NotYetValid,
    /// It is over.
    Expired,
    /// No use is left.
    UsedUp,
    /// The issuer has said to trust its signer no longer.
    SignerNotTrusted,
    /// The wall clock was set back, by which it might be valid again; the issuer's time mends it.
    ClockSetBack,
}

impl fmt::Display for CouponError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            CouponError::Unknown => "no such coupon in this wallet",
            CouponError::NotYetValid => "the coupon is not valid yet",
            CouponError::Expired => "the coupon is over",
            CouponError::UsedUp => "the coupon has no use left",
            CouponError::SignerNotTrusted => "the coupon's signer is trusted no longer",
            CouponError::ClockSetBack => "the phone's clock was set back: only the issuer's time mends it",
        })
    }
}

impl std::error::Error for CouponError {}
