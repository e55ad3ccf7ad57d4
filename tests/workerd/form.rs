//! A public form over HTTP: whatever becomes of a submission, everybody gets the same answer.

use lead_core::form::FormKey;
use lead_core::guard::trap_name;
use rusqlite::Connection;
use serde_json::{Value, json};

use super::client::{agent, visitor};
use super::exchange::{Exchange, Site};
use crate::server::{Disk, State};

/// The website that the seeded forms admit (xtask/src/test/parts.rs).
const CUSTOMER: &str = "https://customer.example.com";

/// `values` with one member more.
fn with(mut values: Value, name: &str, value: Value) -> Value {
    values.as_object_mut().unwrap().insert(name.to_owned(), value);
    values
}

#[test]
fn new_known_spam_and_replayed_are_one_answer() {
    let site = Site::new();
    // Warms the isolate: form and policy are remembered from here on.
    assert_eq!(site.post_form(&visitor(9), &[]).status, 202);
    let send = |values: &Value, key: &str| site.post_form(values, &[("idempotency-key", key), ("origin", CUSTOMER)]);
    let answers = [
        ("new", send(&visitor(1), "one")),
        ("duplicate", send(&with(visitor(1), "job_title", json!("Buyer")), "two")),
        ("spam, new", send(&with(visitor(2), "lg_ref", json!("x")), "three")),
        ("spam, known", send(&with(visitor(1), "lg_ref", json!("x")), "four")),
        ("release", send(&visitor(2), "five")),
    ];
    let replay = send(&visitor(1), "one");
    let (_, first) = &answers[0];
    let thanks = json!({ "title": "Thank you", "message": "Your message has reached us. We will be in touch soon.", "redirect": null, "booking": null });
    assert_eq!((first.status, first.json()), (202, json!({ "status": "accepted", "thanks": thanks })));
    first.assert_dressed("application/json");
    for (what, answer) in &answers {
        assert_eq!(answer.comparable(), first.comparable(), "{what}");
        assert_eq!(answer.cost()[0], 2, "{what}: {answer:?}");
    }
    assert_eq!(replay.comparable(), first.comparable());
    assert_eq!(site.list("admin").len(), 3);
}

#[test]
fn a_form_takes_submissions_from_where_it_may() {
    let site = Site::new();
    let own = site.server().url().to_owned();
    let origins = [(None, true), (Some("null"), true), (Some(CUSTOMER), true), (Some(own.as_str()), true)];
    let foreign = ["https://evil.example.com", "http://customer.example.com", "https://customer.example.com.evil.com"];
    let foreign = foreign.into_iter().map(|origin| (Some(origin), false));
    for (n, (origin, admitted)) in origins.into_iter().chain(foreign).enumerate() {
        let header = origin.map(|origin| ("origin", origin));
        let answer = site.post_form(&visitor(n), header.as_slice());
        let allowed = answer.header("access-control-allow-origin");
        if admitted {
            assert_eq!((answer.status, allowed), (202, origin), "{answer:?}");
            assert_eq!(answer.header("vary"), Some("Origin"));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        } else {
            answer.assert_problem(403, "origin-not-allowed");
            assert_eq!(allowed, None);
        }
    }
    assert_eq!(site.list("admin").len(), 4);
    let ask = [("origin", CUSTOMER), ("access-control-request-method", "POST")];
    let preflight = site.send("OPTIONS", &site.form_path(), &ask, b"");
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, Some(CUSTOMER)));
    assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type, idempotency-key"));
    let ask = [("origin", "https://evil.example.com"), ("access-control-request-method", "POST")];
    assert_eq!(site.send("OPTIONS", &site.form_path(), &ask, b"").status, 403);
}

fn plain(site: &Site, body: &str) -> Exchange {
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "text/html,*/*;q=0.8")];
    site.send("POST", &site.form_path(), &headers, body.as_bytes())
}

#[test]
fn a_plain_page_ends_on_thanks_or_begins_again() {
    let site = Site::new();
    let page = site.send("GET", &site.form_path(), &[], b"");
    assert_eq!(page.status, 200);
    page.assert_dressed("text/html; charset=utf-8");
    for name in ["first_name", "last_name", "company_name", "email", "phone", "lg_key"] {
        assert!(page.text.contains(&format!("name=\"{name}\"")), "{name} in {}", page.text);
    }
    let trap = trap_name(&FormKey::parse(site.form_path().trim_start_matches("/f/")).unwrap());
    assert!(page.text.contains(&format!("name=\"{trap}\"")), "{trap} in {}", page.text);
    let good =
        "first_name=Asha&last_name=Verma&company_name=Babafo&email=asha%40babafo.com&phone=%2B919800000001&lg_key=one";
    for _ in 0..2 {
        let sent = plain(&site, good);
        assert_eq!(
            (sent.status, sent.header("location")),
            (303, Some(format!("{}/thanks", site.form_path()).as_str()))
        );
        assert_eq!(sent.text, "");
    }
    assert_eq!(site.list("admin").len(), 1);
    let thanks = site.send("GET", &format!("{}/thanks", site.form_path()), &[], b"");
    assert_eq!(thanks.status, 200);
    assert!(thanks.text.contains("Thank you"));

    let hostile = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%26";
    let bad = format!(
        "first_name={hostile}&last_name=Verma&email=asha&message={hostile}&timeline={hostile}&lg_key=k%22%3E%3Cb"
    );
    let again = plain(&site, &bad);
    assert_eq!(again.status, 422);
    again.assert_dressed("text/html; charset=utf-8");
    assert!(!again.text.contains("<script>alert") && !again.text.contains("k\"><b"), "{}", again.text);
    assert!(again.text.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;\""), "{}", again.text);
    assert!(again.text.contains("value=\"Verma\"") && again.text.contains("value=\"asha\""), "{}", again.text);
    for name in ["company_name", "email", "phone"] {
        assert!(again.text.contains(&format!("data-error-for=\"{name}\"")), "{name} in {}", again.text);
    }
    assert_eq!(site.list("admin").len(), 1);
    // A script gets the errors, also for an urlencoded body.
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json")];
    site.send("POST", &site.form_path(), &headers, bad.as_bytes()).assert_problem(422, "invalid-values");
}

/// The calls of the watched database since the last question.
fn calls(site: &Site) -> Vec<Value> {
    let url = format!("{}/calls", site.server().control_url());
    let calls = agent().get(&url).call().unwrap().body_mut().read_json().unwrap();
    agent().delete(&url).call().unwrap();
    calls
}

#[test]
fn a_cold_isolate_costs_one_round_trip_more() {
    let site = Site::with(&json!({ "watch": {} }));
    assert_eq!(site.post_form(&visitor(1), &[]).status, 202);
    assert_eq!(calls(&site).len(), 3);
    assert_eq!(site.post_form(&visitor(2), &[]).status, 202);
    assert_eq!(calls(&site).len(), 2);
    for (n, most) in [(3, 3), (4, 2)] {
        let mut values = with(with(visitor(n), "lead_source", json!("expo")), "campaign", json!("spring"));
        values.as_object_mut().unwrap().remove("lg_ms");
        assert_eq!(site.create("admin", &values, &[]).status, 201);
        assert_eq!(calls(&site).len(), most, "the key is read once");
    }
}

/// Customers who share the address, the phone, the domain and the company with the submission below.
fn add_customers(state: &State) {
    let company_id = state.companies()[0]["company_id"].as_str().unwrap().to_owned();
    let database = Connection::open(state.database()).unwrap();
    for n in 0..20 {
        let id = format!("01890000-0000-7000-8000-0000000000{n:02}");
        let mail = format!("asha{}@crowded-works.com", if n % 2 == 0 { 50 } else { 51 });
        let contact = "INSERT INTO contacts (company_id, id, account_id, name, email_key, phone_e164, created_at, updated_at) \
             VALUES (?1, ?2, 'a', 'Asha', ?3, '+919800000050', 1, 1)";
        database.execute(contact, [company_id.as_str(), &id, &mail]).unwrap();
        let account = "INSERT INTO accounts (company_id, id, name, company_key, domain, account_type, health_score, \
             lifecycle_stage, created_at, updated_at) VALUES (?1, ?2, 'C', 'crowded works delta', 'crowded-works.com', 'SQA', 'green', 'new', 1, 1)";
        database.execute(account, [company_id.as_str(), &id]).unwrap();
    }
}

#[test]
fn a_crowded_neighbourhood_stays_in_the_row_budget() {
    let state = State::new(Disk::Memory);
    add_customers(&state);
    let site = Site::on(state, &json!({}));
    // Whoever gets a lead is counted.
    for owner in 0..2 {
        let user =
            format!("/api/companies/{}/users/{}", site.company(0), site.seed(0)["owners"][owner].as_str().unwrap());
        let bearer = site.bearer(0, "admin");
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json"), ("if-match", "*")];
        assert_eq!(site.send("PATCH", &user, &headers, br#"{"capacity": 1000}"#).status, 200);
    }
    // The same domain, family name and company, over and over, on both sides of the order.
    for n in 0..40 {
        let mut values = visitor(n);
        values["email"] = json!(format!("asha{n}@crowded-works.com"));
        values["company_name"] = json!(format!("Crowded Works {}", ["Alpha", "Beta", "Gamma", "Zeta"][n % 4]));
        assert_eq!(site.post_form(&values, &[]).status, 202);
    }
    let mut values = visitor(50);
    values["email"] = json!("asha50@crowded-works.com");
    values["company_name"] = json!("Crowded Works Delta");
    values["gdpr_consent"] = json!(true);
    let made = site.post_form(&values, &[("idempotency-key", "new")]);
    let [trips, read, written] = made.cost();
    println!("worst case of a new lead: {trips} round trips, {read} rows read, {written} rows written");
    assert_eq!(trips, 2);
    assert!(read <= 50, "{read} rows read");
    assert_eq!(written, 16, "a form's lead with consent, whose owner has a capacity, in every index");
    let newest = &site.list("admin")[0];
    for name in ["is_duplicate", "gdpr_consent", "known_customer"] {
        assert_eq!(newest[name], true, "{name} of {newest}");
    }
    let [_, read, written] = site.post_form(&values, &[("idempotency-key", "touch")]).cost();
    println!("a touch there: {read} rows read, {written} rows written");
    assert!(read <= 60 && written <= 16, "{read} {written}");
}
