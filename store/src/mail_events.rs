//! What comes back of mails, as it is kept: by our own links and by providers' reports (spec E4).

use crate::statement::{Corrupt, Outcome, Row, Statement, Value, read_first, statement};
use lead_core::id::Id;
use lead_core::mail::webhook::Report;
use lead_core::mail::{MailEventKind, MailKind, MailSecret};
use lead_core::time::Instant;
use serde::Deserialize;

/// More opens and clicks of one mail tell nothing more, and whoever has a link could make any number of them.
const MOST: i64 = 200;

/// ?1 company, ?2 mail, ?3 source, ?4 id, ?5 kind, ?6 link, ?7 method, ?8 user agent, ?9 when, ?10 at most so many. A click on a
/// link that the mail does not have is none; of a mail whose person is erased nothing is kept.
const KEEP: &str = "INSERT INTO mail_events (company_id, mail_id, source, id, kind, link, method, user_agent, created_at) \
     SELECT m.company_id, m.id, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM mails m WHERE m.company_id = ?1 AND m.id = ?2 \
       AND m.to_address <> '' AND (?6 IS NULL OR ?6 < json_array_length(m.links)) \
       AND (SELECT count(*) FROM (SELECT 1 FROM mail_events e WHERE e.company_id = ?1 AND e.mail_id = ?2 LIMIT ?10)) < ?10 \
     ON CONFLICT (company_id, mail_id, source) DO NOTHING";

const LINK: &str =
    "SELECT links ->> ('$[' || CAST(?3 AS INTEGER) || ']') AS link FROM mails WHERE company_id = ?1 AND id = ?2";

const IS_KNOWN: &str = "SELECT 1 AS found FROM mails WHERE company_id = ?1 AND id = ?2";

/// An open or a click by a link of ours.
#[derive(Debug)]
pub struct Followed<'a> {
    /// Whose mail.
    pub company_id: &'a Id,
    /// Which mail.
    pub mail_id: &'a Id,
    /// Which link; none is the pixel.
    pub link: Option<u16>,
    /// The row's id: the same where the batch is sent again.
    pub id: Id,
    /// GET or HEAD.
    pub method: &'a str,
    /// What asked.
    pub user_agent: Option<&'a str>,
    /// When.
    pub now: Instant,
}

/// Keeps what was followed, and reads where it leads.
#[must_use]
pub fn follow(followed: &Followed<'_>) -> Vec<Statement> {
    let Followed { company_id, mail_id, link, id, method, user_agent, now } = followed;
    let kind = if link.is_some() { MailEventKind::Clicked } else { MailEventKind::Opened };
    let number = link.map(i64::from);
    let kept = statement!(
        KEEP,
        *company_id,
        *mail_id,
        format!("link:{id}"),
        id,
        kind.as_str(),
        number,
        *method,
        *user_agent,
        *now,
        MOST,
    );
    let read = match number {
        Some(number) => statement!(LINK, *company_id, *mail_id, number),
        None => statement!(IS_KNOWN, *company_id, *mail_id),
    };
    vec![kept, read]
}

/// Whether there is such a mail.
#[must_use]
pub fn is_known(outcomes: &[Outcome]) -> bool {
    outcomes.last().is_some_and(|outcome| !outcome.rows.is_empty())
}

/// The stored link that was followed.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn link(outcomes: &[Outcome]) -> Result<Option<String>, Corrupt> {
    #[derive(Deserialize)]
    struct LinkRow {
        link: Option<String>,
    }
    let rows: &[Row] = outcomes.last().map_or(&[], |outcome| outcome.rows.as_slice());
    Ok(read_first::<LinkRow>(rows)?.and_then(|row| row.link))
}

/// About the mail of a report: by our names for it, ?1 company and ?2 mail; else, without ?1, by the provider's name ?2.
macro_rules! of_report {
    ($what:literal, $more:literal) => {
        [
            concat!($what, " FROM mails m WHERE m.company_id = ?1 AND m.id = ?2", $more),
            concat!(
                $what,
                " FROM mails m INDEXED BY mails_provider WHERE ?1 IS NULL AND m.provider_id = ?2 AND m.provider_id IS NOT NULL",
                $more
            ),
        ]
    };
}

const NAMED: [&str; 2] = of_report!("SELECT m.company_id, m.id, m.kind, m.to_address", "");

/// ?3 source, ?4 id, ?5 kind, ?6 the number of the link, ?7 or its address, ?8 user agent, ?9 detail, ?10 when, ?11 at most so many.
const REPORTED: [&str; 2] = of_report!(
    "INSERT INTO mail_events (company_id, mail_id, source, id, kind, link, user_agent, detail, created_at) \
     SELECT m.company_id, m.id, ?3, ?4, ?5, coalesce(?6, (SELECT l.key FROM json_each(m.links) l WHERE l.value = ?7 LIMIT 1)), ?8, ?9, ?10",
    " AND m.to_address <> '' AND (SELECT count(*) FROM (SELECT 1 FROM mail_events e WHERE e.company_id = m.company_id AND e.mail_id = m.id LIMIT ?11)) < ?11 \
     ON CONFLICT (company_id, mail_id, source) DO NOTHING"
);

fn named(report: &Report) -> (usize, [Value; 2]) {
    match &report.mail.ours {
        Some((company, mail)) => (0, [company.into(), mail.into()]),
        None => (1, [Value::Null, report.mail.provider_id.as_deref().unwrap_or_default().into()]),
    }
}

/// Reads which mail a report is about.
#[must_use]
pub fn read_reported(report: &Report) -> Statement {
    let (by, names) = named(report);
    Statement { sql: NAMED[by], params: names.to_vec() }
}

/// Keeps an event as it was reported.
#[must_use]
pub fn report(report: &Report, id: &Id, secret: Option<&MailSecret>, now: Instant) -> Statement {
    let (by, names) = named(report);
    let number = secret.and_then(|secret| report.signed_link(secret)).map(i64::from);
    let mut kept = statement!(
        REPORTED[by],
        report.source.as_str(),
        id,
        report.kind.as_str(),
        number,
        report.link.as_deref(),
        report.user_agent.as_deref(),
        report.kept_detail(),
        report.happened_at(now),
        MOST,
    );
    kept.params.splice(0..0, names);
    kept
}

/// The mail that a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Reported {
    /// Whose mail.
    pub company_id: Id,
    /// Which mail.
    pub id: Id,
    /// Why it was sent.
    pub kind: MailKind,
    /// To which address; blank once the person is erased.
    pub to_address: String,
}

/// The mail, if it is one of ours.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn reported(outcome: &Outcome) -> Result<Option<Reported>, Corrupt> {
    read_first(&outcome.rows)
}

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let by_us = [KEEP, LINK, IS_KNOWN, NAMED[0], REPORTED[0]].map(|sql| (sql, "PRIMARY KEY"));
    by_us.into_iter().chain([NAMED[1], REPORTED[1]].map(|sql| (sql, "mails_provider"))).collect()
}
