//! Money: whole minor units in storage, an exact decimal in major units on the wire (spec O3).

use crate::field::text_type;
use crate::invalid::Code;
use crate::time::MAX_SAFE_INTEGER;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// The digits that every JSON reader keeps of a fraction: those of an IEEE double.
const EXACT_DIGITS: usize = 15;

/// A currency of ISO 4217 that counts in minor units; metals, funds of accounts and test codes have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Currency {
    code: &'static str,
    digits: u8,
}

impl Currency {
    /// Trims and reads a three-letter code in any case.
    ///
    /// # Errors
    /// `Required` when blank, `UnknownValue`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let code = text.trim().to_ascii_uppercase();
        if code.is_empty() {
            return Err(Code::Required);
        }
        let known = iso_currency::Currency::from_code(&code).filter(|known| !known.is_special());
        let digits = known.and_then(|known| known.exponent()).and_then(|digits| u8::try_from(digits).ok());
        match (known, digits) {
            (Some(known), Some(digits)) => Ok(Self { code: known.code(), digits }),
            _ => Err(Code::UnknownValue),
        }
    }

    /// The code, in capitals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.code
    }

    /// How many decimals its amounts have: 2 for INR, 0 for JPY, 3 for KWD.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.digits
    }
}

text_type!(Currency);

/// An amount of zero or more, in whole minor units of its currency within 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    minor: u64,
    currency: Currency,
}

impl Money {
    /// So many minor units; `None` below zero or beyond 2^53.
    #[must_use]
    pub fn from_minor(minor: i64, currency: Currency) -> Option<Self> {
        let minor = u64::try_from(minor).ok().filter(|_| minor <= MAX_SAFE_INTEGER)?;
        Some(Self { minor, currency })
    }

    /// Reads a decimal in major units, digits with at most one point: `1250.50`. Zeros at the end make no difference.
    ///
    /// # Errors
    /// `Required` when blank; `NotAmount` for a sign, an exponent or any other character, for more decimals than the
    /// currency has, and beyond 2^53 minor units.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Code> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Code::Required);
        }
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(Code::NotAmount),
            Some((whole, fraction)) => (whole, fraction.trim_end_matches('0')),
            None => (text, ""),
        };
        let digits = usize::from(currency.digits);
        let numeric = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric || fraction.len() > digits {
            return Err(Code::NotAmount);
        }
        let minor = format!("{whole}{fraction:0<digits$}").parse().map_err(|_| Code::NotAmount)?;
        Self::from_minor(minor, currency).ok_or(Code::NotAmount)
    }

    /// Reads a JSON number or text. A number with a fraction may have 15 digits, its currency's decimals counted in,
    /// which is what a JSON reader keeps of it; larger ones are sent as text.
    ///
    /// # Errors
    /// As [`Money::parse`]; `NotAmount` for other JSON.
    pub fn read(value: &Value, currency: Currency) -> Result<Self, Code> {
        match value {
            Value::String(text) => Self::parse(text, currency),
            Value::Number(number) if number.is_f64() => {
                let text = number.as_f64().ok_or(Code::NotAmount)?.to_string();
                let whole = text.split('.').next().unwrap_or_default();
                if !fits_double(whole, currency) {
                    return Err(Code::NotAmount);
                }
                Self::parse(&text, currency)
            }
            Value::Number(number) => Self::parse(&number.to_string(), currency),
            _ => Err(Code::NotAmount),
        }
    }

    /// The minor units, as stored.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor.cast_signed()
    }

    /// Its currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Total { minor: self.minor.into(), currency: self.currency }.serialize(serializer)
    }
}

/// A sum of amounts, in minor units; unlike one amount it may be beyond 2^53.
///
/// On the wire it is the exact decimal in major units: a JSON number where every reader keeps it exactly, which is up to
/// 2^53 for whole numbers and 15 digits, the currency's decimals counted in, for others; else a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// In minor units.
    pub minor: u128,
    /// Of which currency.
    pub currency: Currency,
}

impl Serialize for Total {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digits = usize::from(self.currency.digits);
        let scale = 10_u128.pow(self.currency.digits.into());
        let (whole, fraction) = (self.minor / scale, self.minor % scale);
        if fraction == 0 {
            return match i64::try_from(whole).ok().filter(|whole| *whole <= MAX_SAFE_INTEGER) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.collect_str(&whole),
            };
        }
        let text = format!("{whole}.{fraction:0digits$}");
        match text.parse::<f64>().ok().filter(|_| fits_double(&whole.to_string(), self.currency)) {
            Some(number) => serializer.serialize_f64(number),
            None => serializer.serialize_str(&text),
        }
    }
}

/// Whether doubles tell each amount of this size from its neighbours. Where not, a wrong one could come in unseen.
fn fits_double(whole: &str, currency: Currency) -> bool {
    whole.len() + usize::from(currency.digits) <= EXACT_DIGITS
}

#[cfg(test)]
mod tests {
    use super::{Currency, Money, Total};
    use crate::invalid::Code;
    use crate::time::MAX_SAFE_INTEGER;
    use proptest::prelude::{Strategy, prop, prop_assert, prop_assert_eq, proptest};
    use serde_json::{Value, json};

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn any_currency() -> impl Strategy<Value = Currency> {
        prop::sample::select(&["INR", "JPY", "KWD", "CLF", "USD"]).prop_map(currency)
    }

    #[test]
    fn currencies_know_their_minor_units() {
        for (code, digits) in [("INR", 2), ("jpy", 0), (" KWD ", 3), ("CLF", 4), ("EUR", 2), ("ISK", 0), ("TND", 3)] {
            assert_eq!(currency(code).digits(), digits, "{code}");
        }
        for code in ["XAU", "XXX", "XTS", "ZZZ", "EU", "RUPEE"] {
            assert_eq!(Currency::parse(code), Err(Code::UnknownValue), "{code}");
        }
        assert_eq!(Currency::parse(" "), Err(Code::Required));
    }

    #[test]
    fn json_numbers_are_read_as_they_were_written() {
        let read = |text: &str| {
            let value: Value = serde_json::from_str(text).unwrap();
            Money::read(&value, currency("INR")).map(Money::minor)
        };
        for (text, minor) in [
            ("0", 0),
            ("0.1", 10),
            ("1.10", 110),
            ("1e3", 100_000),
            ("4.35", 435),
            ("9999999999999.99", 999_999_999_999_999),
            ("90071992547409", 9_007_199_254_740_900),
        ] {
            assert_eq!(read(text), Ok(minor), "{text}");
        }
        assert_eq!(read("\"90071992547409.91\""), Ok(MAX_SAFE_INTEGER));
        for text in [
            "-1",
            "-0.5",
            "1.005",
            "90071992547409.91",
            "90071992547410",
            "1e300",
            "true",
            "[]",
            "\"1,000\"",
            "\".5\"",
            "\"5.\"",
            "\"+5\"",
            "\"1e3\"",
        ] {
            assert_eq!(read(text), Err(Code::NotAmount), "{text}");
        }
    }

    #[test]
    fn what_a_reader_would_round_is_answered_as_text() {
        let shown = |minor: u128, code: &str| json!(Total { minor, currency: currency(code) });
        let most = MAX_SAFE_INTEGER.unsigned_abs().into();
        assert_eq!(shown(125_050, "INR"), json!(1250.5));
        assert_eq!(shown(most, "JPY"), json!(MAX_SAFE_INTEGER));
        assert_eq!(shown(most, "INR"), json!("90071992547409.91"));
        assert_eq!(shown(most + 1, "JPY"), json!("9007199254740992"));
        assert_eq!(shown(5, "KWD"), json!(0.005));
    }

    proptest! {
        #[test]
        fn money_comes_back_from_the_wire_as_it_was(minor in 0..=MAX_SAFE_INTEGER, small in 0..1_000_000_i64, currency in any_currency()) {
            for minor in [minor, small] {
                let money = Money::from_minor(minor, currency).unwrap();
                let wire = serde_json::to_string(&money).unwrap();
                let value: Value = serde_json::from_str(&wire).unwrap();
                prop_assert_eq!(Money::read(&value, currency), Ok(money));
            }
        }

        #[test]
        fn number_and_text_mean_the_same(whole in 0..1_000_000_000_u64, fraction in "[0-9]{1,6}", currency in any_currency()) {
            let text = format!("{whole}.{fraction}");
            let number: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(Money::read(&number, currency), Money::parse(&text, currency));
        }

        #[test]
        fn what_is_not_exact_is_refused(text in "\\PC{0,24}", currency in any_currency()) {
            if let Ok(money) = Money::parse(&text, currency) {
                let decimals = text.trim().split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0').len();
                prop_assert!(decimals <= usize::from(currency.digits()) && money.minor() <= MAX_SAFE_INTEGER);
            }
        }
    }
}
