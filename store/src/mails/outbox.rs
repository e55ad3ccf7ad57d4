//! The kept mails of every company, for the page of a developer's machine. No caller's rows are asked for: whoever runs the
//! database sees all of it.

use super::one::{found_trace, read_trace};
use super::summary_columns;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::id::Id;
use lead_core::mail::{Mail, MailEvent, MailSummary, MailTry};
use serde::Deserialize;

/// The newest ?1 of each company that are older than ?2, and of those again the newest.
const KEPT: &str = concat!(
    "SELECT c.id AS company_id, c.name AS company, ",
    summary_columns!(),
    " FROM companies c CROSS JOIN mails m ON m.company_id = c.id AND m.id IN (SELECT w.id FROM mails w \
       WHERE w.company_id = c.id AND w.id < ?2 ORDER BY w.id DESC LIMIT ?1) ORDER BY m.id DESC LIMIT ?1"
);

const MAIL: &str = "SELECT * FROM mails WHERE company_id = ?1 AND id = ?2";

pub(super) fn explainable() -> Vec<(&'static str, &'static str)> {
    vec![(KEPT, "PRIMARY KEY"), (MAIL, "PRIMARY KEY")]
}

/// A kept mail of some company.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Kept {
    /// Whose it is.
    pub company_id: Id,
    /// What that is called.
    pub company: String,
    /// The mail.
    #[serde(flatten)]
    pub mail: MailSummary,
}

/// Reads the newest `most` mails, or those older than `before`.
#[must_use]
pub fn read_kept(before: Option<&Id>, most: u8) -> Statement {
    statement!(KEPT, most, before.map_or("~", Id::as_str))
}

/// Those mails.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_kept(outcome: &Outcome) -> Result<Vec<Kept>, Corrupt> {
    read_rows(&outcome.rows)
}

/// Reads one mail, its tries and its events.
#[must_use]
pub fn read_mail(company_id: &Id, mail_id: &Id) -> Vec<Statement> {
    let [tries, events] = read_trace(company_id, mail_id);
    vec![statement!(MAIL, company_id, mail_id), tries, events]
}

/// A whole mail with what providers answered and what came back, both oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct WholeMail {
    /// The mail.
    pub mail: Mail,
    /// What providers were asked and answered.
    pub answers: Vec<MailTry>,
    /// What came back.
    pub events: Vec<MailEvent>,
}

/// That mail.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_mail(outcomes: &[Outcome]) -> Result<Option<WholeMail>, Corrupt> {
    let [mail, tries, events] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let Some(mail) = read_first(&mail.rows)? else { return Ok(None) };
    let (answers, events) = found_trace(tries, events)?;
    Ok(Some(WholeMail { mail, answers, events }))
}
