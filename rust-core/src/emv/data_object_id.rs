//! Which data object of a merchant's QR code.

use std::fmt;

/// The ID of a data object in a merchant-presented QR code (EMV QRCPS, Merchant-Presented Mode 1.1, chapter 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct DataObjectId {
    /// The template that it stands in, 00 to 99; none where it stands in the code itself.
    pub template: Option<u8>,
    /// 00 to 99.
    pub id: u8,
}

impl DataObjectId {
    /// In the code itself.
    pub(crate) fn root(id: u8) -> DataObjectId {
        DataObjectId { template: None, id }
    }

    /// EMVCo's name of it, where it stands in the code itself.
    fn name(self) -> Option<&'static str> {
        if self.template.is_some() {
            return None;
        }
        Some(match self.id {
            0 => "payload format indicator",
            1 => "point of initiation method",
            2..=51 => "merchant account information",
            52 => "merchant category code",
            53 => "transaction currency",
            54 => "transaction amount",
            55 => "tip or convenience fee indicator",
            56 => "fixed convenience fee",
            57 => "convenience fee in percent",
            58 => "country code",
            59 => "merchant name",
            60 => "merchant city",
            61 => "postal code",
            62 => "additional data",
            63 => "checksum",
            64 => "merchant information in another language",
            _ => return None,
        })
    }
}

/// `59 (merchant name)`; in a template `62-05`.
impl fmt::Display for DataObjectId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(template) = self.template {
            write!(formatter, "{template:02}-")?;
        }
        write!(formatter, "{:02}", self.id)?;
        self.name().map_or(Ok(()), |name| write!(formatter, " ({name})"))
    }
}
