//! Opportunities: creation, edits, moves, lists, and who may see and name what (spec O, R1).

use lead_core::access::Visibility;
use lead_core::body::Members;
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, OpportunityChange};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::opportunity::{Opportunity, StageMove};
use lead_core::plan::{Actor, Context};
use lead_core::problem::Refusal;
use lead_core::time::Instant;
use lead_store::failure::Failure;
use lead_store::opportunities::one;
use lead_store::run::{Command, Ran, run};
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::stage::{DAY, START, Stage, Who, with};

/// A company with an account of each of two SDRs, each with a contact.
pub(crate) struct Sales {
    pub(crate) stage: Stage,
    pub(crate) accounts: [Id; 2],
    pub(crate) contacts: [Id; 2],
}

/// An id of the test's own.
pub(crate) fn id(number: u8) -> Id {
    Id::new(Instant::from_ms(START - DAY).unwrap(), &[number; 10])
}

impl Sales {
    pub(crate) fn new() -> Self {
        let stage = Stage::new(2);
        let (accounts, contacts) = ([id(1), id(2)], [id(11), id(12)]);
        for n in 0..2 {
            let (account, contact, owner, company) = (&accounts[n], &contacts[n], &stage.sdrs[n], &stage.company_id);
            stage.database.change(&format!(
                "INSERT INTO accounts (company_id, id, name, company_key, account_owner_id, account_type, health_score, lifecycle_stage, \
                   created_at, updated_at) VALUES ('{company}', '{account}', 'A{n}', 'a{n}', '{owner}', 'prospect', 'green', 'MQA', 1, 1); \
                 INSERT INTO contacts (company_id, id, account_id, name, created_at, updated_at) \
                   VALUES ('{company}', '{contact}', '{account}', 'C{n}', 1, 1)"
            ));
        }
        Self { stage, accounts, contacts }
    }

    /// The body of an opportunity of the first account.
    pub(crate) fn body(&self) -> Value {
        json!({ "name": "Pumps for 2027", "account_id": self.accounts[0], "deal_value": 1250.5, "close_date": "2027-01-31T00:00:00Z" })
    }

    pub(crate) fn context(&self, who: Who, at: i64) -> Context<'_> {
        let user_id = Some(self.stage.principal(who).user_id);
        let context = self.stage.context(at);
        Context { actor: Actor { user_id, ..context.actor.clone() }, ..context }
    }

    pub(crate) fn try_create(&self, who: Who, body: &Value, at: i64) -> Result<Opportunity, Failure> {
        let mut context = self.context(who, at);
        let id = context.ids.next_id();
        let command = CreateOpportunity::parse(id, members(body), self.stage.principal(who));
        let command = command.map_err(|errors| Failure::Refused(Refusal::Invalid(errors)))?;
        block_on(run(&self.stage.database, &command, &mut context)).map(|ran| ran.done)
    }

    pub(crate) fn create(&self, who: Who, more: Value) -> Opportunity {
        self.try_create(who, &with(self.body(), more), START).unwrap()
    }

    pub(crate) fn change_on<D: Database>(
        &self,
        database: &D,
        (who, of): (Who, &Opportunity),
        to: OpportunityChange,
        at: i64,
    ) -> Result<Ran<Opportunity>, Failure> {
        let precondition = Precondition::Versions(vec![of.stamp.version]);
        let command = ChangeOpportunity { id: of.id.clone(), to, by: self.stage.principal(who), precondition };
        block_on(run(database, &command, &mut self.context(who, at)))
    }

    pub(crate) fn change(&self, who: Who, of: &Opportunity, to: OpportunityChange) -> Result<Opportunity, Failure> {
        self.change_on(&self.stage.database, (who, of), to, START + DAY).map(|ran| ran.done)
    }

    pub(crate) fn patch(&self, who: Who, of: &Opportunity, patch: &Value) -> Result<Opportunity, Failure> {
        self.change(who, of, OpportunityChange::Merge(members(patch)))
    }

    pub(crate) fn go(&self, who: Who, of: &Opportunity, body: &Value) -> Result<Opportunity, Failure> {
        self.change(who, of, OpportunityChange::Move(StageMove::parse(members(body)).unwrap()))
    }

    fn one(&self, who: Who, id: &Id) -> Option<(Opportunity, Vec<Value>)> {
        let reads = one::read(&self.stage.company_id, id, &self.stage.visibility(who));
        let found = one::found(&block_on(self.stage.database.batch(reads)).unwrap()).unwrap();
        found.map(|(opportunity, stages)| (opportunity, stages.iter().map(|stage| json!(stage)).collect()))
    }
}

pub(crate) fn members(body: &Value) -> Members {
    Members::from_json(body.to_string().as_bytes()).unwrap()
}

pub(crate) fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> Vec<(String, &'static str)> {
    match result.unwrap_err() {
        Failure::Refused(Refusal::Invalid(errors)) => {
            errors.into_iter().map(|error| (error.pointer, error.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_opportunity_is_its_creators_and_is_read_back_as_it_was_answered() {
    let sales = Sales::new();
    let made = sales.create(Who::Sdr(0), json!({ "primary_contact_id": sales.contacts[0], "probability": 60 }));
    let (read, stages) = sales.one(Who::Sdr(0), &made.id).unwrap();
    assert_eq!(json!(read), json!(made));
    let shown = json!(made);
    assert_eq!(shown["owner_id"], json!(sales.stage.sdrs[0]));
    assert_eq!(
        (&shown["deal_value"], &shown["currency"], &shown["probability"]),
        (&json!(1250.5), &json!("INR"), &json!(60))
    );
    assert_eq!(stages.len(), 1);
    assert_eq!((&stages[0]["from_stage"], &stages[0]["to_stage"]), (&Value::Null, &json!("prospect")));
    assert_eq!(stages[0]["user_id"], json!(sales.stage.sdrs[0]));
    let audit = sales
        .stage
        .database
        .rows("SELECT action, entity_type, field_name FROM audit_logs WHERE entity_type = 'opportunity'");
    assert_eq!(json!(audit), json!([{ "action": "create", "entity_type": "opportunity", "field_name": null }]));
}

#[test]
fn only_what_a_caller_may_name_is_taken() {
    let sales = Sales::new();
    let [sdr, other] = [0, 1].map(|n| sales.stage.sdrs[n].clone());
    let cases = [
        (Who::Sdr(0), json!({ "account_id": sales.accounts[1] }), vec!["/account_id"]),
        (Who::Sdr(0), json!({ "account_id": id(99) }), vec!["/account_id"]),
        (Who::Sdr(0), json!({ "primary_contact_id": sales.contacts[1] }), vec!["/primary_contact_id"]),
        (Who::Sdr(0), json!({ "owner_id": other }), vec!["/owner_id"]),
        (Who::Manager, json!({ "owner_id": id(99) }), vec!["/owner_id"]),
        (
            Who::Admin,
            json!({ "account_id": id(99), "primary_contact_id": id(99), "owner_id": id(99) }),
            vec!["/account_id", "/primary_contact_id", "/owner_id"],
        ),
    ];
    for (who, more, pointers) in cases {
        let found = refused(sales.try_create(who, &with(sales.body(), more.clone()), START));
        let expected: Vec<_> = pointers.into_iter().map(|pointer| (pointer.to_owned(), "unknown_reference")).collect();
        assert_eq!(found, expected, "{more}");
    }
    assert_eq!(sales.create(Who::Sdr(0), json!({ "owner_id": sdr })).deal.owner_id, Some(sdr.clone()));
    assert_eq!(sales.create(Who::Manager, json!({ "owner_id": sdr })).deal.owner_id, Some(sdr.clone()));
    sales.stage.database.change(&format!("UPDATE users SET is_active = 0 WHERE id = '{sdr}'"));
    let found = refused(sales.try_create(Who::Admin, &with(sales.body(), json!({ "owner_id": sdr })), START));
    assert_eq!(found, [("/owner_id".to_owned(), "unknown_reference")]);
}

#[test]
fn an_edit_writes_and_audits_the_fields_that_differ() {
    let sales = Sales::new();
    let made = sales.create(Who::Sdr(0), json!({}));
    let edited = sales.patch(Who::Sdr(0), &made, &json!({ "deal_value": "1999.99", "probability": 40 })).unwrap();
    assert_eq!(edited.stamp.version, 2);
    let (read, stages) = sales.one(Who::Sdr(0), &made.id).unwrap();
    assert_eq!(json!(read), json!(edited));
    assert_eq!(stages.len(), 1, "no move");
    let audit = sales
        .stage
        .database
        .rows("SELECT field_name, old_value, new_value FROM audit_logs WHERE action = 'update' ORDER BY field_name");
    assert_eq!(
        json!(audit),
        json!([
            { "field_name": "deal_value", "old_value": "125050", "new_value": "199999" },
            { "field_name": "probability", "old_value": "10", "new_value": "40" },
            { "field_name": "probability_by_hand", "old_value": "0", "new_value": "1" },
        ])
    );
    let same = sales.patch(Who::Sdr(0), &edited, &json!({ "deal_value": 1999.99 })).unwrap();
    assert_eq!(same.stamp.version, 2, "what differs in nothing is no edit");
    let whole = OpportunityChange::Replace(members(&with(sales.body(), json!({ "name": "Valves" }))));
    let replaced = sales.change(Who::Sdr(0), &edited, whole).unwrap();
    assert_eq!((replaced.probability, replaced.probability_by_hand), (10, false), "the stage's own again");
    assert_eq!(replaced.deal.owner_id, edited.deal.owner_id, "the owner stays");
    let stale = sales.patch(Who::Sdr(0), &made, &json!({ "name": "Late" }));
    assert_eq!(stale.unwrap_err(), Failure::Refused(Refusal::Stale { version: 3 }));
}

#[test]
fn what_stays_is_not_asked_again_and_a_contact_goes_with_its_account() {
    let sales = Sales::new();
    let made =
        sales.create(Who::Manager, json!({ "primary_contact_id": sales.contacts[0], "owner_id": sales.stage.sdrs[0] }));
    sales
        .stage
        .database
        .change("UPDATE contacts SET deleted_at = 1; UPDATE users SET is_active = 0 WHERE role = 'sdr'");
    let named = sales.patch(Who::Manager, &made, &json!({ "name": "Valves" })).unwrap();
    sales.stage.database.change("UPDATE contacts SET deleted_at = NULL");
    let moved = json!({ "account_id": sales.accounts[1] });
    assert_eq!(
        refused(sales.patch(Who::Manager, &named, &moved)),
        [("/primary_contact_id".to_owned(), "unknown_reference")]
    );
    let both = with(moved, json!({ "primary_contact_id": sales.contacts[1] }));
    assert_eq!(sales.patch(Who::Manager, &named, &both).unwrap().deal.account_id, sales.accounts[1]);
}

#[test]
fn moves_are_kept_newest_first() {
    let sales = Sales::new();
    let made = sales.create(Who::Sdr(0), json!({ "probability": 90 }));
    let open = sales.go(Who::Sdr(0), &made, &json!({ "stage": "negotiation" })).unwrap();
    let lost = sales.go(Who::Sdr(0), &open, &json!({ "stage": "closed_lost", "lost_reason": "price" })).unwrap();
    assert_eq!(
        sales.go(Who::Sdr(0), &lost, &json!({ "stage": "negotiation" })).unwrap_err(),
        Failure::Refused(Refusal::OpportunityClosed { pipeline_stage: lost.pipeline_stage })
    );
    let again = json!({ "stage": "negotiation", "reopen": true, "reason": "they called" });
    let again = sales.go(Who::Sdr(0), &lost, &again).unwrap();
    let (read, stages) = sales.one(Who::Sdr(0), &made.id).unwrap();
    assert_eq!(json!(read), json!(again));
    assert_eq!((read.closed_at, read.lost_reason, read.probability), (None, None, 75));
    let told: Vec<_> =
        stages.iter().map(|stage| (stage["to_stage"].as_str().unwrap(), stage["reason"].as_str())).collect();
    let expected = [
        ("negotiation", Some("they called")),
        ("closed_lost", Some("price")),
        ("negotiation", None),
        ("prospect", None),
    ];
    assert_eq!(told, expected);
    let audit = sales
        .stage
        .database
        .rows("SELECT count(*) AS n FROM audit_logs WHERE action = 'stage' AND field_name = 'pipeline_stage'");
    assert_eq!(audit[0]["n"], 3);
}

#[test]
fn a_lost_answer_is_recognised_and_nothing_is_done_twice() {
    let sales = Sales::new();
    let mut context = sales.context(Who::Sdr(0), START);
    let id = context.ids.next_id();
    let command = CreateOpportunity::parse(id, members(&sales.body()), sales.stage.principal(Who::Sdr(0))).unwrap();
    // Batch 1 is the write; the next read finds what it did.
    let made = block_on(run(&lossy(&sales.stage, &[], &[1]), &command, &mut context)).unwrap().done;
    let tables = ["opportunities", "opportunity_stages", "audit_logs WHERE entity_type = 'opportunity'"];
    assert_eq!(tables.map(|table| sales.stage.count(table)), [1, 1, 1]);
    let on = |to| sales.change_on(&lossy(&sales.stage, &[], &[1]), (Who::Manager, &made), to, START + DAY).unwrap();
    let moved = on(OpportunityChange::Move(StageMove::parse(members(&json!({ "stage": "qualified" }))).unwrap())).done;
    assert_eq!((moved.stamp.version, sales.stage.count("opportunity_stages")), (2, 2));
    let gone = sales.change_on(
        &lossy(&sales.stage, &[], &[1]),
        (Who::Manager, &moved),
        OpportunityChange::Delete,
        START + DAY,
    );
    assert!(gone.is_ok());
    let late = sales.change(Who::Manager, &moved, OpportunityChange::Delete);
    assert_eq!(late.unwrap_err(), Failure::Refused(Refusal::NotFound));
    assert_eq!(sales.one(Who::Admin, &made.id), None);
}

#[test]
fn two_writers_of_one_version_collide() {
    let sales = Sales::new();
    let made = sales.create(Who::Sdr(0), json!({}));
    let by = sales.stage.principal(Who::Sdr(0));
    let precondition = Precondition::Versions(vec![1]);
    let command = ChangeOpportunity {
        id: made.id.clone(),
        to: OpportunityChange::Merge(members(&json!({ "name": "Mine" }))),
        by,
        precondition,
    };
    let mut context = sales.context(Who::Sdr(0), START);
    context.begin_attempt();
    let read = block_on(sales.stage.database.batch(command.reads(&context))).unwrap();
    let plan = Command::decide(&command, &command.known(&read).unwrap(), &mut context).unwrap();
    sales.patch(Who::Sdr(0), &made, &json!({ "name": "Theirs" })).unwrap();
    let late = lead_store::changes::statements(&plan.changes, &context);
    assert!(block_on(sales.stage.database.batch(late)).is_err());
    assert_eq!(sales.one(Who::Sdr(0), &made.id).unwrap().0.deal.name.as_str(), "Theirs");
}

#[test]
fn what_a_caller_does_not_see_is_not_there() {
    let sales = Sales::new();
    let made = sales.create(Who::Sdr(0), json!({}));
    for who in [Who::Sdr(0), Who::Manager, Who::Admin] {
        assert!(sales.one(who, &made.id).is_some(), "{who:?}");
    }
    assert!(sales.one(Who::Sdr(1), &made.id).is_none());
    let foreign = sales.patch(Who::Sdr(1), &made, &json!({ "name": "Mine" }));
    assert_eq!(foreign.unwrap_err(), Failure::Refused(Refusal::NotFound));
    let other = Visibility::Company;
    let reads = one::read(&id(77), &made.id, &other);
    assert_eq!(one::found(&block_on(sales.stage.database.batch(reads)).unwrap()).unwrap(), None);
    // Whoever sees an opportunity of an account may name the account.
    let theirs = sales.create(Who::Manager, json!({ "owner_id": sales.stage.sdrs[1] }));
    assert_eq!(theirs.deal.account_id, sales.accounts[0]);
    sales.create(Who::Sdr(1), json!({ "name": "Valves" }));
}
