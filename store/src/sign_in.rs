//! Links to sign in, and sessions that begin and end. Known and unknown addresses run the same statements and write the same
//! rows, and each batch may be sent again with the same ids where its answer was lost.

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::mail::sign_in::SUBJECT;
use lead_core::plan::{Actor, Context};
use lead_core::session::{
    LINK_MS, LINK_SPARE_MS, LONG_LINK_MS, MANY_LINKS, NewLink, OPEN_LINKS, SESSION_MS, Token, address_hash,
};
use lead_core::time::{DAY_MS, Instant};
use serde::Deserialize;
use serde_json::json;

/// One link for each company in which this address is somebody's who works there, else one that opens nothing: what nobody
/// has costs the same. None is made where enough can still be used; links that somebody used do not count.
const OFFER: &str = "INSERT INTO sign_in_links (token_hash, company_id, user_id, address, created_at, expires_at) \
     SELECT json_extract(?3, '$[' || (row_number() OVER (ORDER BY w.company_id) - 1) || ']'), w.company_id, w.user_id, ?2, ?4, \
       CASE WHEN ?5 > (SELECT count(*) FROM sign_in_links l WHERE l.address = ?2 AND l.company_id = w.company_id \
         AND l.created_at > ?6 AND l.used_at IS NULL) THEN ?7 ELSE ?8 END \
     FROM (SELECT company_id, id AS user_id FROM users WHERE email_key = ?1 AND is_active = 1 UNION ALL \
       SELECT '', '' WHERE NOT EXISTS (SELECT 1 FROM users WHERE email_key = ?1 AND is_active = 1)) w \
     WHERE ?9 > (SELECT count(*) FROM sign_in_links l WHERE l.address = ?2 AND l.company_id = w.company_id \
       AND l.created_at > ?6 AND l.used_at IS NULL AND l.expires_at > ?10) \
     ORDER BY w.company_id LIMIT json_array_length(?3) ON CONFLICT DO NOTHING";

const OFFERED: &str = "SELECT l.token_hash, l.expires_at, c.name AS company, u.name, u.email FROM json_each(?1) h \
     JOIN sign_in_links l ON l.token_hash = h.value JOIN users u ON u.company_id = l.company_id AND u.id = l.user_id \
     JOIN companies c ON c.id = l.company_id";

/// A mail for each link of ?1 that was made, in the outbox of its company. A link that opens nothing gets one as well, in an
/// outbox that nobody reads: what nobody has costs the same. `?1` JSON of hash and mail.
const MAIL: &str = "INSERT INTO mails (company_id, id, kind, user_id, to_address, to_name, from_address, from_name, subject, body, body_text, \
       state, next_try_at, due_at, created_at) \
     SELECT l.company_id, CASE l.company_id WHEN '' THEN 'nobody:' ELSE '' END || (j.value ->> 'mail'), 'sign_in', nullif(l.user_id, ''), \
       coalesce(u.email, ''), u.name, ?2, c.name, ?3, '', '', 'queued', ?4, ?4, ?4 \
     FROM json_each(?1) j JOIN sign_in_links l ON l.token_hash = j.value ->> 'hash' \
     LEFT JOIN users u ON u.company_id = l.company_id AND u.id = l.user_id LEFT JOIN companies c ON c.id = l.company_id \
     ON CONFLICT DO NOTHING";

/// The oldest links, whoever's they are: more than one request adds.
const SWEEP: &str = "DELETE FROM sign_in_links WHERE token_hash IN \
     (SELECT token_hash FROM sign_in_links WHERE created_at < ?1 ORDER BY created_at LIMIT 20)";

/// How links come to whom they are for.
#[derive(Debug)]
pub struct Mailing<'a> {
    /// The mails' ids, as many as there are tokens; each token is its mail's.
    pub ids: &'a [Id],
    /// The sender's address.
    pub from_address: &'a str,
}

/// Offers links to an address, writes the mails that bring them, if there is mail, and forgets some of yesterday. `tokens` has
/// one for each company at most.
#[must_use]
pub fn offer(email: &EmailAddress, tokens: &[Token], mailing: Option<&Mailing<'_>>, now: Instant) -> Vec<Statement> {
    let hashes: Vec<String> = tokens.iter().map(Token::hash).collect();
    let yesterday = now.plus_ms(-DAY_MS);
    let mut out = vec![
        statement!(SWEEP, yesterday),
        statement!(
            OFFER,
            email.key(),
            address_hash(email),
            json!(hashes),
            now,
            MANY_LINKS,
            yesterday,
            now.plus_ms(LINK_MS),
            now.plus_ms(LONG_LINK_MS),
            OPEN_LINKS,
            now.plus_ms(LINK_SPARE_MS),
        ),
    ];
    if let Some(Mailing { ids, from_address }) = mailing {
        let pair = |(hash, mail): (&String, &Id)| json!({ "hash": hash, "mail": mail });
        let mails: serde_json::Value = hashes.iter().zip(*ids).map(pair).collect();
        out.push(statement!(MAIL, mails, *from_address, SUBJECT, now));
    }
    out.push(statement!(OFFERED, json!(hashes)));
    out
}

/// The links that were made, for whoever delivers them.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn offered(outcomes: &[Outcome]) -> Result<Vec<NewLink>, Corrupt> {
    #[derive(Deserialize)]
    struct LinkRow {
        token_hash: String,
        expires_at: Instant,
        company: String,
        name: String,
        email: String,
    }
    let last = outcomes.last().ok_or_else(|| Corrupt("three outcomes were expected".into()))?;
    let rows: Vec<LinkRow> = read_rows(&last.rows)?;
    let link = |LinkRow { token_hash, expires_at, company, name, email }| NewLink {
        token_hash,
        expires_at,
        company,
        name,
        email,
    };
    Ok(rows.into_iter().map(link).collect())
}

/// A session that is about to begin.
#[derive(Debug)]
pub struct Beginning<'a> {
    /// The link's hash.
    pub link_hash: String,
    /// The session's id.
    pub id: Id,
    /// The hash of its token.
    pub token_hash: String,
    /// The audit row's id.
    pub audit_id: Id,
    /// Who asks.
    pub actor: &'a Actor,
    /// When.
    pub now: Instant,
}

/// The link that can still be used; `?1` its hash, `$now` the parameter of the moment.
macro_rules! open_link {
    ($now:literal) => {
        concat!(
            " FROM sign_in_links l JOIN users u ON u.company_id = l.company_id AND u.id = l.user_id AND u.is_active = 1 \
             WHERE l.token_hash = ?1 AND l.used_at IS NULL AND l.expires_at > ",
            $now
        )
    };
}

const BEGIN: &str = concat!(
    "INSERT INTO sessions (company_id, id, user_id, token_hash, user_agent, created_at, rotated_at, expires_at) \
     SELECT l.company_id, ?2, l.user_id, ?3, ?4, ?5, ?5, ?6",
    open_link!("?5")
);

const AUDIT_BEGIN: &str = concat!(
    "INSERT INTO audit_logs (company_id, id, user_id, entity_type, entity_id, action, ip_address, user_agent, request_id, created_at) \
     SELECT l.company_id, ?2, l.user_id, 'session', ?3, 'login', ?4, ?5, ?6, ?7",
    open_link!("?7")
);

const USE: &str = "UPDATE sign_in_links SET used_at = ?2 WHERE token_hash = ?1 AND used_at IS NULL";

const BEGUN: &str = "SELECT id FROM sessions WHERE token_hash = ?1";

/// Uses a link, once: the session begins, is audited and the link is spent in one transaction.
#[must_use]
pub fn begin(beginning: &Beginning<'_>) -> Vec<Statement> {
    let Beginning { link_hash, id, token_hash, audit_id, actor, now } = beginning;
    let (agent, until) = (actor.user_agent.as_ref(), now.plus_ms(SESSION_MS));
    vec![
        statement!(BEGIN, link_hash, id, token_hash, agent, *now, until),
        statement!(AUDIT_BEGIN, link_hash, audit_id, id, actor.ip_address.as_ref(), agent, &actor.request_id, *now),
        statement!(USE, link_hash, *now),
        statement!(BEGUN, token_hash),
    ]
}

/// Whether the link could be used.
#[must_use]
pub fn has_begun(outcomes: &[Outcome]) -> bool {
    outcomes.last().is_some_and(|outcome| !outcome.rows.is_empty())
}

/// Whose session ends.
#[derive(Debug)]
pub struct Ending<'a> {
    /// Whose company.
    pub company_id: &'a Id,
    /// The person.
    pub user_id: &'a Id,
    /// The session; none means all of the person's.
    pub session_id: Option<&'a Id>,
    /// The audit row's id.
    pub audit_id: Id,
    /// Who asks.
    pub actor: &'a Actor,
    /// When.
    pub now: Instant,
}

const END_ONE: &str = "UPDATE sessions SET revoked_at = ?3 WHERE company_id = ?1 AND id = ?2 AND revoked_at IS NULL";

/// All sessions of a person but one, or all.
const END_ALL: &str = "UPDATE sessions INDEXED BY sessions_user SET revoked_at = ?4 \
     WHERE company_id = ?1 AND user_id = ?2 AND id IS NOT ?3 AND revoked_at IS NULL";

const AUDIT_END: &str = "INSERT INTO audit_logs (company_id, id, user_id, entity_type, entity_id, action, ip_address, user_agent, \
     request_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING";

/// Ends a session, or every one of the person's.
#[must_use]
pub fn end(ending: &Ending<'_>) -> Vec<Statement> {
    let Ending { company_id, user_id, session_id, audit_id, actor, now } = ending;
    let (update, entity, entity_id, action) = match session_id {
        Some(id) => (statement!(END_ONE, *company_id, *id, *now), "session", *id, "logout"),
        None => (statement!(END_ALL, *company_id, *user_id, None::<&Id>, *now), "user", *user_id, "logout_everywhere"),
    };
    let audit = statement!(
        AUDIT_END,
        *company_id,
        audit_id,
        *user_id,
        entity,
        entity_id,
        action,
        actor.ip_address.as_ref(),
        actor.user_agent.as_ref(),
        &actor.request_id,
        *now,
    );
    vec![update, audit]
}

const END_LINKS: &str = "DELETE FROM sign_in_links WHERE company_id = ?1 AND user_id = ?2 AND used_at IS NULL";

/// Ends a person's links and sessions with a change of theirs, which is what the audit trail tells.
pub(crate) fn sign_out(user_id: &Id, but: Option<&Id>, context: &Context<'_>) -> [Statement; 2] {
    let company_id = &context.company_id;
    [statement!(END_LINKS, company_id, user_id), statement!(END_ALL, company_id, user_id, but, context.now)]
}
