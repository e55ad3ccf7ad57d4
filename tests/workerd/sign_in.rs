//! Signing in over HTTP: the link, the cookie, and what another website can do with it.

use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use lead_core::session::Token;
use serde_json::{Value, json};

use super::exchange::{Exchange, Site};
use crate::server::{Disk, State};

/// A site whose links go to a log.
pub(super) struct Entrance {
    pub(super) site: Site,
    log: PathBuf,
    seen: usize,
}

impl Entrance {
    pub(super) fn new() -> Self {
        Self::on(State::new(Disk::Memory))
    }

    /// On a database that was prepared.
    pub(super) fn on(state: State) -> Self {
        Self::with(state, &json!({}))
    }

    /// The same with further options of xtask/js/serve.mjs.
    pub(super) fn with(state: State, more: &Value) -> Self {
        let mut options = json!({ "vars": { "RATE_LIMITS": "sign-in=1000", "SIGN_IN_LINKS": "log" } });
        options.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let (site, log) = Site::on_logged(state, &options);
        Self { site, log, seen: 0 }
    }

    pub(super) fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Exchange {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend(headers);
        self.site.send("POST", path, &all, body.as_bytes())
    }

    pub(super) fn ask(&self, email: &str) -> Exchange {
        let own = self.site.server().url().to_owned();
        self.post("/sign-in", &[("origin", &own)], &format!("email={}", email.replace('@', "%40")))
    }

    /// The path of the newest link, once the log shows one more.
    pub(super) fn link(&mut self) -> String {
        let begun = Instant::now();
        loop {
            let text = fs::read_to_string(&self.log).unwrap();
            // The route's template stands in the log, too.
            let found = text.split("/sign-in/").skip(1).filter(|rest| !rest.starts_with('{'));
            let links: Vec<&str> = found.filter_map(|rest| rest.get(..43)).collect();
            // Two writers share the log: a link that another line tore apart is seen here, not as one that does not work.
            assert!(links.iter().all(|link| Token::parse(link).is_some()), "{text}");
            if links.len() > self.seen {
                self.seen = links.len();
                return format!("/sign-in/{}", links[links.len() - 1]);
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "no link in {text}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Signs in and gives the Cookie header.
    pub(super) fn enter(&mut self, email: &str) -> String {
        assert_eq!(self.ask(email).status, 200);
        let (link, own) = (self.link(), self.site.server().url().to_owned());
        let entered = self.post(&link, &[("origin", &own)], "");
        assert_eq!((entered.status, entered.header("location")), (303, Some("/console")), "{entered:?}");
        entered.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    fn users(&self, cookie: &str) -> Exchange {
        let path = format!("/api/companies/{}/users", self.site.company(0));
        self.site.send("GET", &path, &[("cookie", cookie)], b"")
    }
}

const PERSON: &str = "priya@tidewater-pumps.com";

#[test]
fn known_and_unknown_addresses_look_the_same() {
    let mut entrance = Entrance::new();
    let (known, unknown) = (entrance.ask(PERSON), entrance.ask("nobody@tidewater-pumps.com"));
    assert_eq!(known.status, 200, "{known:?}");
    known.assert_dressed("text/html; charset=utf-8");
    assert_eq!(known.comparable(), unknown.comparable());
    let cost = |asked: &Exchange| (asked.cost()[0], asked.cost()[2]);
    assert_eq!(cost(&known), cost(&unknown), "round trips and rows written");
    assert_eq!(known.cost()[0], 1);
    let again = [entrance.ask(PERSON), entrance.ask("nobody@tidewater-pumps.com")];
    assert_eq!(cost(&again[0]), cost(&again[1]));
    let refused = [entrance.ask(PERSON), entrance.ask("nobody@tidewater-pumps.com")];
    assert_eq!((refused[0].cost()[2], refused[1].cost()[2]), (0, 0), "where enough were made");
    assert_eq!(refused[0].comparable(), known.comparable());
    entrance.link();
    let text = fs::read_to_string(&entrance.log).unwrap();
    assert!(text.contains("Sign-in link for Priya Nair of Tidewater Pumps"), "{text}");
    assert!(!text.contains("nobody@"), "{text}");
    let wrong = entrance.ask("priya");
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains("aria-invalid=\"true\"") && wrong.text.contains("An e-mail address needs an @ sign."));
}

#[test]
fn a_link_scanner_uses_nothing_and_the_button_works_once() {
    let mut entrance = Entrance::new();
    entrance.ask(PERSON);
    let link = entrance.link();
    for _ in 0..3 {
        let page = entrance.site.send("GET", &link, &[], b"");
        assert_eq!((page.status, page.header("referrer-policy")), (200, Some("same-origin")), "{page:?}");
        assert_eq!(page.header("set-cookie"), None);
    }
    let own = entrance.site.server().url().to_owned();
    entrance.post(&link, &[], "").assert_problem(403, "cross-site");
    entrance.post(&link, &[("origin", "https://evil.example")], "").assert_problem(403, "cross-site");
    let entered = entrance.post(&link, &[("origin", &own)], "");
    let cookie = entered.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=2592000"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let again = entrance.post(&link, &[("origin", &own)], "");
    assert_eq!((again.status, again.header("set-cookie")), (410, None), "{again:?}");
    let never = entrance.post(&format!("/sign-in/{}", "a".repeat(43)), &[("origin", &own)], "");
    assert_eq!(never.comparable(), again.comparable());
    assert_eq!(entrance.site.send("GET", "/sign-in/short", &[], b"").status, 410);
}

#[test]
fn a_session_uses_the_api_from_our_own_pages_only() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter("meera@tidewater-pumps.com");
    let users = entrance.users(&cookie);
    assert_eq!(users.status, 200, "{users:?}");
    assert_eq!(users.header("access-control-allow-origin"), None);
    let page = entrance.site.send("GET", "/sign-in", &[("cookie", &cookie)], b"");
    assert!(page.text.contains("Meera Iyer, Tidewater Pumps"), "{page:?}");
    let path = format!("/api/companies/{}/pools", entrance.site.company(0));
    let own = entrance.site.server().url().to_owned();
    let post = |headers: &[(&str, &str)], name: &str| {
        let mut all = vec![("cookie", cookie.as_str()), ("content-type", "application/json")];
        all.extend(headers);
        entrance.site.send("POST", &path, &all, json!({ "name": name }).to_string().as_bytes())
    };
    post(&[], "A").assert_problem(403, "cross-site");
    post(&[("origin", "https://evil.example")], "A").assert_problem(403, "cross-site");
    post(&[("origin", "null")], "A").assert_problem(403, "cross-site");
    post(&[("sec-fetch-site", "same-site")], "A").assert_problem(403, "cross-site");
    assert_eq!(post(&[("origin", &own)], "A").status, 201);
    assert_eq!(post(&[("sec-fetch-site", "same-origin")], "B").status, 201);
    // A session of this company knows nothing of another.
    let other = format!("/api/companies/{}/users", entrance.site.company(1));
    entrance.site.send("GET", &other, &[("cookie", &cookie)], b"").assert_problem(404, "not-found");
    // A wrong key is refused, whatever cookie comes with it.
    let both = [("cookie", cookie.as_str()), ("authorization", "Bearer sk_wrong")];
    entrance.site.send("GET", &path, &both, b"").assert_problem(401, "unauthenticated");
}

#[test]
fn signing_out_ends_one_browser_or_all() {
    let mut entrance = Entrance::new();
    let cookies = [(); 3].map(|()| entrance.enter(PERSON));
    let own = entrance.site.server().url().to_owned();
    let leave = |path: &str, cookie: &str| entrance.post(path, &[("origin", &own), ("cookie", cookie)], "");
    entrance.post("/sign-out", &[("cookie", &cookies[0])], "").assert_problem(403, "cross-site");
    let left = leave("/sign-out", &cookies[0]);
    assert_eq!((left.status, left.header("location")), (303, Some("/sign-in")), "{left:?}");
    assert!(left.header("set-cookie").unwrap().starts_with("__Host-session=; Path=/; Max-Age=0;"));
    entrance.users(&cookies[0]).assert_problem(401, "unauthenticated");
    assert_eq!(entrance.users(&cookies[1]).status, 200);
    assert_eq!(leave("/sign-out/everywhere", &cookies[1]).status, 303);
    for cookie in &cookies {
        entrance.users(cookie).assert_problem(401, "unauthenticated");
    }
    assert_eq!(leave("/sign-out", &cookies[1]).status, 303, "whoever is out is out");
}

#[test]
fn strangers_who_ask_lock_nobody_out_and_fill_no_mailbox() {
    let mut entrance = Entrance::new();
    let mut answers = Vec::new();
    let links = [(); 2].map(|()| {
        answers.push(entrance.ask(PERSON).comparable());
        entrance.link()
    });
    answers.extend((0..5).map(|_| entrance.ask(PERSON).comparable()));
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    entrance.ask("meera@tidewater-pumps.com");
    entrance.link();
    assert_eq!(fs::read_to_string(&entrance.log).unwrap().matches("link for Priya").count(), 2);
    // The person asks as well: no mail comes, and the one that is there works.
    assert_eq!(entrance.ask(PERSON).comparable(), answers[0]);
    let own = entrance.site.server().url().to_owned();
    assert_eq!(entrance.post(&links[1], &[("origin", &own)], "").status, 303);
    entrance.enter(PERSON);
}

#[test]
fn another_address_or_leaving_ends_links_and_sessions() {
    let mut entrance = Entrance::new();
    let own = entrance.site.server().url().to_owned();
    let users = entrance.site.ask("admin", "GET", "/users?role=sdr", None, &Value::Null).json();
    let priya = users["items"].as_array().unwrap().iter().find(|user| user["email"] == PERSON).unwrap();
    let path = format!("/users/{}", priya["id"].as_str().unwrap());
    let change = |entrance: &Entrance, body: Value| {
        assert_eq!(entrance.site.ask("admin", "PATCH", &path, Some("*"), &body).status, 200, "{body}");
    };
    let mut email = PERSON;
    for ending in [json!({ "email": "p.nair@tidewater-pumps.com" }), json!({ "is_active": false })] {
        let cookie = entrance.enter(email);
        assert_eq!(entrance.users(&cookie).status, 200);
        assert_eq!(entrance.ask(email).status, 200);
        let link = entrance.link();
        change(&entrance, json!({ "role": "manager" }));
        let shown = entrance.users(&cookie);
        assert_eq!(shown.status, 200, "another role ends nothing: {shown:?}");
        change(&entrance, ending);
        entrance.users(&cookie).assert_problem(401, "unauthenticated");
        assert_eq!(entrance.post(&link, &[("origin", &own)], "").status, 410);
        // Who comes back signs in anew.
        change(&entrance, json!({ "is_active": true }));
        entrance.users(&cookie).assert_problem(401, "unauthenticated");
        assert_eq!(entrance.post(&link, &[("origin", &own)], "").status, 410);
        email = "p.nair@tidewater-pumps.com";
    }
}

#[test]
fn whoever_changes_their_own_address_stays_signed_in_here() {
    let mut entrance = Entrance::new();
    let [here, elsewhere] = [(); 2].map(|()| entrance.enter("meera@tidewater-pumps.com"));
    let own = entrance.site.server().url().to_owned();
    let me = entrance.site.ask("admin", "GET", "/users?role=admin", None, &Value::Null).json();
    let path = format!("/api/companies/{}/users/{}", entrance.site.company(0), me["items"][0]["id"].as_str().unwrap());
    let body = json!({ "email": "m.iyer@tidewater-pumps.com" }).to_string();
    let headers =
        [("cookie", here.as_str()), ("origin", &own), ("content-type", "application/json"), ("if-match", "*")];
    let changed = entrance.site.send("PATCH", &path, &headers, body.as_bytes());
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!(entrance.users(&here).status, 200);
    entrance.users(&elsewhere).assert_problem(401, "unauthenticated");
}

/// A session of the first company's admin whose token came so many milliseconds ago, written straight into the database.
pub(super) fn session(state: &State, token: &Token, age: i64) {
    let company = state.companies()[0].clone();
    let database = rusqlite::Connection::open(state.database()).unwrap();
    let sql = "INSERT INTO sessions (company_id, id, user_id, token_hash, created_at, rotated_at, used_at, expires_at) \
        SELECT company_id, substr(id, 1, 30) || substr(?2, 1, 6), id, ?2, m, m, m, m + 2592000000 \
        FROM users, (SELECT unixepoch() * 1000 - ?3 AS m) WHERE company_id = ?1 AND role = 'admin'";
    assert_eq!(database.execute(sql, (company["company_id"].as_str().unwrap(), token.hash(), age)).unwrap(), 1);
}

#[test]
fn an_old_token_is_replaced_and_good_for_what_is_under_way() {
    let state = State::new(Disk::Memory);
    let token = Token::generate(&[7; 64]).unwrap();
    session(&state, &token, 7_200_000);
    let site = Site::on(state, &json!({ "watch": {} }));
    let users = format!("/api/companies/{}/users", site.company(0));
    let held = format!("__Host-session={}", token.reveal());
    let first = site.send("GET", &users, &[("cookie", &held)], b"");
    assert_eq!(first.status, 200, "{first:?}");
    let cookie = first.header("set-cookie").expect("a new token");
    let age: i64 = cookie.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap().parse().unwrap();
    assert!((2_592_000 - 7_300..=2_592_000 - 7_200).contains(&age), "{cookie}");
    let fresh = cookie.split(';').next().unwrap();
    assert_ne!(fresh, held);
    // An answer may be lost: whoever still has the old token is told the same new one.
    for (cookie, told) in [(held.as_str(), Some(fresh)), (fresh, None), (held.as_str(), Some(fresh))] {
        let again = site.send("GET", &users, &[("cookie", cookie)], b"");
        let given = again.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        assert_eq!((again.status, given), (200, told), "{again:?}");
    }
}
