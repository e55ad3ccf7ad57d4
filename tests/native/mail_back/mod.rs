//! What comes back of mails, and what it changes: stops, questions for consent, the list of who is never mailed, opens and
//! clicks (spec E2, E4, L7).

mod consents;
mod events;
mod list;
mod races;
mod stops;

use lead_core::command::mail_back::{Cause, Stop, Stopped};
use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::mail::link::{LinkToken, What};
use lead_core::plan::{Actor, Context};
use lead_core::suppression::AddressHash;
use lead_store::run::{Command, run};
use lead_store::statement::Row;
use pollster::block_on;
use serde_json::Value;

use super::nursery::{Nursery, agreed, steps};
use super::stage::{START, with};

/// A minute in milliseconds.
const MINUTE: i64 = 60_000;

/// A nursery whose one lead was sent the first mail of a sequence, with the lead and the mail.
fn mailed() -> (Nursery, Id, Id) {
    let nursery = Nursery::new();
    nursery.sequence(&named("Welcome"));
    let lead = nursery.lead(1, &agreed(1), START);
    nursery.pass(START + MINUTE);
    let mail = only_mail(&nursery, "sequence");
    assert_eq!(row(&nursery, "mails", &mail)["state"], "sent");
    (nursery, lead, mail)
}

/// A sequence of this name for new leads: at once, after three days and after six.
fn named(name: &str) -> Value {
    with(super::nursery::welcome(&[]), serde_json::json!({ "name": name, "steps": steps(&[0, 3, 3]) }))
}

/// The only mail of a kind.
fn only_mail(nursery: &Nursery, kind: &str) -> Id {
    let rows = nursery.database().rows(&format!("SELECT id FROM mails WHERE kind = '{kind}'"));
    assert_eq!(rows.len(), 1, "{rows:?}");
    id_of(&rows[0]["id"])
}

fn id_of(value: &Value) -> Id {
    Id::parse(value.as_str().unwrap()).unwrap()
}

fn row(nursery: &Nursery, table: &str, id: &Id) -> Row {
    nursery.database().rows(&format!("SELECT * FROM {table} WHERE id = '{id}'")).remove(0)
}

/// The first column of a query's rows as texts.
fn texts(nursery: &Nursery, sql: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let of = |row: &Row| row.values().map(text).collect::<Vec<_>>().join(" ");
    nursery.database().rows(sql).iter().map(of).collect()
}

/// The hash of an address of the nursery's company.
fn hash(nursery: &Nursery, email: &str) -> AddressHash {
    AddressHash::of(&nursery.secret, &nursery.stage.company_id, &EmailAddress::parse(email).unwrap())
}

/// What a person's own request by a link of a mail knows.
fn by_link(nursery: &Nursery, at: i64) -> Context<'_> {
    let context = nursery.stage.context(at);
    let (ip_address, user_agent) = (Some("203.0.113.77".to_owned()), Some("AshaBrowser/1.0".to_owned()));
    Context { actor: Actor { ip_address, user_agent, ..context.actor.clone() }, ..context }
}

/// Runs what a person does by a link.
fn act_by_link<C: Command>(nursery: &Nursery, command: &C, at: i64) -> C::Done {
    block_on(run(nursery.database(), command, &mut by_link(nursery, at))).unwrap().done
}

/// The command of the mail's own link to unsubscribe.
fn stop_of(nursery: &Nursery, mail: &Id, cause: Cause) -> Stop {
    let address = row(nursery, "mails", mail)["unsubscribe_url"].as_str().unwrap().to_owned();
    let token = LinkToken::open(&nursery.secret, address.rsplit_once("/m/u/").unwrap().1).unwrap();
    assert_eq!((&token.company_id, &token.mail_id), (&nursery.stage.company_id, mail));
    let What::Unsubscribe(address) = token.what else { panic!("{token:?}") };
    Stop { mail_id: mail.clone(), address, cause, event: None }
}

/// Somebody follows that link and says so.
fn stop(nursery: &Nursery, mail: &Id, cause: Cause, at: i64) -> Stopped {
    act_by_link(nursery, &stop_of(nursery, mail, cause), at)
}

/// What the timelines tell besides enrolling and sending, oldest first.
fn told(nursery: &Nursery) -> Vec<String> {
    texts(
        nursery,
        "SELECT event || ': ' || ifnull(subject, '-') || ifnull(' / ' || notes, '') FROM activities \
         WHERE event IN ('left_sequence', 'unsubscribed', 'consent_confirmed', 'mail_delivered', 'mail_opened', 'mail_clicked', \
           'mail_bounced', 'mail_complained') ORDER BY occurred_at, event, subject, notes",
    )
}
