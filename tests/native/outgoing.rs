//! Mails on their way out: thousands of seeded sequences of faults, through the real sending phase, the real requests and answers
//! and real TCP, against a service that does what the documented ones do (spec E3).

use std::cell::Cell;
use std::time::Duration;

use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::mail::provider::{Account, Service};
use lead_core::mail::sign_in::token;
use lead_core::mail::{Mail, MailKind, Party};
use lead_core::plan::{Change, Context, Plan, QueuedMail};
use lead_core::problem::Refusal;
use lead_core::session::Token;
use lead_core::template::Rendered;
use lead_core::time::Instant;
use lead_store::nurture::send::Post;
use lead_store::nurture::{Budget, Report, Setup, process_within};
use lead_store::run::Command;
use lead_store::sign_in::{Mailing, offer};
use lead_store::statement::{Corrupt, Database, DatabaseError, Outcome, Statement};
use pollster::block_on;
use serde_json::{Value, json};

use super::nursery::{HOUR, Nursery};
use super::sign_in::enter;
use super::sqlite::Sqlite;
use super::stage::{DAY, START};
use crate::peer::{Fault, KEY, Peer, Wire};

/// How many stories of [`MAILS`] mails are told, unless `PROPTEST_CASES` says so.
const STORIES: u64 = 60;

/// Mails of one story, each with a sequence of faults of its own.
const MAILS: usize = 20;

/// Longer than the peer takes for an answer, however busy the machine; an answer that is late all the same is one more fault.
const PATIENCE: Duration = Duration::from_millis(250);

/// Numbers that look random and come from a seed (SplitMix64).
pub(super) struct Luck(Cell<u64>);

impl Luck {
    pub(super) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub(super) fn next(&self) -> u64 {
        let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        self.0.set(state);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&self, most: u64) -> u64 {
        self.next() % most
    }
}

/// Puts mails into the outbox, as whoever writes them does.
struct Queue(Vec<Mail>);

impl Command for Queue {
    type Known = ();
    type Done = ();

    fn reads(&self, _: &Context<'_>) -> Vec<Statement> {
        vec![Statement { sql: "SELECT 1 AS one", params: Vec::new() }]
    }

    fn known(&self, _: &[Outcome]) -> Result<(), Corrupt> {
        Ok(())
    }

    fn decide(&self, (): &(), context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let queued = |mail: &Mail| QueuedMail { mail: mail.clone(), cap_day: None, audit_id: context.ids.next_id() };
        let mails = self.0.iter().map(queued).collect();
        Ok(Plan { changes: vec![Change::QueueMails(mails)], done: () })
    }
}

/// A mail to somebody of the company, due at a moment.
pub(super) fn mail(nursery: &Nursery, id: Id, kind: MailKind, at: i64) -> Mail {
    let party = |address: &str, name: &str| Party { address: address.into(), name: Some(name.into()) };
    let parties =
        [party("hello@tidewater-pumps.com", "Tidewater Pumps"), party("priya@tidewater-pumps.com", "Priya Nair")];
    let words = Rendered {
        subject: "A test".into(),
        body: "<p>Hello</p>".into(),
        body_text: "Hello".into(),
        links: Vec::new(),
    };
    Mail::written(id, &nursery.stage.context(at).company_id, kind, parties, words, Instant::from_ms(at).unwrap())
}

/// Puts so many of them into the outbox.
pub(super) fn queue(nursery: &Nursery, kind: MailKind, count: usize, at: i64) -> Vec<Id> {
    let mut context = nursery.stage.context(at);
    let mails: Vec<Mail> = (0..count).map(|_| mail(nursery, context.ids.next_id(), kind, at)).collect();
    let ids = mails.iter().map(|mail| mail.id.clone()).collect();
    nursery.act(&Queue(mails), at);
    ids
}

/// Runs the engine once, with a post of the test's own.
pub(super) fn pass<D: Database, P: Post>(
    nursery: &Nursery,
    database: &D,
    post: &P,
    number: u64,
    now: &dyn Fn() -> Instant,
) -> Report {
    let mut entropy = [7; 10];
    entropy[4..8].copy_from_slice(&(number as u32).to_be_bytes());
    let setup = Setup {
        now,
        entropy,
        policy: &nursery.stage.policy,
        secret: &nursery.secret,
        public_url: "https://leads.example",
        request_id: format!("pass-{number}"),
    };
    block_on(process_within(database, post, &setup, Budget::default()))
}

/// A database that loses a batch now and then, before it ran or after: as if the run had been killed there.
struct Shaky<'a> {
    database: &'a Sqlite,
    luck: &'a Luck,
}

impl Database for Shaky<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let lost = || Err(DatabaseError::Unavailable("lost".into()));
        match self.luck.below(40) {
            0 => lost(),
            1 => self.database.batch(statements).await.and_then(|_| lost()),
            _ => self.database.batch(statements).await,
        }
    }
}

fn fault(luck: &Luck) -> Option<Fault> {
    let status = [500, 502, 503, 504][luck.below(4) as usize];
    let fault = match luck.below(30) {
        0 => Fault::TooMany(Some(luck.below(900).to_string())),
        1 => Fault::TooMany(None),
        2..=3 => Fault::Error(status),
        4..=5 => Fault::ErrorAfter(status),
        6 => Fault::Gateway,
        7..=8 => Fault::CutBefore,
        9..=11 => Fault::CutAfter,
        12 if luck.below(4) == 0 => Fault::SilentBefore,
        13 if luck.below(4) == 0 => Fault::SilentAfter,
        14 => Fault::Slow,
        15 => Fault::Garbage,
        16 => Fault::GarbageAfter,
        17 => Fault::Error(401),
        18 if luck.below(8) == 0 => Fault::Error(422),
        _ => return None,
    };
    Some(fault)
}

fn resend(peer: &Peer) -> Service {
    Service::Resend(Account { url: peer.url().to_owned(), key: KEY.to_owned() })
}

fn postmark(peer: &Peer) -> Service {
    let account = Account { url: peer.url().to_owned(), key: KEY.to_owned() };
    Service::Postmark { account, stream: "leads".into() }
}

/// One story: mails are queued, runs come and go, and in the end each mail is sent once, or waits for a person and says why.
fn story(seed: u64, of: fn(&Peer) -> Service) {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let (luck, faults) = (Luck::new(seed), Luck::new(seed ^ 0x5eed));
    let clock = Cell::new(START);
    let now = || Instant::from_ms(clock.get()).unwrap();
    peer.book().faults = Some(Box::new(move |_| fault(&faults)));
    peer.book().lag_ms = luck.below(5 * 60_000) as i64;
    let ids = queue(&nursery, MailKind::Test, MAILS, START);
    let wire = Wire::new(of(&peer), &now, PATIENCE);
    let shaky = Shaky { database: nursery.database(), luck: &luck };
    for number in 0.. {
        assert!(number < 2_000, "seed {seed}: mails are never settled");
        peer.book().now = clock.get();
        pass(&nursery, &shaky, &wire, number, &now);
        let next = nursery.database().rows("SELECT min(next_try_at) AS at FROM mails WHERE next_try_at IS NOT NULL");
        let Some(next) = next[0]["at"].as_i64() else { break };
        clock.set(clock.get().max(next) + luck.below(10 * 60_000) as i64);
    }
    let book = peer.book();
    let counts = book.counts();
    let rows = nursery.database().rows(
        "SELECT m.id, m.state, m.reason, m.provider_id, (SELECT count(*) FROM mail_tries t WHERE t.company_id = m.company_id \
           AND t.mail_id = m.id AND t.outcome IN ('accepted', 'found')) AS taken FROM mails m",
    );
    assert_eq!(rows.len(), ids.len());
    for row in &rows {
        let taken = counts.get(row["id"].as_str().unwrap()).copied().unwrap_or(0);
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let story = format!("seed {seed}: taken {taken} times: {row:?}");
        match text("state") {
            "sent" => {
                assert_eq!((taken, &row["taken"]), (1, &Value::from(1)), "{story}");
                let named = book.taken.iter().find(|taken| taken.id == text("provider_id"));
                assert_eq!(named.map(|taken| taken.mail_id.as_str()), Some(text("id")), "{story}");
            }
            "dead" => assert!(taken == 0 && !text("reason").is_empty(), "{story}"),
            "parked" => assert!(taken <= 1 && text("reason") == "unclear", "{story}"),
            _ => panic!("{story}"),
        }
    }
    let sent = rows.iter().filter(|row| row["state"] == "sent").count();
    assert!(sent * 2 > MAILS, "seed {seed}: only {sent} of {MAILS} were sent");
}

fn stories(of: fn(&Peer) -> Service) {
    let told = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(STORIES);
    // A seed of one's own is told alone.
    match std::env::var("SEED").ok().and_then(|text| text.parse().ok()) {
        Some(seed) => story(seed, of),
        None => (0..told).for_each(|seed| story(seed, of)),
    }
}

#[test]
fn resend_takes_each_mail_once_whatever_goes_wrong() {
    stories(resend);
}

#[test]
fn postmark_takes_each_mail_once_whatever_goes_wrong() {
    stories(postmark);
}

/// A desk whose answers are given, and the mails it was asked to take.
fn settled(nursery: &Nursery, columns: &str) -> Vec<String> {
    let rows = nursery.database().rows(&format!("SELECT {columns} AS text FROM mails ORDER BY id"));
    rows.iter().map(|row| row["text"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_service_that_takes_no_more_ends_the_run_and_counts_no_tries() {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let clock = Cell::new(START);
    let now = || Instant::from_ms(clock.get()).unwrap();
    queue(&nursery, MailKind::Test, 5, START);
    let wire = Wire::new(resend(&peer), &now, PATIENCE * 20);
    let (mut count, full) = (2, Fault::TooMany(Some("600".into())));
    peer.book().faults = Some(Box::new(move |_| {
        count -= 1;
        (count < 0).then(|| full.clone())
    }));
    let report = pass(&nursery, nursery.database(), &wire, 1, &now);
    assert_eq!((report.sent, report.retried), (2, 1), "{report:?}");
    assert_eq!(peer.book().asked("/emails").len(), 3, "the rest was not tried");
    let columns = "state || ' ' || tries || ' ' || (lease_id IS NULL) || ' ' || (next_try_at - due_at >= 600000)";
    let rest = "queued 0 1 0";
    assert_eq!(settled(&nursery, &format!("coalesce({columns}, state)"))[2..], ["queued 1 1 1", rest, rest]);
    // The others may go as soon as the service says so; the one waits as it was told.
    peer.book().faults = None;
    clock.set(START + 60_000);
    assert_eq!(pass(&nursery, nursery.database(), &wire, 2, &now).sent, 2);
    clock.set(START + HOUR);
    assert_eq!(pass(&nursery, nursery.database(), &wire, 3, &now).sent, 1);
}

#[test]
fn a_mail_is_traced_from_due_to_answer() {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let clock = Cell::new(START);
    let now = || Instant::from_ms(clock.get()).unwrap();
    queue(&nursery, MailKind::Test, 1, START);
    let wire = Wire::new(postmark(&peer), &now, PATIENCE * 20);
    let mut faults = vec![Fault::CutAfter, Fault::Error(500)].into_iter();
    peer.book().faults = Some(Box::new(move |_| faults.next()));
    for (number, minutes) in [(1, 0), (2, 10), (3, 16), (4, 30)] {
        clock.set(START + minutes * 60_000);
        peer.book().now = clock.get();
        pass(&nursery, nursery.database(), &wire, number, &now);
    }
    let tries = nursery.database().rows(
        "SELECT act || ' ' || outcome || ' ' || coalesce(status, '-') AS text, words FROM mail_tries ORDER BY id",
    );
    let texts: Vec<&str> = tries.iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["send unclear -", "look_up unclear 500", "look_up found 200"]);
    assert_eq!(tries[1]["words"], "An unexpected error occurred.");
    assert_eq!(settled(&nursery, "state || ' ' || provider || ' ' || tries"), ["sent postmark 1"]);
    assert_eq!(peer.book().taken.len(), 1);
}

#[test]
fn a_refused_mail_waits_for_a_person() {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let now = || Instant::from_ms(START).unwrap();
    queue(&nursery, MailKind::Test, 1, START);
    nursery.database().change("UPDATE mails SET to_address = 'inactive@example.com'");
    let report = pass(&nursery, nursery.database(), &Wire::new(postmark(&peer), &now, PATIENCE * 20), 1, &now);
    assert_eq!(report.stopped, 1, "{report:?}");
    assert_eq!(settled(&nursery, "state || ' ' || reason"), ["dead inactive_recipient"]);
    let told = nursery.database().rows(
        "SELECT action || ' ' || field_name || ' ' || new_value AS text FROM audit_logs \
         WHERE entity_type = 'mail' AND field_name IS NOT NULL ORDER BY id",
    );
    let told: Vec<&str> = told.iter().map(|row| row["text"].as_str().unwrap()).collect();
    assert_eq!(told, ["send state dead", "send reason inactive_recipient"]);
}

#[test]
fn a_link_to_sign_in_is_not_sent_late() {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let clock = Cell::new(START + 15 * 60_000);
    let now = || Instant::from_ms(clock.get()).unwrap();
    queue(&nursery, MailKind::SignIn, 1, START);
    pass(&nursery, nursery.database(), &Wire::new(resend(&peer), &now, PATIENCE * 20), 1, &now);
    assert_eq!(settled(&nursery, "state || ' ' || reason"), ["dead expired"]);
    assert!(peer.book().seen.is_empty());
}

#[test]
fn a_link_that_is_mailed_is_stored_nowhere() {
    let (peer, nursery) = (Peer::start(), Nursery::new());
    let clock = Cell::new(START);
    let now = || Instant::from_ms(clock.get()).unwrap();
    let mut ids = nursery.stage.context(START).ids;
    let mut ask = |address: &str| {
        let email = EmailAddress::parse(address).unwrap();
        let ids = [ids.next_id(), ids.next_id()];
        let tokens = ids.each_ref().map(|id| token(&nursery.secret, id).unwrap());
        let mailing = Mailing { ids: &ids, from_address: "sign-in@leads.example" };
        for _ in 0..2 {
            // Also where the first answer was lost.
            block_on(nursery.database().batch(offer(&email, &tokens, Some(&mailing), now()))).unwrap();
        }
        tokens
    };
    let known = ask(&format!("{}@company.com", nursery.stage.manager));
    ask("nobody@company.com");
    let written =
        "SELECT company_id = '' AS nobodys, body || body_text AS words, to_address, next_try_at FROM mails ORDER BY 1";
    let rows = nursery.database().rows(written);
    assert_eq!(rows.len(), 2, "one for each address: {rows:?}");
    assert!(rows.iter().all(|row| row["words"] == "" && row["next_try_at"] == START), "{rows:?}");
    assert_eq!((&rows[1]["nobodys"], &rows[1]["to_address"]), (&json!(1), &json!("")), "nobody's address is not kept");
    let wire = Wire::new(resend(&peer), &now, PATIENCE * 20);
    assert_eq!(pass(&nursery, nursery.database(), &wire, 1, &now).sent, 1);
    let body = peer.book().taken[0].body.clone();
    let link = format!("https://leads.example/sign-in/{}", known[0].reveal());
    assert!(["html", "text"].iter().all(|part| body[*part].as_str().unwrap().contains(&link)), "{body}");
    let stored = nursery.database().rows("SELECT * FROM mails");
    assert!(!format!("{stored:?}").contains(known[0].reveal()));
    assert!(enter(&nursery.stage, &known[0], &Token::generate(&[5; 64]).unwrap(), START));
    clock.set(START + 2 * DAY);
    pass(&nursery, nursery.database(), &wire, 2, &now);
    let left = nursery.database().rows(written);
    assert!(left.len() == 1 && left[0]["nobodys"] == 0, "{left:?}");
}
