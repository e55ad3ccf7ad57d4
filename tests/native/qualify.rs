//! Qualification: answers kept with their history, the lead moved, and who may confirm what.

use lead_core::body::Members;
use lead_core::command::lead::Target;
use lead_core::command::qualify::{Qualified, Qualify};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::plan::Context;
use lead_core::policy::Status;
use lead_core::problem::Refusal;
use lead_core::qualify::{QualificationRecord, QualificationRequest};
use lead_store::failure::Failure;
use lead_store::qualify::{found_history, read_history};
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::stage::{START, Stage, Who, visitor};

/// The only lead of a stage with one SDR, made by a visitor.
pub(crate) fn lead_of(stage: &Stage) -> Id {
    stage.visit(&visitor(1), "one", START);
    Id::parse(stage.lead()["id"].as_str().unwrap()).unwrap()
}

pub(crate) fn command(stage: &Stage, who: Who, lead_id: &Id, body: &Value, precondition: Precondition) -> Qualify {
    let members = Members::from_json(body.to_string().as_bytes()).unwrap();
    let request = QualificationRequest::parse(members, lead_id).unwrap();
    let id = stage.context(START + 1 + stage.count("qualifications")).ids.next_id();
    let target = Target { id: lead_id.clone(), by: stage.principal(who), precondition };
    Qualify { id, target, request }
}

/// What a request of this person knows.
pub(crate) fn context(stage: &Stage, who: Who, at: i64) -> Context<'_> {
    let mut context = stage.context(at);
    context.actor.user_id = Some(stage.principal(who).user_id);
    context
}

pub(crate) fn qualify(stage: &Stage, who: Who, lead_id: &Id, body: &Value) -> Result<Qualified, Failure> {
    let command = command(stage, who, lead_id, body, Precondition::Any);
    // Later requests have later ids.
    let at = START + 1 + stage.count("qualifications");
    block_on(run(&stage.database, &command, &mut context(stage, who, at))).map(|ran| ran.done)
}

fn refused(result: Result<Qualified, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn history(stage: &Stage, who: Who, lead_id: &Id) -> Option<Vec<QualificationRecord>> {
    let reads = read_history(&stage.company_id, lead_id, &stage.visibility(who));
    found_history(&block_on(stage.database.batch(reads)).unwrap()).unwrap()
}

fn bant(criteria: usize) -> Value {
    let all = [("budget", "10 lakh"), ("authority", "CTO"), ("need", "pumps"), ("timeline", "Q1")];
    json!({ "bant": Value::Object(all[..criteria].iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect()) })
}

#[test]
fn the_points_move_the_lead_and_the_history_keeps_each_answer() {
    let stage = Stage::new(1);
    let lead_id = lead_of(&stage);
    for (criteria, status, version) in [
        (2, Status::New, 1),
        (1, Status::Unqualified, 2),
        (1, Status::Unqualified, 2),
        (3, Status::Qualified, 3),
        (4, Status::Qualified, 3),
    ] {
        let done = qualify(&stage, Who::Sdr(0), &lead_id, &bant(criteria)).unwrap();
        assert_eq!((done.lead_status, done.version), (status, version), "{criteria} criteria");
        assert_eq!(stage.lead()["status"], status.as_str());
    }
    assert_eq!(stage.lead()["stage"], "decision");
    let kept = history(&stage, Who::Sdr(0), &lead_id).unwrap();
    let points: Vec<_> = kept.iter().map(|kept| kept.result["qualification_score"].as_i64().unwrap()).collect();
    assert_eq!(points, [100, 75, 25, 25, 50], "newest first");
    assert!(kept.iter().all(|kept| kept.user_id.as_ref() == Some(&stage.sdrs[0])));
    let events = stage.database.rows("SELECT event FROM activities WHERE activity_type = 'system' ORDER BY id");
    let events: Vec<_> = events.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["nurture_more", "unqualified", "unqualified", "qualified", "qualified"]);
    let trail = stage.database.rows(
        "SELECT field_name, old_value, new_value FROM audit_logs WHERE action = 'qualify' AND field_name <> 'qualification' ORDER BY id",
    );
    let trail: Vec<_> = trail.iter().map(|row| (&row["field_name"], &row["old_value"], &row["new_value"])).collect();
    assert_eq!(
        trail,
        [
            (&json!("status"), &json!("new"), &json!("unqualified")),
            (&json!("stage"), &json!("awareness"), &json!("decision")),
            (&json!("status"), &json!("unqualified"), &json!("qualified")),
        ]
    );
}

#[test]
fn a_high_risk_waits_for_a_manager() {
    let stage = Stage::new(1);
    let lead_id = lead_of(&stage);
    let mut body = bant(4);
    body["risk_score"] = json!("high");
    let done = qualify(&stage, Who::Sdr(0), &lead_id, &body).unwrap();
    assert!(done.result.confirmation_required && !done.result.is_qualified);
    assert_eq!((done.lead_status, done.version), (Status::New, 1));
    body["confirm"] = json!(true);
    assert_eq!(refused(qualify(&stage, Who::Sdr(0), &lead_id, &body)), Refusal::Forbidden);
    let done = qualify(&stage, Who::Manager, &lead_id, &body).unwrap();
    assert!(done.result.is_qualified && !done.result.confirmation_required);
    assert_eq!(done.lead_status, Status::Qualified);
    let confirmed: Vec<bool> =
        history(&stage, Who::Manager, &lead_id).unwrap().iter().map(|kept| kept.confirmed).collect();
    assert_eq!(confirmed, [true, false]);
}

#[test]
fn what_may_not_be_asked_is_refused() {
    let stage = Stage::new(2);
    let lead_id = lead_of(&stage);
    assert_eq!(refused(qualify(&stage, Who::Sdr(1), &lead_id, &bant(4))), Refusal::NotFound);
    assert_eq!(history(&stage, Who::Sdr(1), &lead_id), None);
    let with = |precondition| {
        let command = command(&stage, Who::Admin, &lead_id, &bant(4), precondition);
        refused(block_on(run(&stage.database, &command, &mut stage.context(START))).map(|ran| ran.done))
    };
    assert_eq!(with(Precondition::Missing), Refusal::PreconditionRequired);
    assert_eq!(with(Precondition::Versions(vec![2])), Refusal::Stale { version: 1 });
    for status in ["converted", "disqualified"] {
        stage.database.change(&format!("UPDATE leads SET status = '{status}'"));
        match refused(qualify(&stage, Who::Admin, &lead_id, &bant(4))) {
            Refusal::ImpossibleMove(impossible) => assert!(impossible.possible.is_empty(), "{impossible:?}"),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((stage.count("qualifications"), stage.count("activities")), (0, 0));
}

#[test]
fn a_lost_answer_keeps_one_qualification() {
    for criteria in [2, 4] {
        let stage = Stage::new(1);
        let lead_id = lead_of(&stage);
        let command = command(&stage, Who::Admin, &lead_id, &bant(criteria), Precondition::Versions(vec![1]));
        let lost = lossy(&stage, &[], &[1]);
        let done = block_on(run(&lost, &command, &mut stage.context(START))).unwrap().done;
        assert_eq!(done.result.qualification_score as usize, criteria * 25);
        assert_eq!(done.version, if criteria == 4 { 2 } else { 1 });
        assert_eq!((stage.count("qualifications"), stage.count("activities")), (1, 1));
    }
}

#[test]
fn bodies_are_read_with_every_error_at_once() {
    let stage = Stage::new(1);
    let lead_id = lead_of(&stage);
    let errors = |body: Value| -> Vec<(String, &'static str)> {
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        let errors = QualificationRequest::parse(members, &lead_id).err().unwrap_or_default();
        errors.into_iter().map(|error| (error.pointer, error.code)).collect()
    };
    let at = |pointer: &str, code| (pointer.to_owned(), code);
    assert_eq!(errors(json!({})), [at("/bant", "required")]);
    assert_eq!(errors(json!({ "lead_id": lead_id, "bant": {} })), []);
    assert_eq!(errors(json!({ "lead_id": stage.company_id, "bant": {} })), [at("/lead_id", "unknown_value")]);
    let wrong = json!({
        "lead_id": 7,
        "bant": { "budget": { "met": "yes" }, "need": { "note": "?" }, "timeline": 3, "money": "much" },
        "meddicc": [],
        "risk_score": "extreme",
        "confirm": "perhaps",
        "status": "qualified",
    });
    assert_eq!(
        errors(wrong),
        [
            at("/lead_id", "not_text"),
            at("/bant/budget/met", "not_boolean"),
            at("/bant/need/met", "required"),
            at("/bant/timeline", "not_object"),
            at("/bant/money", "unknown_member"),
            at("/meddicc", "not_object"),
            at("/risk_score", "unknown_value"),
            at("/confirm", "not_boolean"),
            at("/status", "unknown_member"),
        ]
    );
    let kept = json!({ "bant": { "budget": { "met": false, "note": "next year" }, "need": " pumps " } });
    qualify(&stage, Who::Admin, &lead_id, &kept).unwrap();
    let kept = json!(history(&stage, Who::Admin, &lead_id).unwrap()[0].answers);
    assert_eq!(kept["bant"]["budget"], json!({ "met": false, "note": "next year" }));
    assert_eq!(
        (&kept["bant"]["need"], &kept["meddicc"], &kept["risk_score"]),
        (&json!("pumps"), &Value::Null, &json!("low"))
    );
}
