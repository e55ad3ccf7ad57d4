//! Nurturing from a new lead to the last mail: what begins a sequence, what is sent when, what ends it (spec E).

use lead_core::command::mail::{ActOnMail, MailAct};
use lead_core::command::sequence::MoveEnrolled;
use lead_core::edit::Precondition;
use lead_core::id::Id;
use lead_store::nurture::Budget;
use serde_json::json;

use super::nursery::{HOUR, Nursery, agreed, steps, welcome};
use super::stage::{DAY, START, with};

#[test]
fn a_lead_gets_each_mail_once_in_its_time() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0, 3]));
    nursery.lead(1, &agreed(1), START);
    let report = nursery.pass(START + 60_000);
    assert_eq!((report.enrolled, report.written), (1, 1), "{report:?}");
    assert_eq!(nursery.sent().len(), 1);
    assert_eq!(nursery.sent()[0].1, "Mail 1, Asha");
    assert_eq!(nursery.enrolment()["next_step"], 2);
    // Nothing is due for three days, however often it runs.
    for hours in 1..72 {
        nursery.pass(START + hours * HOUR);
    }
    assert_eq!(nursery.sent().len(), 1);
    nursery.pass(START + 3 * DAY + 60_000);
    assert_eq!(nursery.sent()[1].1, "Mail 2, Asha");
    nursery.pass(START + 3 * DAY + HOUR);
    assert_eq!(nursery.enrolment()["state"], "finished");
    let told = nursery.told();
    assert_eq!(told[0], ("enrolled".into(), "Welcome".into()));
    assert_eq!(told[1], ("left_sequence".into(), "Welcome: finished".into()));
    assert_eq!(told.len(), 2);
}

#[test]
fn what_came_before_begins_nothing() {
    let nursery = Nursery::new();
    nursery.lead(1, &agreed(1), START);
    nursery.sequence_at(&welcome(&[0]), START + HOUR);
    nursery.lead(2, &agreed(2), START + 2 * HOUR);
    nursery.pass(START + 3 * HOUR);
    let sent = nursery.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].0, agreed(2)["email"].as_str().unwrap());
    let inactive = nursery.sequence_at(&with_name("Sleeps"), START);
    nursery.edit(&inactive, &json!({ "is_active": false }), START + 3 * HOUR);
    nursery.lead(3, &agreed(3), START + 4 * HOUR);
    nursery.pass(START + 5 * HOUR);
    assert_eq!(nursery.stage.count("enrolments"), 2);
}

fn with_name(name: &str) -> serde_json::Value {
    super::stage::with(welcome(&[0]), json!({ "name": name }))
}

/// A visitor who has not agreed to anything.
fn silent(n: usize) -> serde_json::Value {
    with(agreed(n), json!({ "gdpr_consent": null }))
}

#[test]
fn a_consent_that_is_given_wakes_what_waited_for_it() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0]));
    nursery.lead(1, &silent(1), START);
    nursery.pass(START + 60_000);
    assert_eq!((nursery.enrolment()["held_by"].as_str(), nursery.sent().len()), (Some("consent"), 0));
    // Half a day before it would be looked at again.
    nursery.stage.visit(&agreed(1), "again", START + 12 * HOUR);
    nursery.pass(START + 12 * HOUR + 60_000);
    assert_eq!(nursery.sent().len(), 1);
}

#[test]
fn a_consent_that_is_given_wakes_the_outbox_too() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0]));
    nursery.lead(1, &silent(1), START);
    nursery.set(&json!({ "consent": { "default": "not_withdrawn", "countries": {} } }));
    let budget = Budget { sends: 0, ..Budget::default() };
    nursery.pass_on(nursery.database(), START + 60_000, budget);
    nursery.set(&json!({ "consent": { "default": "given", "countries": {} } }));
    nursery.pass(START + HOUR);
    let mail = &nursery.database().rows("SELECT state, next_try_at FROM mails")[0];
    assert_eq!((mail["state"].as_str(), mail["next_try_at"].as_i64()), (Some("queued"), Some(START + HOUR + DAY)));
    nursery.stage.visit(&agreed(1), "again", START + 2 * HOUR);
    nursery.pass(START + 2 * HOUR + 60_000);
    assert_eq!(nursery.sent().len(), 1);
}

#[test]
fn a_run_that_read_the_lead_without_its_consent_writes_nothing() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0]));
    let lead = nursery.lead(1, &silent(1), START);
    nursery.pass(START + 60_000);
    // A run holds it just now.
    let lease = "UPDATE enrolments SET lease_id = '01900000-0000-7000-8000-000000000001', lease_until = 9e15";
    nursery.database().change(lease);
    nursery.stage.visit(&agreed(1), "again", START + HOUR);
    let row = nursery.enrolment();
    assert_eq!((row["lease_id"].as_str(), row["lead_id"].as_str()), (None, Some(lead.as_str())));
}

#[test]
fn owners_are_told_of_new_leads_and_of_those_that_come_back() {
    let nursery = Nursery::new();
    nursery.set(&json!({ "lead_alerts": true }));
    let lead = nursery.lead(1, &silent(1), START);
    nursery.pass(START + 60_000);
    nursery.disqualify(&lead, START + HOUR);
    nursery.stage.visit(&silent(1), "again", START + 2 * HOUR);
    nursery.pass(START + 2 * HOUR + 60_000);
    nursery.pass(START + 3 * HOUR);
    let subjects: Vec<String> = nursery.sent().into_iter().map(|(_, subject)| subject).collect();
    assert_eq!(subjects.len(), 2, "{subjects:?}");
    assert!(subjects[0].starts_with("New lead: Asha") && subjects[1].starts_with("Wrote again: Asha"), "{subjects:?}");
    // What a robot sends tells nobody anything.
    nursery.stage.visit(&with(silent(1), json!({ "lg_ref": "http://x" })), "spam", START + 4 * HOUR);
    nursery.pass(START + 5 * HOUR);
    assert_eq!(nursery.sent().len(), 2);
}

/// What ends an enrolment, by its reason.
fn ended(act: impl Fn(&Nursery, &Id)) -> (String, usize) {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0, 2]));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass(START + 60_000);
    act(&nursery, &lead);
    for days in 1..6 {
        nursery.pass(START + days * DAY);
    }
    let row = nursery.enrolment();
    assert_eq!((row["state"].as_str(), row["ended_at"].is_i64()), (Some("left"), true));
    let told = nursery.told();
    assert_eq!(told.len(), 2, "{told:?}");
    (row["left_reason"].as_str().unwrap().to_owned(), nursery.sent().len())
}

#[test]
fn whoever_leaves_gets_no_more_and_the_reason_is_told() {
    let at = START + HOUR;
    let mail = json!({ "activity_type": "email", "direction": "inbound", "subject": "Re: pumps" });
    assert_eq!(ended(|nursery, lead| nursery.record(lead, &mail, at)), ("replied".into(), 1));
    assert_eq!(ended(|nursery, lead| nursery.disqualify(lead, at)), ("disqualified".into(), 1));
    assert_eq!(ended(|nursery, lead| nursery.hide(lead, at)), ("deleted".into(), 1));
    let delete = |nursery: &Nursery, _: &Id| {
        let row = nursery.database().rows("SELECT id FROM sequences");
        nursery.delete(&Id::parse(row[0]["id"].as_str().unwrap()).unwrap(), at);
    };
    assert_eq!(ended(delete), ("sequence_deleted".into(), 1));
}

#[test]
fn a_mail_in_the_outbox_is_cancelled_when_its_lead_leaves() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0]));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass_on(nursery.database(), START + 60_000, Budget { sends: 0, ..Budget::default() });
    nursery.hide(&lead, START + HOUR);
    nursery.pass(START + 2 * HOUR);
    let mail = &nursery.database().rows("SELECT state, reason FROM mails")[0];
    assert_eq!((mail["state"].as_str(), mail["reason"].as_str()), (Some("cancelled"), Some("deleted")));
    assert_eq!((nursery.sent().len(), nursery.enrolment()["state"].as_str()), (0, Some("left")));
}

#[test]
fn a_mail_that_a_person_takes_up_late_is_not_sent_to_whoever_answered_since() {
    let nursery = Nursery::new();
    nursery.sequence(&welcome(&[0]));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass_on(nursery.database(), START + 60_000, Budget { sends: 0, ..Budget::default() });
    // As a provider's no leaves it.
    nursery.database().change("UPDATE mails SET state = 'dead', reason = 'refused', next_try_at = NULL");
    nursery.pass(START + 3 * DAY);
    assert_eq!(nursery.enrolment()["state"], "finished");
    let mail = json!({ "activity_type": "email", "direction": "inbound", "subject": "Re: pumps" });
    nursery.record(&lead, &mail, START + 4 * DAY);
    let mail_id = Id::parse(nursery.database().rows("SELECT id FROM mails")[0]["id"].as_str().unwrap()).unwrap();
    let by = nursery.stage.principal(super::stage::Who::Admin);
    nursery.act(&ActOnMail { mail_id, act: MailAct::Retry, by }, START + 5 * DAY);
    nursery.pass(START + 5 * DAY + HOUR);
    let mail = &nursery.database().rows("SELECT state, reason FROM mails")[0];
    assert_eq!((mail["state"].as_str(), mail["reason"].as_str()), (Some("cancelled"), Some("replied")));
    assert_eq!(nursery.sent().len(), 0);
}

#[test]
fn enrolled_leads_finish_on_what_they_began_or_are_moved() {
    let nursery = Nursery::new();
    let id = nursery.sequence(&welcome(&[0, 1, 1]));
    nursery.lead(1, &agreed(1), START);
    nursery.pass(START + 60_000);
    let mut new = steps(&[0, 1, 1]);
    for step in new.as_array_mut().unwrap() {
        step["subject"] = format!("New {}", step["step_number"]).into();
    }
    nursery.edit(&id, &json!({ "steps": new }), START + HOUR);
    nursery.lead(2, &agreed(2), START + 2 * HOUR);
    nursery.pass(START + 3 * HOUR);
    nursery.pass(START + DAY + HOUR);
    let told = |nursery: &Nursery| nursery.sent().into_iter().map(|(_, subject)| subject).collect::<Vec<_>>();
    assert_eq!(told(&nursery), ["Mail 1, Asha", "New 1", "Mail 2, Asha"]);
    let by = nursery.stage.principal(super::stage::Who::Admin);
    let act = nursery.stage.context(START + DAY + 2 * HOUR).ids.next_id();
    let members = super::people::members(&json!({}));
    let moving = MoveEnrolled::parse(members, (id, Precondition::Any), by, act).unwrap();
    nursery.act(&moving, START + DAY + 2 * HOUR);
    for hours in 3..80 {
        nursery.pass(START + DAY + hours * HOUR);
    }
    let mut all = told(&nursery);
    all.sort();
    assert_eq!(all, ["Mail 1, Asha", "Mail 2, Asha", "New 1", "New 2", "New 3", "New 3"]);
}

#[test]
fn what_nobody_asks_for_any_more_is_tidied_away() {
    let nursery = Nursery::new();
    let (company, now) = (&nursery.stage.company_id, START + 100 * DAY);
    let day = now / DAY;
    // A link for nobody, written because those of real people are.
    let nobodys = |id: &str, at: i64| {
        format!(
            "INSERT INTO mails (company_id, id, kind, to_address, from_address, state, due_at, created_at, next_try_at, subject, body, body_text) \
             VALUES ('', '{id}', 'sign_in', 'a@b.co', 'c@d.co', 'queued', {at}, {at}, {at}, 'Sign in', 'x', 'x');"
        )
    };
    let asked = |id: &str, expires: i64| {
        format!(
            "INSERT INTO opt_ins (company_id, lead_id, id, text, text_version, source, created_at, ask_at, expires_at, mail_id) \
             VALUES ('{company}', 'l', '{id}', 't', '1', 'form:x', 1, 1, {expires}, 'm');"
        )
    };
    let counted = |day: i64| format!("INSERT INTO mail_days VALUES ('{company}', {day}, 'lead:x', 1);");
    nursery.database().change(
        &[
            nobodys("nobody:1", now - 2 * HOUR),
            nobodys("nobody:2", now - HOUR / 2),
            asked("old", now - 31 * DAY),
            asked("young", now - 29 * DAY),
            counted(day - 4),
            counted(day - 3),
        ]
        .concat(),
    );
    let report = nursery.pass(now);
    assert_eq!(report.tidied, 3, "{report:?}");
    let left = |sql: &str| nursery.database().rows(sql).len();
    assert_eq!(left("SELECT 1 AS n FROM mails WHERE id = 'nobody:2'"), 1);
    assert_eq!(left("SELECT 1 AS n FROM mails"), 1);
    assert_eq!(left("SELECT 1 AS n FROM opt_ins WHERE id = 'young'"), 1);
    assert_eq!((left("SELECT 1 AS n FROM opt_ins"), left("SELECT 1 AS n FROM mail_days")), (1, 1));
}
