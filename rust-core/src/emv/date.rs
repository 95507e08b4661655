//! Dates as EMV writes them: YYMMDD, two decimal digits a byte, of this century.

use super::bcd;

/// Milliseconds of a day.
pub(crate) const DAY_MS: u64 = 24 * 3_600_000;
/// From the first of March of the year 0 to 1970.
const DAYS_TO_1970: u64 = 719_468;

/// Days from 1970 to a day of the calendar: the month is 1 to 12, the day 1 to 31.
pub(crate) fn days_to(year: u64, month: u64, day: u64) -> u64 {
    // March is the first month of such a year: the leap day is its last.
    let (year, month) = match month {
        0..3 => (year.saturating_sub(1), month.saturating_add(9)),
        3.. => (year, month.saturating_sub(3)),
    };
    let of_year = (month.saturating_mul(153).saturating_add(2) / 5).saturating_add(day).saturating_sub(1);
    let leap_days = (year / 4).saturating_sub(year / 100).saturating_add(year / 400);
    let days = year.saturating_mul(365).saturating_add(leap_days).saturating_add(of_year);
    days.saturating_sub(DAYS_TO_1970)
}

/// Days since 1970 of a date (YYMMDD, BCD) of this century. `None` where it is none.
pub(crate) fn day_of(date: [u8; 3]) -> Option<u64> {
    let [year, month, day] = date.map(|byte| bcd::decimal(&[byte]));
    let (year, month, day) = (year?, month?, day?);
    let calendar = (1..=12).contains(&month) && (1..=31).contains(&day);
    calendar.then(|| days_to(year.saturating_add(2000), month, day))
}

/// The day (in UTC) of a wall clock, in milliseconds since 1970.
pub(crate) fn at(wall_ms: u64) -> [u8; 3] {
    // The first of March is the first day of such a year, and four centuries are the same as any other four.
    let days = (wall_ms / DAY_MS).saturating_add(DAYS_TO_1970);
    let (in_era, day) = (days / 146_097, days % 146_097);
    let leap = (day / 1_460).saturating_sub(day / 36_524).saturating_add(day / 146_096);
    let year = day.saturating_sub(leap) / 365;
    let before = year.saturating_mul(365).saturating_add(year / 4).saturating_sub(year / 100);
    let of_year = day.saturating_sub(before);
    let month = of_year.saturating_mul(5).saturating_add(2) / 153;
    let of_month = of_year.saturating_sub(month.saturating_mul(153).saturating_add(2) / 5).saturating_add(1);
    let (month, next_year) = if month < 10 { (month.saturating_add(3), 0) } else { (month.saturating_sub(9), 1) };
    let year = in_era.saturating_mul(400).saturating_add(year).saturating_add(next_year);
    [year, month, of_month].map(bcd::of_last_two)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_calendar() {
        // By `date -u -d 20260101 +%s`, divided by 86400.
        assert_eq!(day_of([0x26, 0x01, 0x01]), Some(20_454));
        assert_eq!(day_of([0x28, 0x02, 0x29]), Some(21_243));
        assert_eq!(day_of([0x28, 0x03, 0x01]), Some(21_244));
        assert_eq!(day_of([0x99, 0x12, 0x31]), Some(47_481));
        for none in [[0x26, 0x13, 0x01], [0x26, 0x00, 0x01], [0x26, 0x01, 0x00], [0x26, 0x01, 0x32], [0x2A, 0x01, 0x01]]
        {
            assert_eq!(day_of(none), None, "{none:X?}");
        }
    }

    #[test]
    fn every_day_of_the_century_is_read_back_as_it_was_written() {
        // From 2000-01-01 to 2099-12-31.
        for day in 10_957..47_482 {
            assert_eq!(day_of(at(day * DAY_MS + DAY_MS - 1)), Some(day));
        }
    }
}
