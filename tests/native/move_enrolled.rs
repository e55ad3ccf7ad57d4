//! Enrolled leads go on under another definition because somebody says so, and only then (spec E1).

use lead_core::command::sequence::{MoveEnrolled, Moved};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::problem::Refusal;
use lead_store::run::{Ran, run};
use pollster::block_on;
use serde_json::{Value, json};

use super::enrolments::{crowd, enrol, lead_of};
use super::faults::lossy;
use super::people::{members, refused};
use super::sequences::{body, context, create, patch, step, trail};
use super::stage::{DAY, START, Stage, Who};

fn command(stage: &Stage, who: Who, sequence: &Id, sent: &Value, precondition: Precondition, at: i64) -> MoveEnrolled {
    let id = context(stage, who, at).ids.next_id();
    MoveEnrolled::parse(members(sent), (sequence.clone(), precondition), stage.principal(who), id).unwrap()
}

fn moved(stage: &Stage, who: Who, sequence: &Id, sent: &Value, at: i64) -> Result<Moved, Refusal> {
    let command = command(stage, who, sequence, sent, Precondition::Any, at);
    refused(block_on(run(&stage.database, &command, &mut context(stage, who, at))).map(|ran| ran.done))
}

/// Where a lead stands: revision, next step, when that is due.
fn stands(stage: &Stage, lead: &Id) -> (i64, i64, i64) {
    let row = &stage.database.rows(&format!("SELECT * FROM enrolments WHERE lead_id = '{lead}'"))[0];
    let number = |name: &str| row[name].as_i64().unwrap();
    (number("revision"), number("next_step"), number("due_at"))
}

#[test]
fn whoever_is_enrolled_stays_on_their_revision_until_they_are_moved() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &body()).id;
    let leads = [lead_of(&stage, 1, 0), lead_of(&stage, 2, 1), lead_of(&stage, 3, 0)];
    for lead in &leads {
        enrol(&stage, Who::Admin, &sequence, lead, START).unwrap();
    }
    // The second waits for step 2, the third for step 3.
    stage.database.change(&format!(
        "UPDATE enrolments SET next_step = 2, due_at = {} WHERE lead_id = '{}'",
        START + 3 * DAY,
        leads[1]
    ));
    stage.database.change(&format!(
        "UPDATE enrolments SET next_step = 3, due_at = {} WHERE lead_id = '{}'",
        START + 4 * DAY,
        leads[2]
    ));
    // Step 2 comes two days later than it did; step 3 is gone.
    patch(&stage, &sequence, &json!({ "steps": [step(1, 0), step(2, 5)] }), START + 1).unwrap();
    assert_eq!(stands(&stage, &leads[1]), (1, 2, START + 3 * DAY), "an edit moves nobody");
    let done = moved(&stage, Who::Manager, &sequence, &json!({}), START + DAY).unwrap();
    assert_eq!((done.revision, done.moved, done.finishing, done.busy, done.next_cursor), (2, 3, 1, 0, None));
    assert_eq!(stands(&stage, &leads[0]), (2, 1, START), "what was due stays due");
    assert_eq!(stands(&stage, &leads[1]), (2, 2, START + 5 * DAY));
    assert_eq!(stands(&stage, &leads[2]), (2, 3, START + DAY), "through: the engine ends it at once");
    let told = trail(&stage, "enrolment");
    assert_eq!(told.iter().filter(|row| *row == "move_enrolled revision").count(), 3, "{told:?}");
    let again = moved(&stage, Who::Manager, &sequence, &json!({}), START + DAY).unwrap();
    assert_eq!(again.moved, 0, "nobody is moved twice");
}

#[test]
fn no_step_is_sent_twice_and_what_lies_behind_is_passed() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body()).id;
    let lead = lead_of(&stage, 1, 0);
    enrol(&stage, Who::Admin, &sequence, &lead, START).unwrap();
    stage.database.change(&format!("UPDATE enrolments SET next_step = 3, due_at = {}", START + 4 * DAY));
    // A new first step and another numbering behind it: 3 is gone, 4 follows.
    patch(&stage, &sequence, &json!({ "steps": [step(1, 0), step(2, 1), step(4, 6)] }), START + 1).unwrap();
    let done = moved(&stage, Who::Admin, &sequence, &json!({}), START + 2).unwrap();
    let told = json!(done.items);
    assert_eq!((&told[0]["from_step"], &told[0]["next_step"]), (&json!(3), &json!(4)));
    assert_eq!(stands(&stage, &lead), (2, 4, START + 6 * DAY), "four days became six");
}

#[test]
fn only_seen_leads_are_named_and_a_run_at_work_is_left_alone() {
    let mut stage = Stage::new(2);
    stage.reports = 1;
    let sequence = create(&stage, &body()).id;
    let (seen, other) = (lead_of(&stage, 1, 0), lead_of(&stage, 2, 1));
    for lead in [&seen, &other] {
        enrol(&stage, Who::Admin, &sequence, lead, START).unwrap();
    }
    patch(&stage, &sequence, &json!({ "daily_cap_per_lead": 1 }), START + 1).unwrap();
    stage.database.change(&format!(
        "UPDATE enrolments SET lease_id = 'run', lease_until = {} WHERE lead_id = '{seen}'",
        START + 60_000
    ));
    let done = moved(&stage, Who::Manager, &sequence, &json!({}), START + 2).unwrap();
    assert_eq!((done.moved, done.busy, done.items), (1, 1, vec![]), "the other one's lead is not the manager's to see");
    let done = moved(&stage, Who::Manager, &sequence, &json!({}), START + 60_001).unwrap();
    let leads: Vec<&Id> = done.items.iter().map(|item| &item.lead_id).collect();
    assert_eq!((done.moved, done.busy, leads), (1, 0, vec![&seen]));
}

#[test]
fn the_version_that_was_seen_is_asked_for() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body()).id;
    let of = |precondition| {
        let command = command(&stage, Who::Manager, &sequence, &json!({}), precondition, START);
        refused(block_on(run(&stage.database, &command, &mut context(&stage, Who::Manager, START))).map(|ran| ran.done))
    };
    assert_eq!(of(Precondition::Missing), Err(Refusal::PreconditionRequired));
    assert_eq!(of(Precondition::Versions(vec![2])), Err(Refusal::Stale { version: 1 }));
    assert_eq!(of(Precondition::Versions(vec![1])).unwrap().moved, 0);
}

#[test]
fn a_lost_answer_moves_once_and_an_engine_in_between_is_met() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body()).id;
    let lead = lead_of(&stage, 1, 0);
    enrol(&stage, Who::Admin, &sequence, &lead, START).unwrap();
    patch(&stage, &sequence, &json!({ "daily_cap_per_lead": 1 }), START + 1).unwrap();
    let command = command(&stage, Who::Manager, &sequence, &json!({}), Precondition::Any, START + 2);
    let mut at = context(&stage, Who::Manager, START + 2);
    let Ran { done, .. } = block_on(run(&lossy(&stage, &[], &[1]), &command, &mut at)).unwrap();
    assert_eq!((done.moved, stands(&stage, &lead).0), (1, 2));
    assert_eq!(stage.count("audit_logs WHERE action = 'move_enrolled' AND entity_type = 'sequence'"), 1);
}

#[test]
fn a_crowd_is_moved_page_by_page() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &body()).id;
    crowd(&stage, &sequence, 1200);
    patch(&stage, &sequence, &json!({ "daily_cap_per_lead": 1 }), START + 1).unwrap();
    let (mut cursor, mut all, mut calls) = (None::<Id>, 0, 0);
    loop {
        let sent = cursor.as_ref().map_or(json!({}), |cursor| json!({ "cursor": cursor }));
        let done = moved(&stage, Who::Admin, &sequence, &sent, START + 2).unwrap();
        all += done.moved;
        calls += 1;
        cursor = done.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((all, calls), (1200, 3));
    assert_eq!(stage.count("enrolments WHERE revision = 2"), 1200);
}
