//! Settings, sequences and enrolments walk no table; counts read what belongs to their sequence, and nothing else (spec D2).

use lead_core::body::Sent;
use lead_core::command::enrolment::LeaveSequence;
use lead_core::command::sequence::{CreateSequence, DeleteSequence, EditSequence, MoveEnrolled, SendTest};
use lead_core::command::settings::EditSettings;
use lead_core::edit::Precondition;
use lead_core::enrolment::EnrolmentQuery;
use lead_core::page_query::PageQuery;
use lead_core::sequence::{PreviewRequest, RevisionQuery, SequenceValues};
use lead_store::changes::statements;
use lead_store::run::Command;
use lead_store::sequences::{self, counts, move_enrolled, preview};
use lead_store::statement::Database;
use lead_store::{enrolments, settings};
use pollster::block_on;
use serde_json::json;

use super::enrolments::{enrol_command, lead_of};
use super::people::members;
use super::plans::assert_narrow;
use super::sequences::{body, context, create, step};
use super::stage::{START, Stage, Who};

/// Checks what a command reads and writes, and writes it.
fn narrow<C: Command>(stage: &Stage, command: &C) -> usize {
    let mut context = context(stage, Who::Manager, START + 5);
    context.begin_attempt();
    let reads = command.reads(&context);
    let outcomes = block_on(stage.database.batch(reads.clone())).unwrap();
    let known = command.known(&outcomes).unwrap();
    let plan = command.decide(&known, &mut context).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let writes = statements(&plan.changes, &context);
    assert!(!writes.is_empty());
    for statement in reads.iter().chain(&writes) {
        assert_narrow(stage, statement.sql);
    }
    block_on(stage.database.batch(writes.clone())).unwrap();
    reads.len() + writes.len()
}

#[test]
fn commands_on_sequences_look_everything_up() {
    let stage = Stage::new(1);
    let (lead, by) = (lead_of(&stage, 1, 0), stage.principal(Who::Manager));
    let precondition = Precondition::Any;
    let mail = Sent::Patch(members(&json!({ "mail_address": "hello@tidewater-pumps.com" })));
    let mut seen = narrow(&stage, &EditSettings { sent: mail, precondition: precondition.clone() });
    let mut at = context(&stage, Who::Manager, START);
    let values = SequenceValues::parse(members(&body()), &stage.policy).unwrap();
    let id = at.ids.next_id();
    seen += narrow(&stage, &CreateSequence { id: id.clone(), values });
    seen += narrow(&stage, &enrol_command(&stage, Who::Manager, &id, &lead, &mut at));
    let sent = Sent::Patch(members(&json!({ "steps": [step(1, 1)] })));
    seen += narrow(&stage, &EditSequence { id: id.clone(), sent, precondition: precondition.clone() });
    let of = (id.clone(), precondition.clone());
    seen += narrow(&stage, &MoveEnrolled::parse(members(&json!({})), of, by.clone(), at.ids.next_id()).unwrap());
    let request = PreviewRequest { step_number: 1, lead_id: Some(lead.clone()) };
    let test = SendTest {
        id: at.ids.next_id(),
        sequence_id: id.clone(),
        request,
        by: by.clone(),
        unsubscribe_url: "u".to_owned(),
    };
    seen += narrow(&stage, &test);
    seen += narrow(&stage, &LeaveSequence { lead_id: lead, sequence_id: id.clone(), by });
    seen += narrow(&stage, &DeleteSequence { id, precondition });
    assert!(seen > 50, "{seen} statements");
}

#[test]
fn lists_of_sequences_and_enrolments_walk_no_table() {
    let stage = Stage::new(1);
    let sequence = create(&stage, &body()).id;
    let lead = lead_of(&stage, 1, 0);
    let (company, rows) = (&stage.company_id, stage.visibility(Who::Manager));
    let mut reads = vec![settings::read(company), sequences::page(company, &PageQuery::parse(&[]).unwrap())];
    reads.extend(sequences::read_revision(company, &sequence, 1));
    reads.extend(sequences::read_revisions(company, &sequence, &RevisionQuery::parse(&[]).unwrap()));
    reads.extend(preview::read_preview(company, &sequence, Some(&lead), &rows));
    reads.extend(enrolments::read_of_lead(company, &lead, &PageQuery::parse(&[]).unwrap(), &rows));
    reads.extend(enrolments::read_one(company, &lead, &sequence, &rows));
    let query = EnrolmentQuery::parse(&[]).unwrap();
    for statement in enrolments::read_of_sequence(company, &sequence, &query, &rows) {
        let steps = assert_narrow(&stage, statement.sql);
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE")), "it sorts: {steps:?}");
    }
    for statement in reads {
        assert_narrow(&stage, statement.sql);
    }
}

#[test]
fn counts_walk_what_belongs_to_their_sequence() {
    let stage = Stage::new(1);
    for (sql, index) in counts::explainable() {
        let steps = assert_narrow(&stage, sql);
        assert!(
            steps.iter().any(|step| step.starts_with("SEARCH e") && step.contains(index)),
            "{index}: {steps:?} of {sql}"
        );
        let of_leads = steps.iter().filter(|step| step.contains("SEARCH l "));
        assert!(of_leads.clone().all(|step| step.contains("(company_id=? AND id=?)")), "{steps:?}");
    }
}

#[test]
fn a_list_of_enrolments_is_looked_up_one_by_one() {
    let stage = Stage::new(1);
    for (sql, place) in move_enrolled::explainable() {
        let steps = assert_narrow(&stage, sql);
        assert!(steps.iter().any(|step| step == place), "{place}: {steps:?} of {sql}");
    }
}
