//! Why an envelope is refused.

use std::fmt;

/// Why an envelope is refused: one variant for each cause. Never with anything of the envelope in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EnvelopeError {
    /// Longer than [`super::MOST_BYTES`].
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
