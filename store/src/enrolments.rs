//! Leads in sequences: lists, and what enrolling and leaving by hand must know.

use crate::nurture::leads;
use crate::run::Command;
use crate::sequences;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::enrolment::{Enrol, KnownEnrol, KnownLeave, LeaveSequence};
use lead_core::enrolment::{Enrolment, EnrolmentQuery, EnrolmentState};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

/// The columns of `e`, of a sequence `s`: once that is deleted nobody is in it any more, whether or not the engine has come by.
macro_rules! enrolment_columns {
    () => {
        "e.id, e.sequence_id, e.lead_id, e.revision, iif(e.state = 'active' AND s.deleted_at IS NOT NULL, 'left', e.state) AS state, \
         e.next_step, e.due_at, iif(s.deleted_at IS NULL, e.held_by, NULL) AS held_by, e.enrolled_at, \
         iif(e.state = 'active' AND s.deleted_at IS NOT NULL, 'sequence_deleted', e.left_reason) AS left_reason, \
         iif(e.state = 'active', s.deleted_at, e.ended_at) AS ended_at"
    };
}

/// Whether the caller sees the lead ?2.
const LEAD: &str = concat!(
    "SELECT id FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

fn lead(company: &Id, id: &Id, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(LEAD, company, id, owners, unowned)
}

/// ?2 the lead, ?3 the sequence.
const ONE: &str = concat!(
    "SELECT s.name, ",
    enrolment_columns!(),
    " FROM enrolments e JOIN sequences s ON s.company_id = ?1 AND s.id = e.sequence_id \
     WHERE e.company_id = ?1 AND e.sequence_id = ?3 AND e.lead_id = ?2"
);

/// How many enrolments a page of a sequence looks at, whoever asks: the rest is left to the next one.
const WALKED: i64 = 1000;

/// ?3 behind which lead, ?4 how many are walked, ?5 in which state, ?6 and ?7 who asks, ?8 how many are wanted.
const OF_SEQUENCE: &str = concat!(
    "SELECT ",
    enrolment_columns!(),
    " FROM (SELECT w.lead_id FROM enrolments w WHERE w.company_id = ?1 AND w.sequence_id = ?2 AND w.lead_id > ?3 ORDER BY w.lead_id LIMIT ?4) walked \
     CROSS JOIN leads l ON l.company_id = ?1 AND l.id = walked.lead_id AND l.deleted_at IS NULL AND ",
    visible!("l.lead_owner_id", "?6", "?7"),
    " CROSS JOIN enrolments e ON e.company_id = ?1 AND e.sequence_id = ?2 AND e.lead_id = walked.lead_id AND (?5 IS NULL OR e.state = ?5) \
     CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = ?2 ORDER BY walked.lead_id LIMIT ?8"
);

/// Where that walk was cut off.
const WALK_END: &str = "SELECT e.lead_id AS id FROM enrolments e WHERE e.company_id = ?1 AND e.sequence_id = ?2 AND e.lead_id > ?3 \
     ORDER BY e.lead_id LIMIT 1 OFFSET ?4 - 1";

/// Reads a page of the enrolments of a sequence, with the sequence.
#[must_use]
pub fn read_of_sequence(company: &Id, sequence: &Id, query: &EnrolmentQuery, rows: &Visibility) -> Vec<Statement> {
    let after = query.page.after.as_ref().map_or("", Id::as_str);
    let state = query.state.map(EnrolmentState::as_str);
    let [owners, unowned] = visible::params(rows);
    vec![
        sequences::read(company, sequence),
        statement!(OF_SEQUENCE, company, sequence, after, WALKED, state, owners, unowned, query.page.limit + 1),
        statement!(WALK_END, company, sequence, after, WALKED),
    ]
}

/// Enrolments, and the cursor of the page after them.
pub type EnrolmentPage = (Vec<Enrolment>, Option<String>);

/// The page and its cursor; `None` where the sequence does not stand.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn page_of_sequence(outcomes: &[Outcome], query: &EnrolmentQuery) -> Result<Option<EnrolmentPage>, Corrupt> {
    #[derive(Deserialize)]
    struct IdRow {
        id: Id,
    }
    let [sequence, rows, end] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
    if sequences::found(sequence)?.is_none() {
        return Ok(None);
    }
    let (items, cursor) = query.page.page(read_rows(&rows.rows)?, |enrolment: &Enrolment| &enrolment.lead_id);
    let end: Option<IdRow> = read_first(&end.rows)?;
    Ok(Some((items, cursor.or_else(|| end.map(|end| PageQuery::cursor(&end.id))))))
}

const OF_LEAD: &str = concat!(
    "SELECT ",
    enrolment_columns!(),
    " FROM enrolments e INDEXED BY enrolments_lead CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = e.sequence_id \
     WHERE e.company_id = ?1 AND e.lead_id = ?2 AND e.sequence_id > ?3 ORDER BY e.sequence_id LIMIT ?4"
);

/// Reads a page of the enrolments of a lead.
#[must_use]
pub fn read_of_lead(company: &Id, id: &Id, query: &PageQuery, rows: &Visibility) -> Vec<Statement> {
    let after = query.after.as_ref().map_or("", Id::as_str);
    vec![lead(company, id, rows), statement!(OF_LEAD, company, id, after, query.limit + 1)]
}

/// The enrolments, one more than asked for where there are more; `None` where the caller does not see the lead.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_of_lead(outcomes: &[Outcome]) -> Result<Option<Vec<Enrolment>>, Corrupt> {
    let [lead, enrolments] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    if lead.rows.is_empty() { Ok(None) } else { read_rows(&enrolments.rows).map(Some) }
}

/// Reads a lead's enrolment in one sequence.
#[must_use]
pub fn read_one(company: &Id, lead_id: &Id, sequence_id: &Id, rows: &Visibility) -> Vec<Statement> {
    vec![lead(company, lead_id, rows), statement!(ONE, company, lead_id, sequence_id)]
}

/// The enrolment, where there is one and the caller sees the lead.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_one(outcomes: &[Outcome]) -> Result<Option<KnownLeave>, Corrupt> {
    let [lead, enrolment] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    if lead.rows.is_empty() { Ok(None) } else { read_first(&enrolment.rows) }
}

impl Command for Enrol {
    type Known = KnownEnrol;
    type Done = Enrolment;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let mut reads = vec![sequences::read(company, &self.sequence_id)];
        reads.extend(read_one(company, &self.lead_id, &self.sequence_id, &self.by.visibility));
        reads.push(leads::read(company, std::slice::from_ref(&self.lead_id)));
        reads
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownEnrol, Corrupt> {
        let [sequence, seen, enrolment, lead] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        let lead = leads::found(lead).remove(&self.lead_id);
        Ok(KnownEnrol {
            sequence: sequences::known(sequence)?,
            lead: lead.filter(|_| !seen.rows.is_empty()),
            enrolment: read_first(&enrolment.rows)?,
        })
    }

    fn decide(&self, known: &KnownEnrol, context: &mut Context<'_>) -> Result<Plan<Enrolment>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for LeaveSequence {
    type Known = Option<KnownLeave>;
    type Done = Enrolment;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        read_one(&context.company_id, &self.lead_id, &self.sequence_id, &self.by.visibility)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt> {
        found_one(outcomes)
    }

    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<Enrolment>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}
