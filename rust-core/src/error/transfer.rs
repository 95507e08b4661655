//! What is wrong with a transfer.

use std::fmt;

/// Why a transfer is none: one variant for each cause. Never with anything of the transfer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransferError {
    /// It is cut off, too long, or of another format.
    Malformed,
    /// The amount is 0.
    AmountZero,
    /// The amount has more than 12 digits.
    AmountTooLarge,
    /// The currency does not exist, or nothing is paid in it.
    Currency,
    /// What names the payee's account is not 1 to 64 characters from space to tilde, or blank.
    Payee,
    /// The payee's name is empty or blank, or longer than 64 bytes of UTF-8.
    PayeeName,
    /// The note is longer than 140 bytes of UTF-8.
    Note,
    /// The payee's name or the note has characters that are not seen, or that turn the text around them.
    HiddenCharacters,
}

impl fmt::Display for TransferError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            TransferError::Malformed => "the transfer is cut off, too long, or of another format",
            TransferError::AmountZero => "the transfer's amount is 0",
            TransferError::AmountTooLarge => "the transfer's amount has more than 12 digits",
            TransferError::Currency => "the transfer's currency does not exist, or nothing is paid in it",
            TransferError::Payee => "the payee's account is not 1 to 64 characters from space to tilde",
            TransferError::PayeeName => "the payee's name is blank, or longer than 64 bytes",
            TransferError::Note => "the note is longer than 140 bytes",
            TransferError::HiddenCharacters => "the payee's name or the note has characters that are not seen",
        })
    }
}

impl std::error::Error for TransferError {}
