//! The one truth about the holder's verification, in words: how it was done, what a card asks, and the [`Verdict`] that all
//! kernels encode.

/// How the holder was verified, as far as the platform can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// A biometric; which one Android does not tell.
    Biometric,
    /// The screen lock's PIN, pattern or password; which one Android does not tell.
    DeviceCredential,
    /// Verified by the system, without a word about how.
    Unknown,
    /// The app says so.
    AppReported,
}

impl Method {
    const ALL: [Method; 4] = [Method::Biometric, Method::DeviceCredential, Method::Unknown, Method::AppReported];

    /// Its number, in the ledger and for whoever hands it on.
    pub fn byte(self) -> u8 {
        match self {
            Method::Biometric => 1,
            Method::DeviceCredential => 2,
            Method::Unknown => 3,
            Method::AppReported => 4,
        }
    }

    pub(crate) fn of_byte(byte: u8) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.byte() == byte)
    }

    /// The name used in rows.
    pub fn name(self) -> &'static str {
        match self {
            Method::Biometric => "biometric",
            Method::DeviceCredential => "device-credential",
            Method::Unknown => "unknown",
            Method::AppReported => "app-reported",
        }
    }
}

/// What a card asks of its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Requirement {
    /// Verification before each cryptogram.
    Always,
    /// Verification where the terminal asks for it.
    WhenAsked,
}

/// The one truth about the holder's verification for one cryptogram. Kernel 3 encodes it in CTQ and CVR, kernel 2
/// holds the terminal's claims against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The holder was verified on this phone, in time, for this cryptogram.
    Verified(Method),
    /// Not verified, and neither card nor terminal asks for it.
    NotNeeded,
    /// Not verified, and not asked for: the payment is within what may be paid without.
    LowValue,
    /// Not verified, and not asked for: a gate that the holder has chosen to pass so.
    Transit,
    /// Not verified on this phone: the terminal's online PIN, which the issuer checks, is to stand for it.
    OnlinePin,
    /// Asked for, but there is none.
    Missing(Missing),
}

/// Why there is no verification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The holder has not verified since the last cryptogram.
    NotVerified,
    /// The holder has, but the window is over.
    WindowOver,
    /// The holder has, for another card.
    AnotherCard,
    /// The holder has, for another amount or currency.
    AnotherPayment,
    /// The holder has not, and what may be paid without is used up.
    AllowanceUsedUp,
}
