//! Mails from the worker: what a mail service is sent over HTTP, and what becomes of its answers, from the form to the trace.

use std::path::PathBuf;

use lead_core::time::Instant;
use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use crate::peer::{Fault, KEY, Peer, Seen};
use crate::server::PUBLIC_URL;

const MINUTE: i64 = 60_000;

/// A site whose mails go to a service on this machine.
struct Office {
    peer: Peer,
    site: Site,
    began: i64,
}

impl Office {
    fn resend() -> Self {
        Self::with(|peer| json!({ "MAIL_PROVIDER": "resend", "RESEND_URL": peer.url(), "RESEND_API_KEY": KEY }))
    }

    fn postmark() -> Self {
        Self::with(|peer| {
            json!({
                "MAIL_PROVIDER": "postmark", "POSTMARK_URL": format!("{}/", peer.url()), "POSTMARK_SERVER_TOKEN": KEY,
                "POSTMARK_STREAM": "leads",
            })
        })
    }

    fn with(vars: impl Fn(&Peer) -> Value) -> Self {
        let peer = Peer::start();
        let vars = vars(&peer);
        Self::on(peer, vars, &json!({}))
    }

    fn on(peer: Peer, mut vars: Value, options: &Value) -> Self {
        vars["MAIL_TIMEOUT_MS"] = json!("700");
        let mut options = options.clone();
        options["vars"] = vars;
        let site = Site::with(&options);
        let settings = json!({ "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Rd, Pune" });
        let office = Self { peer, site, began: now() };
        assert_eq!(office.ask("PATCH", "/settings", &settings).status, 200);
        office
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Exchange {
        self.site.ask("admin", method, path, Some("*"), body)
    }

    /// A sequence that mails whoever comes in at once.
    fn welcome(&self) {
        let steps = json!([{
            "step_number": 1, "delay_days": 0, "subject": "Welcome, {{lead.first_name}}",
            "body": "<p>Hello {{lead.first_name}}, <a href=\"https://example.com/more\">more</a></p>",
            "body_text": "Hello {{lead.first_name}}: https://example.com/more",
        }]);
        let body = json!({ "name": "Welcome", "is_active": true, "trigger_event": "lead_created", "steps": steps });
        assert_eq!(self.ask("POST", "/sequences", &body).status, 201);
    }

    /// A visitor comes in by the form, and agrees to be written to.
    fn visit(&self, n: usize) {
        let mut values = visitor(n);
        values["gdpr_consent"] = json!(true);
        let headers = [("content-type", "application/json")];
        let sent = self.site.send("POST", &self.site.form_path(), &headers, values.to_string().as_bytes());
        assert_eq!(sent.status, 202, "{sent:?}");
    }

    /// Runs everything once, so many minutes from the beginning.
    fn run(&self, minutes: i64) -> Value {
        let at = Instant::from_ms(self.began + minutes * MINUTE).unwrap();
        self.peer.book().now = at.ms();
        let ran = self.ask("POST", &format!("/sequences/run?now={at}"), &Value::Null);
        assert_eq!(ran.status, 200, "{ran:?}");
        let report = ran.json()["report"].clone();
        assert_eq!(report["faults"], json!([]), "{report}");
        report
    }

    fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        let mut faults = faults.into_iter().collect::<Vec<_>>().into_iter();
        self.peer.book().faults = Some(Box::new(move |_| faults.next()));
    }

    /// The requests that handed mails over.
    fn handed(&self) -> Vec<Seen> {
        let book = self.peer.book();
        [book.asked("/emails"), book.asked("/email")].concat()
    }

    fn taken(&self) -> usize {
        self.peer.book().taken.len()
    }

    /// What the lead's timeline tells, by its events.
    fn events(&self) -> Vec<String> {
        let leads = self.ask("GET", "/leads", &Value::Null).json();
        let path = format!("/leads/{}/activities", leads["items"][0]["id"].as_str().unwrap());
        let timeline = self.ask("GET", &path, &Value::Null).json();
        let items = timeline["items"].as_array().unwrap_or_else(|| panic!("{timeline}"));
        items.iter().filter_map(|item| item["event"].as_str().map(str::to_owned)).collect()
    }
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

#[test]
fn a_visitor_is_mailed_once_with_a_way_to_leave() {
    for office in [Office::resend(), Office::postmark()] {
        office.welcome();
        office.visit(1);
        let report = office.run(1);
        assert_eq!(
            (&report["enrolled"], &report["written"], &report["sent"]),
            (&json!(1), &json!(1), &json!(1)),
            "{report}"
        );
        for minutes in 2..5 {
            office.run(minutes);
        }
        let handed = office.handed();
        assert_eq!((handed.len(), office.taken()), (1, 1));
        let (body, text) = (handed[0].json(), handed[0].body.clone());
        assert_eq!(handed[0].header("content-type"), Some("application/json"));
        assert!(body["subject"] == "Welcome, Asha" || body["Subject"] == "Welcome, Asha", "{body}");
        assert!(text.contains(&format!("<{PUBLIC_URL}/m/u/")) && text.contains("List-Unsubscribe=One-Click"), "{text}");
        assert!(text.contains("1 Dock Rd, Pune"), "{text}");
        let key = handed[0].header("idempotency-key").map(str::to_owned);
        let mail_id = office.peer.book().taken[0].mail_id.clone();
        assert!(body["MessageStream"] == "leads" || key.as_deref() == Some(mail_id.as_str()), "{:?}", handed[0]);
        let events = office.events();
        assert!(["enrolled", "mail_sent"].iter().all(|event| events.iter().any(|told| told == event)), "{events:?}");
        office.traced(&mail_id, "sent", &["send accepted 200"]);
    }
}

impl Office {
    /// The mail stands so, and its tries went so.
    fn traced(&self, mail_id: &str, state: &str, tries: &[&str]) {
        let mail = self.ask("GET", &format!("/mails/{mail_id}"), &Value::Null).json();
        assert_eq!(mail["state"], state, "{mail}");
        let text = |item: &Value| {
            let status = item["status"].as_u64().map_or_else(|| "-".to_owned(), |status| status.to_string());
            format!("{} {} {status}", item["act"].as_str().unwrap(), item["outcome"].as_str().unwrap())
        };
        let told: Vec<String> = mail["answers"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(told, tries, "{mail}");
    }

    /// The only mail that was written.
    fn mail(&self) -> String {
        let mails = self.ask("GET", "/mails", &Value::Null).json();
        assert_eq!(mails["items"].as_array().map(Vec::len), Some(1), "{mails}");
        mails["items"][0]["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn resend_is_asked_again_under_the_same_key() {
    let office = Office::resend();
    office.welcome();
    office.visit(1);
    office.fail([Fault::CutAfter, Fault::SilentAfter, Fault::Error(500), Fault::GarbageAfter, Fault::Gateway]);
    for minutes in [1, 10, 30, 60, 120, 240] {
        office.run(minutes);
    }
    let handed = office.handed();
    assert_eq!((handed.len(), office.taken()), (6, 1));
    assert!(handed.windows(2).all(|two| two[0].body == two[1].body), "the same mail is the same request");
    let keys = handed.iter().filter_map(|seen| seen.header("idempotency-key"));
    assert_eq!(keys.collect::<std::collections::BTreeSet<_>>().len(), 1);
    let lost = ["send unclear -", "send unclear -", "send unclear 500", "send unclear 200", "send unclear 502"];
    office.traced(&office.mail(), "sent", &[&lost[..], &["send accepted 200"]].concat());
}

#[test]
fn postmark_is_looked_up_and_never_asked_blindly() {
    let office = Office::postmark();
    office.welcome();
    office.visit(1);
    // Taken, and the answer lost: a look-up finds it.
    office.fail([Fault::SilentAfter, Fault::CutBefore]);
    for minutes in [1, 10, 30, 60] {
        office.run(minutes);
    }
    assert_eq!((office.handed().len(), office.taken()), (1, 1));
    office.traced(&office.mail(), "sent", &["send unclear -", "look_up unclear -", "look_up found 200"]);
    let query = office.peer.book().asked("/messages/outbound")[0].path.clone();
    assert!(query.contains("count=") && query.contains("offset=0") && query.contains("messagestream=leads"), "{query}");
}

#[test]
fn what_postmark_does_not_have_is_handed_over_again() {
    let office = Office::postmark();
    office.welcome();
    office.visit(1);
    office.fail([Fault::CutBefore]);
    for minutes in [1, 10, 30, 60, 90] {
        office.run(minutes);
    }
    assert_eq!((office.handed().len(), office.taken()), (2, 1));
    let tries = ["send unclear -", "look_up absent 200", "look_up absent 200", "send accepted 200"];
    office.traced(&office.mail(), "sent", &tries);
}

#[test]
fn a_service_says_when_to_come_again() {
    let office = Office::resend();
    office.welcome();
    office.visit(1);
    office.visit(2);
    office.fail([Fault::TooMany(Some("1800".into()))]);
    let report = office.run(1);
    assert_eq!((&report["sent"], &report["retried"]), (&json!(0), &json!(1)), "{report}");
    assert_eq!(office.handed().len(), 1, "the other mail was not tried");
    assert_eq!(office.run(20)["sent"], 1, "the other one goes, this one waits");
    assert_eq!(office.run(29)["sent"], 0);
    assert_eq!(office.run(40)["sent"], 1);
    assert_eq!(office.taken(), 2);
}

#[test]
fn a_refused_mail_is_dead_and_a_person_sends_it_again() {
    let office = Office::resend();
    office.welcome();
    office.visit(1);
    office.fail([Fault::Error(422)]);
    assert_eq!(office.run(1)["stopped"], 1);
    let mail = office.mail();
    office.traced(&mail, "dead", &["send refused 422"]);
    assert_eq!(office.run(60)["sent"], 0);
    let retried = office.ask("POST", &format!("/mails/{mail}/retry"), &Value::Null);
    assert_eq!(retried.status, 200, "{retried:?}");
    assert_eq!(office.run(61)["sent"], 1);
    assert_eq!(office.taken(), 1);
}

#[test]
fn a_wrong_key_loses_nothing() {
    let office = Office::with(
        |peer| json!({ "MAIL_PROVIDER": "resend", "RESEND_URL": peer.url(), "RESEND_API_KEY": "re_wrong" }),
    );
    office.welcome();
    office.visit(1);
    let report = office.run(1);
    assert_eq!(
        (&report["sent"], &report["retried"], &report["stopped"]),
        (&json!(0), &json!(1), &json!(0)),
        "{report}"
    );
    office.traced(&office.mail(), "queued", &["send retry 403"]);
}

#[test]
fn what_is_not_set_up_is_said_and_nothing_is_lost() {
    for vars in [
        json!({ "MAIL_PROVIDER": "resend" }),
        json!({ "MAIL_PROVIDER": "carrier pigeon" }),
        json!({ "PUBLIC_URL": "leads.example" }),
        json!({ "MAIL_SECRET": "short" }),
    ] {
        let site = Site::with(&json!({ "vars": vars }));
        let ran = site.ask("admin", "POST", "/sequences/run", Some("*"), &Value::Null);
        ran.assert_problem(500, "internal");
    }
}

#[test]
fn runs_by_hand_are_for_a_machine_of_ones_own() {
    let site = Site::with(&json!({ "vars": { "LOCAL_RUNS": "" } }));
    for method in ["POST", "GET", "DELETE"] {
        site.ask("admin", method, "/sequences/run", Some("*"), &Value::Null).assert_problem(404, "not-found");
    }
    let site = Site::new();
    let path = format!("/api/companies/{}/sequences/run", site.company(0));
    site.send("POST", &path, &[], b"").assert_problem(401, "unauthenticated");
    site.ask("sdr", "POST", "/sequences/run", Some("*"), &Value::Null).assert_problem(403, "forbidden");
    site.ask("admin", "POST", "/sequences/run?now=tomorrow", Some("*"), &Value::Null)
        .assert_problem(422, "invalid-values");
    let other = format!("/api/companies/{}/sequences/run", site.company(1));
    site.send("POST", &other, &[("authorization", &site.bearer(0, "admin"))], b"").assert_problem(404, "not-found");
    let document = site.send("GET", "/api/openapi.json", &[], b"").json();
    assert!(document["paths"].as_object().unwrap().keys().all(|path| !path.ends_with("/sequences/run")));
}

/// A site with a cron that is run by hand and a log that is read.
fn clock(peer: &Peer, more: &Value) -> (Site, PathBuf) {
    let mut vars = json!({ "MAIL_PROVIDER": "resend", "RESEND_URL": peer.url(), "RESEND_API_KEY": KEY });
    vars.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Site::logged(&json!({ "vars": vars, "cron": 86_400_000 }))
}

#[test]
fn the_cron_sends_links_to_sign_in_and_logs_no_person() {
    let peer = Peer::start();
    let (site, log) = clock(&peer, &json!({}));
    let own = site.server().url().to_owned();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", own.as_str())];
    let ask = |email: &str| site.send("POST", "/sign-in", &headers, format!("email={email}").as_bytes());
    let (known, unknown) = (ask("priya%40tidewater-pumps.com"), ask("nobody%40tidewater-pumps.com"));
    assert_eq!(known.comparable(), unknown.comparable());
    assert_eq!(
        (known.cost()[0], known.cost()[2]),
        (unknown.cost()[0], unknown.cost()[2]),
        "round trips and rows written"
    );
    assert_eq!(site.send("GET", "/cdn-cgi/handler/scheduled", &[], b"").status, 200);
    let handed = peer.book().asked("/emails");
    assert_eq!(handed.len(), 1, "{handed:?}");
    let body = handed[0].json();
    assert_eq!(body["to"], json!(["Priya Nair <priya@tidewater-pumps.com>"]));
    assert_eq!(body["from"], "Tidewater Pumps <sign-in@leads.example>");
    assert_eq!(body["headers"], Value::Null, "nobody leaves a list by it");
    let text = body["text"].as_str().unwrap();
    let link = text.split(&format!("{PUBLIC_URL}/sign-in/")).nth(1).and_then(|rest| rest.get(..43)).unwrap();
    let entered = site.send("POST", &format!("/sign-in/{link}"), &[("origin", &own)], b"");
    assert_eq!(entered.status, 303, "{entered:?}");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(r#""event":"nurture""#) && log.contains(r#""sent":1"#), "{log}");
    assert!(!log.contains("priya") && !log.contains(link), "{log}");
}

#[test]
fn the_cron_says_what_is_missing_and_ends_nothing() {
    let peer = Peer::start();
    let (site, log) = clock(&peer, &json!({ "PUBLIC_URL": "" }));
    for _ in 0..2 {
        assert_eq!(site.send("GET", "/cdn-cgi/handler/scheduled", &[], b"").status, 200);
    }
    assert_eq!(site.send("GET", "/healthz", &[], b"").status, 200);
    assert!(std::fs::read_to_string(log).unwrap().contains("PUBLIC_URL is missing or wrong"));
}

#[test]
fn the_companys_own_people_are_mailed_by_the_binding() {
    let peer = Peer::start();
    let vars = json!({ "MAIL_PROVIDER": "resend", "RESEND_URL": peer.url(), "RESEND_API_KEY": KEY });
    let office = Office::on(peer, vars, &json!({ "email": true }));
    assert_eq!(office.ask("PATCH", "/settings", &json!({ "lead_alerts": true })).status, 200);
    office.welcome();
    office.visit(1);
    let own = office.site.server().url().to_owned();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", own.as_str())];
    let asked = office.site.send("POST", "/sign-in", &headers, b"email=priya%40tidewater-pumps.com");
    assert_eq!(asked.status, 200, "{asked:?}");
    office.run(1);
    let mails = office.ask("GET", "/mails", &Value::Null).json();
    let mut told: Vec<String> = Vec::new();
    for item in mails["items"].as_array().unwrap() {
        let mail = office.ask("GET", &format!("/mails/{}", item["id"].as_str().unwrap()), &Value::Null).json();
        let text = |name: &str| mail[name].as_str().unwrap_or("-").to_owned();
        told.push([text("kind"), text("state"), text("provider")].join(" "));
    }
    told.sort();
    assert_eq!(told, ["lead_alert sent cloudflare", "sequence sent resend", "sign_in sent cloudflare"]);
    assert_eq!(office.taken(), 1);
}
