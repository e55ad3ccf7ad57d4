//! Calendar months in UTC.

use crate::time::Instant;
use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime};

/// A month, written `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(NaiveDate);

impl Month {
    /// The month of an instant.
    #[must_use]
    pub fn of(at: Instant) -> Self {
        let day = DateTime::from_timestamp_millis(at.ms()).unwrap_or_default().date_naive();
        Self(day.with_day(1).unwrap_or(day))
    }

    /// So many months later.
    #[must_use]
    pub fn plus(self, months: u32) -> Self {
        Self(self.0.checked_add_months(Months::new(months)).unwrap_or(self.0))
    }

    /// Its first millisecond, held inside the years 0 to 9999.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant::EPOCH.plus_ms(self.0.and_time(NaiveTime::MIN).and_utc().timestamp_millis())
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}
