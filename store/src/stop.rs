//! What stopping mails must know: the mail, its lead and others of the same address, where they are active, and what is
//! written about the address already.

use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::suppressions;
use lead_core::command::mail_back::{AskAgain, KnownStop, Stop, StopMail, Stopped};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

const MAIL: &str = "SELECT c.name AS company, m.kind, m.lead_id, m.sequence_id, s.name AS sequence FROM companies c \
     LEFT JOIN mails m ON m.company_id = c.id AND m.id = ?2 \
     LEFT JOIN sequences s ON s.company_id = c.id AND s.id = m.sequence_id WHERE c.id = ?1";

/// The lead of the mail ?2, and others of the same address: `person (id)`.
macro_rules! person {
    () => {
        "WITH person (id) AS (SELECT m.lead_id FROM mails m WHERE m.company_id = ?1 AND m.id = ?2 AND m.lead_id IS NOT NULL \
           UNION SELECT o.id FROM mails m CROSS JOIN leads l ON l.company_id = ?1 AND l.id = m.lead_id \
             CROSS JOIN leads o INDEXED BY leads_email ON o.company_id = ?1 AND o.email_key = l.email_key \
             WHERE m.company_id = ?1 AND m.id = ?2 AND l.email_key <> '' LIMIT 50) "
    };
}

const LEADS: &str = concat!(
    person!(),
    "SELECT l.id, l.dnd_status, l.deleted_at IS NOT NULL AS is_deleted, (SELECT k.state FROM consents k WHERE k.company_id = ?1 \
       AND k.lead_id = l.id AND k.purpose = 'marketing' ORDER BY k.id DESC LIMIT 1) AS word \
     FROM person CROSS JOIN leads l ON l.company_id = ?1 AND l.id = person.id WHERE l.erased_at IS NULL"
);

const ACTIVE: &str = concat!(
    person!(),
    "SELECT e.id, e.lead_id, e.sequence_id, s.name FROM person CROSS JOIN enrolments e INDEXED BY enrolments_lead \
       ON e.company_id = ?1 AND e.lead_id = person.id CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = e.sequence_id \
     WHERE e.state = 'active'"
);

/// What the page that asks must know: whose mail it was, and of which sequence.
#[must_use]
pub fn read_mail(company_id: &Id, mail_id: &Id) -> Statement {
    statement!(MAIL, company_id, mail_id)
}

/// The company's name and the mail, as long as it is known; `None` without the company.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_mail(outcome: &Outcome) -> Result<Option<(String, Option<StopMail>)>, Corrupt> {
    #[derive(Deserialize)]
    struct CompanyRow {
        company: String,
    }
    let Some(CompanyRow { company }) = read_first(&outcome.rows)? else { return Ok(None) };
    let is_known = outcome.rows.first().is_some_and(|row| row.get("kind").is_some_and(|kind| !kind.is_null()));
    let mail = if is_known { read_first(&outcome.rows)? } else { None };
    Ok(Some((company, mail)))
}

impl Command for Stop {
    type Known = KnownStop;
    type Done = Stopped;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let [mail, leads, active] = [MAIL, LEADS, ACTIVE].map(|sql| statement!(sql, company, &self.mail_id));
        vec![mail, leads, active, suppressions::read(company, self.address)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownStop, Corrupt> {
        let [mail, leads, active, rows] = outcomes else { return Err(Corrupt("four outcomes were expected".into())) };
        let (company, mail) = found_mail(mail)?.ok_or_else(|| Corrupt("no such company".into()))?;
        let (leads, active) = (read_rows(&leads.rows)?, read_rows(&active.rows)?);
        Ok(KnownStop { company, mail, leads, active, rows: suppressions::found(rows)? })
    }

    fn decide(&self, known: &KnownStop, context: &mut Context<'_>) -> Result<Plan<Stopped>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for AskAgain {
    type Known = KnownStop;
    type Done = Stopped;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        self.0.reads(context)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownStop, Corrupt> {
        self.0.known(outcomes)
    }

    fn decide(&self, known: &KnownStop, context: &mut Context<'_>) -> Result<Plan<Stopped>, Refusal> {
        Self::decide(self, known, context)
    }
}

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    vec![(MAIL, "PRIMARY KEY"), (LEADS, "leads_email"), (ACTIVE, "enrolments_lead")]
}
