//! Enrolments at work: whoever claims them holds their lease, and writes nothing without it. A lease that ran out may be taken by
//! another run; the batch of the first one then collides.

use super::leads::key_list;
use crate::statement::{Corrupt, Outcome, Statement, read_row, read_rows, statement};
use lead_core::id::Id;
use lead_core::mail::MailState;
use lead_core::nurture::decide::Previous;
use lead_core::plan::{Context, EnrolmentKey};
use lead_core::time::Instant;
use serde::Deserialize;
use std::collections::HashMap;

/// How long a run keeps what it claims. The clock may have been set back since: a lease a minute
/// further ahead than that is none. Within the minute another run only read the clock a little later, and holds it.
const LEASE_MS: i64 = 5 * 60 * 1000;

const CLAIM: &str = "UPDATE enrolments SET lease_id = ?3, lease_until = ?4 WHERE company_id = ?1 AND (sequence_id, lead_id) IN (\
       SELECT sequence_id, lead_id FROM enrolments INDEXED BY enrolments_due WHERE company_id = ?1 AND state = 'active' AND due_at <= ?2 \
         AND (lease_until <= ?2 OR lease_until > ?4 + 60000) ORDER BY due_at, lead_id, sequence_id LIMIT ?5) \
     RETURNING sequence_id, lead_id";

/// What of the claimed ?2 is still held under the lease ?3.
const HELD: &str = "SELECT e.sequence_id, e.lead_id, e.id, e.revision, e.next_step, e.due_at, e.enrolled_at, e.last_mail_id \
     FROM json_each(?2) j CROSS JOIN enrolments e ON e.company_id = ?1 AND e.sequence_id = j.value ->> 'sequence_id' \
       AND e.lead_id = j.value ->> 'lead_id' WHERE e.lease_id = ?3 AND e.state = 'active'";

/// The mail before, of each of the claimed ?2 that had one.
const PREVIOUS: &str = "SELECT m.id, m.step_number, m.state, m.next_try_at, m.sent_at FROM json_each(?2) j \
     CROSS JOIN enrolments e ON e.company_id = ?1 AND e.sequence_id = j.value ->> 'sequence_id' AND e.lead_id = j.value ->> 'lead_id' \
     CROSS JOIN mails m ON m.company_id = ?1 AND m.id = e.last_mail_id";

/// Collides where one of ?2 is not held under the lease ?3 any more.
const HOLDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?3, 0, ?4 FROM json_each('[1,2]') WHERE EXISTS (SELECT 1 FROM json_each(?2) j WHERE NOT EXISTS (\
       SELECT 1 FROM enrolments e WHERE e.company_id = ?1 AND e.sequence_id = j.value ->> 'sequence_id' AND e.lead_id = j.value ->> 'lead_id' \
         AND e.lease_id = ?3 AND e.state = 'active'))";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 4] {
    [(CLAIM, "enrolments_due"), (HELD, "PRIMARY KEY"), (PREVIOUS, "PRIMARY KEY"), (HOLDS, "PRIMARY KEY")]
}

/// An enrolment that is due, as its lease found it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Claimed {
    pub(super) sequence_id: Id,
    pub(super) lead_id: Id,
    pub(super) id: Id,
    pub(super) revision: i64,
    pub(super) next_step: u32,
    pub(super) due_at: Instant,
    pub(super) enrolled_at: Instant,
    pub(super) last_mail_id: Option<Id>,
}

impl Claimed {
    pub(super) fn key(&self) -> EnrolmentKey {
        EnrolmentKey { sequence_id: self.sequence_id.clone(), lead_id: self.lead_id.clone() }
    }
}

/// Takes the oldest that are due, `most` at most.
pub(super) fn claim(company_id: &Id, now: Instant, lease: &Id, most: usize) -> Statement {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    statement!(CLAIM, company_id, now, lease, now.plus_ms(LEASE_MS), most)
}

/// What the claim took.
pub(super) fn claimed(outcome: &Outcome) -> Result<Vec<EnrolmentKey>, Corrupt> {
    #[derive(Deserialize)]
    struct KeyRow {
        sequence_id: Id,
        lead_id: Id,
    }
    let key = |KeyRow { sequence_id, lead_id }| EnrolmentKey { sequence_id, lead_id };
    outcome.rows.iter().map(|row| read_row(row).map(key)).collect()
}

/// Reads what is still held.
pub(super) fn held(company_id: &Id, keys: &[EnrolmentKey], lease: &Id) -> Statement {
    statement!(HELD, company_id, key_list(keys), lease)
}

/// What was read under a lease.
pub(super) fn held_rows(outcome: &Outcome) -> Result<Vec<Claimed>, Corrupt> {
    read_rows(&outcome.rows)
}

/// Reads the mails before.
pub(super) fn previous(company_id: &Id, keys: &[EnrolmentKey]) -> Statement {
    statement!(PREVIOUS, company_id, key_list(keys))
}

/// They, by their ids.
pub(super) fn previous_mails(outcome: &Outcome) -> Result<HashMap<Id, Previous>, Corrupt> {
    #[derive(Deserialize)]
    struct MailRow {
        id: Id,
        step_number: u32,
        state: MailState,
        next_try_at: Option<Instant>,
        sent_at: Option<Instant>,
    }
    let rows: Vec<MailRow> = read_rows(&outcome.rows)?;
    let previous = |MailRow { id, step_number, state, next_try_at, sent_at }| {
        (id, Previous { step_number, state, next_try_at, sent_at })
    };
    Ok(rows.into_iter().map(previous).collect())
}

/// The statement that lets the batch pass only while all of these are held.
pub(super) fn holds(keys: &[EnrolmentKey], lease: &Id, context: &Context<'_>) -> Statement {
    statement!(HOLDS, &context.company_id, key_list(keys), lease, &context.actor.request_id)
}
