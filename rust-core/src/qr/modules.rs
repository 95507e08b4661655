//! The picture of a QR code: light and dark modules, without the light border that it needs around it.

use qrcode::{Color, EcLevel, QrCode};

/// The modules of a QR code, row by row from above, each from the left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modules {
    /// How many a row has, and how many rows there are.
    pub width: usize,
    /// Which are dark.
    pub dark: Vec<bool>,
}

impl Modules {
    /// Of a text, with error correction that bears 15 % of it (level M). `None` where it is too long for a QR code: none of a
    /// [`ConsumerCode`](crate::ConsumerCode) is.
    pub fn of(text: &str) -> Option<Modules> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let dark = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Modules { width: code.width(), dark })
    }
}
