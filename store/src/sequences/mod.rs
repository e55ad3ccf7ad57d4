//! Sequences: one, a page of them, their definitions, and what a change of one must know.

pub mod counts;
pub mod move_enrolled;
pub mod preview;

use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence, Known};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, NewRevision, Plan};
use lead_core::problem::Refusal;
use lead_core::sequence::{Revision, RevisionLine, RevisionQuery, Sequence, SequenceLine};
use serde::Deserialize;

/// A deleted sequence is read too: a lost answer is recognised by it.
const ONE: &str = concat!(
    "SELECT s.id, s.company_id, s.name, s.is_active, s.active_since, s.revision, s.trigger_event, s.score_threshold, s.to_status, \
     s.score_max, s.send_window, s.daily_cap_per_lead, s.daily_cap_per_domain, s.exit_statuses, s.condition, s.exit_condition, \
     s.steps, s.created_at, s.updated_at, s.deleted_at, s.version, ",
    attempt_column!("s"),
    " FROM sequences s WHERE s.company_id = ?1 AND s.id = ?2"
);

/// Reads one sequence.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

/// The sequence, whether or not it was deleted.
pub(crate) fn known(outcome: &Outcome) -> Result<Known, Corrupt> {
    #[derive(Deserialize)]
    struct SequenceRow {
        #[serde(flatten)]
        sequence: Sequence,
        deleted_at: Option<i64>,
    }
    let row: Option<SequenceRow> = read_first(&outcome.rows)?;
    Ok(Known {
        deleted: row.as_ref().is_some_and(|row| row.deleted_at.is_some()),
        sequence: row.map(|row| row.sequence),
    })
}

/// The sequence, if it stands.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Sequence>, Corrupt> {
    let Known { sequence, deleted } = known(outcome)?;
    Ok(sequence.filter(|_| !deleted))
}

/// Of the steps only their number: mails are long.
const PAGE: &str = "SELECT id, company_id, name, is_active, active_since, revision, trigger_event, score_threshold, to_status, \
     json_array_length(steps) AS step_count, created_at, updated_at, version FROM sequences \
     WHERE company_id = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";

/// Reads a page of sequences, oldest first.
#[must_use]
pub fn page(company_id: &Id, query: &PageQuery) -> Statement {
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), query.limit + 1)
}

/// The sequences of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<SequenceLine>, Corrupt> {
    read_rows(&outcome.rows)
}

/// Only while the sequence stands.
macro_rules! of_standing {
    ($columns:literal, $where:literal) => {
        concat!(
            "SELECT r.revision, r.user_id, r.created_at",
            $columns,
            " FROM sequence_revisions r WHERE r.company_id = ?1 AND r.sequence_id = ?2 AND ",
            $where
        )
    };
}

const REVISION: &str = of_standing!(", r.definition", "r.revision = ?3");
const REVISIONS: &str = of_standing!("", "r.revision < ?3 ORDER BY r.revision DESC LIMIT ?4");

/// Reads one definition that a sequence has or had, with the sequence.
#[must_use]
pub fn read_revision(company_id: &Id, id: &Id, revision: i64) -> Vec<Statement> {
    vec![read(company_id, id), statement!(REVISION, company_id, id, revision)]
}

/// The definition, if there is one and its sequence stands.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_revision(outcomes: &[Outcome]) -> Result<Option<Revision>, Corrupt> {
    #[derive(Deserialize)]
    struct RevisionRow {
        #[serde(flatten)]
        line: RevisionLine,
        definition: String,
    }
    let [sequence, revision] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let row: Option<RevisionRow> = read_first(&revision.rows)?;
    let Some((row, _)) = row.zip(found(sequence)?) else { return Ok(None) };
    let definition = serde_json::from_str(&row.definition).map_err(|error| Corrupt(error.to_string()))?;
    Ok(Some(Revision { line: row.line, definition }))
}

/// Reads a page of a sequence's revisions, newest first, with the sequence.
#[must_use]
pub fn read_revisions(company_id: &Id, id: &Id, query: &RevisionQuery) -> Vec<Statement> {
    vec![read(company_id, id), statement!(REVISIONS, company_id, id, query.before, query.limit + 1)]
}

/// The revisions, one more than asked for where there are more; `None` where the sequence does not stand.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_revisions(outcomes: &[Outcome]) -> Result<Option<Vec<RevisionLine>>, Corrupt> {
    let [sequence, revisions] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    if found(sequence)?.is_none() {
        return Ok(None);
    }
    read_rows(&revisions.rows).map(Some)
}

const INSERT_REVISION: &str = "INSERT INTO sequence_revisions (company_id, sequence_id, revision, user_id, created_at, definition) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(crate) fn revise(new: &NewRevision, context: &Context<'_>) -> Statement {
    let NewRevision { sequence_id, revision, definition } = new;
    let by = context.actor.user_id.as_ref();
    statement!(INSERT_REVISION, &context.company_id, sequence_id, *revision, by, context.now, definition.clone())
}

/// A command over the same knowledge.
macro_rules! command {
    ($command:ident gives $done:ty) => {
        impl Command for $command {
            type Known = Known;
            type Done = $done;

            fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
                vec![read(&context.company_id, &self.id)]
            }

            fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
                let [sequence] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
                known(sequence)
            }

            fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<$done>, Refusal> {
                Self::decide(self, known, context)
            }
        }
    };
}

command!(CreateSequence gives Sequence);
command!(EditSequence gives Sequence);
command!(DeleteSequence gives ());
