//! People: one address each, nobody below themselves, always somebody who administers; capacities and open leads.

use std::cell::{Cell, RefCell};

use lead_core::body::{Members, Sent};
use lead_core::command::user::{CreateUser, EditUser};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::plan::Change;
use lead_core::problem::Refusal;
use lead_core::user::{User, UserValues};
use lead_store::changes::statements;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::stage::{START, Stage, visitor, with};

pub(crate) fn members(body: &Value) -> Members {
    Members::from_json(body.to_string().as_bytes()).unwrap()
}

/// Adds a person.
pub(crate) fn add(stage: &Stage, body: &Value) -> Result<User, Refusal> {
    let values = UserValues::parse(members(body)).map_err(Refusal::Invalid)?;
    let mut context = stage.context(START);
    let command = CreateUser { id: context.ids.next_id(), values };
    refused(block_on(run(&stage.database, &command, &mut context)).map(|ran| ran.done))
}

/// Changes some values of a person, whatever version stands.
pub(crate) fn patch(stage: &Stage, id: &Id, body: &Value) -> Result<User, Refusal> {
    let sent = Sent::Patch(members(body));
    let command = EditUser { id: id.clone(), sent, precondition: Precondition::Any, session_id: None };
    refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

pub(crate) fn refused<T>(ran: Result<T, Failure>) -> Result<T, Refusal> {
    ran.map_err(|failure| match failure {
        Failure::Refused(refusal) => refusal,
        other => panic!("{other:?}"),
    })
}

fn owned(stage: &Stage, id: &Id) -> i64 {
    stage.count(&format!("leads WHERE lead_owner_id = '{id}'"))
}

#[test]
fn a_person_comes_with_one_audit_row_and_changes_with_one_for_each_field() {
    let stage = Stage::new(1);
    let body =
        json!({ "name": "Asha", "email": "Asha@Tidewater-Pumps.com", "role": "sdr", "manager_id": stage.manager });
    let user = add(&stage, &body).unwrap();
    assert_eq!((user.stamp.version, user.values.is_active), (1, true));
    let about = format!("audit_logs WHERE entity_type = 'user' AND entity_id = '{}'", user.id);
    assert_eq!(stage.count(&about), 1);
    let changed =
        patch(&stage, &user.id, &json!({ "name": "Asha V", "email": "asha.v@tidewater-pumps.com", "role": "sdr" }));
    assert_eq!(changed.unwrap().stamp.version, 2);
    let rows = stage
        .database
        .rows(&format!("SELECT field_name, old_value FROM {about} AND action = 'update' ORDER BY field_name"));
    assert_eq!(
        json!(rows),
        json!([
            { "field_name": "email", "old_value": "Asha@Tidewater-Pumps.com" }, { "field_name": "name", "old_value": "Asha" }
        ])
    );
    let stored = stage.database.rows(&format!("SELECT email_key FROM users WHERE id = '{}'", user.id));
    assert_eq!(stored[0]["email_key"], "asha.v@tidewater-pumps.com");
    // Nothing differs: nothing is written.
    assert_eq!(patch(&stage, &user.id, &json!({ "name": "Asha V" })).unwrap().stamp.version, 2);
}

#[test]
fn an_address_is_one_persons() {
    let stage = Stage::new(2);
    let taken = format!("{}@COMPANY.com", stage.sdrs[0]);
    let body = json!({ "name": "Asha", "email": taken, "role": "sdr" });
    assert_eq!(add(&stage, &body), Err(Refusal::EmailTaken));
    assert_eq!(patch(&stage, &stage.sdrs[1], &json!({ "email": taken })), Err(Refusal::EmailTaken));
    assert!(patch(&stage, &stage.sdrs[0], &json!({ "email": taken })).is_ok(), "the own address in other letters");
}

#[test]
fn nobody_is_below_themselves() {
    let stage = Stage::new(2);
    let [first, second] = [&stage.sdrs[0], &stage.sdrs[1]];
    patch(&stage, second, &json!({ "manager_id": first })).unwrap();
    for (who, manager) in [(first, first), (first, second), (&stage.manager, second)] {
        assert_eq!(patch(&stage, who, &json!({ "manager_id": manager })), Err(Refusal::ManagerCircle));
    }
    let nobody = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    let Err(Refusal::Invalid(errors)) = patch(&stage, first, &json!({ "manager_id": nobody })) else { panic!("taken") };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/manager_id", "unknown_reference"));
    patch(&stage, first, &json!({ "manager_id": null })).unwrap();
    patch(&stage, &stage.manager, &json!({ "manager_id": second })).unwrap();
}

#[test]
fn somebody_always_administers() {
    let stage = Stage::new(1);
    for change in [json!({ "role": "manager" }), json!({ "is_active": false })] {
        assert_eq!(patch(&stage, &stage.admin, &change), Err(Refusal::LastAdmin), "{change}");
    }
    patch(&stage, &stage.manager, &json!({ "role": "admin" })).unwrap();
    patch(&stage, &stage.admin, &json!({ "is_active": false })).unwrap();
    assert_eq!(patch(&stage, &stage.manager, &json!({ "role": "sdr" })), Err(Refusal::LastAdmin));
}

#[test]
fn versions_and_lost_answers_are_told_apart() {
    let stage = Stage::new(1);
    let edit = |precondition| EditUser {
        id: stage.sdrs[0].clone(),
        sent: Sent::Patch(members(&json!({ "name": "Priya" }))),
        precondition,
        session_id: None,
    };
    let refusal = |precondition| {
        refused(block_on(run(&stage.database, &edit(precondition), &mut stage.context(START)))).unwrap_err()
    };
    assert_eq!(refusal(Precondition::Missing), Refusal::PreconditionRequired);
    assert_eq!(refusal(Precondition::Versions(vec![7])), Refusal::Stale { version: 1 });
    // The write commits and its answer is lost: the next read tells that it was ours.
    let lost = lossy(&stage, &[], &[1]);
    let ran = block_on(run(&lost, &edit(Precondition::Versions(vec![1])), &mut stage.context(START))).unwrap();
    assert_eq!((ran.done.stamp.version, ran.cost.round_trips), (2, 3));
    let values = UserValues::parse(members(&json!({ "name": "A", "email": "a@b.com", "role": "sdr" }))).unwrap();
    let mut context = stage.context(START);
    let command = CreateUser { id: context.ids.next_id(), values };
    block_on(run(&lossy(&stage, &[], &[1]), &command, &mut context)).unwrap();
    assert_eq!(stage.count("users WHERE email_key = 'a@b.com'"), 1);
}

#[test]
fn the_full_are_skipped_and_come_back() {
    let stage = Stage::new(2);
    let [first, second] = [&stage.sdrs[0], &stage.sdrs[1]];
    stage.visit(&visitor(0), "0", START);
    assert_eq!(stage.loads(), json!({}), "nobody is counted without a capacity");
    patch(&stage, first, &json!({ "capacity": 2 })).unwrap();
    assert_eq!(stage.loads(), json!({ first.as_str(): 1 }), "the true count");
    for n in 1..6 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    assert_eq!((owned(&stage, first), owned(&stage, second)), (2, 4));
    assert_eq!(stage.loads(), json!({ first.as_str(): 2 }));
    // A lead that is closed makes room; the change is written before the lead leaves.
    let lead = stage.database.rows(&format!("SELECT id FROM leads WHERE lead_owner_id = '{first}' LIMIT 1"));
    let lead_id = Id::parse(lead[0]["id"].as_str().unwrap()).unwrap();
    let change = [Change::Load { lead_id: lead_id.clone(), delta: -1 }];
    block_on(stage.database.batch(statements(&change, &stage.context(START)))).unwrap();
    stage.database.change(&format!("UPDATE leads SET status = 'disqualified' WHERE id = '{lead_id}'"));
    for n in 6..8 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    assert_eq!((owned(&stage, first), owned(&stage, second)), (3, 5));
    assert_eq!(stage.loads(), json!({ first.as_str(): 2 }));
    patch(&stage, first, &json!({ "capacity": null })).unwrap();
    assert_eq!(stage.loads(), json!({}));
}

#[test]
fn a_released_lead_counts_and_a_held_one_does_not() {
    let stage = Stage::new(1);
    patch(&stage, &stage.sdrs[0], &json!({ "capacity": 5 })).unwrap();
    stage.visit(&with(visitor(1), json!({ "lg_ref": "x" })), "spam", START);
    assert_eq!(stage.loads(), json!({ stage.sdrs[0].as_str(): 0 }));
    stage.visit(&visitor(1), "clean", START + 1);
    assert_eq!((owned(&stage, &stage.sdrs[0]), stage.loads()), (1, json!({ stage.sdrs[0].as_str(): 1 })));
    stage.visit(&visitor(1), "again", START + 2);
    assert_eq!(stage.loads(), json!({ stage.sdrs[0].as_str(): 1 }), "a touch is no lead");
}

#[test]
fn the_absent_and_the_inactive_take_no_turns() {
    let stage = Stage::new(3);
    patch(&stage, &stage.sdrs[0], &json!({ "absent_until": "2099-01-01T00:00:00Z" })).unwrap();
    patch(&stage, &stage.sdrs[1], &json!({ "is_active": false })).unwrap();
    for n in 0..3 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    assert_eq!(owned(&stage, &stage.sdrs[2]), 3);
    // Whoever is back is back without a change.
    patch(&stage, &stage.sdrs[0], &json!({ "absent_until": "2026-11-23T10:00:01Z" })).unwrap();
    for n in 3..5 {
        stage.visit(&visitor(n), &n.to_string(), START + 1_000 + n as i64);
    }
    assert_eq!(owned(&stage, &stage.sdrs[0]), 1);
}

/// Lets a rival act between our read and our write.
struct Rival<'a> {
    stage: &'a Stage,
    acts: RefCell<Option<(Id, Value)>>,
    sent: Cell<u32>,
}

impl Database for Rival<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        self.sent.set(self.sent.get() + 1);
        if self.sent.get() == 2
            && let Some((id, body)) = self.acts.borrow_mut().take()
        {
            patch(self.stage, &id, &body).unwrap();
        }
        self.stage.database.batch(statements).await
    }
}

/// Changes a person while a rival changes another one.
fn against(stage: &Stage, rival: (&Id, Value), id: &Id, body: &Value) -> Result<User, Refusal> {
    let acts = RefCell::new(Some((rival.0.clone(), rival.1)));
    let database = Rival { stage, acts, sent: Cell::new(0) };
    let sent = Sent::Patch(members(body));
    let command = EditUser { id: id.clone(), sent, precondition: Precondition::Any, session_id: None };
    refused(block_on(run(&database, &command, &mut stage.context(START))).map(|ran| ran.done))
}

#[test]
fn two_at_once_break_no_rule_together() {
    let stage = Stage::new(2);
    let [first, second] = [&stage.sdrs[0], &stage.sdrs[1]];
    let below = |id: &Id| json!({ "manager_id": id });
    assert_eq!(against(&stage, (first, below(second)), second, &below(first)), Err(Refusal::ManagerCircle));
    patch(&stage, &stage.manager, &json!({ "role": "admin" })).unwrap();
    let leaves = json!({ "is_active": false });
    assert_eq!(against(&stage, (&stage.manager, leaves.clone()), &stage.admin, &leaves), Err(Refusal::LastAdmin));
    let address = json!({ "email": "one@address.com" });
    assert_eq!(against(&stage, (first, address.clone()), second, &address), Err(Refusal::EmailTaken));
    // What breaks no rule is written after all.
    assert!(against(&stage, (first, json!({ "name": "One" })), second, &json!({ "name": "Two" })).is_ok());
}
