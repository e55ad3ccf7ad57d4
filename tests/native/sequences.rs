//! Sequences: revisions that are kept, versions that are asked for, who is enrolled by hand and who leaves (spec E1, E2).

use lead_core::access::Visibility;
use lead_core::body::Sent;
use lead_core::command::enrolment::{Enrol, LeaveSequence};
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence};
use lead_core::edit::Precondition;
use lead_core::enrolment::{Enrolment, EnrolmentQuery, EnrolmentState, LeftReason};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Actor, Context};
use lead_core::problem::Refusal;
use lead_core::sequence::{Definition, RevisionQuery, Sequence, SequenceValues};
use lead_store::run::{Ran, run};
use lead_store::statement::Database;
use lead_store::{enrolments, sequences};
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::people::{members, refused};
use super::stage::{DAY, START, Stage, Who, visitor, with};

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

pub(crate) fn enrol_command(stage: &Stage, who: Who, sequence: &Id, lead: &Id, context: &mut Context<'_>) -> Enrol {
    let by = stage.principal(who);
    Enrol { id: context.ids.next_id(), sequence_id: sequence.clone(), lead_id: lead.clone(), by }
}

pub(crate) fn enrol(stage: &Stage, who: Who, sequence: &Id, lead: &Id, at: i64) -> Result<Enrolment, Refusal> {
    let mut context = context(stage, who, at);
    let command = enrol_command(stage, who, sequence, lead, &mut context);
    refused(block_on(run(&stage.database, &command, &mut context)).map(|ran| ran.done))
}

fn leave(stage: &Stage, who: Who, sequence: &Id, lead: &Id, at: i64) -> Result<Enrolment, Refusal> {
    let command = LeaveSequence { lead_id: lead.clone(), sequence_id: sequence.clone(), by: stage.principal(who) };
    refused(block_on(run(&stage.database, &command, &mut context(stage, who, at))).map(|ran| ran.done))
}

/// A lead of SDR `n`, who is one of two.
pub(crate) fn lead_of(stage: &Stage, number: usize, owner: usize) -> Id {
    stage.visit(&visitor(number), &format!("visit {number}"), START);
    let id = stage.leads().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()).max().unwrap();
    let owner = &stage.sdrs[owner];
    stage.database.change(&format!("UPDATE leads SET lead_owner_id = '{owner}' WHERE id = '{id}'"));
    Id::parse(&id).unwrap()
}

fn shown(stage: &Stage, lead: &Id, rows: &Visibility) -> Option<Vec<Enrolment>> {
    let query = PageQuery::parse(&[]).unwrap();
    let reads = enrolments::read_of_lead(&stage.company_id, lead, &query, rows);
    enrolments::found_of_lead(&block_on(stage.database.batch(reads)).unwrap()).unwrap()
}

fn trail(stage: &Stage, entity: &str) -> Vec<String> {
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
fn a_lead_is_enrolled_once_and_told_of_it() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &with(body(), json!({ "steps": [step(3, 2), step(5, 1)] })));
    let lead = lead_of(&stage, 1, 0);
    let unknown = enrol(&stage, Who::Sdr(1), &sequence.id, &lead, START);
    assert!(matches!(&unknown, Err(Refusal::Invalid(errors)) if errors[0].pointer == "/lead_id"), "{unknown:?}");
    let enrolment = enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START).unwrap();
    assert_eq!((enrolment.next_step, enrolment.due_at.ms(), enrolment.revision), (3, START + 2 * DAY, 1));
    assert_eq!(shown(&stage, &lead, &stage.visibility(Who::Manager)), Some(vec![enrolment.clone()]));
    assert_eq!(shown(&stage, &lead, &stage.visibility(Who::Sdr(1))), None);
    let again = enrol(&stage, Who::Admin, &sequence.id, &lead, START + 1);
    assert_eq!(again, Err(Refusal::NotEnrollable { reasons: vec!["enrolled_before"] }));
    assert_eq!(stage.count("activities WHERE event = 'enrolled' AND subject = 'Again'"), 1);
    let left = leave(&stage, Who::Manager, &sequence.id, &lead, START + 2).unwrap();
    assert_eq!((left.state, left.left_reason), (EnrolmentState::Left, Some(LeftReason::Removed)));
    assert_eq!(leave(&stage, Who::Manager, &sequence.id, &lead, START + 3), Ok(left.clone()));
    assert_eq!(shown(&stage, &lead, &Visibility::Company), Some(vec![left]));
    assert_eq!(leave(&stage, Who::Sdr(1), &sequence.id, &lead, START + 4), Err(Refusal::NotFound));
    let again = enrol(&stage, Who::Admin, &sequence.id, &lead, START + 5);
    assert_eq!(again, Err(Refusal::NotEnrollable { reasons: vec!["enrolled_before"] }), "once is once");
    assert_eq!(trail(&stage, "enrolment"), ["create", "leave state", "leave left_reason"]);
}

#[test]
fn whoever_would_leave_at_once_is_not_enrolled() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &with(body(), json!({ "score_max": 50, "exit_statuses": ["contacted"] })));
    let lead = lead_of(&stage, 1, 0);
    let cases = [
        ("status = 'contacted'", "status_changed"),
        ("status = 'qualified'", "qualified"),
        ("lead_score = 51", "score_reached"),
        ("quarantined_at = 1", "quarantined"),
        ("dnd_status = 1", "dnd"),
    ];
    for (change, reason) in cases {
        stage.database.change(&format!("UPDATE leads SET {change}"));
        let refused = enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START);
        assert_eq!(refused, Err(Refusal::NotEnrollable { reasons: vec![reason] }), "{change}");
        let back = "UPDATE leads SET status = 'new', lead_score = 10, quarantined_at = NULL, dnd_status = 0";
        stage.database.change(back);
    }
    patch(&stage, &sequence.id, &json!({ "is_active": false }), START).unwrap();
    let refused = enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START);
    assert_eq!(refused, Err(Refusal::NotEnrollable { reasons: vec!["sequence_inactive"] }));
    assert_eq!(stage.count("enrolments"), 0);
}

#[test]
fn a_lost_answer_enrols_once() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    let lead = lead_of(&stage, 1, 0);
    let mut at = context(&stage, Who::Sdr(0), START);
    let command = enrol_command(&stage, Who::Sdr(0), &sequence.id, &lead, &mut at);
    let Ran { done, .. } = block_on(run(&lossy(&stage, &[], &[1]), &command, &mut at)).unwrap();
    assert_eq!((done.id, stage.count("enrolments")), (command.id.clone(), 1));
    assert_eq!(stage.count("activities WHERE event = 'enrolled'"), 1);
}

#[test]
fn leaving_takes_the_lease_of_a_run_away() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    let lead = lead_of(&stage, 1, 0);
    enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START).unwrap();
    stage.database.change("UPDATE enrolments SET lease_id = 'run', lease_until = 9999999999999");
    leave(&stage, Who::Sdr(0), &sequence.id, &lead, START + 1).unwrap();
    assert_eq!(stage.count("enrolments WHERE lease_id IS NULL AND lease_until = 0 AND state = 'left'"), 1);
}

#[test]
fn nobody_is_in_a_sequence_that_is_deleted() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body());
    let (lead, done) = (lead_of(&stage, 1, 0), lead_of(&stage, 2, 0));
    enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START).unwrap();
    enrol(&stage, Who::Sdr(0), &sequence.id, &done, START).unwrap();
    leave(&stage, Who::Sdr(0), &sequence.id, &done, START + 1).unwrap();
    delete(&stage, &sequence.id, START + DAY).unwrap();
    assert_eq!(delete(&stage, &sequence.id, START + DAY), Err(Refusal::NotFound));
    assert_eq!(patch(&stage, &sequence.id, &json!({ "name": "N" }), START + DAY), Err(Refusal::NotFound));
    assert_eq!(enrol(&stage, Who::Sdr(0), &sequence.id, &lead, START + DAY), Err(Refusal::NotFound));
    let told = |lead| {
        let one = shown(&stage, lead, &Visibility::Company).unwrap().remove(0);
        (one.state, one.left_reason, one.ended_at.map(|at| at.ms()))
    };
    assert_eq!(told(&lead), (EnrolmentState::Left, Some(LeftReason::SequenceDeleted), Some(START + DAY)));
    assert_eq!(told(&done), (EnrolmentState::Left, Some(LeftReason::Removed), Some(START + 1)));
    assert_eq!(stage.count("enrolments WHERE state = 'active'"), 1, "the engine ends it when it comes by");
}

/// Every page of a sequence's enrolments, by lead, with the number of pages.
fn pages(stage: &Stage, sequence: &Id, rows: &Visibility, more: &[(&str, &str)]) -> (Vec<Id>, usize) {
    let (mut seen, mut cursor, mut count) = (Vec::new(), None::<String>, 0);
    loop {
        let mut pairs: Vec<(String, String)> =
            more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let query = EnrolmentQuery::parse(&pairs).unwrap();
        let reads = enrolments::read_of_sequence(&stage.company_id, sequence, &query, rows);
        let outcomes = block_on(stage.database.batch(reads)).unwrap();
        let (items, next) = enrolments::page_of_sequence(&outcomes, &query).unwrap().unwrap();
        assert!(items.len() <= usize::try_from(query.page.limit).unwrap());
        seen.extend(items.into_iter().map(|enrolment| enrolment.lead_id));
        count += 1;
        cursor = next;
        if cursor.is_none() {
            return (seen, count);
        }
    }
}

#[test]
fn pages_give_each_enrolment_once_to_whoever_sees_its_lead() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &body());
    let leads: Vec<Id> = (0..7).map(|n| lead_of(&stage, n, n % 2)).collect();
    for lead in &leads {
        enrol(&stage, Who::Admin, &sequence.id, lead, START).unwrap();
    }
    leave(&stage, Who::Admin, &sequence.id, &leads[2], START).unwrap();
    let seen = |who, more: &[(&str, &str)]| pages(&stage, &sequence.id, &stage.visibility(who), more).0;
    let mut sorted = leads.clone();
    sorted.sort();
    let of = |owner: usize| {
        sorted
            .iter()
            .filter(|id| leads.iter().position(|lead| lead == *id).unwrap() % 2 == owner)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(Who::Admin, &[("limit", "3")]), sorted);
    assert_eq!(seen(Who::Manager, &[("limit", "1")]), sorted);
    assert_eq!((seen(Who::Sdr(0), &[("limit", "1")]), seen(Who::Sdr(1), &[])), (of(0), of(1)));
    assert_eq!(seen(Who::Admin, &[("state", "left")]), [leads[2].clone()]);
    assert_eq!(seen(Who::Sdr(1), &[("state", "left")]), []);
    delete(&stage, &sequence.id, START).unwrap();
    let query = EnrolmentQuery::parse(&[]).unwrap();
    let reads = enrolments::read_of_sequence(&stage.company_id, &sequence.id, &query, &Visibility::Company);
    assert_eq!(enrolments::page_of_sequence(&block_on(stage.database.batch(reads)).unwrap(), &query), Ok(None));
}

/// `many` enrolments of leads of SDR 0, the last of which is SDR 1's.
pub(crate) fn crowd(stage: &Stage, sequence: &Id, many: usize) {
    let template = lead_of(stage, 1, 0);
    let (company, others) = (&stage.company_id, &stage.sdrs[1]);
    let columns: Vec<String> = stage
        .database
        .rows("SELECT name FROM pragma_table_info('leads')")
        .iter()
        .map(|row| row["name"].as_str().unwrap().to_owned())
        .collect();
    let copied: Vec<String> = columns
        .iter()
        .map(|name| match name.as_str() {
            "id" => "printf('01890000-0000-7000-8000-%012x', n)".to_owned(),
            "match_slot" => "printf('01890000-0000-7000-8000-%012x', n)".to_owned(),
            "lead_owner_id" => format!("iif(n = {many}, '{others}', lead_owner_id)"),
            name => name.to_owned(),
        })
        .collect();
    stage.database.change(&format!(
        "WITH RECURSIVE many (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < {many}) \
         INSERT INTO leads ({}) SELECT {} FROM many, leads WHERE leads.id = '{template}'; \
         INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, enrolled_at) \
         SELECT '{company}', '{sequence}', id, replace(id, '0189', '0190'), 1, 'active', 2, {START}, {START} FROM leads WHERE id LIKE '0189%';",
        columns.join(", "),
        copied.join(", ")
    ));
}

#[test]
fn a_page_looks_at_so_many_enrolments_and_the_next_goes_on() {
    let stage = Stage::new(2);
    let sequence = create(&stage, &body());
    crowd(&stage, &sequence.id, 2500);
    let (seen, count) = pages(&stage, &sequence.id, &stage.visibility(Who::Sdr(1)), &[]);
    assert_eq!((seen.len(), count), (1, 3), "one of 2,500 is theirs");
    let (seen, _) = pages(&stage, &sequence.id, &Visibility::Company, &[("limit", "200")]);
    assert_eq!(seen.len(), 2500);
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]));
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
