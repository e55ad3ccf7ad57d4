//! Contacts: seen as their account, exactly one of them primary, whatever happens at the same time.

use std::cell::{Cell, RefCell};

use lead_core::account::Account;
use lead_core::account_query::ContactQuery;
use lead_core::command::contact::{CreateContact, DeleteContact, EditContact};
use lead_core::contact::{Contact, ContactBody};
use lead_core::edit::Precondition;
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::problem::Refusal;
use lead_store::contacts::{found, list, read};
use lead_store::failure::Failure;
use lead_store::run::run;
use lead_store::statement::{Database, DatabaseError, Outcome, Row, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::account_lists::{CALLERS, SORTS, crowd, is_seen};
use super::accounts::{
    Lossy, assert_narrow, create as create_account, deletion as account_deletion, explained, members, trail,
};
use super::stage::{START, Stage, Who, visitor};

fn creation(stage: &Stage, who: Who, body: &Value, at: i64) -> CreateContact {
    let body = ContactBody::parse(members(body), Country::INDIA, None).unwrap();
    let account_id = body.account_id.clone().unwrap();
    CreateContact { by: stage.principal(who), id: stage.context(at).ids.next_id(), account_id, body }
}

pub(super) fn create(stage: &Stage, who: Who, body: &Value, at: i64) -> Result<Contact, Failure> {
    block_on(run(&stage.database, &creation(stage, who, body, at), &mut stage.context(at))).map(|ran| ran.done)
}

fn editing(stage: &Stage, who: Who, id: &Id, whole: bool, body: &Value) -> EditContact {
    let (by, id) = (stage.principal(who), id.clone());
    EditContact { by, id, precondition: Precondition::Any, members: members(body), whole }
}

pub(super) fn edit(stage: &Stage, who: Who, id: &Id, whole: bool, body: &Value) -> Result<Contact, Failure> {
    let command = editing(stage, who, id, whole, body);
    block_on(run(&stage.database, &command, &mut stage.context(START + 60_000))).map(|ran| ran.done)
}

fn deletion(stage: &Stage, who: Who, id: &Id) -> DeleteContact {
    DeleteContact { by: stage.principal(who), id: id.clone(), precondition: Precondition::Any }
}

pub(super) fn delete(stage: &Stage, who: Who, contact: &Contact) -> Result<(), Failure> {
    let command = deletion(stage, who, &contact.id);
    block_on(run(&stage.database, &command, &mut stage.context(START + 90_000))).map(|ran| ran.done)
}

fn one(stage: &Stage, who: Who, id: &Id) -> Option<Contact> {
    let seen = stage.visibility(who);
    found(&block_on(stage.database.batch(vec![read(&stage.company_id, id, &seen)])).unwrap()[0]).unwrap()
}

fn account(stage: &Stage, who: Who, name: &str) -> Account {
    create_account(stage, who, &json!({ "name": name }), START).unwrap()
}

fn person(account: &Account, name: &str) -> Value {
    json!({ "account_id": account.id, "name": name })
}

/// The names of an account's contacts, oldest first, the primary one in capitals.
pub(super) fn people(stage: &Stage, account: &Id) -> String {
    let sql = format!("SELECT * FROM contacts WHERE account_id = '{account}' AND deleted_at IS NULL ORDER BY id");
    let shown = |row: &Row| {
        let name = row["name"].as_str().unwrap();
        if row["is_primary_contact"] == 1 { name.to_uppercase() } else { name.to_lowercase() }
    };
    stage.database.rows(&sql).iter().map(shown).collect::<Vec<_>>().join(" ")
}

#[test]
fn the_first_is_primary_until_another_one_is_made_it() {
    let stage = Stage::new(1);
    let tide = account(&stage, Who::Sdr(0), "Tide");
    let [asha, ben, cem] =
        ["Asha", "Ben", "Cem"].map(|name| create(&stage, Who::Sdr(0), &person(&tide, name), START).unwrap());
    assert_eq!(people(&stage, &tide.id), "ASHA ben cem");
    let made = edit(&stage, Who::Sdr(0), &ben.id, false, &json!({ "is_primary_contact": true })).unwrap();
    assert!(made.is_primary_contact);
    assert_eq!(people(&stage, &tide.id), "asha BEN cem");
    assert_eq!(trail(&stage, &asha.id)[1], ["update", "is_primary_contact", "1", "0"]);
    assert_eq!(trail(&stage, &ben.id)[1], ["update", "is_primary_contact", "0", "1"]);
    assert_eq!(one(&stage, Who::Sdr(0), &asha.id).unwrap().stamp.version, 2, "both versions are raised");
    let mut last = person(&tide, "Dora");
    last["is_primary_contact"] = true.into();
    let dora = create(&stage, Who::Sdr(0), &last, START + 1).unwrap();
    assert_eq!(people(&stage, &tide.id), "asha ben cem DORA");
    edit(&stage, Who::Sdr(0), &dora.id, false, &json!({ "is_primary_contact": false })).unwrap();
    assert_eq!(people(&stage, &tide.id), "ASHA ben cem dora", "handed to the oldest other one");
    edit(&stage, Who::Sdr(0), &asha.id, true, &json!({ "name": "Asha" })).unwrap();
    assert_eq!(people(&stage, &tide.id), "ASHA ben cem dora", "what is not sent does not change it");
    delete(&stage, Who::Admin, &asha).unwrap();
    assert_eq!(people(&stage, &tide.id), "BEN cem dora");
    delete(&stage, Who::Admin, &cem).unwrap();
    delete(&stage, Who::Admin, &ben).unwrap();
    edit(&stage, Who::Sdr(0), &dora.id, false, &json!({ "is_primary_contact": false })).unwrap();
    assert_eq!(people(&stage, &tide.id), "DORA", "an only contact is it in any case");
}

#[test]
fn who_moves_takes_no_primacy_along_but_where_it_is_asked_for_or_free() {
    let stage = Stage::new(1);
    let [tide, ebb, flood] = ["Tide", "Ebb", "Flood"].map(|name| account(&stage, Who::Sdr(0), name));
    let [asha, ben] = ["Asha", "Ben"].map(|name| create(&stage, Who::Sdr(0), &person(&tide, name), START).unwrap());
    create(&stage, Who::Sdr(0), &person(&ebb, "Cem"), START).unwrap();
    let to = |account: &Account| json!({ "account_id": account.id });
    edit(&stage, Who::Sdr(0), &asha.id, false, &to(&ebb)).unwrap();
    assert_eq!((people(&stage, &tide.id), people(&stage, &ebb.id)), ("BEN".into(), "asha CEM".into()));
    edit(&stage, Who::Sdr(0), &ben.id, false, &json!({ "account_id": ebb.id, "is_primary_contact": true })).unwrap();
    assert_eq!((people(&stage, &tide.id), people(&stage, &ebb.id)), (String::new(), "asha BEN cem".into()));
    edit(&stage, Who::Sdr(0), &asha.id, false, &to(&flood)).unwrap();
    assert_eq!((people(&stage, &flood.id), people(&stage, &ebb.id)), ("ASHA".into(), "BEN cem".into()));
    let foreign = account(&stage, Who::Admin, "Foreign");
    let refused = edit(&stage, Who::Sdr(0), &asha.id, false, &to(&foreign)).unwrap_err();
    let Failure::Refused(Refusal::Invalid(errors)) = refused else { panic!("{refused:?}") };
    assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("/account_id", "unknown_reference"));
    assert!(create(&stage, Who::Sdr(0), &person(&foreign, "Eve"), START).is_err());
}

#[test]
fn random_edits_keep_one_primary_contact_in_each_account() {
    let stage = Stage::new(1);
    let accounts: Vec<Account> = ["A", "B", "C"].iter().map(|name| account(&stage, Who::Admin, name)).collect();
    let mut contacts: Vec<Id> = Vec::new();
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for step in 0..300_i64 {
        let target = &accounts[random(3)];
        let wish = [Value::Null, true.into(), false.into()][random(3)].clone();
        let some = random(contacts.len().max(1));
        match random(5) {
            0 => {
                let mut body = person(target, "Somebody");
                body["is_primary_contact"] = wish;
                contacts.push(create(&stage, Who::Admin, &body, START + step).unwrap().id);
            }
            1 if !contacts.is_empty() => {
                let id = contacts.remove(some);
                let command = deletion(&stage, Who::Admin, &id);
                block_on(run(&stage.database, &command, &mut stage.context(START + step))).unwrap();
            }
            2 if !contacts.is_empty() => {
                let body = json!({ "account_id": target.id, "is_primary_contact": wish });
                edit(&stage, Who::Admin, &contacts[some], false, &body).unwrap();
            }
            3 if !contacts.is_empty() => {
                edit(&stage, Who::Admin, &contacts[some], false, &json!({ "is_primary_contact": wish })).unwrap();
            }
            _ => {}
        }
        let uneven = stage.database.rows(
            "SELECT account_id FROM contacts WHERE deleted_at IS NULL GROUP BY account_id HAVING sum(is_primary_contact) <> 1",
        );
        assert_eq!(uneven.len(), 0, "after step {step}");
    }
    let versions = stage.database.rows(
        "SELECT c.id FROM contacts c WHERE version <> 1 + (SELECT count(*) FROM entity_versions v WHERE v.entity_id = c.id) \
         OR version > (SELECT count(*) FROM audit_logs a WHERE a.entity_id = c.id)",
    );
    assert_eq!(versions.len(), 0, "each edit raised the version and was audited");
    assert!(contacts.len() > 20);
}

/// Does something just before the first write.
pub(super) struct Rival<'a, F: Fn()> {
    stage: &'a Stage,
    rival: RefCell<Option<F>>,
    sent: Cell<u32>,
}

impl<F: Fn()> Database for Rival<'_, F> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let number = self.sent.replace(self.sent.get() + 1);
        if number == 1
            && let Some(rival) = self.rival.take()
        {
            rival();
        }
        self.stage.database.batch(statements).await
    }
}

pub(super) fn against<F: Fn()>(stage: &Stage, rival: F) -> Rival<'_, F> {
    Rival { stage, rival: RefCell::new(Some(rival)), sent: Cell::new(0) }
}

#[test]
fn whoever_is_faster_an_account_keeps_its_primary_contact() {
    let stage = Stage::new(1);
    let tide = account(&stage, Who::Admin, "Tide");
    let asha = create(&stage, Who::Admin, &person(&tide, "Asha"), START).unwrap();
    // Ben is decided to be an ordinary contact while Asha, the primary one, goes.
    let command = creation(&stage, Who::Admin, &person(&tide, "Ben"), START + 1);
    let rival = against(&stage, || delete(&stage, Who::Admin, &asha).unwrap());
    let ben = block_on(run(&rival, &command, &mut stage.context(START + 1))).unwrap().done;
    assert_eq!((people(&stage, &tide.id).as_str(), ben.is_primary_contact), ("BEN", true));
    // Ben is decided to leave nobody behind while Cem comes.
    let command = deletion(&stage, Who::Admin, &ben.id);
    let rival = against(&stage, || drop(create(&stage, Who::Admin, &person(&tide, "Cem"), START + 2).unwrap()));
    block_on(run(&rival, &command, &mut stage.context(START + 3))).unwrap();
    assert_eq!(people(&stage, &tide.id), "CEM");
    // Both first at once.
    let ebb = account(&stage, Who::Admin, "Ebb");
    let command = creation(&stage, Who::Admin, &person(&ebb, "Dora"), START + 4);
    let rival = against(&stage, || drop(create(&stage, Who::Admin, &person(&ebb, "Emil"), START + 5).unwrap()));
    block_on(run(&rival, &command, &mut stage.context(START + 4))).unwrap();
    assert_eq!(people(&stage, &ebb.id), "dora EMIL");
}

#[test]
fn no_contact_comes_into_an_account_that_goes() {
    let stage = Stage::new(1);
    let tide = account(&stage, Who::Admin, "Tide");
    let remove =
        || block_on(run(&stage.database, &account_deletion(&stage, Who::Admin, &tide), &mut stage.context(START)));
    let command = creation(&stage, Who::Admin, &person(&tide, "Asha"), START + 1);
    let rival = against(&stage, || drop(remove().unwrap()));
    let failure = block_on(run(&rival, &command, &mut stage.context(START + 1))).unwrap_err();
    assert!(matches!(failure, Failure::Refused(Refusal::Invalid(_))), "{failure:?}");
    let ebb = account(&stage, Who::Admin, "Ebb");
    let rival = against(&stage, || drop(create(&stage, Who::Admin, &person(&ebb, "Ben"), START + 2).unwrap()));
    let failure =
        block_on(run(&rival, &account_deletion(&stage, Who::Admin, &ebb), &mut stage.context(START))).unwrap_err();
    assert_eq!(failure, Failure::Refused(Refusal::AccountInUse { reasons: vec!["contacts"] }));
}

#[test]
fn a_lost_answer_is_given_again() {
    let stage = Stage::new(1);
    let tide = account(&stage, Who::Admin, "Tide");
    let asha = create(&stage, Who::Admin, &person(&tide, "Asha"), START).unwrap();
    let lossy = || Lossy { database: &stage.database, lost: 1, sent: Cell::new(0) };
    let mut body = person(&tide, "Ben");
    body["is_primary_contact"] = true.into();
    let command = creation(&stage, Who::Admin, &body, START + 1);
    let ben = block_on(run(&lossy(), &command, &mut stage.context(START + 1))).unwrap().done;
    assert_eq!(people(&stage, &tide.id), "asha BEN");
    let command = editing(&stage, Who::Admin, &asha.id, false, &json!({ "is_primary_contact": true }));
    let done = block_on(run(&lossy(), &command, &mut stage.context(START + 2))).unwrap().done;
    assert_eq!((people(&stage, &tide.id), done.stamp.version), ("ASHA ben".into(), 3));
    block_on(run(&lossy(), &deletion(&stage, Who::Admin, &ben.id), &mut stage.context(START + 3))).unwrap();
    assert_eq!(people(&stage, &tide.id), "ASHA");
}

#[test]
fn a_submission_by_a_contact_is_known() {
    let stage = Stage::new(1);
    let tide = account(&stage, Who::Admin, "Tide");
    for (n, member) in ["email", "phone"].into_iter().enumerate() {
        let values = visitor(n);
        let mut body = person(&tide, "Asha Verma");
        body[member] = values[member].clone();
        let made = create(&stage, Who::Admin, &body, START).unwrap();
        stage.visit(&values, member, START + 1);
        let leads = stage.leads();
        let matches = leads.last().unwrap()["matches"].as_str().unwrap();
        assert!(matches.contains(made.id.as_str()), "{member}: {matches}");
    }
}

/// Three contacts in every account of a crowd.
fn crowd_of_people(accounts: usize) -> Stage {
    let stage = crowd(accounts);
    stage.database.change(
        "INSERT INTO contacts (company_id, id, account_id, name, name_key, role, email, email_key, phone_e164, is_primary_contact, created_at, updated_at) \
         SELECT company_id, substr(accounts.id, 1, 24) || printf('%012x', (row_number() OVER () * 7919 + i.value * 104729) % 1000003), accounts.id, \
           'Person ' || i.value, 'person ' || i.value || ' ' || name, CASE i.value WHEN 0 THEN 'user' ELSE 'influencer' END, NULL, \
           'p' || i.value || '@' || domain, '+9199' || i.value, i.value = 0, created_at, updated_at + i.value * 777 \
         FROM accounts, json_each('[0,1,2]') i; \
         UPDATE contacts SET deleted_at = 1 WHERE created_at / 1000 % 9 = 2 AND is_primary_contact = 0",
    );
    stage
}

fn pages(stage: &Stage, who: Who, pairs: &[(&str, &str)]) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let own = pairs.iter().copied().chain(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let pairs: Vec<_> = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = ContactQuery::parse(&pairs, Country::INDIA).unwrap();
        let page = block_on(list::page(&stage.database, &stage.company_id, &query, &stage.visibility(who))).unwrap();
        assert!(page.items.len() <= usize::from(query.paging.limit), "{pairs:?}");
        assert!(cursor.is_none() || page.next_cursor != cursor, "going round in a circle: {pairs:?}");
        ids.extend(page.items.iter().map(|contact| contact.id.to_string()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return ids;
        }
    }
}

fn expected(stage: &Stage, who: Who, holds: impl Fn(&Row) -> bool, order: &str) -> Vec<String> {
    let accounts = stage.database.rows("SELECT * FROM accounts WHERE deleted_at IS NULL");
    let seen: Vec<_> =
        accounts.iter().filter(|account| is_seen(stage, who, account)).map(|row| row["id"].clone()).collect();
    let rows = stage.database.rows(&format!("SELECT * FROM contacts WHERE deleted_at IS NULL ORDER BY {order}"));
    let held = rows.iter().filter(|row| holds(row) && seen.contains(&row["account_id"]));
    held.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn pages_give_each_contact_once_in_order() {
    let stage = crowd_of_people(60);
    let some = stage.database.rows(
        "SELECT id FROM accounts WHERE deleted_at IS NULL AND created_at / 1000 % 10 = 3 ORDER BY id DESC LIMIT 1",
    );
    let account = some[0]["id"].as_str().unwrap().to_owned();
    for who in CALLERS {
        for (sort, order) in SORTS {
            for limit in ["2", "200"] {
                let found = pages(&stage, who, &[("sort", sort), ("limit", limit)]);
                assert_eq!(found, expected(&stage, who, |_| true, order), "{who:?} {sort} {limit}");
                let found = pages(&stage, who, &[("sort", sort), ("limit", limit), ("account_id", &account)]);
                let holds = |row: &Row| row["account_id"] == account.as_str();
                assert_eq!(found, expected(&stage, who, holds, order), "{who:?} {sort} {limit} of one account");
            }
        }
    }
    assert!(expected(&stage, Who::Sdr(1), |_| true, "id").len() > 20);
}

#[test]
fn filters_keep_what_holds() {
    let stage = crowd_of_people(40);
    type Holds = fn(&Row) -> bool;
    let cases: [(&[(&str, &str)], Holds); 6] = [
        (&[("role", "user")], |row| row["role"] == "user"),
        (&[("is_primary_contact", "false")], |row| row["is_primary_contact"] == 0),
        (&[("email", "P1@company-7.com")], |row| row["email_key"] == "p1@company-7.com"),
        (&[("q", "person 2 company 1")], |row| {
            row["name_key"].as_str().unwrap().to_lowercase().starts_with("person 2 company 1")
        }),
        (&[("q", "p0@company-2")], |row| row["email_key"].as_str().unwrap().starts_with("p0@company-2")),
        (&[("role", "influencer"), ("created_from", "2026-11-23T10:00:20Z")], |row| {
            row["role"] == "influencer" && row["created_at"].as_i64().unwrap() >= START + 20_000
        }),
    ];
    stage.database.change("UPDATE contacts SET name_key = lower(name_key)");
    for who in CALLERS {
        for (pairs, holds) in &cases {
            for (sort, order) in SORTS {
                let mut pairs = pairs.to_vec();
                pairs.extend([("sort", sort), ("limit", "3")]);
                assert_eq!(pages(&stage, who, &pairs), expected(&stage, who, holds, order), "{who:?} {pairs:?}");
            }
        }
    }
}

#[test]
fn every_query_over_contacts_walks_an_index() {
    let stage = Stage::new(1);
    let [tide, ebb] = ["Tide", "Ebb"].map(|name| account(&stage, Who::Sdr(0), name));
    let [asha, _] = ["Asha", "Ben"].map(|name| create(&stage, Who::Sdr(0), &person(&tide, name), START).unwrap());
    create(&stage, Who::Sdr(0), &person(&ebb, "Cem"), START).unwrap();
    let mut context = stage.context(START);
    context.begin_attempt();
    let body = json!({ "account_id": ebb.id, "is_primary_contact": true, "name": "Asha V", "email": "a@b.com" });
    let mut texts = explained(&stage, &editing(&stage, Who::Manager, &asha.id, false, &body), &mut context);
    texts.extend(explained(&stage, &deletion(&stage, Who::Manager, &asha.id), &mut context));
    texts.extend(explained(&stage, &creation(&stage, Who::Manager, &person(&tide, "Dora"), START + 1), &mut context));
    for sql in texts {
        assert_narrow(&stage, sql);
    }
}
