//! The issuer's clock. It goes with the phone's, so far ahead of it or behind it as it was set; but where the phone's is set
//! back, it stands: an issuer is elsewhere, and its time does not run backwards.

/// What it goes by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct IssuerClock {
    /// So many milliseconds before the phone's.
    pub(crate) ahead_ms: i64,
    /// The latest that it has shown.
    pub(crate) latest_ms: u64,
}

impl IssuerClock {
    /// What it shows, where the phone's shows this: milliseconds since 1970.
    pub(crate) fn now(&mut self, wall_ms: u64) -> u64 {
        self.latest_ms = self.latest_ms.max(wall_ms.saturating_add_signed(self.ahead_ms));
        self.latest_ms
    }

    /// Sets it, back too.
    pub(crate) fn set(&mut self, wall_ms: u64, to_ms: u64) {
        self.ahead_ms = to_ms.checked_signed_diff(wall_ms).unwrap_or(i64::MAX);
        self.latest_ms = to_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_with_the_phone_s_clock_and_never_back_unless_it_is_set() {
        let mut clock = IssuerClock::default();
        assert_eq!([clock.now(1000), clock.now(3000), clock.now(2000)], [1000, 3000, 3000]);
        clock.set(2000, 500);
        assert_eq!([clock.now(2000), clock.now(2600), clock.now(0)], [500, 1100, 1100]);
        clock.set(1000, 9000);
        assert_eq!([clock.now(1000), clock.now(1001)], [9000, 9001]);
    }
}
