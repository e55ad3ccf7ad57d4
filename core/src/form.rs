//! A form as its company set it up: what the page shows, and under which wording consent is asked.

use crate::consent::ConsentText;
use crate::id::Id;
use serde::{Deserialize, Serialize};

/// A form, known by its public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whose form.
    pub company_id: Id,
    /// The form's id.
    pub id: Id,
    /// The public key, `pk_...`.
    pub key: FormKey,
    /// What the page shows.
    pub definition: Definition,
    /// The origins a browser may submit from (spec R2).
    pub allowed_origins: Vec<String>,
    /// The country of its leads where they name none, ISO 3166-1 alpha-2.
    pub country: String,
}

impl Definition {
    /// What a company begins with, until it writes its own words.
    #[must_use]
    pub fn starter(company: &str) -> Self {
        Self {
            title: format!("Talk to {company}"),
            intro: "Tell us what you are looking for. A person answers within one working day.".to_owned(),
            submit: "Send".to_owned(),
            thanks: "Your message has reached us. We will be in touch soon.".to_owned(),
            consent: ConsentText {
                version: "1".to_owned(),
                text: format!("{company} may write to me about its products. I can take this back at any time."),
            },
        }
    }
}

impl Form {
    /// Whether a request with this Origin header may submit: absent and `null` are accepted, so is the form's own page.
    #[must_use]
    pub fn admits(&self, origin: Option<&str>, own: &str) -> bool {
        match origin {
            None | Some("null") => true,
            Some(origin) => origin == own || self.allowed_origins.iter().any(|allowed| allowed == origin),
        }
    }
}

/// A public key: `pk_` and 22 letters or digits, 128 random bits and more.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FormKey(String);

impl FormKey {
    /// Reads a key; what is not one is `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix("pk_")?;
        (body.len() == 22 && body.bytes().all(|byte| byte.is_ascii_alphanumeric())).then(|| Self(text.into()))
    }

    /// A key from random bytes; `None` in the hardly possible case that too few of them are usable.
    #[must_use]
    pub fn generate(entropy: &[u8; 64]) -> Option<Self> {
        Self::parse(&format!("pk_{}", crate::access::alphanumerics(entropy, 22)))
    }

    /// The key as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a form's page shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// The heading.
    pub title: String,
    /// A sentence below the heading.
    pub intro: String,
    /// The label of the button.
    pub submit: String,
    /// What the visitor reads after submitting.
    pub thanks: String,
    /// The wording of the consent box.
    pub consent: ConsentText,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_exactly() {
        assert!(FormKey::parse("pk_abcdefghijABCDEFGHIJ01").is_some());
        for wrong in ["sk_abcdefghijABCDEFGHIJ01", "pk_abc", "pk_abcdefghijABCDEFGHIJ0'", "pk_abcdefghijABCDEFGHIJ012"]
        {
            assert_eq!(FormKey::parse(wrong), None);
        }
    }
}
