//! Conversion: account first, linked not doubled, once, and by whom; two at a time.

use std::cell::{Cell, RefCell};

use lead_core::body::Members;
use lead_core::command::convert::{Convert, Converted};
use lead_core::command::lead::Target;
use lead_core::convert::{Conversion, ConversionCondition, ConversionRequest, PartOutcome, PartReason};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::money::Currency;
use lead_core::problem::Refusal;
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::{Database, DatabaseError, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::qualify::context;
use super::sqlite::Sqlite;
use super::stage::{DAY, START, Stage, Who, visitor, with};

/// A visitor's lead that meets every condition, with an SDR.
pub(super) fn eligible(stage: &Stage, values: &Value, key: &str) -> Id {
    stage.visit(values, key, START);
    let rows = stage.database.rows("SELECT id FROM leads ORDER BY id DESC LIMIT 1");
    let id = Id::parse(rows[0]["id"].as_str().unwrap()).unwrap();
    stage.database.change(&format!(
        "UPDATE leads SET status = 'qualified', stage = 'decision', contacted_at = {START}, \
         engagement = '{{\"meeting_scheduled\":3}}', score_raw = 100, lead_score = 100 WHERE id = '{id}'"
    ));
    id
}

pub(super) fn command(stage: &Stage, who: Who, lead_id: &Id, body: &Value, precondition: Precondition) -> Convert {
    let currency = Currency::parse("INR").unwrap();
    let members = Members::from_json(body.to_string().as_bytes()).unwrap();
    let request = ConversionRequest::parse(members, currency).unwrap();
    let target = Target { id: lead_id.clone(), by: stage.principal(who), precondition };
    Convert { target, request, currency }
}

pub(super) fn convert_on<D: Database>(
    stage: &Stage,
    database: &D,
    who: Who,
    lead_id: &Id,
    body: &Value,
) -> Result<Converted, Failure> {
    let command = command(stage, who, lead_id, body, Precondition::Any);
    block_on(run(database, &command, &mut context(stage, who, START + 1))).map(|ran| ran.done)
}

pub(super) fn convert(stage: &Stage, who: Who, lead_id: &Id, body: &Value) -> Conversion {
    convert_on(stage, &stage.database, who, lead_id, body).unwrap().conversion
}

fn refused(stage: &Stage, who: Who, lead_id: &Id, body: &Value) -> Refusal {
    match convert_on(stage, &stage.database, who, lead_id, body) {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// Does something just before the batch with this number.
pub(super) struct Interrupted<'a> {
    database: &'a Sqlite,
    at: u32,
    act: RefCell<Option<Box<dyn FnOnce() + 'a>>>,
    sent: Cell<u32>,
}

impl<'a> Interrupted<'a> {
    pub(super) fn new(database: &'a Sqlite, at: u32, act: impl FnOnce() + 'a) -> Self {
        Self { database, at, act: RefCell::new(Some(Box::new(act))), sent: Cell::new(0) }
    }
}

impl Database for Interrupted<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<lead_store::statement::Outcome>, DatabaseError> {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let act = if number == self.at { self.act.borrow_mut().take() } else { None };
        if let Some(act) = act {
            act();
        }
        self.database.batch(statements).await
    }
}

/// An account that stands already.
pub(super) fn account(stage: &Stage, number: u8, name: &str, domain: Option<&str>, owner: Option<&Id>) -> Id {
    let id = Id::new(lead_core::time::Instant::from_ms(START).unwrap(), &[number; 10]);
    let text = |value: Option<&str>| value.map_or("NULL".to_owned(), |value| format!("'{value}'"));
    stage.database.change(&format!(
        "INSERT INTO accounts (company_id, id, name, company_key, domain, account_owner_id, account_type, health_score, lifecycle_stage, \
         created_at, updated_at) VALUES ('{}', '{id}', '{name}', '{name}', {}, {}, 'customer', 'green', 'Customer', {START}, {START})",
        stage.company_id,
        text(domain),
        text(owner.map(Id::as_str)),
    ));
    id
}

#[test]
fn a_lead_becomes_account_contact_and_opportunity_in_one_go() {
    let stage = Stage::new(1);
    let values = with(visitor(1), json!({ "authority_level": "influencer", "job_title": "CTO", "industry": "Pumps" }));
    let lead_id = eligible(&stage, &values, "one");
    let body = json!({ "opportunity_amount": "125000.50" });
    let made = convert(&stage, Who::Sdr(0), &lead_id, &body);
    assert_eq!((made.account.outcome, made.account.why), (PartOutcome::Created, PartReason::NoMatch));
    let account = &stage.database.rows("SELECT * FROM accounts")[0];
    let lead = stage.lead();
    assert_eq!(account["id"], made.account_id.as_str());
    assert_eq!((&account["name"], &account["company_key"]), (&lead["company_name"], &lead["company_key"]));
    assert_eq!((&account["domain"], &account["account_owner_id"]), (&lead["email_domain"], &lead["lead_owner_id"]));
    assert_eq!((&account["account_type"], &account["lifecycle_stage"]), (&json!("prospect"), &json!("SQA")));
    let contact = &stage.database.rows("SELECT * FROM contacts")[0];
    assert_eq!((&contact["role"], &contact["is_primary_contact"]), (&json!("influencer"), &json!(1)));
    assert_eq!((&contact["email_key"], &contact["account_id"]), (&lead["email_key"], &account["id"]));
    let opportunity = &stage.database.rows("SELECT * FROM opportunities")[0];
    assert_eq!((&opportunity["deal_value"], &opportunity["currency"]), (&json!(12_500_050), &json!("INR")));
    assert_eq!((&opportunity["pipeline_stage"], &opportunity["probability"]), (&json!("prospect"), &json!(10)));
    assert_eq!(opportunity["close_date"], START + 1 + 90 * DAY);
    assert_eq!((&opportunity["lead_id"], &opportunity["primary_contact_id"]), (&lead["id"], &contact["id"]));
    assert_eq!(
        (&lead["status"], &lead["stage"], &lead["version"]),
        (&json!("converted"), &json!("converted"), &json!(2))
    );
    assert_eq!((&lead["converted_at"], &lead["match_slot"]), (&json!(START + 1), &lead["id"]));
    for (column, id) in [
        ("converted_to_account_id", Some(&made.account_id)),
        ("converted_to_contact_id", Some(&made.contact_id)),
        ("converted_to_opportunity_id", made.opportunity_id.as_ref()),
    ] {
        assert_eq!(lead[column], json!(id), "{column}");
    }
    let note = &stage.database.rows("SELECT * FROM activities WHERE activity_type = 'note'")[0];
    assert_eq!((&note["subject"], &note["related_to_id"]), (&json!("Lead Converted"), &account["id"]));
    assert_eq!(note["notes"], format!("Lead {lead_id} converted to Account {}", made.account_id));
    let trail = stage.database.rows("SELECT entity_type FROM audit_logs WHERE action = 'create' AND entity_type IN ('account', 'contact', 'opportunity', 'activity')");
    assert_eq!(trail.len(), 5, "two of them activities");
    // The person may come again as a new lead.
    stage.visit(&values, "two", START + DAY);
    assert_eq!(stage.count("leads"), 2);
}

#[test]
fn asking_again_gives_the_first_result_whatever_is_asked() {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let first = convert(&stage, Who::Sdr(0), &lead_id, &json!({}));
    assert_eq!(first.opportunity_id, None);
    for precondition in [Precondition::Missing, Precondition::Versions(vec![1]), Precondition::Any] {
        let again = command(&stage, Who::Admin, &lead_id, &json!({ "opportunity_amount": 5 }), precondition);
        let ran = block_on(run(&stage.database, &again, &mut context(&stage, Who::Admin, START + 9))).unwrap();
        assert_eq!((&ran.done.conversion, ran.done.version), (&first, 2));
        assert!(ran.written.is_empty());
    }
    assert_eq!((stage.count("accounts"), stage.count("opportunities"), stage.count("conversions")), (1, 0, 1));
}

#[test]
fn what_is_known_is_linked() {
    let stage = Stage::new(2);
    let values = visitor(1);
    let domain = values["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let known = account(&stage, 1, "somebody else", Some(&domain), Some(&stage.sdrs[1]));
    let lead_id = eligible(&stage, &values, "one");
    let made = convert(&stage, Who::Manager, &lead_id, &json!({ "opportunity_amount": 0 }));
    assert_eq!(
        (&made.account_id, made.account.outcome, made.account.why),
        (&known, PartOutcome::Linked, PartReason::EmailDomain)
    );
    assert_eq!(made.contact.outcome, PartOutcome::Created);
    assert!(made.opportunity_id.is_some(), "0 counts");
    // A colleague with the same name of the company, at a free mail domain.
    let colleague = with(
        visitor(1),
        json!({ "email": "ravi@gmail.com", "phone": "+919811111111", "company_name": "Somebody Else Ltd" }),
    );
    let second = eligible(&stage, &colleague, "two");
    let linked = convert(&stage, Who::Manager, &second, &json!({}));
    assert_eq!((&linked.account_id, linked.account.why), (&known, PartReason::CompanyName));
    let primary = stage.database.rows("SELECT email, is_primary_contact FROM contacts ORDER BY id");
    assert_eq!((&primary[0]["is_primary_contact"], &primary[1]["is_primary_contact"]), (&json!(1), &json!(0)));
    // The same person once more: nothing is made.
    let third = eligible(&stage, &colleague, "three");
    let again = convert(&stage, Who::Manager, &third, &json!({}));
    assert_eq!((again.contact.outcome, again.contact.why), (PartOutcome::Linked, PartReason::Email));
    assert_eq!(again.contact_id, linked.contact_id);
    assert_eq!((stage.count("accounts"), stage.count("contacts")), (1, 2));
}

#[test]
fn of_several_accounts_a_person_chooses_among_those_they_see() {
    let stage = Stage::new(2);
    let values = visitor(1);
    let domain = values["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let lead_id = eligible(&stage, &values, "one");
    let owner = usize::from(stage.lead()["lead_owner_id"] == stage.sdrs[1].as_str());
    let mine = account(&stage, 1, "north", Some(&domain), Some(&stage.sdrs[owner]));
    let theirs = account(&stage, 2, "south", Some(&domain), Some(&stage.sdrs[1 - owner]));
    let listed = |who| match refused(&stage, who, &lead_id, &json!({})) {
        Refusal::SeveralAccounts { accounts } => accounts.into_iter().map(|account| account.id).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(listed(Who::Sdr(owner)), std::slice::from_ref(&mine));
    assert_eq!(listed(Who::Manager), [mine, theirs.clone()]);
    for nothing in [&theirs, &lead_id] {
        match refused(&stage, Who::Sdr(owner), &lead_id, &json!({ "account_id": nothing })) {
            Refusal::Invalid(errors) => {
                assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/account_id", "unknown_reference"));
            }
            other => panic!("{other:?}"),
        }
    }
    let made = convert(&stage, Who::Manager, &lead_id, &json!({ "account_id": theirs }));
    assert_eq!((made.account_id, made.account.why), (theirs, PartReason::AccountId));
}

#[test]
fn a_refusal_lists_every_reason_and_a_manager_may_override() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let lead_id = Id::parse(stage.lead()["id"].as_str().unwrap()).unwrap();
    match refused(&stage, Who::Sdr(0), &lead_id, &json!({})) {
        Refusal::NotConvertible { unmet } => {
            let conditions: Vec<ConversionCondition> = unmet.iter().map(|unmet| unmet.condition).collect();
            assert_eq!(conditions, ConversionCondition::ALL);
        }
        other => panic!("{other:?}"),
    }
    let body = json!({ "override": { "reason": "The board has signed." } });
    assert_eq!(refused(&stage, Who::Sdr(0), &lead_id, &body), Refusal::Forbidden);
    stage.database.change("UPDATE leads SET status = 'disqualified'");
    assert!(matches!(refused(&stage, Who::Manager, &lead_id, &body), Refusal::ImpossibleMove(_)));
    stage.database.change("UPDATE leads SET status = 'new'");
    convert(&stage, Who::Manager, &lead_id, &body);
    let trail =
        stage.database.rows("SELECT user_id, old_value, new_value FROM audit_logs WHERE field_name = 'override'");
    assert_eq!(trail.len(), 1);
    assert_eq!(trail[0]["new_value"], "The board has signed.");
    assert_eq!(trail[0]["old_value"], "status, contacted_at, lead_score");
    assert_eq!(trail[0]["user_id"], stage.principal(Who::Manager).user_id.as_str());
}

#[test]
fn nobody_converts_what_they_do_not_see_or_have_not_seen() {
    let stage = Stage::new(2);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let other = usize::from(stage.lead()["lead_owner_id"] == stage.sdrs[0].as_str());
    assert_eq!(refused(&stage, Who::Sdr(other), &lead_id, &json!({})), Refusal::NotFound);
    for (precondition, refusal) in [
        (Precondition::Missing, Refusal::PreconditionRequired),
        (Precondition::Versions(vec![7]), Refusal::Stale { version: 1 }),
    ] {
        let command = command(&stage, Who::Admin, &lead_id, &json!({}), precondition);
        let failure = block_on(run(&stage.database, &command, &mut context(&stage, Who::Admin, START))).unwrap_err();
        assert_eq!(failure, Failure::Refused(refusal));
    }
    stage.database.change("UPDATE leads SET deleted_at = 1");
    assert_eq!(refused(&stage, Who::Admin, &lead_id, &json!({})), Refusal::NotFound);
    assert_eq!((stage.count("accounts"), stage.count("contacts"), stage.count("activities")), (0, 0, 0));
}

#[test]
fn a_lost_answer_converts_once() {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let lost = lossy(&stage, &[], &[1]);
    let done = convert_on(&stage, &lost, Who::Admin, &lead_id, &json!({ "opportunity_amount": 1 })).unwrap();
    assert_eq!(done.conversion, convert(&stage, Who::Admin, &lead_id, &json!({})));
    assert_eq!((stage.count("accounts"), stage.count("opportunities"), stage.count("activities")), (1, 1, 2));
}

#[test]
fn two_conversions_of_one_lead_at_once_give_one_result() {
    let stage = Stage::new(1);
    let lead_id = eligible(&stage, &visitor(1), "one");
    let rival = RefCell::new(None);
    let database = Interrupted::new(&stage.database, 1, || {
        *rival.borrow_mut() = Some(convert(&stage, Who::Manager, &lead_id, &json!({})));
    });
    let mine = convert_on(&stage, &database, Who::Admin, &lead_id, &json!({ "opportunity_amount": 1 })).unwrap();
    drop(database);
    assert_eq!(Some(mine.conversion), rival.into_inner());
    assert_eq!((stage.count("accounts"), stage.count("conversions"), stage.count("opportunities")), (1, 1, 0));
}

#[test]
fn two_leads_of_one_new_company_at_once_share_an_account() {
    let domain = visitor(1)["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let colleagues = [
        ("by the domain", json!({ "email": format!("ravi@{domain}"), "company_name": "Quite Another" })),
        ("by the name", json!({ "email": "ravi@gmail.com" })),
    ];
    for (case, values) in colleagues {
        let stage = Stage::new(1);
        let rival = eligible(&stage, &visitor(1), "one");
        let colleague = with(with(visitor(1), json!({ "phone": "+919811111111" })), values);
        let lead_id = eligible(&stage, &colleague, "two");
        let made = RefCell::new(None);
        let database = Interrupted::new(&stage.database, 1, || {
            *made.borrow_mut() = Some(convert(&stage, Who::Manager, &rival, &json!({})));
        });
        let mine = convert_on(&stage, &database, Who::Admin, &lead_id, &json!({})).unwrap().conversion;
        drop(database);
        assert_eq!(mine.account_id, made.into_inner().unwrap().account_id, "{case}");
        assert_eq!(mine.account.outcome, PartOutcome::Linked, "{case}");
        assert_eq!((stage.count("accounts"), stage.count("contacts")), (1, 2), "{case}");
        let primary = stage.database.rows("SELECT id FROM contacts WHERE is_primary_contact = 1");
        assert_eq!(primary.len(), 1, "{case}");
    }
}

#[test]
fn an_account_that_goes_meanwhile_is_not_linked() {
    let stage = Stage::new(1);
    let values = visitor(1);
    let domain = values["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let known = account(&stage, 1, "north", Some(&domain), None);
    let lead_id = eligible(&stage, &values, "one");
    let database = Interrupted::new(&stage.database, 1, || stage.database.change("UPDATE accounts SET deleted_at = 1"));
    let made = convert_on(&stage, &database, Who::Admin, &lead_id, &json!({})).unwrap().conversion;
    assert_eq!(made.account.outcome, PartOutcome::Created);
    assert_ne!(made.account_id, known);
}
