//! One lead with its touches.

use super::{LeadRow, lead_columns};
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::attribution::Attribution;
use lead_core::id::Id;
use lead_core::lead::{Lead, Touch, TouchEffect};
use lead_core::policy::Policy;
use lead_core::score::Reason;
use lead_core::stored;
use lead_core::time::Instant;
use serde::Deserialize;

const ONE: &str = concat!(
    "SELECT ",
    lead_columns!("?5", "?6"),
    " FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

const TOUCHES: &str = "SELECT id, effect, form_id, form_version, attribution, submitted, spam_score, spam_reasons, filled_at, created_at FROM touches \
     WHERE company_id = ?1 AND lead_id = ?2 ORDER BY id DESC LIMIT 50";

/// Reads the lead if `rows` sees it, without the ids that `others` does not see, and its newest 50 touches.
#[must_use]
pub fn read(company_id: &Id, id: &Id, rows: &Visibility, others: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(rows);
    let [other_owners, others_unowned] = visible::params(others);
    vec![
        statement!(ONE, company_id, id, owners, unowned, other_owners, others_unowned),
        statement!(TOUCHES, company_id, id),
    ]
}

/// The lead and its touches, newest first; `None` where there is none that the caller may see.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], policy: &Policy) -> Result<Option<(Lead, Vec<Touch>)>, Corrupt> {
    let [lead, touches] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let Some(row) = read_first::<LeadRow>(&lead.rows)? else { return Ok(None) };
    let touches = read_rows::<TouchRow>(&touches.rows)?.into_iter().map(TouchRow::into_touch).collect();
    Ok(Some((row.into_lead(policy), touches)))
}

#[derive(Deserialize)]
struct TouchRow {
    id: Id,
    effect: TouchEffect,
    form_id: Option<Id>,
    form_version: Option<i64>,
    #[serde(deserialize_with = "stored::json")]
    attribution: Attribution,
    #[serde(deserialize_with = "stored::json")]
    submitted: serde_json::Value,
    spam_score: u8,
    #[serde(deserialize_with = "stored::json")]
    spam_reasons: Vec<Reason>,
    filled_at: Option<Instant>,
    created_at: Instant,
}

impl TouchRow {
    fn into_touch(self) -> Touch {
        Touch {
            id: self.id,
            effect: self.effect,
            form_id: self.form_id,
            form_version: self.form_version,
            attribution: self.attribution,
            submitted: self.submitted,
            spam_score: self.spam_score,
            spam_reasons: self.spam_reasons,
            filled_at: self.filled_at,
            created_at: self.created_at,
        }
    }
}
