//! Taking a conversion back: everything as before, or everything that stands in the way.

use std::cell::RefCell;

use lead_core::command::convert::{UndoConversion, Undone};
use lead_core::command::lead::Target;
use lead_core::convert::{Conversion, ConversionPart, PartOutcome};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::policy::Status;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::json;

use super::convert::{Interrupted, account, convert, eligible};
use super::faults::lossy;
use super::qualify::context;
use super::stage::{DAY, START, Stage, Who, visitor, with};

pub(super) fn undo_on<D: Database>(stage: &Stage, database: &D, who: Who, lead_id: &Id) -> Result<Undone, Failure> {
    let target = Target { id: lead_id.clone(), by: stage.principal(who), precondition: Precondition::Any };
    let command = UndoConversion { target };
    block_on(run(database, &command, &mut context(stage, who, START + 2))).map(|ran| ran.done)
}

fn obstacles(stage: &Stage, lead_id: &Id) -> Vec<(ConversionPart, &'static str)> {
    match undo_on(stage, &stage.database, Who::Admin, lead_id) {
        Err(Failure::Refused(Refusal::ConversionStands { obstacles })) => {
            obstacles.into_iter().map(|obstacle| (obstacle.part, obstacle.reason)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// A converted lead with everything made.
fn converted() -> (Stage, Id, Conversion) {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let made = convert(&stage, Who::Manager, &lead_id, &json!({ "opportunity_amount": 5 }));
    (stage, lead_id, made)
}

/// Another record's id.
const OTHER: &str = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";

fn live(stage: &Stage, table: &str) -> usize {
    stage.database.rows(&format!("SELECT id FROM {table} WHERE deleted_at IS NULL")).len()
}

#[test]
fn all_is_as_before_and_the_lead_can_be_converted_again() {
    let (stage, lead_id, first) = converted();
    let done = undo_on(&stage, &stage.database, Who::Sdr(0), &lead_id).unwrap();
    assert_eq!((done.lead_status, done.version), (Status::Qualified, 3));
    let lead = stage.lead();
    assert_eq!(
        (&lead["status"], &lead["stage"], &lead["match_slot"]),
        (&json!("qualified"), &json!("decision"), &json!(""))
    );
    for column in ["converted_at", "converted_to_account_id", "converted_to_contact_id", "converted_to_opportunity_id"]
    {
        assert!(lead[column].is_null(), "{column}");
    }
    for table in ["accounts", "contacts", "opportunities"] {
        assert_eq!(live(&stage, table), 0, "{table}");
    }
    let events = stage.database.rows("SELECT event FROM activities WHERE deleted_at IS NULL ORDER BY id");
    let events: Vec<_> = events.iter().map(|row| row["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["converted", "conversion_undone"]);
    let trail = stage.database.rows("SELECT entity_type FROM audit_logs WHERE action = 'delete' ORDER BY entity_type");
    let trail: Vec<_> = trail.iter().map(|row| row["entity_type"].as_str().unwrap()).collect();
    assert_eq!(trail, ["account", "activity", "contact", "opportunity"]);
    assert_eq!(obstacles(&stage, &lead_id), [(ConversionPart::Lead, "The lead is not converted.")]);
    // The person stands again.
    stage.visit(&visitor(1), "two", START + DAY);
    assert_eq!(stage.count("leads"), 1);
    let again = convert(&stage, Who::Manager, &lead_id, &json!({}));
    assert_ne!(again.account_id, first.account_id);
    assert_eq!(again.account.outcome, PartOutcome::Created);
    assert_eq!(stage.count("conversions"), 2);
}

#[test]
fn a_converted_lead_leaves_its_owners_open_ones_and_comes_back() {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    stage.database.change(&format!("UPDATE rounds SET loads = '{{\"{}\":1}}'", stage.sdrs[0]));
    let load = || stage.database.rows("SELECT loads FROM rounds")[0]["loads"].as_str().unwrap().to_owned();
    convert(&stage, Who::Sdr(0), &lead_id, &json!({}));
    assert_eq!(load(), format!("{{\"{}\":0}}", stage.sdrs[0]));
    undo_on(&stage, &stage.database, Who::Sdr(0), &lead_id).unwrap();
    assert_eq!(load(), format!("{{\"{}\":1}}", stage.sdrs[0]));
}

#[test]
fn what_was_linked_stays() {
    let stage = Stage::new(1);
    let values = visitor(1);
    let domain = values["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    account(&stage, 1, "north", Some(&domain), None);
    let colleague = with(visitor(1), json!({ "email": format!("ravi@{domain}"), "phone": "+919811111111" }));
    let other = eligible(&stage, &colleague, "other");
    convert(&stage, Who::Admin, &other, &json!({ "opportunity_amount": 1 }));
    let lead_id = eligible(&stage, &values, "one");
    convert(&stage, Who::Admin, &lead_id, &json!({}));
    undo_on(&stage, &stage.database, Who::Admin, &lead_id).unwrap();
    assert_eq!((live(&stage, "accounts"), live(&stage, "contacts"), live(&stage, "opportunities")), (1, 1, 1));
}

#[test]
fn everything_that_stands_in_the_way_is_listed() {
    let (stage, lead_id, made) = converted();
    let company = &stage.company_id;
    let (account, contact, opportunity) = (&made.account_id, &made.contact_id, made.opportunity_id.as_ref().unwrap());
    let activity = |id: &str, kind: &str, related: &str, to: &Id, account: &str| {
        format!(
            "INSERT INTO activities (company_id, id, related_to_type, related_to_id, account_id, activity_type, occurred_at, created_at, updated_at) \
             VALUES ('{company}', '{id}', '{related}', '{to}', {account}, '{kind}', 1, 1, 1);"
        )
    };
    let row = |table: &str, to: &str| {
        format!("CREATE TEMP TABLE copy AS SELECT * FROM {table} WHERE id = '{to}'; UPDATE copy SET id = '{OTHER}'; ")
    };
    let cases = [
        (
            ConversionPart::Account,
            "The account was edited.",
            format!("UPDATE accounts SET version = 2 WHERE id = '{account}'"),
        ),
        (
            ConversionPart::Account,
            "Other activities stand on the account.",
            activity("a1", "call", "account", account, &format!("'{account}'")),
        ),
        (
            ConversionPart::Account,
            "Other contacts are in the account.",
            row("contacts", contact.as_str())
                + "UPDATE copy SET is_primary_contact = 0; INSERT INTO contacts SELECT * FROM copy",
        ),
        (
            ConversionPart::Account,
            "Other opportunities are with the account.",
            row("opportunities", opportunity.as_str())
                + "UPDATE copy SET primary_contact_id = NULL; INSERT INTO opportunities SELECT * FROM copy",
        ),
        (
            ConversionPart::Account,
            "Other leads were converted to the account.",
            row("leads", lead_id.as_str())
                + "UPDATE copy SET match_slot = 'x', converted_to_contact_id = NULL; INSERT INTO leads SELECT * FROM copy",
        ),
        (
            ConversionPart::Contact,
            "The contact was edited.",
            format!("UPDATE contacts SET version = 2 WHERE id = '{contact}'"),
        ),
        (
            ConversionPart::Contact,
            "Activities stand on the contact.",
            activity("a2", "call", "contact", contact, "NULL"),
        ),
        (
            ConversionPart::Contact,
            "Other opportunities name the contact.",
            format!("UPDATE opportunities SET primary_contact_id = '{contact}' WHERE id = '{OTHER}'"),
        ),
        (
            ConversionPart::Contact,
            "Other leads were converted to the contact.",
            format!("UPDATE leads SET converted_to_contact_id = '{contact}' WHERE id = '{OTHER}'"),
        ),
        (
            ConversionPart::Opportunity,
            "The opportunity was edited or moved on.",
            format!("UPDATE opportunities SET version = 2 WHERE id = '{opportunity}'"),
        ),
        (
            ConversionPart::Opportunity,
            "Activities stand on the opportunity.",
            activity("a3", "call", "opportunity", opportunity, "NULL"),
        ),
        (
            ConversionPart::Activity,
            "The note of the conversion was edited.",
            "UPDATE activities SET version = 2 WHERE subject = 'Lead Converted'".to_owned(),
        ),
        (
            ConversionPart::Lead,
            "Another lead stands for the same person by now.",
            format!("UPDATE leads SET match_slot = '' WHERE id = '{OTHER}'"),
        ),
    ];
    // The system's own lines are nothing that people built.
    stage.database.change(&activity("a0", "system", "opportunity", opportunity, "NULL"));
    let mut expected = Vec::new();
    for (part, reason, change) in cases {
        stage.database.change(&change);
        stage.database.change("DROP TABLE IF EXISTS copy");
        expected.push((part, reason));
        assert_eq!(obstacles(&stage, &lead_id), expected, "after {change}");
    }
    assert_eq!(stage.database.rows("SELECT undone_at FROM conversions")[0]["undone_at"], json!(null));
}

#[test]
fn a_lost_answer_undoes_once() {
    let (stage, lead_id, _) = converted();
    let done = undo_on(&stage, &lossy(&stage, &[], &[1]), Who::Admin, &lead_id).unwrap();
    assert_eq!((done.lead_status, done.version), (Status::Qualified, 3));
    assert_eq!(stage.count("activities"), 3);
}

#[test]
fn what_is_built_meanwhile_stands_in_the_way() {
    for change in [
        "UPDATE accounts SET version = 2",
        "INSERT INTO activities (company_id, id, related_to_type, related_to_id, account_id, activity_type, occurred_at, created_at, updated_at) \
         SELECT company_id, 'a1', 'account', id, id, 'call', 1, 1, 1 FROM accounts",
    ] {
        let (stage, lead_id, _) = converted();
        let database = Interrupted::new(&stage.database, 1, || stage.database.change(change));
        let failure = undo_on(&stage, &database, Who::Admin, &lead_id).unwrap_err();
        assert!(matches!(failure, Failure::Refused(Refusal::ConversionStands { .. })), "{failure:?}");
        assert_eq!((live(&stage, "accounts"), stage.lead()["status"].as_str()), (1, Some("converted")));
    }
}

#[test]
fn two_undoings_at_once_are_one() {
    let (stage, lead_id, _) = converted();
    let rival = RefCell::new(None);
    let database = Interrupted::new(&stage.database, 1, || {
        *rival.borrow_mut() = Some(undo_on(&stage, &stage.database, Who::Manager, &lead_id));
    });
    let mine = undo_on(&stage, &database, Who::Admin, &lead_id);
    assert!(matches!(mine, Err(Failure::Refused(Refusal::ConversionStands { .. }))), "{mine:?}");
    drop(database);
    assert!(rival.into_inner().unwrap().is_ok());
}
