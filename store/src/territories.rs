//! Territories: one, a page of them, and what a change of one must know.

use crate::records::attempt_column;
use crate::routing::{VERSION, version};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::territory::{CreateTerritory, DeleteTerritory, EditTerritory, Known};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::territory::Territory;
use serde::Deserialize;

/// A deleted territory is read too: a lost answer is recognised by it.
const ONE: &str = concat!(
    "SELECT t.id, t.company_id, t.name, t.pool_id, t.position, t.countries, t.states, t.industries, t.created_at, t.updated_at, \
     t.deleted_at, t.version, ",
    attempt_column!("t"),
    " FROM territories t WHERE t.company_id = ?1 AND t.id = ?2"
);

/// Reads one territory.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

#[derive(Deserialize)]
struct TerritoryRow {
    #[serde(flatten)]
    territory: Territory,
    deleted_at: Option<i64>,
}

/// The territory, if it stands.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Territory>, Corrupt> {
    let row: Option<TerritoryRow> = read_first(&outcome.rows)?;
    Ok(row.filter(|row| row.deleted_at.is_none()).map(|row| row.territory))
}

const PAGE: &str = "SELECT id, company_id, name, pool_id, position, countries, states, industries, created_at, updated_at, version \
     FROM territories WHERE company_id = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";

/// Reads a page of territories, oldest first.
#[must_use]
pub fn page(company_id: &Id, query: &PageQuery) -> Statement {
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), query.limit + 1)
}

/// The territories of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<Territory>, Corrupt> {
    read_rows(&outcome.rows)
}

const POOL: &str = "SELECT id FROM pools WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL";

fn reads(company: &Id, id: &Id, pool_id: Option<&Id>) -> Vec<Statement> {
    vec![read(company, id), statement!(POOL, company, pool_id), statement!(VERSION, company)]
}

fn known(outcomes: &[Outcome]) -> Result<Known, Corrupt> {
    #[derive(Deserialize)]
    struct IdRow {
        id: Id,
    }
    let [territory, pool, routing] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let row: Option<TerritoryRow> = read_first(&territory.rows)?;
    Ok(Known {
        deleted: row.as_ref().is_some_and(|row| row.deleted_at.is_some()),
        territory: row.map(|row| row.territory),
        pool: read_first::<IdRow>(&pool.rows)?.map(|row| row.id),
        routing: version(routing)?,
    })
}

/// A command over the same knowledge.
macro_rules! command {
    ($command:ident gives $done:ty, pool: $pool:expr) => {
        impl Command for $command {
            type Known = Known;
            type Done = $done;

            fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
                let pool: fn(&Self) -> Option<Id> = $pool;
                reads(&context.company_id, &self.id, pool(self).as_ref())
            }

            fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
                known(outcomes)
            }

            fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<$done>, Refusal> {
                Self::decide(self, known, context)
            }
        }
    };
}

command!(CreateTerritory gives Territory, pool: |command| Some(command.values.pool_id.clone()));
command!(EditTerritory gives Territory, pool: EditTerritory::pool_id);
command!(DeleteTerritory gives (), pool: |_| None);
