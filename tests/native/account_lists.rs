//! Lists of accounts: filters, order and pages, and who sees what (spec R1).

use lead_core::account_query::AccountQuery;
use lead_core::id::{Id, IdSource};
use lead_core::time::Instant;
use lead_store::accounts::list;
use lead_store::statement::Row;
use pollster::block_on;
use serde_json::{Value, json};

use super::accounts::create;
use super::stage::{START, Stage, Who, visitor};

/// An opportunity of the account, of this owner.
pub(super) fn link(stage: &Stage, account: &Id, owner: &Id, n: usize) {
    let id = IdSource::new(Instant::from_ms(START + n as i64).unwrap(), [n as u8; 10]).next_id();
    stage.database.change(&format!(
        "INSERT INTO opportunities (company_id, id, account_id, name, name_key, deal_value, currency, pipeline_stage, probability, \
         forecast_category, close_date, owner_id, created_at, updated_at) VALUES ('{}', '{id}', '{account}', 'Deal', 'deal', 100, 'INR', \
         'prospect', 10, 'best_case', {START}, '{owner}', {START}, {START})",
        stage.company_id
    ));
}

/// Accounts of everybody and nobody, some seen through leads and opportunities only.
pub(super) fn crowd(accounts: usize) -> Stage {
    let stage = Stage::new(3);
    for n in 0..accounts {
        let body = json!({
            "name": format!("Company {n}"),
            "domain": format!("company-{n}.com"),
            "industry": (["Pumps", "Valves"][n % 2]),
            "account_type": (["customer", "prospect", "partner"][n % 3]),
            "health_score": (["green", "red"][n / 2 % 2]),
            "is_active": n % 7 != 0,
        });
        let who = [Who::Sdr(0), Who::Sdr(1), Who::Sdr(2), Who::Admin, Who::Admin][n % 5];
        let account = create(&stage, who, &body, START + 1000 * n as i64).unwrap();
        if n % 10 == 3 {
            link(&stage, &account.id, &stage.sdrs[n / 10 % 3], n);
        }
        if n % 10 == 8 {
            stage.visit(&visitor(n), &n.to_string(), START + n as i64);
            let lead = "(SELECT max(id) FROM leads)";
            let owner = ["NULL".to_owned(), format!("'{}'", stage.sdrs[n / 10 % 3])][n / 20 % 2].clone();
            stage.database.change(&format!(
                "UPDATE leads SET converted_to_account_id = '{}', status = 'converted', match_slot = id, lead_owner_id = {owner} WHERE id = {lead}",
                account.id
            ));
        }
    }
    stage.database.change(
        "UPDATE accounts SET account_owner_id = NULL WHERE created_at / 1000 % 11 = 4; \
         UPDATE accounts SET updated_at = created_at + (created_at / 1000 % 7) * 100000 - created_at % 5000; \
         UPDATE accounts SET deleted_at = 1 WHERE created_at / 1000 % 13 = 5; \
         UPDATE leads SET deleted_at = 1 WHERE created_at % 50 = 28",
    );
    stage
}

/// Whether the caller sees the account, as the rule says it (spec R1), without the index or the text that the store uses.
pub(super) fn is_seen(stage: &Stage, who: Who, account: &Row) -> bool {
    let visibility = stage.visibility(who);
    let owner = |row: &Row, name: &str| row[name].as_str().and_then(Id::parse);
    let linked = |table: &str, place: &str, name: &str| {
        let id = account["id"].as_str().unwrap();
        let rows = stage.database.rows(&format!("SELECT * FROM {table} WHERE {place} = '{id}' AND deleted_at IS NULL"));
        rows.iter().any(|row| visibility.sees(owner(row, name).as_ref()))
    };
    visibility.sees(owner(account, "account_owner_id").as_ref())
        || linked("leads", "converted_to_account_id", "lead_owner_id")
        || linked("opportunities", "account_id", "owner_id")
}

fn pages(stage: &Stage, who: Who, pairs: &[(&str, &str)]) -> (Vec<String>, usize) {
    let (mut ids, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let own = pairs.iter().copied().chain(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let pairs: Vec<_> = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let query = AccountQuery::parse(&pairs).unwrap();
        let seen = stage.visibility(who);
        let page = block_on(list::page(&stage.database, &stage.company_id, &query, &seen, "INR")).unwrap();
        pages += 1;
        assert!(page.items.len() <= usize::from(query.paging.limit), "{pairs:?}");
        assert!(cursor.is_none() || page.next_cursor != cursor, "going round in a circle: {pairs:?}");
        ids.extend(page.items.iter().map(|account| account.id.to_string()));
        cursor = page.next_cursor;
        if cursor.is_none() {
            return (ids, pages);
        }
    }
}

fn expected(stage: &Stage, who: Who, holds: impl Fn(&Row) -> bool, order: &str) -> Vec<String> {
    let rows = stage.database.rows(&format!("SELECT * FROM accounts WHERE deleted_at IS NULL ORDER BY {order}"));
    let held = rows.iter().filter(|row| holds(row) && is_seen(stage, who, row));
    held.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

pub(super) const CALLERS: [Who; 4] = [Who::Admin, Who::Manager, Who::Sdr(0), Who::Sdr(1)];

pub(super) const SORTS: [(&str, &str); 4] = [
    ("created_at", "id"),
    ("-created_at", "id DESC"),
    ("updated_at", "updated_at, id"),
    ("-updated_at", "updated_at DESC, id DESC"),
];

#[test]
fn pages_give_each_account_once_in_order() {
    let stage = crowd(120);
    for who in CALLERS {
        for (sort, order) in SORTS {
            for limit in ["1", "7", "200"] {
                let (found, _) = pages(&stage, who, &[("sort", sort), ("limit", limit)]);
                assert_eq!(found, expected(&stage, who, |_| true, order), "{who:?} {sort} {limit}");
            }
        }
    }
    let own = expected(&stage, Who::Sdr(0), |row| row["account_owner_id"] == stage.sdrs[0].as_str(), "id");
    assert!(
        expected(&stage, Who::Sdr(0), |_| true, "id").len() > own.len() + 2,
        "some are seen through leads and deals"
    );
}

#[test]
fn filters_keep_what_holds() {
    let stage = crowd(60);
    let (sdr, nobody) = (stage.sdrs[1].to_string(), Value::Null);
    let is = |name: &'static str, value: Value| move |row: &Row| row[name] == value;
    type Holds<'a> = Box<dyn Fn(&Row) -> bool + 'a>;
    let number = |row: &Row, name: &str| row[name].as_i64().unwrap();
    let since = "2026-11-23T10:02:00Z";
    let cases: Vec<(Vec<(&str, &str)>, Holds<'_>)> = vec![
        (vec![("owner", &sdr)], Box::new(is("account_owner_id", sdr.clone().into()))),
        (vec![("owner", "none")], Box::new(is("account_owner_id", nobody))),
        (vec![("account_type", "partner")], Box::new(is("account_type", "partner".into()))),
        (vec![("lifecycle_stage", "MQA")], Box::new(is("lifecycle_stage", "MQA".into()))),
        (vec![("health_score", "red")], Box::new(is("health_score", "red".into()))),
        (vec![("industry", "Valves")], Box::new(is("industry", "Valves".into()))),
        (vec![("is_active", "false")], Box::new(is("is_active", 0.into()))),
        (vec![("q", "company 1")], Box::new(|row| row["company_key"].as_str().unwrap().starts_with("company 1"))),
        (vec![("q", "COMPANY-2")], Box::new(|row| row["domain"].as_str().unwrap().starts_with("company-2"))),
        (vec![("created_from", "2026-11-23T10:00:30Z")], Box::new(|row| number(row, "created_at") >= START + 30_000)),
        (vec![("created_to", "2026-11-23T10:00:30Z")], Box::new(|row| number(row, "created_at") < START + 30_000)),
        (
            vec![("updated_since", since), ("sort", "created_at")],
            Box::new(|row| number(row, "updated_at") >= START + 120_000),
        ),
        (
            vec![("owner", &sdr), ("industry", "Pumps"), ("account_type", "customer")],
            Box::new(|row| {
                row["account_owner_id"] == sdr.as_str()
                    && row["industry"] == "Pumps"
                    && row["account_type"] == "customer"
            }),
        ),
    ];
    for who in CALLERS {
        for (pairs, holds) in &cases {
            for (sort, order) in SORTS {
                let mut pairs: Vec<_> = pairs.iter().copied().filter(|(name, _)| *name != "sort").collect();
                pairs.extend([("sort", sort), ("limit", "5")]);
                assert_eq!(pages(&stage, who, &pairs).0, expected(&stage, who, holds, order), "{who:?} {pairs:?}");
            }
        }
    }
}

#[test]
fn nobody_walks_along_accounts_they_do_not_see() {
    let stage = Stage::new(2);
    for n in 0..3 {
        create(&stage, Who::Sdr(0), &json!({ "name": format!("Mine {n}") }), START + n).unwrap();
    }
    // As many others before, between and after them as many pages of a walk would read.
    stage.database.change(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) \
         INSERT INTO accounts (company_id, id, name, company_key, account_owner_id, account_type, health_score, lifecycle_stage, created_at, updated_at) \
         SELECT '{}', printf('019ab%03x-%04x-7000-8000-%012x', i % 4096, i / 4096, i), 'Other', 'other', '{}', 'prospect', 'green', 'MQA', {START}, {START} + i FROM n",
        stage.company_id, stage.sdrs[1]
    ));
    for (sort, _) in SORTS {
        let (found, pages) = pages(&stage, Who::Sdr(0), &[("sort", sort)]);
        assert_eq!((found.len(), pages), (3, 1), "{sort}");
    }
    let (found, pages) = pages(&stage, Who::Manager, &[("limit", "50")]);
    assert_eq!((found.len(), pages), (6003, 121), "and a manager's pages are full");
}
