//! What a form's filling shows over HTTP: tokens, traps, proofs of work, Turnstile; never more than points (spec L6).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use lead_core::form::{Definition, Form, FormKey};
use lead_core::guard::{Challenge, FormSecret, trap_name};
use lead_core::id::Id;
use lead_core::time::Instant;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use crate::server::{Disk, State};

/// The website that the seeded forms admit (xtask/src/test/parts.rs).
const CUSTOMER: &str = "https://customer.example.com";

/// The secret of these tests.
const SECRET: &str = "a secret of forms, for tests only";

/// A definition with the fields that every lead needs, and `more` on top of it.
pub(crate) fn definition(more: &Value) -> Value {
    let text = |name: &str, kind: &str| json!({ "name": name, "type": kind, "label": name, "required": true });
    let mut definition = json!({
        "title": "Talk to us", "submit": "Send",
        "fields": [text("first_name", "text"), text("last_name", "text"), text("company_name", "text"), text("email", "email"), text("phone", "phone")],
        "steps": [{ "fields": ["first_name", "last_name", "company_name", "email", "phone"] }],
        "thanks": { "title": "Thanks", "message": "We write." },
        "consent": { "version": "1", "text": "You may write to me." },
    });
    definition.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    definition
}

/// A site whose first form asks so, with these variables.
fn site(more: &Value, vars: &Value) -> (Site, Form) {
    let state = State::new(Disk::Memory);
    let company = &state.companies()[0];
    let key = FormKey::parse(company["form_key"].as_str().unwrap()).unwrap();
    let definition = definition(more);
    let database = Connection::open(state.database()).unwrap();
    let sql = "UPDATE forms SET definition = ?1 WHERE form_key = ?2 RETURNING company_id, id";
    let ids: (String, String) =
        database.query_row(sql, [&definition.to_string(), key.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    drop(database);
    let id = |text: &str| Id::parse(text).unwrap();
    let form = Form {
        company_id: id(&ids.0),
        id: id(&ids.1),
        key,
        version: 1,
        definition: serde_json::from_value::<Definition>(definition).unwrap(),
        allowed_origins: Vec::new(),
        country: "IN".to_owned(),
    };
    let mut all = json!({ "RATE_LIMITS": "key=1000000 form=1000000 seen=1000000" });
    all.as_object_mut().unwrap().extend(vars.as_object().unwrap().clone());
    (Site::on(state, &json!({ "vars": all })), form)
}

fn with(mut values: Value, more: &Value) -> Value {
    values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    values
}

/// What visitors are told: the same, whatever became of the submission.
fn accepted(answer: &Exchange) {
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.json()["status"], "accepted");
}

/// The reasons of each lead by its e-mail address.
fn reasons(site: &Site) -> BTreeMap<String, Vec<String>> {
    let of = |lead: &Value| {
        let reasons = lead["spam_reasons"].as_array().unwrap().iter();
        reasons.map(|reason| format!("{} {}", reason["rule"].as_str().unwrap(), reason["points"])).collect()
    };
    site.list("admin").iter().map(|lead| (lead["email"].as_str().unwrap().to_owned(), of(lead))).collect()
}

fn now() -> Instant {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Instant::from_ms(i64::try_from(since.as_millis()).unwrap()).unwrap()
}

fn hidden(page: &str, name: &str) -> Option<String> {
    let rest = page.split_once(&format!("name=\"{name}\" value=\""))?.1;
    Some(rest.split_once('"')?.0.to_owned())
}

#[test]
fn a_token_tells_when_the_form_was_shown_and_refuses_nobody() {
    let (site, form) = site(&json!({}), &json!({ "FORM_SECRET": SECRET }));
    let secret = FormSecret::new(SECRET).unwrap();
    let other = Form { id: Id::new(now(), &[7; 10]), ..form.clone() };
    let page = site.send("GET", &site.form_path(), &[], b"");
    let young = hidden(&page.text, "lg_token").unwrap_or_else(|| panic!("no token: {page:?}"));
    let ago = |ms: i64| now().plus_ms(-ms);
    let cases = [
        (1, json!({ "lg_token": secret.token(&form, ago(30_000)) }), vec![]),
        (2, json!({ "lg_token": young }), vec!["spam.token_young 20"]),
        (3, json!({}), vec!["spam.token_missing 10"]),
        (4, json!({ "lg_token": secret.token(&other, ago(30_000)) }), vec!["spam.token_foreign 19"]),
        (5, json!({ "lg_token": secret.token(&form, ago(90_000_000)) }), vec!["spam.token_old 10"]),
        (6, json!({ "lg_token": 7, "lg_at": "yesterday" }), vec!["spam.token_missing 10"]),
        // The name of the form's own trap, and the one that older pages have.
        (
            7,
            json!({ "lg_token": secret.token(&form, ago(30_000)), trap_name(&form.key): "x" }),
            vec!["spam.honeypot 80"],
        ),
        (8, json!({ "lg_token": secret.token(&form, ago(30_000)), "lg_ref": "x" }), vec!["spam.honeypot 80"]),
        (9, json!({ "lg_token": secret.token(&form, ago(30_000)), trap_name(&form.key): "" }), vec![]),
    ];
    for (n, more, _) in &cases {
        accepted(&site.post_form(&with(visitor(*n), more), &[("origin", CUSTOMER)]));
    }
    let found = reasons(&site);
    for (n, more, expected) in &cases {
        let email = visitor(*n)["email"].as_str().unwrap().to_owned();
        assert_eq!(found[&email], *expected, "{n}: {more}");
    }
    assert!(page.text.contains(&format!("name=\"{}\"", trap_name(&form.key))), "{}", page.text);
}

#[test]
fn without_a_secret_no_token_is_made_and_none_asked_for() {
    let (site, _) = site(&json!({ "proof_of_work": { "difficulty": 1000 } }), &json!({ "FORM_SECRET": "too short" }));
    let page = site.send("GET", &site.form_path(), &[], b"");
    assert_eq!(hidden(&page.text, "lg_token"), None);
    site.send("GET", &format!("{}/challenge", site.form_path()), &[], b"").assert_problem(404, "not-found");
    accepted(&site.post_form(&visitor(1), &[]));
    assert_eq!(reasons(&site).into_values().collect::<Vec<_>>(), [Vec::<String>::new()]);
}

/// What a browser does, here in Rust: the payload of a challenge.
fn worked(challenge: &Challenge) -> String {
    let number = (0..=challenge.maxnumber).find(|number| challenge.is_solved_by(*number)).expect("a number");
    let payload = json!({
        "algorithm": challenge.algorithm, "challenge": challenge.challenge, "number": number,
        "salt": challenge.salt, "signature": challenge.signature, "took": 10,
    });
    base64(payload.to_string().as_bytes())
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number =
            chunk.iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let sign = SIGNS[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(sign) } else { '=' });
        }
    }
    text
}

#[test]
fn a_proof_of_work_serves_one_submission_and_its_retries() {
    let (site, form) = site(&json!({ "proof_of_work": { "difficulty": 2000 } }), &json!({ "FORM_SECRET": SECRET }));
    let token = FormSecret::new(SECRET).unwrap().token(&form, now().plus_ms(-60_000));
    let answer = site.send("GET", &format!("{}/challenge", site.form_path()), &[("origin", CUSTOMER)], b"");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some(CUSTOMER)), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenge: Challenge = serde_json::from_value(answer.json()).unwrap();
    let proof = worked(&challenge);
    let send = |n: usize, key: &str, more: &Value| {
        let values = with(with(visitor(n), more), &json!({ "lg_token": token }));
        accepted(&site.post_form(&values, &[("origin", CUSTOMER), ("idempotency-key", key)]));
    };
    send(1, "one", &json!({ "altcha": proof }));
    send(1, "one", &json!({ "altcha": proof }));
    send(2, "two", &json!({ "altcha": proof }));
    send(3, "three", &json!({}));
    send(4, "four", &json!({ "altcha": "e30=" }));
    let found = reasons(&site);
    let of = |n: usize| found[visitor(n)["email"].as_str().unwrap()].clone();
    assert_eq!(of(1), Vec::<String>::new());
    assert_eq!(of(2), ["spam.proof_reused 45"]);
    assert_eq!(of(3), ["spam.proof_missing 40"]);
    assert_eq!(of(4), ["spam.proof_wrong 60"]);
    let foreign =
        site.send("GET", &format!("{}/challenge", site.form_path()), &[("origin", "https://else.example")], b"");
    foreign.assert_problem(403, "origin-not-allowed");
}

/// A Turnstile of our own: it vouches for `good`, not for `bad`, and says nothing to `silent`. Gives its address and what it was
/// asked.
fn turnstile() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/siteverify", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    std::thread::spawn(move || {
        let mut waiting = Vec::new();
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let body = String::from_utf8(body).unwrap();
            let answer = if body.contains("response=good") {
                r#"{"success":true}"#
            } else if body.contains("response=bad") {
                r#"{"success":false,"error-codes":["invalid-input-response"]}"#
            } else {
                // Kept open without a word.
                waiting.push(stream);
                kept.lock().unwrap().push(body);
                continue;
            };
            kept.lock().unwrap().push(body);
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length:";
            write!(stream, "{head} {}\r\n\r\n{answer}", answer.len()).unwrap();
        }
    });
    (url, asked)
}

#[test]
fn turnstile_is_asked_where_a_form_wants_it_and_its_silence_is_waited_out() {
    let (url, asked) = turnstile();
    let vars = json!({ "TURNSTILE_SECRET": "whole-secret", "TURNSTILE_URL": url });
    let (site, _) = site(&json!({ "turnstile_site_key": "0x4AAAAAAA" }), &vars);
    let send = |n: usize, key: &str, answer: Option<&str>| {
        let more = answer.map_or(json!({}), |answer| json!({ "cf-turnstile-response": answer }));
        accepted(&site.post_form(&with(visitor(n), &more), &[("idempotency-key", key)]));
    };
    send(1, "one", Some("good"));
    send(2, "two", Some("bad"));
    send(3, "three", None);
    send(4, "four", Some("silent"));
    send(1, "one", Some("good"));
    let found = reasons(&site);
    let of = |n: usize| found[visitor(n)["email"].as_str().unwrap()].clone();
    assert_eq!(of(1), Vec::<String>::new());
    assert_eq!(of(2), ["spam.turnstile_failed 60"]);
    assert_eq!(of(3), ["spam.turnstile_missing 40"]);
    assert_eq!(of(4), ["spam.turnstile_silent 10"]);
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(asked.iter().all(|body| body.starts_with("secret=whole-secret&response=")), "{asked:?}");
    assert_eq!(asked[0], asked[3], "one submission is asked about under one key");
    assert_ne!(asked[0].split('&').next_back(), asked[1].split('&').next_back());
}

#[test]
fn a_form_that_does_not_want_turnstile_asks_nobody() {
    let (url, asked) = turnstile();
    let (site, _) = site(&json!({}), &json!({ "TURNSTILE_SECRET": "whole-secret", "TURNSTILE_URL": url }));
    accepted(&site.post_form(&with(visitor(1), &json!({ "cf-turnstile-response": "bad" })), &[]));
    assert_eq!(reasons(&site).into_values().collect::<Vec<_>>(), [Vec::<String>::new()]);
    assert!(asked.lock().unwrap().is_empty());
}

#[test]
fn beacons_count_and_keep_nothing_of_the_visitor() {
    let (site, _) = site(&json!({}), &json!({ "FORM_SECRET": SECRET }));
    let path = format!("{}/seen", site.form_path());
    let tell = |body: &str| {
        site.send("POST", &path, &[("content-type", "text/plain;charset=UTF-8"), ("origin", CUSTOMER)], body.as_bytes())
    };
    let first = tell(r#"{"version":1,"view":true}"#);
    assert_eq!((first.status, first.header("access-control-allow-origin")), (204, Some(CUSTOMER)), "{first:?}");
    assert!(first.header("set-cookie").is_none() && first.header("ratelimit").is_some(), "{first:?}");
    for body in [
        r#"{"view":true,"start":true,"field":"email"}"#,
        r#"{"field":"phone","before":"email"}"#,
        r#"{"field":"no_such"}"#,
    ] {
        assert_eq!(tell(body).status, 204, "{body}");
    }
    tell("view").assert_problem(422, "invalid-values");
    tell(r#"{"version":2,"view":true}"#).assert_problem(422, "invalid-values");
    tell(&format!(r#"{{"field":"{}"}}"#, "x".repeat(2000))).assert_problem(413, "body-too-large");
    let foreign = [("content-type", "text/plain"), ("origin", "https://else.example")];
    site.send("POST", &path, &foreign, b"{}").assert_problem(403, "origin-not-allowed");
    accepted(&site.post_form(&visitor(1), &[]));
    let form =
        site.ask("admin", "GET", "/forms", None, &Value::Null).json()["items"][0]["id"].as_str().unwrap().to_owned();
    let stats = site.ask("admin", "GET", &format!("/forms/{form}/stats"), None, &Value::Null);
    assert_eq!(stats.status, 200, "{stats:?}");
    let stats = stats.json();
    let total = json!({ "views": 2, "starts": 1, "submissions": 1, "leads": 1, "spam": 0, "conversion_permille": 500 });
    assert_eq!(stats["total"], total);
    assert_eq!(stats["fields"], json!([{ "field": "phone", "stopped": 1, "stopped_permille": 1000 }]));
    assert_eq!(stats["days"].as_array().unwrap().len(), 30);
    assert_eq!(stats["campaigns"][0]["campaign"], "(direct)");
}

#[test]
fn a_submission_that_waited_for_a_connection_keeps_its_time() {
    let (site, form) = site(&json!({}), &json!({ "FORM_SECRET": SECRET }));
    let shown = now().plus_ms(-4 * 86_400_000);
    let sent = shown.plus_ms(60_000);
    let values = with(
        visitor(1),
        &json!({ "lg_token": FormSecret::new(SECRET).unwrap().token(&form, shown), "lg_at": sent.to_string(), "gdpr_consent": true }),
    );
    for _ in 0..5 {
        accepted(&site.post_form(&values, &[("idempotency-key", "queued")]));
    }
    let leads = site.list("admin");
    assert_eq!(leads.len(), 1, "{leads:?}");
    assert_eq!(leads[0]["opt_in_date"], sent.to_string());
    assert_eq!(leads[0]["spam_reasons"], json!([]), "the token was young enough when it was sent");
    let path = format!("/api/companies/{}/leads/{}", site.company(0), leads[0]["id"].as_str().unwrap());
    let lead = site.get("admin", &path).json();
    let touches = lead["touches"].as_array().unwrap();
    assert_eq!((touches.len(), &touches[0]["filled_at"]), (1, &json!(sent.to_string())), "{lead}");
}
