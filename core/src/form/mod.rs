//! A form as its company set it up: what it asks, of whom, and under which wording consent is given (spec F).
//!
//! [`Definition`] is read strictly and compiled to a compact form, by which browser and edge decide alike ([`logic`]).

mod answers;
mod compile;
mod content;
mod contrast;
mod definition;
mod fact;
mod field;
#[cfg(any(test, feature = "vectors"))]
mod generated;
#[cfg(any(test, feature = "vectors"))]
mod interpreted;
#[cfg(test)]
mod laws;
mod offer;
mod parse;
mod record;
mod sheet;
mod shown;
mod standard;
mod submissions;
#[cfg(test)]
mod tests;
mod words;

pub use answers::Taken;
pub use content::{Booking, Bound, Choice, Content, FieldType, FormField, Mode, ProofOfWork, Step, Thanks, Theme};
pub use contrast::{Contrast, Scheme};
pub use definition::Definition;
#[cfg(any(test, feature = "vectors"))]
pub(crate) use generated::{Drawn, around, spelled};
#[cfg(any(test, feature = "vectors"))]
pub(crate) use interpreted::interpreted;
pub use lead_check::logic;
pub use offer::{LeadOffer, Offer, TypeOffer};
pub use record::{FormLine, FormRecord, FormValues, FormVersion};
pub use sheet::Sheet;
pub use shown::{Shown, ShownBooking, ShownThanks};
pub use submissions::{FormSubmission, NewFormTest, SubmissionsQuery};

use crate::id::Id;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A form, known by its public key.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// Whose form.
    pub company_id: Id,
    /// The form's id.
    pub id: Id,
    /// The public key, `pk_...`.
    pub key: FormKey,
    /// Which of its definitions this is.
    pub version: i64,
    /// What it asks.
    pub definition: Definition,
    /// The origins a browser may submit from (spec R2).
    pub allowed_origins: Vec<String>,
    /// The country of its leads where they name none, ISO 3166-1 alpha-2.
    pub country: String,
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

impl Serialize for FormKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for FormKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a form key was expected"))
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
