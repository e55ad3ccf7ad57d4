//! Companies, people, keys and forms: who is asking, and what a new company begins with.

use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::access::{Role, Scope};
use lead_core::form::{Definition, Form, FormKey};
use lead_core::id::Id;
use lead_core::stored;
use serde::Deserialize;

const FORM: &str = "SELECT f.company_id, f.id, f.form_key, f.definition, f.allowed_origins, coalesce(f.country, c.country) AS country \
     FROM forms f JOIN companies c ON c.id = f.company_id WHERE f.form_key = ?1 AND f.is_active = 1";

/// Reads the form of a public key.
#[must_use]
pub fn read_form(key: &FormKey) -> Statement {
    statement!(FORM, key.as_str())
}

/// The form, if there is an active one.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found_form(outcome: &Outcome) -> Result<Option<Form>, Corrupt> {
    #[derive(Deserialize)]
    struct FormRow {
        company_id: Id,
        id: Id,
        form_key: String,
        #[serde(deserialize_with = "stored::json")]
        definition: Definition,
        #[serde(deserialize_with = "stored::json")]
        allowed_origins: Vec<String>,
        country: String,
    }
    let Some(row) = read_first::<FormRow>(&outcome.rows)? else { return Ok(None) };
    let key = FormKey::parse(&row.form_key).ok_or_else(|| Corrupt("a form key".into()))?;
    Ok(Some(Form {
        company_id: row.company_id,
        id: row.id,
        key,
        definition: row.definition,
        allowed_origins: row.allowed_origins,
        country: row.country,
    }))
}

const KEY: &str = "SELECT k.company_id, k.id AS key_id, k.user_id, k.scopes, u.role, c.country, c.currency \
     FROM api_keys k JOIN users u ON u.company_id = k.company_id AND u.id = k.user_id AND u.is_active = 1 \
     JOIN companies c ON c.id = k.company_id WHERE k.key_hash = ?1 AND k.revoked_at IS NULL";

/// Everybody below the key's user, at any depth; a circle ends where it began.
const REPORTS: &str = "WITH RECURSIVE me AS (SELECT company_id, user_id FROM api_keys WHERE key_hash = ?1), \
       below (id) AS (SELECT u.id FROM users u JOIN me ON u.company_id = me.company_id AND u.manager_id = me.user_id \
         UNION SELECT u.id FROM users u JOIN below b ON u.manager_id = b.id JOIN me ON u.company_id = me.company_id) \
     SELECT id FROM below LIMIT 1000";

/// Reads whose key this hash is, and who reports to them.
#[must_use]
pub fn read_key(key_hash: &str) -> Vec<Statement> {
    vec![statement!(KEY, key_hash), statement!(REPORTS, key_hash)]
}

/// A valid key and the person it acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHolder {
    /// Whose company.
    pub company_id: Id,
    /// The key.
    pub key_id: Id,
    /// The person.
    pub user_id: Id,
    /// What they are.
    pub role: Role,
    /// What the key may be used for.
    pub scopes: Vec<Scope>,
    /// The company's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The company's currency, ISO 4217.
    pub currency: String,
    /// Everybody below the person, at any depth.
    pub reports: Vec<Id>,
}

/// Whose key it is, if it is a valid one.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_key(outcomes: &[Outcome]) -> Result<Option<KeyHolder>, Corrupt> {
    #[derive(Deserialize)]
    struct KeyRow {
        company_id: Id,
        key_id: Id,
        user_id: Id,
        role: Role,
        #[serde(deserialize_with = "stored::json")]
        scopes: Vec<Scope>,
        country: String,
        currency: String,
    }
    #[derive(Deserialize)]
    struct ReportRow {
        id: Id,
    }
    let [key, reports] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let Some(row) = read_first::<KeyRow>(&key.rows)? else { return Ok(None) };
    let KeyRow { company_id, key_id, user_id, role, scopes, country, currency } = row;
    let reports = read_rows::<ReportRow>(&reports.rows)?.into_iter().map(|row| row.id).collect();
    Ok(Some(KeyHolder { company_id, key_id, user_id, role, scopes, country, currency, reports }))
}

/// A query that any database with the migrations answers.
#[must_use]
pub fn read_ready() -> Statement {
    statement!("SELECT id FROM companies LIMIT 1")
}
