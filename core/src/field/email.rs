//! E-mail addresses.

use super::email_idna;
use super::text_type;
use crate::invalid::Code;
use lead_check::check_email;

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
    pub const MAX: u16 = lead_check::longest::EMAIL;

    /// Trims and reads an address.
    ///
    /// # Errors
    /// `Required` when blank, `ControlCharacter`, and the codes that begin with `Email`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let (text, local, domain) = check_email(text)?;
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
        check_email(text).map(drop)
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
