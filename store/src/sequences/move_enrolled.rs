//! Enrolments that go on under another definition: a bounded walk along those of one sequence, and a few statements for all of them.

use super::{known, read};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::trail::{self, changes};
use crate::visible::{self, visible};
use lead_core::command::sequence::{KnownMove, MoveEnrolled, Moved};
use lead_core::id::Id;
use lead_core::plan::{Context, MoveEnrolments, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;
use serde_json::json;

/// ?3 behind which lead, ?4 how many, ?5 now, ?6 and ?7 who asks.
const WALK: &str = concat!(
    "SELECT e.id, e.lead_id, e.revision, e.state = 'active' AS is_active, e.lease_until > ?5 AS is_busy, e.next_step, e.due_at, \
       EXISTS (SELECT 1 FROM leads l WHERE l.company_id = ?1 AND l.id = e.lead_id AND l.deleted_at IS NULL AND ",
    visible!("l.lead_owner_id", "?6", "?7"),
    ") AS is_seen FROM enrolments e WHERE e.company_id = ?1 AND e.sequence_id = ?2 AND e.lead_id > ?3 ORDER BY e.lead_id LIMIT ?4"
);

/// The delays of the definitions that those have.
const DELAYS: &str = "SELECT r.revision, (SELECT json_group_array(json_array(s.value ->> 'step_number', s.value ->> 'delay_days')) \
       FROM json_each(r.definition ->> 'steps') s WHERE s.value ->> 'is_active') AS delays \
     FROM sequence_revisions r WHERE r.company_id = ?1 AND r.sequence_id = ?2 AND r.revision IN (\
       SELECT revision FROM (SELECT e.revision FROM enrolments e WHERE e.company_id = ?1 AND e.sequence_id = ?2 AND e.lead_id > ?3 \
         ORDER BY e.lead_id LIMIT ?4))";

const MOVED: &str = "SELECT new_value FROM audit_logs WHERE company_id = ?1 AND id = ?2";

/// As they were read, or the batch collides: ?3 the enrolments, ?4 now.
const HOLD: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, ?2, 0, ?5 FROM json_each('[1,2]') WHERE EXISTS (SELECT 1 FROM json_each(?3) j WHERE NOT EXISTS (\
       SELECT 1 FROM enrolments e WHERE e.company_id = ?1 AND e.sequence_id = ?2 AND e.lead_id = j.value ->> 'lead_id' \
         AND e.state = 'active' AND e.revision = j.value ->> 'revision' AND e.next_step = j.value ->> 'next_step' \
         AND e.due_at = j.value ->> 'due_ms' AND e.lease_until <= ?4))";

const TRAIL: &str = concat!(
    "WITH told AS (SELECT value ->> 'audit_id' AS audit_id, value ->> 'id' AS entity_id, 'revision' AS field_name, \
       value ->> 'revision' AS old_value, CAST(?3 AS INTEGER) AS new_value FROM json_each(?2))",
    changes!("'enrolment'", "'move_enrolled'", "?4")
);

/// The list is made first: joined to it as it is, the planner would walk the sequence's enrolments.
const MOVE: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?3)) \
     UPDATE enrolments SET revision = ?4, next_step = j.value ->> 'to_step', due_at = j.value ->> 'to_due_ms' \
     FROM j WHERE enrolments.company_id = ?1 AND enrolments.sequence_id = ?2 AND enrolments.lead_id = j.value ->> 'lead_id'";

/// What is written, for the test that explains it.
#[must_use]
pub fn explainable() -> [(&'static str, &'static str); 1] {
    [(MOVE, "SEARCH enrolments USING PRIMARY KEY (company_id=? AND sequence_id=? AND lead_id=?)")]
}

pub(crate) fn statements(moved: &MoveEnrolments, context: &Context<'_>) -> [Statement; 3] {
    let MoveEnrolments { sequence_id, revision, enrolments } = moved;
    let (company, enrolments) = (&context.company_id, json!(enrolments));
    [
        statement!(HOLD, company, sequence_id, enrolments.clone(), context.now, &context.actor.request_id),
        statement!(TRAIL, company, enrolments.clone(), *revision, trail::who(context)),
        statement!(MOVE, company, sequence_id, enrolments, *revision),
    ]
}

impl Command for MoveEnrolled {
    type Known = KnownMove;
    type Done = Moved;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let (company, sequence) = (&context.company_id, &self.sequence_id);
        let after = self.after.as_ref().map_or("", Id::as_str);
        let [owners, unowned] = visible::params(&self.by.visibility);
        vec![
            read(company, sequence),
            statement!(WALK, company, sequence, after, self.limit, context.now, owners, unowned),
            statement!(DELAYS, company, sequence, after, self.limit),
            statement!(MOVED, company, &self.id),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownMove, Corrupt> {
        #[derive(Deserialize)]
        struct MovedRow {
            new_value: String,
        }
        let [sequence, walked, revisions, moved] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        Ok(KnownMove {
            sequence: known(sequence)?,
            walked: read_rows(&walked.rows)?,
            revisions: read_rows(&revisions.rows)?,
            moved: read_first::<MovedRow>(&moved.rows)?.and_then(|row| row.new_value.parse().ok()),
        })
    }

    fn decide(&self, known: &KnownMove, context: &mut Context<'_>) -> Result<Plan<Moved>, Refusal> {
        Self::decide(self, known, context)
    }
}
