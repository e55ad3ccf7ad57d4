//! Lists over many leads: whatever is asked, a page reads a bounded number of rows.

use rusqlite::Connection;
use serde_json::json;

use super::exchange::Site;
use crate::server::{Disk, State};

/// How many leads there are, and how many rows a page may read (issue 2).
const LEADS: u32 = 6_000;
const MOST_READ: u64 = 1_000;

/// Leads written straight into the database: one in five hundred is the first SDR's, two in five are possible duplicates
/// of the one before, one in three hundred is of a campaign of its own.
fn fill(state: &State) {
    let company = &state.companies()[0];
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let owners = [text(&company["owners"][0]), text(&company["owners"][1])];
    let attribution = json!({
        "lead_source": "expo", "lead_source_raw": "expo", "campaign": "hay", "medium": null, "term": null, "content": null,
        "gclid": null, "gbraid": null, "wbraid": null, "msclkid": null, "fbclid": null, "referrer": null,
        "landing_page": null, "attribution_inferred": false
    });
    let sql = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?5) \
         INSERT INTO leads (company_id, id, first_name, last_name, company_name, email, phone, country, lead_source, campaign, \
           attribution, lead_owner_id, status, stage, fit, engagement, score_raw, lead_score, policy_version, is_duplicate, \
           duplicate_of, matches, spam_score, spam_reasons, validation_status, email_key, last_name_key, company_key, \
           created_at, updated_at) \
         SELECT ?1, printf('01890000-0000-7000-8000-%012d', n), 'Asha', 'Verma', 'Works', 'asha@works.com', '1', 'IN', 'expo', \
           CASE WHEN n % 300 = 7 THEN 'needle' ELSE 'hay' END, ?4, CASE WHEN n % 500 = 3 THEN ?2 ELSE ?3 END, 'new', 'awareness', \
           '[]', '{}', n % 101, n % 101, 'default-1', n % 5 < 2, \
           CASE WHEN n % 5 < 2 THEN printf('01890000-0000-7000-8000-%012d', n - 1) END, \
           CASE WHEN n % 5 < 2 THEN printf('[{\"entity\":\"lead\",\"id\":\"01890000-0000-7000-8000-%012d\"}]', n - 1) ELSE '[]' END, \
           0, '[]', 'valid', printf('asha%d@works.com', n), 'verma', 'works', n, n / 3 FROM c";
    let database = Connection::open(state.database()).unwrap();
    let company_id = text(&company["company_id"]);
    let [first, second] = owners;
    database.execute(sql, (company_id, first, second, attribution.to_string(), LEADS)).unwrap();
}

#[test]
fn a_page_reads_at_most_a_thousand_rows() {
    let state = State::new(Disk::Memory);
    fill(&state);
    let site = Site::on(state, &json!({}));
    let mut dearest = (0, String::new());
    for who in ["admin", "manager", "sdr"] {
        for sort in ["created_at", "-created_at", "lead_score", "-lead_score", "updated_at", "-updated_at"] {
            for filter in
                ["", "&campaign=needle", "&duplicates=true", "&q=verma", "&q=asha77", "&owner=none", "&score_min=90"]
            {
                let path = format!("/api/companies/{}/leads?sort={sort}&limit=200{filter}", site.company(0));
                let page = site.get(who, &path);
                assert_eq!(page.status, 200, "{page:?}");
                let [_, read, _] = page.cost();
                if read > dearest.0 {
                    dearest = (read, format!("{who} {sort} {filter}"));
                }
            }
        }
    }
    println!("the dearest page reads {} rows: {}", dearest.0, dearest.1);
    assert!(dearest.0 <= MOST_READ, "{dearest:?}");
}
