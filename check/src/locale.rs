//! The language of the page that a visitor filled.

use crate::{Code, check_line};

/// Trims a tag and refuses what has not the shape of BCP 47 (RFC 5646, section 2.1).
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`, `NotLocale`.
pub fn check_locale(text: &str, max: u16) -> Result<&str, Code> {
    let tag = check_line(text, max)?;
    let mut right = true;
    let mut last = 0;
    for (at, subtag) in tag.as_bytes().split(|b| *b == b'-').enumerate() {
        last = subtag.len();
        // The language comes first, of letters alone.
        right &= last <= 8
            && last > usize::from(at == 0)
            && subtag.iter().all(|b| b.is_ascii_alphabetic() || at > 0 && b.is_ascii_digit());
    }
    // A single character introduces an extension, which cannot be empty.
    if right && last > 1 { Ok(tag) } else { Err(Code::NotLocale) }
}
