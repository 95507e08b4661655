//! What is wrong inside an envelope, and with limits, which come in one or from the holder.

use std::fmt;

use super::coupon::CouponFault;

/// Why the content of an envelope is refused: one variant for each cause. The envelope was the issuer's own, so each is a
/// mistake of its software. Never with anything of the content in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ContentError {
    /// It ends too early.
    Truncated,
    /// Something follows what belongs there.
    TrailingBytes,
    /// The policy names a protection that there is not.
    UnknownProtection,
    /// The policy allows a key no use at all.
    PolicyWithoutUses,
    /// The verification policy is of a kind that there is not, or sets a flag that there is not.
    UnknownVerification,
    /// An allowance of the verification policy is none.
    Limit(LimitFault),
    /// What lets gates through names no application or merchant category, or too many, or a category that is none.
    TransitTerms,
    /// What the policy says of alerts names a rule or an action that there is not, one rule twice, or a threshold of a rule that has
    /// none.
    AlertTerms,
    /// More than 10 codes may be tried.
    TooManyCodes,
    /// A replenishment without keys.
    NoKeys,
    /// More than 32 keys, or more than 4 ICC private keys.
    TooManyKeys,
    /// The name of an application is not 5 to 16 bytes long.
    ApplicationName,
    /// A key or a counter is for a channel that there is not.
    UnknownChannel,
    /// A counter is not within 0001 to FFFE, or a key has no use. A counter to resynchronise may also be 0000.
    AtcOutOfRange,
    /// An ICC private key is not as long as the five numbers of one.
    IccKeyLength,
    /// Payment keys are for an application that promises offline data authentication, and no ICC private key is here for it, nor
    /// comes with them; or its renewed certificates are for another one, which does not come.
    IccKeyMissing,
    /// A key ends before it begins.
    KeyNeverValid,
    /// The index of a key is neither absent nor 4 bytes long.
    IndexLength,
    /// A key has more than 4 limits.
    TooManyLimits,
    /// A limit names a currency above 999, or one that another limit of the key names.
    LimitCurrency,
    /// A key does not come sealed: its form is neither 01 nor 02.
    NotSealed,
    /// A seed has more than 1000 uses.
    SeedTooLong,
    /// A sealed key, or the new issuer key, has a point that is not one of P-256.
    PointInvalid,
    /// A counter to resynchronise, or a notice, is of card 0.
    CardMissing,
    /// Notices without one, or more than 32.
    NoticeCount,
    /// A notice says what no notice can say.
    UnknownNotice,
    /// A decline gives no reason that there is, or something else gives one.
    NoticeReason,
    /// A notice names a currency above 999.
    NoticeCurrency,
    /// A merchant's name is longer than 64 bytes, or is not UTF-8.
    MerchantName,
    /// A notice is of a counter that the card has not come to: this phone made no such payment, and shows none.
    CounterUnused,
    /// A statement has no place among the others.
    StatementSequence,
    /// A statement is in a currency that there is not.
    StatementCurrency,
    /// An amount of a statement has more than 12 digits.
    StatementAmount,
    /// A notice is of a transfer that the wallet has not come to: this phone made none such.
    TransferUnknown,
    /// A coupon, a signer of coupons or a notice of a coupon's use is none.
    Coupon(CouponFault),
}

impl fmt::Display for ContentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            ContentError::Truncated => "the content ends too early",
            ContentError::TrailingBytes => "something follows the content",
            ContentError::UnknownProtection => "the policy's protection is not known",
            ContentError::PolicyWithoutUses => "the policy allows a key no use",
            ContentError::UnknownVerification => "the policy's verification is not known",
            ContentError::Limit(error) => return error.fmt(formatter),
            ContentError::TransitTerms => "the policy's gates are not told apart",
            ContentError::AlertTerms => "the policy's alerts name what there is not",
            ContentError::TooManyCodes => "more than 10 codes may be tried",
            ContentError::NoKeys => "there are no keys in it",
            ContentError::TooManyKeys => "there are more than 32 keys in it",
            ContentError::ApplicationName => "an application's name is not 5 to 16 bytes long",
            ContentError::UnknownChannel => "a channel is not known",
            ContentError::AtcOutOfRange => "a transaction counter is not within 0001 to FFFE",
            ContentError::IccKeyLength => "an ICC private key is not as long as one is",
            ContentError::IccKeyMissing => "an application promises data authentication and has no key for it",
            ContentError::KeyNeverValid => "a key ends before it begins",
            ContentError::IndexLength => "a key's index is neither absent nor 4 bytes long",
            ContentError::TooManyLimits => "a key has more than 4 limits",
            ContentError::LimitCurrency => "a key's limits name a currency twice, or one that cannot be",
            ContentError::NotSealed => "a key is not sealed",
            ContentError::SeedTooLong => "a seed has more than 1000 uses",
            ContentError::PointInvalid => "a point is not one of the curve",
            ContentError::CardMissing => "a counter or a notice is not of any card",
            ContentError::NoticeCount => "there are not 1 to 32 notices in it",
            ContentError::UnknownNotice => "a notice says what is not known",
            ContentError::NoticeReason => "a notice's reason does not fit what it says",
            ContentError::NoticeCurrency => "a notice names a currency that cannot be",
            ContentError::MerchantName => "a merchant's name is too long or is no text",
            ContentError::CounterUnused => "a notice is of a transaction counter that the card has not come to",
            ContentError::StatementSequence => "a statement has no sequence",
            ContentError::StatementCurrency => "a statement is in a currency that does not exist",
            ContentError::StatementAmount => "an amount of a statement has more than 12 digits",
            ContentError::TransferUnknown => "a notice is of a transfer that the wallet has not come to",
            ContentError::Coupon(error) => return error.fmt(formatter),
        })
    }
}

impl std::error::Error for ContentError {}

/// What is wrong with an allowance, or with a limit of the holder's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitFault {
    /// It names a currency that does not exist, or twice.
    Currency,
    /// One payment may be more than all, or there is nothing that it allows, or no end to it.
    Bounds,
    /// It names more than 4 currencies, or more than 16 merchant categories.
    TooMany,
}

impl fmt::Display for LimitFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            LimitFault::Currency => "a limit names a currency that does not exist, or one twice",
            LimitFault::Bounds => "a limit allows nothing, or has no end, or one payment may be more than all",
            LimitFault::TooMany => "a limit names too many currencies or merchant categories",
        })
    }
}

impl std::error::Error for LimitFault {}

impl From<LimitFault> for ContentError {
    fn from(error: LimitFault) -> ContentError {
        ContentError::Limit(error)
    }
}

impl From<CouponFault> for ContentError {
    fn from(error: CouponFault) -> ContentError {
        ContentError::Coupon(error)
    }
}
