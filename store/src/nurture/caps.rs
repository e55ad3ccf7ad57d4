//! Mails of a day, counted for the caps in the batch that writes them: one too many, and the batch collides (spec E2).

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::id::Id;
use lead_core::nurture::caps::Tally;
use lead_core::plan::Context;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

const READ: &str = "SELECT d.subject, d.mails FROM json_each(?3) s CROSS JOIN mail_days d ON d.company_id = ?1 AND d.day = ?2 AND d.subject = s.value";

/// Counts commute: nobody waits for anybody where there is no cap.
const COUNT: &str = "INSERT INTO mail_days (company_id, day, subject, mails) \
     SELECT ?1, ?2, value ->> 'subject', value ->> 'mails' FROM json_each(?3) WHERE true \
     ON CONFLICT (day, company_id, subject) DO UPDATE SET mails = mails + excluded.mails";

/// Collides where a count is above what its caps allow.
const HOLDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, 'caps', 0, ?4 FROM json_each('[1,2]') WHERE EXISTS (\
       SELECT 1 FROM json_each(?3) c CROSS JOIN mail_days d ON d.company_id = ?1 AND d.day = ?2 AND d.subject = c.value ->> 'subject' \
       WHERE d.mails > c.value ->> 'most')";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 3] {
    [(READ, "PRIMARY KEY"), (COUNT, ""), (HOLDS, "PRIMARY KEY")]
}

/// Reads what was counted of these subjects on a day.
pub(crate) fn read(company_id: &Id, day: i64, subjects: &[String]) -> Statement {
    statement!(READ, company_id, day, json!(subjects))
}

/// How many mails each subject had; those that are not there had none.
pub(crate) fn found(outcome: &Outcome) -> Result<HashMap<String, u32>, Corrupt> {
    #[derive(Deserialize)]
    struct DayRow {
        subject: String,
        mails: u32,
    }
    let rows: Vec<DayRow> = read_rows(&outcome.rows)?;
    Ok(rows.into_iter().map(|row| (row.subject, row.mails)).collect())
}

/// Counts the mails of a tally on a day, and collides where a cap would be broken.
#[must_use]
pub fn count(day: i64, tally: &Tally, context: &Context<'_>) -> Vec<Statement> {
    let items: Vec<_> = tally
        .entries()
        .map(|(subject, mails, most)| json!({ "subject": subject, "mails": mails, "most": most }))
        .collect();
    if items.is_empty() {
        return Vec::new();
    }
    let company = &context.company_id;
    vec![
        statement!(COUNT, company, day, json!(items)),
        statement!(HOLDS, company, day, json!(items), &context.actor.request_id),
    ]
}
