//! E-mail addresses.

use super::email_idna;
use super::text::is_control;
use super::text_type;
use crate::invalid::Code;

/// An e-mail address that mail can be sent to: a dot-atom before the `@` (RFC 5321; RFC 6531 for other scripts) and
/// a domain name behind it. No quoted local part, comment, display name or address literal.
///
/// It accepts what Python's email-validator accepts with its defaults and no look-up of the domain, but for the
/// local part's 64 octets, which that library counts in its strict mode only.
#[derive(Clone, Debug)]
pub struct EmailAddress {
    text: String,
    key: String,
    at: usize,
}

impl EmailAddress {
    /// The most octets (RFC 5321, section 4.5.3.1.3, less the path's brackets).
    pub const MAX: u16 = 254;

    /// Trims and reads an address.
    ///
    /// # Errors
    /// `Required` when blank, `ControlCharacter`, and the codes that begin with `Email`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let (text, local, domain) = check_shape(text)?;
        let local = email_idna::local_part(local)?;
        let domain = email_idna::domain(domain)?;
        if local.len() > LOCAL_MAX {
            return Err(Code::EmailLocalTooLong);
        }
        if local.len() + 1 + domain.unicode.len().max(domain.ascii.len()) > usize::from(Self::MAX) {
            return Err(Code::EmailTooLong);
        }
        let mut key = email_idna::lower_case(&local);
        let at = key.len();
        key.push('@');
        key.push_str(&domain.ascii);
        Ok(Self { text: text.to_owned(), key, at })
    }

    /// The part of `parse` that needs no tables: full for ASCII but for Punycode, lenient for other signs.
    ///
    /// # Errors
    /// As for `parse`.
    pub fn check_shape(text: &str) -> Result<(), Code> {
        check_shape(text).map(drop)
    }

    /// The address as written, trimmed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What addresses are matched by (spec N1): lower case, NFC, the domain in its ASCII form. Dots and plus tags stay.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The domain in its ASCII form, lower case: `xn--mnchen-3ya.de`.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.key[self.at + 1..]
    }

    /// The part before the `@` as in the key.
    #[must_use]
    pub fn local_key(&self) -> &str {
        &self.key[..self.at]
    }
}

impl PartialEq for EmailAddress {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for EmailAddress {}

text_type!(EmailAddress);

const LOCAL_MAX: usize = 64;
const LABEL_MAX: usize = 63;
const DOMAIN_MAX: usize = 253;

/// Domains that reach no mailbox, with all below them: RFC 6761, 6762 and 7686, and `arpa`. The `example` ones are
/// not here: RFC 6761 asks software to treat them as any other.
const SPECIAL_USE: [&str; 6] = ["arpa", "invalid", "local", "localhost", "onion", "test"];

/// The browser's part, without tables: gives the trimmed address, its local part and its domain.
///
/// Addresses of ASCII alone are judged in full, but for Punycode labels; other signs may mean anything here.
pub(super) fn check_shape(text: &str) -> Result<(&str, &str, &str), Code> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Code::Required);
    }
    if text.chars().any(is_control) {
        return Err(Code::ControlCharacter);
    }
    let (local, domain) = text.split_once('@').ok_or(Code::EmailMissingAt)?;
    if domain.contains('@') {
        return Err(Code::EmailManyAts);
    }
    if !is_dot_atom(local) {
        return Err(Code::EmailLocalPart);
    }
    if local.len() > LOCAL_MAX {
        return Err(Code::EmailLocalTooLong);
    }
    check_domain(domain)?;
    if text.len() > usize::from(EmailAddress::MAX) {
        return Err(Code::EmailTooLong);
    }
    Ok((text, local, domain))
}

/// RFC 5322, section 3.2.3, with every sign outside ASCII allowed (RFC 6531, section 3.3).
pub(super) fn is_dot_atom(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

fn check_domain(domain: &str) -> Result<(), Code> {
    let hostname = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.' || !b.is_ascii();
    if domain.is_empty() || !domain.bytes().all(hostname) || domain.chars().count() > DOMAIN_MAX {
        return Err(Code::EmailDomain);
    }
    // Other signs may fold to dots, letters or nothing, so that only the edge can part such a domain.
    if domain.is_ascii() { check_ascii_domain(domain) } else { Ok(()) }
}

/// A domain of ASCII alone, in any case: its labels, their lengths, and its top level.
pub(super) fn check_ascii_domain(domain: &str) -> Result<(), Code> {
    if domain.len() > DOMAIN_MAX || !domain.split('.').all(is_label) {
        return Err(Code::EmailDomain);
    }
    let top = domain.rsplit('.').next().unwrap_or_default();
    if SPECIAL_USE.iter().any(|special| top.eq_ignore_ascii_case(special)) {
        return Err(Code::EmailSpecialUse);
    }
    // Every top level ends in a letter, Punycode ones included; this is what tells an IP address from a name.
    if domain.contains('.') && top.ends_with(|c: char| c.is_ascii_alphabetic()) {
        Ok(())
    } else {
        Err(Code::EmailTopLevel)
    }
}

/// RFC 1123, section 2.1, and no two hyphens in third and fourth place unless it is Punycode (RFC 5891, section 4.2.3.1).
fn is_label(label: &str) -> bool {
    (1..=LABEL_MAX).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && (label.get(2..4) != Some("--") || label.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("xn")))
}
