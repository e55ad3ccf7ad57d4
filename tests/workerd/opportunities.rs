//! Opportunities, pipeline and forecast over HTTP (spec O, R1, R4).

use rusqlite::Connection;
use serde_json::{Value, json};

use super::exchange::{Exchange, Site};
use crate::server::{Disk, State};

const ACCOUNT: &str = "01900000-0000-7000-8000-000000000001";
const FOREIGN: &str = "01900000-0000-7000-8000-000000000002";

/// A company with an account of its first SDR and one of its second.
fn site(more: &str) -> Site {
    let state = State::new(Disk::Memory);
    let company = state.companies().remove(0);
    let id = company["company_id"].as_str().unwrap();
    let owner = |n: usize| company["owners"][n].as_str().unwrap().to_owned();
    let database = Connection::open(state.database()).unwrap();
    for (account, owner) in [(ACCOUNT, owner(0)), (FOREIGN, owner(1))] {
        let sql = format!(
            "INSERT INTO accounts (company_id, id, name, company_key, account_owner_id, account_type, health_score, lifecycle_stage, \
             created_at, updated_at) VALUES ('{id}', '{account}', 'A', 'a', '{owner}', 'prospect', 'green', 'MQA', 1, 1)"
        );
        database.execute_batch(&sql).unwrap();
    }
    database.execute_batch(&more.replace("COMPANY", id).replace("OWNER", &owner(0))).unwrap();
    drop(database);
    Site::on(state, &json!({}))
}

fn path(site: &Site, rest: &str) -> String {
    format!("/api/companies/{}{rest}", site.company(0))
}

fn body() -> Value {
    json!({ "name": "Pumps for 2027", "account_id": ACCOUNT, "deal_value": 1250.5, "close_date": "2027-01-31T00:00:00Z" })
}

fn send(site: &Site, who: &str, method: &str, rest: &str, version: Option<&str>, body: Option<&Value>) -> Exchange {
    let key = site.bearer(0, who);
    let mut headers = vec![("authorization", key.as_str())];
    headers.extend(version.map(|version| ("if-match", version)));
    headers.extend(body.map(|_| ("content-type", "application/json")));
    let bytes = body.map(Value::to_string).unwrap_or_default();
    site.send(method, &path(site, rest), &headers, bytes.as_bytes())
}

fn post(site: &Site, who: &str, rest: &str, body: &Value) -> Exchange {
    send(site, who, "POST", rest, None, Some(body))
}

fn codes(refused: &Exchange) -> Vec<(String, String)> {
    refused.assert_problem(422, "invalid-values");
    let errors = refused.json()["errors"].as_array().unwrap().clone();
    let text = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
    errors.iter().map(|error| (text(error, "pointer"), text(error, "code"))).collect()
}

#[test]
fn an_opportunity_goes_its_way() {
    let site = site("");
    let made = post(&site, "sdr", "/opportunities", &body());
    assert_eq!(made.status, 201, "{}", made.text);
    let opportunity = made.json();
    let one = format!("/opportunities/{}", opportunity["id"].as_str().unwrap());
    assert_eq!(made.header("location"), Some(path(&site, &one).as_str()));
    assert_eq!(made.header("etag"), Some("\"1\""));
    assert_eq!((&opportunity["deal_value"], &opportunity["currency"]), (&json!(1250.5), &json!("INR")));
    assert_eq!((&opportunity["pipeline_stage"], &opportunity["probability"]), (&json!("prospect"), &json!(10)));

    send(&site, "sdr", "PATCH", &one, None, Some(&json!({ "probability": 40 })))
        .assert_problem(428, "precondition-required");
    let edited =
        send(&site, "sdr", "PATCH", &one, Some("\"1\""), Some(&json!({ "probability": 40, "deal_value": "1999.99" })));
    assert_eq!((edited.status, edited.header("etag")), (200, Some("\"2\"")), "{}", edited.text);
    assert_eq!((&edited.json()["probability_by_hand"], &edited.json()["deal_value"]), (&json!(true), &json!(1999.99)));
    let stale = send(&site, "sdr", "PUT", &one, Some("\"1\""), Some(&body()));
    stale.assert_problem(412, "stale");
    assert_eq!(stale.json()["version"], 2);
    let replaced = send(&site, "sdr", "PUT", &one, Some("W/\"2\""), Some(&body()));
    assert_eq!((replaced.status, &replaced.json()["probability"]), (200, &json!(10)), "{}", replaced.text);

    let stage = format!("{one}/stage");
    let moved = |version: &str, body: Value| send(&site, "sdr", "POST", &stage, Some(version), Some(&body));
    let won = moved("\"3\"", json!({ "stage": "closed_won" }));
    assert_eq!((won.status, &won.json()["stage_before_close"]), (200, &json!("prospect")), "{}", won.text);
    let refused = moved("\"4\"", json!({ "stage": "negotiation" }));
    refused.assert_problem(409, "opportunity-closed");
    assert_eq!(refused.json()["pipeline_stage"], "closed_won");
    let hand = send(&site, "sdr", "PATCH", &one, Some("\"4\""), Some(&json!({ "probability": 40 })));
    assert_eq!(codes(&hand), [("/probability".into(), "read_only_member".into())]);
    let lost = json!({ "stage": "closed_lost", "reopen": true, "reason": "cancelled", "lost_reason": "price" });
    assert_eq!(moved("\"4\"", lost).status, 200);
    let shown = site.get("sdr", &path(&site, &one)).json();
    assert_eq!((&shown["lost_reason"], &shown["version"]), (&json!("price"), &json!(5)));
    let stages: Vec<&Value> = shown["stages"].as_array().unwrap().iter().map(|entry| &entry["to_stage"]).collect();
    assert_eq!(stages, [&json!("closed_lost"), &json!("closed_won"), &json!("prospect")]);

    send(&site, "sdr", "DELETE", &one, Some("*"), None).assert_problem(403, "forbidden");
    assert_eq!(send(&site, "manager", "DELETE", &one, Some("\"5\""), None).status, 204);
    site.get("admin", &path(&site, &one)).assert_problem(404, "not-found");
    assert_eq!(site.get("admin", &path(&site, "/opportunities")).json(), json!({ "items": [], "next_cursor": null }));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let site = site("");
    let wrong = json!({
        "account_id": "7", "deal_value": 1.005, "currency": "USD", "close_date": "soon", "probability": 101,
        "forecast_category": "maybe", "pipeline_stage": "closed_won", "colour": "red"
    });
    let mut found = codes(&post(&site, "sdr", "/opportunities", &wrong));
    found.sort();
    let expected = [
        ("/account_id", "not_id"),
        ("/close_date", "not_date_time"),
        ("/colour", "unknown_member"),
        ("/currency", "unknown_value"),
        ("/deal_value", "not_amount"),
        ("/forecast_category", "unknown_value"),
        ("/name", "required"),
        ("/pipeline_stage", "unknown_value"),
        ("/probability", "not_whole_number"),
    ];
    assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    let mut foreign = body();
    foreign["account_id"] = json!(FOREIGN);
    foreign["owner_id"] = site.seed(0)["owners"][1].clone();
    let found = codes(&post(&site, "sdr", "/opportunities", &foreign));
    assert_eq!(
        found,
        [("/account_id".into(), "unknown_reference".into()), ("/owner_id".into(), "unknown_reference".into())]
    );
    let theirs = post(&site, "manager", "/opportunities", &foreign);
    assert_eq!(theirs.status, 201, "{}", theirs.text);
    let one = path(&site, &format!("/opportunities/{}", theirs.json()["id"].as_str().unwrap()));
    let unknown = path(&site, "/opportunities/01900000-0000-7000-8000-000000000009");
    assert_eq!(site.get("sdr", &one).comparable(), site.get("sdr", &unknown).comparable());
    let patch =
        |rest: &str| send(&site, "sdr", "PATCH", rest, Some("\"1\""), Some(&json!({ "name": "Mine" }))).comparable();
    let rest = |path: &str| path.split_once(site.company(0)).unwrap().1.to_owned();
    assert_eq!(patch(&rest(&one)), patch(&rest(&unknown)));
    for (query, pointer, code) in [
        ("/opportunities?closed=no", "?closed", "not_boolean"),
        ("/opportunities?cursor=x", "?cursor", "cursor_invalid"),
        ("/opportunities?account_id=7", "?account_id", "not_id"),
        ("/pipeline?closed_to=2020-01-01T00:00:00Z", "?closed_to", "out_of_range"),
        ("/forecast?months=37", "?months", "not_whole_number"),
    ] {
        assert_eq!(codes(&site.get("sdr", &path(&site, query))), [(pointer.to_owned(), code.to_owned())], "{query}");
    }
}

#[test]
fn pipeline_and_forecast_add_up_what_the_caller_sees() {
    let site = site("");
    let make = |who: &str, more: Value| {
        let mut values = body();
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = post(&site, who, "/opportunities", &values);
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()
    };
    make("sdr", json!({ "deal_value": 0.05 }));
    let won = make("sdr", json!({ "deal_value": 200, "pipeline_stage": "negotiation" }));
    make(
        "manager",
        json!({ "deal_value": "90071992547409.91", "forecast_category": "commit", "pipeline_stage": "proposal_sent" }),
    );
    let stage = format!("/opportunities/{}/stage", won["id"].as_str().unwrap());
    assert_eq!(send(&site, "sdr", "POST", &stage, Some("*"), Some(&json!({ "stage": "closed_won" }))).status, 200);
    let pipeline = |who: &str| site.get(who, &path(&site, "/pipeline")).json();
    let (mine, whole) = (pipeline("sdr"), pipeline("admin"));
    assert_eq!(mine["open"], json!({ "count": 1, "sum": 0.05, "weighted": 0.01 }));
    assert_eq!((&mine["stages"][4]["sum"], &mine["stages"][4]["weighted"]), (&json!(200), &json!(200)));
    assert_eq!(mine["stages"][0]["owners"][0]["owner_id"], site.seed(0)["owners"][0]);
    assert_eq!(mine["owners"].as_array().unwrap().len(), 1);
    assert_eq!((&whole["open"]["count"], &whole["open"]["sum"]), (&json!(2), &json!("90071992547409.96")));
    assert_eq!(whole["stages"][2]["weighted"], json!("45035996273704.96"));
    let forecast = site.get("sdr", &path(&site, "/forecast?months=36")).json();
    assert_eq!(forecast["months"].as_array().unwrap().len(), 36);
    assert_eq!(forecast["months"][0]["categories"][0]["forecast_category"], "commit");
    assert_eq!(forecast["months"][0]["categories"][0]["sum"], 200);
    let counts: i64 =
        forecast["months"].as_array().unwrap().iter().map(|month| month["total"]["count"].as_i64().unwrap()).sum();
    let beside = ["overdue", "later"].map(|name| forecast[name]["total"]["count"].as_i64().unwrap());
    assert_eq!(counts + beside.iter().sum::<i64>(), 2);
}

/// Six thousand opportunities: 2,000 open, 4,000 closed long ago.
const MANY: &str = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5999) \
     INSERT INTO opportunities (company_id, id, account_id, name, name_key, deal_value, currency, pipeline_stage, probability, \
       forecast_category, close_date, owner_id, closed_at, created_at, updated_at) \
     SELECT 'COMPANY', printf('01900000-0000-7000-8000-%012x', i), '01900000-0000-7000-8000-000000000001', 'D' || i, 'd' || i, i, 'INR', \
       CASE WHEN i % 6 > 1 THEN 'closed_won' ELSE 'prospect' END, CASE WHEN i % 6 > 1 THEN 100 ELSE 10 END, 'commit', i, \
       CASE WHEN i % 6 = 0 THEN 'OWNER' END, CASE WHEN i % 6 > 1 THEN i END, i, i % 977 FROM n";

#[test]
fn a_page_reads_a_bounded_number_of_rows_and_totals_read_the_open_ones() {
    let site = site(MANY);
    for query in [
        "",
        "?sort=updated_at",
        "?sort=-updated_at&closed=false",
        "?q=d17",
        "?q=d",
        "?account_id=01900000-0000-7000-8000-000000000001&pipeline_stage=negotiation",
        "?account_id=01900000-0000-7000-8000-000000000001&sort=updated_at",
        "?owner=none&limit=200",
    ] {
        for who in ["admin", "manager", "sdr"] {
            let page = site.get(who, &path(&site, &format!("/opportunities{query}")));
            let [_, read, written] = page.cost();
            assert!(page.status == 200 && read <= 1_010 && written == 0, "{who} {query}: {read} rows");
            println!("{who} {query}: {read} rows, {} items", page.json()["items"].as_array().unwrap().len());
        }
    }
    // Of 6,000 opportunities 2,000 are open. The forecast's groups are not in the index's order: sorting them reads each once more.
    for (what, most) in [("/pipeline", 2_010), ("/forecast", 4_010)] {
        for who in ["admin", "manager", "sdr"] {
            let totals = site.get(who, &path(&site, what));
            let [trips, read, written] = totals.cost();
            assert!(totals.status == 200 && trips == 1 && read <= most && written == 0, "{who} {what}: {read} rows");
            println!("{who} {what}: {read} rows");
        }
    }
}
