//! Limits of requests, by example for each kind: a key, a session, a form and address, an address that signs in (spec R6).

use lead_core::session::Token;
use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use super::sign_in::session;
use crate::server::{Disk, State};

/// Sends until the quota of three is used up, and once more.
fn exhaust(kind: &str, send: impl Fn(usize) -> Exchange, expected: u16) -> Exchange {
    for n in 0..3 {
        let answer = send(n);
        assert_eq!(answer.status, expected, "{answer:?}");
        assert_eq!(answer.header("ratelimit-policy"), Some(format!("\"{kind}\";q=3;w=60").as_str()));
        let left = answer.header("ratelimit").unwrap();
        assert!(left.starts_with(&format!("\"{kind}\";r={};t=", 2 - n)), "{left}");
        assert_eq!(answer.header("retry-after"), None);
    }
    let refused = send(3);
    assert_eq!(refused.status, 429, "{refused:?}");
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), Some(format!("\"{kind}\";r=0;t={wait}").as_str()));
    refused
}

#[test]
fn too_many_requests_are_told_when_to_come_again() {
    let state = State::new(Disk::Memory);
    let tokens = [7, 8].map(|n| Token::generate(&[n; 64]).unwrap());
    tokens.iter().for_each(|token| session(&state, token, 0));
    let site = Site::on(state, &json!({ "vars": { "RATE_LIMITS": "key=3 form=3 sign-in=3" } }));
    let list = |who: &str| site.ask(who, "GET", "/leads", None, &Value::Null);
    exhaust("key", |_| list("admin"), 200).assert_problem(429, "rate-limited");
    assert_eq!(list("sdr").status, 200, "each key by itself");

    let by_session = |token: &Token| {
        let cookie = format!("__Host-session={}", token.reveal());
        site.send("GET", &format!("/api/companies/{}/leads", site.company(0)), &[("cookie", &cookie)], b"")
    };
    exhaust("key", |_| by_session(&tokens[0]), 200).assert_problem(429, "rate-limited");
    assert_eq!(by_session(&tokens[1]).status, 200, "each session by itself");

    exhaust("form", |n| site.post_form(&visitor(n), &[]), 202).assert_problem(429, "rate-limited");
    assert_eq!(site.list("manager").len(), 3, "what was refused is not stored");

    let own = site.server().url().to_owned();
    let headers = [("origin", own.as_str()), ("content-type", "application/x-www-form-urlencoded")];
    // Whatever address is asked for: it is the network that is counted.
    let ask = |n| site.send("POST", "/sign-in", &headers, format!("email=a{n}%40b.com").as_bytes());
    let refused = exhaust("sign-in", ask, 200);
    refused.assert_dressed("text/html; charset=utf-8");
    assert!(refused.text.contains("Please wait a minute"), "{refused:?}");
}

#[test]
fn a_refusal_for_another_reason_counts_too() {
    let site = Site::with(&json!({ "vars": { "RATE_LIMITS": "key=3" } }));
    let forbidden = |_| site.ask("sdr", "GET", "/audit", None, &Value::Null);
    exhaust("key", forbidden, 403).assert_problem(429, "rate-limited");
}
