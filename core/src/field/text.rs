//! Bounded text: one line, or several.

use super::fold::fold_accents;
use super::text_type;
use crate::invalid::Code;

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

/// Trims `text` and refuses what a line of at most `max` characters cannot hold.
pub(super) fn check_line(text: &str, max: u16) -> Result<&str, Code> {
    bounded(text, max, text.trim().chars().count(), |_| false)
}

/// Trims `text` and refuses what lines of at most `max` characters in all cannot hold.
pub(super) fn check_block(text: &str, max: u16) -> Result<&str, Code> {
    let text = text.trim();
    // Browsers send each line end as two characters, and it counts as the one that is kept.
    let pairs = text.bytes().zip(text.bytes().skip(1)).filter(|pair| *pair == (b'\r', b'\n')).count();
    bounded(text, max, text.chars().count() - pairs, |c| matches!(c, '\n' | '\r' | '\t'))
}

fn bounded(text: &str, max: u16, length: usize, allowed: fn(char) -> bool) -> Result<&str, Code> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Code::Required);
    }
    if length > usize::from(max) {
        return Err(Code::TooLong(max));
    }
    if text.chars().any(|c| is_control(c) && !allowed(c)) {
        return Err(Code::ControlCharacter);
    }
    Ok(text)
}

/// C0, DEL, C1, the line and paragraph separators, and the controls of the writing direction.
pub(super) fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
