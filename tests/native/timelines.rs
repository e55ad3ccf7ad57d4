//! Timelines: whose entries they hold, in which order, page by page (spec V1, C4).

use lead_core::activity::RelatedType;
use lead_core::command::activity::{EditActivity, FinishFollowUp, Wish};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::timeline::{DueQuery, Entry, Place, TIMELINE, TimelineQuery};
use lead_store::activities::timeline::Asked;
use lead_store::activities::{due, one};
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::accounts::create as create_account;
use super::activities::{lead_id, on_lead, principal, try_on};
use super::contacts::{create as create_contact, edit as edit_contact};
use super::stage::{START, Stage, Who, contact, visitor};

/// Every entry over all pages; `None` where the caller sees no such thing.
pub(crate) fn timeline(stage: &Stage, who: Who, kind: RelatedType, id: &Id, limit: usize) -> Option<Vec<Entry>> {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let asked = Asked { kind, id: id.clone(), query: TimelineQuery { limit, cursor } };
        let sources = asked.sources(&stage.company_id, &stage.visibility(who));
        let leads = asked.leads(&block_on(stage.database.batch(sources)).unwrap()).unwrap()?;
        let strands = asked.strands(&stage.company_id, &leads);
        let (items, next) = asked.page(&leads, &block_on(stage.database.batch(strands)).unwrap()).unwrap();
        assert!(items.len() <= limit);
        seen.extend(items);
        let Some(next) = next else { return Some(seen) };
        cursor = Some(Place::parse(&next, TIMELINE).unwrap());
    }
}

fn words(entries: Option<Vec<Entry>>) -> Vec<String> {
    let word = |entry| match entry {
        Entry::Activity(activity) => {
            let subject = activity.values.subject.map(|subject| subject.to_string()).unwrap_or_default();
            format!("{}: {subject}", activity.related.related_to_type)
        }
        Entry::Touch(visit) => format!("{}: {}", visit.related.related_to_type, visit.effect),
    };
    entries.expect("seen").into_iter().map(word).collect()
}

fn note(subject: &str) -> Value {
    json!({ "activity_type": "note", "subject": subject })
}

/// An account with a contact, made of the only lead.
pub(crate) fn convert(stage: &Stage, owner: Option<&Id>) -> (Id, Id) {
    let mut context = stage.context(START + 50);
    let (account, person) = (context.ids.next_id(), context.ids.next_id());
    let company = &stage.company_id;
    let owner = owner.map_or("NULL".to_owned(), |owner| format!("'{owner}'"));
    stage.database.change(&format!(
        "INSERT INTO accounts (company_id, id, name, company_key, account_owner_id, account_type, health_score, lifecycle_stage, created_at, updated_at) \
           VALUES ('{company}', '{account}', 'A', 'a', {owner}, 'Customer', 'green', 'SQA', 1, 1); \
         INSERT INTO contacts (company_id, id, account_id, name, created_at, updated_at) VALUES ('{company}', '{person}', '{account}', 'P', 1, 1); \
         UPDATE leads SET status = 'converted', match_slot = id, converted_to_account_id = '{account}', converted_to_contact_id = '{person}'"
    ));
    (account, person)
}

#[test]
fn a_leads_timeline_holds_its_activities_and_touches() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    on_lead(&stage, Who::Sdr(0), &lead, &note("first"), START + 10);
    stage.visit(&visitor(1), "again", START + 20);
    let call = json!({ "activity_type": "call", "subject": "call" });
    on_lead(&stage, Who::Sdr(0), &lead, &call, START + 30);
    let old = json!({ "activity_type": "note", "subject": "old", "occurred_at": "2026-11-01T00:00:00Z" });
    let deleted = on_lead(&stage, Who::Sdr(0), &lead, &note("deleted"), START + 40);
    stage.database.change(&format!("UPDATE activities SET deleted_at = 1 WHERE id = '{}'", deleted.id));
    on_lead(&stage, Who::Sdr(0), &lead, &old, START + 50);
    let expected =
        ["lead: new to contacted", "lead: call", "lead: attached", "lead: first", "lead: created", "lead: old"];
    for limit in [1, 2, 3, 50, 200] {
        let seen = words(timeline(&stage, Who::Sdr(0), RelatedType::Lead, &lead, limit));
        assert_eq!(seen, expected, "{limit}");
    }
    assert_eq!(timeline(&stage, Who::Sdr(1), RelatedType::Lead, &lead, 50), None);
    assert_eq!(words(timeline(&stage, Who::Manager, RelatedType::Lead, &lead, 50)).len(), 6);
}

#[test]
fn account_and_contact_keep_the_leads_history() {
    let stage = Stage::new(2);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    on_lead(&stage, Who::Sdr(0), &lead, &note("as a lead"), START + 10);
    let (account, person) = convert(&stage, None);
    let on = |who, kind, id, subject, at| try_on(&stage.database, &stage, who, (kind, id), &note(subject), at).unwrap();
    // Whoever sees the lead sees the account.
    on(Who::Sdr(0), RelatedType::Account, &account, "of the account", START + 60);
    on(Who::Sdr(0), RelatedType::Contact, &person, "of the contact", START + 70);
    let of_lead = ["lead: as a lead", "lead: created"];
    let seen = words(timeline(&stage, Who::Sdr(0), RelatedType::Account, &account, 2));
    assert_eq!(seen, ["contact: of the contact", "account: of the account", of_lead[0], of_lead[1]]);
    let seen = words(timeline(&stage, Who::Sdr(0), RelatedType::Contact, &person, 2));
    assert_eq!(seen, ["contact: of the contact", of_lead[0], of_lead[1]]);
    for (kind, id) in [(RelatedType::Account, &account), (RelatedType::Contact, &person)] {
        assert_eq!(timeline(&stage, Who::Sdr(1), kind, id, 50), None);
    }
    let refused = try_on(&stage.database, &stage, Who::Sdr(1), (RelatedType::Contact, &person), &note("x"), START + 80);
    assert!(refused.is_err());
    // A deleted lead takes its history along.
    stage.database.change("UPDATE leads SET deleted_at = 1");
    let seen = words(timeline(&stage, Who::Manager, RelatedType::Account, &account, 50));
    assert_eq!(seen, ["contact: of the contact", "account: of the account"]);
}

#[test]
fn a_key_without_the_scope_for_sales_finds_activities_of_leads_alone() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    let (account, _) = convert(&stage, None);
    for (kind, id, found) in [(RelatedType::Lead, &lead, true), (RelatedType::Account, &account, false)] {
        let values = json!({ "activity_type": "call", "subject": "x", "follow_up_at": "2026-11-23T10:00:00Z" });
        let call = try_on(&stage.database, &stage, Who::Sdr(0), (kind, id), &values, START + 60).unwrap().done;
        let by = principal(&stage, Who::Sdr(0));
        for sales in [true, false] {
            let read = one::read(&stage.company_id, &call.id, &by.visibility);
            let shown = one::found(&block_on(stage.database.batch(vec![read])).unwrap(), sales).unwrap();
            assert_eq!(shown.is_some(), sales || found, "{kind}");
            let query = DueQuery::parse(&[], stage.context(START + 70).now).unwrap();
            let read = due::read(&stage.company_id, &query, &by.visibility, sales);
            let outcomes = block_on(stage.database.batch(read)).unwrap();
            let (due, _) = due::page(&outcomes, &query, &by.visibility).unwrap();
            assert_eq!(due.iter().any(|due| due.id == call.id), sales || found, "{kind}");
        }
        let finish = FinishFollowUp { id: call.id.clone(), rows: by.visibility.clone(), sales: false };
        assert_eq!(block_on(run(&stage.database, &finish, &mut stage.context(START + 80))).is_ok(), found, "{kind}");
        let precondition = Precondition::Any;
        let delete = EditActivity { id: call.id, wish: Wish::Delete, precondition, by, sales: false };
        assert_eq!(block_on(run(&stage.database, &delete, &mut stage.context(START + 90))).is_ok(), found, "{kind}");
    }
}

#[test]
fn a_contact_that_moves_takes_its_activities_along() {
    let stage = Stage::new(2);
    let account = |who, name: &str| create_account(&stage, who, &json!({ "name": name }), START).unwrap().id;
    let (old, new) = (account(Who::Sdr(0), "Old"), account(Who::Sdr(1), "New"));
    let person = create_contact(&stage, Who::Manager, &json!({ "account_id": old, "name": "P" }), START).unwrap().id;
    let on = |kind, id, subject| {
        let ran = try_on(&stage.database, &stage, Who::Sdr(0), (kind, id), &note(subject), START + 10);
        ran.unwrap().done.id
    };
    let of_contact = on(RelatedType::Contact, &person, "of the contact");
    on(RelatedType::Account, &old, "of the account");
    let shown = |who| {
        let read = one::read(&stage.company_id, &of_contact, &stage.visibility(who));
        one::found(&block_on(stage.database.batch(vec![read])).unwrap(), true).unwrap().is_some()
    };
    let at = |who, id| words(timeline(&stage, who, RelatedType::Account, id, 50));
    assert_eq!((shown(Who::Sdr(0)), shown(Who::Sdr(1))), (true, false));
    assert_eq!(at(Who::Sdr(0), &old).len(), 2);
    let trail = stage.count("audit_logs WHERE entity_type = 'activity'");
    edit_contact(&stage, Who::Manager, &person, false, &json!({ "account_id": new })).unwrap();
    assert_eq!((shown(Who::Sdr(0)), shown(Who::Sdr(1))), (false, true));
    assert_eq!(at(Who::Sdr(0), &old), ["account: of the account"]);
    assert_eq!(at(Who::Sdr(1), &new), ["contact: of the contact"]);
    assert_eq!(stage.count("audit_logs WHERE entity_type = 'activity'"), trail, "it only follows");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pages_give_each_entry_once_in_order(
        moments in prop::collection::vec((0..6_i64, 0..4_usize), 1..24), limit in 1..9_usize
    ) {
        let stage = Stage::new(1);
        stage.submit(Who::Sdr(0), &contact(1), None, START);
        let lead = lead_id(&stage);
        let (account, person) = convert(&stage, None);
        for (n, (at, kind)) in moments.iter().enumerate() {
            let moment = lead_core::time::Instant::from_ms(START - at * 60_000).unwrap();
            let values = json!({ "activity_type": "note", "subject": n.to_string(), "occurred_at": moment });
            let on = match kind {
                0 => (RelatedType::Lead, &lead),
                1 => (RelatedType::Account, &account),
                2 => (RelatedType::Contact, &person),
                _ => {
                    stage.database.change("UPDATE leads SET match_slot = ''");
                    stage.visit(&visitor(1), &n.to_string(), START + at);
                    stage.database.change("UPDATE leads SET match_slot = id");
                    continue;
                }
            };
            try_on(&stage.database, &stage, Who::Sdr(0), on, &values, START + 100).unwrap();
        }
        let seen = timeline(&stage, Who::Sdr(0), RelatedType::Account, &account, limit).unwrap();
        let places: Vec<Place> = seen.iter().map(Entry::place).collect();
        prop_assert!(places.windows(2).all(|pair| pair[0] > pair[1]), "{:?}", places);
        prop_assert_eq!(places.len() as i64, stage.count("activities") + stage.count("touches"));
    }
}
