//! Whatever is written at the same time as a person is erased: either the erasure takes it too, or it is not written (spec R3).

use std::collections::BTreeMap;

use lead_core::activity::RelatedType;
use lead_core::body::Members;
use lead_core::command::activity::{EditActivity, Wish};
use lead_core::command::contact::DeleteContact;
use lead_core::command::erase::Erased;
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::edit::Precondition;
use lead_core::entity::Entity;
use lead_core::id::Id;
use lead_core::invalid::Invalid;
use lead_core::opportunity::Opportunity;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::accounts::create as create_account;
use super::activities::try_on as record_on;
use super::contacts::{against, edit as edit_contact};
use super::convert::{convert_on, eligible};
use super::erase::{erase, erasing, found, full_person, person};
use super::qualify::{command as qualification, context as context_of};
use super::stage::{DAY, START, Stage, Who};

const NOW: i64 = START + 9 * DAY;

fn members(body: &Value) -> Members {
    Members::from_json(body.to_string().as_bytes()).unwrap()
}

/// Erases while somebody writes between its read and its write.
fn erase_against(stage: &Stage, entity: Entity, id: &Id, rival: impl Fn()) -> Erased {
    let command = erasing(stage, entity, id, Precondition::Any);
    block_on(run(&against(stage, rival), &command, &mut stage.context(NOW))).unwrap().done
}

fn nothing_is_left(stage: &Stage, case: &str) {
    assert_eq!(found(stage, &[]), BTreeMap::new(), "{case}");
}

fn one_id(stage: &Stage, sql: &str) -> Id {
    Id::parse(stage.database.rows(sql)[0]["id"].as_str().unwrap()).unwrap()
}

fn account_of(stage: &Stage, contact: &Id) -> Id {
    one_id(stage, &format!("SELECT account_id AS id FROM contacts WHERE id = '{contact}'"))
}

/// A new opportunity that names the contact.
fn open_deal<D: Database>(stage: &Stage, database: &D, account: &Id, contact: &Id) -> Result<Opportunity, Failure> {
    let body = json!({
        "name": "deal-of-asha", "account_id": account, "primary_contact_id": contact, "deal_value": 5,
        "close_date": "2027-01-01T00:00:00Z", "source": "source-of-asha",
    });
    let mut context = stage.context(NOW - 1);
    let id = context.ids.next_id();
    let command = CreateOpportunity::parse(id, members(&body), stage.principal(Who::Admin)).unwrap();
    block_on(run(database, &command, &mut context)).map(|ran| ran.done)
}

/// The opportunity that is nobody's names the contact from now on.
fn give_deal<D: Database>(stage: &Stage, database: &D, contact: &Id) -> Result<Opportunity, Failure> {
    let id = one_id(stage, "SELECT id FROM opportunities WHERE name = 'Pumps'");
    let to = OpportunityChange::Merge(members(&json!({ "primary_contact_id": contact, "name": "deal-of-asha" })));
    let command = ChangeOpportunity { id, to, by: stage.principal(Who::Admin), precondition: Precondition::Any };
    block_on(run(database, &command, &mut stage.context(NOW - 1))).map(|ran| ran.done)
}

fn refused_contact(result: Result<Opportunity, Failure>) {
    let expected = Invalid::member("primary_contact_id", lead_core::invalid::Code::UnknownReference);
    assert_eq!(result.unwrap_err(), Failure::Refused(Refusal::Invalid(vec![expected])));
}

#[test]
fn an_opportunity_that_gets_the_person_meanwhile_loses_its_words_too() {
    for entity in [Entity::Lead, Entity::Contact] {
        for given in [false, true] {
            let stage = Stage::new(1);
            let (lead, contact) = full_person(&stage);
            let account = account_of(&stage, &contact);
            let deals = stage.count("opportunities");
            let id = if entity == Entity::Lead { &lead } else { &contact };
            erase_against(&stage, entity, id, || {
                let made = match given {
                    true => give_deal(&stage, &stage.database, &contact),
                    false => open_deal(&stage, &stage.database, &account, &contact),
                };
                made.unwrap();
            });
            nothing_is_left(&stage, &format!("{entity:?}, given {given}"));
            assert_eq!(stage.count("opportunities"), deals + i64::from(!given));
            assert_eq!(stage.count("opportunities WHERE name = 'Erased'"), 4);
            assert_eq!(stage.count("opportunities WHERE primary_contact_id IS NOT NULL"), 0);
        }
    }
}

#[test]
fn no_opportunity_gets_a_person_who_is_erased_meanwhile() {
    let stage = Stage::new(1);
    let (_, contact) = full_person(&stage);
    let account = account_of(&stage, &contact);
    let erases = || drop(erase(&stage, Entity::Contact, &contact).unwrap());
    refused_contact(open_deal(&stage, &against(&stage, erases), &account, &contact));
    let stage = Stage::new(1);
    let (_, contact) = full_person(&stage);
    let erases = || drop(erase(&stage, Entity::Contact, &contact).unwrap());
    refused_contact(give_deal(&stage, &against(&stage, erases), &contact));
    assert_eq!(stage.count("opportunities WHERE name = 'Pumps' AND primary_contact_id IS NULL"), 1);
}

#[test]
fn an_edit_of_an_opportunity_that_meets_the_erasure_brings_nothing_back() {
    let deal_of =
        |stage: &Stage, lead: &Id| one_id(stage, &format!("SELECT id FROM opportunities WHERE lead_id = '{lead}'"));
    fn rename<D: Database>(stage: &Stage, database: &D, id: &Id) -> Result<Opportunity, Failure> {
        let to = OpportunityChange::Merge(members(&json!({ "name": "Vermarajan again" })));
        let (id, by, precondition) = (id.clone(), stage.principal(Who::Admin), Precondition::Versions(vec![1]));
        let command = ChangeOpportunity { id, to, by, precondition };
        block_on(run(database, &command, &mut stage.context(NOW))).map(|ran| ran.done)
    }
    let stage = Stage::new(1);
    let (lead, _) = full_person(&stage);
    let deal = deal_of(&stage, &lead);
    erase_against(&stage, Entity::Lead, &lead, || drop(rename(&stage, &stage.database, &deal).unwrap()));
    nothing_is_left(&stage, "renamed meanwhile");
    assert_eq!(stage.database.rows(&format!("SELECT version FROM opportunities WHERE id = '{deal}'"))[0]["version"], 3);
    let stage = Stage::new(1);
    let (lead, _) = full_person(&stage);
    let deal = deal_of(&stage, &lead);
    let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
    let refused = rename(&stage, &rival, &deal).unwrap_err();
    assert_eq!(refused, Failure::Refused(Refusal::Stale { version: 2 }));
    nothing_is_left(&stage, "erased meanwhile");
}

#[test]
fn a_conversion_to_the_person_meanwhile_makes_its_lead_the_persons() {
    let stage = Stage::new(1);
    let (_, contact) = full_person(&stage);
    let again = eligible(&stage, &person(), "again");
    let body = json!({ "opportunity_amount": 5, "opportunity_name": "deal-of-asha" });
    let erased = erase_against(&stage, Entity::Contact, &contact, || {
        let made = convert_on(&stage, &stage.database, Who::Admin, &again, &body).unwrap();
        assert_eq!(made.conversion.contact_id, contact);
    });
    assert!(erased.erased.iter().any(|record| record.id == again), "{erased:?}");
    nothing_is_left(&stage, "converted meanwhile");
}

#[test]
fn no_lead_is_converted_to_a_person_who_is_erased_meanwhile() {
    let stage = Stage::new(1);
    let (_, contact) = full_person(&stage);
    let again = eligible(&stage, &person(), "again");
    let rival = against(&stage, || drop(erase(&stage, Entity::Contact, &contact).unwrap()));
    let made = convert_on(&stage, &rival, Who::Admin, &again, &json!({ "opportunity_amount": 5 })).unwrap();
    assert_ne!(made.conversion.contact_id, contact);
    let named = stage.count(&format!("opportunities WHERE primary_contact_id = '{contact}'"));
    assert_eq!(
        named + stage.count(&format!("leads WHERE id = '{again}' AND converted_to_contact_id = '{contact}'")),
        0
    );
}

#[test]
fn an_activity_that_meets_the_erasure_tells_of_nobody() {
    for kind in [RelatedType::Lead, RelatedType::Contact, RelatedType::Opportunity] {
        let setting = || {
            let stage = Stage::new(1);
            let (lead, contact) = full_person(&stage);
            let deal = one_id(&stage, &format!("SELECT id FROM opportunities WHERE lead_id = '{lead}'"));
            let on = match kind {
                RelatedType::Lead => lead.clone(),
                RelatedType::Contact => contact,
                _ => deal,
            };
            (stage, lead, on)
        };
        let (stage, lead, on) = setting();
        let note = json!({ "activity_type": "note", "subject": "subject-of-asha", "notes": "notes-of-asha" });
        erase_against(&stage, Entity::Lead, &lead, || {
            record_on(&stage.database, &stage, Who::Admin, (kind, &on), &note, NOW - 1).unwrap();
        });
        nothing_is_left(&stage, &format!("recorded on {kind} meanwhile"));
        // An opportunity stays, and whoever writes to it does so after the erasure.
        if kind == RelatedType::Opportunity {
            continue;
        }
        let (stage, lead, on) = setting();
        let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
        let refused = record_on(&rival, &stage, Who::Admin, (kind, &on), &note, NOW - 1).unwrap_err();
        assert_eq!(refused, Failure::Refused(Refusal::NotFound), "{kind}");
        nothing_is_left(&stage, &format!("erased while it was recorded on {kind}"));
    }
}

#[test]
fn an_edit_of_an_activity_that_meets_the_erasure_keeps_no_old_words() {
    let setting = || {
        let stage = Stage::new(1);
        let (lead, _) = full_person(&stage);
        let of_deal = format!("related_to_id = (SELECT id FROM opportunities WHERE lead_id = '{lead}')");
        let activity = one_id(&stage, &format!("SELECT id FROM activities WHERE {of_deal}"));
        (stage, lead, activity)
    };
    fn edit<D: Database>(stage: &Stage, database: &D, id: &Id, precondition: Precondition) -> Result<i64, Failure> {
        let (wish, by) = (Wish::Patch(members(&json!({ "notes": "called again" }))), stage.principal(Who::Admin));
        let command = EditActivity { id: id.clone(), wish, precondition, by, sales: true };
        block_on(run(database, &command, &mut stage.context(NOW))).map(|ran| ran.done.stamp.version)
    }
    let (stage, lead, activity) = setting();
    let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
    assert_eq!(edit(&stage, &rival, &activity, Precondition::Any), Ok(3), "decided again, upon what is left");
    nothing_is_left(&stage, "erased meanwhile");
    let (stage, lead, activity) = setting();
    let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
    let refused = edit(&stage, &rival, &activity, Precondition::Versions(vec![1]));
    assert_eq!(refused, Err(Failure::Refused(Refusal::Stale { version: 2 })));
    let (stage, lead, activity) = setting();
    erase_against(&stage, Entity::Lead, &lead, || {
        assert_eq!(edit(&stage, &stage.database, &activity, Precondition::Any), Ok(2));
    });
    nothing_is_left(&stage, "edited meanwhile");
}

#[test]
fn a_qualification_that_meets_the_erasure_keeps_no_answers() {
    let body = json!({ "bant": { "need": "answer-of-asha", "budget": "budget-of-asha" } });
    fn ask<D: Database>(stage: &Stage, database: &D, lead: &Id, body: &Value) -> Result<(), Failure> {
        let command = qualification(stage, Who::Admin, lead, body, Precondition::Any);
        block_on(run(database, &command, &mut context_of(stage, Who::Admin, NOW - 1))).map(drop)
    }
    let setting = || {
        let stage = Stage::new(1);
        stage.visit(&person(), "one", START);
        let lead = one_id(&stage, "SELECT id FROM leads");
        (stage, lead)
    };
    let (stage, lead) = setting();
    erase_against(&stage, Entity::Lead, &lead, || ask(&stage, &stage.database, &lead, &body).unwrap());
    assert_eq!(stage.count("qualifications"), 1);
    nothing_is_left(&stage, "qualified meanwhile");
    let (stage, lead) = setting();
    let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
    assert_eq!(ask(&stage, &rival, &lead, &body), Err(Failure::Refused(Refusal::NotFound)));
    assert_eq!(stage.count("qualifications"), 0);
}

#[test]
fn a_submission_that_meets_the_erasure_brings_nothing_back() {
    let stage = Stage::new(1);
    stage.visit(&person(), "one", START);
    let lead = one_id(&stage, "SELECT id FROM leads");
    let rival = against(&stage, || drop(erase(&stage, Entity::Lead, &lead).unwrap()));
    stage.try_on(&rival, Who::Visitor, &person(), Some("two"), START + DAY).unwrap();
    let touches = stage.database.rows(&format!("SELECT submitted FROM touches WHERE lead_id = '{lead}'"));
    assert_eq!((touches.len(), touches[0]["submitted"].as_str(), stage.count("leads")), (1, Some("{}"), 2));
    let stage = Stage::new(1);
    stage.visit(&person(), "one", START);
    let lead = one_id(&stage, "SELECT id FROM leads");
    erase_against(&stage, Entity::Lead, &lead, || drop(stage.visit(&person(), "two", START + DAY)));
    assert_eq!((stage.count("touches"), stage.count("leads")), (2, 1));
    nothing_is_left(&stage, "a touch came meanwhile");
}

#[test]
fn opportunities_lose_their_words_although_their_contact_left_before() {
    let moves = |stage: &Stage, contact: &Id| {
        let ebb = create_account(stage, Who::Admin, &json!({ "name": "Ebb" }), NOW - 2).unwrap();
        edit_contact(stage, Who::Admin, contact, false, &json!({ "account_id": ebb.id })).unwrap();
    };
    let goes = |stage: &Stage, contact: &Id| {
        let by = stage.principal(Who::Admin);
        let command = DeleteContact { by, id: contact.clone(), precondition: Precondition::Any };
        block_on(run(&stage.database, &command, &mut stage.context(NOW - 1))).unwrap();
    };
    let leaves: [fn(&Stage, &Id); 2] = [moves, goes];
    for (n, leave) in leaves.into_iter().enumerate() {
        for meanwhile in [false, true] {
            let stage = Stage::new(1);
            let (_, contact) = full_person(&stage);
            if meanwhile {
                erase_against(&stage, Entity::Contact, &contact, || leave(&stage, &contact));
            } else {
                leave(&stage, &contact);
                assert_eq!(stage.count(&format!("opportunities WHERE primary_contact_id = '{contact}'")), 1, "{n}");
                erase(&stage, Entity::Contact, &contact).unwrap();
            }
            nothing_is_left(&stage, &format!("{n}, meanwhile {meanwhile}"));
            assert_eq!(stage.count("opportunities WHERE name = 'Erased'"), 3);
        }
    }
}
