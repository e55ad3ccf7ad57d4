//! Companies, people, keys and forms: who is asking, and what a new company begins with.

use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::access::{Role, Scope};
use lead_core::form::{Definition, Form, FormKey};
use lead_core::id::Id;
use lead_core::session::{GRACE_MS, IDLE_MS, ROTATE_MS};
use lead_core::stored;
use lead_core::time::{HOUR_MS, Instant};
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

/// Notes the use of a key, at most once an hour.
const USED: &str = "UPDATE api_keys SET last_used_at = ?2 \
     WHERE key_hash = ?1 AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at <= ?3)";

const KEY: &str = "SELECT k.company_id, k.id AS credential_id, k.user_id, k.scopes, u.role, u.name, c.name AS company, c.country, c.currency \
     FROM api_keys k JOIN users u ON u.company_id = k.company_id AND u.id = k.user_id AND u.is_active = 1 \
     JOIN companies c ON c.id = k.company_id WHERE k.key_hash = ?1 AND k.revoked_at IS NULL";

/// Everybody below the credential's user, at any depth; a circle ends where it began. `$me` finds the user.
macro_rules! reports {
    ($me:literal) => {
        concat!(
            "WITH RECURSIVE me AS (",
            $me,
            "), below (id) AS (SELECT u.id FROM users u JOIN me ON u.company_id = me.company_id AND u.manager_id = me.user_id \
               UNION SELECT u.id FROM users u JOIN below b ON u.manager_id = b.id JOIN me ON u.company_id = me.company_id) \
             SELECT id FROM below LIMIT 1000"
        )
    };
}

const KEY_REPORTS: &str = reports!("SELECT company_id, user_id FROM api_keys WHERE key_hash = ?1");

/// Reads whose key this hash is, and who reports to them; the key's use is noted in the same batch.
#[must_use]
pub fn read_key(key_hash: &str, now: Instant) -> Vec<Statement> {
    vec![
        statement!(USED, key_hash, now, now.plus_ms(-HOUR_MS)),
        statement!(KEY, key_hash),
        statement!(KEY_REPORTS, key_hash),
    ]
}

/// Replaces the token of a session whose token is old; the one before stays good for a short while.
const ROTATE: &str = "UPDATE sessions SET previous_hash = token_hash, token_hash = ?2, rotated_at = ?3 \
     WHERE token_hash = ?1 AND revoked_at IS NULL AND expires_at > ?3 AND rotated_at <= ?4 AND rotated_at > ?5 RETURNING id";

/// The session of a token, of the one just put in its place, or of the one before within its grace.
const SESSION: &str = "SELECT s.company_id, s.id AS credential_id, s.user_id, s.expires_at, u.role, u.name, c.name AS company, c.country, c.currency \
     FROM (SELECT company_id, id FROM sessions WHERE token_hash IN (?1, ?2) \
       UNION SELECT company_id, id FROM sessions WHERE previous_hash = ?1 AND rotated_at > ?5) f \
     JOIN sessions s ON s.company_id = f.company_id AND s.id = f.id \
     JOIN users u ON u.company_id = s.company_id AND u.id = s.user_id AND u.is_active = 1 \
     JOIN companies c ON c.id = s.company_id WHERE s.revoked_at IS NULL AND s.expires_at > ?3 AND s.rotated_at > ?4";

const SESSION_REPORTS: &str = reports!(
    "SELECT company_id, user_id FROM sessions WHERE token_hash IN (?1, ?2) \
     UNION SELECT company_id, user_id FROM sessions WHERE previous_hash = ?1"
);

/// Reads whose session this token is of, and who reports to them; an old token is replaced by `fresh` in the same batch.
#[must_use]
pub fn read_session(token_hash: &str, fresh_hash: &str, now: Instant) -> Vec<Statement> {
    let idle = now.plus_ms(-IDLE_MS);
    vec![
        statement!(ROTATE, token_hash, fresh_hash, now, now.plus_ms(-ROTATE_MS), idle),
        statement!(SESSION, token_hash, fresh_hash, now, idle, now.plus_ms(-GRACE_MS)),
        statement!(SESSION_REPORTS, token_hash, fresh_hash),
    ]
}

/// By what a caller is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A secret key.
    Key(Id),
    /// A signed-in browser.
    Session {
        /// The session.
        id: Id,
        /// When it ends at the latest.
        expires_at: Instant,
    },
}

/// Whoever holds a valid key or session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Whose company.
    pub company_id: Id,
    /// The key or session.
    pub credential: Credential,
    /// The person.
    pub user_id: Id,
    /// Their name.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// What the key may be used for; a session may do everything that the person may.
    pub scopes: Vec<Scope>,
    /// The company's name.
    pub company: String,
    /// The company's country, ISO 3166-1 alpha-2.
    pub country: String,
    /// The company's currency, ISO 4217.
    pub currency: String,
    /// Everybody below the person, at any depth.
    pub reports: Vec<Id>,
}

/// Whose key or session it is, if it is a valid one.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_holder(outcomes: &[Outcome]) -> Result<Option<Holder>, Corrupt> {
    #[derive(Deserialize)]
    struct HolderRow {
        company_id: Id,
        credential_id: Id,
        user_id: Id,
        name: String,
        role: Role,
        #[serde(default, deserialize_with = "stored::json_or_null")]
        scopes: Option<Vec<Scope>>,
        expires_at: Option<Instant>,
        company: String,
        country: String,
        currency: String,
    }
    #[derive(Deserialize)]
    struct ReportRow {
        id: Id,
    }
    let [_, holder, reports] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let Some(row) = read_first::<HolderRow>(&holder.rows)? else { return Ok(None) };
    let credential = match row.expires_at {
        Some(expires_at) => Credential::Session { id: row.credential_id, expires_at },
        None => Credential::Key(row.credential_id),
    };
    let HolderRow { company_id, user_id, name, role, scopes, company, country, currency, .. } = row;
    let scopes = scopes.unwrap_or_else(|| Scope::ALL.to_vec());
    let reports = read_rows::<ReportRow>(&reports.rows)?.into_iter().map(|row| row.id).collect();
    Ok(Some(Holder { company_id, credential, user_id, name, role, scopes, company, country, currency, reports }))
}

/// Whether the batch of [`read_session`] replaced the token.
#[must_use]
pub fn was_rotated(outcomes: &[Outcome]) -> bool {
    outcomes.first().is_some_and(|outcome| !outcome.rows.is_empty())
}

/// A query that any database with the migrations answers.
#[must_use]
pub fn read_ready() -> Statement {
    statement!("SELECT id FROM companies LIMIT 1")
}
