//! The API over HTTP: leads created, shown and refused, and what a stranger learns.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

/// Visitor `n` as a user of the API writes them down.
fn contact(n: usize) -> Value {
    let mut values = visitor(n);
    let members = values.as_object_mut().unwrap();
    members.remove("lg_ms");
    members.insert("lead_source".to_owned(), "Google Ads".into());
    members.insert("campaign".to_owned(), "spring".into());
    values
}

#[test]
fn a_lead_is_created_and_shown_with_its_reasons() {
    let site = Site::new();
    let mut values = contact(1);
    values["authority_level"] = json!("decision_maker");
    values["budget_range"] = json!("10k");
    values["timeline"] = json!("30 days");
    let made = site.create("admin", &values, &[]);
    assert_eq!(made.status, 201, "{}", made.text);
    made.assert_dressed("application/json");
    let lead = made.json();
    let sum: i64 =
        lead["score_reasons"].as_array().unwrap().iter().map(|reason| reason["points"].as_i64().unwrap()).sum();
    assert_eq!((lead["lead_score"].as_i64(), sum), (Some(70), 70));
    let id = lead["id"].as_str().unwrap();
    assert_eq!(made.header("location"), Some(format!("/api/companies/{}/leads/{id}", site.company(0)).as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    let shown = site.get("admin", made.header("location").unwrap());
    assert_eq!((shown.status, shown.header("etag")), (200, Some("\"1\"")));
    let mut shown = shown.json();
    let touches = shown.as_object_mut().unwrap().remove("touches").unwrap();
    assert_eq!(shown, lead);
    assert_eq!((touches.as_array().unwrap().len(), &touches[0]["effect"]), (1, &json!("created")));
    for name in ["first_name", "last_name", "company_name", "email", "phone", "campaign"] {
        assert_eq!(lead[name], values[name], "{name}");
    }
    assert_eq!(lead["lead_source"], "google_ads");
}

#[test]
fn a_keyed_replay_is_the_first_answer_byte_for_byte() {
    let site = Site::new();
    let key = [("idempotency-key", "one")];
    let first = site.create("admin", &contact(1), &key);
    let again = site.create("admin", &contact(1), &key);
    assert_eq!((first.status, again.status), (201, 201), "{}", again.text);
    assert_eq!(again.text, first.text);
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    assert_eq!((again.header("location"), again.header("etag")), (first.header("location"), first.header("etag")));
    let other = site.create("admin", &contact(2), &key);
    other.assert_problem(422, "idempotency-key-reused");
    let wrong = site.create("admin", &contact(2), &[("idempotency-key", "a key")]);
    wrong.assert_problem(422, "invalid-values");
    assert_eq!(wrong.json()["errors"][0]["code"], "idempotency_key_invalid");
    assert_eq!(site.list("admin").len(), 1);
}

#[test]
fn a_duplicate_names_the_lead_only_where_it_is_seen() {
    let site = Site::new();
    let mine = site.create("sdr", &contact(1), &[]).json();
    assert_eq!(mine["lead_owner_id"], site.seed(0)["owners"][0], "a lead of an SDR is theirs");
    assert_eq!(mine["assignment"]["rule"], "creator");
    // Two more by the admin go round the pool: one of them to the other SDR.
    let others: Vec<Value> = [2, 3].into_iter().map(|n| site.create("admin", &contact(n), &[]).json()).collect();
    let theirs = others.iter().find(|lead| lead["lead_owner_id"] == site.seed(0)["owners"][1]).unwrap();
    let n = others.iter().position(|lead| lead == theirs).unwrap() + 2;
    for (who, lead, values, shown) in [
        ("sdr", &mine, contact(1), true),
        ("sdr", theirs, contact(n), false),
        ("manager", theirs, contact(n), true),
        ("admin", theirs, contact(n), true),
    ] {
        for _ in 0..2 {
            let refused = site.create(who, &values, &[]);
            refused.assert_problem(409, "duplicate-lead");
            let expected = if shown { &lead["id"] } else { &Value::Null };
            assert_eq!(&refused.json()["existing_id"], expected, "{who}");
        }
    }
    let path = format!("/api/companies/{}/leads/{}", site.company(0), theirs["id"].as_str().unwrap());
    site.get("sdr", &path).assert_problem(404, "not-found");
    assert_eq!((site.list("sdr").len(), site.list("manager").len(), site.list("admin").len()), (2, 3, 3));
}

#[test]
fn fifty_keyed_creates_at_once_give_one_lead_and_one_answer() {
    let site = Site::new();
    for round in 0..3 {
        let key = format!("round-{round}");
        let values = contact(round);
        let start = Barrier::new(50);
        let create = || {
            start.wait();
            site.create("admin", &values, &[("idempotency-key", &key)])
        };
        let create = &create;
        let answers: Vec<Exchange> = thread::scope(|scope| {
            let running: Vec<_> = (0..50).map(|_| scope.spawn(create)).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
        }
        let first = answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count();
        assert_eq!(first, 1, "one made it, the others hear of it");
        assert_eq!(site.list("admin").len(), round + 1);
    }
}

/// Method, path, headers and body of a request, and the status and slug of the problem it gets.
type Refused<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, &'a str);

#[test]
fn what_is_wrong_is_a_problem() {
    let site = Site::new();
    let leads = format!("/api/companies/{}/leads", site.company(0));
    let form = site.form_path();
    let json_type = ("content-type", "application/json");
    let key = site.bearer(0, "admin");
    let auth = ("authorization", key.as_str());
    let text = contact(1).to_string();
    let cases: [Refused<'_>; 16] = [
        ("GET", "/nowhere", &[], b"", 404, "not-found"),
        ("GET", "/f/pk_0000000000000000000000", &[], b"", 404, "not-found"),
        ("GET", "/f/no-key", &[], b"", 404, "not-found"),
        ("POST", "/f/pk_0000000000000000000000", &[json_type], b"{}", 404, "not-found"),
        ("DELETE", &leads, &[auth], b"", 405, "method-not-allowed"),
        ("PUT", &form, &[], b"", 405, "method-not-allowed"),
        ("GET", &leads, &[], b"", 401, "unauthenticated"),
        ("GET", &leads, &[("authorization", "Bearer sk_wrong")], b"", 401, "unauthenticated"),
        ("POST", &leads, &[json_type], text.as_bytes(), 401, "unauthenticated"),
        ("POST", &leads, &[auth, ("content-type", "text/plain")], text.as_bytes(), 415, "unsupported-media-type"),
        ("POST", &leads, &[auth], text.as_bytes(), 415, "unsupported-media-type"),
        (
            "POST",
            &leads,
            &[auth, json_type, ("content-encoding", "gzip")],
            text.as_bytes(),
            415,
            "unsupported-media-type",
        ),
        (
            "POST",
            &form,
            &[("content-type", "multipart/form-data; boundary=x")],
            b"--x--",
            415,
            "unsupported-media-type",
        ),
        ("POST", &leads, &[auth, json_type], b"{\"a\":\xff}", 422, "invalid-values"),
        ("POST", &leads, &[auth, json_type], &[b' '; 65_537], 413, "body-too-large"),
        ("POST", &form, &[json_type], &[b' '; 65_537], 413, "body-too-large"),
    ];
    for (method, path, headers, body, status, slug) in cases {
        let answer = site.send(method, path, headers, body);
        println!("{method} {path} {status} {slug}");
        answer.assert_problem(status, slug);
        match status {
            401 => assert_eq!(answer.header("www-authenticate"), Some("Bearer")),
            405 => assert!(answer.header("allow").is_some_and(|allow| allow.contains("GET"))),
            _ => {}
        }
    }
    let wrong = json!({ "email": "asha", "phone": "1", "status": "new", "nonsense": 1, "first_name": "" });
    let refused = site.create("admin", &wrong, &[]);
    refused.assert_problem(422, "invalid-values");
    let refused = refused.json();
    let errors: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| (e["pointer"].as_str().unwrap(), e["code"].as_str().unwrap()))
        .collect();
    for error in [
        ("/first_name", "required"),
        ("/last_name", "required"),
        ("/company_name", "required"),
        ("/lead_source", "required"),
        ("/campaign", "required"),
        ("/email", "email_missing_at"),
        ("/status", "read_only_member"),
        ("/nonsense", "unknown_member"),
    ] {
        assert!(errors.contains(&error), "{error:?} of {errors:?}");
    }
    assert!(errors.iter().any(|(pointer, _)| *pointer == "/phone"), "{errors:?}");
    let list =
        site.get("admin", &format!("{leads}?sort=name&limit=0&cursor=x&created_from=now&duplicates=maybe&what=1"));
    list.assert_problem(422, "invalid-values");
    let list = list.json();
    let codes: Vec<_> =
        list["errors"].as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    for code in
        ["unknown_value", "not_whole_number", "cursor_invalid", "not_date_time", "not_boolean", "unknown_member"]
    {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    assert!(site.list("admin").is_empty(), "nothing of it was kept");
}

#[test]
fn a_path_that_is_no_text_names_nothing() {
    let site = Site::new();
    for path in ["/api/companies/%FF/leads", "/f/%FF", "/sign-in/%FF", "/w/1/%FF", "/problems/%FF"] {
        site.send("GET", path, &[], b"").assert_problem(404, "not-found");
    }
}

#[test]
fn another_company_is_an_unknown_route() {
    let site = Site::new();
    let lead = site.create("admin", &contact(1), &[]).json();
    let (key, body) = (site.bearer(1, "admin"), contact(2).to_string());
    let headers = [("authorization", key.as_str()), ("content-type", "application/json")];
    let own = format!("/api/companies/{}/leads", site.company(0));
    let one = format!("{own}/{}", lead["id"].as_str().unwrap());
    for (method, path) in [("GET", &own), ("POST", &own), ("GET", &one)] {
        let (other, unknown) = (
            site.send(method, path, &headers, body.as_bytes()),
            site.send(method, "/api/nowhere", &headers, body.as_bytes()),
        );
        assert_eq!(other.status, 404);
        assert_eq!(other.comparable(), unknown.comparable(), "{method} {path}");
    }
    assert!(
        site.send("GET", &format!("/api/companies/{}/leads", site.company(1)), &headers, b"").json()["items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
