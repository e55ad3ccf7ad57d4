//! Qualifications: what one must know of its lead, and the history of them.

use crate::leads::edit;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::qualify::{Known, Qualified, Qualify};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::qualify::{NewQualification, QualificationRecord};
use serde_json::json;

const WRITTEN: &str = "SELECT id FROM qualifications WHERE company_id = ?1 AND lead_id = ?2 AND id = ?3";

impl Command for Qualify {
    type Known = Known;
    type Done = Qualified;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![edit::read(&self.target, context), statement!(WRITTEN, &context.company_id, &self.target.id, &self.id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        let [lead, written] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        Ok(Known { found: edit::found(lead)?, written: !written.rows.is_empty() })
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Qualified>, Refusal> {
        Self::decide(self, known, context)
    }
}

const INSERT: &str = "INSERT INTO qualifications (company_id, lead_id, id, user_id, answers, result, confirmed, attempt_id, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

pub(crate) fn insert(kept: &NewQualification, context: &Context<'_>) -> Statement {
    statement!(
        INSERT,
        &context.company_id,
        &kept.lead_id,
        &kept.id,
        context.actor.user_id.as_ref(),
        json!(kept.answers),
        json!(kept.result),
        kept.confirmed,
        &kept.attempt_id,
        context.now,
    )
}

const SEEN: &str = concat!(
    "SELECT id FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

const HISTORY: &str = "SELECT id, lead_id, user_id, answers, result, confirmed, created_at FROM qualifications \
     WHERE company_id = ?1 AND lead_id = ?2 ORDER BY id DESC LIMIT 50";

/// Reads a lead's newest 50 qualifications, and whether the caller sees the lead.
#[must_use]
pub fn read_history(company_id: &Id, lead_id: &Id, rows: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(rows);
    vec![statement!(SEEN, company_id, lead_id, owners, unowned), statement!(HISTORY, company_id, lead_id)]
}

/// The qualifications, newest first; `None` where there is no such lead for the caller.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_history(outcomes: &[Outcome]) -> Result<Option<Vec<QualificationRecord>>, Corrupt> {
    let [seen, history] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    if seen.rows.is_empty() {
        return Ok(None);
    }
    read_rows(&history.rows).map(Some)
}
