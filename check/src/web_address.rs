//! Addresses of web pages.

use crate::cut::is_alike;
use crate::{Code, check_line};

/// Trims a website's address: `http` or `https`, which may be left out, and a host with a dot.
///
/// # Errors
/// `Required` when blank, `TooLong`, `ControlCharacter`, `NotWebAddress`.
pub fn check_website(text: &str, max: u16) -> Result<&str, Code> {
    let address = check_line(text, max)?;
    let rest = match without_scheme(address.as_bytes()) {
        Some(rest) => rest,
        None if has_scheme(address) => return Err(Code::NotWebAddress),
        None => address.as_bytes(),
    };
    let has_host = !matches!(rest.first(), None | Some(b'/' | b'\\'));
    // Outside ASCII other signs may stand for the dot.
    if has_host && rest.iter().any(|b| *b == b'.' || !b.is_ascii()) { Ok(address) } else { Err(Code::NotWebAddress) }
}

fn without_scheme(address: &[u8]) -> Option<&[u8]> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = address.split_at_checked(scheme.len())?;
        is_alike(start, scheme.as_bytes()).then_some(rest)
    })
}

/// Whether a scheme stands before the first slash, so that "example.com/?to=https://..." has none.
#[must_use]
pub fn has_scheme(address: &str) -> bool {
    let mut rest = address.bytes().skip_while(|b| !matches!(b, b':' | b'/' | b'?' | b'#'));
    rest.next() == Some(b':') && rest.next() == Some(b'/') && rest.next() == Some(b'/')
}
