//! First and last names.

use super::fold::{fold_accents, is_letter, is_word};
use super::text_type;
use crate::invalid::Code;
use lead_check::{check_line, check_name};

/// A person's first or last name: 1 to 100 characters with at least one letter of any script.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PersonName(String);

impl PersonName {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::PERSON_NAME;

    /// Trims and reads a name.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `NameWithoutLetter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let name = check_name(text, Self::MAX)?;
        if name.chars().any(is_letter) { Ok(Self(name.to_owned())) } else { Err(Code::NameWithoutLetter) }
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are compared by: case and accents folded, marks between words one blank, apostrophes and dots gone.
    #[must_use]
    pub fn key(&self) -> String {
        words(&fold_accents(&self.0)).join(" ")
    }
}

text_type!(PersonName);

/// A person's whole name as one text: 1 to 201 characters with at least one letter of any script. As long as a first
/// and a last name with a blank between them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FullName(String);

impl FullName {
    /// The most characters.
    pub const MAX: u16 = 2 * PersonName::MAX + 1;

    /// Trims and reads a name.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `NameWithoutLetter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let name = check_line(text, Self::MAX)?;
        if name.chars().any(is_letter) { Ok(Self(name.to_owned())) } else { Err(Code::NameWithoutLetter) }
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What names are searched by, folded as [`PersonName::key`] is.
    #[must_use]
    pub fn key(&self) -> String {
        words(&fold_accents(&self.0)).join(" ")
    }
}

text_type!(FullName);

fn words(text: &str) -> Vec<String> {
    let joined: String = text.chars().filter(|c| !matches!(c, '\'' | '’' | '.' | '`')).collect();
    joined.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
