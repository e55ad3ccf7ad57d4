//! Codes as the browser hands them on. By hand, since the standard library's formatting is as large as all checks together.

use crate::cut::joined;
use crate::{Code, Date};
use alloc::string::String;

/// The names of some codes, and of all others one.
macro_rules! names {
    ($code:expr, $other:expr; $($given:pat => $name:expr,)*) => {
        match $code { $($given => const { $name.as_str() },)* _ => const { $other.as_str() } }
    };
}

impl Code {
    /// The name of a code that a check here gives, and behind a colon the limit that it carries: `too_long:100`.
    ///
    /// Other codes have no name of their own here, so that the browser does not load the names of all.
    #[must_use]
    pub fn spelled(self) -> String {
        let name = names! { self, Self::UnknownValue;
            Self::Required => Self::Required,
            Self::TooLong(_) => Self::TooLong(0),
            Self::ControlCharacter => Self::ControlCharacter,
            Self::NotBoolean => Self::NotBoolean,
            Self::NotWholeNumber => Self::NotWholeNumber,
            Self::NumberTooSmall(_) => Self::NumberTooSmall(0),
            Self::NumberTooLarge(_) => Self::NumberTooLarge(0),
            Self::NotDate => Self::NotDate,
            Self::DateTooEarly(_) => Self::DateTooEarly(Date::FIRST),
            Self::DateTooLate(_) => Self::DateTooLate(Date::FIRST),
            Self::UnknownMember => Self::UnknownMember,
            Self::NameWithoutLetter => Self::NameWithoutLetter,
            Self::EmailMissingAt => Self::EmailMissingAt,
            Self::EmailManyAts => Self::EmailManyAts,
            Self::EmailLocalPart => Self::EmailLocalPart,
            Self::EmailLocalTooLong => Self::EmailLocalTooLong,
            Self::EmailDomain => Self::EmailDomain,
            Self::EmailTopLevel => Self::EmailTopLevel,
            Self::EmailSpecialUse => Self::EmailSpecialUse,
            Self::EmailTooLong => Self::EmailTooLong,
            Self::PhoneCharacters => Self::PhoneCharacters,
            Self::PhoneTooShort => Self::PhoneTooShort,
            Self::PhoneTooLong => Self::PhoneTooLong,
            Self::NotWebAddress => Self::NotWebAddress,
            Self::NotLocale => Self::NotLocale,
        };
        let limit = match self {
            Self::TooLong(max) => decimal(max.into(), 1),
            Self::NumberTooSmall(limit) | Self::NumberTooLarge(limit) => decimal(limit, 1),
            Self::DateTooEarly(limit) | Self::DateTooLate(limit) => day(limit),
            _ => return joined(&[name]),
        };
        joined(&[name, ":", &limit])
    }
}

/// A date as `2026-11-23`.
fn day(date: Date) -> String {
    let (year, month, day) = date.parts();
    joined(&[&decimal(year.into(), 4), "-", &decimal(month.into(), 2), "-", &decimal(day.into(), 2)])
}

/// The digits of a whole number, with zeros before it up to `width`.
fn decimal(number: i64, width: usize) -> String {
    let mut signs = [""; 20];
    let mut rest = number.unsigned_abs();
    for (at, sign) in signs.iter_mut().rev().enumerate() {
        let digit = usize::try_from(rest % 10).unwrap_or_default();
        *sign = "0123456789".get(digit..=digit).unwrap_or_default();
        rest /= 10;
        if rest == 0 && at + 1 >= width {
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
            assert_eq!(decimal(number, 1), number.to_string());
        }
    }
}
