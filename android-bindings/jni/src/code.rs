//! What a refused call says: one byte, for which the Kotlin library has a reason each.

use hcepay_core::{EnvelopeError, Error, LedgerError, RequestError};

/// Why a call was refused. The number stands in the first byte of its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// It was not.
    Done = 0,
    /// There is no wallet of that number: it was closed, or never opened.
    Closed = 1,
    /// An argument is null, or has not the length it must have.
    Argument = 2,
    /// A panic in the core: our bug.
    Fault = 3,
    /// No wallet in this directory.
    Missing = 10,
    /// There is one already.
    Exists = 11,
    /// Another process has it open.
    InUse = 12,
    /// It was written under another store key.
    Foreign = 13,
    /// It is damaged.
    Damaged = 14,
    /// A newer version has written it.
    TooNew = 15,
    /// The disk is full.
    StorageFull = 16,
    /// The disk failed.
    StorageFailed = 17,
    /// An older copy of the wallet was put back.
    RolledBack = 18,
    /// The envelope is not whole, or not sealed as it must be.
    EnvelopeInvalid = 30,
    /// It is another wallet's, or another issuer's.
    EnvelopeForeign = 31,
    /// A later one was applied before.
    EnvelopeOld = 32,
    /// This very one was applied before: all is well.
    EnvelopeAgain = 33,
    /// It is authentic, and what is in it cannot be applied.
    EnvelopeRefused = 34,
    /// The wallet has no such card.
    UnknownCard = 50,
    /// The spend key that was brought is not this wallet's.
    SpendKey = 51,
    /// What was begun is over: begin again.
    NotBegun = 52,
    /// The device's signature is wrong.
    Signature = 53,
    /// The card does not wait for an identity check.
    NothingToCheck = 54,
    /// No more codes may be tried.
    NoCodesLeft = 55,
    /// No card has room for more keys.
    NothingWanted = 56,
    /// The verification was taken back while it waited.
    TakenBack = 57,
    /// The device keys have not been told yet.
    NoDeviceKeys = 58,
    /// The issuer knows the device keys: they stay.
    DeviceKeysKnown = 59,
    /// The holder must be verified for that, and is not.
    NotVerified = 60,
    /// A limit of the holder's is none.
    Limit = 61,
    /// A limit goes by the merchant's category, for which the card does not ask.
    MerchantNotAsked = 62,
    /// The card is retired.
    CardRetired = 63,
    /// What a merchant asks to be paid online is no order.
    OrderInvalid = 70,
    /// What was scanned is no merchant's code, or what was typed does not go with it.
    QrInvalid = 71,
    /// A coupon that is not there, or cannot be presented.
    CouponRefused = 74,
    /// What is to be sent is no transfer, or one to the card itself.
    TransferInvalid = 73,
    /// The card does not pay that without a reader. Before the sentence stands the core's reason, one byte.
    NotPaid = 72,
}

impl Code {
    /// What the core's error is to Java.
    pub(crate) fn of(error: Error) -> Code {
        match error {
            Error::UnknownCard => Code::UnknownCard,
            Error::AnotherSpendKey => Code::SpendKey,
            Error::WindowOutOfRange => Code::Argument,
            Error::ToOneself => Code::TransferInvalid,
            Error::TakenBack => Code::TakenBack,
            Error::NotVerified => Code::NotVerified,
            Error::Limit(_) => Code::Limit,
            Error::MerchantNotAsked => Code::MerchantNotAsked,
            Error::CardRetired => Code::CardRetired,
            Error::Envelope(error) => Code::of_envelope(error),
            Error::AlreadyApplied => Code::EnvelopeAgain,
            Error::Stale | Error::StatementOld => Code::EnvelopeOld,
            Error::NotBegun => Code::NotBegun,
            Error::RolledBack => Code::RolledBack,
            Error::NoDeviceKeys => Code::NoDeviceKeys,
            Error::DeviceKeysKnown => Code::DeviceKeysKnown,
            Error::Request(
                RequestError::ChallengeLength
                | RequestError::CodeLength
                | RequestError::ChainLength
                | RequestError::CertificateLength,
            ) => Code::Argument,
            Error::Request(RequestError::NothingWanted) => Code::NothingWanted,
            Error::SignatureWrong => Code::Signature,
            Error::NothingToCheck => Code::NothingToCheck,
            Error::NoCodesLeft => Code::NoCodesLeft,
            Error::Ledger(error) => Code::of_ledger(error),
            Error::Coupon(_) => Code::CouponRefused,
            Error::UnknownApplication
            | Error::KeyDoesNotFit
            | Error::AtcOutOfRange
            | Error::AtcNotRising
            | Error::Profile(_)
            | Error::Content(_)
            | Error::WrongAddress
            | Error::Move(_)
            | Error::TestOnly
            | Error::ProtectionTooWeak
            | Error::ProtectionTooStrong
            | Error::PolicyAgainstProfile
            | Error::TokenInUse
            | Error::TooManyCards
            | Error::TooManyCounters
            | Error::TooManyKeys
            | Error::SequenceLeaps
            | Error::AnotherToken
            | Error::NoSpendKey
            | Error::NotAsked => Code::EnvelopeRefused,
        }
    }

    /// What the ledger's error is to Java.
    pub(crate) fn of_ledger(error: LedgerError) -> Code {
        match error {
            LedgerError::Missing => Code::Missing,
            LedgerError::Exists => Code::Exists,
            LedgerError::InUse => Code::InUse,
            LedgerError::Foreign => Code::Foreign,
            LedgerError::TooNew => Code::TooNew,
            LedgerError::Damaged => Code::Damaged,
            LedgerError::Full => Code::StorageFull,
            LedgerError::Failed | LedgerError::Poisoned => Code::StorageFailed,
        }
    }

    fn of_envelope(error: EnvelopeError) -> Code {
        match error {
            EnvelopeError::ForeignIssuer | EnvelopeError::ForeignWallet => Code::EnvelopeForeign,
            _ => Code::EnvelopeInvalid,
        }
    }
}
