//! Leads that change hands: by name, by the rules, and many at once (spec A, R1).

use std::cell::Cell;
use std::collections::BTreeMap;

use lead_core::command::lead::{AssignLead, AssignTo, BulkAssign, Bulked, Next, NextOwner, parse_assignment};
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::lead::Lead;
use lead_core::problem::Refusal;
use lead_store::changes::handed_over;
use lead_store::failure::Failure;
use lead_store::leads::edit;
use lead_store::run::{Command, Ran, run};
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::edits::{context, members, refusal, target, trail};
use super::stage::{START, Stage, Who, contact, visitor};

fn assign_on<D: Database>(stage: &Stage, database: &D, who: Who, command: &AssignLead) -> Result<Lead, Failure> {
    let Ran { mut done, written, .. } = block_on(run(database, command, &mut context(stage, who, START + 1_000)))?;
    if let Ok((owner, assignment)) = handed_over(&written) {
        (done.lead_owner_id, done.assignment) = (owner, assignment);
    }
    Ok(*done)
}

fn assign(stage: &Stage, who: Who, id: &str, version: i64, to: AssignTo) -> Result<Lead, Failure> {
    assign_on(stage, &stage.database, who, &AssignLead { target: target(stage, who, id, version), to })
}

fn ask(stage: &Stage, who: Who, id: &str, to: AssignTo) -> Result<Next, Refusal> {
    let command = AssignLead { target: target(stage, who, id, 99), to };
    let context = context(stage, who, START + 1_000);
    let outcomes = block_on(stage.database.batch(Command::reads(&command, &context))).unwrap();
    command.ask(&Command::known(&command, &outcomes).unwrap(), &context)
}

fn one(stage: &Stage) -> String {
    stage.visit(&visitor(1), "one", START);
    stage.lead()["id"].as_str().unwrap().to_owned()
}

fn person(id: &Id) -> AssignTo {
    AssignTo::Person(id.clone())
}

#[test]
fn a_manager_gives_a_lead_to_a_person_they_see() {
    let stage = Stage::new(3);
    let id = one(&stage);
    let by_turn = stage.lead();
    let lead = assign(&stage, Who::Manager, &id, 1, person(&stage.sdrs[2])).unwrap();
    assert_eq!((lead.lead_owner_id.as_ref(), lead.version), (Some(&stage.sdrs[2]), 2));
    let stored = stage.lead();
    assert_eq!((stored["lead_owner_id"].as_str(), stored["version"].as_i64()), (Some(stage.sdrs[2].as_str()), Some(2)));
    let why: Value = serde_json::from_str(stored["assignment"].as_str().unwrap()).unwrap();
    assert_eq!(why, json!({ "rule": "person", "territory_id": null, "pool_id": null, "turn": null }));
    let row = |field: &str, old: Value, new: Value| ("assign".to_owned(), field.to_owned(), old, new);
    let rows = [
        row("lead_owner_id", json!(stage.sdrs[0]), json!(stage.sdrs[2])),
        row("assignment", by_turn["assignment"].clone(), stored["assignment"].clone()),
    ];
    assert_eq!(trail(&stage, &id), rows);
    let told = stage.database.rows("SELECT event, subject, related_to_id FROM activities");
    assert_eq!(json!(told), json!([{ "event": "assigned", "subject": "Assigned to A Person", "related_to_id": id }]));
    assert_eq!(stage.count("audit_logs WHERE entity_type = 'activity' AND action = 'create'"), 1);
    // To whom it is already: nothing changes.
    assert_eq!(assign(&stage, Who::Manager, &id, 2, person(&stage.sdrs[2])).unwrap().version, 2);
    assert_eq!(refusal(assign(&stage, Who::Manager, &id, 1, person(&stage.sdrs[1]))), Refusal::Stale { version: 2 });
    assert_eq!(stage.turns(), [1], "a choice takes no turn");
}

#[test]
fn nobody_else_can_be_chosen() {
    let stage = Stage::new(2);
    let id = one(&stage);
    let admin = stage.principal(Who::Admin).user_id;
    stage.database.change(&format!("UPDATE users SET is_active = 0 WHERE id = '{}'", stage.sdrs[1]));
    let nobody = Id::parse("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b").unwrap();
    for (who, chosen) in [
        (Who::Manager, &admin),
        (Who::Manager, &stage.sdrs[1]),
        (Who::Admin, &stage.sdrs[1]),
        (Who::Admin, &nobody),
        (Who::Admin, &stage.company_id),
    ] {
        let Refusal::Invalid(errors) = refusal(assign(&stage, who, &id, 1, person(chosen))) else { panic!("{who:?}") };
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/owner_id", "unknown_reference"));
        assert!(matches!(ask(&stage, who, &id, person(chosen)), Err(Refusal::Invalid(_))));
    }
    assert!(assign(&stage, Who::Admin, &id, 1, person(&admin)).is_ok());
    // Out of the manager's sight now.
    assert_eq!(refusal(assign(&stage, Who::Manager, &id, 2, AssignTo::Rules)), Refusal::NotFound);
    assert_eq!(ask(&stage, Who::Manager, &id, AssignTo::Rules), Err(Refusal::NotFound));
    for (body, pointer, code) in [
        (json!({ "owner_id": "me" }), "/owner_id", "not_id"),
        (json!({ "dry_run": "perhaps" }), "/dry_run", "not_boolean"),
        (json!({ "owner": 1 }), "/owner", "unknown_member"),
    ] {
        let errors = parse_assignment(members(&body)).unwrap_err();
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), (pointer, code));
    }
}

#[test]
fn by_the_rules_the_turn_goes_on_as_was_foretold() {
    let stage = Stage::new(3);
    for n in 0..7 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    let ids: Vec<String> = stage.leads().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()).collect();
    for (at, id) in ids.iter().enumerate() {
        let next = ask(&stage, Who::Manager, id, AssignTo::Rules).unwrap();
        let lead = assign(&stage, Who::Manager, id, 1, AssignTo::Rules).unwrap();
        assert_eq!((stage.turns().len(), &next.lead_owner_id), (1, &lead.lead_owner_id));
        assert_eq!(Some(next.assignment), lead.assignment);
        assert_eq!(lead.assignment.unwrap().turn, Some(8 + at as i64));
        assert_eq!(lead.lead_owner_id.as_ref(), Some(&stage.sdrs[(7 + at) % 3]));
        let fields: Vec<String> = trail(&stage, id).into_iter().map(|(_, field, ..)| field).collect();
        let expected = if (7 + at) % 3 == at % 3 { vec!["assignment"] } else { vec!["lead_owner_id", "assignment"] };
        assert_eq!(fields, expected, "each turn is told, whoever it came to");
    }
    let asked = NextOwner::parse(&[("country".into(), "Germany".into())], Country::INDIA).unwrap();
    let outcomes = block_on(stage.database.batch(vec![edit::read_next(&stage.company_id)])).unwrap();
    let known = edit::found_next(&outcomes[0]).unwrap();
    let next = asked.answer(&known, &stage.context(START));
    assert_eq!((next.lead_owner_id.as_ref(), next.assignment.turn), (Some(&stage.sdrs[14 % 3]), Some(15)));
    let wrong =
        [("country", "Nowhere"), ("state", " "), ("city", "x")].map(|(name, value)| (name.into(), value.into()));
    let errors = NextOwner::parse(&wrong, Country::INDIA).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    assert_eq!(codes, [("?country", "country_unknown"), ("?state", "required"), ("?city", "unknown_member")]);
}

#[test]
fn with_nobody_eligible_the_lead_goes_back_to_the_queue() {
    let stage = Stage::new(1);
    let id = one(&stage);
    stage.database.change("UPDATE routings SET document = json_set(document, '$.pools[0].members[0].absent_until', '2099-01-01T00:00:00Z')");
    let next = ask(&stage, Who::Manager, &id, AssignTo::Rules).unwrap();
    assert_eq!((next.lead_owner_id, next.assignment.rule.as_str(), next.skipped.len()), (None, "queue", 1));
    let lead = assign(&stage, Who::Manager, &id, 1, AssignTo::Rules).unwrap();
    assert_eq!((lead.lead_owner_id, lead.assignment.unwrap().rule), (None, "queue".to_owned()));
    assert_eq!(stage.database.rows("SELECT subject FROM activities")[0]["subject"], "Back to the queue");
    assert_eq!(trail(&stage, &id)[0].3, Value::Null);
    // Where it waits already, for the same reason, nothing changes.
    let rows = stage.count("audit_logs");
    assert_eq!(assign(&stage, Who::Manager, &id, 2, AssignTo::Rules).unwrap().version, 2);
    assert_eq!((stage.lead()["version"].as_i64(), stage.count("audit_logs")), (Some(2), rows));
}

/// Loses the answer of the first write.
struct Lossy<'a>(&'a Stage, Cell<u32>);

impl Database for Lossy<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        self.1.set(self.1.get() + 1);
        let outcomes = self.0.database.batch(statements).await?;
        if self.1.get() == 2 { Err(DatabaseError::Unavailable("lost".into())) } else { Ok(outcomes) }
    }
}

#[test]
fn a_lost_handover_is_recognised_even_out_of_sight() {
    let stage = Stage::new(2);
    let id = one(&stage);
    // The manager hands over what the rules then give to somebody in another team.
    stage.database.change(&format!("UPDATE routings SET document = json_set(document, '$.pools[0].members[0].user_id', '{0}', '$.pools[0].members[1].user_id', '{0}')", stage.principal(Who::Admin).user_id));
    let command = AssignLead { target: target(&stage, Who::Manager, &id, 1), to: AssignTo::Rules };
    let lead = assign_on(&stage, &Lossy(&stage, Cell::new(0)), Who::Manager, &command).unwrap();
    assert_eq!((lead.version, lead.lead_owner_id), (2, Some(stage.principal(Who::Admin).user_id)));
    assert_eq!(stage.turns(), [2]);
    let bulk = bulk(
        &stage,
        Who::Admin,
        &json!({ "from_owner_id": stage.principal(Who::Admin).user_id, "owner_id": stage.sdrs[0] }),
    );
    let ran =
        block_on(run(&Lossy(&stage, Cell::new(0)), &bulk, &mut context(&stage, Who::Admin, START + 2_000))).unwrap();
    assert_eq!(ran.done, Bulked { assigned: 1, remaining: 0, next_cursor: None });
    assert_eq!(stage.lead()["version"], 3);
}

fn bulk(stage: &Stage, who: Who, body: &Value) -> BulkAssign {
    let id = stage.context(START + 1_000).ids.next_id();
    BulkAssign::parse(members(body), stage.principal(who), id).unwrap()
}

fn run_bulk(stage: &Stage, who: Who, body: &Value) -> Result<Bulked, Failure> {
    block_on(run(&stage.database, &bulk(stage, who, body), &mut context(stage, who, START + 1_000))).map(|ran| ran.done)
}

fn shares(stage: &Stage) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for lead in stage.leads() {
        *shares.entry(lead["lead_owner_id"].as_str().unwrap_or("nobody").to_owned()).or_default() += 1;
    }
    shares
}

#[test]
fn the_open_leads_of_a_person_go_round_to_the_others() {
    let stage = Stage::new(4);
    for n in 0..70 {
        stage.submit(Who::Sdr(0), &contact(n), None, START + n as i64);
    }
    let closed = |n: usize| format!("(SELECT id FROM leads ORDER BY id LIMIT 1 OFFSET {n})");
    stage.database.change(&format!(
        "UPDATE leads SET status = 'converted', match_slot = id WHERE id = {}; \
         UPDATE leads SET status = 'disqualified' WHERE id = {}; UPDATE leads SET deleted_at = 1, match_slot = id WHERE id = {}",
        closed(3), closed(5), closed(60)
    ));
    let body = json!({ "from_owner_id": stage.sdrs[0] });
    let first = run_bulk(&stage, Who::Manager, &body).unwrap();
    assert_eq!((first.assigned, first.remaining), (50, 17));
    let mut more = body.clone();
    more["cursor"] = json!(first.next_cursor.unwrap());
    more["limit"] = json!(40);
    assert_eq!(
        run_bulk(&stage, Who::Manager, &more).unwrap(),
        Bulked { assigned: 17, remaining: 0, next_cursor: None }
    );
    let shares = shares(&stage);
    assert_eq!(shares[stage.sdrs[0].as_str()], 3, "closed ones stay: {shares:?}");
    let others: Vec<usize> = stage.sdrs[1..].iter().map(|id| shares[id.as_str()]).collect();
    assert_eq!((others.iter().sum::<usize>(), others.iter().max(), others.iter().min()), (67, Some(&23), Some(&22)));
    assert_eq!(stage.turns(), [67]);
    assert_eq!(stage.count("leads WHERE version = 2"), 67);
    assert_eq!(stage.count("entity_versions"), 67);
    for field in ["lead_owner_id", "assignment"] {
        assert_eq!(stage.count(&format!("audit_logs WHERE field_name = '{field}' AND action = 'assign'")), 67);
    }
    assert_eq!(stage.count("activities WHERE event = 'assigned'"), 67);
    let turns = stage.database.rows("SELECT count(DISTINCT assignment ->> 'turn') AS n, max(assignment ->> 'turn') AS most FROM leads WHERE version = 2");
    assert_eq!((turns[0]["n"].as_i64(), turns[0]["most"].as_i64()), (Some(67), Some(67)));
    let acts =
        stage.database.rows("SELECT entity_id, new_value FROM audit_logs WHERE action = 'bulk_assign' ORDER BY id");
    assert_eq!(
        json!(acts),
        json!([{ "entity_id": stage.sdrs[0], "new_value": "50" }, { "entity_id": stage.sdrs[0], "new_value": "17" }])
    );
}

#[test]
fn a_batch_fills_nobody_beyond_their_capacity() {
    let stage = Stage::new(3);
    for n in 0..12 {
        stage.submit(Who::Sdr(0), &contact(n), None, START + n as i64);
    }
    let [first, second] = [&stage.sdrs[0], &stage.sdrs[1]];
    stage.database.change(&format!("UPDATE rounds SET loads = '{{\"{first}\":12,\"{second}\":1}}'"));
    stage.database.change(
        "UPDATE routings SET document = json_set(document, '$.pools[0].members[0].capacity', 20, '$.pools[0].members[1].capacity', 3)",
    );
    assert_eq!(run_bulk(&stage, Who::Manager, &json!({ "from_owner_id": stage.sdrs[0] })).unwrap().assigned, 12);
    let shares = shares(&stage);
    assert_eq!(
        (shares.get(stage.sdrs[0].as_str()), shares[stage.sdrs[1].as_str()], shares[stage.sdrs[2].as_str()]),
        (None, 2, 10)
    );
    assert_eq!(stage.loads(), json!({ stage.sdrs[0].as_str(): 0, stage.sdrs[1].as_str(): 3 }));
}

#[test]
fn many_leads_go_to_one_person_and_only_from_whom_one_sees() {
    let stage = Stage::new(2);
    for n in 0..5 {
        stage.submit(Who::Sdr(0), &contact(n), None, START + n as i64);
    }
    let body = json!({ "from_owner_id": stage.sdrs[0], "owner_id": stage.sdrs[1], "limit": 3 });
    for (who, body, pointer) in [
        (Who::Manager, json!({ "from_owner_id": stage.principal(Who::Admin).user_id }), "/from_owner_id"),
        (Who::Admin, json!({ "from_owner_id": stage.company_id }), "/from_owner_id"),
        (Who::Manager, json!({ "from_owner_id": stage.sdrs[0], "owner_id": stage.sdrs[0] }), "/owner_id"),
        (
            Who::Manager,
            json!({ "from_owner_id": stage.sdrs[0], "owner_id": stage.principal(Who::Admin).user_id }),
            "/owner_id",
        ),
    ] {
        let Refusal::Invalid(errors) = refusal(run_bulk(&stage, who, &body)) else { panic!("{body}") };
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), (pointer, "unknown_reference"));
    }
    let done = run_bulk(&stage, Who::Manager, &body).unwrap();
    assert_eq!((done.assigned, done.remaining), (3, 2));
    assert_eq!(shares(&stage)[stage.sdrs[1].as_str()], 3);
    assert!(stage.turns().is_empty());
    let wrong = json!({ "from_owner_id": "x", "limit": 51, "cursor": "y", "all": true });
    let errors = BulkAssign::parse(members(&wrong), stage.principal(Who::Admin), stage.company_id.clone()).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    assert_eq!(
        codes,
        [
            ("/from_owner_id", "not_id"),
            ("/limit", "not_whole_number"),
            ("/cursor", "cursor_invalid"),
            ("/all", "unknown_member")
        ]
    );
}
