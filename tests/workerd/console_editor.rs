//! The editor of a form over HTTP: who may use it, what it judges and saves, and what a trial leaves (spec K4).

use serde_json::{Value, json};

use super::console::{ADMIN, Person, SDR, api, seeded};
use super::exchange::Exchange;
use super::sign_in::Entrance;

fn ask(person: &Person<'_>, path: &str, body: &Value) -> Exchange {
    let own = person.entrance.site.server().url().to_owned();
    let headers = [("origin", own.as_str()), ("cookie", person.cookie.as_str()), ("content-type", "application/json")];
    person.entrance.site.send("POST", path, &headers, body.to_string().as_bytes())
}

/// The members of a form that can be sent.
fn values(form: &Value) -> Value {
    let names = ["name", "allowed_origins", "redirect_hosts", "country", "is_active", "definition"];
    names.into_iter().map(|name| (name.to_owned(), form[name].clone())).collect::<serde_json::Map<_, _>>().into()
}

fn urlencoded(pairs: &[(&str, &str)]) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    pairs.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

fn answers() -> Value {
    json!({ "first_name": "Asha", "last_name": "Verma", "email": "asha@trial-works.com", "phone": "+91 98200 12345", "company_name": "Trial Works" })
}

#[test]
fn the_editor_is_for_managers_of_the_company_and_our_own_page() {
    let mut entrance = Entrance::new();
    let cookies = [ADMIN, SDR].map(|email| entrance.enter(email));
    let [admin, sdr] = cookies.map(|cookie| Person { entrance: &entrance, cookie });
    let page = format!("/console/forms/{}", seeded(&entrance));
    let shown = admin.get(&format!("{page}/edit"));
    assert_eq!(shown.status, 200, "{shown:?}");
    shown.assert_dressed("text/html; charset=utf-8");
    let policy = shown.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-src 'self'") && !policy.contains("unsafe"), "{policy}");
    let preview = admin.get(&format!("{page}/preview"));
    let policy = preview.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors 'self'") && policy.contains("form-action 'none'"), "{policy}");
    for path in ["edit", "preview"] {
        assert_eq!(sdr.get(&format!("{page}/{path}")).status, 403, "{path}");
    }
    let theirs = entrance.site.bearer(1, "admin");
    let forms = format!("/api/companies/{}/forms", entrance.site.company(1));
    let theirs = entrance.site.send("GET", &forms, &[("authorization", &theirs)], b"").json();
    let theirs = format!("/console/forms/{}", theirs["items"][0]["id"].as_str().unwrap());
    for path in ["edit", "preview"] {
        assert_eq!(admin.get(&format!("{theirs}/{path}")).status, 404, "{path}");
    }
    for path in ["check", "try"] {
        assert_eq!(ask(&sdr, &format!("{page}/{path}"), &json!({})).status, 403, "{path}");
        let other = ask(&admin, &format!("{theirs}/{path}"), &json!({}));
        assert_eq!((other.status, other.header("content-type")), (404, Some("application/problem+json")), "{path}");
        let headers = [
            ("origin", "https://evil.example"),
            ("cookie", admin.cookie.as_str()),
            ("content-type", "application/json"),
        ];
        let evil = entrance.site.send("POST", &format!("{page}/{path}"), &headers, b"{}");
        assert_eq!(evil.status, 403, "{path}");
    }
    assert_eq!(sdr.post(&format!("{page}/edit"), "version=1").status, 403);
}

#[test]
fn a_draft_is_judged_as_the_api_judges_it_and_nothing_is_saved() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let id = seeded(&entrance);
    let check = format!("/console/forms/{id}/check");
    let form = api(&entrance, "GET", &format!("/forms/{id}"), &Value::Null);
    let mut draft = values(&form);
    let same = ask(&admin, &check, &draft).json();
    assert_eq!((&same["errors"], &same["saved"]), (&json!([]), &json!(true)), "{same}");
    assert_eq!(same["contrast"].as_array().unwrap().len(), 14, "{same}");
    draft["definition"]["title"] = json!("Another title");
    draft["definition"]["theme"] = json!({ "accent": "#ffe14d", "mode": "light" });
    let other = ask(&admin, &check, &draft).json();
    assert_eq!((&other["saved"], &other["shown"]["title"]), (&json!(false), &json!("Another title")), "{other}");
    let failed: Vec<&str> = other["contrast"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["passes"] == false)
        .map(|one| one["front"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["on_accent", "accent"]);
    draft["definition"]["steps"][0]["skip"] = json!({ "field": "first_name", "op": "is", "value": "x" });
    draft["allowed_origins"] = json!(["nothing"]);
    let refused = ask(&admin, &check, &draft).json();
    let key = entrance.site.bearer(0, "admin");
    let headers = [("authorization", key.as_str()), ("content-type", "application/json"), ("if-match", "*")];
    let path = format!("/api/companies/{}/forms/{id}", entrance.site.company(0));
    let by_api = entrance.site.send("PUT", &path, &headers, draft.to_string().as_bytes());
    assert_eq!((by_api.status, &by_api.json()["errors"]), (422, &refused["errors"]));
    assert_eq!(refused["shown"], Value::Null);
    assert_eq!(api(&entrance, "GET", &format!("/forms/{id}"), &Value::Null), form);
}

#[test]
fn saving_is_the_apis_command_and_a_stale_page_keeps_what_was_typed() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let id = seeded(&entrance);
    let edit = format!("/console/forms/{id}/edit");
    let of_api = format!("/forms/{id}");
    let form = api(&entrance, "GET", &of_api, &Value::Null);
    let mut definition = form["definition"].clone();
    definition["title"] = json!("Saved <here>");
    let (text, version) = (definition.to_string(), form["version"].to_string());
    let body = |version: &str, definition: &str| {
        urlencoded(&[
            ("version", version),
            ("name", "Edited"),
            ("allowed_origins", "https://www.example.com\r\n\r\n http://localhost:8080 "),
            ("redirect_hosts", ""),
            ("country", "de"),
            ("is_active", "on"),
            ("definition", definition),
        ])
    };
    let saved = admin.post(&edit, &body(&version, &text));
    assert_eq!((saved.status, saved.header("location")), (303, Some(format!("{edit}?saved").as_str())), "{saved:?}");
    let now = api(&entrance, "GET", &of_api, &Value::Null);
    assert_eq!((&now["definition"]["title"], &now["country"]), (&json!("Saved <here>"), &json!("DE")));
    assert_eq!(now["allowed_origins"], json!(["https://www.example.com", "http://localhost:8080"]));
    assert_eq!(now["definition_version"], json!(form["definition_version"].as_i64().unwrap() + 1));
    // The version that was opened does not stand any more.
    let stale = admin.post(&edit, &body(&version, &text.replace("<here>", "&amp; mine")));
    assert_eq!(stale.status, 412, "{stale:?}");
    assert!(stale.text.contains("Somebody else saved this form meanwhile"), "{stale:?}");
    assert!(stale.text.contains("&amp;amp; mine"), "what was typed stands there, escaped");
    assert_eq!(api(&entrance, "GET", &of_api, &Value::Null), now);
    let broken = admin.post(&edit, &body("2", "{\n\"title\": }"));
    assert!(broken.status == 422 && broken.text.contains("line 2"), "{broken:?}");
    let wrong = admin.post(&edit, &body(&now["version"].to_string(), &text.replace("\"email\"", "\"e mail\"")));
    assert!(wrong.status == 422 && wrong.text.contains("/definition/fields/"), "{wrong:?}");
}

#[test]
fn a_trial_of_the_saved_form_is_a_test_and_one_of_a_draft_leaves_nothing() {
    let mut entrance = Entrance::new();
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let id = seeded(&entrance);
    let path = format!("/console/forms/{id}/try");
    let form = api(&entrance, "GET", &format!("/forms/{id}"), &Value::Null);
    let leads = |entrance: &Entrance| api(entrance, "GET", "/leads?limit=200", &Value::Null)["items"].clone();
    let before = leads(&entrance);
    let kept = ask(&admin, &path, &json!({ "definition": form["definition"], "answers": answers() }));
    assert_eq!((kept.status, &kept.json()["kept"]), (200, &json!(true)), "{kept:?}");
    let mut draft = form["definition"].clone();
    draft["thanks"]["message"] = json!("By a draft");
    let judged = ask(&admin, &path, &json!({ "definition": draft, "answers": answers() })).json();
    assert_eq!((&judged["kept"], &judged["thanks"]["message"]), (&json!(false), &json!("By a draft")), "{judged}");
    let mut wrong = answers();
    wrong["email"] = json!("nobody");
    let refused = ask(&admin, &path, &json!({ "definition": draft, "answers": wrong }));
    assert_eq!((refused.status, &refused.json()["errors"][0]["pointer"]), (422, &json!("/email")), "{refused:?}");
    let sent = api(&entrance, "GET", &format!("/forms/{id}/submissions"), &Value::Null);
    let tests: Vec<&Value> = sent["items"].as_array().unwrap().iter().map(|one| &one["is_test"]).collect();
    assert_eq!(tests, [&json!(true)], "{sent}");
    assert_eq!(leads(&entrance), before, "no lead was made or touched");
}
