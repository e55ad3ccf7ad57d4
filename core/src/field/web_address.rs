//! Addresses of web pages.

use super::text::check_line;
use super::text_type;
use crate::invalid::Code;
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
    pub const MAX: u16 = 255;

    /// Trims and reads an address; the text is kept as written.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`, `NotWebAddress`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = check_website(text)?;
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

/// The browser's part for [`Website`].
pub(super) fn check_website(text: &str) -> Result<&str, Code> {
    let address = check_line(text, Website::MAX)?;
    let rest = match without_scheme(address) {
        Some(rest) => rest,
        None if has_scheme(address) => return Err(Code::NotWebAddress),
        None => address,
    };
    // Outside ASCII other signs may stand for the dot.
    if has_host(rest) && (rest.contains('.') || !rest.is_ascii()) { Ok(address) } else { Err(Code::NotWebAddress) }
}

fn has_host(rest: &str) -> bool {
    !rest.is_empty() && !rest.starts_with(['/', '\\'])
}

fn without_scheme(address: &str) -> Option<&str> {
    ["https://", "http://"].into_iter().find_map(|scheme| {
        let (start, rest) = address.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    })
}

/// Whether a scheme stands before the first slash, so that "example.com/?to=https://..." has none.
fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, rest)| rest.starts_with("//") && !scheme.contains(['/', '?', '#']))
}

fn normal(address: &str) -> Result<Url, Code> {
    match Url::parse(address) {
        Ok(url) if url.has_host() && url.username().is_empty() && url.password().is_none() => Ok(url),
        _ => Err(Code::NotWebAddress),
    }
}
