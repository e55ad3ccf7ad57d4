//! Mails over HTTP: a test mail is written, found, traced, cancelled; the outbox is a page where it is asked for.

use serde_json::{Value, json};

use super::exchange::{Exchange, Site};
use crate::server::{Disk, State};

/// Calls the API of the first company with this person's key, whatever the version.
fn ask(site: &Site, method: &str, who: &str, path: &str, body: &Value) -> Exchange {
    let key = site.bearer(0, who);
    let mut headers = vec![("authorization", key.as_str()), ("if-match", "*")];
    let bytes = if body.is_null() { String::new() } else { body.to_string() };
    if !body.is_null() {
        headers.push(("content-type", "application/json"));
    }
    site.send(method, &format!("/api/companies/{}{path}", site.company(0)), &headers, bytes.as_bytes())
}

/// Has a step sent to the admin, and gives the mail's id.
fn test_mail(site: &Site) -> String {
    let settings = json!({ "mail_address": "hello@tidewater-pumps.com", "postal_address": "1 Dock Road, Pune" });
    let set = ask(site, "PATCH", "admin", "/settings", &settings);
    assert_eq!(set.status, 200, "{set:?}");
    let step = json!({
        "step_number": 1, "delay_days": 0, "subject": "Hello <b>{{lead.first_name}}</b>", "body": "<p>Hello <a href=\"https://a.com/\">a</a></p>",
        "body_text": "Hello",
    });
    let sequence = json!({ "name": "Welcome", "trigger_event": "lead_created", "steps": [step] });
    let sequence = ask(site, "POST", "admin", "/sequences", &sequence).json();
    let place = format!("/sequences/{}/test", sequence["id"].as_str().unwrap());
    let sent = ask(site, "POST", "admin", &place, &json!({ "step_number": 1 }));
    assert_eq!(sent.status, 200, "{sent:?}");
    sent.json()["mail_id"].as_str().unwrap().to_owned()
}

#[test]
fn a_mail_is_found_traced_and_cancelled() {
    let site = Site::new();
    let id = test_mail(&site);
    let list = ask(&site, "GET", "admin", "/mails?state=queued&kind=test", &Value::Null).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["items"][0]["id"], id.as_str());
    assert!(list["items"][0].get("body").is_none(), "a list has no bodies");
    for query in ["state=dead", "kind=sequence", &format!("sequence_id={id}"), &format!("lead_id={id}")] {
        let none = ask(&site, "GET", "admin", &format!("/mails?{query}"), &Value::Null).json();
        assert_eq!(none["items"], json!([]), "{query}");
    }
    ask(&site, "GET", "admin", "/mails?state=lost", &Value::Null).assert_problem(422, "invalid-values");
    let shown = ask(&site, "GET", "admin", &format!("/mails/{id}"), &Value::Null).json();
    assert_eq!((&shown["state"], &shown["answers"], &shown["events"]), (&json!("queued"), &json!([]), &json!([])));
    assert!(shown["body"].as_str().unwrap().contains("https://a.com/"), "{shown}");
    // SDRs do not decide about mails, nor see the admin's.
    let place = format!("/mails/{id}/cancel");
    ask(&site, "POST", "sdr", &place, &Value::Null).assert_problem(403, "forbidden");
    ask(&site, "GET", "sdr", &format!("/mails/{id}"), &Value::Null).assert_problem(404, "not-found");
    let refused = ask(&site, "POST", "admin", &format!("/mails/{id}/retry"), &Value::Null);
    assert_eq!(refused.status, 200, "it waits for its next try already: {refused:?}");
    let cancelled = ask(&site, "POST", "admin", &place, &Value::Null).json();
    assert_eq!((&cancelled["state"], &cancelled["reason"]), (&json!("cancelled"), &json!("by_hand")));
    let refused = ask(&site, "POST", "admin", &format!("/mails/{id}/retry"), &Value::Null);
    refused.assert_problem(409, "mail-not-open");
    assert_eq!((&refused.json()["state"], &refused.json()["possible"]), (&json!("cancelled"), &json!([])));
    let again = ask(&site, "POST", "admin", &place, &Value::Null);
    assert_eq!(again.json(), cancelled, "asked again it changes nothing");
    let told = ask(&site, "GET", "admin", &format!("/audit?entity_type=mail&entity_id={id}"), &Value::Null).json();
    let fields: Vec<&Value> = told["items"].as_array().unwrap().iter().map(|row| &row["field_name"]).collect();
    assert!(fields.contains(&&json!("state")) && fields.contains(&&json!("reason")), "{told}");
}

#[test]
fn the_outbox_is_a_page_of_development_only() {
    let state = State::new(Disk::Memory);
    let id = {
        let site = Site::on(state, &json!({ "quiet": true }));
        let id = test_mail(&site);
        let company = site.company(0).to_owned();
        for path in [
            "/outbox",
            "/outbox/look.css",
            &format!("/outbox/{company}/{id}"),
            &format!("/outbox/{company}/{id}/body"),
            &format!("/outbox/{company}/{id}/message"),
        ] {
            site.send("GET", path, &[], b"").assert_problem(404, "not-found");
        }
        id
    };
    let vars = json!({ "OUTBOX_PAGE": "1", "RATE_LIMITS": "key=1000000" });
    let site = Site::on(State::new(Disk::Memory), &json!({ "quiet": true, "vars": vars }));
    let kept = test_mail(&site);
    assert_ne!(kept, id);
    let page = site.send("GET", "/outbox", &[], b"");
    page.assert_dressed("text/html; charset=utf-8");
    assert!(page.text.contains("Hello &lt;b&gt;"), "{}", page.text);
    let place = format!("/outbox/{}/{kept}", site.company(0));
    let mail = site.send("GET", &place, &[], b"");
    mail.assert_dressed("text/html; charset=utf-8");
    assert!(mail.text.contains("<iframe") && !mail.text.contains("<b>"), "{}", mail.text);
    let body = site.send("GET", &format!("{place}/body"), &[], b"");
    let policy = body.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    assert!(body.text.contains("https://a.com/"), "byte for byte");
    // Another company's path leads nowhere, as do ids of nothing.
    site.send("GET", &format!("/outbox/{}/{kept}", site.company(1)), &[], b"").assert_problem(404, "not-found");
    site.send("GET", "/outbox/a/b", &[], b"").assert_problem(404, "not-found");
}
