//! Sequences: mails that follow one another to a lead until it leaves (spec E1).

mod counts;
mod listed;
mod parse;
mod preview;
mod recipient;

pub use counts::{Counts, EnrolmentGroup, MailGroup, StepCounts};
pub use listed::{Revision, RevisionLine, RevisionQuery, SequenceLine};
pub use parse::SequenceValues;
pub(crate) use parse::sentence;
pub use preview::{Preview, PreviewRequest};
pub use recipient::{Recipient, Sender};

use crate::entity::Stamp;
use crate::id::Id;
use crate::policy::condition::{Condition, Kind, Scope};
use crate::policy::{PolicyError, Status, named};
use crate::stored;
use crate::time::Instant;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

named! {
    /// What enrols leads.
    TriggerEvent {
        /// A lead came in.
        LeadCreated = "lead_created",
        /// A score reached the threshold from below.
        ScoreThreshold = "score_threshold",
        /// A lead moved to the status.
        StatusChanged = "status_changed",
    }
}

named! {
    /// A day of the week.
    Weekday {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

named! {
    /// Whose clock a window goes by.
    ZoneOf {
        /// The lead's, as far as its country and state tell it; else the company's.
        Lead = "lead",
        /// The company's.
        Company = "company",
    }
}

/// What a sequence's conditions may ask about.
pub const SEQUENCE_SCOPE: Scope<'static> = &[
    ("source", Kind::Text),
    ("campaign", Kind::Text),
    ("medium", Kind::Text),
    ("authority_level", Kind::Text),
    ("country", Kind::Text),
    ("state", Kind::Text),
    ("industry", Kind::Text),
    ("job_title", Kind::Text),
    ("interest_product", Kind::Text),
    ("budget_given", Kind::Flag),
    ("timeline_days", Kind::Number),
    ("gdpr_consent", Kind::Flag),
    ("status", Kind::Text),
    ("stage", Kind::Text),
    ("lead_score", Kind::Number),
    ("locale", Kind::Text),
    ("email_domain", Kind::Text),
    ("owned", Kind::Flag),
];

/// A lead in one of these leaves every sequence (spec E2).
pub const ENDING: &[Status] = &[Status::Qualified, Status::Unqualified, Status::Disqualified, Status::Converted];

/// A time of day in whole minutes, 0 to 1440; written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub(crate) u16);

/// When mails may go out: on these days, at or after `from` and before `to` of the local time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SendWindow {
    /// On which days; at least one.
    pub weekdays: Vec<Weekday>,
    /// From when on.
    pub from: TimeOfDay,
    /// Until when; later than `from`, `24:00` at the latest.
    pub to: TimeOfDay,
    /// By whose clock.
    pub time_zone: ZoneOf,
}

/// One mail of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// From 1 on, each once; a lead gets one mail of each number, whatever the number stood for when it got it.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000))]
    pub step_number: u32,
    /// A template of one line, 500 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 500, examples("Pumps for {{lead.company_name}}")))]
    pub subject: String,
    /// The HTML template, 60,000 characters.
    #[cfg_attr(
        feature = "openapi",
        schema(max_length = 60_000, examples("<p>Hello {{lead.first_name|\"there\"}}</p>"))
    )]
    pub body: String,
    /// The plain text template, 60,000 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 60_000, examples("Hello {{lead.first_name|\"there\"}}")))]
    pub body_text: String,
    /// Days after the step before it was sent; for the first, after the enrolment.
    #[cfg_attr(feature = "openapi", schema(maximum = 365))]
    pub delay_days: u32,
    /// A step that is not active is passed over. True if left out.
    #[serde(default = "yes")]
    pub is_active: bool,
}

fn yes() -> bool {
    true
}

/// A condition that was checked, with the JSON it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// As it was sent.
    pub json: Value,
    /// As it is judged, over the facts of [`SEQUENCE_SCOPE`].
    pub condition: Condition,
}

/// What a sequence does: whatever of it changes makes a new revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Definition {
    /// What enrols leads.
    pub trigger_event: TriggerEvent,
    /// For `score_threshold`: from which score on, 1 to 100.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub score_threshold: Option<u8>,
    /// For `status_changed`: which status.
    pub to_status: Option<Status>,
    /// Only leads for which this holds are enrolled.
    #[serde(default, deserialize_with = "Asked::stored")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Value>, examples(json!({ "field": "country", "op": "in", "value": ["IN", "DE"] }))))]
    pub condition: Option<Asked>,
    /// Leads above this score are neither enrolled nor mailed on: 70 for `lead_created` unless said otherwise.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub score_max: Option<u8>,
    /// When mails may go out; at any time where absent.
    #[serde(default, deserialize_with = "stored::json_or_null")]
    pub send_window: Option<SendWindow>,
    /// The most mails of a day to one lead, over all sequences.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub daily_cap_per_lead: Option<u32>,
    /// The most mails of a day to one mail domain, over all sequences.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1_000_000))]
    pub daily_cap_per_domain: Option<u32>,
    /// A lead in one of these leaves: for `lead_created` recycled unless said otherwise. Qualified, unqualified, disqualified and
    /// converted always end it.
    #[serde(default, deserialize_with = "stored::json")]
    pub exit_statuses: Vec<Status>,
    /// A lead for which this holds leaves.
    #[serde(default, deserialize_with = "Asked::stored")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Value>))]
    pub exit_condition: Option<Asked>,
    /// The mails, by their numbers: at most 50, of which one at least is active.
    #[serde(deserialize_with = "stored::json")]
    pub steps: Vec<Step>,
}

/// A sequence, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sequence {
    /// The sequence's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// What it is called.
    pub name: String,
    /// Whether it enrols leads. Those enrolled go on while it is not; deleting it ends them.
    #[serde(deserialize_with = "stored::flag")]
    pub is_active: bool,
    /// Since when it has been active; what happened before enrols nobody.
    pub active_since: Option<Instant>,
    /// Which definition this is.
    pub revision: i64,
    /// What it does.
    #[serde(flatten)]
    pub definition: Definition,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

impl Definition {
    /// The step that a lead begins with.
    #[must_use]
    pub fn first(&self) -> Option<&Step> {
        self.next_active(0)
    }

    /// The step of this number, else the one with the next higher number.
    #[must_use]
    pub fn at_or_after(&self, number: u32) -> Option<&Step> {
        self.steps.iter().filter(|step| step.step_number >= number).min_by_key(|step| step.step_number)
    }

    /// The same among the active steps.
    #[must_use]
    pub fn next_active(&self, number: u32) -> Option<&Step> {
        let to_come = self.steps.iter().filter(|step| step.is_active && step.step_number >= number);
        to_come.min_by_key(|step| step.step_number)
    }

    /// Whether a lead of this status leaves, or is not enrolled at all.
    #[must_use]
    pub fn ends_at(&self, status: Status) -> bool {
        ENDING.contains(&status) || self.exit_statuses.contains(&status)
    }
}

impl Sequence {
    /// What can be edited of it.
    #[must_use]
    pub fn values(&self) -> SequenceValues {
        let Self { name, is_active, definition, .. } = self;
        SequenceValues { name: name.clone(), is_active: *is_active, definition: definition.clone() }
    }
}

impl Asked {
    /// Reads a condition over the facts of [`SEQUENCE_SCOPE`].
    ///
    /// # Errors
    /// Everything that is wrong with it, with pointers into it.
    pub fn parse(json: Value) -> Result<Self, Vec<PolicyError>> {
        Condition::parse(&json, SEQUENCE_SCOPE).map(|condition| Self { json, condition })
    }

    /// Reads a stored condition; NULL is none.
    fn stored<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Self>, D::Error> {
        let json: Option<Value> = stored::json_or_null(from)?;
        json.map(Self::parse).transpose().map_err(|errors| D::Error::custom(serde_json::json!(errors)))
    }
}

impl Serialize for Asked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl TimeOfDay {
    /// So many minutes after midnight; `None` beyond `24:00`.
    #[must_use]
    pub fn from_minutes(minutes: u16) -> Option<Self> {
        (minutes <= 1440).then_some(Self(minutes))
    }

    /// Minutes after midnight.
    #[must_use]
    pub fn minutes(self) -> u16 {
        self.0
    }

    /// Reads `HH:MM`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (hours, minutes) = text.split_once(':').filter(|_| text.len() == 5)?;
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok())?;
        let (hours, minutes) = (number(hours)?, number(minutes).filter(|minutes| *minutes < 60)?);
        Self::from_minutes(hours * 60 + minutes)
    }
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("a time as HH:MM was expected"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for TimeOfDay {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$"))
            .examples([Value::from("09:00")])
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for TimeOfDay {}
