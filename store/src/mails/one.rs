//! One mail with all that came of it.

use super::{mail_visible, summary_columns};
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible;
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::mail::{MailEvent, MailSummary, MailTry, MailWords, TracedMail};
use serde::Deserialize;

/// ?2 the mail, ?3 and ?4 whose rows are seen. What a link to sign in opens is its person's alone.
pub(super) const MAIL: &str = concat!(
    "SELECT ",
    summary_columns!(),
    ", m.from_address, m.from_name, m.reply_address, iif(m.kind = 'sign_in', NULL, m.body) AS body, \
       iif(m.kind = 'sign_in', NULL, m.body_text) AS body_text, m.unsubscribe_url, m.links \
     FROM mails m LEFT JOIN leads l ON l.company_id = ?1 AND l.id = m.lead_id WHERE m.company_id = ?1 AND m.id = ?2 AND ",
    mail_visible!("?3", "?4")
);

const TRIES: &str = "SELECT id, provider, act, outcome, status, words, created_at FROM mail_tries WHERE company_id = ?1 AND mail_id = ?2 \
     ORDER BY id DESC LIMIT 200";

const EVENTS: &str = "SELECT id, kind, link, method, user_agent, detail, machine, judged_at, created_at FROM mail_events \
     WHERE company_id = ?1 AND mail_id = ?2 LIMIT 400";

pub(super) fn explainable() -> Vec<(&'static str, &'static str)> {
    [MAIL, TRIES, EVENTS].map(|sql| (sql, "PRIMARY KEY")).to_vec()
}

/// What came of a mail, whoever asks.
pub(super) fn read_trace(company_id: &Id, mail_id: &Id) -> [Statement; 2] {
    [statement!(TRIES, company_id, mail_id), statement!(EVENTS, company_id, mail_id)]
}

/// What providers answered and what came back, both oldest first.
pub(super) fn found_trace(tries: &Outcome, events: &Outcome) -> Result<(Vec<MailTry>, Vec<MailEvent>), Corrupt> {
    let mut answers: Vec<MailTry> = read_rows(&tries.rows)?;
    answers.reverse();
    let mut events: Vec<MailEvent> = read_rows(&events.rows)?;
    events.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
    Ok((answers, events))
}

/// Reads a mail, its tries and its events.
#[must_use]
pub fn read_one(company_id: &Id, mail_id: &Id, rows: &Visibility) -> Vec<Statement> {
    let [tries, events] = read_trace(company_id, mail_id);
    vec![read_seen(company_id, mail_id, rows), tries, events]
}

/// Reads a mail where the caller sees it.
pub(super) fn read_seen(company_id: &Id, mail_id: &Id, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(MAIL, company_id, mail_id, owners, unowned)
}

/// The mail; none where the caller does not see it.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_one(outcomes: &[Outcome]) -> Result<Option<TracedMail>, Corrupt> {
    #[derive(Deserialize)]
    struct MailRow {
        #[serde(flatten)]
        mail: MailSummary,
        #[serde(flatten)]
        words: MailWords,
    }
    let [mail, tries, events] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let Some(MailRow { mail, words }) = read_first(&mail.rows)? else { return Ok(None) };
    let (answers, events) = found_trace(tries, events)?;
    Ok(Some(TracedMail { mail, words, answers, events }))
}
