//! Codes as the browser hands them on. By hand, since the standard library's formatting is as large as all checks together.

use crate::Code;
use crate::cut::joined;
use alloc::string::String;

impl Code {
    /// The name, and behind a colon the limit that the code carries: `too_long:100`.
    #[must_use]
    pub fn spelled(self) -> String {
        let limit = match self {
            Self::TooLong(max) => decimal(i64::from(max)),
            _ => return joined(&[self.as_str()]),
        };
        joined(&[self.as_str(), ":", &limit])
    }
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
    use super::{Code, decimal};
    use alloc::string::ToString;

    #[test]
    fn codes_are_spelled_with_their_limits() {
        assert_eq!(Code::TooLong(100).spelled(), "too_long:100");
        assert_eq!(Code::Required.spelled(), "required");
        for number in [0, 7, 10, -1, 65_535, i64::MAX, i64::MIN] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
