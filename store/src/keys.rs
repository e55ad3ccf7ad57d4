//! Secret keys: a page of them, and what making and revoking one must know. The hash leaves the database for nobody.

use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::trail::{self, changes};
use lead_core::access::{Principal, Role};
use lead_core::api_key::ApiKey;
use lead_core::command::key::{CreateKey, Known, RevokeKey};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, NewKey, Plan};
use lead_core::problem::Refusal;
use serde_json::json;

const ONE: &str = "SELECT id, company_id, user_id, name, scopes, created_at, last_used_at, revoked_at FROM api_keys \
     WHERE company_id = ?1 AND id = ?2";

/// Reads one key.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

/// The key, if there is one.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<ApiKey>, Corrupt> {
    read_first(&outcome.rows)
}

const PAGE: &str = "SELECT id, company_id, user_id, name, scopes, created_at, last_used_at, revoked_at FROM api_keys \
     WHERE company_id = ?1 AND id > ?2 AND (?3 IS NULL OR user_id = ?3) ORDER BY id LIMIT ?4";

/// Reads a page of the keys that the caller sees: an admin all of them, others their own.
#[must_use]
pub fn page(company_id: &Id, by: &Principal, query: &PageQuery) -> Statement {
    let user_id = (by.role != Role::Admin).then_some(&by.user_id);
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), user_id, query.limit + 1)
}

/// The keys of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<ApiKey>, Corrupt> {
    read_rows(&outcome.rows)
}

const INSERT: &str = "INSERT INTO api_keys (key_hash, company_id, id, user_id, name, scopes, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

pub(crate) fn insert(new: &NewKey) -> Statement {
    let ApiKey { id, company_id, user_id, name, scopes, created_at, .. } = &new.key;
    statement!(INSERT, &new.key_hash, company_id, id, user_id, name.as_str(), json!(scopes), *created_at)
}

const TRAIL_REVOKED: &str = concat!(
    "WITH told AS (SELECT ?4 AS audit_id, id AS entity_id, 'revoked_at' AS field_name, revoked_at AS old_value, \
       coalesce(revoked_at, CAST(?3 AS INTEGER)) AS new_value FROM api_keys WHERE company_id = ?1 AND id = ?2)",
    changes!("'api_key'", "'revoke'", "?5")
);

const REVOKE: &str = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) WHERE company_id = ?1 AND id = ?2";

pub(crate) fn revoke(id: &Id, audit_id: &Id, context: &Context<'_>) -> [Statement; 2] {
    let company = &context.company_id;
    [
        statement!(TRAIL_REVOKED, company, id, context.now, audit_id, trail::who(context)),
        statement!(REVOKE, company, id, context.now),
    ]
}

const WORKS_HERE: &str = "SELECT id FROM users WHERE company_id = ?1 AND id = ?2 AND is_active = 1";

fn known(outcomes: &[Outcome]) -> Result<Known, Corrupt> {
    let [key, person] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    Ok(Known { key: found(key)?, works_here: !person.rows.is_empty() })
}

impl Command for CreateKey {
    type Known = Known;
    type Done = ApiKey;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![read(company, &self.id), statement!(WORKS_HERE, company, self.user_id())]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<ApiKey>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for RevokeKey {
    type Known = Known;
    type Done = ();

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![read(company, &self.id), statement!(WORKS_HERE, company, &self.by.user_id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        Self::decide(self, known, context)
    }
}
