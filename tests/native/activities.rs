//! Activities: what they count and move, and who may change them (spec V1, S3, M1).

use lead_core::access::{Principal, Role};
use lead_core::activity::{Activity, ActivityValues, RelatedType};
use lead_core::body::Members;
use lead_core::command::activity::{EditActivity, RecordActivity, Wish};
use lead_core::edit::Precondition;
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::plan::{Actor, Change, Context, CountEvent};
use lead_core::policy::EventKind;
use lead_core::problem::Refusal;
use lead_store::changes::statements;
use lead_store::failure::Failure;
use lead_store::run::{Ran, run};
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use pollster::block_on;
use serde_json::{Value, json};
use std::cell::Cell;

use super::faults::lossy;
use super::stage::{START, Stage, Who, contact, visitor};

/// A caller as the API knows them.
pub(crate) fn principal(stage: &Stage, who: Who) -> Principal {
    let of_role = |role: &str| {
        let rows = stage.database.rows(&format!("SELECT id FROM users WHERE role = '{role}'"));
        Id::parse(rows[0]["id"].as_str().unwrap()).unwrap()
    };
    let (user_id, role) = match who {
        Who::Sdr(n) => (stage.sdrs[n].clone(), Role::Sdr),
        Who::Manager => (of_role("manager"), Role::Manager),
        Who::Admin | Who::Visitor => (of_role("admin"), Role::Admin),
    };
    Principal { user_id, role, visibility: stage.visibility(who), country: Country::INDIA, currency: "INR".to_owned() }
}

/// What a request of this person knows.
pub(crate) fn context(stage: &Stage, who: Who, at: i64) -> Context<'_> {
    let mut context = stage.context(at);
    let user_id = Some(principal(stage, who).user_id);
    context.actor = Actor { user_id, ..context.actor };
    context
}

fn members(values: &Value) -> Members {
    Members::from_json(values.to_string().as_bytes()).unwrap()
}

/// Records an activity through another way to the database.
pub(crate) fn try_on<D: Database>(
    database: &D,
    stage: &Stage,
    who: Who,
    (kind, id): (RelatedType, &Id),
    values: &Value,
    at: i64,
) -> Result<Ran<Activity>, Failure> {
    let mut context = context(stage, who, at);
    let values = ActivityValues::parse(members(values), context.now).unwrap();
    let by = principal(stage, who);
    let id_of_it = context.ids.next_id();
    let command = RecordActivity { id: id_of_it, related_to_type: kind, related_to_id: id.clone(), values, by };
    block_on(run(database, &command, &mut context))
}

/// Records an activity on a lead.
pub(crate) fn on_lead(stage: &Stage, who: Who, lead: &Id, values: &Value, at: i64) -> Activity {
    try_on(&stage.database, stage, who, (RelatedType::Lead, lead), values, at).unwrap().done
}

/// The only lead's id.
pub(crate) fn lead_id(stage: &Stage) -> Id {
    Id::parse(stage.lead()["id"].as_str().unwrap()).unwrap()
}

#[test]
fn a_first_call_counts_and_moves_the_lead() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let lead = lead_id(&stage);
    let called = json!({ "activity_type": "call", "subject": "Hello", "occurred_at": "2026-11-23T09:00:00Z" });
    let activity = on_lead(&stage, Who::Sdr(0), &lead, &called, START + 1);
    assert_eq!((activity.owner_id.as_ref(), activity.stamp.version), (Some(&stage.sdrs[0]), 1));
    let stored = stage.lead();
    assert_eq!((stored["status"].as_str(), stored["stage"].as_str()), (Some("contacted"), Some("consideration")));
    assert_eq!((stored["lead_score"].as_i64(), stored["version"].as_i64()), (Some(30), Some(2)));
    assert_eq!(stored["contacted_at"].as_i64(), Some(START - 3_600_000), "when it happened, not when it was told");
    let sql = "SELECT entity_type, action, field_name, old_value, new_value FROM audit_logs WHERE user_id IS NOT NULL ORDER BY id";
    let audit: Vec<Value> = stage.database.rows(sql).into_iter().map(Value::Object).collect();
    let fields: Vec<_> = audit.iter().map(|row| (row["entity_type"].as_str(), row["field_name"].as_str())).collect();
    for expected in
        [("lead", Some("status")), ("lead", Some("stage")), ("lead", Some("contacted_at")), ("activity", None)]
    {
        assert!(fields.contains(&(Some(expected.0), expected.1)), "{expected:?} of {fields:?}");
    }
    let system = stage.database.rows("SELECT event, subject FROM activities WHERE activity_type = 'system'");
    assert_eq!(json!(system), json!([{ "event": "contacted", "subject": "new to contacted" }]));
    // The second call counts and changes nothing else.
    on_lead(&stage, Who::Sdr(0), &lead, &called, START + 2);
    let stored = stage.lead();
    assert_eq!((stored["lead_score"].as_i64(), stored["version"].as_i64()), (Some(50), Some(2)));
    assert_eq!(stage.count("score_events"), 2);
}

/// What is said, the status before; the points, the status after, and whether the lead counts as contacted.
type Case = (Value, &'static str, i64, &'static str, bool);

#[test]
fn what_counts_and_what_reaches_out() {
    let of = |kind: &str, direction: &str| json!({ "activity_type": kind, "direction": direction });
    let cases: [Case; 14] = [
        (of("call", "outbound"), "new", 20, "contacted", true),
        (of("call", "inbound"), "new", 0, "new", false),
        (of("meeting", "outbound"), "new", 30, "contacted", true),
        (of("meeting", "inbound"), "new", 30, "new", false),
        (of("email", "outbound"), "new", 0, "contacted", true),
        (of("email", "inbound"), "new", 0, "new", false),
        (of("whatsapp", "outbound"), "recycled", 0, "contacted", true),
        (json!({ "activity_type": "note", "notes": "Wants a quote" }), "new", 0, "new", false),
        (json!({ "activity_type": "call" }), "new", 20, "contacted", true),
        (of("call", "outbound"), "qualified", 20, "qualified", true),
        (of("call", "outbound"), "unqualified", 20, "unqualified", true),
        (of("call", "outbound"), "disqualified", 20, "disqualified", false),
        (of("call", "outbound"), "converted", 0, "converted", false),
        (of("meeting", "outbound"), "converted", 0, "converted", false),
    ];
    for (values, before, points, after, contacted) in cases {
        let stage = Stage::new(1);
        stage.visit(&visitor(1), "one", START);
        stage.database.change(&format!("UPDATE leads SET status = '{before}'"));
        on_lead(&stage, Who::Sdr(0), &lead_id(&stage), &values, START + 1);
        let lead = stage.lead();
        assert_eq!(lead["lead_score"].as_i64(), Some(10 + points), "{values} at {before}");
        assert_eq!(
            (lead["status"].as_str(), !lead["contacted_at"].is_null()),
            (Some(after), contacted),
            "{values} at {before}"
        );
    }
}

#[test]
fn what_is_wrong_is_refused_by_its_member() {
    let stage = Stage::new(1);
    let now = stage.context(START).now;
    let refused = |values: Value| {
        let errors = ActivityValues::parse(members(&values), now).unwrap_err();
        errors.into_iter().map(|error| (error.pointer, error.code)).collect::<Vec<_>>()
    };
    let one = |pointer: &str, code: &'static str| vec![(pointer.to_owned(), code)];
    assert_eq!(refused(json!({})), one("/activity_type", "required"));
    assert_eq!(refused(json!({ "activity_type": "system" })), one("/activity_type", "unknown_value"));
    assert_eq!(refused(json!({ "activity_type": "note" })), one("/notes", "required"));
    let later = json!({ "activity_type": "call", "occurred_at": "2026-11-23T10:05:01Z" });
    assert_eq!(refused(later), one("/occurred_at", "out_of_range"));
    assert_eq!(refused(json!({ "activity_type": "call", "owner_id": "x" })), one("/owner_id", "read_only_member"));
    assert_eq!(refused(json!({ "activity_type": "call", "outcome": "fine" })), one("/outcome", "unknown_value"));
}

#[test]
fn a_lost_answer_records_and_counts_once() {
    for lost in [1, 0] {
        let stage = Stage::new(1);
        stage.visit(&visitor(1), "one", START);
        let (before, after): (&[u32], &[u32]) = if lost == 1 { (&[], &[1]) } else { (&[0], &[]) };
        let lead = lead_id(&stage);
        let on = (RelatedType::Lead, &lead);
        let database = lossy(&stage, before, after);
        let ran = try_on(&database, &stage, Who::Sdr(0), on, &json!({ "activity_type": "call" }), START + 1).unwrap();
        assert_eq!(ran.done.values.activity_type.as_str(), "call");
        assert_eq!((stage.lead()["lead_score"].as_i64(), stage.count("score_events")), (Some(30), 1));
        assert_eq!(stage.count("activities WHERE activity_type = 'call'"), 1);
    }
}

/// Edits the lead just before the first write.
struct Rival<'a> {
    stage: &'a Stage,
    sent: Cell<u32>,
}

impl Database for Rival<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        self.sent.set(self.sent.get() + 1);
        if self.sent.get() == 2 {
            self.stage.database.change(
                "INSERT INTO entity_versions SELECT company_id, id, version + 1, lead_owner_id FROM leads; \
                 UPDATE leads SET version = version + 1, status = 'qualified', stage = 'decision'",
            );
        }
        self.stage.database.batch(statements).await
    }
}

#[test]
fn an_edit_in_the_meantime_does_not_stop_an_activity() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let (database, lead) = (Rival { stage: &stage, sent: Cell::new(0) }, lead_id(&stage));
    let call = json!({ "activity_type": "call" });
    let ran = try_on(&database, &stage, Who::Sdr(0), (RelatedType::Lead, &lead), &call, START + 1).unwrap();
    assert_eq!(ran.cost.round_trips, 4, "read and decided again");
    let lead = stage.lead();
    assert_eq!((lead["status"].as_str(), lead["stage"].as_str()), (Some("qualified"), Some("decision")));
    assert_eq!((lead["version"].as_i64(), lead["lead_score"].as_i64()), (Some(3), Some(30)), "contacted_at was set");
    assert_eq!(lead["contacted_at"].as_i64(), Some(START + 1));
}

#[test]
fn one_source_counts_once_however_often_it_comes() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let (lead, source) = (lead_id(&stage), stage.sdrs[0].clone());
    for at in 1..4 {
        let mut context = stage.context(START + at);
        let event = CountEvent::of(&lead, &source, EventKind::EmailClick, &mut context);
        block_on(stage.database.batch(statements(&[Change::CountEvent(event)], &context))).unwrap();
    }
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["engagement"].as_str()), (Some(20), Some("{\"email_click\":1}")));
    let kept = stage.database.rows("SELECT kind, created_at FROM score_events");
    assert_eq!(json!(kept), json!([{ "kind": "email_click", "created_at": START + 1 }]));
    assert_eq!(stage.count("audit_logs WHERE field_name = 'lead_score' AND old_value = '10' AND new_value = '20'"), 1);
}

#[test]
fn only_what_is_seen_takes_activities() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let (lead, note) = (lead_id(&stage), json!({ "activity_type": "note", "notes": "x" }));
    let refused = try_on(&stage.database, &stage, Who::Sdr(1), (RelatedType::Lead, &lead), &note, START + 1);
    assert_eq!(refused.unwrap_err(), Failure::Refused(Refusal::NotFound));
    for kind in [RelatedType::Account, RelatedType::Contact, RelatedType::Opportunity] {
        let refused = try_on(&stage.database, &stage, Who::Admin, (kind, &lead), &note, START + 1);
        assert_eq!(refused.unwrap_err(), Failure::Refused(Refusal::NotFound), "{kind}");
    }
    assert_eq!(stage.count("activities"), 0);
}

pub(crate) fn edit(stage: &Stage, who: Who, id: &Id, wish: Wish, seen: &[i64], at: i64) -> Result<Activity, Failure> {
    let precondition = Precondition::Versions(seen.to_vec());
    let command = EditActivity { id: id.clone(), wish, precondition, by: principal(stage, who), sales: true };
    block_on(run(&stage.database, &command, &mut context(stage, who, at))).map(|ran| ran.done)
}

pub(crate) fn patch(values: &Value) -> Wish {
    Wish::Patch(members(values))
}

#[test]
fn activities_are_changed_by_their_owner_or_a_manager() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    let call = on_lead(&stage, Who::Manager, &lead, &json!({ "activity_type": "call", "subject": "A" }), START + 1);
    let forbidden = Err(Failure::Refused(Refusal::Forbidden));
    let unknown = Err(Failure::Refused(Refusal::NotFound));
    let other = json!({ "subject": "B", "outcome": "positive" });
    assert_eq!(edit(&stage, Who::Sdr(0), &call.id, patch(&other), &[1], START + 2), forbidden);
    assert_eq!(edit(&stage, Who::Sdr(1), &call.id, patch(&other), &[1], START + 2), unknown);
    let stale = Err(Failure::Refused(Refusal::Stale { version: 1 }));
    assert_eq!(edit(&stage, Who::Manager, &call.id, patch(&other), &[2], START + 2), stale);
    let edited = edit(&stage, Who::Manager, &call.id, patch(&other), &[1], START + 2).unwrap();
    assert_eq!((edited.stamp.version, edited.values.subject.unwrap().as_str()), (2, "B"));
    let stays = edit(&stage, Who::Manager, &call.id, patch(&json!({ "activity_type": "note" })), &[2], START + 3);
    let Err(Failure::Refused(Refusal::Invalid(errors))) = stays else { panic!("{stays:?}") };
    let errors: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    assert_eq!(errors, [("/activity_type", "read_only_member")]);
    let system = stage.database.rows("SELECT id FROM activities WHERE activity_type = 'system'");
    let system = Id::parse(system[0]["id"].as_str().unwrap()).unwrap();
    assert_eq!(edit(&stage, Who::Admin, &system, Wish::Delete, &[1], START + 3), forbidden);
    let score = stage.lead()["lead_score"].clone();
    edit(&stage, Who::Admin, &call.id, Wish::Delete, &[2], START + 4).unwrap();
    assert_eq!(stage.lead()["lead_score"], score, "what counted stays counted");
    assert_eq!(edit(&stage, Who::Admin, &call.id, Wish::Delete, &[3], START + 5), unknown);
    let audit = stage
        .database
        .rows(&format!("SELECT action, field_name FROM audit_logs WHERE entity_id = '{}' ORDER BY id", call.id));
    let audit: Vec<_> = audit.iter().map(|row| (row["action"].as_str().unwrap(), row["field_name"].as_str())).collect();
    let expected =
        [("create", None), ("update", Some("outcome")), ("update", Some("subject")), ("delete", Some("deleted_at"))];
    assert_eq!(audit, expected);
}
