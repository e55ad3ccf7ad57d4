//! What an erasure takes from mails and from what came back of them (spec R3). That the address is not mailed stays, as a keyed
//! hash.

use crate::statement::{Statement, statement};
use lead_core::enrolment::LeftReason;
use lead_core::plan::Context;
use serde_json::Value;

/// The mails to the leads ?2, and those about them.
macro_rules! mails_of {
    () => {
        "(SELECT m.id FROM json_each(?2) r CROSS JOIN mails m INDEXED BY mails_lead ON m.company_id = ?1 AND m.lead_id = r.value \
           AND m.lead_id IS NOT NULL)"
    };
}

/// What was not sent never is: nobody can send a mail without an address. Whoever holds its lease has lost it.
const MAILS: &str = "UPDATE mails INDEXED BY mails_lead SET to_address = '', to_name = NULL, subject = '', body = '', body_text = '', links = '[]', \
     unsubscribe_url = NULL, state = iif(state = 'sent', 'sent', 'cancelled'), reason = iif(state = 'sent', NULL, ?3), next_try_at = NULL, asked_at = NULL, absent_at = NULL, \
     lease_id = NULL, lease_until = 0 \
     WHERE company_id = ?1 AND lead_id IN (SELECT value FROM json_each(?2)) AND lead_id IS NOT NULL";

const TRIES: &str = concat!(
    "UPDATE mail_tries SET words = NULL WHERE company_id = ?1 AND words IS NOT NULL AND mail_id IN ",
    mails_of!()
);

const EVENTS: &str = concat!(
    "UPDATE mail_events SET user_agent = NULL, detail = NULL WHERE company_id = ?1 AND mail_id IN ",
    mails_of!()
);

/// What the person read may have been written for them alone.
const OPT_INS: &str = "UPDATE opt_ins SET text = '', locale = NULL WHERE company_id = ?1 AND lead_id IN (SELECT value FROM json_each(?2))";

const ENROLMENTS: &str = "UPDATE enrolments INDEXED BY enrolments_lead SET state = 'left', left_reason = ?3, ended_at = ?4, held_by = NULL, \
     lease_id = NULL, lease_until = 0 WHERE company_id = ?1 AND lead_id IN (SELECT value FROM json_each(?2)) AND state = 'active'";

/// The statements; `ids` is JSON of the records that are erased, leads among them.
pub(crate) fn statements(ids: &Value, context: &Context<'_>) -> Vec<Statement> {
    let (company, erased) = (&context.company_id, LeftReason::Erased.as_str());
    let mut out = vec![statement!(MAILS, company, ids.clone(), erased)];
    out.extend([TRIES, EVENTS, OPT_INS].map(|sql| statement!(sql, company, ids.clone())));
    out.push(statement!(ENROLMENTS, company, ids.clone(), erased, context.now));
    out
}
