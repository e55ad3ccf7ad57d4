//! Forms: definitions that are kept, versions that are asked for, own answers on touches, tests that make no lead (spec F1, F3).

use std::collections::BTreeMap;

use lead_core::access::Visibility;
use lead_core::body::{Members, Sent};
use lead_core::command::erase::Erase;
use lead_core::command::form::{CreateForm, DeleteForm, EditForm, TryForm};
use lead_core::command::submit::{Sender, Submit};
use lead_core::edit::Precondition;
use lead_core::entity::Entity;
use lead_core::field::Country;
use lead_core::form::{Definition, FormKey, FormRecord, FormSubmission, FormValues, SubmissionsQuery};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::Actor;
use lead_core::problem::Refusal;
use lead_store::run::{Ran, run};
use lead_store::statement::{Database, Statement};
use lead_store::{form_submissions, forms, tenants};
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::people::{members, refused};
use super::plans::assert_narrow;
use super::sequences::context;
use super::stage::{START, Stage, Who, visitor, with};

/// A form that asks for seats, and from ten on for a team.
pub(crate) fn body() -> Value {
    let needed = ["first_name", "last_name", "company_name", "email", "phone"];
    let kind = |name: &str| if matches!(name, "email" | "phone") { name.to_owned() } else { "text".to_owned() };
    let mut fields: Vec<Value> = needed
        .iter()
        .map(|name| json!({ "name": name, "type": kind(name), "label": name, "required": true }))
        .collect();
    fields.push(json!({ "name": "seats", "type": "number", "label": "Seats", "min": 1 }));
    let many = json!({ "field": "seats", "op": "at_least", "value": 10 });
    fields.push(json!({ "name": "team", "type": "text", "label": "Team", "show": many, "required": true }));
    let steps = json!([{ "fields": needed }, { "fields": ["seats", "team"] }]);
    json!({
        "name": "Site", "allowed_origins": ["https://www.example.com"],
        "definition": {
            "title": "Talk to us", "submit": "Send", "fields": fields, "steps": steps,
            "thanks": { "title": "Thank you", "message": "We will write." },
            "consent": { "version": "1", "text": "You may write to me." },
        },
    })
}

pub(crate) fn create(stage: &Stage, body: &Value) -> FormRecord {
    let values = FormValues::parse(members(body)).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut context = context(stage, Who::Manager, START);
    let id = context.ids.next_id();
    let key: String = id.as_str().replace('-', "").chars().skip(10).collect();
    let command = CreateForm { id, key: FormKey::parse(&format!("pk_{key}")).unwrap(), values };
    block_on(run(&stage.database, &command, &mut context)).unwrap().done
}

fn edit(stage: &Stage, id: &Id, body: &Value, precondition: Precondition, at: i64) -> Result<FormRecord, Refusal> {
    let command = EditForm { id: id.clone(), sent: Sent::Patch(members(body)), precondition };
    refused(block_on(run(&stage.database, &command, &mut context(stage, Who::Manager, at))).map(|ran| ran.done))
}

/// A visitor's submission through this form, under the definition of this number.
fn send(stage: &Stage, form: &FormRecord, number: i64, values: &Value, at: i64) {
    let read = one(stage, forms::read_version(&stage.company_id, &form.id, number));
    let version = forms::found_version(&read).unwrap().unwrap();
    let taken = version.definition.take(number, members(values), Country::INDIA, &stage.policy).unwrap();
    let consent = version.definition.content().consent.clone();
    let sender = Sender::Visitor { form_id: form.id.clone(), consent };
    let command = Submit::new(sender, taken.submission, taken.filling, None);
    let mut context = stage.context(at);
    context.actor = Actor { form_id: Some(form.id.clone()), ..context.actor };
    block_on(run(&stage.database, &command, &mut context)).unwrap();
}

fn try_out(stage: &Stage, form: &FormRecord, values: &Value, at: i64) -> FormSubmission {
    let number = form.definition_version;
    let taken = form.values.definition.take(number, members(values), Country::INDIA, &stage.policy).unwrap();
    let mut context = context(stage, Who::Manager, at);
    let test_id = context.ids.next_id();
    let command = TryForm { id: form.id.clone(), test_id, form_version: number, submission: taken.submission };
    block_on(run(&stage.database, &command, &mut context)).unwrap().done
}

fn one(stage: &Stage, statement: Statement) -> lead_store::statement::Outcome {
    block_on(stage.database.batch(vec![statement])).unwrap().remove(0)
}

fn page(stage: &Stage, form: &Id, pairs: &[(&str, &str)], rows: &Visibility) -> (Vec<FormSubmission>, Option<String>) {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let query = SubmissionsQuery::parse(&pairs).unwrap();
    let reads = form_submissions::read(&stage.company_id, form, &query, rows);
    let found = form_submissions::found(&block_on(stage.database.batch(reads)).unwrap(), &query, rows);
    let found = found.unwrap().unwrap();
    (found.items, found.next_cursor)
}

#[test]
fn each_definition_is_kept_and_names_make_none() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    assert_eq!((form.definition_version, form.stamp.version), (1, 1));
    let named = edit(&stage, &form.id, &json!({ "name": "Other" }), Precondition::Any, START + 1).unwrap();
    assert_eq!((named.definition_version, named.stamp.version), (1, 2));
    let mut definition = body()["definition"].clone();
    definition["title"] = json!("Speak to us");
    let more = json!({ "definition": definition });
    let changed = edit(&stage, &form.id, &more, Precondition::Versions(vec![2]), START + 2).unwrap();
    assert_eq!((changed.definition_version, changed.stamp.version), (2, 3));
    let again = edit(&stage, &form.id, &more, Precondition::Any, START + 3).unwrap();
    assert_eq!((again.definition_version, again.stamp.version), (2, 3), "nothing differs");
    let titles: Vec<_> = (1..=3)
        .map(|number| {
            let read = one(&stage, forms::read_version(&stage.company_id, &form.id, number));
            let found = forms::found_version(&read).unwrap();
            found.map(|version| {
                (version.definition.content().title.clone(), version.user_id == Some(stage.manager.clone()))
            })
        })
        .collect();
    assert_eq!(titles, [Some(("Talk to us".to_owned(), true)), Some(("Speak to us".to_owned(), true)), None]);
    let found = tenants::found_form(&one(&stage, tenants::read_form(&form.form_key))).unwrap().unwrap();
    assert_eq!((found.version, found.definition), (2, changed.values.definition));
}

#[test]
fn a_version_guards_and_a_lost_answer_is_given_again() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    let asked = |precondition| edit(&stage, &form.id, &json!({ "name": "Other" }), precondition, START + 1);
    assert_eq!(asked(Precondition::Missing), Err(Refusal::PreconditionRequired));
    assert_eq!(asked(Precondition::Versions(vec![2])), Err(Refusal::Stale { version: 1 }));
    let command = EditForm {
        id: form.id.clone(),
        sent: Sent::Patch(members(&json!({ "is_active": false }))),
        precondition: Precondition::Versions(vec![1]),
    };
    let ran: Ran<FormRecord> =
        block_on(run(&lossy(&stage, &[], &[1]), &command, &mut context(&stage, Who::Manager, START + 2))).unwrap();
    assert_eq!((ran.done.stamp.version, ran.done.values.is_active), (2, false));
    assert_eq!(
        tenants::found_form(&one(&stage, tenants::read_form(&form.form_key))),
        Ok(None),
        "it takes nothing more"
    );
    let gone = DeleteForm { id: form.id.clone(), precondition: Precondition::Any };
    block_on(run(&stage.database, &gone, &mut context(&stage, Who::Manager, START + 3))).unwrap();
    let again = refused(block_on(run(&stage.database, &gone, &mut context(&stage, Who::Manager, START + 4))).map(drop));
    assert_eq!(again, Err(Refusal::NotFound));
    let query = PageQuery::parse(&[]).unwrap();
    let listed = forms::listed(&one(&stage, forms::page(&stage.company_id, &query))).unwrap();
    assert_eq!(
        listed.iter().map(|form| form.name.as_str()).collect::<Vec<_>>(),
        ["Website"],
        "the company's first stays"
    );
}

#[test]
fn forms_from_before_definitions_are_read_as_the_standard_ones() {
    let stage = Stage::new(1);
    let short = json!({ "title": "T", "intro": "I", "submit": "S", "thanks": "Done.", "consent": { "version": "7", "text": "C" } });
    stage.database.change(&format!("UPDATE forms SET definition = '{short}'"));
    let key = FormKey::parse("pk_abcdefghijABCDEFGHIJ01").unwrap();
    let form = tenants::found_form(&one(&stage, tenants::read_form(&key))).unwrap().unwrap();
    let content = form.definition.content();
    assert_eq!(
        (content.thanks.message.as_str(), content.consent.version.as_str(), content.fields.len()),
        ("Done.", "7", 13)
    );
    let read = forms::found(&one(&stage, forms::read(&stage.company_id, &form.id))).unwrap().unwrap();
    let named = edit(&stage, &read.id, &json!({ "name": "Other" }), Precondition::Any, START).unwrap();
    assert_eq!(named.definition_version, 1);
}

#[test]
fn own_answers_stand_with_the_touch_under_the_definition_that_was_seen() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    let mut definition = body()["definition"].clone();
    definition["fields"][5]["name"] = json!("places");
    definition["fields"][6]["show"]["field"] = json!("places");
    definition["steps"][1]["fields"] = json!(["places", "team"]);
    let form = edit(&stage, &form.id, &json!({ "definition": definition }), Precondition::Any, START).unwrap();
    send(&stage, &form, 1, &with(visitor(1), json!({ "seats": "9", "team": "hidden" })), START + 1);
    send(&stage, &form, 2, &with(visitor(2), json!({ "places": 10, "team": "Pumps" })), START + 2);
    let touches =
        stage.database.rows("SELECT form_version, submitted -> '$.answers' AS answers FROM touches ORDER BY id");
    let told: Vec<_> =
        touches.iter().map(|row| (row["form_version"].as_i64(), row["answers"].as_str().unwrap())).collect();
    assert_eq!(told, [(Some(1), r#"{"seats":9}"#), (Some(2), r#"{"places":10,"team":"Pumps"}"#)]);
    let refused = form.values.definition.take(
        2,
        members(&with(visitor(3), json!({ "seats": 9 }))),
        Country::INDIA,
        &stage.policy,
    );
    let codes: Vec<_> = refused.unwrap_err().into_iter().map(|error| (error.pointer, error.code)).collect();
    assert_eq!(codes, [("/seats".to_owned(), "unknown_member")]);
}

#[test]
fn pages_of_submissions_give_each_once_in_order_to_whoever_sees_the_lead() {
    let stage = Stage::new(2);
    let form = create(&stage, &body());
    for number in 0..7 {
        send(&stage, &form, 1, &visitor(number), START + 10 * number as i64);
        if number % 3 == 0 {
            try_out(&stage, &form, &visitor(100 + number), START + 10 * number as i64 + 5);
        }
    }
    send(&stage, &form, 1, &with(visitor(1), json!({ "seats": 3 })), START + 100);
    let all = |rows: &Visibility, limit: &str| {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let mut pairs = vec![("limit", limit)];
            pairs.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let (items, next) = page(&stage, &form.id, &pairs, rows);
            seen.extend(items);
            match next {
                Some(next) => cursor = Some(next),
                None => return seen,
            }
        }
    };
    let whole = all(&Visibility::Company, "200");
    assert_eq!((whole.len(), whole.iter().filter(|item| item.is_test).count()), (11, 3));
    assert!(whole.is_sorted_by(|one, other| one.id > other.id));
    for limit in ["1", "2", "5", "10", "11"] {
        assert_eq!(all(&Visibility::Company, limit), whole, "{limit} at a time");
    }
    let own: Vec<_> = [0, 1].map(|sdr| all(&stage.visibility(Who::Sdr(sdr)), "2")).into();
    for items in &own {
        assert_eq!(items.iter().filter(|item| item.is_test).count(), 3);
        assert!(items.is_sorted_by(|one, other| one.id > other.id));
    }
    let touches = |items: &[FormSubmission]| items.iter().filter(|item| !item.is_test).count();
    assert_eq!(touches(&own[0]) + touches(&own[1]), 8, "each lead is one SDR's");
    assert!(touches(&own[0]) >= 3 && touches(&own[1]) >= 3);
}

#[test]
fn a_test_makes_no_lead_and_counts_nowhere() {
    let stage = Stage::new(2);
    let form = create(&stage, &body());
    let counted = ["leads", "touches", "rounds, json_each(turns)", "score_events", "consents", "activities"];
    let before: BTreeMap<_, _> = counted.map(|table| (table, stage.count(table))).into();
    let agreed = with(visitor(1), json!({ "gdpr_consent": true, "seats": 4 }));
    let test = try_out(&stage, &form, &agreed, START + 1);
    assert!(test.is_test && test.lead_id.is_none());
    assert_eq!(test.submitted["answers"], json!({ "seats": 4 }));
    assert_eq!(before, counted.map(|table| (table, stage.count(table))).into());
    let (items, _) = page(&stage, &form.id, &[], &Visibility::Company);
    assert_eq!(items, [test]);
}

#[test]
fn an_erasure_takes_answers_and_tests_along() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    send(&stage, &form, 1, &with(visitor(1), json!({ "seats": 10, "team": "Unforgettable" })), START + 1);
    try_out(&stage, &form, &with(visitor(1), json!({ "seats": 10, "team": "Unforgettable" })), START + 2);
    try_out(&stage, &form, &visitor(2), START + 3);
    let id = Id::parse(stage.lead()["id"].as_str().unwrap()).unwrap();
    let command = Erase { by: stage.principal(Who::Admin), entity: Entity::Lead, id, precondition: Precondition::Any };
    block_on(run(&stage.database, &command, &mut stage.context(START + 4))).unwrap();
    let left = |table: &str| stage.database.rows(&format!("SELECT submitted FROM {table} ORDER BY id"));
    let texts = |table: &str| -> Vec<String> {
        left(table).iter().map(|row| row["submitted"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts("touches"), ["{}"]);
    let tests = texts("form_tests");
    assert_eq!((tests[0].as_str(), tests[1].contains("asha@")), ("{}", true));
}

#[test]
fn a_form_tells_every_field_that_it_ever_asked() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    let names = |definition: &Definition| -> Vec<String> {
        definition.content().fields.iter().map(|field| field.name.clone()).collect()
    };
    let first = names(&form.values.definition);
    let asked = || forms::found_asked(&one(&stage, forms::read_asked(&stage.company_id, &form.id))).unwrap();
    assert_eq!(asked(), first);
    let mut definition = json!(form.values.definition);
    let fields = definition["fields"].as_array_mut().unwrap();
    let gone = fields.iter().position(|field| field["name"] == "team").unwrap();
    fields[gone] = json!({ "name": "floor", "type": "number", "label": "Floor" });
    let steps = definition["steps"].to_string().replace("team", "floor");
    definition["steps"] = serde_json::from_str(&steps).unwrap();
    let edited = edit(&stage, &form.id, &json!({ "definition": definition }), Precondition::Any, START + 1).unwrap();
    let now = names(&edited.values.definition);
    let expected: Vec<String> = now.iter().cloned().chain(["team".to_owned()]).collect();
    assert_eq!(asked(), expected, "those of now in their order, then those of before");
    assert_narrow(&stage, forms::read_asked(&stage.company_id, &form.id).sql);
}

#[test]
fn forms_and_what_came_in_through_them_walk_no_table() {
    let stage = Stage::new(1);
    let form = create(&stage, &body());
    let (pages, query) = (PageQuery::parse(&[]).unwrap(), SubmissionsQuery::parse(&[]).unwrap());
    let mut reads = vec![
        forms::read(&stage.company_id, &form.id),
        forms::page(&stage.company_id, &pages),
        forms::read_version(&stage.company_id, &form.id, 1),
        tenants::read_form(&form.form_key),
    ];
    reads.extend(form_submissions::read(&stage.company_id, &form.id, &query, &stage.visibility(Who::Sdr(0))));
    for statement in reads {
        let steps = assert_narrow(&stage, statement.sql);
        assert!(
            statement.sql.contains("t.id DESC") || !steps.iter().any(|step| step.contains("TEMP B-TREE")),
            "{steps:?} of {}",
            statement.sql
        );
    }
    let of = Members::of(serde_json::Map::new());
    assert!(FormValues::parse(of).is_err());
}
