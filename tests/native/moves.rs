//! Leads that are given up, taken up again, hidden and brought back (spec L6, L9, M1, M2).

use lead_core::command::lead::{DeleteLead, MoveLead, Moving, RestoreLead, Target};
use lead_core::edit::Precondition;
use lead_core::lead::Lead;
use lead_core::policy::{Move, Status};
use lead_core::problem::Refusal;
use lead_core::score::stage_for;
use lead_store::changes::handed_over;
use lead_store::failure::Failure;
use lead_store::run::{Command, Ran, run};
use pollster::block_on;
use serde_json::{Value, json};

use super::edits::{context, members, refusal, target, trail};
use super::stage::{START, Stage, Who, contact, visitor, with};

fn act<C: Command<Done = Box<Lead>>>(stage: &Stage, command: &C) -> Result<Lead, Failure> {
    let Ran { mut done, written, .. } =
        block_on(run(&stage.database, command, &mut context(stage, Who::Manager, START + 1_000)))?;
    if let Ok((owner, assignment)) = handed_over(&written) {
        (done.lead_owner_id, done.assignment) = (owner, assignment);
    }
    Ok(*done)
}

fn gone(reason: &str) -> Moving {
    Moving::disqualify(members(&json!({ "reason": reason }))).unwrap()
}

fn one(stage: &Stage) -> String {
    stage.visit(&visitor(1), "one", START);
    stage.lead()["id"].as_str().unwrap().to_owned()
}

/// The system's words on the timeline, oldest first.
fn told(stage: &Stage) -> Vec<(String, Value)> {
    let rows = stage.database.rows("SELECT event, notes FROM activities WHERE activity_type = 'system' ORDER BY id");
    rows.iter().map(|row| (row["event"].as_str().unwrap().to_owned(), row["notes"].clone())).collect()
}

#[test]
fn each_state_allows_what_the_table_says() {
    for status in Status::ALL {
        for moving in [gone("No budget"), Moving::Recycle] {
            let stage = Stage::new(1);
            let id = one(&stage);
            stage.database.change(&format!("UPDATE leads SET status = '{status}', stage = 'consideration'"));
            let command = MoveLead { target: target(&stage, Who::Manager, &id, 1), moving: moving.clone() };
            let asked = if moving == Moving::Recycle { Move::Recycle } else { Move::Disqualify };
            let result = act(&stage, &command);
            let lead = stage.lead();
            match stage.policy.transitions().after(*status, asked) {
                Ok(to) => {
                    let done = result.unwrap();
                    assert_eq!((done.status, done.version), (to, 2));
                    assert_eq!(lead["status"], to.as_str());
                    let before = lead_core::policy::Stage::Consideration;
                    let score = u8::try_from(lead["lead_score"].as_i64().unwrap()).unwrap();
                    assert_eq!(lead["stage"], stage_for(&stage.policy, to, score, before).as_str());
                    let reason = if asked == Move::Disqualify { json!("No budget") } else { Value::Null };
                    assert_eq!((&lead["disqualified_reason"], told(&stage).len()), (&reason, 1));
                }
                Err(impossible) => {
                    let Refusal::ImpossibleMove(refused) = refusal(result) else { panic!("{status} {asked}") };
                    assert_eq!(refused, impossible);
                    assert_eq!((lead["version"].as_i64(), told(&stage).len()), (Some(1), 0));
                }
            }
        }
    }
}

#[test]
fn a_disqualification_needs_a_reason_and_tells_it() {
    let stage = Stage::new(1);
    let id = one(&stage);
    for (body, pointer, code) in [
        (json!({}), "/reason", "required"),
        (json!({ "reason": "  " }), "/reason", "required"),
        (json!({ "reason": "x".repeat(501) }), "/reason", "too_long"),
        (json!({ "reason": "x", "why": 1 }), "/why", "unknown_member"),
    ] {
        let errors = Moving::disqualify(members(&body)).unwrap_err();
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), (pointer, code));
    }
    let command = MoveLead { target: target(&stage, Who::Manager, &id, 1), moving: gone("Went to a rival") };
    act(&stage, &command).unwrap();
    assert_eq!(told(&stage), [("disqualified".to_owned(), json!("Went to a rival"))]);
    let fields: Vec<_> = trail(&stage, &id).into_iter().map(|(action, field, _, new)| (action, field, new)).collect();
    let row = |field: &str, new: &str| ("disqualify".to_owned(), field.to_owned(), json!(new));
    assert_eq!(fields.len(), 2);
    assert!(
        fields.contains(&row("status", "disqualified"))
            && fields.contains(&row("disqualified_reason", "Went to a rival"))
    );
    assert_eq!(refusal(act(&stage, &command)), Refusal::Stale { version: 2 });
    // It still stands for its person, and a touch changes nothing.
    stage.visit(&visitor(1), "again", START + 5_000);
    assert_eq!((stage.lead()["status"].as_str(), stage.lead()["version"].as_i64()), (Some("disqualified"), Some(2)));
}

#[test]
fn a_deleted_lead_is_hidden_and_comes_back() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let deleted = act(&stage, &DeleteLead { target: target(&stage, Who::Manager, &id, 1) }).unwrap();
    assert_eq!((deleted.version, deleted.deleted_at.is_some()), (2, true));
    let lead = stage.lead();
    assert_eq!((&lead["deleted_at"], lead["match_slot"].as_str()), (&json!(START + 1_000), Some(id.as_str())));
    let again = act(&stage, &DeleteLead { target: target(&stage, Who::Manager, &id, 2) });
    assert_eq!(refusal(again), Refusal::NotFound);
    assert_eq!(
        trail(&stage, &id).iter().map(|row| (row.0.as_str(), row.1.as_str())).collect::<Vec<_>>(),
        [("delete", "deleted_at")]
    );
    let back = act(&stage, &RestoreLead { target: target(&stage, Who::Manager, &id, 2) }).unwrap();
    assert_eq!((back.version, back.deleted_at), (3, None));
    assert_eq!(stage.lead()["match_slot"], "");
    assert_eq!(told(&stage), [("restored".to_owned(), Value::Null)]);
    // Nothing to bring back: the lead as it is.
    assert_eq!(act(&stage, &RestoreLead { target: target(&stage, Who::Manager, &id, 3) }).unwrap().version, 3);
    let missing = Target { precondition: Precondition::Missing, ..target(&stage, Who::Manager, &id, 3) };
    assert_eq!(refusal(act(&stage, &DeleteLead { target: missing })), Refusal::PreconditionRequired);
}

#[test]
fn a_lead_comes_back_only_where_nobody_else_stands_for_its_person() {
    let stage = Stage::new(1);
    let id = one(&stage);
    act(&stage, &DeleteLead { target: target(&stage, Who::Manager, &id, 1) }).unwrap();
    stage.visit(&with(visitor(2), json!({ "phone": visitor(1)["phone"] })), "other", START + 2_000);
    let other = stage.leads()[1]["id"].as_str().unwrap().to_owned();
    let restore = |who| act(&stage, &RestoreLead { target: target(&stage, who, &id, 2) });
    let Refusal::DuplicateLead { existing_id } = refusal(restore(Who::Manager)) else { panic!("no duplicate") };
    assert_eq!(existing_id.map(|id| id.to_string()), Some(other.clone()));
    // A converted lead stands for nobody and always comes back.
    stage.database.change(&format!("UPDATE leads SET status = 'converted' WHERE id = '{id}'"));
    restore(Who::Manager).unwrap();
    let lead = &stage.leads()[0];
    assert_eq!((&lead["deleted_at"], lead["match_slot"].as_str()), (&Value::Null, Some(id.as_str())));
}

#[test]
fn a_person_lifts_a_quarantine_and_the_rules_hand_the_lead_out() {
    let stage = Stage::new(2);
    stage.visit(&with(visitor(1), json!({ "lg_ref": "x" })), "spam", START);
    let id = stage.lead()["id"].as_str().unwrap().to_owned();
    let lead = act(&stage, &RestoreLead { target: target(&stage, Who::Manager, &id, 1) }).unwrap();
    assert_eq!((lead.validation_status.as_str(), lead.quarantined_at, lead.version), ("valid", None, 2));
    assert_eq!(lead.lead_owner_id.as_ref(), Some(&stage.sdrs[0]));
    let assigned = lead.assignment.unwrap();
    assert_eq!((assigned.rule.as_str(), assigned.turn), ("pool", Some(1)));
    let stored = stage.lead();
    assert_eq!((stored["version"].as_i64(), &stored["quarantined_at"]), (Some(2), &Value::Null));
    assert_eq!((stage.count("entity_versions"), stage.turns()), (1, vec![1]));
    let mut fields: Vec<_> = trail(&stage, &id).into_iter().map(|(_, field, _, new)| (field, new)).collect();
    fields.sort_by(|left, right| left.0.cmp(&right.0));
    let why = ("assignment".to_owned(), stored["assignment"].clone());
    let owner = ("lead_owner_id".to_owned(), json!(stage.sdrs[0]));
    let rest = [("quarantined_at".to_owned(), Value::Null), ("validation_status".to_owned(), json!("valid"))];
    assert_eq!(fields, [&[why, owner][..], &rest[..]].concat());
    let mut events: Vec<_> = told(&stage).into_iter().map(|(event, _)| event).collect();
    events.sort();
    assert_eq!(events, ["assigned", "restored"]);
}

#[test]
fn the_count_of_open_leads_follows() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let sdr = stage.sdrs[0].to_string();
    stage.database.change(&format!("UPDATE rounds SET loads = '{{\"{sdr}\":1}}'"));
    let load = || stage.loads()[&sdr].as_i64().unwrap();
    act(&stage, &DeleteLead { target: target(&stage, Who::Manager, &id, 1) }).unwrap();
    assert_eq!(load(), 0);
    act(&stage, &RestoreLead { target: target(&stage, Who::Manager, &id, 2) }).unwrap();
    assert_eq!(load(), 1);
    act(&stage, &MoveLead { target: target(&stage, Who::Manager, &id, 3), moving: gone("x") }).unwrap();
    assert_eq!(load(), 0);
    act(&stage, &DeleteLead { target: target(&stage, Who::Manager, &id, 4) }).unwrap();
    assert_eq!(load(), 0, "a closed lead is not counted");
    stage.submit(Who::Sdr(0), &contact(2), None, START + 9_000);
    assert_eq!(load(), 1);
}
