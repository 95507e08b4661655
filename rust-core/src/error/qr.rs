//! What is wrong with a merchant's QR code, or with what the person has typed for it.

use std::fmt;

use crate::emv::data_object_id::DataObjectId;

/// Why a merchant's QR code is not paid: one variant for each cause. Never with anything of the code in it but the ID of a
/// data object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QrError {
    /// It is longer than 4,296 bytes, which is more than a QR code of any kind holds in letters.
    Oversized,
    /// It is not UTF-8.
    NotText,
    /// It does not begin with a payload format indicator: it is another kind of code, such as a link.
    NotMerchantPresented,
    /// It is of another version than 01.
    Version,
    /// It does not end with a checksum (`6304` and four characters).
    ChecksumMissing,
    /// The checksum is not four hexadecimal digits, with capital letters.
    ChecksumForm,
    /// The checksum is of another text: the code was read wrongly, or is damaged.
    ChecksumWrong,
    /// The checksum is not the last data object: what stands at the end is part of another one.
    ChecksumNotLast,
    /// A data object is cut off, or its length is more than there is.
    Truncated,
    /// An ID or a length is not two digits.
    NotDigits,
    /// A template's data objects do not add up to it.
    Template(DataObjectId),
    /// A data object is empty, or blank where a person reads it.
    Empty(DataObjectId),
    /// A data object stands there twice.
    Twice(DataObjectId),
    /// A data object has to be there and is not.
    Missing(DataObjectId),
    /// There is no merchant account (02 to 51).
    NoAccount,
    /// A data object is longer or shorter than such a one is.
    Length(DataObjectId),
    /// A data object has characters that such a one cannot have.
    Characters(DataObjectId),
    /// A text that a person reads has characters that are not seen, or that turn the text around them: control characters,
    /// bidirectional controls, spaces without width.
    HiddenCharacters(DataObjectId),
    /// The code is neither static (11) nor dynamic (12).
    PointOfInitiation,
    /// The currency does not exist, or nothing is paid in it.
    Currency,
    /// An amount is not digits with at most one point in them.
    AmountForm(DataObjectId),
    /// An amount has more decimals than its currency.
    AmountDecimals(DataObjectId),
    /// An amount is zero.
    AmountZero(DataObjectId),
    /// An amount, or what is to be paid in all, has more than 12 digits, decimals included.
    AmountTooLarge,
    /// What is said of a tip or fee is neither 01, 02 nor 03.
    TipIndicator,
    /// A fee is announced (55) and not there.
    FeeMissing(DataObjectId),
    /// A fee is there and not announced (55).
    FeeUnexpected(DataObjectId),
    /// A percentage is not 0.01 to 99.99, with at most two decimals.
    FeePercentage,
    /// What is asked of the person (62-09) is something else than address, mobile number and email (A, M, E), or one of them twice.
    ConsumerData,
    /// The code names no amount, and the person has typed none.
    AmountNotTyped,
    /// The code names the amount, and the person has typed one.
    AmountFixed,
    /// The code asks for no tip, and the person has typed one.
    TipNotAsked,
}

impl fmt::Display for QrError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |formatter: &mut fmt::Formatter<'_>, id: &DataObjectId, what: &str| {
            write!(formatter, "data object {id} of the code {what}")
        };
        formatter.write_str(match self {
            QrError::Oversized => "the code is longer than a QR code can be",
            QrError::NotText => "the code is not text",
            QrError::NotMerchantPresented => "this is not a merchant's payment code",
            QrError::Version => "the code is of a version that is not known",
            QrError::ChecksumMissing => "the code does not end with a checksum",
            QrError::ChecksumForm => "the code's checksum is not four hexadecimal digits with capital letters",
            QrError::ChecksumWrong => "the code's checksum is wrong: it was read wrongly or is damaged",
            QrError::ChecksumNotLast => "the code's checksum does not stand alone at its end",
            QrError::Truncated => "a length in the code is more than there is",
            QrError::NotDigits => "an ID or a length in the code is not two digits",
            QrError::Template(id) => return of(formatter, id, "is not made of whole data objects"),
            QrError::Empty(id) => return of(formatter, id, "is empty"),
            QrError::Twice(id) => return of(formatter, id, "stands there twice"),
            QrError::Missing(id) => return of(formatter, id, "is missing"),
            QrError::NoAccount => "the code names no account of the merchant",
            QrError::Length(id) => return of(formatter, id, "is too long or too short"),
            QrError::Characters(id) => return of(formatter, id, "has characters that cannot be in it"),
            QrError::HiddenCharacters(id) => {
                return of(formatter, id, "has characters that are not seen or turn the text around");
            }
            QrError::PointOfInitiation => "the code is neither static nor dynamic",
            QrError::Currency => "the code's currency is not one that is paid in",
            QrError::AmountForm(id) => return of(formatter, id, "is not an amount"),
            QrError::AmountDecimals(id) => return of(formatter, id, "has more decimals than the currency"),
            QrError::AmountZero(id) => return of(formatter, id, "is zero"),
            QrError::AmountTooLarge => "the amount has more than 12 digits",
            QrError::TipIndicator => "what the code says of a tip or fee is not known",
            QrError::FeeMissing(id) => return of(formatter, id, "is announced and is missing"),
            QrError::FeeUnexpected(id) => return of(formatter, id, "is there and was not announced"),
            QrError::FeePercentage => "the code's fee is not a percentage from 0.01 to 99.99",
            QrError::ConsumerData => "what the code asks of the person is not known",
            QrError::AmountNotTyped => "the code names no amount, and none was typed",
            QrError::AmountFixed => "the code names the amount: no other can be typed",
            QrError::TipNotAsked => "the code asks for no tip",
        })
    }
}

impl std::error::Error for QrError {}
