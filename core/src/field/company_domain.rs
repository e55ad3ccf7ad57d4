//! The e-mail domains of companies.

use super::email_idna;
use super::{EmailAddress, is_disposable, is_free_mail, text_type};
use crate::invalid::Code;

/// A domain in which a company has its addresses, in ASCII and lower case; never one in which anybody can have one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyDomain(String);

impl CompanyDomain {
    /// The most characters.
    pub const MAX: u16 = 253;

    /// Trims and reads a domain.
    ///
    /// # Errors
    /// `Required` when blank, `EmailDomain`, `EmailTopLevel`, `EmailSpecialUse`, `FreeMailDomain`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Code::Required);
        }
        let domain = email_idna::domain(text)?.ascii.to_ascii_lowercase();
        if is_free_mail(&domain) || is_disposable(&domain) {
            return Err(Code::FreeMailDomain);
        }
        Ok(Self(domain))
    }

    /// The domain of an address; none for free and throw-away mail.
    #[must_use]
    pub fn of(email: &EmailAddress) -> Option<Self> {
        Self::parse(email.domain()).ok()
    }

    /// The domain in ASCII, lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(CompanyDomain);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_domains_of_companies_pass() {
        let parsed = |text| CompanyDomain::parse(text).map(|domain| domain.to_string());
        assert_eq!(parsed(" Tidewater-Pumps.COM "), Ok("tidewater-pumps.com".into()));
        assert_eq!(parsed("münchen.de"), Ok("xn--mnchen-3ya.de".into()));
        assert_eq!(parsed("gmail.com"), Err(Code::FreeMailDomain));
        assert_eq!(parsed("mail.mailinator.com"), Err(Code::FreeMailDomain));
        assert_eq!(parsed("https://tidewater.com"), Err(Code::EmailDomain));
        assert_eq!(parsed("tidewater"), Err(Code::EmailTopLevel));
        assert_eq!(parsed("tidewater.test"), Err(Code::EmailSpecialUse));
        let of = |text| CompanyDomain::of(&EmailAddress::parse(text).unwrap()).map(|domain| domain.to_string());
        assert_eq!(of("asha@Tidewater.com"), Some("tidewater.com".into()));
        assert_eq!(of("asha@gmail.com"), None);
    }
}
