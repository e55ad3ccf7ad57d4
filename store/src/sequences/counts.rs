//! How far a sequence has come: its own enrolments and mails are read, along their indexes, and those of no other.

use super::{found, read};
use crate::statement::{Corrupt, Outcome, Statement, Value, read_rows};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::sequence::Counts;
use lead_core::time::Instant;

/// Enrolments that are alike; only the active have a step to come. `$leads` narrows them to leads that the caller sees.
macro_rules! enrolments {
    ($leads:expr) => {
        concat!(
            "SELECT e.state, e.left_reason, iif(e.state = 'active', e.next_step, 0) AS next_step, \
               e.state = 'active' AND e.held_by IS NOT NULL AS is_held, e.state = 'active' AND e.due_at <= ?3 AS is_due, count(*) AS count \
             FROM enrolments e",
            $leads,
            " WHERE e.company_id = ?1 AND e.sequence_id = ?2 GROUP BY 1, 2, 3, 4, 5"
        )
    };
}

/// The mails of each step.
macro_rules! mails {
    ($leads:expr) => {
        concat!(
            "SELECT e.step_number, sum(e.state IN ('queued', 'sending')) AS queued, count(e.sent_at) AS sent, \
               count(e.delivered_at) AS delivered, count(e.opened_at) AS opened, count(e.clicked_at) AS clicked, \
               count(e.bounced_at) AS bounced, count(e.complained_at) AS complained, sum(e.state = 'dead') AS dead, \
               sum(e.state = 'parked') AS parked, sum(e.state = 'cancelled') AS cancelled \
             FROM mails e INDEXED BY mails_step",
            $leads,
            " WHERE e.company_id = ?1 AND e.sequence_id = ?2 AND e.kind = 'sequence' GROUP BY e.step_number"
        )
    };
}

/// The lead of an enrolment or mail, where the caller sees it.
macro_rules! seen {
    ($owners:literal, $unowned:literal) => {
        concat!(
            " CROSS JOIN leads l ON l.company_id = ?1 AND l.id = e.lead_id AND ",
            visible!("l.lead_owner_id", $owners, $unowned)
        )
    };
}

const ENROLMENTS: &str = enrolments!("");
const SEEN_ENROLMENTS: &str = enrolments!(seen!("?4", "?5"));
const MAILS: &str = mails!("");
const SEEN_MAILS: &str = mails!(seen!("?3", "?4"));

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> [(&'static str, &'static str); 4] {
    [
        (ENROLMENTS, "PRIMARY KEY (company_id=? AND sequence_id=?)"),
        (SEEN_ENROLMENTS, "PRIMARY KEY (company_id=? AND sequence_id=?)"),
        (MAILS, "INDEX mails_step (company_id=? AND sequence_id=?)"),
        (SEEN_MAILS, "INDEX mails_step (company_id=? AND sequence_id=?)"),
    ]
}

/// Reads a sequence with what is counted of it: over all leads for whoever sees all, else over those that the caller sees.
#[must_use]
pub fn read_counts(company: &Id, sequence: &Id, rows: &Visibility, now: Instant) -> Vec<Statement> {
    let all = rows.is_all();
    let narrowed = |sql: &'static str, mut params: Vec<Value>| {
        if !all {
            params.extend(visible::params(rows));
        }
        Statement { sql, params }
    };
    let of = || vec![Value::from(company), Value::from(sequence)];
    let of_now = || of().into_iter().chain([Value::from(now)]).collect();
    vec![
        read(company, sequence),
        narrowed(if all { ENROLMENTS } else { SEEN_ENROLMENTS }, of_now()),
        narrowed(if all { MAILS } else { SEEN_MAILS }, of()),
    ]
}

/// The counts; `None` where the sequence does not stand.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_counts(outcomes: &[Outcome]) -> Result<Option<Counts>, Corrupt> {
    let [sequence, enrolments, mails] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    let Some(sequence) = found(sequence)? else { return Ok(None) };
    Ok(Some(Counts::of(&sequence.definition, &read_rows(&enrolments.rows)?, read_rows(&mails.rows)?)))
}
