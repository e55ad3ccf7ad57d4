//! The rules as data: weights, bands, caps, thresholds and transitions, parsed once and refused where they cannot be meant.

use serde_json::Value;

pub mod condition;
mod json;
mod limits;
mod names;
mod reader;
mod scoring;
mod states;

pub use limits::{SpamGroup, SpamSignal};
pub use reader::PolicyError;
pub use scoring::{EventKind, SCORING_SCOPE};
pub use states::{Impossible, Move, Stage, Status, Transitions};

pub(crate) use limits::{Dedup, Qualifying, Spam, Thresholds};
pub(crate) use names::named;
pub(crate) use scoring::{Scoring, slug};

/// A checked set of rules. Every verdict names the version that it was made under (spec S5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    version: String,
    pub(crate) scoring: Scoring,
    pub(crate) spam: Spam,
    pub(crate) dedup: Dedup,
    pub(crate) qualifying: Qualifying,
    pub(crate) thresholds: Thresholds,
    transitions: Transitions,
}

impl Policy {
    /// The text of the policy that is compiled in.
    #[must_use]
    pub fn default_text() -> &'static str {
        include_str!("../../../rules/default.json")
    }

    /// The policy that is compiled in. It reproduces the figures of spec S1, S3 and Q1.
    ///
    /// # Errors
    /// Never for the text that ships: a test parses it.
    pub fn builtin() -> Result<Self, Vec<PolicyError>> {
        Self::parse(Self::default_text())
    }

    /// Reads a policy from JSON.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the document's order of sections, each with its pointer.
    pub fn parse(text: &str) -> Result<Self, Vec<PolicyError>> {
        Self::from_value(&json::read(text)?)
    }

    /// Reads a policy from parsed JSON.
    ///
    /// # Errors
    /// As `parse`.
    pub fn from_value(value: &Value) -> Result<Self, Vec<PolicyError>> {
        let mut reader = reader::Reader::default();
        let members = ["version", "scoring", "states", "thresholds", "qualification", "spam", "dedup"];
        let object = reader.object(&reader::At::root(value), &members);
        let version = reader.need(&object, "version");
        let version = reader.text(&version).to_owned();
        let place = reader.need(&object, "scoring");
        let before = reader.errors.len();
        let scoring = Scoring::parse(&mut reader, &place);
        let highest = scoring.highest().filter(|_| place.value.is_some() && reader.errors.len() == before);
        let place = reader.need(&object, "states");
        let before = reader.errors.len();
        let transitions = Transitions::parse(&mut reader, &place);
        let table = Some(&transitions).filter(|_| place.value.is_some() && reader.errors.len() == before);
        let place = reader.need(&object, "thresholds");
        let thresholds = Thresholds::parse(&mut reader, &place, table, highest);
        let place = reader.need(&object, "qualification");
        let qualifying = Qualifying::parse(&mut reader, &place);
        let place = reader.need(&object, "spam");
        let spam = Spam::parse(&mut reader, &place);
        let place = reader.need(&object, "dedup");
        let dedup = Dedup::parse(&mut reader, &place);
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        Ok(Self { version, scoring, spam, dedup, qualifying, thresholds, transitions })
    }

    /// The version that verdicts carry.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The canonical slug of a lead source as somebody wrote it: "Google Ads" and "google-ads" give `google_ads`,
    /// "Website" gives `website_form` (spec L3). Text without a letter or digit gives "".
    #[must_use]
    pub fn source_slug(&self, text: &str) -> String {
        let slug = slug(text);
        self.scoring.aliases.get(&slug).cloned().unwrap_or(slug)
    }

    /// Whether a text means a source that these rules name. Such a source tells of nobody.
    #[must_use]
    pub fn names_source(&self, text: &str) -> bool {
        self.scoring.sources.contains_key(&self.source_slug(text))
    }

    /// The source that a click id proves, by the id's member name such as `gclid`.
    #[must_use]
    pub fn source_of_click_id(&self, name: &str) -> Option<&str> {
        self.scoring.click_ids.get(name).map(String::as_str)
    }

    /// From which spam score on a submission is set aside (spec L6).
    #[must_use]
    pub fn quarantine_from(&self) -> i32 {
        self.spam.quarantine
    }

    /// How many candidates are read per key (spec D2).
    #[must_use]
    pub fn candidates_per_key(&self) -> usize {
        self.dedup.candidates_per_key
    }

    /// The states of a lead and the moves between them (spec M1).
    #[must_use]
    pub fn transitions(&self) -> &Transitions {
        &self.transitions
    }

    /// Whether a score is low enough for a `lead_created` sequence to nurture the lead (spec E1).
    #[must_use]
    pub fn nurtures(&self, score: u8) -> bool {
        i32::from(score) <= self.thresholds.nurture_max
    }

    /// The highest score that a `lead_created` sequence nurtures unless it says otherwise (spec E1).
    #[must_use]
    pub fn nurture_max(&self) -> u8 {
        u8::try_from(self.thresholds.nurture_max).unwrap_or(u8::MAX)
    }

    /// Whether status, first contact and score allow a conversion (spec C1).
    #[must_use]
    pub fn converts(&self, status: Status, contacted: bool, score: u8) -> bool {
        status == self.thresholds.convert_status && contacted && i32::from(score) > self.thresholds.convert_above
    }
}
