//! Conditions over several rows: each collides exactly where it does not hold, and writes nothing (docs/decisions/0011).

use lead_core::id::Id;
use lead_core::plan::{Change, Require};
use lead_store::changes::statements;
use lead_store::statement::{Database, DatabaseError};
use pollster::block_on;
use serde_json::json;

use super::opportunities::{Sales, id};
use super::stage::{START, Who, visitor};

/// Two accounts with a primary contact each, and an account that has had everything: a deleted contact, an open opportunity that
/// is deleted and a closed one; a lead.
fn sales() -> Sales {
    let sales = Sales::new();
    let (company, empty) = (&sales.stage.company_id, id(3));
    sales.stage.database.change(&format!(
        "UPDATE contacts SET is_primary_contact = 1; \
         INSERT INTO accounts (company_id, id, name, company_key, account_type, health_score, lifecycle_stage, created_at, updated_at) \
           VALUES ('{company}', '{empty}', 'E', 'e', 'prospect', 'green', 'MQA', 1, 1); \
         INSERT INTO contacts (company_id, id, account_id, name, created_at, updated_at, deleted_at) \
           VALUES ('{company}', '{}', '{empty}', 'Gone', 1, 1, 1)",
        id(13),
    ));
    for state in ["deleted_at = 1", "closed_at = 1, pipeline_stage = 'closed_won'"] {
        let deal = sales.create(Who::Admin, json!({ "account_id": empty }));
        sales.stage.database.change(&format!("UPDATE opportunities SET {state} WHERE id = '{}'", deal.id));
    }
    sales.create(Who::Admin, json!({ "name": "Valves", "primary_contact_id": sales.contacts[0] }));
    sales.stage.visit(&visitor(1), "one", START);
    sales
}

fn collides(sales: &Sales, condition: &Require) -> bool {
    let mut context = sales.stage.context(START);
    context.begin_attempt();
    let versions = sales.stage.count("entity_versions");
    let writes = statements(&[Change::Require(condition.clone())], &context);
    let written = block_on(sales.stage.database.batch(writes));
    assert_eq!(sales.stage.count("entity_versions"), versions, "a condition leaves nothing behind");
    match written {
        Ok(_) => false,
        Err(DatabaseError::Collision) => true,
        Err(other) => panic!("{other:?}"),
    }
}

/// The id of the one row.
fn only(sales: &Sales, table: &str, which: &str) -> Id {
    let rows = sales.stage.database.rows(&format!("SELECT id FROM {table} WHERE {which}"));
    Id::parse(rows[0]["id"].as_str().unwrap()).unwrap()
}

/// What holds, a change after which it does not, and one after which it still does.
type Case = (fn(&Sales) -> Require, &'static str, &'static str);

const EMPTY: fn(&Sales) -> Require = |_| Require::EmptyAccount(id(3));
const CONTACT_OF: fn(&Sales) -> Require = |sales| {
    let (contact_id, account_id) = (sales.contacts[0].clone(), sales.accounts[0].clone());
    Require::ContactOf { contact_id, account_id }
};
const UNNAMED: fn(&Sales) -> Require = |sales| {
    let (contact_id, account_id) = (sales.contacts[0].clone(), sales.accounts[1].clone());
    Require::UnnamedContact { contact_id, account_id }
};

const CASES: [Case; 11] = [
    (
        |sales| Require::Lead(only(sales, "leads", "1")),
        "UPDATE leads SET deleted_at = 1",
        "UPDATE leads SET status = 'disqualified'",
    ),
    (
        |sales| Require::Account(sales.accounts[0].clone()),
        "UPDATE accounts SET deleted_at = 1",
        "UPDATE accounts SET is_active = 0",
    ),
    (
        |sales| Require::Contact(sales.contacts[0].clone()),
        "UPDATE contacts SET deleted_at = 1",
        "UPDATE contacts SET is_primary_contact = 0",
    ),
    (
        |sales| Require::Opportunity(only(sales, "opportunities", "name = 'Valves'")),
        "UPDATE opportunities SET deleted_at = 1",
        "UPDATE opportunities SET closed_at = 1",
    ),
    (
        EMPTY,
        "UPDATE contacts SET deleted_at = NULL WHERE name = 'Gone'",
        "UPDATE contacts SET name = 'Gone for good' WHERE name = 'Gone'",
    ),
    (
        EMPTY,
        "UPDATE opportunities SET deleted_at = NULL WHERE deleted_at = 1",
        "UPDATE opportunities SET deleted_at = 2 WHERE deleted_at = 1",
    ),
    (
        EMPTY,
        "UPDATE opportunities SET closed_at = NULL WHERE closed_at = 1",
        "UPDATE opportunities SET closed_at = 2 WHERE closed_at = 1",
    ),
    (
        |sales| Require::PrimaryContact(sales.accounts[0].clone()),
        "UPDATE contacts SET is_primary_contact = 0",
        "UPDATE contacts SET is_primary_contact = 0, deleted_at = 1",
    ),
    (CONTACT_OF, "UPDATE contacts SET deleted_at = 1", "UPDATE contacts SET is_primary_contact = 0"),
    (
        CONTACT_OF,
        "UPDATE contacts SET is_primary_contact = 0, account_id = (SELECT id FROM accounts WHERE name = 'E')",
        "UPDATE accounts SET deleted_at = 1",
    ),
    (
        UNNAMED,
        "UPDATE opportunities SET account_id = (SELECT id FROM accounts WHERE name = 'A1') WHERE name = 'Valves'",
        "UPDATE opportunities SET deleted_at = 1, account_id = (SELECT id FROM accounts WHERE name = 'A1') WHERE name = 'Valves'",
    ),
];

#[test]
fn each_condition_collides_exactly_where_it_does_not_hold() {
    for (number, (condition, breaks, leaves)) in CASES.into_iter().enumerate() {
        for (change, expected) in [(None, false), (Some(leaves), false), (Some(breaks), true)] {
            let sales = sales();
            let required = condition(&sales);
            if let Some(change) = change {
                sales.stage.database.change(change);
            }
            assert_eq!(collides(&sales, &required), expected, "{number}: {required:?} after {change:?}");
        }
    }
}
