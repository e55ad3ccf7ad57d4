//! Forms over HTTP: definitions with versions, what visitors get of them, and submissions judged under the one that was seen.

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};
use super::faults::{calls, forget};

const WEBSITE: &str = "https://www.example.com";

fn needed() -> Vec<Value> {
    [("first_name", "text"), ("last_name", "text"), ("company_name", "text"), ("email", "email"), ("phone", "phone")]
        .map(|(name, kind)| json!({ "name": name, "type": kind, "label": name, "required": true }))
        .into()
}

/// A form that asks what for and how many, offers an appointment from 51 on, and speaks German too.
pub(crate) fn body() -> Value {
    let mut fields = needed();
    let names: Vec<Value> = fields.iter().map(|field| field["name"].clone()).collect();
    let options = json!([{ "value": "crm", "label": "CRM" }, { "value": "erp", "label": "ERP" }]);
    let is = |field: &str, value: Value| json!({ "field": field, "op": "is", "value": value });
    fields.push(json!({ "name": "use", "type": "choices", "label": "What for?", "options": options }));
    fields.push(json!({ "name": "seats", "type": "number", "label": "Seats", "min": 1, "show": is("use.erp", json!(true)), "required": true }));
    fields.push(json!({ "name": "gdpr_consent", "type": "consent" }));
    let many = json!({ "field": "seats", "op": "above", "value": 50 });
    json!({
        "name": "Site", "allowed_origins": [WEBSITE], "redirect_hosts": ["thanks.example.com"],
        "definition": {
            "title": "Talk to us", "submit": "Send", "fields": fields,
            "steps": [{ "fields": names }, { "fields": ["use", "seats", "gdpr_consent"] }],
            "thanks": {
                "title": "Thank you", "message": "We will write.",
                "booking": { "url": "https://book.example.com/", "label": "Book", "when": many },
            },
            "consent": { "version": "3", "text": "You may write to me." },
            "translations": { "de": { "/title": "Sprechen Sie mit uns", "/thanks/booking/label": "Termin", "/consent/text": "Sie dürfen mir schreiben." } },
        },
    })
}

fn api(site: &Site, method: &str, path: &str, if_match: Option<&str>, body: &Value) -> Exchange {
    let bearer = site.bearer(0, "admin");
    let mut headers = vec![("authorization", bearer.as_str())];
    headers.extend(if_match.map(|tag| ("if-match", tag)));
    let text = if body.is_null() { String::new() } else { body.to_string() };
    if !text.is_empty() {
        headers.push(("content-type", "application/json"));
    }
    site.send(method, &format!("/api/companies/{}{path}", site.company(0)), &headers, text.as_bytes())
}

fn create(site: &Site, body: &Value) -> Value {
    let made = api(site, "POST", "/forms", None, body);
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

fn send(site: &Site, form: &Value, values: &Value, mut more: Value) -> Exchange {
    let mut values = values.clone();
    values.as_object_mut().unwrap().append(more.as_object_mut().unwrap());
    let path = format!("/f/{}", form["form_key"].as_str().unwrap());
    let headers = [("content-type", "application/json"), ("origin", WEBSITE)];
    site.send("POST", &path, &headers, values.to_string().as_bytes())
}

fn touches(site: &Site) -> Vec<Value> {
    let lead = site.list("admin")[0]["id"].as_str().unwrap().to_owned();
    api(site, "GET", &format!("/leads/{lead}"), None, &Value::Null).json()["touches"].as_array().unwrap().clone()
}

#[test]
fn a_form_comes_changes_and_goes_and_keeps_its_definitions() {
    let site = Site::new();
    let made = api(&site, "POST", "/forms", None, &body());
    let form = made.json();
    let path = format!("/forms/{}", form["id"].as_str().unwrap());
    assert_eq!((made.header("etag"), form["definition_version"].as_i64()), (Some("\"1\""), Some(1)), "{form}");
    assert_eq!(form["definition"]["fields"][3]["autocomplete"], "email");
    let mut definition = form["definition"].clone();
    definition["title"] = json!("Speak to us");
    let changed = api(&site, "PATCH", &path, Some("\"1\""), &json!({ "definition": definition }));
    assert_eq!(
        (changed.status, changed.header("etag"), changed.json()["definition_version"].as_i64()),
        (200, Some("\"2\""), Some(2))
    );
    api(&site, "PATCH", &path, Some("\"1\""), &json!({ "name": "x" })).assert_problem(412, "stale");
    let kept = |number: u32| api(&site, "GET", &format!("{path}/versions/{number}"), None, &Value::Null);
    assert_eq!((kept(1).json()["definition"]["title"].as_str(), kept(3).status), (Some("Talk to us"), 404));
    let listed = api(&site, "GET", "/forms", None, &Value::Null).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2, "the seeded one and this one");
    assert_eq!(api(&site, "DELETE", &path, Some("\"2\""), &Value::Null).status, 204);
    assert_eq!((api(&site, "GET", &path, None, &Value::Null).status, kept(1).status), (404, 404));
    assert_eq!(send(&site, &form, &visitor(1), json!({})).status, 404);
}

#[test]
fn every_refusal_comes_at_once_with_its_place() {
    let site = Site::new();
    let mut wrong = body();
    wrong["definition"]["fields"][6]["show"]["field"] = json!("gdpr_consent");
    wrong["definition"]["fields"][5]["options"] = json!([]);
    wrong["definition"]["fields"][0]["required"] = json!(false);
    wrong["definition"]["thanks"]["redirect"] = json!("https://elsewhere.example.com/");
    wrong["allowed_origins"] = json!(["example.com"]);
    let refused = api(&site, "POST", "/forms", None, &wrong);
    refused.assert_problem(422, "invalid-values");
    let errors = refused.json();
    let told: Vec<_> = errors["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    let expected = [
        ("/allowed_origins/0", "not_origin"),
        ("/definition/fields/5/options", "required"),
        ("/definition/fields/0/required", "unreachable_required_field"),
        ("/definition/fields/6/show/field", "condition_invalid"),
    ];
    assert_eq!(told, expected);
    let mut away = body();
    away["definition"]["thanks"]["redirect"] = json!("https://elsewhere.example.com/");
    let refused = api(&site, "POST", "/forms", None, &away).json();
    assert_eq!(refused["errors"][0]["code"], "not_allowed_here", "{refused}");
}

#[test]
fn visitors_get_a_form_in_their_language_without_its_conditions() {
    let site = Site::new();
    let form = create(&site, &body());
    let path = format!("/f/{}/definition", form["form_key"].as_str().unwrap());
    let ask = |query: &str, origin| site.send("GET", &format!("{path}{query}"), &[("origin", origin)], b"");
    let german = ask("?locale=de-AT", WEBSITE);
    assert_eq!((german.status, german.header("access-control-allow-origin")), (200, Some(WEBSITE)), "{german:?}");
    let shown = german.json();
    assert_eq!(
        (&shown["title"], &shown["locale"], &shown["dir"], &shown["version"]),
        (&json!("Sprechen Sie mit uns"), &json!("de"), &json!("ltr"), &json!(1))
    );
    assert!(shown["logic"].as_str().unwrap().contains("seats"));
    assert_eq!((&shown["fields"][6]["show"], &shown["thanks"]["booking"]), (&Value::Null, &Value::Null));
    assert!(!german.text.contains("lead_score") && !german.text.contains("points"), "no policy");
    assert_eq!(ask("", WEBSITE).json()["title"], "Talk to us");
    ask("", "https://evil.example.com").assert_problem(403, "origin-not-allowed");
    assert_eq!(site.send("GET", "/f/pk_abcdefghijABCDEFGHIJ99/definition", &[], b"").status, 404);
    let seeded = site.send("GET", &format!("{}/definition", site.form_path()), &[], b"").json();
    assert_eq!((seeded["fields"].as_array().unwrap().len(), seeded["steps"].as_array().unwrap().len()), (13, 1));
}

#[test]
fn own_answers_are_judged_kept_and_shown_with_the_touch() {
    let site = Site::new();
    let form = create(&site, &body());
    let refused = send(&site, &form, &visitor(1), json!({ "use": ["erp", "x"], "more": 1 }));
    refused.assert_problem(422, "invalid-values");
    let refused = refused.json();
    let told: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(told, ["/more", "/use", "/seats"]);
    let few =
        send(&site, &form, &visitor(1), json!({ "use": "crm", "seats": "none", "gdpr_consent": true, "locale": "de" }));
    let thanks = json!({ "title": "Thank you", "message": "We will write.", "redirect": null, "booking": null });
    assert_eq!((few.status, few.json()), (202, json!({ "status": "accepted", "thanks": thanks })));
    let many = send(&site, &form, &visitor(1), json!({ "use": ["erp", "crm"], "seats": 51, "locale": "de" })).json();
    assert_eq!(many["thanks"]["booking"], json!({ "url": "https://book.example.com/", "label": "Termin" }));
    let kept = touches(&site);
    assert_eq!(kept.len(), 2);
    assert_eq!(kept[1]["submitted"]["answers"], json!({ "use": ["crm"] }), "what was hidden is not kept");
    assert_eq!(kept[0]["submitted"]["answers"], json!({ "use": ["crm", "erp"], "seats": 51 }));
    assert_eq!((&kept[0]["form_version"], &kept[0]["form_id"]), (&json!(1), &form["id"]));
}

#[test]
fn an_answer_is_judged_under_the_version_that_was_seen() {
    let site = Site::with(&json!({ "watch": {} }));
    let form = create(&site, &body());
    let path = format!("/forms/{}", form["id"].as_str().unwrap());
    let mut definition = form["definition"].clone();
    definition["fields"][6]["name"] = json!("places");
    definition["steps"][1]["fields"] = json!(["use", "places", "gdpr_consent"]);
    definition["thanks"]["booking"] = Value::Null;
    definition["translations"] = Value::Null;
    let changed = api(&site, "PATCH", &path, Some("*"), &json!({ "definition": definition }));
    assert_eq!(changed.status, 200, "{changed:?}");
    let trips = |values: &Value, more: Value, status: u16| {
        forget(site.server());
        let answer = send(&site, &form, values, more);
        assert_eq!(answer.status, status, "{answer:?}");
        calls(site.server()).len()
    };
    // The first one reads the form.
    assert_eq!(trips(&visitor(1), json!({ "use": "erp", "places": 7 }), 202), 3);
    assert_eq!(trips(&visitor(2), json!({ "use": "erp", "places": 7 }), 202), 2);
    // One round trip more for another version, and only once.
    assert_eq!(trips(&visitor(3), json!({ "use": "erp", "seats": 7, "lg_version": 1 }), 202), 3);
    assert_eq!(trips(&visitor(4), json!({ "use": "erp", "seats": 7, "lg_version": "1" }), 202), 2);
    assert_eq!(trips(&visitor(5), json!({ "use": "erp", "seats": 7, "lg_version": 2 }), 422), 0);
    assert_eq!(trips(&visitor(6), json!({ "use": "erp", "places": 7, "lg_version": 99 }), 202), 2, "as it is now");
    let listed = api(&site, "GET", &format!("{path}/submissions"), None, &Value::Null).json();
    let versions: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|item| item["form_version"].as_i64().unwrap()).collect();
    assert_eq!(versions, [2, 1, 1, 2, 2]);
}

#[test]
fn a_submission_with_answers_of_its_own_stays_in_its_budget() {
    let site = Site::with(&json!({ "watch": {} }));
    let form = create(&site, &body());
    let agreed = json!({ "use": ["erp", "crm"], "seats": 51 });
    assert_eq!(send(&site, &form, &visitor(1), agreed.clone()).status, 202);
    for number in 2..5 {
        forget(site.server());
        assert_eq!(send(&site, &form, &visitor(number), agreed.clone()).status, 202);
        let calls = calls(site.server());
        let sum = |name: &str| calls.iter().map(|call| call[name].as_u64().unwrap()).sum::<u64>();
        assert_eq!(calls.len(), 2, "{calls:?}");
        assert!(sum("rows_read") <= 50 && sum("rows_written") <= 16, "{calls:?}");
    }
}

#[test]
fn a_test_is_marked_and_makes_no_lead() {
    let site = Site::new();
    let form = create(&site, &body());
    let path = format!("/forms/{}/submissions", form["id"].as_str().unwrap());
    let mut answers = visitor(1);
    answers["use"] = json!("erp");
    let refused = api(&site, "POST", &path, None, &json!({ "answers": answers }));
    refused.assert_problem(422, "invalid-values");
    assert_eq!(refused.json()["errors"][0]["pointer"], "/answers/seats");
    answers["seats"] = json!(7);
    let test = api(&site, "POST", &path, None, &json!({ "answers": answers }));
    assert_eq!(test.status, 201, "{test:?}");
    assert_eq!(send(&site, &form, &visitor(2), json!({})).status, 202);
    assert_eq!(site.list("admin").len(), 1, "the visitor's");
    let listed = api(&site, "GET", &path, None, &Value::Null).json();
    let marks: Vec<_> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| (item["is_test"].as_bool().unwrap(), item["lead_id"].is_null()))
        .collect();
    assert_eq!(marks, [(false, false), (true, true)]);
    assert_eq!(listed["items"][1], test.json());
}

#[test]
fn many_values_of_one_name_are_for_choices_alone() {
    let site = Site::new();
    let form = create(&site, &body());
    let path = format!("/f/{}", form["form_key"].as_str().unwrap());
    let person = "first_name=Asha&last_name=Verma&company_name=Pumps&email=asha%40pumps.com&phone=%2B919876543210";
    let post = |more: &str| {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        site.send("POST", &path, &headers, format!("{person}{more}").as_bytes())
    };
    let twice = post("&first_name=Tara");
    assert_eq!((twice.status, twice.json()["errors"][0]["code"].as_str()), (422, Some("duplicate_member")));
    assert_eq!(post("&use=crm&use=erp&seats=7").status, 202);
    assert_eq!(touches(&site)[0]["submitted"]["answers"], json!({ "use": ["crm", "erp"], "seats": 7 }));
}
