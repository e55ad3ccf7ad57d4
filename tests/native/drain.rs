//! Many due leads of many companies: each run is bounded, and nobody waits for ever because others have more (spec E2).

use std::collections::BTreeMap;

use lead_store::nurture::{Budget, Report};
use serde_json::json;

use super::nursery::{Nursery, agreed, welcome};
use super::sqlite::Sqlite;
use super::stage::{DAY, START, Stage};

/// A company with very many due leads, and others with a few each.
const LARGE: usize = 1_200;
const SMALL: usize = 4;
const COMPANIES: usize = 25;

/// Makes a company of the first one's picture, with so many leads, each of which is due.
fn copy(nursery: &Nursery, number: usize, leads: usize) {
    let database = &nursery.stage.database;
    let (old, company) = (nursery.stage.company_id.to_string(), format!("01900000-0000-7000-8000-{number:012}"));
    let cloned = |table: &str, changes: &[(&str, &str)]| {
        let columns = database.rows(&format!("SELECT name FROM pragma_table_info('{table}')"));
        let names: Vec<&str> = columns.iter().map(|row| row["name"].as_str().unwrap()).collect();
        let value = |name: &&str| {
            changes
                .iter()
                .find(|(column, _)| column == name)
                .map_or_else(|| (*name).to_owned(), |(_, sql)| (*sql).to_owned())
        };
        let values: Vec<String> = names.iter().map(value).collect();
        (names.join(", "), values.join(", "))
    };
    let of = format!("'{company}'");
    let mut sql = String::new();
    for (table, key) in [
        ("companies", "id"),
        ("company_settings", "company_id"),
        ("sequences", "company_id"),
        ("sequence_revisions", "company_id"),
    ] {
        let mut changes = vec![(key, of.as_str())];
        if table == "company_settings" {
            changes.push(("id", of.as_str()));
        }
        let (names, values) = cloned(table, &changes);
        sql += &format!("INSERT INTO {table} ({names}) SELECT {values} FROM {table} WHERE {key} = '{old}';");
    }
    let id = format!("printf('01900000-{:04}-7000-8000-%012d', n.value)", number);
    let address = "printf('lead%d@works%d.com', n.value, n.value)";
    let changes = [
        ("company_id", of.as_str()),
        ("id", id.as_str()),
        ("email", address),
        ("email_key", address),
        ("phone_e164", "NULL"),
        ("lead_owner_id", "NULL"),
    ];
    let (names, values) = cloned("leads", &changes);
    let count = json!(vec![0; leads]).to_string().replace('0', "1");
    let numbers = format!("(SELECT key AS value FROM json_each('{count}')) n");
    sql += &format!(
        "INSERT INTO leads ({names}) SELECT {values} FROM leads CROSS JOIN {numbers} WHERE company_id = '{old}';"
    );
    let changes = [("company_id", of.as_str()), ("lead_id", id.as_str()), ("id", id.as_str())];
    let (names, values) = cloned("enrolments", &changes);
    sql += &format!(
        "INSERT INTO enrolments ({names}) SELECT {values} FROM enrolments CROSS JOIN {numbers} WHERE company_id = '{old}';"
    );
    database.change(&sql);
}

/// The first company has one lead that is due; the others are made of its picture.
fn crowd(companies: &[usize]) -> Nursery {
    let nursery = Nursery::on(Stage::on(Sqlite::unwatched(), 1));
    nursery.sequence(&welcome(&[1]));
    nursery.lead(1, &agreed(1), START);
    nursery.pass(START + 60_000);
    assert_eq!(nursery.stage.count("enrolments"), 1);
    for (number, leads) in companies.iter().enumerate() {
        copy(&nursery, number + 1, *leads);
    }
    nursery
}

/// How many mails each company was sent so far.
fn sent(nursery: &Nursery) -> BTreeMap<String, usize> {
    let mut sent = BTreeMap::new();
    for mail in nursery.office.taken.borrow().iter() {
        *sent.entry(mail.company_id.to_string()).or_default() += 1;
    }
    sent
}

#[test]
fn many_due_leads_drain_and_starve_nobody() {
    let leads: Vec<usize> = (0..COMPANIES).map(|number| if number == 7 { LARGE } else { SMALL }).collect();
    let nursery = crowd(&leads);
    let all = leads.iter().sum::<usize>() + 1;
    let budget = Budget::default();
    let mut written = 0;
    let mut small_done = None;
    let mut runs = 0;
    let mut before = sent(&nursery);
    while nursery.sent().len() < all {
        runs += 1;
        let report: Report = nursery.pass_on(nursery.database(), START + 2 * DAY + runs * 60_000, budget);
        assert_eq!(report.faults, Vec::<String>::new());
        assert!(report.statements <= 1_000, "a run sent {} statements", report.statements);
        assert!(report.due <= budget.enrolments, "{report:?}");
        assert!(report.written > 0 || written == all, "a run found nothing to write, with {written} of {all} written");
        written += report.written;
        let now = sent(&nursery);
        let gained = now.values().sum::<usize>() - before.values().sum::<usize>();
        assert!(gained > 0, "a run sent nothing");
        before = now;
        let waiting = (1..=COMPANIES)
            .filter(|number| *number != 8)
            .any(|number| before.get(&format!("01900000-0000-7000-8000-{number:012}")).copied().unwrap_or(0) < SMALL);
        if !waiting && small_done.is_none() {
            small_done = Some(runs);
        }
        assert!(runs < 200, "{written} of {all} written, {before:?}");
    }
    assert_eq!((written, nursery.sent().len()), (all, all), "each once");
    // Whoever has four does not wait until 1,200 of somebody else are sent: a share of each run is theirs.
    let small_done = small_done.unwrap();
    assert!(small_done * 4 < runs, "the small ones waited for {small_done} of {runs} runs");
    nursery.pass(START + 3 * DAY);
    assert_eq!(nursery.sent().len(), all, "nothing is sent again");
}
