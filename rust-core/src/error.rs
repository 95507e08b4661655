//! What the app can be told when it gives the card something it cannot use. Never sent to a terminal, and never with
//! input, token or key in it.

pub(crate) mod contents;
pub(crate) mod coupon;
pub(crate) mod order;
pub(crate) mod qr;
pub(crate) mod transfer;

use std::fmt;

use crate::emv::tags::Tag;

pub(crate) use contents::{ContentError, LimitFault};
use coupon::CouponError;

/// Why the wallet refused what the app asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    /// The wallet has no such card.
    UnknownCard,
    /// The card has no application of the name that the key is for.
    UnknownApplication,
    /// The key does not fit the application: a limited-use key's index is missing or not asked for, or a key of one
    /// use was given more.
    KeyDoesNotFit,
    /// The key's counters are not usable: no use at all, 0000, or beyond FFFE (FFFF is never used).
    AtcOutOfRange,
    /// The key's counters do not lie above those of all keys before it. One counter, one key, once.
    AtcNotRising,
    /// The spend key that was brought is not the one whose public half the wallet has.
    AnotherSpendKey,
    /// A verification window must be 5 to 120 seconds long.
    WindowOutOfRange,
    /// The verification was taken back while it waited: whoever takes it back wins.
    TakenBack,
    /// The holder must be verified for that, and is not.
    NotVerified,
    /// A limit of the holder's is none.
    Limit(LimitFault),
    /// A limit goes by the merchant's category, for which an application of the card does not ask the terminal (9F15).
    MerchantNotAsked,
    /// The card is retired: its temporary use is over.
    CardRetired,
    /// The card profile is not usable: which data object, and why.
    Profile(ProfileError),
    /// The envelope is not one of our issuer for this wallet, or not whole.
    Envelope(EnvelopeError),
    /// This very envelope was applied before: the issuer may take that for an acknowledgement.
    AlreadyApplied,
    /// A later envelope was applied before: this one is too old.
    Stale,
    /// The envelope's sequence lies more than 65,536 above the highest that was applied.
    SequenceLeaps,
    /// What was begun is over: finished, replaced by another, or a minute old. Begin again.
    NotBegun,
    /// What the issuer sealed is not what such an envelope holds.
    Content(ContentError),
    /// The envelope names no card where it must, or one where it must not.
    WrongAddress,
    /// The card is not in a state from which such an envelope leads on.
    Move(IllegalMove),
    /// A card that is test only comes by the door for tests alone.
    TestOnly,
    /// The card always wants its holder verified, and its keys would open without that.
    ProtectionTooWeak,
    /// The policy lets payments through without verification, and the card's keys would not open without it; or gates, which a
    /// locked phone passes, and they would not open then.
    ProtectionTooStrong,
    /// The policy lets payments through where the profile always wants verification; or goes by an application, a merchant
    /// category or an online PIN that the profile does not have.
    PolicyAgainstProfile,
    /// Another card of the wallet has this token.
    TokenInUse,
    /// The wallet holds 20 cards, and takes no more.
    TooManyCards,
    /// The card would have more than 12 counters, one for each application and channel that it ever had.
    TooManyCounters,
    /// The card would hold more than 128 keys of one application and channel.
    TooManyKeys,
    /// A later statement of the card was applied before: this one is too old.
    StatementOld,
    /// The payee of a transfer is the card itself.
    ToOneself,
    /// The renewed card has another token: that would be a new card.
    AnotherToken,
    /// It answers a question that was not asked, or was answered already.
    NotAsked,
    /// An older copy of the wallet was put back: only resynchronisation helps.
    RolledBack,
    /// The request cannot be made.
    Request(RequestError),
    /// The signature is not the device signature key's.
    SignatureWrong,
    /// The platform has not made the device keys yet, without which nothing is asked and no envelope opened.
    NoDeviceKeys,
    /// The issuer knows the device keys: they stay.
    DeviceKeysKnown,
    /// The envelope brings keys for a card whose spend key was not made yet: they cannot be sealed to it.
    NoSpendKey,
    /// The card does not wait for an identity check.
    NothingToCheck,
    /// The holder has tried as many codes as the issuer allows.
    NoCodesLeft,
    /// The coupon is not presented.
    Coupon(CouponError),
    /// The ledger could not take it in.
    Ledger(LedgerError),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Error::UnknownCard => "no such card in this wallet",
            Error::UnknownApplication => "the card has no application of that name",
            Error::KeyDoesNotFit => "the key does not fit the application's cryptogram version",
            Error::AtcOutOfRange => "the key's transaction counters are not within 0001 to FFFE",
            Error::AtcNotRising => "the key's transaction counters do not lie above those before",
            Error::AnotherSpendKey => "the spend key is not this wallet's",
            Error::Envelope(error) => return error.fmt(formatter),
            Error::AlreadyApplied => "the envelope was applied before",
            Error::Stale => "the envelope is older than one that was applied",
            Error::SequenceLeaps => "the envelope's sequence lies more than 65,536 above the highest that was applied",
            Error::NotBegun => "what was begun is over: begin again",
            Error::Content(error) => return write!(formatter, "envelope: {error}"),
            Error::WrongAddress => "the envelope names no card where it must, or one where it must not",
            Error::Move(error) => return error.fmt(formatter),
            Error::TestOnly => "a card that is test only cannot come from an issuer",
            Error::ProtectionTooWeak => "the card's keys would open without the verification that it always wants",
            Error::ProtectionTooStrong => {
                "the card's keys would not open without the verification that the policy does without"
            }
            Error::PolicyAgainstProfile => "the policy goes by what the card's profile does not have",
            Error::NotVerified => "the holder is not verified",
            Error::Limit(error) => return error.fmt(formatter),
            Error::MerchantNotAsked => "the card does not ask terminals for the merchant's category",
            Error::CardRetired => "the card's temporary use is over",
            Error::TokenInUse => "another card of the wallet has this token",
            Error::TooManyCards => "the wallet holds 20 cards, and takes no more",
            Error::TooManyCounters => "the card would have more than 12 counters",
            Error::TooManyKeys => "the card would hold more than 128 keys of one application and channel",
            Error::StatementOld => "the statement is older than the card's last one",
            Error::ToOneself => "the payee of the transfer is the card itself",
            Error::AnotherToken => "the renewed card has another token",
            Error::NotAsked => "it answers a question that was not asked",
            Error::RolledBack => "an older copy of the wallet was put back: it must resynchronise",
            Error::Request(error) => return error.fmt(formatter),
            Error::SignatureWrong => "the signature is not the device's",
            Error::NoDeviceKeys => "the device keys have not been made yet",
            Error::DeviceKeysKnown => "the issuer knows the device keys: they cannot be made anew",
            Error::NoSpendKey => "it brings keys for a card whose spend key has not been made yet",
            Error::NothingToCheck => "the card does not wait for an identity check",
            Error::NoCodesLeft => "as many codes were tried as the issuer allows",
            Error::Profile(error) => return write!(formatter, "card profile: {error}"),
            Error::Coupon(error) => return error.fmt(formatter),
            Error::Ledger(error) => return error.fmt(formatter),
            Error::WindowOutOfRange => "a verification window is 5 to 120 seconds long",
            Error::TakenBack => "the verification was taken back meanwhile",
        };
        formatter.write_str(text)
    }
}

impl std::error::Error for Error {}

impl From<LimitFault> for Error {
    fn from(error: LimitFault) -> Error {
        Error::Limit(error)
    }
}

impl From<CouponError> for Error {
    fn from(error: CouponError) -> Error {
        Error::Coupon(error)
    }
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Error {
        Error::Ledger(error)
    }
}

/// Why the ledger could not be opened or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerError {
    /// There is no ledger here; one must be created.
    Missing,
    /// There is a ledger here already; it must be opened.
    Exists,
    /// Another process has it open.
    InUse,
    /// It was written under another store key: by another phone, or before the key was lost.
    Foreign,
    /// It was written by a newer version of this library.
    TooNew,
    /// What was once safe on the medium is no longer readable.
    Damaged,
    /// The disk is full.
    Full,
    /// Reading or writing failed.
    Failed,
    /// Writing failed before in a way that leaves open what is on the medium, or may do so: it must be opened again. What the
    /// wallet shows until then may be what was to come of the call that failed.
    Poisoned,
}

impl fmt::Display for LedgerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            LedgerError::Missing => "there is no ledger in this directory",
            LedgerError::Exists => "there is a ledger in this directory already",
            LedgerError::InUse => "another process has the ledger open",
            LedgerError::Foreign => "the ledger was written under another store key",
            LedgerError::TooNew => "the ledger was written by a newer version",
            LedgerError::Damaged => "the ledger is damaged",
            LedgerError::Full => "the disk is full",
            LedgerError::Failed => "the ledger could not be read or written",
            LedgerError::Poisoned => "an earlier write failed: the ledger must be opened again",
        })
    }
}

impl std::error::Error for LedgerError {}

impl From<EnvelopeError> for Error {
    fn from(error: EnvelopeError) -> Error {
        Error::Envelope(error)
    }
}

impl From<ContentError> for Error {
    fn from(error: ContentError) -> Error {
        Error::Content(error)
    }
}

impl From<IllegalMove> for Error {
    fn from(error: IllegalMove) -> Error {
        Error::Move(error)
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Error {
        Error::Request(error)
    }
}

impl From<ProfileError> for Error {
    fn from(error: ProfileError) -> Error {
        Error::Profile(error)
    }
}

/// Why a card profile is not usable: which data object, and what is wrong with it. Never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileError {
    /// The data object.
    pub tag: Tag,
    /// What is wrong.
    pub fault: ProfileFault,
}

/// What can be wrong with a data object of a profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileFault {
    /// The object, or something in it, is not BER-TLV with definite lengths in their shortest form.
    Malformed,
    /// It is larger than 8 KiB.
    TooLarge,
    /// It lies more than five templates deep.
    TooDeep,
    /// It has to be there and is not.
    Missing,
    /// It stands twice in what one terminal reads.
    Twice,
    /// There are more of it than allowed.
    TooMany,
    /// It does not belong there.
    Unknown,
    /// Its length is not that of such an object.
    WrongLength,
    /// Its value is not one that the layout or the kernel allows.
    WrongValue,
    /// It promises the terminal something that this card does not do.
    NotSupported,
    /// It promises verification on the device without combined data authentication (CDA), which kernel 2 readers decline.
    OnDeviceWithoutCda,
    /// It is no certificate that the key above it signed, over what is to be signed: the key beside it, and of the card's own
    /// certificate the signed records and the AIP.
    NotCertified,
    /// It is over, and promises what it cannot keep.
    CertificateOver,
    /// The record is not named by the AFL, or the AFL names a record that is not there.
    NotInAfl,
    /// The data object list does not ask for it, or not with its length.
    NotInDataObjectList,
    /// It names another account number than the rest of the profile.
    AnotherToken,
    /// It leads terminals to another kernel than the application speaks to.
    AnotherKernel,
    /// The answer that it belongs to would be longer than 256 bytes.
    AnswerTooLong,
    /// The cryptogram version needs the card master key, and the profile is not marked as test only, or the reverse.
    TestOnly,
}

impl ProfileFault {
    pub(crate) fn of(self, tag: Tag) -> ProfileError {
        ProfileError { tag, fault: self }
    }
}

impl fmt::Display for ProfileError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fault = match self.fault {
            ProfileFault::Malformed => "is not well-formed BER-TLV",
            ProfileFault::TooLarge => "is larger than 8 KiB",
            ProfileFault::TooDeep => "lies more than five templates deep",
            ProfileFault::Missing => "is missing",
            ProfileFault::Twice => "stands twice in what one terminal reads",
            ProfileFault::TooMany => "stands there too often",
            ProfileFault::Unknown => "does not belong there",
            ProfileFault::WrongLength => "has a wrong length",
            ProfileFault::WrongValue => "has a value that is not allowed",
            ProfileFault::NotSupported => "promises what this card does not do",
            ProfileFault::OnDeviceWithoutCda => {
                "promises verification on the device, which readers decline without CDA"
            }
            ProfileFault::NotCertified => "was not signed for this profile by the key above it",
            ProfileFault::CertificateOver => "is over",
            ProfileFault::NotInAfl => "and the records do not name each other",
            ProfileFault::NotInDataObjectList => "is not asked for by the data object list as it must be",
            ProfileFault::AnotherToken => "names another account number",
            ProfileFault::AnotherKernel => "leads terminals to another kernel",
            ProfileFault::AnswerTooLong => "makes an answer longer than 256 bytes",
            ProfileFault::TestOnly => "and the test only flag do not go together",
        };
        write!(formatter, "{} {fault}", self.tag)
    }
}

impl std::error::Error for ProfileError {}

/// Why an envelope does not move a card: its state is not one from which such an envelope leads on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IllegalMove {
    /// The wallet has no card of that id and never had one.
    NoSuchCard,
    /// The wallet has a card of that id already.
    CardExists,
    /// The card was deleted. That is for good, and so is its id.
    CardDeleted,
    /// The card waits for the holder's identity check. Suspended, it would forget that; it cannot pay as it is. Nor is the balance told
    /// to who has not passed it.
    CardWaits,
    /// The card is active: there is nothing to resume.
    CardActive,
    /// The card is retired: nothing but its deletion leads on.
    CardRetired,
}

impl fmt::Display for IllegalMove {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            IllegalMove::NoSuchCard => "there is no card of that id",
            IllegalMove::CardExists => "there is a card of that id already",
            IllegalMove::CardDeleted => "the card of that id was deleted",
            IllegalMove::CardWaits => "the card waits for the holder's identity check, before which it cannot be suspended, nor its balance told",
            IllegalMove::CardActive => "the card is active and cannot be resumed",
            IllegalMove::CardRetired => "the card is retired: its temporary use is over",
        })
    }
}

impl std::error::Error for IllegalMove {}

/// Why a request to the issuer cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestError {
    /// The issuer's challenge is longer than 64 bytes.
    ChallengeLength,
    /// The identity check's code is not 1 to 32 bytes long.
    CodeLength,
    /// A chain has more than 6 certificates.
    ChainLength,
    /// A certificate is not 1 to 4,096 bytes long.
    CertificateLength,
    /// No card has room for more keys, or none is active: there is nothing to ask for.
    NothingWanted,
}

impl fmt::Display for RequestError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            RequestError::ChallengeLength => "the issuer's challenge is longer than 64 bytes",
            RequestError::CodeLength => "the identity check's code is not 1 to 32 bytes long",
            RequestError::ChainLength => "a chain has more than 6 certificates",
            RequestError::CertificateLength => "a certificate is not 1 to 4,096 bytes long",
            RequestError::NothingWanted => "no card has room for more keys",
        })
    }
}

impl std::error::Error for RequestError {}

/// Why an envelope is refused: one variant for each cause. Never with anything of the envelope in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvelopeError {
    /// Longer than 64 KiB.
    Oversized,
    /// It ends before its lengths say.
    Truncated,
    /// More follows the signature, or the ciphertext is shorter than its tag.
    Malformed,
    /// Of a version that this library does not know.
    UnsupportedVersion,
    /// For a purpose that this version does not have.
    UnknownPurpose,
    /// It names another issuer key than the pinned one.
    ForeignIssuer,
    /// It names the pinned issuer key, which did not sign it: altered, or made by somebody else.
    SignatureWrong,
    /// Our issuer made it for another wallet.
    ForeignWallet,
    /// Our issuer signed it, but its ephemeral key is no point of P-256.
    PointInvalid,
    /// Our issuer signed it for this wallet, but it does not open: sealed for another device key, or under another header.
    CannotOpen,
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            EnvelopeError::Oversized => "the envelope is longer than 64 KiB",
            EnvelopeError::Truncated => "the envelope ends too early",
            EnvelopeError::Malformed => "the envelope's lengths do not fit",
            EnvelopeError::UnsupportedVersion => "the envelope's version is not known",
            EnvelopeError::UnknownPurpose => "the envelope's purpose is not known",
            EnvelopeError::ForeignIssuer => "the envelope is of another issuer key",
            EnvelopeError::SignatureWrong => "the envelope's signature is wrong",
            EnvelopeError::ForeignWallet => "the envelope is for another wallet",
            EnvelopeError::PointInvalid => "the envelope's ephemeral key is not a point of the curve",
            EnvelopeError::CannotOpen => "the envelope cannot be opened with this device's key",
        })
    }
}

impl std::error::Error for EnvelopeError {}
