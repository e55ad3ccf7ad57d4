//! Activities, timelines, follow-ups, scores and the audit trail over HTTP.

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

/// A lead of the SDR whose key is there.
fn lead_of_sdr(site: &Site) -> String {
    let mut values = visitor(1);
    values.as_object_mut().unwrap().remove("lg_ms");
    values["lead_source"] = json!("referral");
    values["campaign"] = json!("spring");
    let made = site.create("sdr", &values, &[]);
    assert_eq!(made.status, 201, "{}", made.text);
    made.header("location").unwrap().to_owned()
}

fn send(site: &Site, method: &str, who: &str, path: &str, if_match: Option<&str>, body: &Value) -> Exchange {
    let key = site.bearer(0, who);
    let mut headers = vec![("authorization", key.as_str()), ("content-type", "application/json")];
    headers.extend(if_match.map(|tag| ("if-match", tag)));
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    site.send(method, path, &headers, &bytes)
}

fn items(answer: &Exchange) -> Vec<Value> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()["items"].as_array().unwrap().clone()
}

#[test]
fn a_call_is_recorded_counted_shown_changed_and_deleted() {
    let site = Site::new();
    let lead = lead_of_sdr(&site);
    let (activities, base) = (format!("{lead}/activities"), format!("/api/companies/{}", site.company(0)));
    let call = json!({ "activity_type": "call", "subject": "First", "follow_up_at": "2026-01-01T00:00:00Z" });
    let made = send(&site, "POST", "sdr", &activities, None, &call);
    assert_eq!((made.status, made.header("etag")), (201, Some("\"1\"")), "{}", made.text);
    made.assert_dressed("application/json");
    let place = made.header("location").unwrap().to_owned();
    assert_eq!(place, format!("{base}/activities/{}", made.json()["id"].as_str().unwrap()));
    assert_eq!(site.get("sdr", &place).json(), made.json());
    assert_eq!((&made.json()["direction"], &made.json()["related_to_type"]), (&json!("outbound"), &json!("lead")));
    let cost = made.cost();
    assert!(cost[0] == 2 && cost[1] <= 30 && cost[2] <= 40, "{cost:?}");

    let shown = site.get("sdr", &lead);
    assert_eq!((&shown.json()["status"], &shown.json()["lead_score"]), (&json!("contacted"), &json!(45)));
    assert_eq!(shown.header("etag"), Some("\"2\""));
    let entries = items(&site.get("sdr", &activities));
    let kinds: Vec<_> = entries.iter().map(|entry| entry["entry"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["activity", "activity", "touch"], "{entries:?}");
    let first = site.get("sdr", &format!("{activities}?limit=1")).json();
    let second = site.get("sdr", &format!("{activities}?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()));
    assert_eq!(items(&second), entries[1..]);

    let renamed = json!({ "subject": "Second" });
    send(&site, "PATCH", "sdr", &place, None, &renamed).assert_problem(428, "precondition-required");
    send(&site, "PATCH", "sdr", &place, Some("\"7\""), &renamed).assert_problem(412, "stale");
    let patched = send(&site, "PATCH", "sdr", &place, Some("\"1\""), &renamed);
    assert_eq!((patched.status, patched.header("etag")), (200, Some("\"2\"")), "{}", patched.text);
    assert_eq!((&patched.json()["subject"], &patched.json()["activity_type"]), (&json!("Second"), &json!("call")));

    let due = items(&site.get("sdr", &format!("{base}/follow-ups")));
    assert_eq!((due.len(), &due[0]["subject"]), (1, &json!("Second")));
    let done = format!("{base}/follow-ups/{}/done", made.json()["id"].as_str().unwrap());
    for _ in 0..2 {
        let finished = send(&site, "POST", "sdr", &done, None, &Value::Null);
        assert_eq!((finished.status, finished.header("etag")), (200, Some("\"3\"")), "{}", finished.text);
    }
    assert!(items(&site.get("sdr", &format!("{base}/follow-ups"))).is_empty());

    let system = entries.iter().find(|entry| entry["activity_type"] == "system").unwrap();
    let of_system = format!("{base}/activities/{}", system["id"].as_str().unwrap());
    send(&site, "DELETE", "admin", &of_system, Some("*"), &Value::Null).assert_problem(403, "forbidden");
    assert_eq!(send(&site, "DELETE", "sdr", &place, Some("\"3\""), &Value::Null).status, 204);
    site.get("sdr", &place).assert_problem(404, "not-found");
    assert_eq!(items(&site.get("sdr", &activities)).len(), 2);
}

#[test]
fn recording_and_reading_stay_in_their_row_budgets() {
    let site = Site::new();
    let lead = lead_of_sdr(&site);
    let activities = format!("{lead}/activities");
    let budget = |what: &str, cost: [u64; 3], most: [u64; 3]| {
        println!("{what}: {cost:?} of {most:?}");
        assert!(cost.iter().zip(most).all(|(spent, most)| *spent <= most), "{what}: {cost:?} of {most:?}");
    };
    let call = json!({ "activity_type": "call", "subject": "x" });
    let record = |values: &Value| send(&site, "POST", "sdr", &activities, None, values).cost();
    budget("a first call", record(&call), [2, 22, 28]);
    budget("a further call", record(&call), [2, 18, 14]);
    budget("a note", record(&json!({ "activity_type": "note", "notes": "x" })), [2, 8, 6]);
    let mut again = visitor(1);
    again["message"] = json!("again");
    let touched = site.post_form(&again, &[]);
    // The ninth: the index by which a form lists and counts what came in through it.
    budget("a touch on a lead", touched.cost(), [2, 50, 9]);
    for _ in 0..60 {
        record(&call);
    }
    for (path, most) in [("activities", 220), ("activities?limit=10", 60), ("score", 70)] {
        budget(path, site.get("sdr", &format!("{lead}/{path}")).cost(), [2, most, 0]);
    }
    let due = site.get("admin", &format!("/api/companies/{}/follow-ups", site.company(0)));
    budget("nothing due", due.cost(), [1, 30, 0]);
}

#[test]
fn what_is_wrong_about_an_activity_is_a_problem() {
    let site = Site::new();
    let lead = lead_of_sdr(&site);
    let (activities, base) = (format!("{lead}/activities"), format!("/api/companies/{}", site.company(0)));
    let wrong = json!({ "activity_type": "system", "occurred_at": "2999-01-01T00:00:00Z", "version": 1, "what": 1 });
    let refused = send(&site, "POST", "sdr", &activities, None, &wrong);
    refused.assert_problem(422, "invalid-values");
    let errors = refused.json()["errors"].clone();
    let codes: Vec<_> = errors.as_array().unwrap().iter().map(|error| error["code"].as_str().unwrap()).collect();
    for code in ["unknown_value", "out_of_range", "read_only_member", "unknown_member"] {
        assert!(codes.contains(&code), "{code} of {codes:?}");
    }
    for path in ["activities?limit=0", "activities?cursor=x", "score?at=2020-01-01T00:00:00Z", "score?at=x"] {
        site.get("sdr", &format!("{lead}/{path}")).assert_problem(422, "invalid-values");
    }
    site.get("sdr", &format!("{base}/follow-ups?owner=x")).assert_problem(422, "invalid-values");
    let nobody = format!("{base}/leads/{}/activities", site.company(0));
    let unknown = site.get("sdr", &nobody);
    unknown.assert_problem(404, "not-found");
    for kind in ["accounts", "contacts", "opportunities"] {
        let path = format!("{base}/{kind}/{}/activities", site.company(0));
        assert_eq!(site.get("admin", &path).comparable(), unknown.comparable(), "{kind}");
        let note = json!({ "activity_type": "note", "notes": "x" });
        let refused = send(&site, "POST", "admin", &path, None, &note);
        assert_eq!(refused.comparable(), unknown.comparable(), "{kind}");
    }
    assert_eq!(items(&site.get("sdr", &activities)).len(), 1, "the touch that made the lead");
}

#[test]
fn a_score_is_shown_as_it_is_and_as_it_was() {
    let site = Site::new();
    let lead = lead_of_sdr(&site);
    let created_at = site.get("sdr", &lead).json()["created_at"].as_str().unwrap().to_owned();
    let meeting = json!({ "activity_type": "meeting", "subject": "Demo" });
    assert_eq!(send(&site, "POST", "sdr", &format!("{lead}/activities"), None, &meeting).status, 201);
    let now = site.get("sdr", &format!("{lead}/score")).json();
    assert_eq!((&now["lead_score"], &now["events"]), (&json!(55), &json!({ "meeting_scheduled": 1 })));
    let rules: Vec<_> =
        now["score_reasons"].as_array().unwrap().iter().map(|reason| reason["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["source.referral", "engagement.meeting_scheduled"]);
    let then = site.get("sdr", &format!("{lead}/score?at={created_at}")).json();
    assert_eq!((&then["lead_score"], &then["at"], &then["events"]), (&json!(25), &json!(created_at), &json!({})));
    assert_eq!(then["policy_version"], "default-1");
}

#[test]
fn the_audit_trail_is_for_admins() {
    let site = Site::new();
    let lead = lead_of_sdr(&site);
    let call = json!({ "activity_type": "call", "subject": "First" });
    let made = send(&site, "POST", "sdr", &format!("{lead}/activities"), None, &call);
    let trail = format!("/api/companies/{}/audit", site.company(0));
    for who in ["sdr", "manager"] {
        site.get(who, &trail).assert_problem(403, "forbidden");
    }
    let request = made.header("x-request-id").unwrap();
    let rows = items(&site.get("admin", &format!("{trail}?request_id={request}")));
    let fields: Vec<_> = rows.iter().filter_map(|row| row["field_name"].as_str()).collect();
    assert_eq!(rows.len(), 6, "{rows:?}");
    for field in ["status", "stage", "contacted_at", "lead_score"] {
        assert!(fields.contains(&field), "{field} of {fields:?}");
    }
    let sdr = site.seed(0)["owners"][0].as_str().unwrap();
    assert!(rows.iter().all(|row| row["user_id"] == sdr && row["request_id"] == request), "{rows:?}");
    let lead_id = lead.rsplit('/').next().unwrap();
    let of_lead = items(&site.get("admin", &format!("{trail}?entity_id={lead_id}&action=create")));
    assert_eq!((of_lead.len(), &of_lead[0]["entity_type"]), (1, &json!("lead")));
    let page = site.get("admin", &format!("{trail}?limit=2"));
    assert!(page.json()["next_cursor"].is_string());
    let cost = page.cost();
    assert!(cost[0] == 1 && cost[1] <= 900 && cost[2] == 0, "{cost:?}");
    site.get("admin", &format!("{trail}?entity_type=thing&cursor=x")).assert_problem(422, "invalid-values");
}
