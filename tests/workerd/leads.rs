//! Changes of leads over HTTP: versions, refusals, handing over, hiding, and many at once.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use super::client::visitor;
use super::exchange::{Exchange, Site};

/// Visitor `n` as a user of the API writes them down.
fn contact(n: usize) -> Value {
    let mut values = visitor(n);
    let members = values.as_object_mut().unwrap();
    members.remove("lg_ms");
    members.insert("lead_source".to_owned(), "referral".into());
    members.insert("campaign".to_owned(), "spring".into());
    values
}

fn leads(site: &Site) -> String {
    format!("/api/companies/{}/leads", site.company(0))
}

/// A change with a key of the first company; an empty version sends no If-Match.
fn change(site: &Site, who: &str, method: &str, path: &str, version: &str, body: &Value) -> Exchange {
    let key = site.bearer(0, who);
    let mut headers = vec![("authorization", key.as_str())];
    if !version.is_empty() {
        headers.push(("if-match", version));
    }
    if body.is_null() {
        return site.send(method, path, &headers, b"");
    }
    headers.push(("content-type", "application/json"));
    site.send(method, path, &headers, body.to_string().as_bytes())
}

/// A lead of the first SDR, with its path.
fn of_sdr(site: &Site, n: usize) -> (Value, String) {
    let made = site.create("sdr", &contact(n), &[]);
    assert_eq!(made.status, 201, "{made:?}");
    (made.json(), made.header("location").unwrap().to_owned())
}

#[test]
fn a_lead_is_edited_under_its_version() {
    let site = Site::new();
    let (lead, path) = of_sdr(&site, 1);
    let title = json!({ "job_title": "Buyer" });
    change(&site, "sdr", "PATCH", &path, "", &title).assert_problem(428, "precondition-required");
    let stale = change(&site, "sdr", "PATCH", &path, "\"7\"", &title);
    stale.assert_problem(412, "stale");
    assert_eq!(stale.json()["version"], 1);
    let patched = change(&site, "sdr", "PATCH", &path, "W/\"1\"", &title);
    assert_eq!((patched.status, patched.header("etag")), (200, Some("\"2\"")), "{patched:?}");
    patched.assert_dressed("application/json");
    let mut expected = lead;
    let patched = patched.json();
    for name in ["job_title", "version", "updated_at"] {
        expected[name] = patched[name].clone();
    }
    assert_eq!((&patched, patched["job_title"].as_str()), (&expected, Some("Buyer")));
    let again = change(&site, "sdr", "PATCH", &path, "\"2\"", &title);
    assert_eq!((again.status, again.header("etag")), (200, Some("\"2\"")), "nothing changed");
    let mut whole = contact(1);
    whole["gdpr_consent"] = json!(true);
    whole["authority_level"] = json!("decision_maker");
    let put = change(&site, "sdr", "PUT", &path, "\"2\"", &whole);
    assert_eq!((put.status, put.header("etag")), (200, Some("\"3\"")), "{put:?}");
    let mut shown = site.get("sdr", &path).json();
    shown.as_object_mut().unwrap().remove("touches");
    let put = put.json();
    assert_eq!(put, shown);
    assert_eq!([&put["job_title"], &put["gdpr_consent"]], [&Value::Null, &json!(true)]);
    assert_eq!(put["lead_score"], 45);
    let wrong = change(&site, "sdr", "PUT", &path, "\"3\"", &json!({ "status": "qualified", "gclid": "x" }));
    wrong.assert_problem(422, "invalid-values");
    let errors = wrong.json()["errors"].clone();
    for pointer in ["/status", "/gclid", "/email"] {
        assert!(errors.as_array().unwrap().iter().any(|error| error["pointer"] == pointer), "{errors}");
    }
}

#[test]
fn another_leads_address_and_another_persons_lead_are_refused() {
    let site = Site::new();
    let (lead, path) = of_sdr(&site, 1);
    let others: Vec<Value> = [2, 3].into_iter().map(|n| site.create("admin", &contact(n), &[]).json()).collect();
    let at = others.iter().position(|lead| lead["lead_owner_id"] == site.seed(0)["owners"][1]).unwrap();
    let theirs = &others[at];
    let taken = json!({ "email": contact(at + 2)["email"] });
    let refused = change(&site, "sdr", "PATCH", &path, "\"1\"", &taken);
    refused.assert_problem(409, "duplicate-lead");
    assert_eq!(refused.json()["existing_id"], Value::Null);
    let refused = change(&site, "manager", "PATCH", &path, "\"1\"", &taken);
    assert_eq!(refused.json()["existing_id"], theirs["id"]);
    let unseen = format!("{}/{}", leads(&site), theirs["id"].as_str().unwrap());
    let nothing = format!("{}/0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", leads(&site));
    let reason = json!({ "reason": "x" });
    for (method, below, body) in [
        ("PUT", "", contact(9)),
        ("PATCH", "", json!({ "job_title": "x" })),
        ("POST", "/disqualify", reason),
        ("POST", "/recycle", Value::Null),
    ] {
        let hidden = change(&site, "sdr", method, &format!("{unseen}{below}"), "\"1\"", &body);
        hidden.assert_problem(404, "not-found");
        let absent = change(&site, "sdr", method, &format!("{nothing}{below}"), "\"1\"", &body);
        assert_eq!(hidden.comparable(), absent.comparable(), "{method} {below}");
    }
    for (method, below) in [("DELETE", ""), ("POST", "/restore"), ("POST", "/assign")] {
        let own = format!("{}/{}{below}", leads(&site), lead["id"].as_str().unwrap());
        change(&site, "sdr", method, &own, "\"1\"", &Value::Null).assert_problem(403, "forbidden");
    }
}

#[test]
fn a_lead_is_given_up_hidden_and_brought_back() {
    let site = Site::new();
    let (lead, path) = of_sdr(&site, 1);
    let recycled = change(&site, "sdr", "POST", &format!("{path}/recycle"), "\"1\"", &Value::Null);
    recycled.assert_problem(409, "impossible-move");
    let told = recycled.json();
    assert_eq!((&told["lead_status"], &told["move"]), (&json!("new"), &json!("recycle")));
    assert_eq!(told["possible"], json!(["contacted", "qualified", "unqualified", "disqualified"]));
    let refused = change(&site, "sdr", "POST", &format!("{path}/disqualify"), "\"1\"", &json!({ "reason": " " }));
    refused.assert_problem(422, "invalid-values");
    let gone = change(&site, "sdr", "POST", &format!("{path}/disqualify"), "\"1\"", &json!({ "reason": "No budget" }));
    assert_eq!((gone.status, gone.header("etag")), (200, Some("\"2\"")), "{gone:?}");
    assert_eq!([&gone.json()["status"], &gone.json()["disqualified_reason"]], ["disqualified", "No budget"]);
    change(&site, "manager", "DELETE", &path, "", &Value::Null).assert_problem(428, "precondition-required");
    let deleted = change(&site, "manager", "DELETE", &path, "\"2\"", &Value::Null);
    assert_eq!((deleted.status, deleted.header("etag"), deleted.text.as_str()), (204, Some("\"3\""), ""));
    for who in ["sdr", "manager", "admin"] {
        site.get(who, &path).assert_problem(404, "not-found");
        assert!(site.list(who).is_empty());
    }
    let hidden = format!("{}?deleted=true", leads(&site));
    site.get("sdr", &hidden).assert_problem(403, "forbidden");
    let items = site.get("manager", &hidden).json()["items"].clone();
    assert_eq!((&items[0]["id"], &items[0]["version"]), (&lead["id"], &json!(3)));
    let back = change(&site, "manager", "POST", &format!("{path}/restore"), "\"3\"", &Value::Null);
    assert_eq!((back.status, back.header("etag")), (200, Some("\"4\"")), "{back:?}");
    assert_eq!(site.get("sdr", &path).status, 200);
    // By its address, spelled otherwise.
    let shouted = lead["email"].as_str().unwrap().to_uppercase();
    let found = site.get("sdr", &format!("{}?email={shouted}", leads(&site))).json();
    assert_eq!(found["items"][0]["id"], lead["id"]);
    let wrong = site.get("sdr", &format!("{}?email=asha", leads(&site)));
    assert_eq!(wrong.json()["errors"][0]["code"], "email_missing_at");
}

#[test]
fn a_quarantined_lead_is_lifted_by_a_manager() {
    let site = Site::new();
    let mut spam = visitor(1);
    spam["lg_ref"] = json!("http://x");
    assert_eq!(site.post_form(&spam, &[]).status, 202);
    let lead = site.list("manager").remove(0);
    assert_eq!((&lead["validation_status"], &lead["lead_owner_id"]), (&json!("invalid"), &Value::Null));
    let path = format!("{}/{}", leads(&site), lead["id"].as_str().unwrap());
    let lifted = change(&site, "manager", "POST", &format!("{path}/restore"), "\"1\"", &Value::Null);
    assert_eq!(lifted.status, 200, "{lifted:?}");
    let shown = site.get("manager", &path).json();
    let lifted = lifted.json();
    assert_eq!((&lifted["validation_status"], &lifted["assignment"]["turn"]), (&json!("valid"), &json!(1)));
    for name in ["validation_status", "quarantined_at", "lead_owner_id", "assignment", "version"] {
        assert_eq!(lifted[name], shown[name], "{name}");
    }
}

#[test]
fn leads_change_hands() {
    let site = Site::new();
    let (lead, path) = of_sdr(&site, 1);
    let owners = &site.seed(0)["owners"];
    let assign =
        |version: &str, body: Value| change(&site, "manager", "POST", &format!("{path}/assign"), version, &body);
    assign("", json!({ "owner_id": owners[1] })).assert_problem(428, "precondition-required");
    let dry = assign("", json!({ "dry_run": true }));
    assert_eq!((dry.status, dry.header("etag")), (200, None), "{dry:?}");
    let next = dry.json();
    assert_eq!(
        next["assignment"],
        json!({ "rule": "pool", "territory_id": null, "pool_id": next["assignment"]["pool_id"], "turn": 1 })
    );
    assert_eq!((&next["eligible"], &next["skipped"], &next["asked"]), (owners, &json!([]), &json!([])));
    let like_it = site.get("manager", &format!("{}/assignment?country=India&industry=Steel", leads(&site)));
    assert_eq!(like_it.json(), next);
    site.get("sdr", &format!("{}/assignment", leads(&site))).assert_problem(403, "forbidden");
    let given = assign("\"1\"", json!({ "owner_id": owners[1] }));
    assert_eq!((given.status, given.header("etag")), (200, Some("\"2\"")), "{given:?}");
    assert_eq!((&given.json()["lead_owner_id"], &given.json()["assignment"]["rule"]), (&owners[1], &json!("person")));
    site.get("sdr", &path).assert_problem(404, "not-found");
    let by_rules = assign("\"2\"", Value::Null);
    assert_eq!((by_rules.status, &by_rules.json()["lead_owner_id"]), (200, &next["lead_owner_id"]), "{by_rules:?}");
    assert_eq!(by_rules.json()["assignment"], next["assignment"]);
    let wrong = assign("\"3\"", json!({ "owner_id": lead["id"] }));
    wrong.assert_problem(422, "invalid-values");
    assert_eq!(wrong.json()["errors"][0]["code"], "unknown_reference");
}

#[test]
fn an_absent_persons_leads_go_to_the_others_in_one_batch() {
    let site = Site::new();
    for n in 0..6 {
        of_sdr(&site, n);
    }
    let owners = &site.seed(0)["owners"];
    let path = format!("{}/bulk-assign", leads(&site));
    let bulk = |who: &str, body: Value| change(&site, who, "POST", &path, "", &body);
    bulk("sdr", json!({ "from_owner_id": owners[0] })).assert_problem(403, "forbidden");
    bulk("manager", json!({ "limit": 51 })).assert_problem(422, "invalid-values");
    let first = bulk("manager", json!({ "from_owner_id": owners[0], "limit": 4 }));
    assert_eq!(first.status, 200, "{first:?}");
    let [trips, read, written] = first.cost();
    println!("bulk of 4: {trips} round trips, {read} rows read, {written} written");
    assert_eq!(trips, 2);
    let first = first.json();
    assert_eq!((&first["assigned"], &first["remaining"]), (&json!(4), &json!(2)));
    let rest = bulk("manager", json!({ "from_owner_id": owners[0], "cursor": first["next_cursor"] })).json();
    assert_eq!(rest, json!({ "assigned": 2, "remaining": 0, "next_cursor": null }));
    assert!(site.list("sdr").is_empty());
    for lead in site.list("manager") {
        assert_eq!((&lead["version"], &lead["assignment"]["rule"]), (&json!(2), &json!("pool")));
        assert_ne!(lead["lead_owner_id"], owners[0]);
    }
}

#[test]
fn of_many_edits_at_once_one_wins_and_touches_beside_them_stay() {
    let site = Site::new();
    let (lead, path) = of_sdr(&site, 1);
    let start = Barrier::new(40);
    let edit = |n: usize| {
        start.wait();
        change(
            &site,
            "sdr",
            "PATCH",
            &path,
            "\"1\"",
            &json!({ "job_title": format!("Title {n}"), "budget_range": "10k" }),
        )
    };
    let touch = |n: usize| {
        start.wait();
        site.post_form(&visitor(1), &[("idempotency-key", &format!("touch-{n}"))])
    };
    let (edit, touch) = (&edit, &touch);
    let (edits, touches): (Vec<Exchange>, Vec<Exchange>) = thread::scope(|scope| {
        let edits: Vec<_> = (0..20).map(|n| scope.spawn(move || edit(n))).collect();
        let touches: Vec<_> = (0..20).map(|n| scope.spawn(move || touch(n))).collect();
        let all = |running: Vec<thread::ScopedJoinHandle<'_, Exchange>>| {
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        };
        (all(edits), all(touches))
    });
    assert!(touches.iter().all(|answer| answer.status == 202));
    let won: Vec<Value> = edits.iter().filter(|answer| answer.status == 200).map(Exchange::json).collect();
    assert_eq!(won.len(), 1, "{edits:?}");
    for lost in edits.iter().filter(|answer| answer.status != 200) {
        lost.assert_problem(412, "stale");
    }
    let shown = site.get("sdr", &path).json();
    assert_eq!((&shown["job_title"], &shown["version"]), (&won[0]["job_title"], &json!(2)));
    assert_eq!(shown["touches"].as_array().unwrap().len(), 21);
    // A referral with a budget, and twenty touches of fifteen points.
    assert_eq!((&shown["score_raw"], &shown["lead_score"]), (&json!(25 + 15 + 300), &json!(100)));
    assert_eq!(shown["id"], lead["id"]);
}

#[test]
fn a_change_of_a_lead_has_its_row_budget() {
    let site = Site::new();
    let (_, path) = of_sdr(&site, 1);
    for n in 2..40 {
        site.create("admin", &contact(n), &[]);
    }
    let cases = [
        ("PATCH", "", json!({ "job_title": "x" }), 3),
        ("PUT", "", contact(1), 2),
        ("POST", "/assign", json!({ "owner_id": site.seed(0)["owners"][1] }), 2),
        ("POST", "/assign", Value::Null, 2),
        ("POST", "/disqualify", json!({ "reason": "x" }), 2),
        ("DELETE", "", Value::Null, 2),
        ("POST", "/restore", Value::Null, 2),
    ];
    for (version, (method, below, body, most)) in cases.into_iter().enumerate() {
        let version = format!("\"{}\"", version + 1);
        let answer = change(&site, "manager", method, &format!("{path}{below}"), &version, &body);
        assert!([200, 204].contains(&answer.status), "{method} {below}: {answer:?}");
        let [trips, read, written] = answer.cost();
        println!("{method} {below}: {trips} round trips, {read} rows read, {written} written");
        assert!(trips <= most && read <= 60 && written <= 30, "{method} {below}: {trips} {read} {written}");
    }
}
