//! Many taps in a few lines.

use std::time::Duration;

use super::PlayedTap;
use crate::page::microseconds;

/// What many taps came to.
#[derive(Debug, Default)]
pub struct Summary {
    accepted: usize,
    card_times: Vec<Duration>,
    whole_times: Vec<Duration>,
    first_failure: Option<(usize, PlayedTap)>,
}

impl Summary {
    /// Counts one more tap.
    pub fn add(&mut self, played: PlayedTap) {
        self.card_times.push(played.card_time());
        self.whole_times.push(played.whole_time);
        if played.is_accepted() {
            self.accepted = self.accepted.saturating_add(1);
        } else if self.first_failure.is_none() {
            self.first_failure = Some((self.taps(), played));
        }
    }

    /// How many taps there were.
    pub fn taps(&self) -> usize {
        self.whole_times.len()
    }

    /// How many of them the issuer accepted.
    pub fn accepted(&self) -> usize {
        self.accepted
    }

    /// The first that it did not accept, and which of the taps that was, counted from 1.
    pub fn first_failure(&self) -> Option<&(usize, PlayedTap)> {
        self.first_failure.as_ref()
    }

    /// Time per tap: the card alone, and the whole.
    pub fn times(&self) -> String {
        format!("card {}; whole tap {}", spread(&self.card_times), spread(&self.whole_times))
    }
}

/// Median and longest.
fn spread(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
    let longest = sorted.last().copied().unwrap_or_default();
    format!("{} (longest {})", microseconds(median), microseconds(longest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Money;
    use crate::tap::Payments;

    #[test]
    fn accepted_taps_are_counted_and_the_first_other_one_is_kept() {
        let money = Money::parse("12.50", "EUR").unwrap();
        let mut summary = Summary::default();
        for verifies in [true, true, false, false] {
            summary.add(Payments::new("kernel3-cvn18", money, verifies).unwrap().tap().unwrap());
        }
        assert_eq!((summary.taps(), summary.accepted()), (4, 2));
        assert_eq!(summary.first_failure().unwrap().0, 3);
    }

    #[test]
    fn the_median_is_the_middle_one() {
        let times = [5, 1, 900].map(Duration::from_micros);
        assert_eq!(spread(&times), "5.0 µs (longest 900.0 µs)");
        assert_eq!(spread(&[]), "0.0 µs (longest 0.0 µs)");
    }
}
