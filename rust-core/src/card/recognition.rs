//! By what its holder recognises a card: never the whole token.

use std::fmt;

use crate::emv::date::{self, DAY_MS};

/// The last four digits of a card's token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LastFour([u8; 4]);

impl LastFour {
    /// Of the digits of a token, a byte each. `None` where there are fewer.
    pub(crate) fn of(token: &[u8]) -> Option<LastFour> {
        token.last_chunk().copied().map(LastFour)
    }

    /// Each 0 to 9.
    pub fn digits(self) -> [u8; 4] {
        self.0
    }
}

// It tells cards apart, so it stands in no log.
impl fmt::Debug for LastFour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LastFour(..)")
    }
}

/// The month at whose end a card's token expires, or a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpiryMonth {
    /// With its century.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
}

impl ExpiryMonth {
    /// Of the digits YYMM, a byte each. Years 50 to 99 are of the century before (EMV Book 4, section 10.1). `None` where there
    /// is no such month.
    pub(crate) fn of(digits: &[u8]) -> Option<ExpiryMonth> {
        let [tens, ones, month @ ..] = digits else { return None };
        let month = match month {
            [0, month @ 1..=9] => *month,
            [1, 0] => 10,
            [1, 1] => 11,
            [1, 2] => 12,
            _ => return None,
        };
        let century: u16 = if *tens < 5 { 2000 } else { 1900 };
        let of_century = u16::from(*tens).saturating_mul(10).saturating_add(u16::from(*ones));
        Some(ExpiryMonth { year: century.saturating_add(of_century), month })
    }

    /// Whether it is over: the wall clock stands in a later month (in UTC).
    pub(crate) fn is_over(self, wall_ms: u64) -> bool {
        wall_ms >= self.over_from_ms()
    }

    /// Where the wall clock stands when the next month begins (in UTC).
    pub(crate) fn over_from_ms(self) -> u64 {
        let (year, month) = (u64::from(self.year), u64::from(self.month));
        let (year, month) = match month {
            0 => return 0,
            12.. => (year.saturating_add(1), 1),
            1.. => (year, month.saturating_add(1)),
        };
        date::days_to(year, month, 1).saturating_mul(DAY_MS)
    }
}

impl fmt::Debug for ExpiryMonth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ExpiryMonth(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_has_a_century_and_is_one_of_twelve() {
        let of = |digits: &[u8]| ExpiryMonth::of(digits).map(|expiry| (expiry.year, expiry.month));
        assert_eq!(of(&[3, 1, 1, 2]), Some((2031, 12)));
        assert_eq!(of(&[4, 9, 0, 1]), Some((2049, 1)));
        assert_eq!(of(&[5, 0, 0, 9]), Some((1950, 9)));
        for wrong in [&[3, 1, 0, 0][..], &[3, 1, 1, 3], &[3, 1, 2, 0], &[3, 1, 1], &[], &[3, 1, 1, 2, 0]] {
            assert_eq!(of(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn neither_shows_where_it_is_printed() {
        let printed =
            format!("{:?} {:?}", LastFour::of(&[1, 2, 3, 4]).unwrap(), ExpiryMonth::of(&[3, 1, 1, 2]).unwrap());
        assert_eq!(printed, "LastFour(..) ExpiryMonth(..)");
    }
}
