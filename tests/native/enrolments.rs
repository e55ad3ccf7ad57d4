//! Enrolments: who begins a sequence by hand, who leaves it, and who sees whom in it (spec E1, E2).

use lead_core::access::Visibility;
use lead_core::command::enrolment::{Enrol, LeaveSequence};
use lead_core::enrolment::{Enrolment, EnrolmentQuery, EnrolmentState, LeftReason};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::Context;
use lead_core::problem::Refusal;
use lead_store::enrolments;
use lead_store::run::{Ran, run};
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::faults::lossy;
use super::people::refused;
use super::sequences::{body, context, create, delete, patch, step, trail};
use super::stage::{DAY, START, Stage, Who, visitor, with};

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
        assert!(items.len() <= usize::from(query.page.limit));
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
         SELECT '{company}', '{sequence}', id, '0190' || substr(id, 5), 1, 'active', 2, {START}, {START} FROM leads WHERE id LIKE '0189%';",
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
