//! New, known, replayed: what becomes of a submission (spec D, and the idempotency of issue 2).

use lead_core::command::submit::Taken;
use lead_core::lead::TouchEffect;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use serde_json::json;

use super::stage::{DAY, START, Stage, Who, contact, visitor, with};

#[test]
fn a_person_is_known_by_address_and_by_phone() {
    let stage = Stage::new(2);
    let Taken::Created(lead) = stage.visit(&visitor(1), "one", START) else { panic!("not created") };
    assert!(lead.lead_owner_id.is_some());
    let by_email = with(visitor(2), json!({ "email": "ASHA@".to_owned() + &domain(1).to_uppercase() }));
    assert_eq!(stage.visit(&by_email, "two", START + 1), Taken::Duplicate { existing_id: None });
    let by_phone = with(visitor(3), json!({ "phone": "098 0000 0001" }));
    assert_eq!(stage.visit(&by_phone, "three", START + 2), Taken::Duplicate { existing_id: None });
    assert_eq!(stage.effects(), ["created", "attached", "attached"]);
    let stored = stage.lead();
    // A touch overwrites nothing.
    assert_eq!(stored["email"], visitor(1)["email"]);
    assert_eq!((stored["version"].as_i64(), stored["updated_at"].as_i64()), (Some(1), Some(START + 2)));
    let told = stage
        .database
        .rows("SELECT action, field_name, new_value FROM audit_logs WHERE entity_type = 'lead' ORDER BY id");
    let score = |score: &str| json!({ "action": "update", "field_name": "lead_score", "new_value": score });
    let created = json!({ "action": "create", "field_name": null, "new_value": null });
    assert_eq!(json!(told), json!([created, score("25"), score("40")]));
}

fn domain(n: usize) -> String {
    visitor(n)["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned()
}

#[test]
fn of_two_leads_the_one_with_the_address_is_the_person() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    stage.visit(&visitor(2), "two", START + 1);
    let both = with(visitor(3), json!({ "email": visitor(2)["email"], "phone": visitor(1)["phone"] }));
    assert!(matches!(stage.visit(&both, "both", START + 2), Taken::Duplicate { .. }));
    let touched = stage.database.rows("SELECT lead_id FROM touches ORDER BY id DESC LIMIT 1");
    assert_eq!(touched[0]["lead_id"], stage.leads()[1]["id"]);
    assert_eq!(stage.count("leads"), 2);
}

#[test]
fn a_key_stands_for_its_values() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let again = stage.visit(&with(visitor(1), json!({ "lg_ms": 90_000 })), "one", START + 8 * DAY);
    let Taken::Replayed { effect: TouchEffect::Created, own: false, .. } = again else { panic!("{again:?}") };
    let other = with(visitor(1), json!({ "job_title": "Buyer" }));
    let refused = stage.try_on(&stage.database, Who::Visitor, &other, Some("one"), START + 1);
    assert_eq!(refused.unwrap_err(), Failure::Refused(Refusal::KeyReused));
    assert_eq!(stage.effects(), ["created"]);
    // Keys belong to their door and caller: another one's key of the same name is another key.
    assert_eq!(
        stage.submit(Who::Admin, &contact(1), Some("one"), START + 2),
        Taken::Duplicate { existing_id: lead_id(&stage) }
    );
    assert!(matches!(stage.submit(Who::Manager, &contact(2), Some("one"), START + 2), Taken::Created(_)));
}

fn lead_id(stage: &Stage) -> Option<lead_core::id::Id> {
    stage.leads().first().and_then(|lead| lead_core::id::Id::parse(lead["id"].as_str()?))
}

#[test]
fn the_same_values_within_a_day_are_a_replay() {
    let stage = Stage::new(1);
    let send = |at| stage.submit(Who::Visitor, &visitor(1), None, at);
    assert!(matches!(send(START), Taken::Created(_)));
    assert!(matches!(send(START + DAY - 1), Taken::Replayed { own: false, .. }));
    assert_eq!(stage.effects(), ["created"]);
    assert_eq!(send(START + DAY), Taken::Duplicate { existing_id: None });
    assert_eq!(stage.effects(), ["created", "attached"]);
    // The day counts from the newest touch of these values.
    assert!(matches!(send(START + 2 * DAY - 1), Taken::Replayed { effect: TouchEffect::Attached, .. }));
    for day in 2..13 {
        assert_eq!(send(START + day * DAY), Taken::Duplicate { existing_id: None });
    }
    assert_eq!(stage.count("touches"), 13);
}

#[test]
fn the_api_without_a_key_says_what_stands_and_keeps_no_second_touch() {
    let stage = Stage::new(2);
    let Taken::Created(lead) = stage.submit(Who::Sdr(0), &contact(1), None, START) else { panic!("not created") };
    let mine = Taken::Duplicate { existing_id: Some(lead.id.clone()) };
    assert_eq!(stage.submit(Who::Sdr(0), &contact(1), None, START + 1), mine);
    assert_eq!(stage.effects(), ["created"]);
    // Somebody else's first attempt is a touch; whoever does not see the lead does not learn its id.
    assert_eq!(stage.submit(Who::Sdr(1), &contact(1), None, START + 2), Taken::Duplicate { existing_id: None });
    assert_eq!(stage.submit(Who::Sdr(1), &contact(1), None, START + 3), Taken::Duplicate { existing_id: None });
    assert_eq!(stage.submit(Who::Manager, &contact(1), Some("m"), START + 4), mine);
    assert_eq!(stage.effects(), ["created", "attached", "attached"]);
}

#[test]
fn a_close_company_in_the_same_domain_is_a_possible_duplicate() {
    let stage = Stage::new(2);
    let first = with(visitor(1), json!({ "company_name": "Blue Harbour Logistics", "email": "a@blueharbour.com" }));
    let second = with(visitor(2), json!({ "company_name": "Blue Harbor Logistics Ltd", "email": "b@blueharbour.com" }));
    let Taken::Created(first) = stage.visit(&first, "one", START) else { panic!("not created") };
    let Taken::Created(second) = stage.visit(&second, "two", START + 1) else { panic!("not created") };
    assert!(!first.is_duplicate && first.duplicate_of.is_none());
    assert_eq!(second.duplicate_of, Some(first.id.clone()));
    let stored = &stage.leads()[1];
    assert_eq!((stored["is_duplicate"].as_i64(), stored["duplicate_of"].as_str()), (Some(1), Some(first.id.as_str())));
    assert!(second.lead_owner_id.is_some(), "a possible duplicate never blocks");
    // The second signal may be the name instead; a name alone or a company alone is none.
    let third =
        json!({ "company_name": "Blue Harbour Logistic", "first_name": "Asha", "last_name": visitor(1)["last_name"] });
    let Taken::Created(third) = stage.visit(&with(visitor(3), third), "three", START + 2) else {
        panic!("not created")
    };
    assert!(third.is_duplicate);
    let company_only = with(visitor(4), json!({ "company_name": "Blue Harbour Logistics" }));
    let Taken::Created(company_only) = stage.visit(&company_only, "four", START + 3) else { panic!("not created") };
    assert!(!company_only.is_duplicate, "{:?}", company_only.matches);
}

#[test]
fn a_deleted_lead_never_matches() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    stage.database.change("UPDATE leads SET deleted_at = 1, match_slot = id");
    let again = stage.visit(&visitor(1), "two", START + 1);
    let Taken::Created(lead) = again else { panic!("{again:?}") };
    assert!(!lead.is_duplicate, "{:?}", lead.matches);
}

#[test]
fn contacts_and_accounts_mark_a_known_customer() {
    let cases = [
        (
            "INSERT INTO contacts (company_id, id, account_id, name, email_key, created_at, updated_at) VALUES ('$', '#', 'a', 'A', 'asha@known.com', 1, 1)",
            true,
        ),
        (
            "INSERT INTO contacts (company_id, id, account_id, name, phone_e164, created_at, updated_at) VALUES ('$', '#', 'a', 'A', '+919800000007', 1, 1)",
            true,
        ),
        (
            "INSERT INTO contacts (company_id, id, account_id, name, email_key, created_at, updated_at, deleted_at) VALUES ('$', '#', 'a', 'A', 'asha@known.com', 1, 1, 1)",
            false,
        ),
        (
            "INSERT INTO accounts (company_id, id, name, company_key, domain, account_type, health_score, lifecycle_stage, created_at, updated_at) VALUES ('$', '#', 'K', 'known works', 'known.com', 'SQA', 'green', 'onboarding', 1, 1)",
            true,
        ),
        (
            "INSERT INTO accounts (company_id, id, name, company_key, domain, account_type, health_score, lifecycle_stage, created_at, updated_at) VALUES ('$', '#', 'K', 'something else', 'other.com', 'SQA', 'green', 'onboarding', 1, 1)",
            false,
        ),
    ];
    for (sql, known) in cases {
        let stage = Stage::new(1);
        let id = stage.context(START - DAY).ids.next_id();
        stage.database.change(&sql.replace('$', stage.company_id.as_str()).replace('#', id.as_str()));
        let values = with(visitor(7), json!({ "email": "asha@known.com", "company_name": "Known Works Ltd" }));
        let Taken::Created(lead) = stage.visit(&values, "one", START) else { panic!("not created") };
        assert_eq!((lead.known_customer, lead.is_duplicate), (known, false), "{sql}: {:?}", lead.matches);
    }
}

#[test]
fn another_company_knows_nobody_of_this_one() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    // The same rows as another company's: nothing of them may count.
    let other = stage.context(START - DAY).ids.next_id();
    let moved = "PRAGMA foreign_keys = OFF; UPDATE leads SET company_id = '$'; UPDATE touches SET company_id = '$'";
    stage.database.change(&moved.replace('$', other.as_str()));
    assert!(matches!(stage.visit(&visitor(1), "one", START + 1), Taken::Created(_)));
}
