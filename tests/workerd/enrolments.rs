//! Leads in sequences over HTTP: beginning and leaving by hand, moving on, counts, previews and tests to oneself.

use serde_json::{Value, json};

use super::exchange::Site;
use super::qualify::lead_of_sdr;
use super::sequences::{made, step, welcome};

/// A lead of the SDR; its path below the company, and its id.
fn lead(site: &Site, n: usize) -> (String, String) {
    let place = lead_of_sdr(site, n, &json!({}));
    let id = place.rsplit('/').next().unwrap().to_owned();
    (format!("/leads/{id}"), id)
}

#[test]
fn a_lead_begins_and_leaves_by_hand_and_its_timeline_tells() {
    let site = Site::new();
    let (sequence, sequence_id) = made(&site, &welcome());
    let (lead, lead_id) = lead(&site, 1);
    let enrol = || site.ask("sdr", "POST", &format!("{sequence}/enrolments"), None, &json!({ "lead_id": lead_id }));
    let begun = enrol();
    assert_eq!(begun.status, 201, "{begun:?}");
    begun.assert_dressed("application/json");
    let place = format!("{lead}/enrolments/{sequence_id}");
    assert_eq!(begun.header("location"), Some(format!("/api/companies/{}{place}", site.company(0)).as_str()));
    let enrolment = begun.json();
    assert_eq!(
        (&enrolment["state"], &enrolment["revision"], &enrolment["next_step"], &enrolment["due_at"]),
        (&json!("active"), &json!(1), &json!(1), &enrolment["enrolled_at"]),
        "{enrolment}"
    );
    let get = |path: &str| site.ask("sdr", "GET", path, None, &Value::Null);
    assert_eq!(get(&place).json(), enrolment);
    for list in [format!("{lead}/enrolments"), format!("{sequence}/enrolments?state=active")] {
        assert_eq!(get(&list).json(), json!({ "items": [enrolment], "next_cursor": null }), "{list}");
    }
    let again = enrol();
    again.assert_problem(409, "not-enrollable");
    assert_eq!(again.json()["reasons"], json!(["enrolled_before"]));
    let left = site.ask("sdr", "POST", &format!("{place}/leave"), None, &Value::Null);
    let told = left.json();
    assert_eq!(
        (left.status, &told["state"], &told["left_reason"]),
        (200, &json!("left"), &json!("removed")),
        "{left:?}"
    );
    assert_eq!(site.ask("manager", "POST", &format!("{place}/leave"), None, &Value::Null).json(), told, "once is once");
    assert_eq!(enrol().json()["reasons"], json!(["enrolled_before"]));
    let timeline = get(&format!("{lead}/activities")).json();
    let events: Vec<_> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["entry"] == "activity")
        .map(|item| (item["event"].as_str().unwrap(), item["subject"].as_str().unwrap()))
        .collect();
    assert_eq!(events, [("left_sequence", "Welcome: removed"), ("enrolled", "Welcome")]);
    let elsewhere = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    for nothing in [format!("{lead}/enrolments/{elsewhere}"), format!("/leads/{elsewhere}/enrolments/{sequence_id}")] {
        get(&nothing).assert_problem(404, "not-found");
        site.ask("sdr", "POST", &format!("{nothing}/leave"), None, &Value::Null).assert_problem(404, "not-found");
    }
}

#[test]
fn every_reason_against_enrolling_is_told() {
    let site = Site::new();
    let mut paused = welcome();
    paused["is_active"] = json!(false);
    paused["score_max"] = json!(10);
    let (sequence, _) = made(&site, &paused);
    let (_, lead_id) = lead(&site, 1);
    let enrol = |body: &Value| site.ask("manager", "POST", &format!("{sequence}/enrolments"), None, body);
    let refused = enrol(&json!({ "lead_id": lead_id }));
    refused.assert_problem(409, "not-enrollable");
    assert_eq!(refused.json()["reasons"], json!(["sequence_inactive", "score_reached"]));
    for (body, code) in [
        (json!({}), "required"),
        (json!({ "lead_id": "x" }), "not_id"),
        (json!({ "lead_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" }), "unknown_reference"),
    ] {
        let refused = enrol(&body);
        refused.assert_problem(422, "invalid-values");
        assert_eq!(
            (&refused.json()["errors"][0]["pointer"], &refused.json()["errors"][0]["code"]),
            (&json!("/lead_id"), &json!(code))
        );
    }
}

#[test]
fn enrolled_leads_stay_on_their_revision_until_they_are_moved() {
    let site = Site::new();
    let (sequence, sequence_id) = made(&site, &welcome());
    let (lead, lead_id) = lead(&site, 1);
    site.ask("sdr", "POST", &format!("{sequence}/enrolments"), None, &json!({ "lead_id": lead_id }));
    let slower = json!({ "steps": [step(1, 2), step(2, 3)] });
    let edited = site.ask("manager", "PATCH", &sequence, Some("\"1\""), &slower);
    assert_eq!(edited.json()["revision"], 2, "{edited:?}");
    let place = format!("{lead}/enrolments/{sequence_id}");
    let shown = || site.ask("sdr", "GET", &place, None, &Value::Null).json();
    assert_eq!(shown()["revision"], 1);
    let moving = format!("{sequence}/move-enrolled");
    let ask = |who, tag, body: &Value| site.ask(who, "POST", &moving, tag, body);
    ask("sdr", Some("*"), &Value::Null).assert_problem(403, "forbidden");
    ask("manager", None, &Value::Null).assert_problem(428, "precondition-required");
    ask("manager", Some("\"1\""), &Value::Null).assert_problem(412, "stale");
    ask("manager", Some("\"2\""), &json!({ "limit": 501 })).assert_problem(422, "invalid-values");
    let moved = ask("manager", Some("\"2\""), &json!({ "limit": 500 })).json();
    assert_eq!(
        (&moved["moved"], &moved["items"][0]["lead_id"], &moved["next_cursor"]),
        (&json!(1), &json!(lead_id), &Value::Null)
    );
    let now = shown();
    assert_eq!((&now["revision"], &now["next_step"]), (&json!(2), &json!(1)));
    assert_ne!(now["due_at"], now["enrolled_at"], "the first step comes two days later now");
    assert_eq!(ask("manager", Some("*"), &Value::Null).json()["moved"], 0);
}

#[test]
fn counts_are_by_step_and_of_what_the_caller_sees() {
    let site = Site::new();
    let (sequence, sequence_id) = made(&site, &welcome());
    let leads: Vec<_> = (1..=3).map(|n| lead(&site, n)).collect();
    for (_, lead_id) in &leads {
        site.ask("manager", "POST", &format!("{sequence}/enrolments"), None, &json!({ "lead_id": lead_id }));
    }
    site.ask("sdr", "POST", &format!("{}/enrolments/{sequence_id}/leave", leads[0].0), None, &Value::Null);
    // The last one is nobody's any more.
    let owner = json!({ "owner_id": site.seed(0)["owners"][1] });
    assert_eq!(site.ask("admin", "POST", &format!("{}/assign", leads[2].0), Some("*"), &owner).status, 200);
    let counts = |who| site.ask(who, "GET", &format!("{sequence}/counts"), None, &Value::Null).json();
    let told = counts("admin");
    assert_eq!(
        (&told["enrolled"], &told["active"], &told["finished"], &told["left"]),
        (&json!(3), &json!(2), &json!(0), &json!(1)),
        "{told}"
    );
    assert_eq!(told["left_by_reason"], json!({ "removed": 1 }));
    for name in
        ["queued", "sent", "delivered", "opened", "clicked", "bounced", "complained", "dead", "parked", "cancelled"]
    {
        assert_eq!(told["steps"][0][name], 0, "{name}");
    }
    assert_eq!((&told["steps"][0]["due"], &told["steps"][1]["step_number"]), (&json!(2), &json!(2)));
    assert_eq!(counts("sdr")["enrolled"], 2, "the third is another's");
}

#[test]
fn a_step_is_seen_as_a_lead_would_get_it_and_sent_to_oneself() {
    let site = Site::new();
    let (sequence, _) = made(&site, &welcome());
    let values = json!({ "first_name": "<b>Asha</b>", "company_name": "Verma & \"Sons\"" });
    let place = lead_of_sdr(&site, 1, &values);
    let lead_id = place.rsplit('/').next().unwrap();
    let preview = |who, body: &Value| site.ask(who, "POST", &format!("{sequence}/preview"), None, body);
    let shown = preview("sdr", &json!({ "step_number": 1, "lead_id": lead_id }));
    assert_eq!(shown.status, 200, "{shown:?}");
    let mail = shown.json();
    assert_eq!(mail["subject"], "Mail 1, <b>Asha</b>", "a subject is plain text");
    let body = mail["body"].as_str().unwrap();
    assert!(
        body.contains(
            "<p>Hello &lt;b&gt;Asha&lt;/b&gt;, <a href=\"https://example.com/pumps?for=Verma%20%26%20%22Sons%22\">"
        ),
        "{body}"
    );
    assert!(body.contains("/m/u/preview\"") && !body.contains("<b>Asha"), "{body}");
    assert!(mail["body_text"].as_str().unwrap().starts_with("Hello <b>Asha</b>: https://example.com/pumps"), "{mail}");
    let pointer = |answer: super::exchange::Exchange| {
        answer.assert_problem(422, "invalid-values");
        answer.json()["errors"][0]["pointer"].as_str().unwrap().to_owned()
    };
    assert_eq!(pointer(preview("sdr", &json!({ "step_number": 9, "lead_id": lead_id }))), "/step_number");
    assert_eq!(pointer(preview("sdr", &json!({ "step_number": 1 }))), "/lead_id");
    let test = |who, body: &Value| site.ask(who, "POST", &format!("{sequence}/test"), None, body);
    test("sdr", &json!({ "step_number": 1 })).assert_problem(409, "mail-not-set-up");
    let from = json!({ "mail_address": "hello@tidewater-pumps.com" });
    assert_eq!(site.ask("admin", "PATCH", "/settings", Some("*"), &from).status, 200);
    let sent = test("sdr", &json!({ "step_number": 2, "lead_id": lead_id }));
    assert_eq!(sent.status, 200, "{sent:?}");
    let people = site.ask("sdr", "GET", "/users?role=sdr", None, &Value::Null).json();
    let own = people["items"].as_array().unwrap().iter().find(|user| user["id"] == site.seed(0)["owners"][0]).unwrap();
    assert_eq!(sent.json()["to_address"], own["email"], "to oneself and nobody else");
    assert!(sent.json()["mail_id"].is_string());
    assert_eq!(test("manager", &json!({ "step_number": 1 })).status, 200, "without a lead it goes by a made-up person");
    let counts = site.ask("admin", "GET", &format!("{sequence}/counts"), None, &Value::Null).json();
    assert_eq!(
        (&counts["enrolled"], &counts["steps"][0]["queued"]),
        (&json!(0), &json!(0)),
        "a test is no step of anybody's"
    );
}
