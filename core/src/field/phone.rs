//! Telephone numbers.

use super::country::Country;
use crate::invalid::Code;
use lead_check::{check_phone, plain, visible};
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
    pub const MAX: u16 = lead_check::longest::PHONE;

    /// Trims and reads a number as somebody in `region` would dial it, or with `+` and a calling code.
    ///
    /// An extension ("x5", "ext. 5") is allowed and kept in the text alone.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `PhoneCharacters`, `PhoneTooShort` (also for a number
    /// without its area code), `PhoneTooLong`, `PhoneNotPossible`.
    pub fn parse(text: &str, region: Country) -> Result<Self, Code> {
        let raw = visible(text);
        check_phone(&raw)?;
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
        check_phone(text)
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
        check_phone(raw)?;
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
