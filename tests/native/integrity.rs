//! An opportunity names a contact of its account and moves only while that account stands, whoever is faster (spec O3, O6, B4).

use lead_core::command::account::DeleteAccount;
use lead_core::command::contact::{DeleteContact, EditContact};
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::opportunity::{Opportunity, StageMove};
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::accounts::{assert_narrow, explained, trail};
use super::contacts::{against, create as create_contact, edit as edit_contact};
use super::convert::{account, convert_on, eligible};
use super::faults::lossy;
use super::opportunities::{Sales, members, refused};
use super::stage::{DAY, START, Stage, Who, visitor, with};

/// Accounts whose contacts are their primary ones.
fn sales() -> Sales {
    let sales = Sales::new();
    sales.stage.database.change("UPDATE contacts SET is_primary_contact = 1");
    sales
}

/// How the contact of the first account leaves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    Deleted,
    Moved,
}

const LEAVES: [Leaves; 2] = [Leaves::Deleted, Leaves::Moved];

fn deletion(sales: &Sales) -> DeleteContact {
    let by = sales.stage.principal(Who::Manager);
    DeleteContact { by, id: sales.contacts[0].clone(), precondition: Precondition::Any }
}

fn removal(sales: &Sales) -> EditContact {
    let members = members(&json!({ "account_id": sales.accounts[1] }));
    let by = sales.stage.principal(Who::Manager);
    EditContact { by, id: sales.contacts[0].clone(), precondition: Precondition::Any, members, whole: false }
}

fn leave_on<D: Database>(sales: &Sales, database: &D, how: Leaves) {
    let mut context = sales.context(Who::Manager, START + DAY);
    match how {
        Leaves::Deleted => block_on(run(database, &deletion(sales), &mut context)).map(drop).unwrap(),
        Leaves::Moved => block_on(run(database, &removal(sales), &mut context)).map(drop).unwrap(),
    }
}

fn leave(sales: &Sales, how: Leaves) {
    leave_on(sales, &sales.stage.database, how);
}

/// Whom an opportunity names, and its version.
fn named(sales: &Sales, id: &Id) -> (Option<String>, i64) {
    let sql = format!("SELECT primary_contact_id, version FROM opportunities WHERE id = '{id}'");
    let row = &sales.stage.database.rows(&sql)[0];
    (row["primary_contact_id"].as_str().map(str::to_owned), row["version"].as_i64().unwrap())
}

fn naming(sales: &Sales) -> Value {
    json!({ "primary_contact_id": sales.contacts[0] })
}

#[test]
fn no_opportunity_names_a_contact_that_left_its_account() {
    for how in LEAVES {
        let sales = sales();
        let [open, won, gone] = [0, 1, 2].map(|_| sales.create(Who::Manager, naming(&sales)));
        let other = sales.create(Who::Manager, json!({}));
        sales.go(Who::Manager, &won, &json!({ "stage": "closed_won" })).unwrap();
        sales.change(Who::Manager, &gone, OpportunityChange::Delete).unwrap();
        edit_contact(&sales.stage, Who::Manager, &sales.contacts[0], false, &json!({ "name": "Asha" })).unwrap();
        assert_eq!(named(&sales, &open.id).1, 1, "who stays is named");
        leave(&sales, how);
        assert_eq!(
            [&open, &won, &other].map(|deal| named(&sales, &deal.id)),
            [(None, 2), (None, 3), (None, 1)],
            "{how:?}"
        );
        assert_eq!(
            named(&sales, &gone.id),
            (Some(sales.contacts[0].to_string()), 2),
            "what is deleted stays as it was"
        );
        let told = ["update", "primary_contact_id", sales.contacts[0].as_str(), "-"].map(str::to_owned);
        for deal in [&open, &won] {
            assert!(trail(&sales.stage, &deal.id).contains(&told), "{how:?}");
        }
        let stale = sales.patch(Who::Manager, &open, &json!({ "name": "Valves" }));
        assert_eq!(stale.unwrap_err(), Failure::Refused(Refusal::Stale { version: 2 }));
    }
}

#[test]
fn a_lost_answer_takes_the_contact_from_its_opportunities_once() {
    for how in LEAVES {
        let sales = sales();
        let deal = sales.create(Who::Manager, naming(&sales));
        leave_on(&sales, &lossy(&sales.stage, &[], &[1]), how);
        assert_eq!(named(&sales, &deal.id), (None, 2));
        assert_eq!(trail(&sales.stage, &deal.id).len(), 2);
    }
}

#[test]
fn a_contact_that_leaves_meanwhile_is_not_named() {
    for how in LEAVES {
        let sales = sales();
        let body = with(sales.body(), naming(&sales));
        let mut context = sales.context(Who::Manager, START);
        let by = sales.stage.principal(Who::Manager);
        let command = CreateOpportunity::parse(context.ids.next_id(), members(&body), by).unwrap();
        let created = block_on(run(&against(&sales.stage, || leave(&sales, how)), &command, &mut context));
        let unknown = [("/primary_contact_id".to_owned(), "unknown_reference")];
        assert_eq!(refused(created), unknown, "{how:?}");
        let sales = self::sales();
        let deal = sales.create(Who::Manager, json!({}));
        let to = OpportunityChange::Merge(members(&naming(&sales)));
        let rival = against(&sales.stage, || leave(&sales, how));
        let edited = sales.change_on(&rival, (Who::Manager, &deal), to, START + DAY);
        assert_eq!(refused(edited), unknown, "{how:?}");
    }
}

#[test]
fn a_contact_that_is_named_meanwhile_leaves_that_opportunity_too() {
    for how in LEAVES {
        let sales = sales();
        leave_on(&sales, &against(&sales.stage, || drop(sales.create(Who::Manager, naming(&sales)))), how);
        assert_eq!(sales.stage.count("opportunities WHERE primary_contact_id IS NULL AND version = 2"), 1, "{how:?}");
        let sales = self::sales();
        let deal = sales.create(Who::Manager, json!({}));
        let names = || drop(sales.patch(Who::Manager, &deal, &naming(&sales)).unwrap());
        leave_on(&sales, &against(&sales.stage, names), how);
        assert_eq!(named(&sales, &deal.id), (None, 3), "{how:?}");
        // Renamed meanwhile: the version that was read does not stand any more.
        let sales = self::sales();
        let deal = sales.create(Who::Manager, naming(&sales));
        let renames = || drop(sales.patch(Who::Manager, &deal, &json!({ "name": "Valves" })).unwrap());
        leave_on(&sales, &against(&sales.stage, renames), how);
        assert_eq!(named(&sales, &deal.id), (None, 3), "{how:?}");
    }
}

#[test]
fn a_lead_is_not_converted_to_a_contact_that_moves_meanwhile() {
    let stage = Stage::new(1);
    let values = visitor(1);
    let domain = values["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let north = account(&stage, 1, "north", Some(&domain), None);
    let south = account(&stage, 2, "south", None, None);
    create_contact(&stage, Who::Admin, &json!({ "account_id": north, "name": "Ben" }), START).unwrap();
    let body = json!({ "account_id": north, "name": "Asha", "email": values["email"] });
    let asha = create_contact(&stage, Who::Admin, &body, START).unwrap().id;
    let lead = eligible(&stage, &values, "one");
    let rival = against(&stage, || {
        drop(edit_contact(&stage, Who::Admin, &asha, false, &json!({ "account_id": south })).unwrap());
    });
    let made = convert_on(&stage, &rival, Who::Admin, &lead, &json!({ "opportunity_amount": 5 })).unwrap().conversion;
    assert_eq!(made.account_id, north);
    assert_ne!(made.contact_id, asha);
    let split = "SELECT o.id FROM opportunities o JOIN contacts c ON c.id = o.primary_contact_id WHERE c.account_id <> o.account_id";
    assert!(stage.database.rows(split).is_empty());
}

/// Deletes the first account, which nobody is in any more.
fn close(sales: &Sales) -> Result<(), Failure> {
    close_on(sales, &sales.stage.database)
}

fn close_on<D: Database>(sales: &Sales, database: &D) -> Result<(), Failure> {
    sales.stage.database.change("UPDATE contacts SET deleted_at = 1");
    let by = sales.stage.principal(Who::Manager);
    let command = DeleteAccount { by, id: sales.accounts[0].clone(), precondition: Precondition::Any };
    block_on(run(database, &command, &mut sales.context(Who::Manager, START + DAY))).map(|ran| ran.done)
}

fn won(sales: &Sales) -> Opportunity {
    let deal = sales.create(Who::Manager, json!({}));
    sales.go(Who::Manager, &deal, &json!({ "stage": "closed_won" })).unwrap()
}

fn reopening() -> Value {
    json!({ "stage": "negotiation", "reopen": true, "reason": "they called" })
}

const GONE: Failure = Failure::Refused(Refusal::AccountDeleted);

#[test]
fn what_was_won_stays_won_when_its_account_is_deleted() {
    let sales = sales();
    let deal = won(&sales);
    close(&sales).unwrap();
    let lost = json!({ "stage": "closed_lost", "lost_reason": "price", "reopen": true, "reason": "they left" });
    for body in [reopening(), lost] {
        assert_eq!(sales.go(Who::Manager, &deal, &body).unwrap_err(), GONE, "{body}");
    }
    assert_eq!(sales.go(Who::Manager, &deal, &json!({ "stage": "closed_won" })).unwrap().stamp.version, 2, "no move");
    let renamed = sales.patch(Who::Manager, &deal, &json!({ "name": "Valves" })).unwrap();
    let moved = sales.patch(Who::Manager, &renamed, &json!({ "account_id": sales.accounts[1] })).unwrap();
    assert_eq!(sales.go(Who::Manager, &moved, &reopening()).unwrap().closed_at, None, "with an account that stands");
}

#[test]
fn an_account_is_deleted_or_its_opportunity_is_open_but_not_both() {
    let reopens = |sales: &Sales, deal: &Opportunity| sales.go(Who::Manager, deal, &reopening()).unwrap();
    let sales = sales();
    let deal = won(&sales);
    let to = OpportunityChange::Move(StageMove::parse(members(&reopening())).unwrap());
    let rival = against(&sales.stage, || close(&sales).unwrap());
    let refused = sales.change_on(&rival, (Who::Manager, &deal), to, START + DAY).unwrap_err();
    assert_eq!(refused, GONE);
    let in_use = Failure::Refused(Refusal::AccountInUse { reasons: vec!["open_opportunities"] });
    let sales = self::sales();
    let deal = won(&sales);
    let refused = close_on(&sales, &against(&sales.stage, || drop(reopens(&sales, &deal)))).unwrap_err();
    assert_eq!(refused, in_use);
    // The same with one that is new.
    let sales = self::sales();
    let refused = close_on(&sales, &against(&sales.stage, || drop(sales.create(Who::Manager, json!({}))))).unwrap_err();
    assert_eq!(refused, in_use);
}

#[test]
fn contacts_that_leave_and_opportunities_that_name_them_walk_an_index() {
    let sales = sales();
    let deal = sales.create(Who::Manager, naming(&sales));
    let by = sales.stage.principal(Who::Sdr(0));
    let mut context = sales.context(Who::Manager, START + 1);
    context.begin_attempt();
    let mut texts = explained(&sales.stage, &deletion(&sales), &mut context);
    texts.extend(explained(&sales.stage, &removal(&sales), &mut context));
    let body = with(sales.body(), naming(&sales));
    let creation = CreateOpportunity::parse(context.ids.next_id(), members(&body), by).unwrap();
    texts.extend(explained(&sales.stage, &creation, &mut context));
    sales.stage.database.change("UPDATE opportunities SET primary_contact_id = NULL");
    let to = OpportunityChange::Merge(members(&naming(&sales)));
    let by = sales.stage.principal(Who::Manager);
    let edit = ChangeOpportunity { id: deal.id, to, by, precondition: Precondition::Any };
    texts.extend(explained(&sales.stage, &edit, &mut context));
    assert!(texts.iter().filter(|text| text.contains("primary_contact_id = ?2")).count() >= 4, "{texts:#?}");
    for sql in texts {
        assert_narrow(&sales.stage, sql);
    }
}
