//! How many cryptograms readers get from a card without its holder verified: as many as a person would ask for. A reader that
//! follows a phone in a pocket would else collect them without end.
//!
//! Counted is what was spent, by the wall clock of its record, so that a process that begins anew or a phone that is started
//! anew gives no fresh hour. Readers do not set that clock; set back, it makes nothing older. A payment with the holder
//! verified begins anew.

use super::policy::Policy;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Where the policy leaves it to the wallet.
const MOST_AN_HOUR: u8 = 20;
const MOST_A_DAY: u8 = 60;
/// No budget.
const ENDLESS: u8 = 0xFF;
/// As many as the largest budget.
const MOST_KEPT: usize = 254;

/// When a card's last cryptograms without verification were given, within a day; oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unverified(Vec<u64>);

impl Unverified {
    /// Those that were kept.
    pub(crate) fn of(at_ms: Vec<u64>) -> Unverified {
        Unverified(at_ms)
    }

    /// To be kept: at most 254.
    pub(crate) fn at_ms(&self) -> &[u64] {
        &self.0
    }

    /// One more.
    pub(crate) fn count(&mut self, wall_ms: u64) {
        let at_ms = self.0.last().map_or(wall_ms, |last| wall_ms.max(*last));
        self.0.retain(|before| at_ms.saturating_sub(*before) < DAY_MS);
        if self.0.len() >= MOST_KEPT {
            self.0.remove(0);
        }
        self.0.push(at_ms);
    }

    /// The issuer says what time it is: none was given later.
    pub(crate) fn set_clock(&mut self, wall_ms: u64) {
        self.0.iter_mut().for_each(|at_ms| *at_ms = wall_ms.min(*at_ms));
    }

    /// Whether it is the holder's turn to verify.
    pub(crate) fn are_enough(&self, policy: &Policy, wall_ms: u64) -> bool {
        let within = |span| self.0.iter().filter(|at_ms| wall_ms.saturating_sub(**at_ms) < span).count();
        let reached = |most, default, span| match most {
            ENDLESS => false,
            0 => within(span) >= usize::from(default),
            most => within(span) >= usize::from(most),
        };
        reached(policy.most_an_hour, MOST_AN_HOUR, HOUR_MS) || reached(policy.most_a_day, MOST_A_DAY, DAY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = 1_800_000_000_000;

    fn policy(most_an_hour: u8, most_a_day: u8) -> Policy {
        Policy { most_an_hour, most_a_day, ..Policy::UNSEALED }
    }

    fn given(at_ms: impl IntoIterator<Item = u64>) -> Unverified {
        let mut unverified = Unverified::default();
        at_ms.into_iter().for_each(|at_ms| unverified.count(at_ms));
        unverified
    }

    #[test]
    fn an_hour_and_a_day_slide_and_hold_no_more_than_the_policy_says() {
        let three = given([NOON, NOON + 1, NOON + 2]);
        assert!(!three.are_enough(&policy(4, 4), NOON + 2));
        assert!(three.are_enough(&policy(3, 0xFF), NOON + 2));
        assert!(three.are_enough(&policy(3, 0xFF), NOON + HOUR_MS - 1));
        assert!(!three.are_enough(&policy(3, 0xFF), NOON + HOUR_MS), "the first is an hour ago");
        assert!(three.are_enough(&policy(0xFF, 3), NOON + DAY_MS - 1));
        assert!(!three.are_enough(&policy(0xFF, 3), NOON + DAY_MS));
        assert!(given([NOON; 300]).are_enough(&policy(0xFF, 254), NOON));
        assert!(!given([NOON; 300]).are_enough(&policy(0xFF, 0xFF), NOON));
    }

    #[test]
    fn where_the_policy_says_nothing_twenty_an_hour_and_sixty_a_day_are_given() {
        let hourly = |count| given(vec![NOON; count]).are_enough(&policy(0, 0), NOON);
        assert_eq!([hourly(19), hourly(20)], [false, true]);
        let daily = |count: u64| {
            let last = NOON + (count - 1) * 20 * 60_000;
            given((0..count).map(|number| NOON + number * 20 * 60_000)).are_enough(&policy(0, 0), last)
        };
        assert_eq!([daily(59), daily(60)], [false, true], "three an hour");
    }

    #[test]
    fn a_clock_set_back_makes_nothing_older_and_the_issuer_s_time_nothing_later() {
        let mut three = given([NOON, NOON - HOUR_MS, NOON - DAY_MS]);
        assert_eq!(three.at_ms(), [NOON; 3]);
        assert!(three.are_enough(&policy(3, 3), NOON - DAY_MS));
        three.set_clock(NOON - DAY_MS);
        assert!(!three.are_enough(&policy(3, 3), NOON), "a day later");
    }
}
