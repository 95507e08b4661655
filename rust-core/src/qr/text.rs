//! Texts and digits of a merchant's QR code.

use crate::emv::data_object_id::DataObjectId;
use crate::emv::hidden::is_hidden;
use crate::error::qr::QrError;

/// A text of EMV's common character set (format *ans*; EMV Book 4, annex B: space to tilde), of at most so many characters.
pub(super) fn special(at: DataObjectId, value: &str, most: usize) -> Result<String, QrError> {
    let shown = any(at, value, most)?;
    if value.bytes().all(|byte| matches!(byte, b' '..=b'~')) { Ok(shown) } else { Err(QrError::Characters(at)) }
}

/// A text of any letters (format *S*), of at most so many characters, that a person can be shown.
pub(super) fn any(at: DataObjectId, value: &str, most: usize) -> Result<String, QrError> {
    if value.chars().any(is_hidden) {
        return Err(QrError::HiddenCharacters(at));
    }
    if value.trim().is_empty() {
        return Err(QrError::Empty(at));
    }
    if value.chars().count() > most {
        return Err(QrError::Length(at));
    }
    Ok(value.to_owned())
}

/// A number of exactly so many digits.
pub(super) fn number(at: DataObjectId, value: &str, digits: usize) -> Result<u16, QrError> {
    exactly(at, value, digits, u8::is_ascii_digit)?.parse().map_err(|_| QrError::Characters(at))
}

/// Exactly so many characters of one kind.
pub(super) fn exactly(at: DataObjectId, value: &str, count: usize, fits: fn(&u8) -> bool) -> Result<&str, QrError> {
    if value.chars().count() != count {
        return Err(QrError::Length(at));
    }
    if value.as_bytes().iter().all(fits) { Ok(value) } else { Err(QrError::Characters(at)) }
}
