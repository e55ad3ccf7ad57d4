//! Qualification and conversion over HTTP: the seed's answers, every refusal, and what a stranger learns.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

/// A lead of the SDR whose key is there; where it is.
pub(crate) fn lead_of_sdr(site: &Site, n: usize, more: &Value) -> String {
    let mut values = visitor(n);
    let members = values.as_object_mut().unwrap();
    members.remove("lg_ms");
    members.insert("lead_source".to_owned(), "referral".into());
    members.insert("campaign".to_owned(), "spring".into());
    members.extend(more.as_object().unwrap().clone());
    let made = site.create("sdr", &values, &[]);
    assert_eq!(made.status, 201, "{}", made.text);
    made.header("location").unwrap().to_owned()
}

pub(crate) fn post(site: &Site, who: &str, path: &str, if_match: Option<&str>, body: &Value) -> Exchange {
    let key = site.bearer(0, who);
    let mut headers = vec![("authorization", key.as_str())];
    headers.extend(if_match.map(|tag| ("if-match", tag)));
    if body.is_null() {
        return site.send("POST", path, &headers, b"");
    }
    headers.push(("content-type", "application/json"));
    site.send("POST", path, &headers, body.to_string().as_bytes())
}

/// Answers that meet so many of the four criteria.
pub(crate) fn bant(criteria: usize) -> Value {
    let all = [("budget", "10 lakh"), ("authority", "CTO"), ("need", "pumps"), ("timeline", "Q1")];
    let met = all[..criteria].iter().map(|(name, text)| ((*name).to_owned(), json!(text)));
    json!({ "bant": Value::Object(met.collect()) })
}

#[test]
fn a_qualification_answers_as_the_seed_says_and_is_kept() {
    let site = Site::new();
    let lead = lead_of_sdr(&site, 1, &json!({}));
    let path = format!("{lead}/qualify");
    let mut body = bant(4);
    body["lead_id"] = json!(lead.rsplit('/').next().unwrap());
    body["meddicc"] = json!({ "champion": "Asha", "competition": { "met": false, "note": "none known" } });
    body["risk_score"] = json!("medium");
    post(&site, "sdr", &path, None, &body).assert_problem(428, "precondition-required");
    post(&site, "sdr", &path, Some("\"4\""), &body).assert_problem(412, "stale");
    let done = post(&site, "sdr", &path, Some("\"1\""), &body);
    assert_eq!((done.status, done.header("etag")), (200, Some("\"2\"")), "{}", done.text);
    let answer = done.json();
    assert_eq!((&answer["success"], &answer["lead_status"]), (&json!(true), &json!("qualified")));
    let result = &answer["qualification_result"];
    assert_eq!((&result["is_qualified"], &result["qualification_score"]), (&json!(true), &json!(100)));
    assert_eq!((&result["missing_criteria"], &result["recommendation"]), (&json!([]), &json!("qualified")));
    assert_eq!((&result["raw"], &result["confirmation_required"]), (&json!(105), &json!(false)));
    let cost = done.cost();
    assert!(cost[0] == 2 && cost[1] <= 30 && cost[2] <= 30, "{cost:?}");
    let shown = site.get("sdr", &lead);
    assert_eq!((shown.header("etag"), &shown.json()["stage"]), (Some("\"2\""), &json!("decision")));
    let failed = post(&site, "sdr", &path, Some("\"2\""), &bant(1)).json();
    assert_eq!(failed["lead_status"], "unqualified");
    assert_eq!(failed["qualification_result"]["missing_criteria"], json!(["Authority", "Need", "Timeline"]));
    let kept = site.get("sdr", &format!("{lead}/qualifications")).json();
    assert_eq!((kept["items"].as_array().unwrap().len(), &kept["next_cursor"]), (2, &Value::Null));
    assert_eq!(kept["items"][1]["answers"]["meddicc"]["competition"], json!({ "met": false, "note": "none known" }));
    assert_eq!(kept["items"][1]["user_id"], site.seed(0)["owners"][0]);
}

#[test]
fn a_qualification_is_refused_for_its_values_its_state_and_its_caller() {
    let site = Site::new();
    let lead = lead_of_sdr(&site, 1, &json!({}));
    let path = format!("{lead}/qualify");
    let wrong = json!({ "lead_id": site.company(0), "bant": { "need": 3 }, "risk_score": "none", "more": 1 });
    let refused = post(&site, "sdr", &path, Some("*"), &wrong);
    refused.assert_problem(422, "invalid-values");
    let refused = refused.json();
    let errors: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(errors, ["/lead_id", "/bant/need", "/risk_score", "/more"]);
    let mut risky = bant(4);
    risky["risk_score"] = json!("high");
    let waits = post(&site, "sdr", &path, Some("*"), &risky).json();
    assert_eq!(
        (&waits["lead_status"], &waits["qualification_result"]["confirmation_required"]),
        (&json!("new"), &json!(true))
    );
    risky["confirm"] = json!(true);
    post(&site, "sdr", &path, Some("*"), &risky).assert_problem(403, "forbidden");
    assert_eq!(post(&site, "manager", &path, Some("*"), &risky).json()["lead_status"], "qualified");
    let theirs = format!("/api/companies/{}/leads/{}", site.company(0), site.company(0));
    let unknown = post(&site, "sdr", &format!("{theirs}/qualify"), Some("*"), &bant(4));
    unknown.assert_problem(404, "not-found");
    let other = site.create("admin", &another(2, &site), &[]).json();
    let others = format!("/api/companies/{}/leads/{}", site.company(0), other["id"].as_str().unwrap());
    for (action, body) in [("qualify", bant(4)), ("convert", json!({})), ("convert/undo", Value::Null)] {
        let unseen = post(&site, "sdr", &format!("{others}/{action}"), Some("*"), &body);
        assert_eq!(unseen.comparable(), unknown.comparable(), "{action}");
    }
    assert_eq!(site.get("sdr", &format!("{others}/qualifications")).comparable(), unknown.comparable());
}

/// A lead that falls to the other SDR: the first turn of the pool may be of the one whose key is there.
fn another(n: usize, site: &Site) -> Value {
    let values = |n: usize| {
        let mut values = visitor(n);
        values.as_object_mut().unwrap().remove("lg_ms");
        values["lead_source"] = json!("referral");
        values["campaign"] = json!("spring");
        values
    };
    let first = site.create("admin", &values(n), &[]).json();
    if first["lead_owner_id"] == site.seed(0)["owners"][0] { values(n + 1) } else { values(n + 2) }
}

#[test]
fn a_conversion_answers_as_the_seed_says_once_and_can_be_undone() {
    let site = Site::new();
    let lead = lead_of_sdr(&site, 1, &json!({ "authority_level": "influencer" }));
    let path = format!("{lead}/convert");
    let refused = post(&site, "sdr", &path, Some("\"1\""), &Value::Null);
    refused.assert_problem(409, "not-convertible");
    let refused = refused.json();
    let unmet: Vec<_> = refused["unmet"].as_array().unwrap().iter().map(|u| u["condition"].as_str().unwrap()).collect();
    assert_eq!(unmet, ["status", "contacted_at", "lead_score"]);
    let body = json!({ "opportunity_amount": "1250.50", "override": { "reason": "The board has signed." } });
    post(&site, "sdr", &path, Some("\"1\""), &body).assert_problem(403, "forbidden");
    post(&site, "manager", &path, None, &body).assert_problem(428, "precondition-required");
    let first = post(&site, "manager", &path, Some("\"1\""), &body);
    assert_eq!((first.status, first.header("etag")), (200, Some("\"2\"")), "{}", first.text);
    let answer = first.json();
    assert_eq!((&answer["success"], &answer["message"]), (&json!(true), &json!("Lead converted successfully")));
    let result = &answer["conversion_result"];
    assert!(["account_id", "contact_id", "opportunity_id"].iter().all(|id| result[id].is_string()), "{result}");
    assert_eq!(result["account"], json!({ "outcome": "created", "why": "no_match" }));
    assert_eq!(result["opportunity"], json!({ "outcome": "created", "why": "opportunity_amount" }));
    let cost = first.cost();
    assert!(cost[0] == 2 && cost[1] <= 60 && cost[2] <= 70, "{cost:?}");
    let again = post(&site, "sdr", &path, None, &json!({}));
    assert_eq!((again.status, &again.text), (200, &first.text), "whatever is asked");
    let shown = site.get("sdr", &lead).json();
    assert_eq!((&shown["status"], &shown["converted_to_account_id"]), (&json!("converted"), &result["account_id"]));
    post(&site, "sdr", &format!("{lead}/qualify"), Some("*"), &bant(4)).assert_problem(409, "impossible-move");
    let undo = format!("{path}/undo");
    post(&site, "sdr", &undo, None, &Value::Null).assert_problem(428, "precondition-required");
    let undone = post(&site, "sdr", &undo, Some("\"2\""), &Value::Null);
    assert_eq!((undone.status, undone.header("etag")), (200, Some("\"3\"")), "{}", undone.text);
    assert_eq!(undone.json()["lead_status"], "new");
    let twice = post(&site, "sdr", &undo, Some("*"), &Value::Null);
    twice.assert_problem(409, "conversion-stands");
    assert_eq!(twice.json()["obstacles"][0]["part"], "lead");
}

#[test]
fn conversions_at_once_make_one_account() {
    let site = Site::new();
    let domain = visitor(1)["email"].as_str().unwrap().split_once('@').unwrap().1.to_owned();
    let leads: Vec<String> =
        (0..5).map(|n| lead_of_sdr(&site, n + 1, &json!({ "email": format!("p{n}@{domain}") }))).collect();
    let body = json!({ "override": { "reason": "All at once." } });
    let start = Barrier::new(10);
    // Each lead twice: ten requests at once.
    let results: Vec<(usize, Exchange)> = thread::scope(|scope| {
        let (site, start, body, leads) = (&site, &start, &body, &leads);
        let running: Vec<_> = (0..10)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    let path = format!("{}/convert", leads[n % 5]);
                    // One that never had its turn is asked to come again.
                    let answers = (0..5).map(|_| post(site, "admin", &path, Some("*"), body));
                    (n % 5, answers.into_iter().find(|answer| answer.status != 503).unwrap())
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let ids = |name: &str| -> Vec<String> {
        let mut ids: Vec<_> = results
            .iter()
            .map(|(_, answer)| {
                assert_eq!(answer.status, 200, "{}", answer.text);
                answer.json()["conversion_result"][name].as_str().unwrap().to_owned()
            })
            .collect();
        ids.sort();
        ids.dedup();
        ids
    };
    assert_eq!((ids("account_id").len(), ids("contact_id").len()), (1, 5));
    for lead in 0..5 {
        let texts: Vec<&str> =
            results.iter().filter(|(n, _)| *n == lead).map(|(_, answer)| answer.text.as_str()).collect();
        assert_eq!(texts[0], texts[1], "two conversions of one lead give one result");
    }
}
