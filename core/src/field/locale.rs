//! The language of the page that a visitor filled.

use super::text_type;
use crate::invalid::Code;
use lead_check::check_locale;

/// A language tag that has the shape of BCP 47 (RFC 5646, section 2.1), in its recommended case: `pt-BR`.
///
/// Subtags are not looked up in the registry. Tags that begin with `x` or `i` are refused: they name no language.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locale(String);

impl Locale {
    /// The most characters that RFC 5646, section 4.4.1 asks software to carry.
    pub const MAX: u16 = lead_check::longest::LOCALE;

    /// Trims and reads a tag.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `NotLocale`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        check_locale(text, Self::MAX).map(|tag| Self(recommended_case(tag)))
    }

    /// The tag in its recommended case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `pt` of `pt-BR`.
    #[must_use]
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

text_type!(Locale);

/// RFC 5646, section 2.1.1: all small, but regions in capitals and scripts capitalised, unless behind a singleton.
fn recommended_case(tag: &str) -> String {
    let mut cased = String::with_capacity(tag.len());
    let mut extension = false;
    for (at, subtag) in tag.split('-').enumerate() {
        let small = subtag.to_ascii_lowercase();
        if at > 0 {
            cased.push('-');
        }
        match small.len() {
            2 if at > 0 && !extension => cased.push_str(&small.to_ascii_uppercase()),
            4 if at > 0 && !extension && small.bytes().all(|b| b.is_ascii_alphabetic()) => {
                cased.push_str(&small[..1].to_ascii_uppercase());
                cased.push_str(&small[1..]);
            }
            _ => cased.push_str(&small),
        }
        extension |= small.len() == 1;
    }
    cased
}
