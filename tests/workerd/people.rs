//! People, pools, territories and keys over HTTP.

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

impl Site {
    /// Sends JSON with a person's key below the first company.
    pub(crate) fn ask(&self, who: &str, method: &str, path: &str, if_match: Option<&str>, body: &Value) -> Exchange {
        self.ask_as(&self.bearer(0, who), method, path, if_match, body)
    }

    /// The same with any key.
    fn ask_as(&self, key: &str, method: &str, path: &str, if_match: Option<&str>, body: &Value) -> Exchange {
        let mut headers = vec![("authorization", key)];
        headers.extend(if_match.map(|tag| ("if-match", tag)));
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        if !body.is_null() {
            headers.push(("content-type", "application/json"));
        }
        self.send(method, &format!("/api/companies/{}{path}", self.company(0)), &headers, &bytes)
    }

    fn owner(&self, n: usize) -> &str {
        self.seed(0)["owners"][n].as_str().unwrap()
    }

    fn default_pool(&self) -> Value {
        let pools = self.ask("admin", "GET", "/pools", None, &Value::Null).json();
        pools["items"].as_array().unwrap().iter().find(|pool| pool["is_default"] == true).unwrap().clone()
    }
}

fn id(answer: &Exchange) -> String {
    answer.json()["id"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[test]
fn a_person_is_added_read_changed_and_kept_unique() {
    let site = Site::new();
    let body = json!({ "name": "Dev Rao", "email": "dev@tidewater-pumps.com", "role": "sdr", "capacity": 3 });
    let made = site.ask("admin", "POST", "/users", None, &body);
    assert_eq!((made.status, made.header("etag")), (201, Some("\"1\"")), "{made:?}");
    made.assert_dressed("application/json");
    let path = format!("/users/{}", id(&made));
    assert_eq!(made.header("location"), Some(format!("/api/companies/{}{path}", site.company(0)).as_str()));
    let shown = site.ask("sdr", "GET", &path, None, &Value::Null);
    assert_eq!((shown.status, shown.text.clone()), (200, made.text.clone()));
    site.ask("admin", "POST", "/users", None, &body).assert_problem(409, "email-taken");
    let patch = json!({ "absent_until": "2099-01-01T00:00:00Z", "capacity": null });
    site.ask("admin", "PATCH", &path, None, &patch).assert_problem(428, "precondition-required");
    site.ask("admin", "PATCH", &path, Some("\"9\""), &patch).assert_problem(412, "stale");
    let changed = site.ask("admin", "PATCH", &path, Some("W/\"1\""), &patch);
    assert_eq!((changed.status, changed.header("etag")), (200, Some("\"2\"")), "{changed:?}");
    let user = changed.json();
    assert_eq!((&user["absent_until"], &user["capacity"]), (&json!("2099-01-01T00:00:00.000Z"), &Value::Null));
    let put = site.ask("admin", "PUT", &path, Some("\"2\""), &body);
    assert_eq!(
        (put.status, put.json()["absent_until"].clone(), put.json()["capacity"].clone()),
        (200, json!(null), json!(3))
    );
    let shown = site.ask("sdr", "GET", &path, None, &Value::Null);
    assert_eq!(shown.text, put.text, "what is answered is what is stored");
    let wrong = site.ask("admin", "POST", "/users", None, &json!({ "name": "", "role": "boss", "id": "x", "pay": 1 }));
    wrong.assert_problem(422, "invalid-values");
    let codes: Vec<Value> =
        wrong.json()["errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
    assert_eq!(json!(codes), json!(["required", "required", "unknown_value", "read_only_member", "unknown_member"]));
}

#[test]
fn only_admins_change_settings_and_everybody_reads_them() {
    let site = Site::new();
    let body = json!({ "name": "X", "email": "x@tidewater-pumps.com", "role": "admin" });
    for who in ["manager", "sdr"] {
        site.ask(who, "POST", "/users", None, &body).assert_problem(403, "forbidden");
        site.ask(who, "PATCH", &format!("/users/{}", site.owner(0)), Some("*"), &json!({ "role": "admin" }))
            .assert_problem(403, "forbidden");
        site.ask(who, "POST", "/pools", None, &json!({ "name": "P" })).assert_problem(403, "forbidden");
        site.ask(who, "POST", "/territories", None, &json!({})).assert_problem(403, "forbidden");
        for list in ["/users", "/pools", "/territories", "/keys"] {
            assert_eq!(site.ask(who, "GET", list, None, &Value::Null).status, 200, "{who} {list}");
        }
    }
    let page = site.ask("sdr", "GET", "/users?role=sdr&limit=1", None, &Value::Null).json();
    let next = format!("/users?role=sdr&limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let last = site.ask("sdr", "GET", &next, None, &Value::Null).json();
    assert_eq!(last["next_cursor"], Value::Null);
    let found = [&page["items"][0]["id"], &last["items"][0]["id"]].map(|id| id.as_str().unwrap().to_owned());
    assert_eq!(found, [site.owner(0), site.owner(1)].map(str::to_owned));
    site.ask("sdr", "GET", "/users?cursor=x&sort=name", None, &Value::Null).assert_problem(422, "invalid-values");
    // Another company's person does not exist, as nobody does.
    let stranger = site.seed(1)["owners"][0].as_str().unwrap();
    let nobody = site.ask("admin", "GET", "/users/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", None, &Value::Null);
    nobody.assert_problem(404, "not-found");
    let foreign = site.ask("admin", "GET", &format!("/users/{stranger}"), None, &Value::Null);
    assert_eq!(foreign.comparable(), nobody.comparable());
}

#[test]
fn the_last_admin_stays_and_circles_are_refused() {
    let site = Site::new();
    let admins = site.ask("admin", "GET", "/users?role=admin", None, &Value::Null).json();
    let path = format!("/users/{}", admins["items"][0]["id"].as_str().unwrap());
    for change in [json!({ "is_active": false }), json!({ "role": "sdr" })] {
        site.ask("admin", "PATCH", &path, Some("*"), &change).assert_problem(409, "last-admin");
    }
    let own = format!("/users/{}", site.owner(0));
    let circle = json!({ "manager_id": site.owner(0) });
    site.ask("admin", "PATCH", &own, Some("*"), &circle).assert_problem(409, "manager-circle");
    // Whoever does not work here any more has keys that do nothing.
    assert_eq!(site.ask("admin", "PATCH", &own, Some("*"), &json!({ "is_active": false })).status, 200);
    site.ask("sdr", "GET", "/leads", None, &Value::Null).assert_problem(401, "unauthenticated");
}

#[test]
fn the_full_are_skipped_over_http() {
    let site = Site::new();
    let path = format!("/users/{}", site.owner(0));
    assert_eq!(site.ask("admin", "PATCH", &path, Some("*"), &json!({ "capacity": 1 })).status, 200);
    for n in 0..5 {
        let answer = site.post_form(&visitor(n), &[]);
        assert_eq!(answer.status, 202, "{answer:?}");
        let [trips, read, written] = answer.cost();
        assert!(trips == 2 && read <= 50 && written <= 16, "{trips} {read} {written}");
    }
    let owners: Vec<Value> = site.list("admin").iter().map(|lead| lead["lead_owner_id"].clone()).collect();
    let first = owners.iter().filter(|owner| **owner == site.owner(0)).count();
    assert_eq!((first, owners.len()), (1, 5), "{owners:?}");
}

#[test]
fn pools_and_territories_route_leads() {
    let site = Site::new();
    let north = site.ask("admin", "POST", "/pools", None, &json!({ "name": "North", "members": [site.owner(1)] }));
    assert_eq!(north.status, 201, "{north:?}");
    let north = id(&north);
    let body = json!({ "name": "Germany", "pool_id": north, "countries": ["Germany"] });
    let territory = site.ask("admin", "POST", "/territories", None, &body);
    assert_eq!((territory.status, territory.json()["countries"].clone()), (201, json!(["DE"])), "{territory:?}");
    let empty = site.ask("admin", "POST", "/territories", None, &json!({ "name": "All", "pool_id": north }));
    empty.assert_problem(422, "invalid-values");
    for n in 0..3 {
        let mut values = visitor(n);
        values["country"] = json!("DE");
        values["phone"] = json!(format!("+4930{n:07}"));
        assert_eq!(site.post_form(&values, &[]).status, 202);
    }
    assert!(site.list("admin").iter().all(|lead| lead["lead_owner_id"] == site.owner(1)));
    let pool = format!("/pools/{north}");
    site.ask("admin", "DELETE", &pool, Some("*"), &Value::Null).assert_problem(409, "pool-in-use");
    let default = format!("/pools/{}", site.default_pool()["id"].as_str().unwrap());
    site.ask("admin", "DELETE", &default, Some("*"), &Value::Null).assert_problem(409, "default-pool");
    site.ask("admin", "PATCH", &default, Some("*"), &json!({ "is_default": false }))
        .assert_problem(409, "default-pool");
    assert_eq!(site.ask("admin", "PATCH", &pool, Some("*"), &json!({ "is_default": true })).status, 200);
    assert_eq!(site.default_pool()["id"], north.as_str());
    let gone = format!("/territories/{}", id(&territory));
    site.ask("admin", "DELETE", &gone, None, &Value::Null).assert_problem(428, "precondition-required");
    assert_eq!(site.ask("admin", "DELETE", &gone, Some("\"1\""), &Value::Null).status, 204);
    site.ask("admin", "GET", &gone, None, &Value::Null).assert_problem(404, "not-found");
}

#[test]
fn a_key_is_shown_once_says_what_it_may_and_is_revoked() {
    let site = Site::new();
    let body = json!({ "name": "Sync", "scopes": ["leads:read", "settings:write"] });
    let made = site.ask("sdr", "POST", "/keys", None, &body);
    assert_eq!(made.status, 201, "{made:?}");
    let secret = made.json()["key"].as_str().unwrap().to_owned();
    let key = format!("Bearer {secret}");
    let path = format!("/keys/{}", id(&made));
    let listed = site.ask("sdr", "GET", "/keys", None, &Value::Null);
    assert!(!listed.text.contains(&secret) && !listed.text.contains("hash"), "{listed:?}");
    let of = |list: &Exchange| list.json()["items"].as_array().unwrap().clone();
    assert!(of(&listed).iter().all(|key| key["user_id"] == site.owner(0)), "others' keys are not seen");
    assert!(of(&site.ask("admin", "GET", "/keys", None, &Value::Null)).len() > of(&listed).len());
    // Its scopes and no others.
    assert_eq!(site.ask_as(&key, "GET", "/leads", None, &Value::Null).status, 200);
    site.ask_as(&key, "GET", "/users", None, &Value::Null).assert_problem(403, "forbidden");
    site.ask_as(&key, "POST", "/leads", None, &json!({})).assert_problem(403, "forbidden");
    let more = json!({ "name": "More", "scopes": ["leads:write"] });
    site.ask_as(&key, "POST", "/keys", None, &more).assert_problem(403, "forbidden");
    let for_other = json!({ "name": "Other", "scopes": ["leads:read"], "user_id": site.owner(1) });
    site.ask_as(&key, "POST", "/keys", None, &for_other).assert_problem(403, "forbidden");
    assert_eq!(site.ask("admin", "POST", "/keys", None, &for_other).status, 201);
    let shown = site.ask("sdr", "GET", &path, None, &Value::Null).json();
    assert!(shown["last_used_at"].is_string() && shown["revoked_at"].is_null(), "{shown}");
    // Nobody else's.
    site.ask("manager", "GET", &path, None, &Value::Null).assert_problem(404, "not-found");
    site.ask("manager", "DELETE", &path, None, &Value::Null).assert_problem(404, "not-found");
    assert_eq!(site.ask("sdr", "DELETE", &path, None, &Value::Null).status, 204);
    site.ask_as(&key, "GET", "/leads", None, &Value::Null).assert_problem(401, "unauthenticated");
    assert!(site.ask("sdr", "GET", &path, None, &Value::Null).json()["revoked_at"].is_string());
}

#[test]
fn a_key_gains_no_scope_by_people_or_conversions() {
    let site = Site::new();
    let key = |scopes: Value| {
        let made = site.ask("admin", "POST", "/keys", None, &json!({ "name": "Narrow", "scopes": scopes }));
        format!("Bearer {}", made.json()["key"].as_str().unwrap())
    };
    // A person can sign in, with every scope.
    let settings = key(json!(["settings:read", "settings:write"]));
    let person = json!({ "name": "Eve", "email": "eve@company.com", "role": "admin" });
    site.ask_as(&settings, "POST", "/users", None, &person).assert_problem(403, "forbidden");
    let path = format!("/users/{}", site.owner(0));
    let mail = json!({ "email": "eve@company.com" });
    site.ask_as(&settings, "PATCH", &path, Some("*"), &mail).assert_problem(403, "forbidden");
    // A conversion makes and names accounts.
    let leads = key(json!(["leads:read", "leads:write"]));
    let lead = site.post_form(&visitor(1), &[]);
    assert_eq!(lead.status, 202);
    let lead = site.ask_as(&leads, "GET", "/leads", None, &Value::Null).json()["items"][0]["id"].clone();
    for end in ["convert", "convert/undo"] {
        let path = format!("/leads/{}/{end}", lead.as_str().unwrap());
        site.ask_as(&leads, "POST", &path, Some("*"), &json!({})).assert_problem(403, "forbidden");
    }
}
