//! What is wrong with an order that is to be paid online.

use std::fmt;

/// Why an order is none: one variant for each cause. Never with anything of the order in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderError {
    /// It is cut off, too long, or of another format than `hcepay order 1`.
    Malformed,
    /// The amount is 0.
    AmountZero,
    /// The amount has more than 12 digits.
    AmountTooLarge,
    /// The currency does not exist, or nothing is paid in it.
    Currency,
    /// The merchant's country is not a number of three digits.
    Country,
    /// The merchant's category is not a number of four digits.
    Category,
    /// The merchant's id is not 1 to 64 characters from space to tilde, or blank.
    MerchantId,
    /// The merchant's name is empty or blank, or longer than 64 bytes of UTF-8.
    MerchantName,
    /// The merchant's name has characters that are not seen, or that turn the text around them: control characters, bidirectional
    /// controls, spaces without width.
    HiddenCharacters,
    /// The merchant's nonce is not 8 to 32 bytes long.
    Nonce,
}

impl fmt::Display for OrderError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            OrderError::Malformed => "the order is cut off, too long, or of another format",
            OrderError::AmountZero => "the order's amount is 0",
            OrderError::AmountTooLarge => "the order's amount has more than 12 digits",
            OrderError::Currency => "the order's currency does not exist, or nothing is paid in it",
            OrderError::Country => "the merchant's country is not a number of three digits",
            OrderError::Category => "the merchant's category is not a number of four digits",
            OrderError::MerchantId => "the merchant's id is not 1 to 64 characters from space to tilde",
            OrderError::MerchantName => "the merchant's name is blank, or longer than 64 bytes",
            OrderError::HiddenCharacters => "the merchant's name has characters that are not seen",
            OrderError::Nonce => "the merchant's nonce is not 8 to 32 bytes long",
        })
    }
}

impl std::error::Error for OrderError {}
