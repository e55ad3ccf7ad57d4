//! One opportunity with its stage history.

use super::opportunity_columns;
use crate::records::attempt_column;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::opportunity::Standing;
use lead_core::id::Id;
use lead_core::opportunity::{Opportunity, StageEntry};
use lead_core::stored;
use lead_core::time::Instant;
use serde::Deserialize;

/// Deleted ones too: by it a lost answer is told from what never was.
const ONE: &str = concat!(
    "SELECT ",
    opportunity_columns!(),
    ", deleted_at, EXISTS (SELECT 1 FROM accounts a WHERE a.company_id = ?1 AND a.id = opportunities.account_id AND a.deleted_at IS NULL) \
       AS account_stands, ",
    attempt_column!("opportunities"),
    " FROM opportunities WHERE company_id = ?1 AND id = ?2 AND ",
    visible!("owner_id", "?3", "?4")
);

const STAGES: &str = "SELECT id, opportunity_id, from_stage, to_stage, probability, reason, user_id, created_at FROM opportunity_stages \
     WHERE company_id = ?1 AND opportunity_id = ?2 ORDER BY id DESC LIMIT 50";

/// Reads the opportunity if the caller sees it.
pub(crate) fn read_standing(company_id: &Id, id: &Id, seen: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(seen);
    statement!(ONE, company_id, id, owners, unowned)
}

/// The opportunity as it stands, deleted or not.
pub(crate) fn standing(outcome: &Outcome) -> Result<Option<Standing>, Corrupt> {
    #[derive(Deserialize)]
    struct StandingRow {
        #[serde(flatten)]
        opportunity: Opportunity,
        deleted_at: Option<Instant>,
        #[serde(deserialize_with = "stored::flag")]
        account_stands: bool,
    }
    let row: Option<StandingRow> = read_first(&outcome.rows)?;
    Ok(row.map(|StandingRow { opportunity, deleted_at, account_stands }| Standing {
        opportunity,
        deleted_at,
        account_stands,
    }))
}

/// Reads the opportunity if the caller sees it, and the newest 50 entries of its stage history.
#[must_use]
pub fn read(company_id: &Id, id: &Id, seen: &Visibility) -> Vec<Statement> {
    vec![read_standing(company_id, id, seen), statement!(STAGES, company_id, id)]
}

/// The opportunity and its stages, newest first; `None` where there is none that the caller may see.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome]) -> Result<Option<(Opportunity, Vec<StageEntry>)>, Corrupt> {
    let [one, stages] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let Some(Standing { opportunity, deleted_at: None, .. }) = standing(one)? else { return Ok(None) };
    Ok(Some((opportunity, read_rows(&stages.rows)?)))
}
