//! Erasing a person: nothing that tells of them is left in any row tied to them, whatever tables there are (spec R3).

use std::collections::BTreeMap;

use lead_core::access::Role;
use lead_core::command::erase::{Erase, Erased};
use lead_core::edit::Precondition;
use lead_core::entity::Entity;
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use pollster::block_on;
use serde_json::{Value, json};

use super::accounts::{Lossy, assert_narrow, create as create_account, explained, trail};
use super::contacts::{create as create_contact, edit as edit_contact, people};
use super::erase_mails::mails_of;
use super::stage::{DAY, START, Stage, Who, visitor, with};

/// Tables that hold values of a person: each has its statement in store/src/erase.rs, and its values in `full_person`.
const HOLDS: [&str; 13] = [
    "activities",
    "audit_logs",
    "contacts",
    "form_tests",
    "leads",
    "mail_events",
    "mail_tries",
    "mails",
    "opportunities",
    "opportunity_stages",
    "opt_ins",
    "qualifications",
    "touches",
];

/// Tables that hold ids, states, wordings, keyed hashes, or people who work here. A new table goes into one of the two lists.
const HOLDS_NOTHING: [&str; 27] = [
    "accounts",
    "api_keys",
    "companies",
    "company_settings",
    "consents",
    "conversions",
    "cron_turns",
    "enrolments",
    "entity_versions",
    "form_counts",
    "form_rolls",
    "form_submits",
    "form_versions",
    "forms",
    "mail_days",
    "pools",
    "rounds",
    "routings",
    "score_events",
    "sequence_revisions",
    "sequences",
    "sessions",
    "sign_in_links",
    "suppressions",
    "territories",
    "users",
    "walks",
];

/// What tells of the person, each in another place.
const VALUES: [&str; 31] = [
    "Ashalata",
    "Vermarajan",
    "ashalata.v@",
    "+919800012345",
    "98000 12345",
    "Pump whisperer",
    "My old pump leaks",
    "ashalata-blog",
    "gclid-of-asha",
    "https://forum.example/members/ashalata",
    "term-of-asha",
    "content-of-asha",
    "Karnataka-of-asha",
    "budget-of-asha",
    "timeline-of-asha",
    "203.0.113.77",
    "AshaBrowser/1.0",
    "subject-of-asha",
    "notes-of-asha",
    "answer-of-asha",
    "product-of-asha",
    "trail-of-asha",
    "deal-of-asha",
    "lost-of-asha",
    "reason-of-asha",
    "source-of-asha",
    "mail-of-asha",
    "words-of-asha",
    "detail-of-asha",
    "wording-of-asha",
    "tried-of-asha",
];

pub(super) fn person() -> Value {
    with(
        visitor(7),
        json!({
            "first_name": "Ashalata", "last_name": "Vermarajan", "email": "Ashalata.V@Tidewater.com", "phone": "98000 12345",
            "job_title": "Pump whisperer", "message": "My old pump leaks", "website": "https://ashalata-blog.com",
            "gclid": "gclid-of-asha", "referrer": "https://forum.example/members/ashalata", "term": "term-of-asha",
            "content": "content-of-asha", "state": "Karnataka-of-asha", "budget_range": "budget-of-asha",
            "timeline": "timeline-of-asha", "interest_product": "product-of-asha", "gdpr_consent": true,
        }),
    )
}

/// A lead by a visitor with a second touch, its contact with an edit, three opportunities (one tied by the lead, one by the
/// contact, one in the account that the contact left, with a namesake that is nobody's), activities, an answer, and their trails.
pub(super) fn full_person(stage: &Stage) -> (Id, Id) {
    for (key, at) in [("one", START), ("two", START + DAY)] {
        let mut context = stage.context(at);
        context.actor = Actor {
            form_id: Some(stage.company_id.clone()),
            ip_address: Some("203.0.113.77".into()),
            user_agent: Some("AshaBrowser/1.0".into()),
            ..context.actor
        };
        block_on(run(&stage.database, &stage.command(Who::Visitor, &person(), Some(key)), &mut context)).unwrap();
    }
    let lead = Id::parse(stage.leads().last().unwrap()["id"].as_str().unwrap()).unwrap();
    let account =
        create_account(stage, Who::Admin, &json!({ "name": "Tidewater", "domain": "tidewater.com" }), START).unwrap();
    let body = json!({
        "account_id": account.id, "name": "Ashalata Vermarajan", "email": "ashalata.v@tidewater.com", "phone": "+919800012345",
        "job_title": "Pump whisperer",
    });
    let contact = create_contact(stage, Who::Admin, &body, START + 2 * DAY).unwrap().id;
    edit_contact(stage, Who::Admin, &contact, false, &json!({ "job_title": "trail-of-asha" })).unwrap();
    edit_contact(stage, Who::Admin, &contact, false, &json!({ "job_title": "Pump whisperer", "role": "user" }))
        .unwrap();
    let id = |at: i64| stage.context(START + at).ids.next_id();
    let (company, opportunity, conversion) = (&stage.company_id, id(10), id(11));
    let mut sql = format!(
        "UPDATE leads SET status = 'converted', match_slot = id, converted_to_account_id = '{0}', converted_to_contact_id = '{contact}', \
           converted_to_opportunity_id = '{opportunity}', disqualified_reason = 'answer-of-asha', lead_source = 'spring_fair' WHERE id = '{lead}'; \
         INSERT INTO conversions (company_id, lead_id, id, account_id, contact_id, opportunity_id, activity_id, result, status_before, \
           stage_before, attempt_id, created_at) VALUES ('{company}', '{lead}', '{conversion}', '{0}', '{contact}', '{opportunity}', '{conversion}', \
           '{{\"account_id\":\"{0}\"}}', 'qualified', 'decision', '{conversion}', 1); \
         INSERT INTO qualifications (company_id, lead_id, id, answers, result, attempt_id, created_at) VALUES \
           ('{company}', '{lead}', '{conversion}', '{{\"bant\":{{\"need\":\"answer-of-asha\"}}}}', '{{}}', '{conversion}', 1);",
        account.id
    );
    let left = create_account(stage, Who::Admin, &json!({ "name": "Left" }), START).unwrap().id;
    sql += &format!(
        "INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, field_name, old_value, new_value, request_id, created_at) \
           VALUES ('{company}', '{}', 'contact', '{contact}', 'update', 'account_id', '{left}', '{}', 'r', 1);",
        id(40),
        account.id
    );
    let (by_contact, by_past) = (id(12), id(13));
    let (of_lead, of_contact) = (format!("'{lead}', NULL"), format!("NULL, '{contact}'"));
    let deals = [
        (&opportunity, &account.id, &of_lead, "deal-of-asha", "lost-of-asha", "spring_fair"),
        (&by_contact, &account.id, &of_contact, "Deal-of-Asha", "lost-of-asha", "source-of-asha"),
        (&by_past, &left, &of_contact, "deal-of-asha", "lost-of-asha", "Google Ads"),
        (&id(14), &account.id, &"NULL, NULL".to_owned(), "Pumps", "Price", "a fair"),
    ];
    for (n, (deal, at, tie, name, lost, source)) in deals.into_iter().enumerate() {
        let reason = if name == "Pumps" { "Price" } else { "reason-of-asha" };
        sql += &format!(
            "INSERT INTO opportunities (company_id, id, account_id, lead_id, primary_contact_id, name, name_key, source, deal_value, currency, pipeline_stage, \
               probability, forecast_category, close_date, lost_reason, created_at, updated_at) VALUES ('{company}', '{deal}', '{at}', {tie}, '{name}', \
               lower('{name}'), '{source}', 1, 'INR', 'prospect', 0, 'none', 1, '{lost}', 1, 1); \
             INSERT INTO opportunity_stages (company_id, opportunity_id, id, to_stage, probability, reason, created_at) \
               VALUES ('{company}', '{deal}', '{}', 'closed_lost', 0, '{reason}', 1); \
             INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, field_name, old_value, new_value, request_id, created_at) \
               VALUES ('{company}', '{}', 'opportunity', '{deal}', 'update', 'name', '{name}', '{name}', 'r', 1), \
                 ('{company}', '{}', 'opportunity', '{deal}', 'update', 'lost_reason', '{lost}', '{lost}', 'r', 1), \
                 ('{company}', '{}', 'opportunity', '{deal}', 'update', 'pipeline_stage', 'proposal', 'closed_lost', 'r', 1);",
            id(50 + n as i64),
            id(60 + n as i64),
            id(70 + n as i64),
            id(80 + n as i64),
        );
    }
    let related = [("lead", &lead), ("contact", &contact), ("opportunity", &opportunity), ("opportunity", &by_past)];
    for (n, (kind, of)) in related.into_iter().enumerate() {
        let (activity, audit) = (id(20 + n as i64), id(30 + n as i64));
        sql += &format!(
            "INSERT INTO activities (company_id, id, related_to_type, related_to_id, account_id, activity_type, subject, notes, occurred_at, created_at, \
               updated_at) VALUES ('{company}', '{activity}', '{kind}', '{of}', '{}', 'note', 'subject-of-asha', 'notes-of-asha', 1, 1, 1); \
             INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, field_name, old_value, new_value, request_id, created_at) \
               VALUES ('{company}', '{audit}', 'activity', '{activity}', 'update', 'notes', 'trail-of-asha', 'notes-of-asha', 'r', 1);",
            account.id
        );
    }
    sql += &format!(
        "INSERT INTO form_tests (company_id, form_id, id, form_version, user_id, email_key, submitted, created_at) \
           SELECT '{company}', '{company}', '{}', 1, '{company}', email_key, '{{\"message\":\"tried-of-asha\"}}', 1 FROM leads WHERE id = '{lead}';",
        id(90)
    );
    sql += &mails_of(stage, &lead);
    stage.database.change(&sql);
    (lead, contact)
}

/// Every table of the schema.
fn tables(stage: &Stage) -> Vec<String> {
    let rows = stage
        .database
        .rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name");
    rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

/// Where values of the person stand: table to the values found there, whatever their case, and the digests among them.
pub(super) fn found(stage: &Stage, digests: &[String]) -> BTreeMap<String, Vec<String>> {
    let values: Vec<String> = VALUES.iter().map(|value| value.to_lowercase()).chain(digests.iter().cloned()).collect();
    let mut places = BTreeMap::new();
    for table in tables(stage) {
        for row in stage.database.rows(&format!("SELECT * FROM {table}")) {
            for (column, value) in row {
                let text = value.as_str().unwrap_or_default().to_lowercase();
                let hits = values.iter().filter(|value| text.contains(*value));
                places.entry(table.clone()).or_insert_with(Vec::new).extend(hits.map(|hit| format!("{column}: {hit}")));
            }
        }
    }
    places.retain(|_, hits: &mut Vec<String>| !hits.is_empty());
    places
}

fn digests(stage: &Stage) -> Vec<String> {
    let rows = stage.database.rows("SELECT digest FROM touches UNION SELECT idem_key FROM touches");
    rows.iter().map(|row| row["digest"].as_str().unwrap().to_lowercase()).collect()
}

pub(super) fn erasing(stage: &Stage, entity: Entity, id: &Id, precondition: Precondition) -> Erase {
    let by = stage.principal(Who::Admin);
    assert_eq!(by.role, Role::Admin);
    Erase { by, entity, id: id.clone(), precondition }
}

pub(super) fn erase(stage: &Stage, entity: Entity, id: &Id) -> Result<Erased, Failure> {
    let command = erasing(stage, entity, id, Precondition::Any);
    block_on(run(&stage.database, &command, &mut stage.context(START + 9 * DAY))).map(|ran| ran.done)
}

#[test]
fn nothing_of_the_person_is_left_in_any_table() {
    for entity in [Entity::Lead, Entity::Contact] {
        let stage = Stage::new(1);
        // Somebody else, whose rows stay as they are.
        stage.visit(&visitor(1), "other", START - 5);
        let (lead, contact) = full_person(&stage);
        let known: Vec<&str> = HOLDS.iter().chain(&HOLDS_NOTHING).copied().collect();
        for table in tables(&stage) {
            assert!(
                known.contains(&table.as_str()),
                "say in tests/native/erase.rs whether {table} holds values of a person"
            );
        }
        let digests = digests(&stage);
        let before = found(&stage, &digests);
        assert_eq!(before.keys().collect::<Vec<_>>(), HOLDS, "the test's person stands in every table that holds one");
        for value in VALUES {
            let value = value.to_lowercase();
            assert!(before.values().flatten().any(|hit| hit.ends_with(&value)), "{value} is stored somewhere");
        }
        let others = |stage: &Stage| {
            let other = stage.leads()[0]["id"].as_str().unwrap().to_owned();
            ["leads WHERE id", "touches WHERE lead_id", "audit_logs WHERE entity_id"]
                .map(|place| stage.database.rows(&format!("SELECT * FROM {place} = '{other}'")))
        };
        let (rows, other) = (stage.count("audit_logs"), others(&stage));
        let erased = erase(&stage, entity, if entity == Entity::Lead { &lead } else { &contact }).unwrap();
        let mut ids: Vec<_> = erased.erased.iter().map(|record| (record.entity, record.id.clone())).collect();
        ids.sort();
        assert_eq!(ids, [(Entity::Lead, lead.clone()), (Entity::Contact, contact.clone())]);
        // The other visitor's keys stand among the digests.
        let left: BTreeMap<_, _> = found(&stage, &[]);
        assert_eq!(left, BTreeMap::new());
        let remaining = stage.database.rows(&format!("SELECT * FROM touches WHERE lead_id = '{lead}'"));
        for row in &remaining {
            let plain = |name: &str| digests.contains(&row[name].as_str().unwrap().to_lowercase());
            assert!(!plain("digest") && !plain("idem_key"), "{row:?}");
        }
        assert_eq!((remaining.len(), others(&stage)), (2, other));
        assert_eq!(
            stage.count("audit_logs"),
            rows + 7,
            "the trail stands, with one row more for each record, and for each contact that an opportunity loses"
        );
        let last = stage.database.rows("SELECT action FROM audit_logs ORDER BY id DESC LIMIT 7");
        assert!(last.iter().all(|row| row["action"] == "erase"));
        assert!(trail(&stage, &contact).contains(&["update", "job_title", "-", "-"].map(str::to_owned)));
        let deals = "SELECT o.name || ' ' || o.name_key || ' ' || ifnull(o.lost_reason, '-') || ' ' || ifnull(s.reason, '-') || ' ' || ifnull(o.source, '-') \
             || ' ' || ifnull(o.primary_contact_id, '-') || ' ' || o.version AS text, o.id FROM opportunities o JOIN opportunity_stages s ON s.opportunity_id = o.id ORDER BY o.id";
        let deals = stage.database.rows(deals);
        let texts: Vec<_> = deals.iter().map(|row| row["text"].as_str().unwrap()).collect();
        // A source that the rules or the lead know tells of nobody.
        let gone = |source: &str| format!("Erased erased - - {source} - 2");
        let expected =
            [gone("spring_fair"), gone("-"), gone("Google Ads"), "Pumps pumps Price Price a fair - 1".to_owned()];
        assert_eq!(texts, expected, "nobody's stays as it is");
        let named = Id::parse(deals[1]["id"].as_str().unwrap()).unwrap();
        let unnamed = ["erase", "primary_contact_id", contact.as_str(), "-"].map(str::to_owned);
        assert!(trail(&stage, &named).contains(&unnamed));
        let deal = Id::parse(deals[0]["id"].as_str().unwrap()).unwrap();
        let moved = ["update", "pipeline_stage", "proposal", "closed_lost"].map(str::to_owned);
        assert!(trail(&stage, &deal).contains(&moved));
    }
}

#[test]
fn an_erased_person_is_not_there_and_never_matches_again() {
    let stage = Stage::new(1);
    let (lead, contact) = full_person(&stage);
    stage.database.change("UPDATE leads SET status = 'contacted', match_slot = ''");
    erase(&stage, Entity::Contact, &contact).unwrap();
    for (entity, id) in [(Entity::Lead, &lead), (Entity::Contact, &contact)] {
        assert_eq!(erase(&stage, entity, id).unwrap_err(), Failure::Refused(Refusal::NotFound));
    }
    let hidden =
        stage.database.rows("SELECT id FROM leads WHERE deleted_at IS NULL OR erased_at IS NULL OR match_slot <> id");
    assert_eq!(hidden.len(), 0);
    stage.visit(&person(), "again", START + 10 * DAY);
    let leads = stage.leads();
    let new = leads.last().unwrap();
    assert_eq!((leads.len(), new["matches"].as_str(), new["is_duplicate"].as_i64()), (2, Some("[]"), Some(0)));
    let seen = stage.visibility(Who::Admin);
    let read = lead_store::leads::one::read(&stage.company_id, &lead, &seen, &seen);
    let outcomes = block_on(lead_store::statement::Database::batch(&stage.database, read)).unwrap();
    assert!(outcomes[0].rows.is_empty());
}

#[test]
fn a_version_guards_and_a_lost_answer_is_given_again() {
    let stage = Stage::new(1);
    let (lead, contact) = full_person(&stage);
    let run_with = |precondition| {
        let command = erasing(&stage, Entity::Contact, &contact, precondition);
        block_on(run(&stage.database, &command, &mut stage.context(START + 9 * DAY))).map(|ran| ran.done)
    };
    let refused = |precondition| match run_with(precondition) {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(Precondition::Missing), Refusal::PreconditionRequired);
    assert_eq!(refused(Precondition::Versions(vec![1])), Refusal::Stale { version: 3 });
    let lossy = Lossy { database: &stage.database, lost: 1, sent: std::cell::Cell::new(0) };
    let command = erasing(&stage, Entity::Lead, &lead, Precondition::Any);
    let done = block_on(run(&lossy, &command, &mut stage.context(START + 9 * DAY))).unwrap().done;
    assert_eq!(done.erased.len(), 2);
    let erasures = stage.database.rows("SELECT id FROM audit_logs WHERE action = 'erase'");
    assert_eq!(erasures.len(), 7, "once for each record, and for each contact that an opportunity loses");
}

#[test]
fn primacy_is_handed_on_and_namesakes_are_told() {
    let stage = Stage::new(1);
    let (lead, contact) = full_person(&stage);
    let account = stage.database.rows(&format!("SELECT account_id FROM contacts WHERE id = '{contact}'"));
    let account = Id::parse(account[0]["account_id"].as_str().unwrap()).unwrap();
    create_contact(&stage, Who::Admin, &json!({ "account_id": account, "name": "Ben" }), START + 3 * DAY).unwrap();
    assert_eq!(people(&stage, &account), "ASHALATA VERMARAJAN ben");
    let other = create_account(&stage, Who::Admin, &json!({ "name": "Ebb" }), START + DAY).unwrap();
    let same = json!({ "account_id": other.id, "name": "A. V.", "email": "ASHALATA.V@tidewater.com" });
    let same = create_contact(&stage, Who::Admin, &same, START + 3 * DAY).unwrap();
    let erased = erase(&stage, Entity::Lead, &lead).unwrap();
    assert_eq!(people(&stage, &account), "BEN");
    assert_eq!(json!(erased.others), json!([{ "entity": "contact", "id": same.id }]));
}

#[test]
fn every_statement_of_an_erasure_walks_an_index() {
    let stage = Stage::new(1);
    let (lead, _) = full_person(&stage);
    let mut context = stage.context(START + 9 * DAY);
    context.begin_attempt();
    for sql in explained(&stage, &erasing(&stage, Entity::Lead, &lead, Precondition::Any), &mut context) {
        assert_narrow(&stage, sql);
    }
}
