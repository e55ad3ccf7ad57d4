//! Who is never mailed, over HTTP: the list, and what submissions and edits ask of it (spec E4, L7).

use serde_json::{Value, json};

use super::client::{Client, visitor};
use super::exchange::{Exchange, Site};
use super::faults::{calls, forget};
use super::mail_back::Mailed;
use crate::server::{Disk, Server, State};

fn call(site: &Site, who: &str, method: &str, path: &str, body: &Value) -> Exchange {
    let bearer = site.bearer(0, who);
    let mut headers = vec![("authorization", bearer.as_str()), ("if-match", "*")];
    let bytes = if body.is_null() { String::new() } else { body.to_string() };
    if !body.is_null() {
        headers.push(("content-type", "application/json"));
    }
    site.send(method, &format!("/api/companies/{}{path}", site.company(0)), &headers, bytes.as_bytes())
}

#[test]
fn the_list_shows_hashes_and_takes_addresses_in_bodies_alone() {
    let site = Site::new();
    let asha = json!({ "email": "Asha@Example.com" });
    let added = call(&site, "manager", "POST", "/suppressions", &asha);
    assert_eq!(added.status, 201, "{added:?}");
    let row = added.json();
    let place = format!("/suppressions/{}", row["id"].as_str().unwrap());
    assert!(added.header("location").unwrap().ends_with(&place), "{added:?}");
    assert_eq!((&row["reason"], &row["sequence_id"]), (&json!("by_hand"), &Value::Null));
    assert_eq!(call(&site, "admin", "POST", "/suppressions", &asha).json(), row, "it stands already");
    let looked = call(&site, "manager", "POST", "/suppressions/look-up", &json!({ "email": "asha@example.com" }));
    assert_eq!(looked.json(), json!({ "address_hash": row["address_hash"], "items": [row] }));
    let nobody = call(&site, "manager", "POST", "/suppressions/look-up", &json!({ "email": "ben@example.com" }));
    assert_eq!(nobody.json()["items"], json!([]));
    let list = call(&site, "manager", "GET", "/suppressions", &Value::Null);
    assert_eq!(list.json(), json!({ "items": [row], "next_cursor": null }));
    assert!(!list.text.contains("example.com"), "{list:?}");
    assert_eq!(call(&site, "manager", "GET", &place, &Value::Null).json(), row);
    call(&site, "manager", "GET", "/suppressions?email=asha@example.com", &Value::Null)
        .assert_problem(422, "invalid-values");
    for (method, path, body) in [("GET", "/suppressions", &Value::Null), ("POST", "/suppressions/look-up", &asha)] {
        call(&site, "sdr", method, path, body).assert_problem(403, "forbidden");
    }
    assert_eq!(call(&site, "manager", "DELETE", &place, &Value::Null).status, 204);
    call(&site, "manager", "DELETE", &place, &Value::Null).assert_problem(404, "not-found");
    let trail = site.get("admin", &format!("/api/companies/{}/audit?entity_type=suppression", site.company(0)));
    let actions: Vec<&str> = trail.json()["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["action"].as_str().unwrap().to_owned().leak() as &str)
        .collect();
    assert_eq!(actions, ["delete", "create"], "{trail:?}");
}

#[test]
fn what_a_person_asked_for_stands() {
    let mailed = Mailed::new();
    let path = mailed.leave();
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(mailed.site.send("POST", &path, &form, b"List-Unsubscribe=One-Click").status, 200);
    let list = call(&mailed.site, "manager", "GET", "/suppressions", &Value::Null).json();
    let place = format!("/suppressions/{}", list["items"][0]["id"].as_str().unwrap());
    let refused = call(&mailed.site, "admin", "DELETE", &place, &Value::Null);
    refused.assert_problem(409, "suppression-stands");
    assert_eq!(refused.json()["reason"], "unsubscribed");
    // Nobody says yes for them: neither the form nor whoever works here.
    let lead = mailed.site.list("admin")[0].clone();
    let known = format!("/leads/{}", lead["id"].as_str().unwrap());
    let by_lead = call(&mailed.site, "manager", "POST", "/suppressions/look-up", &json!({ "lead_id": lead["id"] }));
    assert_eq!(by_lead.json()["items"], list["items"]);
    let mut values = visitor(1);
    values["gdpr_consent"] = true.into();
    values["job_title"] = "Buyer".into();
    assert_eq!(mailed.site.post_form(&values, &[]).status, 202);
    let patched = call(&mailed.site, "admin", "PATCH", &known, &json!({ "gdpr_consent": true }));
    assert_eq!((patched.status, &patched.json()["gdpr_consent"]), (200, &json!(false)), "{patched:?}");
    assert_eq!(mailed.rows("SELECT count(*) FROM opt_ins"), ["1"]);
    // Another lead of the same address, once the first one is hidden.
    assert_eq!(call(&mailed.site, "admin", "DELETE", &known, &Value::Null).status, 204);
    let asked = mailed.site.post_form(&values, &[]);
    let [trips, read, written] = asked.cost();
    assert_eq!(
        (asked.status, mailed.rows("SELECT count(*) FROM opt_ins").as_slice()),
        (202, ["2".to_owned()].as_slice())
    );
    assert!(trips == 2 && read <= 50 && written <= 17, "{trips} {read} {written}");
    let again = mailed.site.list("admin")[0].clone();
    assert_ne!(again["id"], lead["id"]);
    assert_eq!((&again["gdpr_consent"], &again["opt_in_date"]), (&json!(false), &Value::Null));
}

#[test]
fn a_lead_that_is_not_seen_has_no_address() {
    let site = Site::new();
    site.post_form(&visitor(1), &[]);
    let lead = site.list("admin")[0]["id"].clone();
    let unknown = json!({ "lead_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c" });
    for path in ["/suppressions", "/suppressions/look-up"] {
        let refused = call(&site, "manager", "POST", path, &unknown);
        refused.assert_problem(422, "invalid-values");
        assert_eq!(refused.json()["errors"][0]["code"], "unknown_reference");
        let status = call(&site, "admin", "POST", path, &json!({ "lead_id": lead })).status;
        assert!([200, 201].contains(&status), "{status}");
    }
    let bearer = site.bearer(1, "admin");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let place = format!("/api/companies/{}/suppressions/look-up", site.company(1));
    let foreign = site.send("POST", &place, &headers, json!({ "lead_id": lead }).to_string().as_bytes());
    foreign.assert_problem(422, "invalid-values");
}

#[test]
fn without_a_secret_the_list_takes_no_address() {
    let site = Site::with(&json!({ "vars": { "MAIL_SECRET": "" } }));
    let asha = json!({ "email": "asha@example.com" });
    for path in ["/suppressions", "/suppressions/look-up"] {
        call(&site, "admin", "POST", path, &asha).assert_problem(409, "mail-not-set-up");
    }
    assert_eq!(call(&site, "admin", "GET", "/suppressions", &Value::Null).status, 200);
    let mut values = visitor(1);
    values["gdpr_consent"] = true.into();
    assert_eq!(site.post_form(&values, &[]).status, 202);
    assert_eq!(site.list("admin")[0]["gdpr_consent"], true);
}

#[test]
fn a_submission_that_asks_the_list_stays_in_its_row_budget() {
    let state = State::new(Disk::Memory);
    let database = rusqlite::Connection::open(state.database()).unwrap();
    let server = Server::start(&state, &json!({ "watch": {} }));
    let client = Client::new(&server, &state);
    assert_eq!(client.submit(&visitor(1), "first").unwrap().status, 202);
    // Whoever gets a lead is counted.
    let counted = "UPDATE rounds SET loads = (SELECT json_group_object(id, 0) FROM users u WHERE u.company_id = rounds.company_id)";
    database.execute_batch(counted).unwrap();
    let agreed = |n: usize| {
        let mut values = visitor(n);
        values["gdpr_consent"] = true.into();
        values
    };
    // With consent; with a question for it.
    for (n, most, sql) in [(2, 16, ""), (3, 18, "UPDATE company_settings SET double_opt_in = 1")] {
        database.execute_batch(sql).unwrap();
        forget(&server);
        assert_eq!(client.submit(&agreed(n), &format!("key-{n}")).unwrap().status, 202);
        let calls = calls(&server);
        let sum = |name: &str| calls.iter().map(|call| call[name].as_u64().unwrap()).sum::<u64>();
        let cost = (calls.len(), sum("rows_read"), sum("rows_written"));
        println!("{cost:?} after {sql}");
        assert!(cost.0 == 2 && cost.1 <= 50 && cost.2 <= most, "{cost:?} after {sql}");
    }
}
