//! The list of who is never mailed, by hand.

use lead_core::command::mail_back::{AddSuppression, Cause, LiftSuppression};
use lead_core::id::Id;
use lead_core::invalid::{Code, Invalid};
use lead_core::page_query::PageQuery;
use lead_core::problem::Refusal;
use lead_core::suppression::{Suppression, SuppressionReason};
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::Database;
use lead_store::suppressions;
use pollster::block_on;

use super::super::accounts::{Lossy, assert_narrow};
use super::super::nursery::{HOUR, Nursery};
use super::super::stage::{START, Who};
use super::{hash, mailed, row, stop, texts};

fn add(nursery: &Nursery, email: &str, sequence_id: Option<&Id>) -> Result<Suppression, Failure> {
    let command = AddSuppression { address: hash(nursery, email), sequence_id: sequence_id.cloned() };
    block_on(run(nursery.database(), &command, &mut nursery.stage.context(START))).map(|ran| ran.done)
}

fn lift(nursery: &Nursery, id: &Id) -> Result<(), Failure> {
    let command = LiftSuppression { id: id.clone() };
    block_on(run(nursery.database(), &command, &mut nursery.stage.context(START + HOUR))).map(|ran| ran.done)
}

fn page(nursery: &Nursery, limit: &str) -> Vec<Suppression> {
    let query = PageQuery::parse(&[("limit".to_owned(), limit.to_owned())]).unwrap();
    let read = vec![suppressions::page(&nursery.stage.company_id, &query)];
    suppressions::found(&block_on(nursery.database().batch(read)).unwrap()[0]).unwrap()
}

#[test]
fn by_hand_an_address_is_listed_once_and_lifted() {
    let nursery = Nursery::new();
    let sequence = nursery.sequence(&super::named("Welcome"));
    let all = add(&nursery, "asha@example.com", None).unwrap();
    assert_eq!((all.reason, &all.mail_id), (SuppressionReason::ByHand, &None));
    assert_eq!(add(&nursery, "ASHA@example.com", None).unwrap(), all, "it stands already");
    let one = add(&nursery, "asha@example.com", Some(&sequence)).unwrap();
    add(&nursery, "ben@example.com", None).unwrap();
    assert_eq!(page(&nursery, "50").iter().map(|row| &row.id).take(2).collect::<Vec<_>>(), [&all.id, &one.id]);
    assert_eq!((page(&nursery, "50").len(), page(&nursery, "1").len()), (3, 2), "one more than asked for");
    let unknown = add(&nursery, "asha@example.com", Some(&all.id)).unwrap_err();
    let expected = Invalid::member("sequence_id", Code::UnknownReference);
    assert_eq!(unknown, Failure::Refused(Refusal::Invalid(vec![expected])));
    lift(&nursery, &one.id).unwrap();
    assert_eq!(lift(&nursery, &one.id).unwrap_err(), Failure::Refused(Refusal::NotFound));
    let trail = "SELECT action FROM audit_logs WHERE entity_type = 'suppression' ORDER BY id";
    assert_eq!(texts(&nursery, trail), ["create", "create", "create", "delete"]);
}

#[test]
fn what_a_person_asked_for_is_not_lifted_by_hand() {
    let (nursery, _, mail) = mailed();
    for (cause, reason) in
        [(Cause::Left, SuppressionReason::Unsubscribed), (Cause::Complained, SuppressionReason::Complained)]
    {
        stop(&nursery, &mail, cause, START + HOUR);
        let stands = page(&nursery, "50").remove(0);
        assert_eq!(lift(&nursery, &stands.id).unwrap_err(), Failure::Refused(Refusal::SuppressionStands { reason }));
    }
    nursery.database().change("UPDATE suppressions SET reason = 'bounced'");
    lift(&nursery, &page(&nursery, "50")[0].id).unwrap();
    assert_eq!(page(&nursery, "50"), []);
}

#[test]
fn a_lost_answer_is_no_refusal() {
    let nursery = Nursery::new();
    let lossy = || Lossy { database: nursery.database(), lost: 1, sent: std::cell::Cell::new(0) };
    let command = AddSuppression { address: hash(&nursery, "asha@example.com"), sequence_id: None };
    let added = block_on(run(&lossy(), &command, &mut nursery.stage.context(START))).unwrap().done;
    assert_eq!(page(&nursery, "50"), std::slice::from_ref(&added));
    block_on(run(&lossy(), &LiftSuppression { id: added.id }, &mut nursery.stage.context(START))).unwrap();
    assert_eq!(page(&nursery, "50"), []);
}

#[test]
fn the_address_of_a_lead_is_only_known_to_whoever_sees_it() {
    let (nursery, lead, _) = mailed();
    let sdr = |n: usize| {
        let owner = &nursery.stage.sdrs[n];
        row(&nursery, "leads", &lead)["lead_owner_id"] == owner.as_str()
    };
    for n in 0..2 {
        let read = suppressions::read_key(&nursery.stage.company_id, &lead, &nursery.stage.visibility(Who::Sdr(n)));
        let outcome = block_on(nursery.database().batch(vec![read])).unwrap().remove(0);
        assert_eq!(suppressions::found_key(&outcome).unwrap().is_some(), sdr(n));
    }
}

#[test]
fn what_is_asked_of_mails_that_come_back_walks_no_table() {
    let nursery = Nursery::new();
    let known = [
        suppressions::explainable(),
        lead_store::mail_events::explainable(),
        lead_store::mail_back::explainable(),
        lead_store::opt_ins::explainable(),
        lead_store::stop::explainable(),
        lead_store::nurture::ask::explainable(),
        lead_store::nurture::judge::explainable(),
    ];
    for (sql, index) in known.into_iter().flatten() {
        let steps = assert_narrow(&nursery.stage, sql);
        assert!(steps.iter().any(|step| step.contains(index)), "{index}: {steps:?} of {sql}");
        assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER")), "it sorts: {steps:?} of {sql}");
    }
}
