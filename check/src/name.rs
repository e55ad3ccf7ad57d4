//! Names of people.

use crate::{Code, check_line};

/// Trims a name of at most `max` characters. Without tables, any sign outside ASCII may be a letter.
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`, `NameWithoutLetter`.
pub fn check_name(text: &str, max: u16) -> Result<&str, Code> {
    let name = check_line(text, max)?;
    if name.bytes().any(|b| b.is_ascii_alphabetic() || !b.is_ascii()) { Ok(name) } else { Err(Code::NameWithoutLetter) }
}
