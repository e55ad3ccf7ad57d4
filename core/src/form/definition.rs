//! A definition: parts that were found to fit together, with what they compile to.

use super::content::Content;
use super::parse;
use super::standard::{Words, standard};
use crate::body::Members;
use crate::consent::ConsentText;
use crate::invalid::Invalid;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What a form asks and says. It holds only what can be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    content: Content,
    logic: String,
}

impl Definition {
    /// Reads a definition.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with a JSON pointer into it.
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        parse::definition(members).map(|(content, logic)| Self { content, logic })
    }

    /// What a company begins with, until it writes its own words: the standard fields.
    #[must_use]
    pub fn starter(company: &str) -> Self {
        Self::of(Words {
            title: format!("Talk to {company}"),
            intro: "Tell us what you are looking for. A person answers within one working day.".to_owned(),
            submit: "Send".to_owned(),
            thanks: "Your message has reached us. We will be in touch soon.".to_owned(),
            consent: ConsentText {
                version: "1".to_owned(),
                text: format!("{company} may write to me about its products. I can take this back at any time."),
            },
        })
    }

    fn of(words: Words) -> Self {
        let (content, logic) = standard(words);
        Self { content, logic }
    }

    /// The parts.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// The compact form: by it the browser and the edge decide what is shown and needed ([`super::logic`]).
    #[must_use]
    pub fn logic(&self) -> &str {
        &self.logic
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.content.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Definition {
    /// Reads what is stored. Forms from before there were fields have words alone, and the standard fields.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        if json.get("fields").is_none() {
            return serde_json::from_value(json).map(Self::of).map_err(D::Error::custom);
        }
        let Value::Object(members) = json else { return Err(D::Error::custom("no object")) };
        Self::parse(Members::of(members)).map_err(|errors| D::Error::custom(format!("{errors:?}")))
    }
}
