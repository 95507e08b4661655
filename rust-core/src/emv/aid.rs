//! Application identifiers (AID, 4F and 84; ISO/IEC 7816-4, section 12.3.4).

use std::fmt;

/// The full name of a card application, 5 to 16 bytes. It says which scheme and product, not whose card.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aid {
    length: u8,
    bytes: [u8; 16],
}

impl Aid {
    /// `None` where the name is not 5 to 16 bytes long.
    pub fn new(name: &[u8]) -> Option<Aid> {
        let mut bytes = [0; 16];
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        let length = u8::try_from(name.len()).ok()?;
        (length >= 5).then_some(Aid { length, bytes })
    }

    /// The name.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or(&self.bytes)
    }
}

impl fmt::Display for Aid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(formatter, "{byte:02X}"))
    }
}

impl fmt::Debug for Aid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
