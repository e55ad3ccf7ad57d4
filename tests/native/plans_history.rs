//! Activities, timelines, follow-ups, scores and the audit trail walk indexes: what they read does not grow with a table.

use lead_core::access::Visibility;
use lead_core::activity::{ActivityValues, RelatedType};
use lead_core::body::Members;
use lead_core::command::activity::{EditActivity, FinishFollowUp, RecordActivity, Wish};
use lead_core::edit::Precondition;
use lead_store::activities::{due, one, timeline};
use lead_store::changes::statements;
use lead_store::run::Command;
use lead_store::{audit, score};
use serde_json::json;

use super::activities::{context, lead_id, principal};
use super::plans::assert_narrow;
use super::stage::{START, Stage, Who, contact};

/// Every step looks something up, whatever its table is called here; the people of the company may be walked.
fn assert_looks_up(stage: &Stage, sql: &str) -> Vec<String> {
    let steps = assert_narrow(stage, sql);
    let wide = |step: &&String| {
        let name = step.split(' ').nth(1).unwrap_or_default();
        let people = ["p", "users"].contains(&name);
        (step.contains("(company_id=?)") && !people)
            || (step.starts_with("SCAN") && ["a", "b", "e", "t"].contains(&name))
    };
    let wide: Vec<&String> = steps.iter().filter(wide).collect();
    assert!(wide.is_empty(), "{wide:?} in {sql}");
    steps
}

#[test]
fn timelines_and_lists_walk_the_index_of_their_order() {
    let stage = Stage::new(1);
    let all = timeline::explainable().into_iter().chain(due::explainable()).chain(audit::explainable());
    for (sql, index) in all {
        let steps = assert_looks_up(&stage, sql);
        let found = steps.iter().any(|step| step.contains("SEARCH") && step.contains(index));
        assert!(found, "{index}: {steps:?} of {sql}");
        let sorted = steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER"));
        assert!(!sorted, "a walk that sorts reads everything: {steps:?} of {sql}");
    }
}

#[test]
fn commands_on_activities_look_everything_up() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let (lead, by) = (lead_id(&stage), principal(&stage, Who::Sdr(0)));
    let rows = Visibility::Owners { owners: vec![by.user_id.clone()], unowned: false };
    let mut context = context(&stage, Who::Sdr(0), START + 1);
    context.begin_attempt();
    let call = Members::from_json(json!({ "activity_type": "call" }).to_string().as_bytes()).unwrap();
    let values = ActivityValues::parse(call, context.now).unwrap();
    let mut seen = vec![one::read(&stage.company_id, &lead, &rows)];
    seen.extend(score::read(&stage.company_id, &lead, context.now, &rows));
    for related_to_type in RelatedType::ALL {
        let id = context.ids.next_id();
        let (values, by) = (values.clone(), by.clone());
        let command = RecordActivity { id, related_to_type: *related_to_type, related_to_id: lead.clone(), values, by };
        let reads = Command::reads(&command, &context);
        let outcomes =
            pollster::block_on(lead_store::statement::Database::batch(&stage.database, reads.clone())).unwrap();
        seen.extend(reads);
        let known = Command::known(&command, &outcomes).unwrap();
        if let Ok(plan) = RecordActivity::decide(&command, &known, &mut context) {
            seen.extend(statements(&plan.changes, &context));
        }
    }
    let precondition = Precondition::Any;
    let edit = EditActivity { id: lead.clone(), wish: Wish::Delete, precondition, by, sales: true };
    seen.extend(Command::reads(&edit, &context));
    seen.extend(Command::reads(&FinishFollowUp { id: lead, rows, sales: true }, &context));
    assert!(seen.len() > 25, "{} statements", seen.len());
    for statement in seen {
        assert_looks_up(&stage, statement.sql);
    }
}
