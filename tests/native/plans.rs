//! Every statement walks an index: what it reads does not grow with the table (spec D2).

use lead_core::body::Members;
use lead_core::command::lead::{
    AssignLead, AssignTo, BulkAssign, DeleteLead, EditLead, MoveLead, Moving, RestoreLead, Target,
};
use lead_core::command::submit::Submit;
use lead_core::edit::Precondition;
use lead_core::field::Country;
use lead_core::id::Id;
use lead_core::plan::Actor;
use lead_core::submission::Correction;
use lead_core::time::Instant;
use lead_store::changes::statements;
use lead_store::leads::{edit, one};
use lead_store::run::Command;
use lead_store::statement::Database;
use lead_store::{accounts, contacts, leads, opportunities, tenants};
use serde_json::json;

use super::stage::{START, Stage, Who, contact, visitor, with};

/// What does not grow with the leads, by its names and aliases in the statements: people, pools, territories, forms, and what
/// a statement makes for itself.
const SMALL: [&str; 14] = [
    "users",
    "u",
    "b",
    "me",
    "below",
    "pools",
    "p",
    "territories",
    "t",
    "rounds",
    "routings",
    "companies",
    "forms",
    "api_keys",
];

/// The steps of a plan that would read a growing table from end to end, or the whole of a company.
fn walks(steps: &[String]) -> Vec<&String> {
    // What is scanned may be a derived table of the same name, bounded by its own limit.
    let derived = |table: &str| {
        let made = ["CO-ROUTINE", "MATERIALIZE"].map(|how| format!("{how} {table}"));
        ["before", "after", "me", "b", "below"].contains(&table) || steps.iter().any(|step| made.contains(step))
    };
    let wide = |step: &&String| {
        let mut words = step.split_whitespace();
        match (words.next(), words.next()) {
            (Some("SCAN"), Some(table)) => {
                let bounded = ["(subquery", "CONSTANT ROW", "VIRTUAL TABLE"];
                !derived(table) && !bounded.iter().any(|name| step.contains(name))
            }
            // The company alone narrows nothing: that is a walk along all of its rows.
            (Some("SEARCH"), Some(table)) if !SMALL.contains(&table) => {
                step.contains("(company_id=?)") || step.contains("ANY(")
            }
            _ => false,
        }
    };
    steps.iter().filter(wide).collect()
}

pub(crate) fn assert_narrow(stage: &Stage, sql: &str) -> Vec<String> {
    let steps = stage.database.explain(sql);
    let wide = walks(&steps);
    assert!(wide.is_empty(), "{wide:?} in {sql}");
    steps
}

#[test]
fn a_wide_plan_is_noticed() {
    let stage = Stage::new(1);
    for sql in [
        "SELECT * FROM leads",
        "SELECT * FROM leads WHERE company_id = ?1 AND campaign = ?2",
        "SELECT * FROM touches WHERE id = ?1",
        "SELECT * FROM contacts c WHERE c.name = ?1",
        "UPDATE leads SET stage = ?1 WHERE company_id = ?2",
    ] {
        assert_eq!(walks(&stage.database.explain(sql)).len(), 1, "{sql}: {:?}", stage.database.explain(sql));
    }
}

/// Each text of a list of `table` goes along its index, from where the page before ended; `cut` is what only its cuts have.
fn assert_walks(stage: &Stage, table: &str, texts: &[(&'static str, &'static str)], cut: &str) {
    let looks_up = format!("SEARCH {table} USING PRIMARY KEY (company_id=? AND id=?)");
    for (sql, index) in texts {
        let steps = assert_narrow(stage, sql);
        let told = || format!("{index}: {steps:?} of {sql}");
        assert!(steps.iter().any(|step| step.contains("SEARCH") && step.contains(index)), "{}", told());
        if sql.contains(cut) {
            assert!(steps.contains(&looks_up), "a cut looks its ids up: {}", told());
            continue;
        }
        assert!(
            !steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")),
            "a walk does not sort: {}",
            told()
        );
        for (place, from) in [(", id) > (?8, ?9)", ",id)>(?,?)"), (", id) < (?8, ?9)", ",id)<(?,?)")] {
            let entered = steps.iter().any(|step| step.contains(from));
            assert!(!sql.contains(place) || entered, "a page begins where the one before ended: {}", told());
        }
    }
}

#[test]
fn lists_walk_the_index_of_their_sort() {
    let stage = Stage::new(1);
    assert_walks(&stage, "leads", &leads::list::explainable(), "json_each(?31)) LIMIT ?30)");
    assert_walks(&stage, "accounts", &accounts::list::explainable(), "json_each(?23)) LIMIT ?22)");
    assert_walks(&stage, "contacts", &contacts::list::explainable(), "json_each(?20)) LIMIT ?19)");
    assert_walks(&stage, "opportunities", &opportunities::list::explainable(), "json_each(?21)) LIMIT ?20)");
}

#[test]
fn a_submission_walks_no_table() {
    let stage = Stage::new(2);
    let agreed = with(visitor(1), json!({ "gdpr_consent": true }));
    let mut seen = 0;
    for (at, (key, prepare)) in [
        ("new", "SELECT 1"),
        ("attached", "SELECT 1"),
        ("released", "UPDATE leads SET quarantined_at = 1, validation_status = 'invalid', lead_owner_id = NULL, gdpr_consent = 0; DELETE FROM consents"),
        ("recycled", "UPDATE leads SET status = 'unqualified'"),
    ]
    .into_iter()
    .enumerate()
    {
        if prepare != "SELECT 1" {
            stage.database.change(prepare);
        }
        let command = stage.command(Who::Visitor, &agreed, Some(key));
        let mut context = stage.context(START + at as i64);
        context.begin_attempt();
        let reads = Command::reads(&command, &context);
        let outcomes = pollster::block_on(lead_store::statement::Database::batch(&stage.database, reads.clone())).unwrap();
        let known = Command::known(&command, &outcomes).unwrap();
        let plan = Submit::decide(&command, &known, &mut context).unwrap();
        let writes = statements(&plan.changes, &context);
        for statement in reads.iter().chain(&writes) {
            assert_narrow(&stage, statement.sql);
            seen += 1;
        }
        pollster::block_on(lead_store::statement::Database::batch(&stage.database, writes)).unwrap();
    }
    assert_eq!(stage.effects(), ["created", "attached", "released", "recycled"]);
    assert!(seen > 40, "{seen} statements");
    let unkeyed = stage.command(Who::Admin, &contact(1), None);
    for statement in Command::reads(&unkeyed, &stage.context(START)) {
        assert_narrow(&stage, statement.sql);
    }
}

#[test]
fn a_look_up_walks_no_table() {
    let stage = Stage::new(1);
    let seen = stage.visibility(Who::Manager);
    let form = lead_core::form::FormKey::parse("pk_abcdefghijABCDEFGHIJ01").unwrap();
    let mut reads = one::read(&stage.company_id, &stage.sdrs[0], &seen, &seen);
    reads.push(tenants::read_form(&form));
    let now = Instant::from_ms(START).unwrap();
    reads.extend(tenants::read_key("hash", now));
    let (actor, audit_id) = (Actor::default(), stage.sdrs[0].clone());
    let (token_hash, next_hash, salt) = ("hash", "next".to_owned(), "salt");
    reads.extend(tenants::read_session(&tenants::Shown { token_hash, next_hash, salt, audit_id, actor: &actor, now }));
    for statement in reads {
        assert_narrow(&stage, statement.sql);
    }
}

#[test]
fn changes_of_leads_walk_no_table() {
    let stage = Stage::new(2);
    stage.visit(&visitor(1), "one", START);
    let id = Id::parse(stage.lead()["id"].as_str().unwrap()).unwrap();
    let target = |version| {
        let precondition = Precondition::Versions(vec![version]);
        Target { id: id.clone(), by: stage.principal(Who::Manager), precondition }
    };
    let values = with(contact(1), json!({ "authority_level": "user", "gdpr_consent": true, "dnd_status": true }));
    let body = |values: &serde_json::Value| Members::from_json(values.to_string().as_bytes()).unwrap();
    let correction = Correction::parse(body(&values), Country::INDIA, &stage.policy).unwrap();
    narrow(&stage, &EditLead::whole(target(1), correction));
    narrow(&stage, &AssignLead { target: target(2), to: AssignTo::Rules });
    narrow(&stage, &AssignLead { target: target(3), to: AssignTo::Person(stage.sdrs[0].clone()) });
    let moving = Moving::disqualify(body(&json!({ "reason": "x" }))).unwrap();
    narrow(&stage, &MoveLead { target: target(4), moving });
    narrow(&stage, &DeleteLead { target: target(5) });
    narrow(&stage, &RestoreLead { target: target(6) });
    stage.database.change("UPDATE leads SET status = 'unqualified', quarantined_at = 1, lead_owner_id = NULL");
    narrow(&stage, &MoveLead { target: target(7), moving: Moving::Recycle });
    narrow(&stage, &RestoreLead { target: target(8) });
    let from = stage.lead()["lead_owner_id"].clone();
    let act = stage.context(START).ids.next_id();
    let bulk = BulkAssign::parse(body(&json!({ "from_owner_id": from })), stage.principal(Who::Manager), act).unwrap();
    narrow(&stage, &bulk);
    assert_eq!(stage.lead()["version"], 10);
    assert_narrow(&stage, edit::read_next(&stage.company_id).sql);
}

/// Runs a command with every statement explained.
fn narrow<C: Command>(stage: &Stage, command: &C) {
    let mut context = stage.context(START + 1_000);
    context.begin_attempt();
    let reads = command.reads(&context);
    let outcomes = pollster::block_on(Database::batch(&stage.database, reads.clone())).unwrap();
    let known = command.known(&outcomes).unwrap();
    let plan = command.decide(&known, &mut context).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let writes = statements(&plan.changes, &context);
    assert!(!writes.is_empty());
    for statement in reads.iter().chain(&writes) {
        assert_narrow(stage, statement.sql);
    }
    pollster::block_on(Database::batch(&stage.database, writes)).unwrap();
}
