//! Edits of leads: values, keys, consent, fit, versions and their trail (spec L, R3, R4).

use lead_core::body::Members;
use lead_core::command::lead::{EditLead, Found, Target};
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_core::lead::Lead;
use lead_core::plan::Context;
use lead_core::problem::Refusal;
use lead_core::submission::Correction;
use lead_store::failure::Failure;
use lead_store::leads::edit;
use lead_store::run::{Ran, run};
use lead_store::statement::{Database, DatabaseError, Outcome, Row, Statement};
use pollster::block_on;
use serde_json::{Value, json};
use std::cell::Cell;

use super::stage::{START, Stage, Who, contact, visitor, with};

/// The lead that person `who` means, in the version they have seen.
pub(crate) fn target(stage: &Stage, who: Who, id: &str, version: i64) -> Target {
    let precondition = Precondition::Versions(vec![version]);
    Target { id: Id::parse(id).unwrap(), by: stage.principal(who), precondition }
}

pub(crate) fn members(values: &Value) -> Members {
    Members::from_json(values.to_string().as_bytes()).unwrap()
}

/// A request of this person.
pub(crate) fn context(stage: &Stage, who: Who, at: i64) -> Context<'_> {
    let mut context = stage.context(at);
    context.actor.user_id = Some(stage.principal(who).user_id);
    context
}

pub(crate) fn refusal<D: std::fmt::Debug>(result: Result<D, Failure>) -> Refusal {
    match result {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("no refusal: {other:?}"),
    }
}

/// The trail of a lead: action, field, before, after.
pub(crate) fn trail(stage: &Stage, id: &str) -> Vec<(String, String, Value, Value)> {
    let rows = stage.database.rows(&format!(
        "SELECT action, field_name, old_value, new_value FROM audit_logs WHERE entity_id = '{id}' AND action <> 'create' ORDER BY id"
    ));
    let text = |row: &Row, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    rows.iter()
        .map(|row| (text(row, "action"), text(row, "field_name"), row["old_value"].clone(), row["new_value"].clone()))
        .collect()
}

fn whole(stage: &Stage, target: Target, values: &Value) -> EditLead {
    let correction = Correction::parse(members(values), target.by.country, &stage.policy).unwrap();
    EditLead::whole(target, correction)
}

fn put(stage: &Stage, target: Target, values: &Value) -> Result<Ran<Box<Lead>>, Failure> {
    let mut context = context(stage, Who::Admin, START + 1_000);
    block_on(run(&stage.database, &whole(stage, target, values), &mut context))
}

fn find(stage: &Stage, target: &Target, context: &Context<'_>) -> Option<Found> {
    let outcomes = block_on(stage.database.batch(vec![edit::read(target, context)])).unwrap();
    edit::found(&outcomes[0]).unwrap()
}

fn patch_by(stage: &Stage, who: Who, target: Target, values: &Value) -> Result<Ran<Box<Lead>>, Failure> {
    // Rows of the ledger are in the order of their ids, and so of their instants.
    let mut context = context(stage, who, START + 1_000 + 10 * stage.count("entity_versions"));
    let found = find(stage, &target, &context);
    let command = EditLead::patch(target, members(values), found.as_ref(), &context)?;
    block_on(run(&stage.database, &command, &mut context))
}

fn patch(stage: &Stage, version: i64, values: &Value) -> Result<Ran<Box<Lead>>, Failure> {
    let id = stage.leads()[0]["id"].as_str().unwrap().to_owned();
    patch_by(stage, Who::Admin, target(stage, Who::Admin, &id, version), values)
}

fn one(stage: &Stage) -> String {
    stage.submit(Who::Admin, &contact(1), None, START);
    stage.lead()["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_patch_changes_what_it_names_and_audits_each_field() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let before = stage.lead();
    let done = patch(&stage, 1, &json!({ "job_title": "Buyer", "last_name": "Rao", "term": "pumps" })).unwrap().done;
    assert_eq!((done.version, done.last_name.as_str(), done.job_title.as_deref()), (2, "Rao", Some("Buyer")));
    let mut expected = before;
    for (name, value) in [
        ("job_title", json!("Buyer")),
        ("last_name", json!("Rao")),
        ("last_name_key", json!("rao")),
        ("term", json!("pumps")),
        ("version", json!(2)),
        ("updated_at", json!(START + 1_000)),
    ] {
        expected[name] = value;
    }
    let mut after = stage.lead();
    let attribution: Value = serde_json::from_str(after["attribution"].as_str().unwrap()).unwrap();
    assert_eq!((&attribution["term"], &attribution["lead_source_raw"]), (&json!("pumps"), &json!("referral")));
    after["attribution"] = expected["attribution"].clone();
    assert_eq!(after, expected);
    let mut fields: Vec<_> = trail(&stage, &id).into_iter().map(|(action, field, ..)| (action, field)).collect();
    fields.sort();
    let update = |name: &str| ("update".to_owned(), name.to_owned());
    assert_eq!(fields, [update("attribution"), update("job_title"), update("last_name"), update("term")]);
    assert_eq!(stage.count("entity_versions"), 1);
    // The same once more changes nothing, and null takes a value away.
    assert_eq!(patch(&stage, 2, &json!({ "job_title": "Buyer" })).unwrap().done.version, 2);
    assert_eq!(patch(&stage, 2, &json!({})).unwrap().done.version, 2);
    let done = patch(&stage, 2, &json!({ "job_title": null })).unwrap().done;
    assert_eq!((done.version, done.job_title), (3, None));
    assert_eq!(stage.count("audit_logs WHERE action = 'update'"), 5);
}

#[test]
fn a_patch_of_nothing_changes_nothing_whatever_the_lead_says() {
    let awkward = json!({
        "first_name": " Bj\u{f6}rk ", "email": "ASHA+x@Ex\u{e4}mple.com", "phone": "098765 43210", "website": "example.com",
        "message": "one\r\ntwo\ttabbed", "locale": "PT-br", "timeline": "3-6 Months", "budget_range": "10k",
        "gdpr_consent": true, "industry": "Steel & Co",
    });
    let sources = [
        json!({}),
        json!({ "utm_source": "Google Ads" }),
        json!({ "gclid": "x" }),
        json!({ "utm_campaign": "spring", "utm_medium": "cpc" }),
        json!({ "utm_source": "meta" }),
        json!({ "country": "Germany", "phone": "030 1234567" }),
    ];
    for source in sources {
        let stage = Stage::new(1);
        stage.visit(&with(with(visitor(1), awkward.clone()), source.clone()), "one", START);
        let before = stage.leads();
        let done = patch(&stage, 1, &json!({})).unwrap();
        assert_eq!((done.done.version, done.cost.round_trips), (1, 1), "{source}");
        assert_eq!(stage.leads(), before, "{source}");
        // One value mended: everything else stays, the marks of what the edge filled in too.
        patch(&stage, 1, &json!({ "job_title": "x" })).unwrap();
        assert_eq!(stage.lead()["attribution"], before[0]["attribution"], "{source}");
        patch(&stage, 2, &json!({ "campaign": "mended" })).unwrap();
        let attribution: Value = serde_json::from_str(stage.lead()["attribution"].as_str().unwrap()).unwrap();
        assert_eq!((&attribution["campaign"], &attribution["attribution_inferred"]), (&json!("mended"), &json!(false)));
        assert_eq!(stage.lead()["lead_source"], before[0]["lead_source"]);
    }
}

#[test]
fn a_put_takes_away_what_it_does_not_name() {
    let stage = Stage::new(1);
    let values = with(contact(1), json!({ "message": "Hello", "industry": "Steel", "medium": "mail" }));
    stage.submit(Who::Admin, &values, None, START);
    let id = stage.lead()["id"].as_str().unwrap().to_owned();
    let same = put(&stage, target(&stage, Who::Admin, &id, 1), &values).unwrap();
    assert_eq!((same.done.version, same.cost.round_trips), (1, 1), "the same again writes nothing");
    let done = put(&stage, target(&stage, Who::Admin, &id, 1), &contact(1)).unwrap().done;
    assert_eq!((done.message, done.industry, done.attribution.medium), (None, None, None));
    assert_eq!(done.version, 2);
    let wrong =
        json!({ "first_name": "Asha", "gclid": "x", "lead_score": 100, "gdpr_consent": "perhaps", "dnd_status": 1 });
    let errors = Correction::parse(members(&wrong), stage.principal(Who::Admin).country, &stage.policy).unwrap_err();
    let codes: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    for expected in [
        ("/gclid", "read_only_member"),
        ("/lead_score", "read_only_member"),
        ("/gdpr_consent", "not_boolean"),
        ("/dnd_status", "not_boolean"),
        ("/last_name", "required"),
        ("/campaign", "required"),
    ] {
        assert!(codes.contains(&expected), "{expected:?} of {codes:?}");
    }
}

#[test]
fn the_version_decides() {
    let stage = Stage::new(2);
    let id = one(&stage);
    let owner = if stage.lead()["lead_owner_id"] == stage.sdrs[0].as_str() { 0 } else { 1 };
    let patched = |target| patch_by(&stage, Who::Admin, target, &json!({ "job_title": "x" }));
    let missing = Target { precondition: Precondition::Missing, ..target(&stage, Who::Admin, &id, 1) };
    assert_eq!(refusal(patched(missing.clone())), Refusal::PreconditionRequired);
    assert_eq!(refusal(put(&stage, missing, &contact(1))), Refusal::PreconditionRequired);
    assert_eq!(refusal(patched(target(&stage, Who::Admin, &id, 2))), Refusal::Stale { version: 1 });
    assert_eq!(refusal(patched(target(&stage, Who::Sdr(1 - owner), &id, 1))), Refusal::NotFound);
    assert!(patched(target(&stage, Who::Sdr(owner), &id, 1)).is_ok());
    let any = Target { precondition: Precondition::Any, ..target(&stage, Who::Admin, &id, 1) };
    assert_eq!(patch_by(&stage, Who::Admin, any, &json!({ "job_title": "y" })).unwrap().done.version, 3);
    stage.database.change("UPDATE leads SET deleted_at = 1, match_slot = id");
    assert_eq!(refusal(patched(target(&stage, Who::Admin, &id, 3))), Refusal::NotFound);
    stage.database.change("UPDATE leads SET deleted_at = NULL, erased_at = 1");
    assert_eq!(refusal(patched(target(&stage, Who::Admin, &id, 3))), Refusal::NotFound);
}

#[test]
fn an_address_of_another_standing_lead_is_refused() {
    let stage = Stage::new(2);
    let id = one(&stage);
    stage.submit(Who::Sdr(0), &contact(2), None, START + 1);
    stage.submit(Who::Sdr(1), &contact(3), None, START + 2);
    stage.database.change(&format!("UPDATE leads SET lead_owner_id = '{}' WHERE id = '{id}'", stage.sdrs[0]));
    let ids: Vec<Id> = stage.leads().iter().map(|lead| Id::parse(lead["id"].as_str().unwrap()).unwrap()).collect();
    for (who, values, existing) in [
        (Who::Sdr(0), json!({ "email": contact(2)["email"] }), Some(ids[1].clone())),
        (Who::Sdr(0), json!({ "phone": contact(3)["phone"] }), None),
        (Who::Admin, json!({ "phone": contact(3)["phone"] }), Some(ids[2].clone())),
    ] {
        let refused = refusal(patch_by(&stage, who, target(&stage, who, &id, 1), &values));
        assert_eq!(refused, Refusal::DuplicateLead { existing_id: existing }, "{values}");
    }
    // A converted lead stands for nobody: its data may be mended whoever else has them.
    stage.database.change(&format!("UPDATE leads SET status = 'converted', match_slot = id WHERE id = '{id}'"));
    assert_eq!(patch(&stage, 1, &json!({ "email": contact(2)["email"] })).unwrap().done.version, 2);
    assert_eq!(stage.leads()[0]["match_slot"], id.as_str());
    assert_eq!(stage.leads()[0]["email_key"], stage.leads()[1]["email_key"]);
}

#[test]
fn keys_follow_the_values() {
    let stage = Stage::new(1);
    one(&stage);
    let values = json!({ "email": "Asha@M\u{fc}ller.de", "phone": "030 1234567", "country": "Germany", "company_name": "M\u{fc}ller GmbH" });
    let done = patch(&stage, 1, &values).unwrap().done;
    assert_eq!(done.phone_e164.as_deref(), Some("+49301234567"));
    let lead = stage.lead();
    assert_eq!(lead["email_key"], "asha@xn--mller-kva.de");
    assert_eq!((&lead["email_domain"], &lead["phone_e164"]), (&json!("xn--mller-kva.de"), &json!("+49301234567")));
    assert_eq!((&lead["company_key"], &lead["country"]), (&json!("m\u{fc}ller"), &json!("DE")));
    // The country alone reads the phone anew, and says so where that cannot be.
    let refused = refusal(patch(&stage, 2, &json!({ "country": "IS" })));
    let Refusal::Invalid(errors) = refused else { panic!("{refused:?}") };
    assert_eq!(errors[0].pointer, "/phone");
}

#[test]
fn the_fit_follows_the_values_and_events_stay() {
    let stage = Stage::new(1);
    one(&stage);
    stage.visit(&visitor(1), "touch", START + 10);
    let before = stage.lead();
    assert_eq!((before["lead_score"].as_i64(), before["stage"].as_str()), (Some(40), Some("awareness")));
    let values = json!({ "authority_level": "decision_maker", "budget_range": "10k", "lead_source": "Google Ads" });
    let done = patch(&stage, 1, &values).unwrap().done;
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["score_raw"].as_i64()), (Some(65), Some(65)));
    assert_eq!(lead["stage"], "consideration");
    assert_eq!((i64::from(done.scoring.lead_score), done.stage.as_str()), (65, "consideration"));
    assert_eq!(done.attribution.lead_source_raw.as_deref(), Some("Google Ads"));
    assert_eq!(stage.count("score_events WHERE kind = 'fit'"), 1);
    let told = |field: &str, old: &str, new: &str| ("update".to_owned(), field.to_owned(), json!(old), json!(new));
    let rows = trail(&stage, lead["id"].as_str().unwrap());
    for row in
        [told("lead_score", "25", "40"), told("lead_score", "40", "65"), told("stage", "awareness", "consideration")]
    {
        assert_eq!(rows.iter().filter(|found| **found == row).count(), 1, "{row:?} of {rows:?}");
    }
    assert!(
        rows.iter()
            .all(|(_, field, ..)| !["fit", "engagement", "score_raw", "policy_version"].contains(&field.as_str()))
    );
}

#[test]
fn consent_goes_through_the_ledger() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let ledger = || {
        let rows = stage.database.rows("SELECT purpose, state, source FROM consents ORDER BY id");
        rows.iter()
            .map(|row| format!("{} {}", row["purpose"].as_str().unwrap(), row["state"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let given = patch(&stage, 1, &json!({ "gdpr_consent": true })).unwrap().done;
    assert!(given.gdpr_consent && given.opt_in_date.is_some());
    assert_eq!(stage.lead()["opt_in_date"], START + 1_000);
    // Silence, null and a whole replacement without a word leave it as it is.
    patch(&stage, 2, &json!({ "gdpr_consent": null, "job_title": "x" })).unwrap();
    put(&stage, target(&stage, Who::Admin, &id, 3), &contact(1)).unwrap();
    assert_eq!((stage.lead()["gdpr_consent"].as_i64(), stage.lead()["version"].as_i64()), (Some(1), Some(4)));
    patch(&stage, 4, &json!({ "gdpr_consent": false, "dnd_status": true })).unwrap();
    let lead = stage.lead();
    assert_eq!([&lead["gdpr_consent"], &lead["dnd_status"]], [&json!(0), &json!(1)]);
    assert_eq!(lead["opt_in_date"], Value::Null);
    assert_eq!(ledger(), ["marketing given", "marketing withdrawn", "dnd given"]);
    // Do not disturb is a purpose of its own: its end gives no consent back, and no touch does.
    patch(&stage, 5, &json!({ "dnd_status": false })).unwrap();
    stage.visit(&with(visitor(1), json!({ "gdpr_consent": true })), "again", START + 2_000);
    assert_eq!((stage.lead()["gdpr_consent"].as_i64(), ledger().len()), (Some(0), 4));
    assert_eq!(ledger()[3], "dnd withdrawn");
    let fields: Vec<_> =
        trail(&stage, &id).into_iter().map(|(_, field, old, new)| format!("{field} {old} {new}")).collect();
    for expected in
        ["gdpr_consent \"0\" \"1\"", "gdpr_consent \"1\" \"0\"", "dnd_status \"0\" \"1\"", "dnd_status \"1\" \"0\""]
    {
        assert!(fields.iter().any(|field| field == expected), "{expected} of {fields:?}");
    }
}

/// Lets others act between a command's read and its write, once, and may lose the answer of a write.
pub(crate) struct Between<'a> {
    stage: &'a Stage,
    act: &'a dyn Fn(),
    lose: bool,
    sent: Cell<u32>,
}

pub(crate) fn between<'a>(stage: &'a Stage, act: &'a dyn Fn()) -> Between<'a> {
    Between { stage, act, lose: false, sent: Cell::new(0) }
}

impl Database for Between<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let number = self.sent.get();
        self.sent.set(number + 1);
        if number == 1 {
            (self.act)();
        }
        let outcomes = self.stage.database.batch(statements).await?;
        if number == 1 && self.lose { Err(DatabaseError::Unavailable("lost".into())) } else { Ok(outcomes) }
    }
}

#[test]
fn of_two_edits_of_one_version_one_wins() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let rival = || {
        patch(&stage, 1, &json!({ "job_title": "Rival" })).unwrap();
    };
    let database = between(&stage, &rival);
    let command = whole(&stage, target(&stage, Who::Admin, &id, 1), &with(contact(1), json!({ "job_title": "Me" })));
    let result = block_on(run(&database, &command, &mut context(&stage, Who::Admin, START + 1_001)));
    assert_eq!(refusal(result), Refusal::Stale { version: 2 });
    assert_eq!((stage.lead()["job_title"].as_str(), stage.count("entity_versions")), (Some("Rival"), 1));
}

#[test]
fn a_patch_for_any_version_is_laid_over_what_stands_when_it_is_written() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let rival = || {
        patch(&stage, 1, &json!({ "state": "Kerala" })).unwrap();
    };
    let any = Target { precondition: Precondition::Any, ..target(&stage, Who::Admin, &id, 1) };
    let mut context = context(&stage, Who::Admin, START + 1_001);
    let found = find(&stage, &any, &context);
    let command = EditLead::patch(any, members(&json!({ "job_title": "Me" })), found.as_ref(), &context).unwrap();
    let database = between(&stage, &rival);
    let done = block_on(run(&database, &command, &mut context)).unwrap().done;
    assert_eq!((done.version, done.state.as_deref(), done.job_title.as_deref()), (3, Some("Kerala"), Some("Me")));
}

#[test]
fn an_edit_beside_touches_survives_and_so_do_they() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let touch = || {
        stage.visit(&with(visitor(1), json!({ "gdpr_consent": true })), "beside", START + 500);
    };
    let database = between(&stage, &touch);
    let values = with(contact(1), json!({ "authority_level": "decision_maker" }));
    let command = whole(&stage, target(&stage, Who::Admin, &id, 1), &values);
    let ran = block_on(run(&database, &command, &mut context(&stage, Who::Admin, START + 1_001))).unwrap();
    assert_eq!((ran.done.version, ran.cost.round_trips), (2, 2));
    let lead = stage.lead();
    assert_eq!((lead["lead_score"].as_i64(), lead["score_raw"].as_i64()), (Some(60), Some(60)));
    assert_eq!((lead["gdpr_consent"].as_i64(), lead["authority_level"].as_str()), (Some(1), Some("decision_maker")));
    assert_eq!(stage.effects(), ["created", "attached"]);
}

#[test]
fn a_lost_edit_is_recognised_as_our_own() {
    let stage = Stage::new(1);
    let id = one(&stage);
    let database = Between { stage: &stage, act: &|| (), lose: true, sent: Cell::new(0) };
    let values = with(contact(1), json!({ "job_title": "Me", "gdpr_consent": true }));
    let command = whole(&stage, target(&stage, Who::Admin, &id, 1), &values);
    let ran = block_on(run(&database, &command, &mut context(&stage, Who::Admin, START + 1_001))).unwrap();
    assert_eq!((ran.done.version, ran.done.job_title.as_deref(), ran.cost.round_trips), (2, Some("Me"), 3));
    assert_eq!((stage.count("entity_versions"), stage.count("consents")), (1, 1));
}
