//! Days of the calendar.

use crate::Code;

/// A day of the Gregorian calendar, from the year 1 to 9999, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The first day of the year 1.
    pub const FIRST: Self = Self { year: 1, month: 1, day: 1 };

    /// Trims and reads `2026-11-23`.
    ///
    /// # Errors
    /// `Required` when blank, `NotDate`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Code::Required);
        }
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else { return Err(Code::NotDate) };
        let mut whole = true;
        let mut number = |digits: &[u8]| {
            digits.iter().fold(0, |number: u16, digit| {
                whole &= digit.is_ascii_digit();
                number * 10 + u16::from(digit & 15)
            })
        };
        let (year, month, day) = (number(&[y1, y2, y3, y4]), number(&[m1, m2]), number(&[d1, d2]));
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let longest = match month {
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => 0,
        };
        if !whole || year == 0 || day == 0 || day > longest {
            return Err(Code::NotDate);
        }
        Ok(Self { year, month: u8::try_from(month).unwrap_or(0), day: u8::try_from(day).unwrap_or(0) })
    }

    /// Year, month and day.
    #[must_use]
    pub const fn parts(self) -> (u16, u8, u8) {
        (self.year, self.month, self.day)
    }
}

impl core::fmt::Display for Date {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in ["2024-02-29", "2000-02-29", "0001-01-01", " 9999-12-31 ", "2026-04-30"] {
            assert_eq!(Date::parse(day).unwrap().to_string(), day.trim());
        }
        for wrong in [
            "2023-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-13-01",
            "2026-00-10",
            "2026-1-1",
            "0000-01-01",
            "2026-01-01-01",
            "2026-01-01T00:00",
            "٢٠٢٦-٠١-٠١",
            "20260101",
        ] {
            assert_eq!(Date::parse(wrong), Err(Code::NotDate), "{wrong}");
        }
        assert!(Date::parse("2026-02-01").unwrap() < Date::parse("2026-11-23").unwrap());
    }
}
