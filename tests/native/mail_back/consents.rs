//! Questions for consent: double opt-in, coming back after a no, and what nobody else may say for a person (spec L7).

use lead_core::body::Members;
use lead_core::command::lead::EditLead;
use lead_core::command::mail_back::{Answer, AskAgain, Cause, ConfirmOptIn};
use lead_core::id::Id;
use lead_core::mail::link::{LinkToken, What};
use lead_store::leads::edit;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::super::nursery::{HOUR, Nursery, agreed};
use super::super::stage::{DAY, START, Who, visitor, with};
use super::{MINUTE, act_by_link, hash, mailed, named, only_mail, row, stop, stop_of, texts, told};

/// A company that has consents confirmed by mail, and a lead that agreed on its form.
fn asking() -> (Nursery, Id) {
    let nursery = Nursery::new();
    nursery.set(&json!({ "double_opt_in": true }));
    nursery.sequence(&named("Welcome"));
    let lead = nursery.lead(1, &agreed(1), START);
    (nursery, lead)
}

/// The command of the link in the mail that asks.
fn yes_of(nursery: &Nursery, mail: &Id) -> ConfirmOptIn {
    let body = row(nursery, "mails", mail)["body_text"].as_str().unwrap().to_owned();
    let token = body.split("/m/y/").nth(1).unwrap().split_whitespace().next().unwrap();
    let token = LinkToken::open(&nursery.secret, token).unwrap();
    let What::Confirm(address) = token.what else { panic!("{token:?}") };
    assert_eq!(token.mail_id, *mail);
    ConfirmOptIn { mail_id: mail.clone(), address, secret: nursery.secret.clone() }
}

fn confirm(nursery: &Nursery, mail: &Id, at: i64) -> Answer {
    act_by_link(nursery, &yes_of(nursery, mail), at)
}

fn confirmed() -> Answer {
    Answer::Confirmed { company: "Tidewater Pumps".to_owned() }
}

/// What the lead shows of its consent.
fn shown(nursery: &Nursery, lead: &Id) -> (i64, Option<i64>, Option<i64>) {
    let stands = row(nursery, "leads", lead);
    (stands["gdpr_consent"].as_i64().unwrap(), stands["opt_in_date"].as_i64(), stands["consent_confirmed_at"].as_i64())
}

const STEPS: &str = "SELECT step_number FROM mails WHERE kind = 'sequence' ORDER BY id";

#[test]
fn double_opt_in_mails_nothing_but_the_question_until_it_is_answered() {
    let (nursery, lead) = asking();
    nursery.pass(START + MINUTE);
    let mail = only_mail(&nursery, "opt_in");
    assert_eq!(row(&nursery, "mails", &mail)["state"], "sent");
    assert!(row(&nursery, "mails", &mail)["body_text"].as_str().unwrap().contains("You may write to me."));
    assert_eq!(shown(&nursery, &lead), (1, Some(START), None));
    for hours in 1..30 {
        nursery.pass(START + hours * HOUR);
    }
    assert_eq!((texts(&nursery, STEPS).len(), nursery.stage.count("mails")), (0, 1), "asked once, mailed nothing");
    let at = START + 30 * HOUR;
    assert_eq!(confirm(&nursery, &mail, at), confirmed());
    assert_eq!(shown(&nursery, &lead).2, Some(at));
    let counts = || ["consents", "activities", "audit_logs"].map(|table| nursery.stage.count(table));
    let before = counts();
    assert_eq!(confirm(&nursery, &mail, at + HOUR), confirmed(), "answered before");
    assert_eq!(counts(), before);
    assert_eq!(told(&nursery), ["consent_confirmed: Consent confirmed by mail"]);
    let words = "SELECT state || ' ' || source || ' ' || text FROM consents ORDER BY id DESC LIMIT 1";
    assert_eq!(texts(&nursery, words), [format!("given opt_in:{mail} You may write to me.")]);
    for hours in 1..30 {
        nursery.pass(at + hours * HOUR);
    }
    assert_eq!(texts(&nursery, STEPS), ["1"]);
}

#[test]
fn a_question_is_open_for_seven_days_from_its_mail() {
    let (nursery, lead) = asking();
    // The cron stood still for three days.
    let mailed = START + 3 * DAY;
    nursery.pass(mailed);
    let mail = only_mail(&nursery, "opt_in");
    assert_eq!(row(&nursery, "opt_ins", &mail)["expires_at"], mailed + 7 * DAY);
    assert_eq!(confirm(&nursery, &mail, mailed + 7 * DAY), Answer::TooLate);
    assert_eq!(shown(&nursery, &lead).2, None);
    // Somebody who agrees once more is asked once more.
    nursery.stage.visit(&agreed(1), "again", mailed + 8 * DAY);
    nursery.pass(mailed + 8 * DAY + MINUTE);
    let questions = texts(&nursery, "SELECT id FROM mails WHERE kind = 'opt_in' ORDER BY id");
    assert_eq!(questions.len(), 2);
    let second = Id::parse(&questions[1]).unwrap();
    assert_eq!(confirm(&nursery, &second, mailed + 9 * DAY), confirmed());
    assert_eq!(shown(&nursery, &lead).2, Some(mailed + 9 * DAY));
}

#[test]
fn a_question_that_was_never_mailed_runs_out() {
    let (nursery, _) = asking();
    nursery.set(&json!({ "mail_address": null }));
    nursery.pass(START + MINUTE);
    assert_eq!((nursery.stage.count("mails"), nursery.stage.count("opt_ins")), (0, 1));
    nursery.pass(START + 7 * DAY);
    assert_eq!((nursery.stage.count("mails"), nursery.stage.count("opt_ins")), (0, 0));
}

#[test]
fn only_the_address_that_was_asked_answers() {
    let (nursery, lead) = asking();
    nursery.pass(START + MINUTE);
    let mail = only_mail(&nursery, "opt_in");
    patch(&nursery, &lead, &json!({ "email": "another@example-works.com" }), START + HOUR);
    assert_eq!(confirm(&nursery, &mail, START + 2 * HOUR), Answer::TooLate);
    assert_eq!(shown(&nursery, &lead).2, None);
    patch(&nursery, &lead, &json!({ "email": agreed(1)["email"] }), START + 3 * HOUR);
    nursery.hide(&lead, START + 4 * HOUR);
    assert_eq!(confirm(&nursery, &mail, START + 5 * HOUR), Answer::TooLate, "hidden");
}

#[test]
fn a_confirmed_consent_belongs_to_its_address_and_ends_with_it() {
    let (nursery, lead) = asking();
    nursery.pass(START + MINUTE);
    let mail = only_mail(&nursery, "opt_in");
    confirm(&nursery, &mail, START + HOUR);
    patch(&nursery, &lead, &json!({ "job_title": "Engineer" }), START + 2 * HOUR);
    assert_eq!(shown(&nursery, &lead).2, Some(START + HOUR));
    patch(&nursery, &lead, &json!({ "email": "another@example-works.com" }), START + 3 * HOUR);
    assert_eq!(shown(&nursery, &lead).2, None);
}

fn patch(nursery: &Nursery, lead: &Id, values: &Value, at: i64) {
    let target = nursery.target(lead);
    let context = nursery.stage.context(at);
    let outcome = block_on(nursery.database().batch(vec![edit::read(&target, &context)])).unwrap().remove(0);
    let members = Members::from_json(values.to_string().as_bytes()).unwrap();
    let command = EditLead::patch(target, members, edit::found(&outcome).unwrap().as_ref(), &context).unwrap();
    nursery.act(&command.hashed(Some(&nursery.secret), &nursery.stage.company_id), at);
}

/// The lead agrees again on the form, as the edge takes it in.
fn agree(nursery: &Nursery, key: &str, at: i64) {
    let submit = nursery.stage.command(Who::Visitor, &agreed(1), Some(key));
    nursery.act(&submit.hashed(Some(&nursery.secret), &nursery.stage.company_id), at);
}

const LISTED: &str = "SELECT reason FROM suppressions";

#[test]
fn after_a_no_only_the_persons_own_word_by_mail_is_a_yes() {
    let (nursery, lead, mail) = mailed();
    stop(&nursery, &mail, Cause::Left, START + HOUR);
    // The form, and whoever works here, say yes: it becomes a question, once a day at most.
    agree(&nursery, "again", START + 2 * HOUR);
    patch(&nursery, &lead, &json!({ "gdpr_consent": true }), START + 3 * HOUR);
    assert_eq!((shown(&nursery, &lead), nursery.stage.count("opt_ins")), ((0, None, None), 1));
    nursery.pass(START + 4 * HOUR);
    let question = only_mail(&nursery, "opt_in");
    assert_eq!(row(&nursery, "mails", &question)["state"], "sent", "in spite of the no, for it asks about that");
    assert_eq!((texts(&nursery, STEPS), texts(&nursery, LISTED)), (vec!["1".into()], vec!["unsubscribed".into()]));
    assert_eq!(confirm(&nursery, &question, START + 5 * HOUR), confirmed());
    assert_eq!(shown(&nursery, &lead), (1, Some(START + 5 * HOUR), Some(START + 5 * HOUR)));
    assert_eq!(texts(&nursery, LISTED), Vec::<String>::new());
    // And no again by the question's own link.
    stop(&nursery, &question, Cause::Left, START + 6 * HOUR);
    assert_eq!((shown(&nursery, &lead), texts(&nursery, LISTED)), ((0, None, None), vec!["unsubscribed".into()]));
}

#[test]
fn a_complaint_is_never_asked_about_and_never_lifted_by_an_answer() {
    let (nursery, lead, mail) = mailed();
    stop(&nursery, &mail, Cause::Left, START + HOUR);
    agree(&nursery, "again", START + 2 * HOUR);
    nursery.pass(START + 2 * HOUR + MINUTE);
    let question = only_mail(&nursery, "opt_in");
    stop(&nursery, &mail, Cause::Complained, START + 3 * HOUR);
    confirm(&nursery, &question, START + 4 * HOUR);
    assert_eq!(texts(&nursery, LISTED), ["complained"]);
    agree(&nursery, "once more", START + 3 * DAY);
    nursery.pass(START + 3 * DAY + MINUTE);
    assert_eq!(only_mail(&nursery, "opt_in"), question);
    assert_eq!(row(&nursery, "leads", &lead)["dnd_status"], 0);
}

#[test]
fn whoever_left_may_ask_to_be_asked_once_a_day() {
    let (nursery, lead, mail) = mailed();
    let command = stop_of(&nursery, &mail, Cause::Left);
    stop(&nursery, &mail, Cause::Left, START + HOUR);
    for hours in 2..20 {
        act_by_link(&nursery, &AskAgain(command.clone()), START + hours * HOUR);
        nursery.pass(START + hours * HOUR + MINUTE);
    }
    let question = only_mail(&nursery, "opt_in");
    assert_eq!(shown(&nursery, &lead), (0, None, None));
    act_by_link(&nursery, &AskAgain(command), START + 3 * DAY);
    nursery.pass(START + 3 * DAY + MINUTE);
    assert_eq!(nursery.stage.count("opt_ins"), 2);
    assert_eq!(confirm(&nursery, &question, START + 3 * DAY + HOUR), confirmed(), "the first one is still open");
}

#[test]
fn nothing_is_mailed_without_consent_and_do_not_disturb_stops_questions_too() {
    let nursery = Nursery::new();
    nursery.sequence(&named("Welcome"));
    let lead = nursery.lead(1, &visitor(1), START);
    for hours in 1..50 {
        nursery.pass(START + hours * HOUR);
    }
    assert_eq!(nursery.stage.count("mails"), 0);
    // In a country that asks for less.
    nursery.set(&json!({ "consent": { "default": "given", "countries": { "IN": "not_withdrawn" } } }));
    nursery.pass(START + 80 * HOUR);
    assert_eq!(texts(&nursery, STEPS), ["1"]);
    nursery.set(&json!({ "double_opt_in": true }));
    patch(&nursery, &lead, &json!({ "gdpr_consent": true }), START + 81 * HOUR);
    patch(&nursery, &lead, &json!({ "dnd_status": true }), START + 82 * HOUR);
    for days in 4..12 {
        nursery.pass(START + days * DAY);
    }
    assert_eq!(
        (texts(&nursery, STEPS), nursery.stage.count("mails"), nursery.stage.count("opt_ins")),
        (vec!["1".into()], 1, 0)
    );
    assert_eq!(texts(&nursery, "SELECT left_reason FROM enrolments"), ["dnd"]);
}

#[test]
fn where_a_country_asks_for_a_confirmation_its_leads_are_asked() {
    let nursery = Nursery::new();
    nursery.set(&json!({ "consent": { "default": "given", "countries": { "DE": "confirmed" } } }));
    nursery.sequence(&named("Welcome"));
    let german = with(agreed(1), json!({ "country": "DE", "phone": "+49 30 901820" }));
    let german = nursery.lead(1, &german, START);
    nursery.lead(2, &agreed(2), START);
    nursery.pass(START + MINUTE);
    let asked = "SELECT lead_id FROM opt_ins";
    assert_eq!((texts(&nursery, asked), texts(&nursery, STEPS)), (vec![german.to_string()], vec!["1".into()]));
    confirm(&nursery, &only_mail(&nursery, "opt_in"), START + HOUR);
    nursery.pass(START + 2 * HOUR);
    assert_eq!(texts(&nursery, STEPS), ["1", "1"]);
}

#[test]
fn without_the_secret_a_submission_is_taken_as_always() {
    let (nursery, lead, mail) = mailed();
    stop(&nursery, &mail, Cause::Left, START + HOUR);
    super::super::erase::erase(&nursery.stage, lead_core::entity::Entity::Lead, &lead).unwrap();
    nursery.stage.visit(&agreed(1), "again", START + 10 * DAY);
    let again = nursery.stage.leads().last().unwrap().clone();
    assert_eq!(again["gdpr_consent"], 1, "nothing could ask the list");
    // Whoever sends mails has the secret, and asks it.
    nursery.pass(START + 10 * DAY + MINUTE);
    assert_eq!(texts(&nursery, "SELECT count(*) FROM mails WHERE to_address <> ''"), ["0"]);
    assert_eq!(
        nursery.database().rows("SELECT address_hash FROM suppressions")[0]["address_hash"],
        hash(&nursery, agreed(1)["email"].as_str().unwrap()).to_hex()
    );
}
