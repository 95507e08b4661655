//! Cardholder verification: armed, until when; and one [`Verdict`] that all kernels encode.
//!
//! The phone verifies the holder (biometric or screen lock) before the tap and arms the wallet. A window opens on the
//! phone's boot clock, which no one can set, for exactly one cryptogram.

use crate::card::cardholder_verification::{Method, Missing, Verdict};
use crate::error::Error;
use crate::now::Now;

/// How long a verification lasts where the app does not say otherwise.
pub const DEFAULT_WINDOW_MS: u64 = 30_000;

/// How long a window may be.
pub(crate) const WINDOWS_MS: std::ops::RangeInclusive<u64> = 5_000..=120_000;

/// Whether the wallet is armed.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    armed: Option<Armed>,
}

#[derive(Debug)]
struct Armed {
    method: Method,
    boot_count: u32,
    from_ms: u64,
    until_ms: u64,
}

impl Verification {
    /// Opens a window for one cryptogram; gives the boot time at which it ends. Replaces a window that is open.
    pub(crate) fn arm(&mut self, now: Now, method: Method, window_ms: u64) -> Result<u64, Error> {
        if !WINDOWS_MS.contains(&window_ms) {
            return Err(Error::WindowOutOfRange);
        }
        let until_ms = now.boot_ms.saturating_add(window_ms);
        self.armed = Some(Armed { method, boot_count: now.boot_count, from_ms: now.boot_ms, until_ms });
        Ok(until_ms)
    }

    /// Closes the window: after a cryptogram, or because the holder or the app says so.
    pub(crate) fn disarm(&mut self) {
        self.armed = None;
    }

    /// Where the window has ended it is as if there had been none: another one is about to be opened.
    pub(crate) fn forget_if_over(&mut self, now: Now) {
        if self.is_over(now) {
            self.disarm();
        }
    }

    /// Whether the window has ended, or the boot that it was opened in: nothing that it opened may stay open.
    pub(crate) fn is_over(&self, now: Now) -> bool {
        self.armed.is_some() && !matches!(self.verdict(now, false), Verdict::Verified(_))
    }

    /// The boot time at which the window ends that is open now.
    pub(crate) fn open_until(&self, now: Now) -> Option<u64> {
        self.armed.as_ref().filter(|_| !self.is_over(now)).map(|armed| armed.until_ms)
    }

    /// What is true now, given whether card or terminal need the holder verified.
    pub(crate) fn verdict(&self, now: Now, needed: bool) -> Verdict {
        let missing = match &self.armed {
            Some(armed) if armed.boot_count != now.boot_count => Missing::NotVerified,
            Some(armed) if (armed.from_ms..armed.until_ms).contains(&now.boot_ms) => {
                return Verdict::Verified(armed.method);
            }
            Some(_) => Missing::WindowOver,
            None => Missing::NotVerified,
        };
        if needed { Verdict::Missing(missing) } else { Verdict::NotNeeded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot_ms: u64) -> Now {
        Now { boot_count: 1, boot_ms, wall_ms: 0 }
    }

    fn armed_at_1000() -> Verification {
        let mut verification = Verification::default();
        assert_eq!(verification.arm(at(1000), Method::Biometric, DEFAULT_WINDOW_MS), Ok(31_000));
        verification
    }

    #[test]
    fn the_window_ends_to_the_millisecond_whatever_the_wall_clock_says() {
        let verification = armed_at_1000();
        assert_eq!(verification.verdict(at(30_999), true), Verdict::Verified(Method::Biometric));
        assert_eq!(verification.verdict(at(31_000), true), Verdict::Missing(Missing::WindowOver));
        assert_eq!(verification.verdict(at(31_000), false), Verdict::NotNeeded);
        let another_day = Now { wall_ms: u64::MAX, ..at(30_999) };
        assert_eq!(verification.verdict(another_day, true), Verdict::Verified(Method::Biometric));
    }

    #[test]
    fn a_boot_clock_that_runs_backwards_or_starts_anew_verifies_no_one() {
        let verification = armed_at_1000();
        assert_eq!(verification.verdict(at(999), true), Verdict::Missing(Missing::WindowOver));
        let rebooted = Now { boot_count: 2, ..at(1500) };
        assert_eq!(verification.verdict(rebooted, true), Verdict::Missing(Missing::NotVerified));
    }

    #[test]
    fn disarmed_is_as_if_never_armed() {
        let mut verification = armed_at_1000();
        verification.disarm();
        assert_eq!(verification.verdict(at(1000), true), Verdict::Missing(Missing::NotVerified));
    }

    #[test]
    fn a_window_of_seconds_or_hours_is_refused() {
        let mut verification = Verification::default();
        for window in [0, 4_999, 120_001, u64::MAX] {
            assert_eq!(verification.arm(at(0), Method::Unknown, window), Err(Error::WindowOutOfRange));
        }
    }
}
