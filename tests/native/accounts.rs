//! Accounts: who creates, edits and deletes them, what the trail keeps, and who sees them (spec R1, R3, R4).

use std::cell::Cell;

use lead_core::account::{Account, AccountBody};
use lead_core::body::Members;
use lead_core::command::account::{CreateAccount, DeleteAccount, EditAccount};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::money::Currency;
use lead_core::problem::Refusal;
use lead_store::accounts::{found, read};
use lead_store::changes::statements;
use lead_store::failure::Failure;
use lead_store::run::{Command, Ran, run};
use lead_store::statement::{Database, DatabaseError, Outcome, Row, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::sqlite::Sqlite;
use super::stage::{START, Stage, Who, visitor};

pub(super) fn members(body: &Value) -> Members {
    Members::from_json(body.to_string().as_bytes()).unwrap()
}

pub(super) fn inr() -> Currency {
    Currency::parse("INR").unwrap()
}

fn creation(stage: &Stage, who: Who, body: &Value, at: i64) -> CreateAccount {
    let body = AccountBody::parse(members(body), inr()).unwrap();
    CreateAccount { by: stage.principal(who), id: stage.context(at).ids.next_id(), currency: inr(), body }
}

pub(super) fn create(stage: &Stage, who: Who, body: &Value, at: i64) -> Result<Account, Failure> {
    let command = creation(stage, who, body, at);
    block_on(run(&stage.database, &command, &mut stage.context(at))).map(|ran| ran.done)
}

fn edit(stage: &Stage, who: Who, account: &Account, whole: bool, body: &Value) -> Result<Account, Failure> {
    edit_at(stage, who, (&account.id, account.stamp.version), whole, body)
}

fn edit_at(stage: &Stage, who: Who, of: (&Id, i64), whole: bool, body: &Value) -> Result<Account, Failure> {
    let precondition = Precondition::Versions(vec![of.1]);
    let (by, id) = (stage.principal(who), of.0.clone());
    let command = EditAccount { by, id, precondition, members: members(body), whole };
    block_on(run(&stage.database, &command, &mut stage.context(START + 60_000 * of.1))).map(|ran| ran.done)
}

fn delete(stage: &Stage, who: Who, account: &Account) -> Result<(), Failure> {
    let command = deletion(stage, who, account);
    block_on(run(&stage.database, &command, &mut stage.context(START + 90_000))).map(|ran| ran.done)
}

pub(super) fn deletion(stage: &Stage, who: Who, account: &Account) -> DeleteAccount {
    let precondition = Precondition::Versions(vec![account.stamp.version]);
    DeleteAccount { by: stage.principal(who), id: account.id.clone(), precondition }
}

fn one(stage: &Stage, who: Who, id: &Id) -> Option<Account> {
    let seen = stage.visibility(who);
    found(&block_on(stage.database.batch(vec![read(&stage.company_id, id, &seen, "INR")])).unwrap()[0]).unwrap()
}

/// The trail of a record: action, field, value before and after.
pub(super) fn trail(stage: &Stage, id: &Id) -> Vec<[String; 4]> {
    let rows = stage.database.rows(&format!("SELECT * FROM audit_logs WHERE entity_id = '{id}' ORDER BY id"));
    let text = |row: &Row, name: &str| row[name].as_str().unwrap_or("-").to_owned();
    rows.iter().map(|row| ["action", "field_name", "old_value", "new_value"].map(|name| text(row, name))).collect()
}

fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn invalid(result: Result<Account, Failure>) -> Vec<(String, &'static str)> {
    match refused(result) {
        Refusal::Invalid(errors) => errors.into_iter().map(|error| (error.pointer, error.code)).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_created_is_read_back() {
    let stage = Stage::new(2);
    let body = json!({
        "name": "Tidewater Pumps Pvt Ltd", "account_type": "partner", "domain": "Tidewater.com", "industry": "Pumps",
        "company_size": "51-200", "annual_revenue": "12500000.50", "gstin": "27AAPFU0939F1ZV", "health_score": "yellow",
        "lifecycle_stage": "SQA", "is_active": false, "account_owner_id": stage.sdrs[1],
    });
    let made = create(&stage, Who::Manager, &body, START).unwrap();
    assert_eq!(made.account_owner_id.as_ref(), Some(&stage.sdrs[1]));
    let read = one(&stage, Who::Admin, &made.id).unwrap();
    assert_eq!(json!(read), json!(made));
    assert_eq!(json!(read)["annual_revenue"], 12_500_000.5);
    assert_eq!(json!(read)["currency"], "INR");
    assert_eq!(trail(&stage, &made.id), [["create", "-", "-", "-"]]);
    let row = &stage.database.rows("SELECT company_key, annual_revenue FROM accounts")[0];
    assert_eq!(
        (row["company_key"].as_str(), row["annual_revenue"].as_i64()),
        (Some("tidewater pumps"), Some(1_250_000_050))
    );
}

#[test]
fn owners_are_chosen_by_managers_among_their_people() {
    let stage = Stage::new(2);
    let body = |owner: &Id| json!({ "name": "A", "account_owner_id": owner });
    let mine = create(&stage, Who::Sdr(0), &json!({ "name": "A" }), START).unwrap();
    assert_eq!(mine.account_owner_id.as_ref(), Some(&stage.sdrs[0]));
    create(&stage, Who::Sdr(0), &body(&stage.sdrs[0]), START).unwrap();
    assert_eq!(refused(create(&stage, Who::Sdr(0), &body(&stage.sdrs[1]), START)), Refusal::Forbidden);
    assert_eq!(refused(edit(&stage, Who::Sdr(0), &mine, false, &body(&stage.sdrs[1]))), Refusal::Forbidden);
    let unknown = || vec![("/account_owner_id".to_owned(), "unknown_reference")];
    let admin = stage.principal(Who::Admin).user_id;
    assert_eq!(invalid(create(&stage, Who::Manager, &body(&admin), START)), unknown(), "not of the manager's team");
    assert_eq!(invalid(create(&stage, Who::Admin, &body(&mine.id), START)), unknown(), "nobody");
    stage.database.change(&format!("UPDATE users SET is_active = 0 WHERE id = '{}'", stage.sdrs[1]));
    assert_eq!(invalid(edit(&stage, Who::Admin, &mine, false, &body(&stage.sdrs[1]))), unknown(), "left the company");
    let given = edit(&stage, Who::Manager, &mine, false, &body(&stage.principal(Who::Manager).user_id)).unwrap();
    assert_eq!(one(&stage, Who::Sdr(0), &given.id), None, "given away");
    assert_eq!(stage.count("accounts"), 2);
}

#[test]
fn an_edit_writes_what_differs_and_tells_it() {
    let stage = Stage::new(1);
    let body = json!({ "name": "Tidewater Ltd", "industry": "Pumps", "annual_revenue": 1000, "health_score": "red" });
    let made = create(&stage, Who::Sdr(0), &body, START).unwrap();
    let patched =
        edit(&stage, Who::Sdr(0), &made, false, &json!({ "industry": null, "annual_revenue": 1000.5 })).unwrap();
    assert_eq!((patched.stamp.version, patched.stamp.updated_at.ms()), (2, START + 60_000));
    assert_eq!(json!(patched), json!(one(&stage, Who::Sdr(0), &made.id)));
    let mut expected = vec![
        ["create", "-", "-", "-"],
        ["update", "annual_revenue", "100000", "100050"],
        ["update", "industry", "Pumps", "-"],
    ];
    assert_eq!(trail(&stage, &made.id), expected);
    let same = edit(&stage, Who::Sdr(0), &patched, false, &json!({ "name": "Tidewater Ltd" })).unwrap();
    assert_eq!(json!(same), json!(patched), "nothing differs");
    let replaced = edit(&stage, Who::Sdr(0), &patched, true, &json!({ "name": "Tidewater Limited" })).unwrap();
    expected.extend([
        ["update", "annual_revenue", "100050", "-"],
        ["update", "health_score", "red", "green"],
        ["update", "name", "Tidewater Ltd", "Tidewater Limited"],
    ]);
    assert_eq!(trail(&stage, &made.id), expected);
    assert_eq!(replaced.account_owner_id, made.account_owner_id, "the owner stays unless another one is sent");
    let stale = refused(edit(&stage, Who::Sdr(0), &patched, false, &json!({ "name": "B" })));
    assert_eq!(stale, Refusal::Stale { version: 3 });
    assert_eq!(
        invalid(edit(&stage, Who::Sdr(0), &replaced, false, &json!({ "name": null }))),
        [("/name".to_owned(), "required")]
    );
    let command = EditAccount {
        by: stage.principal(Who::Sdr(0)),
        id: made.id.clone(),
        precondition: Precondition::Missing,
        members: members(&json!({})),
        whole: false,
    };
    let missing = block_on(run(&stage.database, &command, &mut stage.context(START)));
    assert_eq!(refused(missing), Refusal::PreconditionRequired);
}

#[test]
fn an_account_in_use_is_not_deleted() {
    let stage = Stage::new(1);
    let account = create(&stage, Who::Admin, &json!({ "name": "A" }), START).unwrap();
    super::account_lists::link(&stage, &account.id, &stage.sdrs[0], 1);
    let contact =
        super::contacts::create(&stage, Who::Admin, &json!({ "account_id": account.id, "name": "Asha" }), START)
            .unwrap();
    let reasons = |reasons: &[&'static str]| Refusal::AccountInUse { reasons: reasons.to_vec() };
    assert_eq!(refused(delete(&stage, Who::Admin, &account)), reasons(&["contacts", "open_opportunities"]));
    stage.database.change("UPDATE opportunities SET closed_at = 1");
    assert_eq!(refused(delete(&stage, Who::Admin, &account)), reasons(&["contacts"]));
    super::contacts::delete(&stage, Who::Admin, &contact).unwrap();
    delete(&stage, Who::Admin, &account).unwrap();
    assert_eq!(one(&stage, Who::Admin, &account.id), None);
    assert_eq!(refused(delete(&stage, Who::Admin, &account)), Refusal::NotFound);
    assert_eq!(
        trail(&stage, &account.id)[1],
        ["delete".to_owned(), "deleted_at".into(), "-".into(), (START + 90_000).to_string()]
    );
}

/// Loses the answer of the batch with this number after it committed.
pub(super) struct Lossy<'a> {
    pub(super) database: &'a Sqlite,
    pub(super) lost: u32,
    pub(super) sent: Cell<u32>,
}

impl Database for Lossy<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let outcomes = self.database.batch(statements).await?;
        if number == self.lost { Err(DatabaseError::Unavailable("the line is dead".into())) } else { Ok(outcomes) }
    }
}

#[test]
fn a_lost_answer_is_given_again() {
    let stage = Stage::new(1);
    let lossy = || Lossy { database: &stage.database, lost: 1, sent: Cell::new(0) };
    let command = creation(&stage, Who::Sdr(0), &json!({ "name": "A" }), START);
    let Ran { done: made, cost, .. } = block_on(run(&lossy(), &command, &mut stage.context(START))).unwrap();
    assert_eq!((stage.count("accounts"), cost.round_trips), (1, 3));
    let command = EditAccount {
        by: stage.principal(Who::Sdr(0)),
        id: made.id.clone(),
        precondition: Precondition::Versions(vec![1]),
        members: members(&json!({ "name": "B" })),
        whole: false,
    };
    let edited = block_on(run(&lossy(), &command, &mut stage.context(START))).unwrap().done;
    assert_eq!((edited.values.name.as_str(), edited.stamp.version), ("B", 2));
    block_on(run(&lossy(), &deletion(&stage, Who::Admin, &edited), &mut stage.context(START))).unwrap();
    assert_eq!(trail(&stage, &made.id).len(), 3);
}

#[test]
fn a_submission_from_an_account_is_known() {
    let stage = Stage::new(1);
    create(&stage, Who::Admin, &json!({ "name": "Tidewater Pumps Ltd", "domain": "tidewater.com" }), START).unwrap();
    let mut values = visitor(1);
    values["company_name"] = "Tidewater Pumps".into();
    values["email"] = "asha@tidewater.com".into();
    stage.visit(&values, "one", START + 1);
    let matches = stage.lead()["matches"].as_str().unwrap().to_owned();
    assert!(matches.contains("\"account\""), "{matches}");
}

/// The steps of a plan that would read a table from end to end, or the whole of a company.
pub(super) fn assert_narrow(stage: &Stage, sql: &str) -> Vec<String> {
    let steps = stage.database.explain(sql);
    let made = |step: &str| {
        let table = step.split_whitespace().nth(1).unwrap_or_default();
        if ["p", "person", "keys"].contains(&table) {
            return true;
        }
        steps.iter().any(|other| ["CO-ROUTINE", "MATERIALIZE"].iter().any(|how| *other == format!("{how} {table}")))
    };
    let bounded = ["(subquery", "CONSTANT ROW", "VIRTUAL TABLE"];
    for step in &steps {
        let scans = step.starts_with("SCAN") && !made(step) && !bounded.iter().any(|name| step.contains(name));
        assert!(!scans && !step.contains("(company_id=?)") && !step.contains("ANY("), "{step} in {sql}");
    }
    steps
}

#[test]
fn every_query_over_accounts_walks_an_index() {
    let stage = Stage::new(1);
    let account = create(&stage, Who::Sdr(0), &json!({ "name": "A" }), START).unwrap();
    let mut context = stage.context(START);
    context.begin_attempt();
    let edit = EditAccount {
        by: stage.principal(Who::Manager),
        id: account.id.clone(),
        precondition: Precondition::Any,
        members: members(&json!({ "name": "B", "account_owner_id": stage.sdrs[0] })),
        whole: false,
    };
    let deletion = deletion(&stage, Who::Manager, &account);
    let creation = creation(&stage, Who::Manager, &json!({ "name": "C" }), START + 5);
    let mut texts = Vec::new();
    texts.extend(explained(&stage, &creation, &mut context));
    texts.extend(explained(&stage, &edit, &mut context));
    texts.extend(explained(&stage, &deletion, &mut context));
    for sql in texts {
        assert_narrow(&stage, sql);
    }
}

/// Every text of a command that reads and writes.
pub(super) fn explained<C: Command>(
    stage: &Stage,
    command: &C,
    context: &mut lead_core::plan::Context<'_>,
) -> Vec<&'static str> {
    let reads = command.reads(context);
    let outcomes = block_on(stage.database.batch(reads.clone())).unwrap();
    let plan = command.decide(&command.known(&outcomes).unwrap(), context).unwrap();
    let writes = statements(&plan.changes, context);
    assert!(!writes.is_empty());
    reads.iter().chain(&writes).map(|statement| statement.sql).collect()
}
