//! Accounts, contacts and erasure over HTTP (spec B, R).

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

impl Site {
    /// Calls the first company's API at this path below it, with If-Match where a version is given.
    fn call(&self, who: &str, method: &str, path: &str, version: Option<&str>, body: &Value) -> Exchange {
        let key = self.bearer(0, who);
        let mut headers = vec![("authorization", key.as_str())];
        headers.extend(version.map(|version| ("if-match", version)));
        let text = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_null() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, &format!("/api/companies/{}{path}", self.company(0)), &headers, text.as_bytes())
    }

    fn make(&self, who: &str, path: &str, body: &Value) -> Value {
        let made = self.call(who, "POST", path, None, body);
        assert_eq!((made.status, made.header("etag")), (201, Some("\"1\"")), "{made:?}");
        let place = format!("/api/companies/{}{path}/{}", self.company(0), made.json()["id"].as_str().unwrap());
        assert_eq!(made.header("location"), Some(place.as_str()));
        made.json()
    }
}

fn codes(refused: &Exchange) -> Vec<(String, String)> {
    refused.assert_problem(422, "invalid-values");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
}

#[test]
fn an_account_lives_from_creation_to_deletion() {
    let site = Site::new();
    let made = site.make(
        "sdr",
        "/accounts",
        &json!({ "name": "Tidewater", "annual_revenue": 1250000.5, "gstin": "27aapfu0939f1zv", "domain": "Tidewater.com" }),
    );
    assert_eq!(made["account_owner_id"], site.seed(0)["owners"][0]);
    assert_eq!((&made["annual_revenue"], &made["gstin"]), (&json!(1_250_000.5), &json!("27AAPFU0939F1ZV")));
    let defaults =
        ["account_type", "health_score", "lifecycle_stage"].map(|name| made[name].as_str().unwrap().to_owned());
    assert_eq!(defaults, ["prospect", "green", "MQA"]);
    let path = format!("/accounts/{}", made["id"].as_str().unwrap());
    let shown = site.call("sdr", "GET", &path, None, &Value::Null);
    assert_eq!((shown.json(), shown.header("etag")), (made.clone(), Some("\"1\"")));

    let patch = json!({ "health_score": "red", "annual_revenue": null });
    site.call("sdr", "PATCH", &path, None, &patch).assert_problem(428, "precondition-required");
    let patched = site.call("sdr", "PATCH", &path, Some("W/\"1\""), &patch);
    assert_eq!((patched.status, patched.header("etag")), (200, Some("\"2\"")), "{patched:?}");
    assert_eq!((&patched.json()["annual_revenue"], &patched.json()["name"]), (&Value::Null, &json!("Tidewater")));
    let stale = site.call("sdr", "PUT", &path, Some("\"1\""), &json!({ "name": "Ebb" }));
    stale.assert_problem(412, "stale");
    assert_eq!(stale.json()["version"], 2);
    let replaced = site.call("sdr", "PUT", &path, Some("\"2\""), &json!({ "name": "Ebb" })).json();
    assert_eq!((&replaced["health_score"], &replaced["domain"]), (&json!("green"), &Value::Null));

    let wrong =
        json!({ "name": "", "domain": "gmail.com", "gstin": "27AAPFU0939F1ZW", "annual_revenue": "1,5", "id": 1 });
    let refused = site.call("sdr", "PATCH", &path, Some("*"), &wrong);
    let expected = [
        ("/name", "required"),
        ("/domain", "free_mail_domain"),
        ("/annual_revenue", "not_amount"),
        ("/gstin", "not_gstin"),
        ("/id", "read_only_member"),
    ];
    assert_eq!(codes(&refused), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    let nobody = json!({ "account_owner_id": made["id"] });
    let refused = site.call("admin", "PATCH", &path, Some("*"), &nobody);
    assert_eq!(codes(&refused), [("/account_owner_id".to_owned(), "unknown_reference".to_owned())]);
    site.call("sdr", "PATCH", &path, Some("*"), &nobody).assert_problem(403, "forbidden");

    site.call("sdr", "DELETE", &path, Some("*"), &Value::Null).assert_problem(403, "forbidden");
    let contact = site.make("sdr", "/contacts", &json!({ "account_id": made["id"], "name": "Asha Verma" }));
    let in_use = site.call("manager", "DELETE", &path, Some("*"), &Value::Null);
    in_use.assert_problem(409, "account-in-use");
    assert_eq!(in_use.json()["reasons"], json!(["contacts"]));
    let person = format!("/contacts/{}", contact["id"].as_str().unwrap());
    assert_eq!(site.call("manager", "DELETE", &person, Some("\"1\""), &Value::Null).status, 204);
    assert_eq!(site.call("manager", "DELETE", &path, Some("\"3\""), &Value::Null).status, 204);
    site.call("admin", "GET", &path, None, &Value::Null).assert_problem(404, "not-found");
}

#[test]
fn what_is_not_seen_is_not_there() {
    let site = Site::new();
    let account = site.make("admin", "/accounts", &json!({ "name": "Tidewater" }));
    let contact = site.make("admin", "/contacts", &json!({ "account_id": account["id"], "name": "Asha Verma" }));
    let nothing = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b";
    for (record, collection) in [(&account, "accounts"), (&contact, "contacts")] {
        let id = record["id"].as_str().unwrap();
        for (method, body) in [("GET", Value::Null), ("PUT", json!({})), ("PATCH", json!({ "name": "X" }))] {
            let at = |id: &str| site.call("sdr", method, &format!("/{collection}/{id}"), None, &body);
            assert_eq!(at(id).status, 404);
            assert_eq!(at(id).comparable(), at(nothing).comparable(), "{method} {collection}");
        }
        let listed = site.call("sdr", "GET", &format!("/{collection}?q=a"), None, &Value::Null);
        assert_eq!(listed.json(), json!({ "items": [], "next_cursor": null }));
    }
    let hers = json!({ "account_id": account["id"], "name": "Ben" });
    let refused = site.call("sdr", "POST", "/contacts", None, &hers);
    assert_eq!(codes(&refused), [("/account_id".to_owned(), "unknown_reference".to_owned())]);
    let given = json!({ "account_owner_id": site.seed(0)["owners"][0] });
    let path = format!("/accounts/{}", account["id"].as_str().unwrap());
    assert_eq!(site.call("admin", "PATCH", &path, Some("\"1\""), &given).status, 200);
    assert_eq!(site.call("sdr", "GET", &path, None, &Value::Null).status, 200);
    let listed = site.call("sdr", "GET", "/contacts", None, &Value::Null).json();
    assert_eq!(listed["items"], json!([contact]));
}

#[test]
fn pages_of_accounts_and_contacts_cost_a_bounded_number_of_rows() {
    let site = Site::new();
    for n in 0..12 {
        let who = ["sdr", "admin"][n % 2];
        let account = site.make(who, "/accounts", &json!({ "name": format!("Company {n}") }));
        site.make(who, "/contacts", &json!({ "account_id": account["id"], "name": format!("Person {n}") }));
    }
    for (who, seen) in [("sdr", 6), ("manager", 6), ("admin", 12)] {
        for collection in ["accounts", "contacts"] {
            for sort in ["created_at", "-updated_at"] {
                let (mut found, mut cursor) = (0, String::new());
                loop {
                    let path = format!("/{collection}?sort={sort}&limit=5{cursor}");
                    let page = site.call(who, "GET", &path, None, &Value::Null);
                    assert_eq!(page.status, 200, "{page:?}");
                    let [_, read, written] = page.cost();
                    assert!(read < 150 && written == 0, "{who} {path}: {read} rows read");
                    found += page.json()["items"].as_array().unwrap().len();
                    match page.json()["next_cursor"].as_str() {
                        Some(next) => cursor = format!("&cursor={next}"),
                        None => break,
                    }
                }
                assert_eq!(found, seen, "{who} {collection} {sort}");
            }
        }
    }
    let refused = site.call("sdr", "GET", "/accounts?sort=name&health=red", None, &Value::Null);
    let expected = [("?sort", "unknown_value"), ("?health", "unknown_member")];
    assert_eq!(codes(&refused), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[test]
fn an_erased_person_is_gone() {
    let site = Site::new();
    let mut values = visitor(1);
    values["message"] = "My old pump leaks".into();
    assert_eq!(site.post_form(&values, &[("idempotency-key", "one")]).status, 202);
    let lead = site.list("admin").remove(0);
    let account = site.make("admin", "/accounts", &json!({ "name": "Works" }));
    let same = json!({ "account_id": account["id"], "name": "Asha V.", "email": values["email"] });
    let same = site.make("admin", "/contacts", &same);
    let path = format!("/leads/{}/erase", lead["id"].as_str().unwrap());
    site.call("manager", "POST", &path, Some("*"), &Value::Null).assert_problem(403, "forbidden");
    site.call("admin", "POST", &path, None, &Value::Null).assert_problem(428, "precondition-required");
    let erased = site.call("admin", "POST", &path, Some("\"1\""), &Value::Null);
    assert_eq!(erased.status, 200, "{erased:?}");
    let expected = json!({
        "erased": [{ "entity": "lead", "id": lead["id"] }],
        "others": [{ "entity": "contact", "id": same["id"] }],
    });
    assert_eq!(erased.json(), expected);
    assert_eq!(site.list("admin").len(), 0);
    site.call("admin", "POST", &path, Some("*"), &Value::Null).assert_problem(404, "not-found");
    let path = format!("/contacts/{}", same["id"].as_str().unwrap());
    assert_eq!(site.call("admin", "POST", &format!("{path}/erase"), Some("*"), &Value::Null).status, 200);
    site.call("admin", "GET", &path, None, &Value::Null).assert_problem(404, "not-found");
    // The same visitor comes again and is nobody's duplicate.
    assert_eq!(site.post_form(&values, &[("idempotency-key", "two")]).status, 202);
    let again = site.list("admin").remove(0);
    assert_eq!((&again["is_duplicate"], &again["known_customer"]), (&json!(false), &json!(false)));
}
