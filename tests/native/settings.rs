//! A company's settings: made with the company, edited by version, told by the trail (spec E2, R3).

use lead_core::body::Sent;
use lead_core::command::settings::EditSettings;
use lead_core::edit::Precondition;
use lead_core::problem::Refusal;
use lead_core::settings::Settings;
use lead_store::run::{Ran, run};
use lead_store::settings;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::faults::lossy;
use super::people::{members, refused};
use super::sequences::{context, trail};
use super::stage::{START, Stage, Who};

fn edit(stage: &Stage, sent: Sent, precondition: Precondition) -> Result<Settings, Refusal> {
    let command = EditSettings { sent, precondition };
    refused(block_on(run(&stage.database, &command, &mut context(stage, Who::Admin, START))).map(|ran| ran.done))
}

/// Changes some of them, whatever the version.
pub(crate) fn change(stage: &Stage, body: &Value) -> Settings {
    edit(stage, Sent::Patch(members(body)), Precondition::Any).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

fn stands(stage: &Stage) -> Settings {
    let read = block_on(stage.database.batch(vec![settings::read(&stage.company_id)])).unwrap();
    settings::found(&read[0]).unwrap().unwrap()
}

#[test]
fn a_company_has_settings_from_the_beginning() {
    let stage = Stage::new(1);
    let settings = stands(&stage);
    assert_eq!((settings.id.clone(), settings.stamp.version), (stage.company_id.clone(), 1));
    assert_eq!((settings.values.time_zone.as_str(), settings.values.mail_address), ("UTC", None));
    assert_eq!(json!(settings.values.consent), json!({ "default": "given", "countries": {} }));
}

#[test]
fn settings_change_by_version_and_each_field_is_told() {
    let stage = Stage::new(1);
    let sent = || json!({ "time_zone": "Asia/Kolkata", "consent": { "countries": { "Germany": "confirmed" } } });
    let of = |precondition| edit(&stage, Sent::Patch(members(&sent())), precondition);
    assert_eq!(of(Precondition::Missing), Err(Refusal::PreconditionRequired));
    assert_eq!(of(Precondition::Versions(vec![7])), Err(Refusal::Stale { version: 1 }));
    let changed = of(Precondition::Versions(vec![1])).unwrap();
    assert_eq!((changed.stamp.version, &stands(&stage).values), (2, &changed.values));
    assert_eq!(json!(changed.values.consent), json!({ "default": "given", "countries": { "DE": "confirmed" } }));
    let mut told = trail(&stage, "settings");
    told.sort_unstable();
    assert_eq!(told, ["create", "update consent", "update time_zone"]);
    assert_eq!(of(Precondition::Any).unwrap().stamp.version, 2, "a change of nothing changes nothing");
    let whole = edit(&stage, Sent::Whole(members(&json!({ "track_opens": false }))), Precondition::Any).unwrap();
    assert_eq!((whole.values.time_zone.as_str(), whole.values.track_opens), ("UTC", false), "the rest has its default");
}

#[test]
fn a_lost_answer_changes_settings_once() {
    let stage = Stage::new(1);
    let sent = Sent::Patch(members(&json!({ "mail_name": "Tidewater" })));
    let command = EditSettings { sent, precondition: Precondition::Versions(vec![1]) };
    let mut at = context(&stage, Who::Admin, START);
    let Ran { done, .. } = block_on(run(&lossy(&stage, &[], &[1]), &command, &mut at)).unwrap();
    assert_eq!((done.stamp.version, trail(&stage, "settings").len()), (2, 2));
}

#[test]
fn what_is_refused_is_named_and_nothing_changes() {
    let stage = Stage::new(1);
    let sent = json!({ "time_zone": "Mars/Olympus", "mail_name": "a\r\nBcc: b", "mail_address": "hello" });
    let Err(Refusal::Invalid(errors)) = edit(&stage, Sent::Patch(members(&sent)), Precondition::Any) else {
        panic!("taken");
    };
    let mut found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    found.sort_unstable();
    let expected =
        [("/mail_address", "email_missing_at"), ("/mail_name", "control_character"), ("/time_zone", "not_time_zone")];
    assert_eq!(found, expected);
    assert_eq!(stands(&stage).stamp.version, 1);
}
