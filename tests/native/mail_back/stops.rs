//! Leaving: by one click, from one sequence, by a bounce for good, by a complaint.

use lead_core::command::mail_back::{Cause, Stop, Stopped};
use lead_core::mail::MailEventKind;
use lead_core::plan::NewMailEvent;
use lead_core::time::Instant;
use serde_json::json;

use super::super::nursery::{HOUR, Nursery, agreed};
use super::super::stage::{DAY, START};
use super::{MINUTE, act_by_link, hash, id_of, mailed, named, row, stop, stop_of, texts, told};

const LISTED: &str = "SELECT reason || ' ' || iif(sequence_id = '', 'all', 'one') FROM suppressions ORDER BY id";

const WORDS: &str = "SELECT state || ' ' || source FROM consents WHERE purpose = 'marketing' ORDER BY id";

const STATES: &str = "SELECT state || ' ' || ifnull(left_reason, '-') FROM enrolments ORDER BY sequence_id";

#[test]
fn one_click_stops_all_mails_of_the_company() {
    let (nursery, lead, mail) = mailed();
    let other = nursery.sequence(&named("Other"));
    nursery.database().change(&format!(
        "INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, enrolled_at) \
         VALUES ('{}', '{other}', '{lead}', '{other}', 1, 'active', 1, {}, 1)",
        nursery.stage.company_id,
        START + 9 * HOUR
    ));
    let stopped = stop(&nursery, &mail, Cause::Left, START + HOUR);
    let company = "Tidewater Pumps".to_owned();
    assert_eq!(stopped, Stopped { company, is_sequence: false, may_return: true, is_other: false });
    let email = agreed(1)["email"].as_str().unwrap().to_owned();
    let listed = nursery.database().rows("SELECT * FROM suppressions");
    assert_eq!(listed[0]["address_hash"], hash(&nursery, &email).to_hex());
    assert_eq!(
        (texts(&nursery, LISTED), listed[0]["mail_id"].as_str()),
        (vec!["unsubscribed all".into()], Some(mail.as_str()))
    );
    assert_eq!(texts(&nursery, WORDS)[1], format!("withdrawn mail:{mail}"));
    let stands = row(&nursery, "leads", &lead);
    assert_eq!((&stands["gdpr_consent"], &stands["opt_in_date"]), (&json!(0), &json!(null)));
    assert_eq!(texts(&nursery, STATES), ["left unsubscribed", "left unsubscribed"]);
    let expected = [
        "left_sequence: Other: unsubscribed",
        "left_sequence: Welcome: unsubscribed",
        "unsubscribed: Unsubscribed from all mails",
    ];
    assert_eq!(told(&nursery), expected);
    // Once more, by a mail program that tries again or a person who is not sure.
    let counts = || {
        ["suppressions", "consents", "activities", "audit_logs", "mail_events"].map(|table| nursery.stage.count(table))
    };
    let before = counts();
    assert_eq!(stop(&nursery, &mail, Cause::Left, START + 2 * HOUR), stopped);
    assert_eq!(counts(), before);
    for days in 1..20 {
        nursery.pass(START + days * DAY);
    }
    assert_eq!(nursery.stage.count("mails"), 1);
    // The row that outlives the person tells nothing of them.
    let trail =
        nursery.database().rows("SELECT ip_address, user_agent FROM audit_logs WHERE entity_type = 'suppression'");
    assert_eq!((trail.len(), &trail[0]["ip_address"], &trail[0]["user_agent"]), (1, &json!(null), &json!(null)));
}

#[test]
fn one_sequence_alone_can_be_left() {
    let (nursery, lead, mail) = mailed();
    let other = nursery.sequence(&named("Other"));
    nursery.lead(2, &agreed(2), START + 30 * MINUTE);
    let stopped = stop(&nursery, &mail, Cause::LeftSequence, START + HOUR);
    assert!(stopped.is_sequence && !stopped.may_return, "{stopped:?}");
    assert_eq!(texts(&nursery, LISTED), ["unsubscribed one"]);
    assert_eq!(row(&nursery, "leads", &lead)["gdpr_consent"], 1);
    assert_eq!(told(&nursery)[1], "unsubscribed: Unsubscribed from Welcome");
    // Another sequence still mails the person.
    nursery.database().change(&format!(
        "INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, enrolled_at) \
         VALUES ('{}', '{other}', '{lead}', '{other}', 1, 'active', 1, 1, 1)",
        nursery.stage.company_id
    ));
    nursery.pass(START + 2 * HOUR);
    let mails = format!("SELECT sequence_id = '{other}' FROM mails WHERE lead_id = '{lead}' ORDER BY id");
    assert_eq!(texts(&nursery, &mails), ["0", "1"]);
    // Later they want none at all.
    let stopped = stop(&nursery, &mail, Cause::Left, START + 3 * HOUR);
    assert!(!stopped.is_sequence && stopped.may_return, "{stopped:?}");
    assert_eq!(texts(&nursery, LISTED), ["unsubscribed one", "unsubscribed all"]);
}

fn reported(nursery: &Nursery, stop: Stop, kind: MailEventKind, detail: &str, at: i64) -> Stop {
    let event = NewMailEvent {
        id: nursery.stage.context(at).ids.next_id(),
        mail_id: stop.mail_id.clone(),
        source: format!("provider:{kind}"),
        kind,
        detail: Some(detail.to_owned()),
        at: Instant::from_ms(at).unwrap(),
        is_done: false,
    };
    Stop { event: Some(event), ..stop }
}

#[test]
fn a_hard_bounce_and_a_complaint_suppress_once_and_the_stronger_reason_stays() {
    let (nursery, lead, mail) = mailed();
    let bounce = stop_of(&nursery, &mail, Cause::Bounced);
    let bounce = reported(&nursery, bounce, MailEventKind::Bounced, "permanent General", START + HOUR);
    for _ in 0..2 {
        act_by_link(&nursery, &bounce, START + HOUR);
    }
    assert_eq!(texts(&nursery, LISTED), ["bounced all"]);
    assert_eq!((texts(&nursery, STATES), texts(&nursery, WORDS).len()), (vec!["left bounced".into()], 1));
    assert_eq!(nursery.stage.count("mail_events"), 1);
    let complaint = stop_of(&nursery, &mail, Cause::Complained);
    let complaint = reported(&nursery, complaint, MailEventKind::Complained, "spam", START + 2 * HOUR);
    for _ in 0..2 {
        act_by_link(&nursery, &complaint, START + 2 * HOUR);
    }
    assert_eq!(texts(&nursery, LISTED), ["complained all"]);
    assert_eq!(texts(&nursery, WORDS)[1..], [format!("withdrawn mail:{mail}")]);
    assert_eq!(row(&nursery, "leads", &lead)["gdpr_consent"], 0);
    // Nothing weaker takes its place.
    for cause in [Cause::Bounced, Cause::Left] {
        stop(&nursery, &mail, cause, START + 3 * HOUR);
        assert_eq!(texts(&nursery, LISTED), ["complained all"]);
    }
    nursery.pass(START + 4 * HOUR);
    let subject = row(&nursery, "mails", &mail)["subject"].as_str().unwrap().to_owned();
    let lines = told(&nursery);
    assert!(lines.contains(&format!("mail_bounced: {subject} / The address does not exist.")), "{lines:?}");
    assert!(lines.contains(&format!("mail_complained: {subject}")), "{lines:?}");
    let shown = row(&nursery, "mails", &mail);
    assert_eq!((&shown["bounced_at"], &shown["complained_at"]), (&json!(START + HOUR), &json!(START + 2 * HOUR)));
}

#[test]
fn a_mail_that_waits_is_not_sent_once_its_address_is_suppressed() {
    let (nursery, _, mail) = mailed();
    // The provider refused it for now, as far as the outbox knows.
    nursery.database().change(&format!(
        "UPDATE mails SET state = 'queued', sent_at = NULL, first_try_at = NULL, next_try_at = {} WHERE id = '{mail}'",
        START + HOUR
    ));
    let address = hash(&nursery, agreed(1)["email"].as_str().unwrap());
    let add = lead_core::command::mail_back::AddSuppression { address, sequence_id: None };
    nursery.act(&add, START + 2 * MINUTE);
    nursery.pass(START + 2 * HOUR);
    let shown = row(&nursery, "mails", &mail);
    assert_eq!((shown["state"].as_str(), shown["reason"].as_str()), (Some("cancelled"), Some("removed")));
    assert_eq!(texts(&nursery, STATES), ["left removed"]);
}

#[test]
fn a_mail_is_not_sent_to_a_suppressed_address_that_its_lead_has_no_more() {
    let (nursery, lead, mail) = mailed();
    nursery.database().change(&format!(
        "UPDATE mails SET state = 'queued', sent_at = NULL, first_try_at = NULL, next_try_at = {} WHERE id = '{mail}'; \
         UPDATE leads SET email = 'new@example-works.com', email_key = 'new@example-works.com' WHERE id = '{lead}'",
        START + HOUR
    ));
    let address = hash(&nursery, agreed(1)["email"].as_str().unwrap());
    nursery.act(&lead_core::command::mail_back::AddSuppression { address, sequence_id: None }, START + 2 * MINUTE);
    nursery.pass(START + 2 * HOUR);
    assert_eq!(row(&nursery, "mails", &mail)["state"], "cancelled");
}

#[test]
fn a_reply_and_a_status_end_the_enrolment() {
    let nursery = Nursery::new();
    nursery.sequence(&named("Welcome"));
    let leads: Vec<_> = (1..=2).map(|n| nursery.lead(n, &agreed(n), START)).collect();
    nursery.pass(START + MINUTE);
    nursery.record(&leads[0], &json!({ "activity_type": "email", "direction": "inbound" }), START + HOUR);
    nursery.disqualify(&leads[1], START + HOUR);
    for days in 0..9 {
        nursery.pass(START + 2 * HOUR + days * DAY);
    }
    let states = "SELECT left_reason FROM enrolments ORDER BY lead_id";
    assert_eq!(texts(&nursery, states), ["replied", "disqualified"]);
    assert_eq!(nursery.stage.count("mails"), 2);
}

#[test]
fn a_mail_to_somebody_who_works_here_stops_nothing() {
    let (nursery, _, mail) = mailed();
    nursery.database().change(&format!("UPDATE mails SET kind = 'lead_alert', sequence_id = NULL WHERE id = '{mail}'"));
    let stopped = stop(&nursery, &mail, Cause::Left, START + HOUR);
    assert!(stopped.is_other, "{stopped:?}");
    assert_eq!((nursery.stage.count("suppressions"), texts(&nursery, STATES)), (0, vec!["active -".into()]));
}

#[test]
fn an_erased_persons_link_still_stops_mails() {
    let (nursery, lead, mail) = mailed();
    let command = stop_of(&nursery, &mail, Cause::Left);
    super::super::erase::erase(&nursery.stage, lead_core::entity::Entity::Lead, &lead).unwrap();
    assert_eq!(texts(&nursery, STATES), ["left erased"]);
    let at = START + 10 * DAY;
    let stopped = act_by_link(&nursery, &command, at);
    assert!(!stopped.may_return && !stopped.is_other, "{stopped:?}");
    assert_eq!(texts(&nursery, LISTED), ["unsubscribed all"]);
    // The same address comes back as another lead: it stays without consent until the person says so by mail.
    let values = agreed(1);
    let submit = nursery.stage.command(super::super::stage::Who::Visitor, &values, Some("again"));
    nursery.act(&submit.hashed(Some(&nursery.secret), &nursery.stage.company_id), at + HOUR);
    let again = id_of(&nursery.stage.leads().last().unwrap()["id"]);
    assert_eq!(row(&nursery, "leads", &again)["gdpr_consent"], 0);
    let asked = nursery.database().rows("SELECT lead_id FROM opt_ins");
    assert_eq!((asked.len(), id_of(&asked[0]["lead_id"])), (1, again));
}
