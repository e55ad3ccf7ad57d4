//! Pools: one, a page of them, and what a change of one must know.

use crate::records::attempt_column;
use crate::routing::{VERSION, version};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::pool::{CreatePool, DeletePool, EditPool, Known};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, Plan};
use lead_core::pool::Pool;
use lead_core::problem::Refusal;
use serde::Deserialize;
use serde_json::{Value, json};

/// A deleted pool is read too: a lost answer is recognised by it.
const ONE: &str = concat!(
    "SELECT p.id, p.company_id, p.name, p.is_default, p.members, p.created_at, p.updated_at, p.deleted_at, p.version, ",
    attempt_column!("p"),
    " FROM pools p WHERE p.company_id = ?1 AND p.id = ?2"
);

const DEFAULT: &str = concat!(
    "SELECT p.id, p.company_id, p.name, p.is_default, p.members, p.created_at, p.updated_at, p.version, ",
    attempt_column!("p"),
    " FROM pools p WHERE p.company_id = ?1 AND p.is_default = 1 AND p.deleted_at IS NULL"
);

/// Reads one pool.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

#[derive(Deserialize)]
struct PoolRow {
    #[serde(flatten)]
    pool: Pool,
    deleted_at: Option<i64>,
}

/// The pool, if it stands.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Pool>, Corrupt> {
    Ok(read_first::<PoolRow>(&outcome.rows)?.filter(|row| row.deleted_at.is_none()).map(|row| row.pool))
}

const PAGE: &str = "SELECT id, company_id, name, is_default, members, created_at, updated_at, version FROM pools \
     WHERE company_id = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";

/// Reads a page of pools, oldest first.
#[must_use]
pub fn page(company_id: &Id, query: &PageQuery) -> Statement {
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), query.limit + 1)
}

/// The pools of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<Pool>, Corrupt> {
    read_rows(&outcome.rows)
}

const PEOPLE: &str = "SELECT u.id FROM json_each(?2) m JOIN users u ON u.company_id = ?1 AND u.id = m.value";

const IN_USE: &str = "SELECT id FROM territories WHERE company_id = ?1 AND pool_id = ?2 AND deleted_at IS NULL LIMIT 1";

fn reads(company: &Id, id: &Id, members: Value) -> Vec<Statement> {
    vec![
        read(company, id),
        statement!(DEFAULT, company),
        statement!(PEOPLE, company, members),
        statement!(IN_USE, company, id),
        statement!(VERSION, company),
    ]
}

fn known(outcomes: &[Outcome]) -> Result<Known, Corrupt> {
    #[derive(Deserialize)]
    struct IdRow {
        id: Id,
    }
    let [pool, default, people, in_use, routing] = outcomes else {
        return Err(Corrupt("five outcomes were expected".into()));
    };
    let row: Option<PoolRow> = read_first(&pool.rows)?;
    Ok(Known {
        deleted: row.as_ref().is_some_and(|row| row.deleted_at.is_some()),
        pool: row.map(|row| row.pool),
        default: read_first(&default.rows)?,
        people: read_rows::<IdRow>(&people.rows)?.into_iter().map(|row| row.id).collect(),
        in_use: !in_use.rows.is_empty(),
        routing: version(routing)?,
    })
}

/// A command over the same knowledge.
macro_rules! command {
    ($command:ident gives $done:ty, members: $members:expr) => {
        impl Command for $command {
            type Known = Known;
            type Done = $done;

            fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
                let members: fn(&Self) -> Value = $members;
                reads(&context.company_id, &self.id, members(self))
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

command!(CreatePool gives Pool, members: |command| json!(command.values.members));
command!(EditPool gives Pool, members: EditPool::members);
command!(DeletePool gives (), members: |_| json!([]));
