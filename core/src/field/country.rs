//! Countries.

use super::country_names::COUNTRIES;
use super::fold::{fold_accents, is_word};
use super::text_type;
use crate::invalid::Code;
use lead_check::check_line;

/// A country of ISO 3166-1, kept as its alpha-2 code (spec L4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country {
    code: &'static str,
    name: &'static str,
}

impl Country {
    /// The most characters of a name.
    pub const MAX: u16 = lead_check::longest::COUNTRY;

    /// Where a lead is from if nobody says otherwise (seed, Step 1.1).
    pub const INDIA: Self = Self { code: "IN", name: "India" };

    /// Trims and reads a code in any case, or an English name or a well-known other one ("USA", "Holland").
    ///
    /// Case, accents, punctuation, "the", "and" or "&", and "Saint" or "St." make no difference in names.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `CountryUnknown`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = check_line(text, Self::MAX)?;
        // Most spellings need no folding, which is what costs time.
        let by_text = named(|name| name.eq_ignore_ascii_case(text));
        let wanted = name_key(text);
        let by_key = || named(|name| name_key(name) == wanted);
        if wanted.is_empty() {
            return Err(Code::CountryUnknown);
        }
        by_text.or_else(by_key).ok_or(Code::CountryUnknown)
    }

    /// Every country, in the order of the codes.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        COUNTRIES.iter().map(|(code, name, _)| Self { code, name })
    }

    /// The two-letter code, in capitals.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.code
    }

    /// The English name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }
}

text_type!(Country);

/// The first country with a code or name that `fits`; codes go before names.
fn named(fits: impl Fn(&str) -> bool) -> Option<Country> {
    let by_code = COUNTRIES.iter().find(|(code, _, _)| fits(code));
    let found =
        by_code.or_else(|| COUNTRIES.iter().find(|(_, name, others)| fits(name) || others.split('|').any(&fits)));
    found.map(|(code, name, _)| Country { code, name })
}

/// A name folded for comparison: without case, accents, punctuation and small words.
pub(crate) fn name_key(name: &str) -> String {
    let folded: String = if name.is_ascii() { name.to_ascii_lowercase() } else { fold_accents(name) };
    let mut key = String::with_capacity(folded.len());
    let spelled = folded.replace('&', " and ").replace(['.', '\'', '’'], "");
    for word in spelled.split(|c| !is_word(c)).filter(|word| !matches!(*word, "" | "the")) {
        if !key.is_empty() {
            key.push(' ');
        }
        key.push_str(if word == "saint" { "st" } else { word });
    }
    key
}
