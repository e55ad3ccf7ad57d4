//! What recording an activity must know.

use super::activity_columns;
use super::row::ActivityRow;
use super::subject;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Row, Statement, read_first, read_row, statement};
use lead_core::activity::{Activity, RelatedType};
use lead_core::command::activity::{Known, RecordActivity, Seen};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

/// The activity by its id: an attempt of this request may have written it.
const WRITTEN: &str =
    concat!("SELECT ", activity_columns!(), " FROM activities a WHERE a.company_id = ?1 AND a.id = ?2");

impl Command for RecordActivity {
    type Known = Known;
    type Done = Activity;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            statement!(WRITTEN, company, &self.id),
            subject::read(company, self.related_to_type, &self.related_to_id, &self.by.visibility),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        let [written, seen] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        let written: Option<ActivityRow> = read_first(&written.rows)?;
        let seen = seen.rows.first().map(|row| seen_in(self.related_to_type, row)).transpose()?;
        Ok(Known { written: written.map(|row| row.activity), seen })
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// What a contact belongs to.
#[derive(Deserialize)]
struct ContactRow {
    account_id: Id,
}

fn seen_in(kind: RelatedType, row: &Row) -> Result<Seen, Corrupt> {
    Ok(match kind {
        RelatedType::Lead => Seen::Lead(read_row(row)?),
        RelatedType::Account => Seen::Account,
        RelatedType::Contact => Seen::Contact(read_row::<ContactRow>(row)?.account_id),
        RelatedType::Opportunity => Seen::Opportunity,
    })
}
