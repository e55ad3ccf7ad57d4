//! Addresses of web pages.

use super::text_type;
use crate::invalid::Code;
use lead_check::{check_website, has_scheme};
use url::Url;

/// The website that a visitor names: `http` or `https`, which may be left out ("example.com"), a host with a dot, no user
/// name or password; at most 255 characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Website {
    text: String,
    href: String,
}

impl Website {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::WEBSITE;

    /// Trims and reads an address; the text is kept as written.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `NotWebAddress`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = check_website(text, Self::MAX)?;
        let href = if has_scheme(text) { normal(text)? } else { normal(&format!("https://{text}"))? };
        if !href.host_str().is_some_and(|host| host.trim_matches('.').contains('.')) {
            return Err(Code::NotWebAddress);
        }
        Ok(Self { text: text.to_owned(), href: href.into() })
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The whole address in its normal form, with a scheme: safe to link to.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }
}

text_type!(Website);

fn normal(address: &str) -> Result<Url, Code> {
    match Url::parse(address) {
        Ok(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => Ok(url),
        _ => Err(Code::NotWebAddress),
    }
}
