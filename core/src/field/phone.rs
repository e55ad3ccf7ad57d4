//! Telephone numbers.

use super::country::Country;
use super::text::check_line;
use crate::invalid::Code;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumberFormat, Region, ValidationError};
use serde::{Deserialize, Deserializer, Serialize};

/// A telephone number that its numbering plan can hold: its length is right, not necessarily assigned.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct PhoneNumber {
    raw: String,
    e164: String,
}

impl PhoneNumber {
    /// The most characters as written (seed, Step 1.1).
    pub const MAX: u16 = 20;

    /// Trims and reads a number as somebody in `region` would dial it, or with `+` and a calling code.
    ///
    /// An extension ("x5", "ext. 5") is allowed and kept in the text alone.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `PhoneCharacters`, `PhoneTooShort` (also for a number
    /// without its area code), `PhoneTooLong`, `PhoneNotPossible`.
    pub fn parse(text: &str, region: Country) -> Result<Self, Code> {
        let raw = visible(text);
        check_shape(&raw)?;
        let dialled: String = raw.trim().chars().map(plain).collect();
        let region: Option<Region> = Region::from_code(region.as_str()).ok();
        let number = PHONE_NUMBER_UTIL.parse(&dialled, region).map_err(|error| match error {
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Code::PhoneTooShort,
            ParseError::TooLongNsn => Code::PhoneTooLong,
            ParseError::InvalidCountryCode | ParseError::NotANumber(_) => Code::PhoneNotPossible,
        })?;
        match PHONE_NUMBER_UTIL.is_possible_number_with_reason(&number) {
            Ok(NumberLengthType::IsPossible) => {}
            Ok(NumberLengthType::IsPossibleLocalOnly) | Err(ValidationError::TooShort) => {
                return Err(Code::PhoneTooShort);
            }
            Err(ValidationError::TooLong) => return Err(Code::PhoneTooLong),
            Err(ValidationError::InvalidLength | ValidationError::InvalidCountryCode) => {
                return Err(Code::PhoneNotPossible);
            }
        }
        let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164).into_owned();
        Ok(Self { raw: raw.trim().to_owned(), e164 })
    }

    /// The part of `parse` that needs no region and no numbering plan: whether some country may have such a number.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `PhoneCharacters`, `PhoneTooShort`, `PhoneTooLong`.
    pub fn check_shape(text: &str) -> Result<(), Code> {
        check_shape(text)
    }

    /// A number that was parsed before and stored as its two texts; no region is needed any more.
    ///
    /// # Errors
    /// As for `parse`, and `PhoneNotPossible` where `e164` is not in that form.
    pub fn stored(raw: &str, e164: &str) -> Result<Self, Code> {
        let number = Self::parse(e164, Country::INDIA)?;
        if number.e164 != e164 {
            return Err(Code::PhoneNotPossible);
        }
        check_shape(raw)?;
        Ok(Self { raw: raw.trim().to_owned(), e164: number.e164 })
    }

    /// The number as written, trimmed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The number as E.164, such as `+919876543210`, without an extension: the key for matching (spec N2).
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }
}

impl std::fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.raw)
    }
}

impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Stored {
            raw: String,
            e164: String,
        }
        let Stored { raw, e164 } = Stored::deserialize(deserializer)?;
        Self::stored(&raw, &e164).map_err(|code| serde::de::Error::custom(code.as_str()))
    }
}

/// The browser's part: the signs and the count of digits that any country's number has.
pub(super) fn check_shape(text: &str) -> Result<(), Code> {
    let text = visible(text);
    let text = check_line(&text, PhoneNumber::MAX)?;
    let (number, extension) = split_extension(text);
    let number = || number.chars().map(plain);
    let dialable = |c: char| matches!(c, '0'..='9' | '+' | '-' | '.' | '/' | '(' | ')' | ' ');
    let extended = extension.chars().all(|c| plain(c).is_ascii_digit());
    if !number().all(dialable) || !extended {
        return Err(Code::PhoneCharacters);
    }
    match number().filter(char::is_ascii_digit).count() {
        0..=3 => Err(Code::PhoneTooShort),
        // Fifteen digits (E.164), an international prefix and a trunk zero before or in them.
        4..=19 => Ok(()),
        _ => Err(Code::PhoneTooLong),
    }
}

/// Address books put invisible signs around the numbers that people copy from them.
fn visible(text: &str) -> String {
    let hidden = |c| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    text.chars().filter(|c| !hidden(*c)).collect()
}

/// The ASCII sign of a dash, blank, plus or digit of the scripts that keyboards in use offer.
fn plain(c: char) -> char {
    let digit = |zero: u32| char::from_digit(u32::from(c) - zero, 10).unwrap_or(c);
    match c {
        '٠'..='٩' => digit(0x660),
        '۰'..='۹' => digit(0x6f0),
        '०'..='९' => digit(0x966),
        '０'..='９' => digit(0xff10),
        '＋' => '+',
        '（' => '(',
        '）' => ')',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' | 'ー' => '-',
        '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' | '\u{3000}' | '\t' => ' ',
        _ => c,
    }
}

/// Parts the extension's digits from the number: "x5", "ext 5", "ext. 5", "extn 5", "#5".
fn split_extension(text: &str) -> (&str, &str) {
    let start = text.find(|c: char| c.is_ascii_alphabetic() || c == '#');
    let Some((number, rest)) = start.and_then(|at| text.split_at_checked(at)) else {
        return (text, "");
    };
    let marks = ["extension", "extn", "ext", "x", "#"];
    let digits = marks.iter().find_map(|mark| {
        let (start, digits) = rest.split_at_checked(mark.len())?;
        start.eq_ignore_ascii_case(mark).then_some(digits)
    });
    match digits.map(|digits| digits.trim_start_matches(['.', ':', ' '])) {
        Some(digits) if !digits.is_empty() => (number, digits),
        _ => (text, ""),
    }
}
