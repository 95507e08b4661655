//! Amounts and percentages as a merchant's QR code writes them: digits, and perhaps a point.

use crate::emv::amount::MOST_MINOR;
use crate::emv::data_object_id::DataObjectId;
use crate::error::qr::QrError;

/// An amount (54, 56) in minor units of a currency with so many decimals. EMV QRCPS: at most 13 characters, the digits 0
/// to 9 and at most one point, which may stand at the end (`98.73`, `98` and `98.` are its own examples); not zero. Fewer decimals
/// than the currency has are taken as written (`390.8`); more are refused, even zeros.
pub(super) fn amount(at: DataObjectId, text: &str, decimals: u8) -> Result<u64, QrError> {
    if text.chars().count() > 13 {
        return Err(QrError::Length(at));
    }
    let minor = scaled(text, decimals).map_err(|fault| match fault {
        Fault::Form => QrError::AmountForm(at),
        Fault::Decimals => QrError::AmountDecimals(at),
    })?;
    in_bounds(at, minor)
}

/// That it is not zero and has at most 12 digits.
pub(super) fn in_bounds(at: DataObjectId, minor: u64) -> Result<u64, QrError> {
    match minor {
        0 => Err(QrError::AmountZero(at)),
        1..=MOST_MINOR => Ok(minor),
        _ => Err(QrError::AmountTooLarge),
    }
}

/// A percentage (57) in hundredths of a percent: 0.01 to 99.99, at most 5 characters.
pub(super) fn percentage(text: &str) -> Result<u16, QrError> {
    let hundredths = scaled(text, 2).ok().filter(|_| text.len() <= 5).and_then(|number| u16::try_from(number).ok());
    hundredths.filter(|hundredths| (1..=9_999).contains(hundredths)).ok_or(QrError::FeePercentage)
}

enum Fault {
    Form,
    Decimals,
}

/// The number without its point, filled up to so many decimals.
fn scaled(text: &str, decimals: u8) -> Result<u64, Fault> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(Fault::Form);
    }
    if fraction.len() > decimals.into() {
        return Err(Fault::Decimals);
    }
    format!("{whole}{fraction:0<width$}", width = decimals.into()).parse().map_err(|_| Fault::Form)
}
