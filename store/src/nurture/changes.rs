//! The statements of what nurturing changes: a few for all leads of a batch, however many they are.

use crate::statement::{Statement, statement};
use crate::trail::{self, changes, trail};
use lead_core::activity::SystemEvent;
use lead_core::id::Id;
use lead_core::plan::{Context, Ending, MovedOn, NewEnrolment, QueuedMail, Telling};
use lead_core::stored;
use serde_json::{Value, json};

const ENROL: &str = "INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, enrolled_at) \
     SELECT ?1, value ->> 'sequence_id', value ->> 'lead_id', value ->> 'id', value ->> 'revision', 'active', value ->> 'next_step', \
       value ->> 'due_at', ?3 FROM json_each(?2)";

const TRAIL_ENROLLED: &str = concat!(
    "WITH told AS (SELECT value ->> 'audit_id' AS audit_id, value ->> 'id' AS entity_id, NULL AS field_name, NULL AS old_value, \
       NULL AS new_value FROM json_each(?2))",
    trail!("'enrolment'", "'create'", "?3")
);

/// A line on each lead's timeline, and its row; `$which` says of which items.
macro_rules! tell {
    ($which:expr) => {
        concat!(
            "INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, occurred_at, created_at, \
               updated_at) \
             SELECT ?1, j.value ->> 'activity_id', 'lead', j.value ->> 'lead_id', 'system', ?4, j.value ->> 'subject', ?3, ?3, ?3 \
             FROM json_each(?2) j",
            $which
        )
    };
}

macro_rules! trail_told {
    ($which:expr) => {
        concat!(
            "WITH told AS (SELECT j.value ->> 'activity_audit_id' AS audit_id, j.value ->> 'activity_id' AS entity_id, NULL AS field_name, \
               NULL AS old_value, NULL AS new_value FROM json_each(?2) j",
            $which,
            ")",
            trail!("'activity'", "'create'", "?3")
        )
    };
}

const TELL_ENROLLED: &str = tell!("");
const TRAIL_TOLD_ENROLLED: &str = trail_told!("");

/// Those that are still in their sequence.
macro_rules! active {
    () => {
        " CROSS JOIN enrolments e ON e.company_id = ?1 AND e.sequence_id = j.value ->> 'sequence_id' AND e.lead_id = j.value ->> 'lead_id' \
         WHERE e.state = 'active'"
    };
}

const TELL_LEFT: &str = tell!(active!());
const TRAIL_TOLD_LEFT: &str = trail_told!(active!());

const TRAIL_LEFT: &str = concat!(
    "WITH told AS (SELECT j.value ->> 'audit_id' AS audit_id, e.id AS entity_id, 'state' AS field_name, e.state AS old_value, \
         j.value ->> 'state' AS new_value FROM json_each(?2) j",
    active!(),
    " UNION ALL SELECT j.value ->> 'reason_audit_id', e.id, 'left_reason', e.left_reason, j.value ->> 'reason' FROM json_each(?2) j",
    active!(),
    ")",
    changes!("'enrolment'", "'leave'", "?3")
);

/// The list is made first: joined to it as it is, the planner would walk the company's enrolments.
const LEAVE: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) \
     UPDATE enrolments SET state = j.value ->> 'state', left_reason = j.value ->> 'reason', ended_at = ?3, held_by = NULL, \
       lease_id = NULL, lease_until = 0 \
     FROM j WHERE company_id = ?1 AND sequence_id = j.value ->> 'sequence_id' AND lead_id = j.value ->> 'lead_id' \
       AND state = 'active'";

const MOVE_ON: &str = "WITH j AS MATERIALIZED (SELECT value FROM json_each(?2)) \
     UPDATE enrolments SET next_step = j.value ->> 'next_step', due_at = j.value ->> 'due_at', held_by = j.value ->> 'held_by', \
       last_mail_id = coalesce(j.value ->> 'mail_id', last_mail_id), lease_id = NULL, lease_until = 0 \
     FROM j WHERE company_id = ?1 AND sequence_id = j.value ->> 'sequence_id' AND lead_id = j.value ->> 'lead_id' \
       AND state = 'active'";

/// Mails that wait for the lead's consent are due now. A run at work on the lead has read it without the consent: its lease ends, so
/// that what it decided is not written.
const WAKE: &str = "UPDATE enrolments SET due_at = iif(held_by = 'consent', min(due_at, ?3), due_at), lease_id = NULL, lease_until = 0 \
     WHERE company_id = ?1 AND (sequence_id, lead_id) IN (SELECT e.sequence_id, e.lead_id FROM enrolments e INDEXED BY enrolments_lead \
       WHERE e.company_id = ?1 AND e.lead_id = ?2 AND e.state = 'active' AND (e.held_by = 'consent' OR e.lease_id IS NOT NULL))";

/// The same of mails that stand in the outbox already, and that no provider was asked to take.
const WAKE_MAILS: &str = "UPDATE mails INDEXED BY mails_lead SET next_try_at = min(next_try_at, ?3), lease_id = NULL, lease_until = 0 \
     WHERE company_id = ?1 AND lead_id = ?2 AND kind = 'sequence' AND state = 'queued' AND tries = 0";

/// Columns of a mail that are written with it; the others begin empty.
const QUEUE: &str = "INSERT INTO mails (company_id, id, kind, lead_id, user_id, sequence_id, revision, step_number, to_address, to_name, \
       from_address, from_name, reply_address, subject, body, body_text, unsubscribe_url, links, state, next_try_at, due_at, cap_day, created_at) \
     SELECT ?1, value ->> 'id', value ->> 'kind', value ->> 'lead_id', value ->> 'user_id', value ->> 'sequence_id', value ->> 'revision', \
       value ->> 'step_number', value ->> 'to_address', value ->> 'to_name', value ->> 'from_address', value ->> 'from_name', \
       value ->> 'reply_address', value ->> 'subject', value ->> 'body', value ->> 'body_text', value ->> 'unsubscribe_url', value ->> 'links', \
       value ->> 'state', value ->> 'next_try_at', value ->> 'due_at', value ->> 'cap_day', value ->> 'created_at' FROM json_each(?2)";

const TRAIL_QUEUED: &str = concat!(
    "WITH told AS (SELECT value ->> 'audit_id' AS audit_id, value ->> 'id' AS entity_id, NULL AS field_name, NULL AS old_value, \
       NULL AS new_value FROM json_each(?2))",
    trail!("'mail'", "'create'", "?3")
);

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 13] {
    [
        (ENROL, ""),
        (TRAIL_ENROLLED, ""),
        (TELL_ENROLLED, ""),
        (TRAIL_TOLD_ENROLLED, ""),
        (TELL_LEFT, "PRIMARY KEY"),
        (TRAIL_TOLD_LEFT, "PRIMARY KEY"),
        (TRAIL_LEFT, "PRIMARY KEY"),
        (LEAVE, "PRIMARY KEY"),
        (MOVE_ON, "PRIMARY KEY"),
        (WAKE, "enrolments_lead"),
        (WAKE_MAILS, "mails_lead"),
        (QUEUE, ""),
        (TRAIL_QUEUED, ""),
    ]
}

/// One value that is bound holds at most 2 MB; so many bytes of mails stand in one.
const MOST_BYTES: usize = 500_000;

pub(crate) fn enrol(enrolments: &[NewEnrolment], context: &Context<'_>) -> Vec<Statement> {
    if enrolments.is_empty() {
        return Vec::new();
    }
    let item = |new: &NewEnrolment| {
        let NewEnrolment { id, key, revision, next_step, due_at, name, telling } = new;
        let subject: String = name.trim().chars().take(200).collect();
        let item = json!({
            "id": id, "sequence_id": key.sequence_id, "lead_id": key.lead_id, "revision": revision, "next_step": next_step,
            "due_at": due_at.ms(), "subject": subject,
        });
        told(item, telling)
    };
    let items = Value::Array(enrolments.iter().map(item).collect());
    let (company, who, event) = (&context.company_id, trail::who(context), SystemEvent::Enrolled.as_str());
    vec![
        statement!(ENROL, company, items.clone(), context.now),
        statement!(TRAIL_ENROLLED, company, items.clone(), who.clone()),
        statement!(TELL_ENROLLED, company, items.clone(), context.now, event),
        statement!(TRAIL_TOLD_ENROLLED, company, items, who),
    ]
}

/// What tells of it is written first: it looks who is still there.
pub(crate) fn leave(endings: &[Ending], context: &Context<'_>) -> Vec<Statement> {
    if endings.is_empty() {
        return Vec::new();
    }
    let item = |ending: &Ending| {
        let item = json!({
            "sequence_id": ending.key.sequence_id, "lead_id": ending.key.lead_id, "state": ending.state().as_str(),
            "reason": ending.reason.map(lead_core::enrolment::LeftReason::as_str), "subject": ending.subject(),
        });
        told(item, &ending.telling)
    };
    let items = Value::Array(endings.iter().map(item).collect());
    let (company, who, event) = (&context.company_id, trail::who(context), SystemEvent::LeftSequence.as_str());
    vec![
        statement!(TRAIL_LEFT, company, items.clone(), who.clone()),
        statement!(TELL_LEFT, company, items.clone(), context.now, event),
        statement!(TRAIL_TOLD_LEFT, company, items.clone(), who),
        statement!(LEAVE, company, items, context.now),
    ]
}

pub(crate) fn move_on(moved: &[MovedOn], context: &Context<'_>) -> Vec<Statement> {
    if moved.is_empty() {
        return Vec::new();
    }
    let item = |moved: &MovedOn| {
        json!({
            "sequence_id": moved.key.sequence_id, "lead_id": moved.key.lead_id, "next_step": moved.next_step,
            "due_at": moved.due_at.ms(), "held_by": moved.held_by.map(lead_core::enrolment::HeldBy::as_str), "mail_id": moved.mail_id,
        })
    };
    let items = Value::Array(moved.iter().map(item).collect());
    vec![statement!(MOVE_ON, &context.company_id, items)]
}

pub(crate) fn wake(lead_id: &Id, context: &Context<'_>) -> [Statement; 2] {
    [WAKE, WAKE_MAILS].map(|sql| statement!(sql, &context.company_id, lead_id, context.now))
}

pub(crate) fn queue(mails: &[QueuedMail], context: &Context<'_>) -> Vec<Statement> {
    let mut out = Vec::new();
    let (mut items, mut bytes) = (Vec::new(), 0);
    for QueuedMail { mail, cap_day, audit_id } in mails {
        let mut row = stored::row(mail);
        row.insert("cap_day".to_owned(), json!(cap_day));
        row.insert("audit_id".to_owned(), json!(audit_id));
        let size = mail.body.len() + mail.body_text.len();
        if bytes + size > MOST_BYTES && !items.is_empty() {
            out.extend(queued(std::mem::take(&mut items), context));
            bytes = 0;
        }
        bytes += size;
        items.push(Value::Object(row));
    }
    if !items.is_empty() {
        out.extend(queued(items, context));
    }
    out
}

fn queued(items: Vec<Value>, context: &Context<'_>) -> [Statement; 2] {
    let ids: Vec<Value> = items.iter().map(|item| json!({ "id": item["id"], "audit_id": item["audit_id"] })).collect();
    [
        statement!(QUEUE, &context.company_id, Value::Array(items)),
        statement!(TRAIL_QUEUED, &context.company_id, Value::Array(ids), trail::who(context)),
    ]
}

/// An item with the ids of what tells of it.
fn told(mut item: Value, telling: &Telling) -> Value {
    let ids = [
        ("activity_id", &telling.activity_id),
        ("activity_audit_id", &telling.activity_audit_id),
        ("audit_id", &telling.audit_id),
        ("reason_audit_id", &telling.reason_audit_id),
    ];
    if let Value::Object(members) = &mut item {
        members.extend(ids.into_iter().map(|(name, id)| (name.to_owned(), json!(id))));
    }
    item
}
