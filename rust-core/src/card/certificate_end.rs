//! The end of the certificates of offline data authentication: from when on it is told, and from when on it counts.

use super::recognition::ExpiryMonth;

/// So long before certificates are over it is told, in milliseconds: 30 days.
const TOLD_BEFORE_MS: u64 = 30 * 24 * 3_600_000;

/// The certificates with which a card authenticates itself to terminals offline end within 30 days, or have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CertificateEnd {
    /// They are over at the end of this month, in UTC.
    pub month: ExpiryMonth,
    /// The month is over.
    pub is_over: bool,
}

impl CertificateEnd {
    /// What there is to tell at this time of certificates that end with this month. `None` where it is too early.
    pub(crate) fn told(month: ExpiryMonth, wall_ms: u64) -> Option<CertificateEnd> {
        let [told_from, over_from] = moments(month);
        (wall_ms >= told_from).then_some(CertificateEnd { month, is_over: wall_ms >= over_from })
    }

    /// Whether there is more to tell at this time than there was at an earlier one.
    pub(crate) fn is_news(month: ExpiryMonth, before_ms: u64, wall_ms: u64) -> bool {
        moments(month).into_iter().any(|moment| before_ms < moment && moment <= wall_ms)
    }
}

/// When it begins to be told, and when they are over.
fn moments(month: ExpiryMonth) -> [u64; 2] {
    let over_from = month.over_from_ms();
    [over_from.saturating_sub(TOLD_BEFORE_MS), over_from]
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: u64 = 24 * 3_600_000;
    /// 2025-03-01, by `date -u -d 2025-03-01 +%s`.
    const MARCH: u64 = 1_740_787_200_000;

    #[test]
    fn an_end_is_told_from_30_days_before_and_ever_after() {
        let february = ExpiryMonth { year: 2025, month: 2 };
        let told = |wall_ms| CertificateEnd::told(february, wall_ms).map(|end| end.is_over);
        assert_eq!(told(0), None);
        assert_eq!(told(MARCH - 30 * DAY_MS - 1), None);
        assert_eq!(told(MARCH - 30 * DAY_MS), Some(false));
        assert_eq!(told(MARCH - 1), Some(false));
        assert_eq!(told(MARCH), Some(true));
        assert_eq!(told(u64::MAX), Some(true));
    }

    #[test]
    fn it_is_news_once_when_it_comes_near_and_once_when_it_is_there() {
        let february = ExpiryMonth { year: 2025, month: 2 };
        let is_news = |before, now| CertificateEnd::is_news(february, before, now);
        let near = MARCH - 30 * DAY_MS;
        assert!(!is_news(0, near - 1) && is_news(near - 1, near) && !is_news(near, MARCH - 1));
        assert!(is_news(MARCH - 1, MARCH) && !is_news(MARCH, u64::MAX) && is_news(0, u64::MAX));
    }
}
