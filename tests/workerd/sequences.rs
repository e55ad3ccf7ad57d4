//! Settings, sequences and their definitions over HTTP: the seed's names on the wire, versions, and what is refused where.

use serde_json::{Value, json};

use super::exchange::{Exchange, Site};

/// A step whose mail names the lead.
pub(crate) fn step(number: u32, delay: u32) -> Value {
    json!({
        "step_number": number, "delay_days": delay, "subject": format!("Mail {number}, {{{{lead.first_name|\"there\"}}}}"),
        "body": "<p>Hello {{lead.first_name|\"there\"}}, <a href=\"https://example.com/pumps?for={{lead.company_name}}\">see our pumps</a></p>",
        "body_text": "Hello {{lead.first_name|\"there\"}}: https://example.com/pumps",
    })
}

/// A sequence for new leads.
pub(crate) fn welcome() -> Value {
    json!({
        "name": "Welcome", "trigger_event": "lead_created", "is_active": true,
        "steps": [step(1, 0), step(2, 3)],
    })
}

/// Makes a sequence; its path below the company, and its id.
pub(crate) fn made(site: &Site, body: &Value) -> (String, String) {
    let answer = site.ask("manager", "POST", "/sequences", None, body);
    assert_eq!(answer.status, 201, "{answer:?}");
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    (format!("/sequences/{id}"), id)
}

/// Pointer and code of each refused value.
fn refused(answer: &Exchange) -> Vec<(String, String)> {
    answer.assert_problem(422, "invalid-values");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap().iter();
    errors.map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

#[test]
fn a_sequence_is_made_read_and_listed_by_the_seeds_names() {
    let site = Site::new();
    let answer = site.ask("manager", "POST", "/sequences", None, &welcome());
    assert_eq!((answer.status, answer.header("etag")), (201, Some("\"1\"")), "{answer:?}");
    answer.assert_dressed("application/json");
    let sequence = answer.json();
    let path = format!("/sequences/{}", sequence["id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(format!("/api/companies/{}{path}", site.company(0)).as_str()));
    for (name, value) in [
        ("name", json!("Welcome")),
        ("trigger_event", json!("lead_created")),
        ("is_active", json!(true)),
        ("revision", json!(1)),
        // New and contacted leads up to the policy's score, unless it says otherwise (spec E1).
        ("score_max", json!(70)),
        ("exit_statuses", json!(["recycled"])),
    ] {
        assert_eq!(sequence[name], value, "{name}");
    }
    let first = &sequence["steps"][0];
    for name in ["step_number", "subject", "body", "body_text", "delay_days", "is_active"] {
        assert!(!first[name].is_null(), "{name} of {first}");
    }
    let shown = site.ask("sdr", "GET", &path, None, &Value::Null);
    assert_eq!((shown.status, shown.header("etag"), &shown.text), (200, Some("\"1\""), &answer.text));
    let list = site.ask("sdr", "GET", "/sequences", None, &Value::Null).json();
    let line = &list["items"][0];
    assert_eq!((&line["id"], &line["step_count"], &line["steps"]), (&sequence["id"], &json!(2), &Value::Null));
    site.ask("sdr", "POST", "/sequences", None, &welcome()).assert_problem(403, "forbidden");
}

#[test]
fn each_edit_asks_for_its_version_and_each_definition_is_kept() {
    let site = Site::new();
    let (path, _) = made(&site, &welcome());
    let edit = |method, if_match, body: &Value| site.ask("manager", method, &path, if_match, body);
    let longer = json!({ "steps": [step(1, 0), step(2, 5), step(3, 7)] });
    edit("PATCH", None, &longer).assert_problem(428, "precondition-required");
    edit("PATCH", Some("\"7\""), &longer).assert_problem(412, "stale");
    let changed = edit("PATCH", Some("W/\"1\""), &longer);
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")), "{changed:?}");
    assert_eq!(changed.json()["revision"], 2);
    let paused = edit("PATCH", Some("\"2\""), &json!({ "is_active": false })).json();
    assert_eq!(
        (&paused["revision"], &paused["is_active"], &paused["active_since"]),
        (&json!(2), &json!(false), &Value::Null)
    );
    let again = edit("PATCH", Some("\"3\""), &json!({ "is_active": true })).json();
    assert!(again["active_since"].is_string(), "{again}");
    let replaced = edit("PUT", Some("\"4\""), &welcome());
    assert_eq!((replaced.status, &replaced.json()["revision"]), (200, &json!(3)), "{replaced:?}");
    // Every definition stays readable, newest first.
    let get = |path: &str| site.ask("sdr", "GET", path, None, &Value::Null);
    let page = get(&format!("{path}/revisions?limit=2")).json();
    let numbers: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|line| &line["revision"]).collect();
    assert_eq!(numbers, [3, 2]);
    let rest = get(&format!("{path}/revisions?limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).json();
    assert_eq!((&rest["items"][0]["revision"], &rest["next_cursor"]), (&json!(1), &Value::Null));
    let second = get(&format!("{path}/revisions/2")).json();
    assert_eq!((second["steps"].as_array().unwrap().len(), &second["steps"][1]["delay_days"]), (3, &json!(5)));
    for nothing in ["4", "0", "x", "99999999999999999999"] {
        get(&format!("{path}/revisions/{nothing}")).assert_problem(404, "not-found");
    }
    edit("DELETE", None, &Value::Null).assert_problem(428, "precondition-required");
    assert_eq!(edit("DELETE", Some("\"5\""), &Value::Null).status, 204);
    for gone in [path.clone(), format!("{path}/revisions"), format!("{path}/revisions/1"), format!("{path}/counts")] {
        get(&gone).assert_problem(404, "not-found");
    }
    edit("PATCH", Some("*"), &longer).assert_problem(404, "not-found");
}

/// A sequence whose only step is this one.
fn with_step(more: &Value) -> Value {
    let mut step = step(1, 0);
    step.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut body = welcome();
    body["steps"] = json!([step]);
    body
}

#[test]
fn a_template_is_refused_with_its_place() {
    let site = Site::new();
    let cases = [
        (json!({ "body": "<p>{{lead.shoe_size}}</p>" }), "/steps/0/body", "template_value", "Line 1, column 4: "),
        (json!({ "body": "<p>\n  {{lead.state}}</p>" }), "/steps/0/body", "template_value", "Line 2, column 3: "),
        (json!({ "body": "<p>a</p>\n<b>c" }), "/steps/0/body", "template_markup", "Line 2, column 1: "),
        (json!({ "body": "<p onclick=\"x()\">a</p>" }), "/steps/0/body", "template_markup", "Line 1, column 4: "),
        (
            json!({ "body": "<a href=\"javascript:x\">a</a>" }),
            "/steps/0/body",
            "template_markup",
            "Line 1, column 10: ",
        ),
        (json!({ "body_text": "Hi {{lead.first_name" }), "/steps/0/body_text", "template_value", "Line 1, column 4: "),
        (json!({ "body_text": null }), "/steps/0/body_text", "required", ""),
        (json!({ "body": " " }), "/steps/0/body", "required", ""),
        (json!({ "subject": "Hello\r\nBcc: all@example.com" }), "/steps/0/subject", "control_character", ""),
        (json!({ "subject": "a\u{85}b" }), "/steps/0/subject", "control_character", ""),
        (json!({ "subject": "x".repeat(501) }), "/steps/0/subject", "too_long", ""),
        (json!({ "subject": 7 }), "/steps/0/subject", "not_text", ""),
    ];
    for (more, pointer, code, place) in cases {
        let answer = site.ask("manager", "POST", "/sequences", None, &with_step(&more));
        assert_eq!(refused(&answer), [(pointer.to_owned(), code.to_owned())], "{more}");
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.starts_with(place), "{more}: {detail}");
    }
    let none: Vec<Value> = Vec::new();
    assert_eq!(site.ask("manager", "GET", "/sequences", None, &Value::Null).json()["items"], json!(none));
    // All at once, each with its place.
    let mut body = welcome();
    body["steps"][0]["subject"] = json!("{{lead.nobody}}");
    body["steps"][1]["body"] = json!("<b>a");
    body["steps"][1]["body_text"] = json!("");
    let answer = site.ask("manager", "POST", "/sequences", None, &body);
    let pointers: Vec<String> = refused(&answer).into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/steps/0/subject", "/steps/1/body_text", "/steps/1/body"]);
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_pointer() {
    let site = Site::new();
    let cases = [
        (
            json!({ "condition": { "field": "shoe_size", "op": "is", "value": 1 } }),
            "/condition/field",
            "condition_invalid",
        ),
        (
            json!({ "condition": { "all": [{ "field": "country", "op": "at_least", "value": 3 }] } }),
            "/condition/all/0/op",
            "condition_invalid",
        ),
        (
            json!({ "exit_condition": { "field": "lead_score", "op": "at_least", "value": "x" } }),
            "/exit_condition/value",
            "condition_invalid",
        ),
        (json!({ "trigger_event": "full_moon" }), "/trigger_event", "unknown_value"),
        (json!({ "trigger_event": "score_threshold" }), "/score_threshold", "required"),
        (json!({ "trigger_event": "status_changed" }), "/to_status", "required"),
        (json!({ "to_status": "contacted" }), "/to_status", "not_with_trigger"),
        (json!({ "exit_statuses": ["new"] }), "/exit_statuses", "out_of_range"),
        (json!({ "score_max": 101 }), "/score_max", "not_whole_number"),
        (json!({ "daily_cap_per_lead": 0 }), "/daily_cap_per_lead", "not_whole_number"),
        (json!({ "steps": [] }), "/steps", "required"),
        (json!({ "steps": [step(1, 0), step(1, 2)] }), "/steps/1/step_number", "duplicate_member"),
        (json!({ "steps": [step(1, 366)] }), "/steps/0/delay_days", "not_whole_number"),
        (
            json!({ "send_window": { "weekdays": ["mon"], "from": "09:00", "to": "08:00", "time_zone": "lead" } }),
            "/send_window/to",
            "out_of_range",
        ),
        (
            json!({ "send_window": { "weekdays": ["mon"], "from": "9", "to": "24:00", "time_zone": "lead" } }),
            "/send_window/from",
            "not_time_of_day",
        ),
        (
            json!({ "send_window": { "weekdays": ["mon", "funday"], "from": "9", "to": "24:00", "time_zone": "lead" } }),
            "/send_window/weekdays/1",
            "unknown_value",
        ),
        (json!({ "active_since": "2026-11-23T10:00:00Z" }), "/active_since", "read_only_member"),
        (json!({ "colour": "red" }), "/colour", "unknown_member"),
    ];
    for (more, pointer, code) in cases {
        let mut body = welcome();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = site.ask("manager", "POST", "/sequences", None, &body);
        let found = refused(&answer);
        assert!(found.contains(&(pointer.to_owned(), code.to_owned())), "{more}: {found:?}");
    }
}

#[test]
fn a_sequence_may_be_longer_than_other_bodies_and_no_longer() {
    let site = Site::new();
    let mut body = welcome();
    body["steps"][0]["body"] = json!(format!("<p>{}</p>", "x".repeat(59_000)));
    body["steps"][1]["body"] = body["steps"][0]["body"].clone();
    let (path, _) = made(&site, &body);
    let shown = site.ask("sdr", "GET", &path, None, &Value::Null).json();
    assert_eq!(shown["steps"][1]["body"], body["steps"][1]["body"]);
    body["steps"] = (1..=5)
        .map(|number| {
            let mut step = step(number, 1);
            step["body"] = body["steps"][0]["body"].clone();
            step
        })
        .collect();
    site.ask("manager", "POST", "/sequences", None, &body).assert_problem(413, "body-too-large");
}

#[test]
fn settings_are_read_by_all_and_changed_by_admins() {
    let site = Site::new();
    let shown = site.ask("sdr", "GET", "/settings", None, &Value::Null);
    let etag = shown.header("etag").unwrap().to_owned();
    let settings = shown.json();
    assert_eq!((&settings["time_zone"], &settings["track_opens"]), (&json!("UTC"), &json!(true)), "{settings}");
    let sent = json!({ "time_zone": "Asia/Kolkata", "consent": { "default": "given", "countries": { "Germany": "confirmed" } } });
    site.ask("manager", "PATCH", "/settings", Some(&etag), &sent).assert_problem(403, "forbidden");
    let changed = site.ask("admin", "PATCH", "/settings", Some(&etag), &sent);
    assert_eq!(
        (changed.status, &changed.json()["consent"]["countries"]),
        (200, &json!({ "DE": "confirmed" })),
        "{changed:?}"
    );
    site.ask("admin", "PATCH", "/settings", Some(&etag), &sent).assert_problem(412, "stale");
    let wrong = json!({ "time_zone": "Mars/Olympus", "mail_name": "a\r\nBcc: b", "postal_address": 7 });
    let found = refused(&site.ask("admin", "PUT", "/settings", Some("*"), &wrong));
    let codes: Vec<&str> = found.iter().map(|(_, code)| code.as_str()).collect();
    assert_eq!(codes, ["not_time_zone", "control_character", "not_text"]);
}
