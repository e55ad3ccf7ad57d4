//! Codes as the browser hands them on. By hand, since the standard library's formatting is as large as all checks together.

use crate::cut::joined;
use crate::{Code, Date};
use alloc::string::String;

impl Code {
    /// The name, and behind a colon the limit that the code carries: `too_long:100`.
    #[must_use]
    pub fn spelled(self) -> String {
        let limit = match self {
            Self::TooLong(max) => decimal(i64::from(max)),
            Self::NumberTooSmall(limit) | Self::NumberTooLarge(limit) => decimal(limit),
            Self::DateTooEarly(limit) | Self::DateTooLate(limit) => day(limit),
            _ => return joined(&[self.as_str()]),
        };
        joined(&[self.as_str(), ":", &limit])
    }
}

/// A date as `2026-11-23`.
fn day(date: Date) -> String {
    let (year, month, day) = date.parts();
    // A one before each part, taken off again, keeps the zeros that lead it.
    let part = |number: u16, width: i64| decimal(width + i64::from(number));
    let [year, month, day] = [part(year, 10_000), part(u16::from(month), 100), part(u16::from(day), 100)];
    let [year, month, day] = [&year, &month, &day].map(|text| text.get(1..).unwrap_or_default());
    joined(&[year, "-", month, "-", day])
}

/// The digits of a whole number.
fn decimal(number: i64) -> String {
    let mut signs = [""; 20];
    let mut rest = number.unsigned_abs();
    for sign in signs.iter_mut().rev() {
        let digit = usize::try_from(rest % 10).unwrap_or_default();
        *sign = "0123456789".get(digit..=digit).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    joined(&[if number < 0 { "-" } else { "" }, &joined(&signs)])
}

#[cfg(test)]
mod tests {
    use super::{Code, Date, decimal};
    use alloc::string::ToString;

    #[test]
    fn codes_are_spelled_with_their_limits() {
        assert_eq!(Code::TooLong(100).spelled(), "too_long:100");
        assert_eq!(Code::Required.spelled(), "required");
        for text in ["2026-11-03", "0001-01-01", "9999-12-31"] {
            let date = Date::parse(text).unwrap();
            assert_eq!(Code::DateTooEarly(date).spelled(), ["date_too_early:", text].concat());
        }
        assert_eq!(Code::NumberTooLarge(-12).spelled(), "number_too_large:-12");
        for number in [0, 7, 10, -1, 65_535, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
