//! What a decision may change about sequences.

use crate::id::Id;
use crate::sequence::Sequence;
use crate::stored;
use serde::Serialize;
use serde_json::{Value, json};

/// A definition to be kept under its revision.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRevision {
    /// Of which sequence.
    pub sequence_id: Id,
    /// Which one.
    pub revision: i64,
    /// Its columns as [`stored::row`] gives them: from them the definition reads back.
    pub definition: Value,
}

impl NewRevision {
    /// The definition that the sequence has now.
    #[must_use]
    pub fn of(sequence: &Sequence) -> Self {
        Self {
            sequence_id: sequence.id.clone(),
            revision: sequence.revision,
            definition: json!(stored::row(&sequence.definition)),
        }
    }
}

/// Enrolments of one sequence that go on under another of its definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveEnrolments {
    /// Which sequence.
    pub sequence_id: Id,
    /// Under which definition they go on.
    pub revision: i64,
    /// The enrolments.
    pub enrolments: Vec<MovedEnrolment>,
}

/// An enrolment that goes on under another definition: as it was read, and as it becomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MovedEnrolment {
    /// The enrolment.
    pub id: Id,
    /// Of which lead.
    pub lead_id: Id,
    /// The definition until now.
    pub revision: i64,
    /// The step that came next until now.
    pub next_step: u32,
    /// When it was due, in milliseconds.
    pub due_ms: i64,
    /// The step that comes next.
    pub to_step: u32,
    /// When it is due, in milliseconds.
    pub to_due_ms: i64,
    /// The audit row's id.
    pub audit_id: Id,
}
