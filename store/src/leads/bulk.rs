//! The open leads of a person, for handing them to others.

use super::edit::{PEOPLE, people};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::submit::{ROUTING, found_routing};
use crate::visible::{self, visible};
use lead_core::command::lead::{AssignTo, BulkAssign, Bulked, KnownBulk, OpenLead, OpenLeads};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;
use serde_json::json;

/// How many leads of the person one batch looks at, closed ones included.
const WALK: i64 = 400;

/// The next leads of the person, oldest first, each marked whether it is open.
const WALKED: &str = concat!(
    "SELECT id, version, country, state, industry, \
     status NOT IN ('converted', 'disqualified') AND deleted_at IS NULL AS is_open \
     FROM (SELECT * FROM leads INDEXED BY leads_owner WHERE company_id = ?1 AND lead_owner_id = ?2 AND id > ?3 ORDER BY id LIMIT ?4) AS leads \
     WHERE ",
    visible!("lead_owner_id", "?5", "?6")
);

/// This act, where it was written and the answer was lost.
const DONE: &str = "SELECT new_value FROM audit_logs WHERE company_id = ?1 AND id = ?2";

impl Command for BulkAssign {
    type Known = KnownBulk;
    type Done = Bulked;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let mut ids = vec![&self.from];
        if let AssignTo::Person(id) = &self.to {
            ids.push(id);
        }
        let [owners, unowned] = visible::params(&self.by.visibility);
        let after = self.after.as_ref().map_or("", Id::as_str);
        vec![
            statement!(PEOPLE, company, json!(ids)),
            statement!(WALKED, company, &self.from, after, WALK, owners, unowned),
            statement!(DONE, company, &self.id),
            statement!(ROUTING, company),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownBulk, Corrupt> {
        let [persons, walked, done, routing] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        let done: Option<DoneRow> = read_first(&done.rows)?;
        let moved = done.map(|row| row.new_value.parse().map_err(|_| Corrupt("a count was expected".into())));
        Ok(KnownBulk {
            people: people(persons)?,
            open: open_leads(walked)?,
            moved: moved.transpose()?,
            routing: found_routing(routing)?,
        })
    }

    fn decide(&self, known: &KnownBulk, context: &mut Context<'_>) -> Result<Plan<Bulked>, Refusal> {
        Self::decide(self, known, context)
    }
}

#[derive(Deserialize)]
struct DoneRow {
    new_value: String,
}

#[derive(Deserialize)]
struct WalkedRow {
    id: Id,
    version: i64,
    country: String,
    state: Option<String>,
    industry: Option<String>,
    is_open: i64,
}

fn open_leads(outcome: &Outcome) -> Result<OpenLeads, Corrupt> {
    let rows = read_rows::<WalkedRow>(&outcome.rows)?;
    let full = i64::try_from(rows.len()).is_ok_and(|count| count >= WALK);
    let cut_at = rows.last().filter(|_| full).map(|row| row.id.clone());
    let open = rows.into_iter().filter(|row| row.is_open != 0);
    let leads = open.map(|WalkedRow { id, version, country, state, industry, .. }| OpenLead {
        id,
        version,
        country,
        state,
        industry,
    });
    Ok(OpenLeads { leads: leads.collect(), cut_at })
}
