//! E-mail addresses.

use crate::cut::{at_first, is_alike, is_ascii};
use crate::text::is_control;
use crate::{Code, longest};

const LOCAL_MAX: usize = 64;
const LABEL_MAX: usize = 63;
const DOMAIN_MAX: usize = 253;

/// Domains that reach no mailbox, with all below them: RFC 6761, 6762 and 7686, and `arpa`. The `example` ones are
/// not here: RFC 6761 asks software to treat them as any other.
const SPECIAL_USE: [&str; 6] = ["arpa", "invalid", "local", "localhost", "onion", "test"];

/// Gives the trimmed address, its local part and its domain.
///
/// Addresses of ASCII alone are judged in full, but for Punycode labels; other signs may mean anything here.
///
/// # Errors
/// `Required` when blank, `ControlCharacter`, and the codes that begin with `Email`.
pub fn check_email(text: &str) -> Result<(&str, &str, &str), Code> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Code::Required);
    }
    if text.chars().any(is_control) {
        return Err(Code::ControlCharacter);
    }
    let (local, domain) = at_first(text, b'@').ok_or(Code::EmailMissingAt)?;
    if domain.bytes().any(|b| b == b'@') {
        return Err(Code::EmailManyAts);
    }
    if !is_dot_atom(local) {
        return Err(Code::EmailLocalPart);
    }
    if local.len() > LOCAL_MAX {
        return Err(Code::EmailLocalTooLong);
    }
    check_any_domain(domain)?;
    if text.len() > usize::from(longest::EMAIL) {
        return Err(Code::EmailTooLong);
    }
    Ok((text, local, domain))
}

/// RFC 5322, section 3.2.3, with every sign outside ASCII allowed (RFC 6531, section 3.3).
#[must_use]
pub fn is_dot_atom(local: &str) -> bool {
    let mut before = b'.';
    for b in local.bytes() {
        let right = match b {
            b'.' => before != b'.',
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'/' | b'=' | b'?' | b'^'..=b'`' | b'{'..=b'~' => true,
            _ => b.is_ascii_alphanumeric() || !b.is_ascii(),
        };
        if !right {
            return false;
        }
        before = b;
    }
    before != b'.'
}

fn check_any_domain(domain: &str) -> Result<(), Code> {
    let hostname = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || !b.is_ascii();
    if domain.is_empty() || !domain.bytes().all(hostname) || domain.chars().fold(0, |count, _| count + 1) > DOMAIN_MAX {
        return Err(Code::EmailDomain);
    }
    // Other signs may fold to dots, letters or nothing, so that only the edge can part such a domain.
    if is_ascii(domain) { check_domain(domain) } else { Ok(()) }
}

/// A domain of ASCII alone, in any case: its labels, their lengths, and its top level.
///
/// # Errors
/// `EmailDomain`, `EmailSpecialUse`, `EmailTopLevel`.
pub fn check_domain(domain: &str) -> Result<(), Code> {
    let mut top: &[u8] = &[];
    for label in domain.as_bytes().split(|b| *b == b'.') {
        if !is_label(label) {
            return Err(Code::EmailDomain);
        }
        top = label;
    }
    if domain.len() > DOMAIN_MAX {
        return Err(Code::EmailDomain);
    }
    if SPECIAL_USE.iter().any(|special| is_alike(top, special.as_bytes())) {
        return Err(Code::EmailSpecialUse);
    }
    // Every top level ends in a letter, Punycode ones included; this is what tells an IP address from a name.
    if top.len() < domain.len() && top.last().is_some_and(u8::is_ascii_alphabetic) {
        Ok(())
    } else {
        Err(Code::EmailTopLevel)
    }
}

/// RFC 1123, section 2.1, and no two hyphens in third and fourth place unless it is Punycode (RFC 5891, section 4.2.3.1).
fn is_label(label: &[u8]) -> bool {
    label.len() <= LABEL_MAX
        && label.first().is_some_and(|b| *b != b'-')
        && label.last().is_some_and(|b| *b != b'-')
        && (!matches!(label, [_, _, b'-', b'-', ..]) || matches!(label, [b'x' | b'X', b'n' | b'N', ..]))
}
