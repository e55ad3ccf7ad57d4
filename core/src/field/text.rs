//! Bounded text: one line, or several.

use super::fold::fold_accents;
use super::text_type;
use crate::invalid::Code;
use lead_check::{check_block, check_line};

/// One line of text of 1 to `MAX` characters (Unicode scalar values), trimmed, without control characters.
///
/// Controls of the writing direction (U+202A to U+202E, U+2066 to U+2069) count as control characters: they make
/// a value look like another one to whoever reads it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: u16>(String);

impl<const MAX: u16> Text<MAX> {
    /// Trims and reads one line.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        check_line(text, MAX).map(|line| Self(line.to_owned()))
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a search compares: case and accents folded, blanks made one.
    #[must_use]
    pub fn key(&self) -> String {
        fold_accents(&self.0).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Several lines of text of 1 to `MAX` characters in all, trimmed; its lines end in `\n` alone and tabs are kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextBlock<const MAX: u16>(String);

impl<const MAX: u16> TextBlock<MAX> {
    /// Trims, folds `\r\n` and `\r` to `\n`, and reads the lines.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        check_block(text, MAX).map(|block| Self(block.replace("\r\n", "\n").replace('\r', "\n")))
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(Text<MAX>, MAX);
text_type!(TextBlock<MAX>, MAX);
