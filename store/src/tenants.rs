//! Companies, people, keys, sessions and forms: who is asking, and what a new company begins with.

use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::access::{Role, Scope};
use lead_core::form::{Definition, Form, FormKey};
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::session::{GRACE_MS, IDLE_MS, ROTATE_MS};
use lead_core::stored;
use lead_core::time::{HOUR_MS, Instant};
use serde::Deserialize;

const FORM: &str = "SELECT f.company_id, f.id, f.form_key, f.definition, f.definition_version, f.allowed_origins, coalesce(f.country, c.country) AS country \
     FROM forms f JOIN companies c ON c.id = f.company_id WHERE f.form_key = ?1 AND f.is_active = 1 AND f.deleted_at IS NULL";

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
        definition_version: i64,
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
        version: row.definition_version,
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

/// A session's token that somebody shows, and what takes its place where it is old.
#[derive(Debug)]
pub struct Shown<'a> {
    /// Its hash.
    pub token_hash: &'a str,
    /// The hash of its successor with this salt.
    pub next_hash: String,
    /// A random text.
    pub salt: &'a str,
    /// The audit row's id, where the token tells of a theft.
    pub audit_id: Id,
    /// Who shows it.
    pub actor: &'a Actor,
    /// When.
    pub now: Instant,
}

/// A token comes back for the first time: from now on the one before counts for a short while only.
const ARRIVE: &str = "UPDATE sessions SET used_at = ?2 \
     WHERE token_hash = ?1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > ?2 AND rotated_at > ?3";

/// Replaces a token that is old. Of two at once one finds it replaced, and is told the same successor.
const ROTATE: &str = "UPDATE sessions SET previous_hash = token_hash, token_hash = ?2, salt = ?3, rotated_at = ?4, used_at = NULL \
     WHERE token_hash = ?1 AND revoked_at IS NULL AND expires_at > ?4 AND used_at <= ?5 AND used_at > ?6";

/// The session whose token before the current one is shown when that one was in use for longer than requests are under way:
/// two hold it, and one of them stole it.
macro_rules! stolen {
    ($until:literal, $now:literal) => {
        concat!(" WHERE previous_hash = ?1 AND revoked_at IS NULL AND used_at <= ", $until, " AND expires_at > ", $now)
    };
}

const AUDIT_THEFT: &str = concat!(
    "INSERT INTO audit_logs (company_id, id, user_id, entity_type, entity_id, action, ip_address, user_agent, request_id, created_at) \
     SELECT company_id, ?2, user_id, 'session', id, 'token_reuse', ?3, ?4, ?5, ?6 FROM sessions",
    stolen!("?7", "?6")
);

const END_STOLEN: &str = concat!("UPDATE sessions SET revoked_at = ?2", stolen!("?3", "?2"));

/// The session of a token or of the one before, which still counts where the session was not just ended. Whoever shows the
/// one before gets the salt.
const SESSION: &str = "SELECT s.company_id, s.id AS credential_id, s.user_id, s.expires_at, \
       CASE WHEN s.token_hash <> ?1 THEN s.salt END AS salt, u.role, u.name, c.name AS company, c.country, c.currency \
     FROM (SELECT company_id, id FROM sessions WHERE token_hash = ?1 \
       UNION SELECT company_id, id FROM sessions WHERE previous_hash = ?1) f \
     JOIN sessions s ON s.company_id = f.company_id AND s.id = f.id \
     JOIN users u ON u.company_id = s.company_id AND u.id = s.user_id AND u.is_active = 1 \
     JOIN companies c ON c.id = s.company_id \
     WHERE s.revoked_at IS NULL AND s.expires_at > ?2 AND coalesce(s.used_at, s.rotated_at) > ?3";

const SESSION_REPORTS: &str = reports!(
    "SELECT company_id, user_id FROM sessions WHERE token_hash = ?1 \
     UNION SELECT company_id, user_id FROM sessions WHERE previous_hash = ?1"
);

/// Reads whose session this token is of, and who reports to them. In the same batch an old token gets its successor, and a
/// session that was stolen ends (spec R5).
#[must_use]
pub fn read_session(shown: &Shown<'_>) -> Vec<Statement> {
    let Shown { token_hash, next_hash, salt, audit_id, actor, now } = shown;
    let (now, idle, under_way) = (*now, now.plus_ms(-IDLE_MS), now.plus_ms(-GRACE_MS));
    let (address, agent) = (actor.ip_address.as_ref(), actor.user_agent.as_ref());
    vec![
        statement!(ARRIVE, *token_hash, now, idle),
        statement!(ROTATE, *token_hash, next_hash, *salt, now, now.plus_ms(-ROTATE_MS), idle),
        statement!(AUDIT_THEFT, *token_hash, audit_id, address, agent, &actor.request_id, now, under_way),
        statement!(END_STOLEN, *token_hash, now, under_way),
        statement!(SESSION, *token_hash, now, idle),
        statement!(SESSION_REPORTS, *token_hash),
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
        /// Gives the current token to whoever showed the one before.
        salt: Option<String>,
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
        salt: Option<String>,
        company: String,
        country: String,
        currency: String,
    }
    #[derive(Deserialize)]
    struct ReportRow {
        id: Id,
    }
    let [.., holder, reports] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let Some(row) = read_first::<HolderRow>(&holder.rows)? else { return Ok(None) };
    let credential = match row.expires_at {
        Some(expires_at) => Credential::Session { id: row.credential_id, expires_at, salt: row.salt },
        None => Credential::Key(row.credential_id),
    };
    let HolderRow { company_id, user_id, name, role, scopes, company, country, currency, .. } = row;
    let scopes = scopes.unwrap_or_else(|| Scope::ALL.to_vec());
    let reports = read_rows::<ReportRow>(&reports.rows)?.into_iter().map(|row| row.id).collect();
    Ok(Some(Holder { company_id, credential, user_id, name, role, scopes, company, country, currency, reports }))
}

/// A query that any database with the migrations answers.
#[must_use]
pub fn read_ready() -> Statement {
    statement!("SELECT id FROM companies LIMIT 1")
}
