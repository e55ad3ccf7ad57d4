//! A mail is taken up again or given up by a person. Whoever sends reads, marks and writes under a lease: a mail that was marked
//! meanwhile stands otherwise than it was read, so this collides; one that was only claimed loses its lease, so that does.

use super::one::read_seen;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::trail::{self, changes};
use lead_core::command::mail::{ActOnMail, MailAct};
use lead_core::mail::MailSummary;
use lead_core::plan::{Context, Plan, SettledMail};
use lead_core::problem::Refusal;

/// Collides unless the mail ?2 stands in the state ?4.
const STANDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?2, 0, ?3 FROM json_each('[1,2]') WHERE NOT EXISTS (SELECT 1 FROM mails WHERE company_id = ?1 AND id = ?2 AND state = ?4)";

/// ?2 the mail, ?3 who, ?4 and ?5 the rows' ids, ?6 the state and ?7 the reason that it gets, ?8 what is done.
const TRAIL: &str = concat!(
    "WITH told AS (SELECT ?4 AS audit_id, id AS entity_id, 'state' AS field_name, state AS old_value, ?6 AS new_value FROM mails \
         WHERE company_id = ?1 AND id = ?2 \
       UNION ALL SELECT ?5, id, 'reason', reason, ?7 FROM mails WHERE company_id = ?1 AND id = ?2)",
    changes!("'mail'", "?8", "?3")
);

const RETRY: &str = "UPDATE mails SET state = 'queued', reason = NULL, next_try_at = ?3, tries = 0, first_try_at = NULL, asked_at = NULL, \
       absent_at = NULL, lease_id = NULL, lease_until = 0 WHERE company_id = ?1 AND id = ?2";

const CANCEL: &str = "UPDATE mails SET state = 'cancelled', reason = ?3, next_try_at = NULL, asked_at = NULL, absent_at = NULL, \
       lease_id = NULL, lease_until = 0 WHERE company_id = ?1 AND id = ?2";

pub(crate) fn settle(settled: &SettledMail, context: &Context<'_>) -> [Statement; 3] {
    let SettledMail { mail_id, act, from, audit_ids: [state_row, reason_row] } = settled;
    let (company, reason) = (&context.company_id, act.reason());
    let told = (act.state().as_str(), trail::who(context));
    [
        statement!(STANDS, company, mail_id, &context.actor.request_id, from.as_str()),
        statement!(TRAIL, company, mail_id, told.1, state_row, reason_row, told.0, reason, act.as_str()),
        match act {
            MailAct::Retry => statement!(RETRY, company, mail_id, context.now),
            MailAct::Cancel => statement!(CANCEL, company, mail_id, reason),
        },
    ]
}

impl Command for ActOnMail {
    type Known = Option<MailSummary>;
    type Done = MailSummary;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![read_seen(&context.company_id, &self.mail_id, &self.by.visibility)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt> {
        let [mail] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
        read_first(&mail.rows)
    }

    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<MailSummary>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}
