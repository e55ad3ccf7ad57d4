//! Lists of opportunities: filters, order, pages, and what each role sees of them (spec R1).

use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::opportunity::OpportunityQuery;
use lead_core::time::Instant;
use lead_store::opportunities::list;
use pollster::block_on;
use serde_json::{Value, json};

use super::opportunities::Sales;
use super::stage::{DAY, START, Who};

/// Every opportunity of a list, page by page.
fn all(sales: &Sales, seen: &Visibility, pairs: &[(&str, &str)]) -> Vec<Value> {
    let (mut found, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let mut pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        pairs.extend(cursor.take().map(|cursor| ("cursor".to_owned(), cursor)));
        let query = OpportunityQuery::parse(&pairs).unwrap();
        let page = block_on(list::page(&sales.stage.database, &sales.stage.company_id, &query, seen)).unwrap();
        assert!(page.items.len() <= usize::from(query.paging.limit));
        pages += 1;
        assert!(pages < 1000, "going round in a circle: {pairs:?}");
        found.extend(page.items.iter().map(|item| json!(item)));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

/// So many opportunities of all kinds, written behind the commands' back.
pub(crate) fn fill(sales: &Sales, count: i64) {
    let Sales { stage, accounts, .. } = sales;
    let (company, [a, b], sdrs) = (&stage.company_id, accounts, &stage.sdrs);
    stage.database.change(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {count}) \
         INSERT INTO opportunities (company_id, id, account_id, name, name_key, deal_value, currency, pipeline_stage, probability, \
           forecast_category, close_date, owner_id, closed_at, created_at, updated_at, deleted_at) \
         SELECT '{company}', printf('0190%04x-0000-7000-8000-%012x', i / 65536, i), CASE i % 3 WHEN 0 THEN '{b}' ELSE '{a}' END, \
           'Deal ' || (i % 10), 'deal ' || (i % 10), i * 7919 % 1000003, 'INR', \
           CASE i % 6 WHEN 0 THEN 'prospect' WHEN 1 THEN 'qualified' WHEN 2 THEN 'proposal_sent' WHEN 3 THEN 'negotiation' \
             WHEN 4 THEN 'closed_won' ELSE 'closed_lost' END, \
           CASE i % 6 WHEN 4 THEN 100 WHEN 5 THEN 0 ELSE i * 31 % 101 END, \
           CASE i % 5 WHEN 0 THEN 'commit' WHEN 1 THEN 'best_case' WHEN 2 THEN 'most_likely' WHEN 3 THEN 'worst_case' ELSE 'none' END, \
           {START} + (i * 37 % 600 - 60) * {DAY}, CASE i % 4 WHEN 0 THEN '{}' WHEN 1 THEN '{}' WHEN 2 THEN NULL ELSE '{}' END, \
           CASE WHEN i % 6 > 3 THEN {START} - (i * 13 % 90) * {DAY} END, {START} + i / 3, {START} + (i * 17 % 50), CASE WHEN i % 19 = 0 THEN 1 END \
         FROM n; UPDATE opportunities SET forecast_category = 'commit' WHERE pipeline_stage = 'closed_won'",
        sdrs[0], sdrs[1], stage.principal(Who::Admin).user_id
    ));
}

/// One filter, and what it asks of a row.
type Filter<'a> = (&'a str, &'a str, Box<dyn Fn(&Value) -> bool + 'a>);

fn text(row: &Value, name: &str) -> String {
    row[name].as_str().unwrap_or_default().to_owned()
}

/// The ids of those rows that are wanted, in this order.
fn expected(rows: &[Value], sort: &str, wanted: impl Fn(&Value) -> bool) -> Vec<String> {
    let by_change = sort.ends_with("updated_at");
    let key = |row: &Value| if by_change { row["updated_at"].as_i64() } else { None };
    let mut found: Vec<_> = rows.iter().filter(|row| wanted(row)).map(|row| (key(row), text(row, "id"))).collect();
    found.sort();
    if sort.starts_with('-') {
        found.reverse();
    }
    found.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn lists_give_what_every_filter_asks_for_in_order_once() {
    let sales = Sales::new();
    fill(&sales, 500);
    let rows = sales.stage.database.rows("SELECT * FROM opportunities WHERE deleted_at IS NULL");
    let rows: Vec<Value> = rows.into_iter().map(Value::Object).collect();
    let (sdr, account) = (sales.stage.sdrs[0].to_string(), sales.accounts[1].to_string());
    let until = Instant::from_ms(START + 100 * DAY).unwrap().to_string();
    let filters: Vec<Filter<'_>> = vec![
        ("owner", &sdr, Box::new(|row| text(row, "owner_id") == sdr)),
        ("owner", "none", Box::new(|row| row["owner_id"].is_null())),
        ("pipeline_stage", "negotiation", Box::new(|row| text(row, "pipeline_stage") == "negotiation")),
        ("forecast_category", "worst_case", Box::new(|row| text(row, "forecast_category") == "worst_case")),
        ("account_id", &account, Box::new(|row| text(row, "account_id") == account)),
        ("closed", "true", Box::new(|row| !row["closed_at"].is_null())),
        ("closed", "false", Box::new(|row| row["closed_at"].is_null())),
        ("close_date_to", &until, Box::new(|row| row["close_date"].as_i64() < Some(START + 100 * DAY))),
        ("close_date_from", &until, Box::new(|row| row["close_date"].as_i64() >= Some(START + 100 * DAY))),
        ("q", "DEAL 7", Box::new(|row| text(row, "name_key") == "deal 7")),
        ("q", "deal", Box::new(|_| true)),
        ("updated_since", "2026-11-23T10:00:00.030Z", Box::new(|row| row["updated_at"].as_i64() >= Some(START + 30))),
    ];
    for who in [Who::Admin, Who::Manager, Who::Sdr(0)] {
        let seen = sales.stage.visibility(who);
        let sees = |row: &Value| seen.sees(Id::parse(&text(row, "owner_id")).as_ref());
        for (name, value, holds) in &filters {
            for sort in ["created_at", "-created_at", "updated_at", "-updated_at"] {
                let found = all(&sales, &seen, &[(name, value), ("sort", sort), ("limit", "7")]);
                let found: Vec<_> = found.iter().map(|item| text(item, "id")).collect();
                let wanted = |row: &Value| holds(row) && sees(row);
                assert_eq!(found, expected(&rows, sort, wanted), "{who:?} {name}={value} {sort}");
            }
        }
    }
}
