//! The file of a form's submissions over HTTP (spec K3).

use lead_core::id::Id;
use lead_core::time::Instant;
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::client::{agent, visitor};
use super::console::{ADMIN, Person, SDR, api, seeded, submit, with};
use super::faults::{calls, forget};
use super::sign_in::Entrance;
use crate::server::{Disk, State};

/// The table of a file; the test's own reading of RFC 4180.
fn table(text: &str) -> Vec<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(table: &[Vec<String>], name: &str) -> Vec<String> {
    let at = table[0].iter().position(|other| other == name).unwrap_or_else(|| panic!("{name} in {:?}", table[0]));
    table[1..].iter().map(|row| row[at].clone()).collect()
}

#[test]
fn the_file_holds_what_the_caller_sees_and_no_formula() {
    let mut entrance = Entrance::new();
    let evil = "=HYPERLINK(\"https://evil.example\")";
    submit(
        &entrance,
        &with(visitor(1), &json!({ "message": evil, "utm_campaign": "+1", "job_title": "Chief, \"pumps\"" })),
    );
    submit(&entrance, &visitor(2));
    let cookies = [ADMIN, SDR].map(|email| entrance.enter(email));
    let [admin, sdr] = cookies.map(|cookie| Person { entrance: &entrance, cookie });
    let form = seeded(&entrance);
    let path = format!("/console/forms/{form}/submissions.csv");
    let file = admin.get(&path);
    assert_eq!(
        (file.status, file.header("content-type")),
        (200, Some("text/csv; charset=utf-8; header=present")),
        "{file:?}"
    );
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\"submissions-pk_"));
    assert!(file.text.starts_with("\u{feff}id,created_at,") && file.text.ends_with("\r\n"), "{}", file.text);
    let rows = table(&file.text);
    assert_eq!(column(&rows, "message"), [String::new(), format!("'{evil}")], "newest first");
    assert_eq!(
        (column(&rows, "campaign")[1].as_str(), column(&rows, "job_title")[1].as_str()),
        ("'+1", "Chief, \"pumps\"")
    );
    assert!(column(&rows, "phone").iter().all(|phone| phone.starts_with("'+")), "{rows:?}");
    let seen = column(&table(&sdr.get(&path).text), "id").len();
    assert_eq!(seen, 1, "two leads, in turns to two people");
    let told = api(&entrance, "GET", &format!("/audit?entity_type=form&entity_id={form}"), &Value::Null);
    let actions: Vec<&str> =
        told["items"].as_array().unwrap().iter().filter_map(|row| row["action"].as_str()).collect();
    assert_eq!(actions.iter().filter(|action| **action == "export").count(), 2, "{told}");
}

/// A database whose first company's form has many submissions; the form, and their ids, oldest first.
fn with_many(state: &State, count: i64) -> (String, Vec<String>) {
    let company = state.companies()[0]["company_id"].as_str().unwrap().to_owned();
    let database = Connection::open(state.database()).unwrap();
    let form: String =
        database.query_row("SELECT id FROM forms WHERE company_id = ?1", [&company], |row| row.get(0)).unwrap();
    let ids: Vec<String> =
        (1..=count).map(|n| Id::new(Instant::from_ms(1_700_000_000_000 + n).unwrap(), &[7; 10]).to_string()).collect();
    let sql = "INSERT INTO form_tests (company_id, form_id, id, form_version, user_id, email_key, submitted, created_at) \
         VALUES (?1, ?2, ?3, 1, ?3, '', ?4, 1700000000000)";
    database.execute_batch("BEGIN").unwrap();
    for id in &ids {
        database.execute(sql, params![company, form, id, json!({ "answers": { "gone": id } }).to_string()]).unwrap();
    }
    database.execute_batch("COMMIT").unwrap();
    (form, ids)
}

#[test]
fn a_long_file_comes_whole_in_order_and_goes_on_from_any_place() {
    let state = State::new(Disk::Memory);
    let (form, ids) = with_many(&state, 1_234);
    let mut entrance = Entrance::on(state);
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let path = format!("/console/forms/{form}/submissions.csv");
    let rows = table(&admin.get(&path).text);
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(column(&rows, "id"), newest);
    let rest = table(&admin.get(&format!("{path}?before=submission.{}", newest[999])).text);
    assert_eq!(column(&rest, "id"), newest[1000..]);
    let page = admin.get(&format!("/console/forms/{form}")).text;
    assert_eq!(page.matches(">Test<").count(), 20, "{page}");
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_is_none() {
    let state = State::new(Disk::Memory);
    let (form, ids) = with_many(&state, 1_234);
    let mut entrance = Entrance::with(state, &json!({ "watch": {} }));
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let path = format!("/console/forms/{form}/submissions.csv");
    // The first one looks up who asks; the second makes the calls that the third will make.
    admin.get(&path);
    forget(entrance.site.server());
    assert_eq!(column(&table(&admin.get(&path).text), "id").len(), ids.len());
    let made = calls(entrance.site.server()).len();
    assert!(made > 6, "{made} calls");
    // Every reading in turn fails, the last one too, when nearly all is there.
    for skip in [made - 1, made - 2, made - 6] {
        forget(entrance.site.server());
        let order = json!({ "when": "before", "count": 1, "reads": true, "skip": skip });
        let faults = format!("{}/faults", entrance.site.server().control_url());
        assert_eq!(agent().post(faults).send_json(order).unwrap().status(), 200);
        let broken = admin.get(&path);
        assert_eq!(calls(entrance.site.server()).iter().filter(|call| call["fault"] == "before").count(), 1);
        assert!(matches!(broken.status, 500 | 503) && broken.header("content-disposition").is_none(), "{broken:?}");
        assert!(!broken.text.contains("created_at"), "{broken:?}");
    }
    forget(entrance.site.server());
    assert_eq!(column(&table(&admin.get(&path).text), "id").len(), ids.len());
}

#[test]
fn what_is_too_much_for_one_file_comes_in_parts_that_make_the_whole() {
    let state = State::new(Disk::Memory);
    let (form, ids) = with_many(&state, 48_500);
    let mut entrance = Entrance::on(state);
    let cookie = entrance.enter(ADMIN);
    let admin = Person { entrance: &entrance, cookie };
    let page = admin.get(&format!("/console/forms/{form}/submissions.csv"));
    assert_eq!((page.status, page.header("content-disposition")), (413, None), "{page:?}");
    page.assert_dressed("text/html; charset=utf-8");
    let links = page.text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let parts: Vec<String> =
        links.filter(|link| link.contains("submissions.csv")).map(|link| link.replace("&amp;", "&")).collect();
    assert_eq!(parts.len(), 2, "{parts:?}");
    let mut all = Vec::new();
    for part in parts {
        let file = admin.get(&part);
        assert_eq!(file.status, 200, "{part}");
        all.extend(column(&table(&file.text), "id"));
    }
    let newest: Vec<String> = ids.iter().rev().cloned().collect();
    assert!(all == newest, "{} of {}", all.len(), newest.len());
}
