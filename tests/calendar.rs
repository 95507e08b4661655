//! Days and months of the wall clock, UTC, and how cards write them: two decimal digits to a byte.

/// Milliseconds of a day.
pub const DAY_MS: u64 = 24 * 3_600_000;

/// The months from January 1970 to the end of 2099. No card writes a later one.
const MONTHS: u32 = 130 * 12;

/// The days of the month that comes so many after January 1970. Every fourth year is a leap year: it is so up to 2099.
fn days_in(month: u32) -> u64 {
    match month % 12 {
        1 if (month / 12).saturating_add(1970).is_multiple_of(4) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// The days from 1970 to the first of the month that comes so many after January of it.
pub fn first_day(month: u32) -> u64 {
    (0..month).map(days_in).sum()
}

/// The date of a moment, YYMMDD.
pub fn date_of(wall_ms: u64) -> [u8; 3] {
    let (mut month, mut left) = (0, wall_ms / DAY_MS);
    while left >= days_in(month) && month < MONTHS {
        left = left.saturating_sub(days_in(month));
        month = month.saturating_add(1);
    }
    let day = u32::try_from(left).unwrap_or(u32::MAX).saturating_add(1);
    [two_digits((month / 12).saturating_add(70) % 100), two_digits((month % 12).saturating_add(1)), two_digits(day)]
}

/// The days from 1970 to this date, YYMMDD of 2000 to 2099. `None` where it is no date.
pub fn day_of(date: [u8; 3]) -> Option<u64> {
    let [year, month, day] = date.map(number);
    let month =
        month?.checked_sub(1).filter(|month| *month < 12)?.saturating_add(year?.saturating_add(30).saturating_mul(12));
    let day = u64::from(day?.checked_sub(1)?);
    (day < days_in(month)).then(|| first_day(month).saturating_add(day))
}

/// At most 99.
fn two_digits(number: u32) -> u8 {
    u8::try_from(((number / 10) << 4) | (number % 10)).unwrap_or(0x99)
}

fn number(digits: u8) -> Option<u32> {
    let (tens, ones) = (u32::from(digits >> 4), u32::from(digits & 0x0F));
    (tens < 10 && ones < 10).then(|| tens.saturating_mul(10).saturating_add(ones))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By `date -u -d DATE +%s`.
    const DATES: [(u64, [u8; 3]); 5] = [
        (946_684_800, [0x00, 0x01, 0x01]),
        (1_767_225_599, [0x25, 0x12, 0x31]),
        (1_767_225_600, [0x26, 0x01, 0x01]),
        (1_835_395_200, [0x28, 0x02, 0x29]),
        (4_102_444_799, [0x99, 0x12, 0x31]),
    ];

    #[test]
    fn a_moment_has_its_date_and_a_date_its_day() {
        for (seconds, date) in DATES {
            assert_eq!(date_of(seconds * 1000), date);
            assert_eq!(day_of(date), Some(seconds / 86_400));
        }
        date_of(u64::MAX);
    }

    #[test]
    fn what_is_no_date_has_no_day() {
        for date in [[0x26, 0x02, 0x29], [0x26, 0x00, 0x01], [0x26, 0x13, 0x01], [0x26, 0x01, 0x00], [0x2A, 0x01, 0x01]]
        {
            assert_eq!(day_of(date), None, "{date:X?}");
        }
    }
}
