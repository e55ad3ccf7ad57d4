//! Bounded text: one line, or several.

use crate::Code;

/// Trims `text` and refuses what a line of at most `max` characters (Unicode scalar values) cannot hold.
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`.
pub fn check_line(text: &str, max: u16) -> Result<&str, Code> {
    bounded(text, max, false)
}

/// Trims `text` and refuses what lines of at most `max` characters in all cannot hold.
///
/// # Errors
/// As for [`check_line`]; line ends and tabs are allowed.
pub fn check_block(text: &str, max: u16) -> Result<&str, Code> {
    bounded(text, max, true)
}

fn bounded(text: &str, max: u16, lines: bool) -> Result<&str, Code> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Code::Required);
    }
    let (mut length, mut controls, mut before) = (0_usize, false, '\0');
    for c in text.chars() {
        // Browsers send each line end as two characters, and it counts as the one that is kept.
        length += usize::from(!(lines && before == '\r' && c == '\n'));
        controls |= is_control(c) && !(lines && matches!(c, '\n' | '\r' | '\t'));
        before = c;
    }
    if length > usize::from(max) {
        return Err(Code::TooLong(max));
    }
    if controls { Err(Code::ControlCharacter) } else { Ok(text) }
}

/// C0, DEL, C1, the line and paragraph separators, and the controls of the writing direction.
pub(crate) fn is_control(c: char) -> bool {
    matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
