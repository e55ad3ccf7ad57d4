//! Whatever happens at the same moment: nothing counts twice, and nothing of an erased person comes back.

use std::cell::RefCell;

use lead_core::command::mail_back::Cause;
use lead_core::entity::Entity;
use lead_core::id::Id;
use lead_store::nurture::Budget;
use lead_store::run::run;
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use pollster::block_on;
use serde_json::json;

use super::super::contacts::against;
use super::super::erase::erase;
use super::super::nursery::{HOUR, Nursery, agreed};
use super::super::sqlite::Sqlite;
use super::super::stage::START;
use super::{MINUTE, by_link, mailed, named, stop, stop_of, texts};

/// Does something before the first batch that holds such a statement.
struct Before<'a, F: Fn()> {
    database: &'a Sqlite,
    text: &'static str,
    rival: RefCell<Option<F>>,
}

impl<F: Fn()> Database for Before<'_, F> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        if statements.iter().any(|statement| statement.sql.contains(self.text))
            && let Some(rival) = self.rival.take()
        {
            rival();
        }
        self.database.batch(statements).await
    }
}

#[test]
fn two_clicks_to_unsubscribe_at_once_are_one() {
    let (nursery, _, mail) = mailed();
    let command = stop_of(&nursery, &mail, Cause::Left);
    let rival = || drop(stop(&nursery, &mail, Cause::Left, START + HOUR));
    block_on(run(&against(&nursery.stage, rival), &command, &mut by_link(&nursery, START + HOUR))).unwrap();
    let counts = ["suppressions", "mail_events"].map(|table| nursery.stage.count(table));
    assert_eq!(
        (counts, texts(&nursery, "SELECT count(*) FROM consents WHERE state = 'withdrawn'")),
        ([1, 1], vec!["1".into()])
    );
    let lines = "SELECT event FROM activities WHERE event IN ('unsubscribed', 'left_sequence') ORDER BY event";
    assert_eq!(texts(&nursery, lines), ["left_sequence", "unsubscribed"]);
}

#[test]
fn of_two_reasons_at_once_the_stronger_stays() {
    let (nursery, _, mail) = mailed();
    stop(&nursery, &mail, Cause::Bounced, START + HOUR);
    let command = stop_of(&nursery, &mail, Cause::Left);
    let rival = || drop(stop(&nursery, &mail, Cause::Complained, START + 2 * HOUR));
    block_on(run(&against(&nursery.stage, rival), &command, &mut by_link(&nursery, START + 2 * HOUR))).unwrap();
    assert_eq!(texts(&nursery, "SELECT reason FROM suppressions"), ["complained"]);
}

/// Erases the lead just before a mail is written that was composed of its values.
fn erased_meanwhile(nursery: &Nursery, lead: &Id) {
    let rival = Before {
        database: nursery.database(),
        text: "INSERT INTO mails",
        rival: RefCell::new(Some(|| drop(erase(&nursery.stage, Entity::Lead, lead).unwrap()))),
    };
    nursery.pass_on(&rival, START + MINUTE, Budget::default());
    assert!(rival.rival.borrow().is_none(), "it was about to be mailed");
    nursery.pass(START + 2 * HOUR);
    assert_eq!(texts(nursery, "SELECT count(*) FROM mails WHERE subject <> '' OR to_address <> ''"), ["0"]);
    assert!(nursery.sent().is_empty());
}

#[test]
fn a_question_that_meets_the_erasure_is_not_mailed() {
    let nursery = Nursery::new();
    nursery.set(&json!({ "double_opt_in": true }));
    let lead = nursery.lead(1, &agreed(1), START);
    erased_meanwhile(&nursery, &lead);
    assert_eq!((nursery.stage.count("mails"), nursery.stage.count("opt_ins")), (0, 0));
}

#[test]
fn a_step_that_meets_the_erasure_is_not_mailed() {
    let nursery = Nursery::new();
    nursery.sequence(&named("Welcome"));
    let lead = nursery.lead(1, &agreed(1), START);
    erased_meanwhile(&nursery, &lead);
    assert_eq!(texts(&nursery, "SELECT left_reason FROM enrolments"), ["erased"]);
}

#[test]
fn an_alert_that_meets_the_erasure_is_not_mailed() {
    let nursery = Nursery::new();
    nursery.set(&json!({ "lead_alerts": true }));
    let lead = nursery.lead(1, &agreed(1), START);
    erased_meanwhile(&nursery, &lead);
}

#[test]
fn two_runs_at_once_judge_the_same() {
    let (nursery, lead, mail) = mailed();
    nursery.database().change(&format!(
        "INSERT INTO mail_events (company_id, mail_id, source, id, kind, link, method, user_agent, created_at) \
         SELECT company_id, id, 'link:1', id, 'clicked', 0, 'GET', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0', {} FROM mails WHERE id = '{mail}'",
        START + HOUR
    ));
    let score = || {
        nursery.database().rows(&format!("SELECT lead_score FROM leads WHERE id = '{lead}'"))[0]["lead_score"].clone()
    };
    let before = score().as_i64().unwrap();
    let rival = Before {
        database: nursery.database(),
        text: "UPDATE mail_events SET machine",
        rival: RefCell::new(Some(|| drop(nursery.pass(START + 2 * HOUR)))),
    };
    nursery.pass_on(&rival, START + 2 * HOUR, Budget::default());
    assert!(rival.rival.borrow().is_none());
    assert_eq!(score(), before + 10);
    assert_eq!(texts(&nursery, "SELECT count(*) FROM activities WHERE event = 'mail_clicked'"), ["1"]);
}
