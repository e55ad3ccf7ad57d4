//! What comes back of mails over HTTP: signed links, one click to unsubscribe, consents confirmed (spec E4, L7).

use lead_core::field::EmailAddress;
use lead_core::id::{Id, IdSource};
use lead_core::mail::MailSecret;
use lead_core::mail::link::{LinkToken, What};
use lead_core::suppression::AddressHash;
use lead_core::time::Instant;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use crate::server::{Disk, MAIL_SECRET, State};

/// What a browser says it is.
pub(super) const FIREFOX: (&str, &str) =
    ("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0");

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Where the mail's links lead.
pub(super) const LINKS: [&str; 3] =
    ["https://customer.example.com/more?a=b&c=d", "javascript:alert(1)", "https://ex\u{e4}mple.com/\u{e4}"];

/// A worker whose first company mailed its one lead.
pub(super) struct Mailed {
    pub(super) site: Site,
    pub(super) database: Connection,
    pub(super) secret: MailSecret,
    pub(super) company: Id,
    pub(super) lead: Id,
    pub(super) mail: Id,
    pub(super) email: String,
}

impl Mailed {
    pub(super) fn new() -> Self {
        let state = State::new(Disk::Memory);
        let database = Connection::open(state.database()).unwrap();
        let site = Site::on(state, &json!({}));
        let mut values = visitor(1);
        values["gdpr_consent"] = true.into();
        assert_eq!(site.post_form(&values, &[]).status, 202);
        let lead = Id::parse(site.list("admin")[0]["id"].as_str().unwrap()).unwrap();
        let company = Id::parse(site.company(0)).unwrap();
        let email = values["email"].as_str().unwrap().to_owned();
        let now = now();
        let mail = IdSource::new(now, [3; 10]).next_id();
        let sent = now.plus_ms(-3_600_000).ms();
        let columns = "company_id, id, kind, lead_id, sequence_id, revision, step_number, to_address, from_address, state, provider_id, due_at, \
                       created_at, first_try_at, sent_at, subject, body, body_text, links";
        let insert = format!(
            "INSERT INTO mails ({columns}) VALUES (?1, ?2, 'sequence', ?3, ?2, 1, 1, ?4, 'hello@example.com', 'sent', 'abc-1', ?5, ?5, ?5, ?5, \
             'Pumps', '<p>Pumps</p>', 'Pumps', ?6)"
        );
        let links = json!(LINKS).to_string();
        database.execute(&insert, params![company.as_str(), mail.as_str(), lead.as_str(), email, sent, links]).unwrap();
        Self { site, database, secret: MailSecret::new(MAIL_SECRET).unwrap(), company, lead, mail, email }
    }

    fn address(&self) -> AddressHash {
        AddressHash::of(&self.secret, &self.company, &EmailAddress::parse(&self.email).unwrap())
    }

    pub(super) fn token(&self, what: What) -> String {
        LinkToken::seal(&self.secret, &self.company, &self.mail, what)
    }

    /// The path of the link to unsubscribe.
    pub(super) fn leave(&self) -> String {
        format!("/m/u/{}", self.token(What::Unsubscribe(self.address())))
    }

    pub(super) fn get(&self, path: &str) -> Exchange {
        self.site.send("GET", path, &[FIREFOX], b"")
    }

    fn post(&self, path: &str, body: &str) -> Exchange {
        self.site.send("POST", path, &[FIREFOX, FORM], body.as_bytes())
    }

    /// The values of a query, a row each, joined by blanks.
    pub(super) fn rows(&self, sql: &str) -> Vec<String> {
        let mut statement = self.database.prepare(sql).unwrap();
        let width = statement.column_count();
        let text = |value: rusqlite::types::Value| match value {
            rusqlite::types::Value::Text(text) => text,
            rusqlite::types::Value::Integer(number) => number.to_string(),
            _ => "-".to_owned(),
        };
        let rows = statement.query_map([], |row| {
            let values: Result<Vec<_>, _> = (0..width).map(|at| row.get(at).map(text)).collect();
            Ok(values?.join(" "))
        });
        rows.unwrap().map(Result::unwrap).collect()
    }

    /// How many rows stand wherever a link could change something.
    pub(super) fn counts(&self) -> Vec<String> {
        self.rows(
            "SELECT (SELECT count(*) FROM suppressions), (SELECT count(*) FROM consents), (SELECT count(*) FROM opt_ins), \
             (SELECT count(*) FROM audit_logs), (SELECT count(*) FROM mail_events), (SELECT count(*) FROM activities)",
        )
    }
}

pub(super) fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Instant::from_ms(i64::try_from(since.as_millis()).unwrap()).unwrap()
}

/// Another text of the same length.
fn tampered(token: &str, at: usize) -> String {
    let mut bytes = token.as_bytes().to_vec();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    String::from_utf8(bytes).unwrap()
}

#[test]
fn links_lead_where_the_mail_led_and_nowhere_else() {
    let mailed = Mailed::new();
    let token = mailed.token(What::Click(0));
    let followed = mailed.get(&format!("/m/c/{token}?url=https://evil.example.com"));
    assert_eq!((followed.status, followed.header("location")), (302, Some(LINKS[0])), "{followed:?}");
    assert_eq!(followed.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(followed.header("cache-control"), Some("no-store"));
    assert_eq!(followed.header("x-robots-tag"), Some("noindex"));
    assert_eq!(followed.header("set-cookie"), None);
    let head = mailed.site.send("HEAD", &format!("/m/c/{token}"), &[FIREFOX], b"");
    assert_eq!((head.status, head.header("location")), (302, Some(LINKS[0])));
    let other = mailed.get(&format!("/m/c/{}", mailed.token(What::Click(2))));
    assert_eq!(other.header("location"), Some("https://xn--exmple-cua.com/%C3%A4"));
    let events =
        "SELECT kind, link, method, user_agent IS NOT NULL, machine, judged_at FROM mail_events ORDER BY created_at";
    assert_eq!(mailed.rows(events), ["clicked 0 GET 1 - -", "clicked 0 HEAD 1 - -", "clicked 2 GET 1 - -"]);
    let before = mailed.counts();
    let foreign =
        LinkToken::seal(&MailSecret::new(&"x".repeat(40)).unwrap(), &mailed.company, &mailed.mail, What::Click(0));
    let no_mail = LinkToken::seal(&mailed.secret, &mailed.company, &mailed.lead, What::Click(0));
    let wrong: Vec<String> = [0, 20, 43, 46, 65].iter().map(|at| tampered(&token, *at)).collect();
    let wrong = wrong.into_iter().chain([
        // What the mail does not have, what no browser should be sent to, and what is for something else.
        mailed.token(What::Click(3)),
        mailed.token(What::Open),
        mailed.token(What::Unsubscribe(mailed.address())),
        foreign,
        no_mail,
        token[..60].to_owned(),
        "https%3A%2F%2Fevil.example.com".to_owned(),
    ]);
    for wrong in wrong {
        let answer = mailed.get(&format!("/m/c/{wrong}"));
        assert_eq!((answer.status, answer.header("location")), (404, None), "{wrong}: {answer:?}");
        answer.assert_dressed("text/html; charset=utf-8");
    }
    assert_eq!(mailed.counts(), before);
    let script = mailed.get(&format!("/m/c/{}", mailed.token(What::Click(1))));
    assert_eq!((script.status, script.header("location")), (404, None), "{script:?}");
}

#[test]
fn a_person_moves_the_score_and_stands_on_the_timeline_and_a_machine_does_not() {
    let mailed = Mailed::new();
    let lead = format!("/api/companies/{}/leads/{}", mailed.company, mailed.lead);
    let score = || mailed.site.get("admin", &lead).json()["lead_score"].as_i64().unwrap();
    let judge = |minutes: i64| {
        let now = now().plus_ms(minutes * 60_000);
        let place = format!("/api/companies/{}/sequences/run?now={now}", mailed.company);
        let bearer = mailed.site.bearer(0, "admin");
        let ran = mailed.site.send("POST", &place, &[("authorization", bearer.as_str())], b"");
        assert_eq!((ran.status, &ran.json()["report"]["faults"]), (200, &json!([])), "{ran:?}");
    };
    let told = || {
        let timeline = mailed.site.get("admin", &format!("{lead}/activities")).json();
        let events = timeline["items"].as_array().unwrap().iter().filter_map(|item| item["event"].as_str());
        events.filter(|event| event.starts_with("mail_")).map(str::to_owned).collect::<Vec<_>>()
    };
    let before = score();
    let (pixel, link) =
        (format!("/m/o/{}", mailed.token(What::Open)), format!("/m/c/{}", mailed.token(What::Click(0))));
    mailed.site.send("HEAD", &link, &[FIREFOX], b"");
    mailed.site.send("GET", &link, &[("user-agent", "Mozilla/5.0 (compatible; Proofpoint)")], b"");
    judge(5);
    assert_eq!((score(), told()), (before, Vec::new()));
    // A moment later than the machines, so that it is no burst.
    mailed.database.execute_batch("UPDATE mail_events SET created_at = created_at - 600000").unwrap();
    mailed.get(&pixel);
    judge(10);
    assert_eq!((score(), told()), (before + 5, vec!["mail_opened".to_owned()]));
    mailed.database.execute_batch("UPDATE mail_events SET created_at = created_at - 600000").unwrap();
    mailed.get(&link);
    mailed.get(&link);
    judge(20);
    assert_eq!(score(), before + 15);
    assert_eq!(told().iter().filter(|event| *event == "mail_clicked").count(), 1);
    judge(30);
    assert_eq!(score(), before + 15, "judged once");
}

#[test]
fn the_picture_tells_of_an_opening() {
    let mailed = Mailed::new();
    let token = mailed.token(What::Open);
    for method in ["GET", "HEAD"] {
        let answer = mailed.site.send(method, &format!("/m/o/{token}"), &[FIREFOX], b"");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/gif")), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
    assert_eq!(mailed.rows("SELECT kind, method FROM mail_events ORDER BY created_at"), ["opened GET", "opened HEAD"]);
    for wrong in [tampered(&token, 50), mailed.token(What::Click(0))] {
        mailed.get(&format!("/m/o/{wrong}")).assert_problem(404, "not-found");
    }
    assert_eq!(mailed.rows("SELECT count(*) FROM mail_events"), ["2"]);
}

#[test]
fn a_page_asks_and_a_post_unsubscribes() {
    let mailed = Mailed::new();
    let (path, before) = (mailed.leave(), mailed.counts());
    for method in ["GET", "HEAD"] {
        let asked = mailed.site.send(method, &path, &[FIREFOX], b"");
        assert_eq!(asked.status, 200, "{asked:?}");
        asked.assert_dressed("text/html; charset=utf-8");
        assert_eq!(asked.header("referrer-policy"), Some("no-referrer"));
    }
    assert!(mailed.get(&path).text.contains("Tidewater"), "it says whose mails");
    assert_eq!(mailed.post(&path, "scope=none").status, 422);
    assert_eq!(mailed.counts(), before, "nothing was said yet");
    // A mail program's one click: no cookie, no redirect, no session (RFC 8058).
    let clicked = mailed.post(&path, "List-Unsubscribe=One-Click");
    assert_eq!(
        (clicked.status, clicked.header("location"), clicked.header("set-cookie")),
        (200, None, None),
        "{clicked:?}"
    );
    assert_eq!(
        mailed.rows("SELECT reason, sequence_id = '', address_hash FROM suppressions"),
        [format!("unsubscribed 1 {}", mailed.address().to_hex())]
    );
    assert_eq!(mailed.rows("SELECT state FROM consents ORDER BY id"), ["given", "withdrawn"]);
    let lead = mailed.site.get("admin", &format!("/api/companies/{}/leads/{}", mailed.company, mailed.lead)).json();
    assert_eq!((&lead["gdpr_consent"], &lead["opt_in_date"]), (&json!(false), &Value::Null));
    let after = mailed.counts();
    let parts = "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let headers = [("content-type", "multipart/form-data; boundary=b")];
    assert_eq!(mailed.site.send("POST", &path, &headers, parts.as_bytes()).status, 200);
    assert_eq!(mailed.post(&path, "scope=all").status, 200);
    assert_eq!(mailed.counts(), after, "once");
    let timeline =
        mailed.site.get("admin", &format!("/api/companies/{}/leads/{}/activities", mailed.company, mailed.lead));
    assert!(timeline.text.contains("\"unsubscribed\""), "{timeline:?}");
    // After all: the person is asked by mail, and nothing changes before they answer.
    assert_eq!(mailed.post(&path, "scope=again").status, 200);
    assert_eq!(mailed.rows("SELECT count(*), max(mail_id) FROM opt_ins"), ["1 -"]);
    assert_eq!(mailed.rows("SELECT count(*) FROM suppressions"), ["1"]);
    for wrong in [tampered(&path, path.len() - 9), format!("/m/u/{}", mailed.token(What::Open))] {
        assert_eq!((mailed.get(&wrong).status, mailed.post(&wrong, "scope=all").status), (404, 404));
    }
}

#[test]
fn a_link_of_an_erased_person_still_unsubscribes_and_shows_nothing() {
    let mailed = Mailed::new();
    let bearer = mailed.site.bearer(0, "admin");
    let place = format!("/api/companies/{}/leads/{}/erase", mailed.company, mailed.lead);
    let headers = [("authorization", bearer.as_str()), ("if-match", "*")];
    assert_eq!(mailed.site.send("POST", &place, &headers, b"").status, 200);
    assert_eq!(mailed.rows("SELECT to_address || subject || body || body_text || links FROM mails"), ["[]"]);
    assert_eq!(mailed.get(&format!("/m/c/{}", mailed.token(What::Click(0)))).status, 404);
    assert_eq!(mailed.get(&format!("/m/o/{}", mailed.token(What::Open))).status, 200);
    assert_eq!(mailed.rows("SELECT count(*) FROM mail_events"), ["0"]);
    let path = mailed.leave();
    assert_eq!((mailed.get(&path).status, mailed.post(&path, "scope=all").status), (200, 200));
    assert_eq!(mailed.rows("SELECT reason FROM suppressions"), ["unsubscribed"]);
}

#[test]
fn a_consent_is_confirmed_by_its_own_page() {
    let mailed = Mailed::new();
    let question = format!(
        "INSERT INTO opt_ins (company_id, lead_id, id, text, text_version, source, mail_id, created_at, ask_at, expires_at) \
         VALUES ('{0}', '{1}', '{2}', 'Yes <b>please</b>.', '1', 'form:x', '{2}', 1, 1, {3})",
        mailed.company,
        mailed.lead,
        mailed.mail,
        now().plus_ms(3_600_000).ms()
    );
    mailed.database.execute(&question, []).unwrap();
    let path = format!("/m/y/{}", mailed.token(What::Confirm(mailed.address())));
    let before = mailed.counts();
    let asked = mailed.get(&path);
    assert_eq!(asked.status, 200, "{asked:?}");
    assert!(asked.text.contains("Yes &lt;b&gt;please&lt;/b&gt;."), "{asked:?}");
    assert_eq!(mailed.counts(), before, "a program that looks into mails answers nothing");
    assert_eq!(mailed.post(&path, "").status, 200);
    let confirmed = "SELECT consent_confirmed_at IS NOT NULL FROM leads";
    assert_eq!(mailed.rows(confirmed), ["1"]);
    let after = mailed.counts();
    assert_eq!((mailed.post(&path, "").status, mailed.counts()), (200, after));
    mailed.database.execute_batch("UPDATE opt_ins SET confirmed_at = NULL, expires_at = 1").unwrap();
    assert_eq!((mailed.get(&path).status, mailed.post(&path, "").status), (410, 410));
    let wrong = format!("/m/y/{}", mailed.token(What::Unsubscribe(mailed.address())));
    assert_eq!((mailed.get(&wrong).status, mailed.post(&wrong, "").status), (404, 404));
}
