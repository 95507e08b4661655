//! How often readers may ask for a cryptogram before the holder must verify again: a hostile one could burn keys or collect
//! cryptograms from a phone in a pocket. What they get in an hour and in a day is counted over processes: [`crate::card::cryptogram_budget`].

use crate::now::Now;

/// In one contact.
const MOST_IN_A_CONTACT: usize = 3;
/// In one minute.
const MOST_IN_A_MINUTE: usize = 6;
const MINUTE_MS: u64 = 60_000;

/// The cryptogram requests of the last minute, and of this contact.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    in_contact: usize,
    /// Boot times, at most [`MOST_IN_A_MINUTE`].
    in_minute: Vec<u64>,
}

impl RateLimit {
    /// Counts a request. Requests that are refused for it are not counted: the minute ends whatever a reader does.
    pub(crate) fn allows_one_more(&mut self, now: Now) -> bool {
        self.in_minute.retain(|at_ms| now.boot_ms.abs_diff(*at_ms) < MINUTE_MS);
        if self.in_contact >= MOST_IN_A_CONTACT || self.in_minute.len() >= MOST_IN_A_MINUTE {
            return false;
        }
        self.in_contact = self.in_contact.saturating_add(1);
        self.in_minute.push(now.boot_ms);
        true
    }

    /// A contact begins.
    pub(crate) fn begin_contact(&mut self) {
        self.in_contact = 0;
    }

    /// The holder has verified.
    pub(crate) fn begin_anew(&mut self) {
        *self = RateLimit::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(boot_ms: u64) -> Now {
        Now { boot_count: 1, boot_ms, wall_ms: 0 }
    }

    #[test]
    fn a_contact_gets_three_and_a_minute_six_until_the_holder_verifies() {
        let mut pace = RateLimit::default();
        let ask = |pace: &mut RateLimit, boot_ms| pace.allows_one_more(at(boot_ms));
        assert_eq!([0, 1, 2, 3].map(|ms| ask(&mut pace, ms)), [true, true, true, false]);
        pace.begin_contact();
        assert_eq!([10, 11, 12, 13].map(|ms| ask(&mut pace, ms)), [true, true, true, false]);
        pace.begin_contact();
        assert!(!ask(&mut pace, 59_999));
        assert!(ask(&mut pace, 60_000), "the first one is a minute ago");
        assert!(!ask(&mut pace, 60_000));
        pace.begin_anew();
        assert!(ask(&mut pace, 60_000));
    }
}
