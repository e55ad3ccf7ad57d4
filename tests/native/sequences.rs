//! Sequences: revisions that are kept, and versions that are asked for (spec E1).

use lead_core::body::Sent;
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Actor, Context};
use lead_core::problem::Refusal;
use lead_core::sequence::{Definition, RevisionQuery, Sequence, SequenceValues};
use lead_store::run::{Ran, run};
use lead_store::sequences;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::people::{members, refused};
use super::stage::{START, Stage, Who, with};

/// A step.
pub(crate) fn step(number: u32, delay: u32) -> Value {
    json!({
        "step_number": number, "delay_days": delay, "subject": format!("Mail {number} for {{{{lead.first_name}}}}"),
        "body": format!("<p>Mail {number} from {{{{company.name}}}}</p>"), "body_text": format!("Mail {number}"),
    })
}

/// An active sequence of three steps, for leads that are recycled.
pub(crate) fn body() -> Value {
    json!({
        "name": "Again", "trigger_event": "status_changed", "to_status": "recycled", "is_active": true,
        "steps": [step(1, 0), step(2, 3), step(3, 4)],
    })
}

/// A request of this person.
pub(crate) fn context(stage: &Stage, who: Who, at: i64) -> Context<'_> {
    let user_id = Some(stage.principal(who).user_id);
    let context = stage.context(at);
    Context { actor: Actor { user_id, ..context.actor.clone() }, ..context }
}

pub(crate) fn create(stage: &Stage, body: &Value) -> Sequence {
    let values = SequenceValues::parse(members(body), &stage.policy).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut context = context(stage, Who::Manager, START);
    let command = CreateSequence { id: context.ids.next_id(), values };
    block_on(run(&stage.database, &command, &mut context)).unwrap().done
}

pub(crate) fn patch(stage: &Stage, id: &Id, body: &Value, at: i64) -> Result<Sequence, Refusal> {
    edit(stage, id, Sent::Patch(members(body)), Precondition::Any, at)
}

fn edit(stage: &Stage, id: &Id, sent: Sent, precondition: Precondition, at: i64) -> Result<Sequence, Refusal> {
    let command = EditSequence { id: id.clone(), sent, precondition };
    refused(block_on(run(&stage.database, &command, &mut context(stage, Who::Manager, at))).map(|ran| ran.done))
}

pub(crate) fn delete(stage: &Stage, id: &Id, at: i64) -> Result<(), Refusal> {
    let command = DeleteSequence { id: id.clone(), precondition: Precondition::Any };
    refused(block_on(run(&stage.database, &command, &mut context(stage, Who::Manager, at))).map(|ran| ran.done))
}

pub(crate) fn trail(stage: &Stage, entity: &str) -> Vec<String> {
    let sql = format!(
        "SELECT action || ' ' || coalesce(field_name, '') AS told FROM audit_logs WHERE entity_type = '{entity}' ORDER BY id"
    );
    stage.database.rows(&sql).iter().map(|row| row["told"].as_str().unwrap().trim().to_owned()).collect()
}

#[test]
fn each_definition_is_kept_and_names_make_none() {
    let stage = Stage::new(1);
    let first = create(&stage, &body());
    assert_eq!((first.revision, first.active_since.map(|at| at.ms())), (1, Some(START)));
    let renamed = patch(&stage, &first.id, &json!({ "name": "Once more", "is_active": false }), START + 1).unwrap();
    assert_eq!((renamed.revision, renamed.active_since, renamed.stamp.version), (1, None, 2));
    assert_eq!(stage.count("sequence_revisions"), 1);
    let steps = json!({ "steps": [step(1, 0), step(4, 1)], "is_active": true });
    let second = patch(&stage, &first.id, &steps, START + 2).unwrap();
    assert_eq!((second.revision, second.active_since.map(|at| at.ms())), (2, Some(START + 2)));
    let third = patch(&stage, &first.id, &json!({ "exit_statuses": ["contacted"] }), START + 3).unwrap();
    assert_eq!((third.revision, third.active_since.map(|at| at.ms())), (3, Some(START + 2)));
    let same = patch(&stage, &first.id, &json!({ "exit_statuses": ["contacted"] }), START + 4).unwrap();
    assert_eq!((same.revision, same.stamp.version), (3, 4), "a change of nothing changes nothing");
    let rows = stage.database.rows("SELECT revision, definition, user_id FROM sequence_revisions ORDER BY revision");
    for (row, sequence) in rows.iter().zip([&first, &second, &third]) {
        let kept: Definition = serde_json::from_str(row["definition"].as_str().unwrap()).unwrap();
        assert_eq!((row["revision"].as_i64(), &kept), (Some(sequence.revision), &sequence.definition));
        assert_eq!(row["user_id"], stage.manager.as_str());
    }
    let told = [
        "create",
        "update name",
        "update is_active",
        "update active_since",
        "update is_active",
        "update active_since",
        "update revision",
        "update exit_statuses",
        "update revision",
    ];
    let mut found = trail(&stage, "sequence");
    found.sort_unstable();
    let mut expected = told.map(str::to_owned);
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn revisions_are_listed_and_read() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    for cap in 1..=4 {
        patch(&stage, &sequence.id, &json!({ "daily_cap_per_lead": cap }), START + cap).unwrap();
    }
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let mut pairs = vec![pair("limit", "2")];
        pairs.extend(cursor.as_deref().map(|cursor| pair("cursor", cursor)));
        let query = RevisionQuery::parse(&pairs).unwrap();
        let reads = sequences::read_revisions(&stage.company_id, &sequence.id, &query);
        let rows = sequences::found_revisions(&block_on(stage.database.batch(reads)).unwrap()).unwrap().unwrap();
        let (page, next) = query.page(rows);
        seen.extend(page.iter().map(|line| line.revision));
        cursor = next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [5, 4, 3, 2, 1]);
    let one = |number| {
        let reads = sequences::read_revision(&stage.company_id, &sequence.id, number);
        sequences::found_revision(&block_on(stage.database.batch(reads)).unwrap()).unwrap()
    };
    assert_eq!(one(3).unwrap().definition.daily_cap_per_lead, Some(2));
    assert_eq!(one(6), None);
    delete(&stage, &sequence.id, START + 9).unwrap();
    assert_eq!(one(3), None, "what is deleted is not there");
}

#[test]
fn a_sequence_changes_in_the_version_that_was_seen() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    let rename = || Sent::Patch(members(&json!({ "name": "N" })));
    let asked = |precondition| edit(&stage, &sequence.id, rename(), precondition, START + 1);
    assert_eq!(asked(Precondition::Missing), Err(Refusal::PreconditionRequired));
    assert_eq!(asked(Precondition::Versions(vec![2])), Err(Refusal::Stale { version: 1 }));
    assert_eq!(asked(Precondition::Versions(vec![1])).unwrap().stamp.version, 2);
    let whole = Sent::Whole(members(&with(body(), json!({ "steps": [step(1, 1)] }))));
    let replaced = edit(&stage, &sequence.id, whole, Precondition::Any, START + 2).unwrap();
    assert_eq!((replaced.name.as_str(), replaced.definition.steps.len(), replaced.revision), ("Again", 1, 2));
    let Err(Refusal::Invalid(errors)) = patch(&stage, &sequence.id, &json!({ "steps": [step(0, 1)] }), START + 3)
    else {
        panic!("taken");
    };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/steps/0/step_number", "not_whole_number"));
}

#[test]
fn a_lost_answer_makes_one_sequence_and_one_revision() {
    let stage = Stage::new(1);
    let values = SequenceValues::parse(members(&body()), &stage.policy).unwrap();
    let mut at = context(&stage, Who::Manager, START);
    let command = CreateSequence { id: at.ids.next_id(), values };
    let Ran { done, .. } = block_on(run(&lossy(&stage, &[], &[1]), &command, &mut at)).unwrap();
    assert_eq!((stage.count("sequences"), stage.count("sequence_revisions"), done.revision), (1, 1, 1));
    let sent = Sent::Patch(members(&json!({ "score_max": 60 })));
    let command = EditSequence { id: done.id, sent, precondition: Precondition::Versions(vec![1]) };
    let mut at = context(&stage, Who::Manager, START + 1);
    let Ran { done, .. } = block_on(run(&lossy(&stage, &[], &[1]), &command, &mut at)).unwrap();
    assert_eq!((stage.count("sequence_revisions"), done.revision, done.stamp.version), (2, 2, 2));
}

#[test]
fn lists_of_sequences_leave_the_mails_out() {
    let stage = Stage::new(1);
    let (one, two) = (create(&stage, &body()), create(&stage, &with(body(), json!({ "name": "B" }))));
    let gone = create(&stage, &body());
    delete(&stage, &gone.id, START + 1).unwrap();
    let query = PageQuery::parse(&[]).unwrap();
    let outcome = block_on(stage.database.batch(vec![sequences::page(&stage.company_id, &query)])).unwrap().remove(0);
    let found = sequences::listed(&outcome).unwrap();
    let ids: Vec<&Id> = found.iter().map(|line| &line.id).collect();
    assert_eq!((ids, found[0].step_count), (vec![&one.id, &two.id], 3));
}

#[test]
fn an_edit_is_refused_with_the_places_of_the_whole() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    let mut broken = step(2, 1);
    broken["body"] = json!("<p>{{lead.nobody}}</p>");
    let sent = json!({ "steps": [step(1, 0), broken], "condition": { "all": [] } });
    let Err(Refusal::Invalid(errors)) = patch(&stage, &sequence.id, &sent, START) else { panic!("taken") };
    let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    assert_eq!(found, [("/condition/all", "condition_invalid"), ("/steps/1/body", "template_value")]);
}
