//! The cryptogram version number (CVN): which key and which input a cryptogram is made of.

use super::mac::{Padding, aes_cmac, mac_algorithm_3};

/// A cryptogram version, named by kernel and CVN as the IAD carries it (hexadecimal).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CryptogramVersion {
    /// Kernel 3, CVN 10 decimal.
    Kernel3Cvn0A,
    /// Kernel 3, CVN 17 decimal.
    Kernel3Cvn11,
    /// Kernel 3, CVN 18 decimal.
    Kernel3Cvn12,
    /// Kernel 3, the LUK-style test scheme.
    Kernel3Cvn43,
    /// Kernel 3 on the terminal's side, CVN C1: hcepay's closed-loop scheme, no payment scheme's.
    Kernel3CvnC1,
    /// Kernel 2, CVN 16 decimal: Mastercard session key, no counters.
    Kernel2Cvn10,
    /// Kernel 2, CVN 17 decimal: Mastercard session key, counters.
    Kernel2Cvn11,
    /// Kernel 2, CVN 20 decimal: EMV common session key, no counters.
    Kernel2Cvn14,
    /// Kernel 2, CVN 21 decimal: EMV common session key, counters.
    Kernel2Cvn15,
    /// Kernel 7, qPBOC by public examples.
    Kernel7Cvn01,
}

/// How the key of one cryptogram comes about; all but the last from the card master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyScheme {
    /// It is the card master key itself. Test only: a phone never holds that key.
    MasterKey,
    /// Mastercard SKD, from ATC and unpredictable number. Test only: it cannot be made before the tap.
    MastercardSessionKey,
    /// EMV common session key, from the ATC.
    CommonSessionKey,
    /// A limited-use key, from an index of year, hour and number.
    LimitedUseKey,
    /// The PBOC session key, from the ATC.
    PbocSessionKey,
    /// The closed-loop scheme's key, from the seed of its ATC. There is no card master key.
    ClosedLoop,
}

impl CryptogramVersion {
    /// The kernel: 2, 3 or 7.
    pub fn kernel(self) -> u8 {
        match self {
            Self::Kernel3Cvn0A | Self::Kernel3Cvn11 | Self::Kernel3Cvn12 | Self::Kernel3Cvn43 | Self::Kernel3CvnC1 => 3,
            Self::Kernel2Cvn10 | Self::Kernel2Cvn11 | Self::Kernel2Cvn14 | Self::Kernel2Cvn15 => 2,
            Self::Kernel7Cvn01 => 7,
        }
    }

    /// The CVN byte of the IAD.
    pub fn cvn(self) -> u8 {
        match self {
            Self::Kernel3Cvn0A => 0x0A,
            Self::Kernel3Cvn11 | Self::Kernel2Cvn11 => 0x11,
            Self::Kernel3Cvn12 => 0x12,
            Self::Kernel3Cvn43 => 0x43,
            Self::Kernel3CvnC1 => 0xC1,
            Self::Kernel2Cvn10 => 0x10,
            Self::Kernel2Cvn14 => 0x14,
            Self::Kernel2Cvn15 => 0x15,
            Self::Kernel7Cvn01 => 0x01,
        }
    }

    /// How its key is made.
    pub fn scheme(self) -> KeyScheme {
        match self {
            Self::Kernel3Cvn0A | Self::Kernel3Cvn11 => KeyScheme::MasterKey,
            Self::Kernel2Cvn10 | Self::Kernel2Cvn11 => KeyScheme::MastercardSessionKey,
            Self::Kernel3Cvn12 | Self::Kernel2Cvn14 | Self::Kernel2Cvn15 => KeyScheme::CommonSessionKey,
            Self::Kernel3Cvn43 => KeyScheme::LimitedUseKey,
            Self::Kernel3CvnC1 => KeyScheme::ClosedLoop,
            Self::Kernel7Cvn01 => KeyScheme::PbocSessionKey,
        }
    }

    /// The cryptogram that follows from key and input.
    pub fn cryptogram(self, key: &[u8; 16], input: &[u8]) -> [u8; 8] {
        match self {
            Self::Kernel3Cvn0A | Self::Kernel3Cvn11 => mac_algorithm_3(key, input, Padding::Method1),
            Self::Kernel3CvnC1 => *aes_cmac(key, input).first_chunk().expect("16 bytes begin with 8"),
            _ => mac_algorithm_3(key, input, Padding::Method2),
        }
    }

    /// Whether the card would need its master key, which a phone never holds.
    pub fn test_only(self) -> bool {
        matches!(self.scheme(), KeyScheme::MasterKey | KeyScheme::MastercardSessionKey)
    }
}

impl KeyScheme {
    /// "none" (the master key itself), "skd", "csk", "luk", "pboc" or "closed-loop".
    pub fn name(self) -> &'static str {
        match self {
            KeyScheme::MasterKey => "none",
            KeyScheme::MastercardSessionKey => "skd",
            KeyScheme::CommonSessionKey => "csk",
            KeyScheme::LimitedUseKey => "luk",
            KeyScheme::PbocSessionKey => "pboc",
            KeyScheme::ClosedLoop => "closed-loop",
        }
    }
}
