//! India's tax numbers of companies.

use super::text_type;
use crate::invalid::Code;

/// A GSTIN whose check character is right: two digits of the state, the holder's PAN, a number, a letter, the check.
/// Whether it was ever given out is not checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gstin(String);

impl Gstin {
    /// Its length.
    pub const MAX: u16 = 15;

    /// Trims, takes to upper case and reads a number.
    ///
    /// # Errors
    /// `Required` when blank, `NotGstin`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = text.trim().to_ascii_uppercase();
        match text.as_bytes() {
            [] => Err(Code::Required),
            signs if has_shape(signs) && check_sign(&signs[..14]) == signs.last().copied() => Ok(Self(text)),
            _ => Err(Code::NotGstin),
        }
    }

    /// The number in upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(Gstin);

const SIGNS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// State, PAN (five letters, four digits, a letter), the count of its registrations in the state, and two more signs.
fn has_shape(signs: &[u8]) -> bool {
    let &[s1, s2, ref pan @ .., number, letter, check] = signs else { return false };
    let [letters @ .., p6, p7, p8, p9, p10] = pan else { return false };
    s1.is_ascii_digit()
        && s2.is_ascii_digit()
        && matches!((s1 - b'0') * 10 + (s2 - b'0'), 1..=38 | 97 | 99)
        && letters.len() == 5
        && letters.iter().all(u8::is_ascii_uppercase)
        && [p6, p7, p8, p9].into_iter().all(u8::is_ascii_digit)
        && p10.is_ascii_uppercase()
        && (number.is_ascii_uppercase() || matches!(number, b'1'..=b'9'))
        && letter.is_ascii_alphanumeric()
        && check.is_ascii_alphanumeric()
}

/// Luhn's sum modulo 36 over the signs before the check: each second one counts twice, and a product of two signs is
/// the sum of them.
fn check_sign(signs: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for (at, sign) in signs.iter().enumerate() {
        let product = SIGNS.iter().position(|known| known == sign)? * (1 + at % 2);
        sum += product / 36 + product % 36;
    }
    SIGNS.get((36 - sum % 36) % 36).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    #[test]
    fn real_numbers_pass_and_damaged_ones_do_not() {
        for right in ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", " 24aaacc1206d1zm "] {
            assert_eq!(Gstin::parse(right).map(|gstin| gstin.to_string()), Ok(right.trim().to_uppercase()));
        }
        let wrong = [
            ("", Code::Required),
            ("27AAPFU0939F1ZW", Code::NotGstin),
            ("27AAPFU0939F1Z", Code::NotGstin),
            ("27AAPFU0939F1ZVV", Code::NotGstin),
            ("39AAPFU0939F1ZV", Code::NotGstin),
            ("00AAPFU0939F1ZV", Code::NotGstin),
            ("27AAPF00939F1ZV", Code::NotGstin),
            ("27AAPFU0939F0ZV", Code::NotGstin),
            ("27ÄAPFU0939F1ZV", Code::NotGstin),
        ];
        for (text, code) in wrong {
            assert_eq!(Gstin::parse(text), Err(code), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_single_wrong_sign_passes(at in 0..15_usize, sign in prop::sample::select(SIGNS.to_vec())) {
            let mut signs = *b"27AAPFU0939F1ZV";
            signs[at] = sign;
            let text = String::from_utf8(signs.to_vec()).unwrap();
            prop_assert_eq!(Gstin::parse(&text).is_ok(), text == "27AAPFU0939F1ZV", "{}", text);
        }
    }
}
