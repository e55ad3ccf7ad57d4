//! Sequences as lists show them, and the definitions that one had.

use super::{Definition, TriggerEvent};
use crate::entity::Stamp;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::Parameters;
use crate::policy::Status;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A sequence as a list shows it: without its mails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SequenceLine {
    /// The sequence's id.
    pub id: Id,
    /// Whose company.
    pub company_id: Id,
    /// What it is called.
    pub name: String,
    /// Whether it enrols leads.
    #[serde(deserialize_with = "stored::flag")]
    pub is_active: bool,
    /// Since when it has been active.
    pub active_since: Option<Instant>,
    /// Which definition it has.
    pub revision: i64,
    /// What enrols leads.
    pub trigger_event: TriggerEvent,
    /// For `score_threshold`: from which score on.
    pub score_threshold: Option<u8>,
    /// For `status_changed`: which status.
    pub to_status: Option<Status>,
    /// How many steps it has.
    pub step_count: u32,
    /// When it was made and changed.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// A definition as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevisionLine {
    /// Its number, from 1 on.
    pub revision: i64,
    /// Who made it.
    pub user_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

/// A definition that a sequence has or had.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Revision {
    /// Its number, and who made it.
    #[serde(flatten)]
    pub line: RevisionLine,
    /// What it says.
    #[serde(flatten)]
    pub definition: Definition,
}

/// A page of a sequence's definitions, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionQuery {
    /// At most so many, 1 to 200.
    pub limit: i64,
    /// Below this one.
    pub before: i64,
}

/// Beyond every revision that can be.
const END: i64 = 1 << 53;

impl RevisionQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let limit = read
            .take("limit", Code::NotWholeNumber, |text| text.parse().ok().filter(|limit| (1..=200).contains(limit)));
        let before = read.take("cursor", Code::CursorInvalid, |text| {
            text.strip_prefix("revision.")?.parse().ok().filter(|number| (0..=END).contains(number))
        });
        read.close().map(|()| Self { limit: limit.unwrap_or(50), before: before.unwrap_or(END) })
    }

    /// A page of rows, one more than asked for where there are more, and the cursor behind it.
    #[must_use]
    pub fn page(&self, mut rows: Vec<RevisionLine>) -> (Vec<RevisionLine>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let cursor = rows.last().filter(|_| more).map(|last| format!("revision.{}", last.revision));
        (rows, cursor)
    }
}
