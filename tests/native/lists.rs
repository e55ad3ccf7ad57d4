//! Lists: filters, search, order and pages, and what an SDR may see of them (spec R1).

use lead_core::access::Visibility;
use lead_core::command::submit::Taken;
use lead_core::field::Country;
use lead_core::lead::Lead;
use lead_core::lead_query::LeadQuery;
use lead_store::leads::{list, one};
use lead_store::statement::{Database, Row};
use pollster::block_on;
use serde_json::{Value, json};

use super::stage::{DAY, START, Stage, Who, contact, visitor, with};

fn query(stage: &Stage, pairs: &[(&str, &str)]) -> LeadQuery {
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    LeadQuery::parse(&pairs, Country::INDIA, &stage.policy).unwrap()
}

/// Every lead of a list, page by page, and how many pages there were.
fn all(stage: &Stage, who: Who, pairs: &[(&str, &str)]) -> (Vec<Lead>, usize) {
    let (mut leads, mut cursor, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let mut pairs = pairs.to_vec();
        pairs.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let (query, seen) = (query(stage, &pairs), stage.visibility(who));
        let page = block_on(list::page(&stage.database, &stage.company_id, &query, &seen, &stage.policy)).unwrap();
        pages += 1;
        assert!(page.items.len() <= usize::from(query.paging.limit), "{pairs:?}");
        assert!(cursor.is_none() || page.next_cursor != cursor, "going round in a circle: {pairs:?}");
        leads.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return (leads, pages);
        }
    }
}

fn ids(stage: &Stage, who: Who, pairs: &[(&str, &str)]) -> Vec<String> {
    all(stage, who, pairs).0.iter().map(|lead| lead.id.to_string()).collect()
}

/// Sixty leads of three SDRs and of nobody, with many equal scores and instants.
fn sixty() -> Stage {
    let stage = Stage::new(3);
    for n in 0..60 {
        let source = ["referral", "google", "expo"][n % 3];
        let mut values = with(visitor(n), json!({ "utm_source": source }));
        if n % 10 == 9 {
            values["lg_ref"] = json!("x");
        }
        stage.visit(&values, &n.to_string(), START + 1_000 * n as i64);
    }
    stage.database.change(
        "UPDATE leads SET updated_at = created_at + (created_at / 1000 % 7) * 100000 - created_at % 5000, \
           lead_score = (created_at / 1000 * 37 % 11) * 10; \
         UPDATE leads SET status = 'contacted', stage = 'consideration' WHERE created_at / 1000 % 4 = 0; \
         UPDATE leads SET is_duplicate = 1 WHERE created_at / 1000 % 5 = 0; \
         UPDATE leads SET campaign = 'spring' WHERE created_at / 1000 % 6 = 0; \
         UPDATE leads SET deleted_at = 1, match_slot = id WHERE created_at / 1000 % 20 = 3",
    );
    stage
}

/// The leads that hold a condition and are seen, in this order, as the test reads them itself.
fn expected(stage: &Stage, who: Who, holds: impl Fn(&Row) -> bool, order: &str) -> Vec<String> {
    let rows = stage.database.rows(&format!("SELECT * FROM leads WHERE deleted_at IS NULL ORDER BY {order}"));
    let owner = |row: &Row| row["lead_owner_id"].as_str().and_then(lead_core::id::Id::parse);
    let seen = stage.visibility(who);
    let held = rows.iter().filter(|row| seen.sees(owner(row).as_ref()) && holds(row));
    held.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

const CALLERS: [Who; 3] = [Who::Admin, Who::Manager, Who::Sdr(1)];

const SORTS: [(&str, &str); 6] = [
    ("created_at", "id"),
    ("-created_at", "id DESC"),
    ("lead_score", "lead_score, id"),
    ("-lead_score", "lead_score DESC, id DESC"),
    ("updated_at", "updated_at, id"),
    ("-updated_at", "updated_at DESC, id DESC"),
];

#[test]
fn pages_give_each_lead_once_in_order() {
    let stage = sixty();
    for who in CALLERS {
        for (sort, order) in SORTS {
            for limit in ["1", "7", "200"] {
                let found = ids(&stage, who, &[("sort", sort), ("limit", limit)]);
                assert_eq!(found, expected(&stage, who, |_| true, order), "{who:?} {sort} {limit}");
            }
        }
    }
    assert!(expected(&stage, Who::Sdr(1), |_| true, "id").len() > 10);
}

#[test]
fn filters_keep_what_holds() {
    let stage = sixty();
    let text = |name: &'static str, value: &'static str| move |row: &Row| row[name] == value;
    let moment = "2026-11-23T10:00:30Z";
    let (cut, sdr) = (START + 30_000, stage.sdrs[1].to_string());
    let owner = sdr.clone();
    type Holds<'a> = Box<dyn Fn(&Row) -> bool + 'a>;
    let number = |row: &Row, name: &str| row[name].as_i64().unwrap();
    let cases: Vec<(Vec<(&str, &str)>, Holds<'_>)> = vec![
        (vec![("status", "contacted")], Box::new(text("status", "contacted"))),
        (vec![("stage", "consideration")], Box::new(text("stage", "consideration"))),
        (vec![("owner", &sdr)], Box::new(move |row| row["lead_owner_id"] == owner.as_str())),
        (vec![("owner", "none")], Box::new(|row| row["lead_owner_id"].is_null())),
        (vec![("source", "Google Ads")], Box::new(text("lead_source", "google_ads"))),
        (vec![("campaign", "spring")], Box::new(text("campaign", "spring"))),
        (vec![("score_min", "50")], Box::new(|row| number(row, "lead_score") >= 50)),
        (vec![("score_max", "30")], Box::new(|row| number(row, "lead_score") <= 30)),
        (vec![("created_from", moment)], Box::new(|row| number(row, "created_at") >= cut)),
        (vec![("created_to", moment)], Box::new(|row| number(row, "created_at") < cut)),
        (vec![("validation_status", "invalid")], Box::new(text("validation_status", "invalid"))),
        (vec![("duplicates", "true")], Box::new(|row| number(row, "is_duplicate") == 1)),
        (vec![("duplicates", "false")], Box::new(|row| number(row, "is_duplicate") == 0)),
        (
            vec![("status", "contacted"), ("score_min", "20"), ("score_max", "80"), ("duplicates", "false")],
            Box::new(|row| {
                row["status"] == "contacted"
                    && (20..=80).contains(&number(row, "lead_score"))
                    && row["is_duplicate"] == 0
            }),
        ),
    ];
    for who in CALLERS {
        for (pairs, holds) in &cases {
            let some = expected(&stage, Who::Admin, holds, "id");
            assert!(!some.is_empty() && some.len() < 57, "{pairs:?} tells nothing apart");
            for (sort, order) in SORTS {
                let mut pairs = pairs.clone();
                pairs.extend([("sort", sort), ("limit", "4")]);
                assert_eq!(ids(&stage, who, &pairs), expected(&stage, who, holds, order), "{who:?} {pairs:?}");
            }
        }
    }
}

#[test]
fn changes_since_an_instant_come_oldest_first() {
    let stage = sixty();
    let middle = "2026-11-23T10:04:00Z";
    let cut = START + 240_000;
    let later = |row: &Row| row["updated_at"].as_i64().unwrap() >= cut;
    let found = ids(&stage, Who::Admin, &[("updated_since", middle), ("limit", "5")]);
    let right = expected(&stage, Who::Admin, later, "updated_at, id");
    assert!(right.len() > 10 && right.len() < 50, "{}", right.len());
    assert_eq!(found, right);
    for (sort, order) in SORTS {
        let found = ids(&stage, Who::Sdr(0), &[("updated_since", middle), ("limit", "5"), ("sort", sort)]);
        assert_eq!(found, expected(&stage, Who::Sdr(0), later, order), "{sort}");
    }
}

#[test]
fn a_search_finds_by_address_name_company_and_phone() {
    let stage = Stage::new(2);
    let people = [
        json!({ "last_name": "O'Brien", "company_name": "Nordwind GmbH", "email": "Kim.Obrien@nordwind.de" }),
        json!({ "last_name": "Müller", "company_name": "Northwind Traders Ltd", "email": "mueller@northwind.com" }),
        json!({ "last_name": "Kimura", "company_name": "Ōsaka Pumps", "email": "taro@osaka-pumps.com" }),
    ];
    for (n, person) in people.into_iter().enumerate() {
        stage.visit(&with(visitor(n), person), &n.to_string(), START + n as i64);
    }
    let cases: [(&str, &[usize]); 14] = [
        ("kim.obrien@nordwind.de", &[0]),
        ("KIM", &[0, 2]),
        ("kimu", &[2]),
        ("nor", &[0, 1]),
        ("NORTHWIND", &[1]),
        ("mül", &[1]),
        ("MÜLLER", &[1]),
        ("o'brien", &[0]),
        ("Nordwind GmbH", &[0]),
        ("+919800000001", &[1]),
        ("98000 00002", &[2]),
        ("wind", &[]),
        ("%", &[]),
        ("\u{10ffff}", &[]),
    ];
    let stored = stage.leads();
    for (q, right) in cases {
        let right: Vec<&str> = right.iter().map(|n| stored[*n]["id"].as_str().unwrap()).collect();
        for (sort, _) in SORTS {
            let mut found = ids(&stage, Who::Admin, &[("q", q), ("sort", sort), ("limit", "1")]);
            found.sort();
            assert_eq!(found, right, "{q} {sort}");
        }
    }
    let mine: Vec<_> =
        [0, 1, 2].into_iter().filter(|n| stored[*n]["lead_owner_id"] == stage.sdrs[1].as_str()).collect();
    assert_eq!(ids(&stage, Who::Sdr(1), &[("q", "nor")]).len(), mine.iter().filter(|n| **n < 2).count());
}

/// Many leads, of which few answer: a page may be empty, yet no lead is lost or given twice.
#[test]
fn a_needle_in_a_haystack_is_found_once() {
    let stage = Stage::new(2);
    stage.visit(&visitor(1), "one", START);
    let columns: Vec<String> = stage.lead().keys().filter(|name| *name != "id").cloned().collect();
    let values = columns.iter().map(|name| match name.as_str() {
        "email_key" | "phone_e164" | "company_key" => format!("{name} || n"),
        "lead_score" => "n % 101".to_owned(),
        "updated_at" => "updated_at + n / 3".to_owned(),
        "lead_owner_id" => format!("CASE WHEN n % 2 THEN '{}' ELSE '{}' END", stage.sdrs[0], stage.sdrs[1]),
        "campaign" => "CASE WHEN n % 333 = 7 THEN 'needle' ELSE 'hay' END".to_owned(),
        name => name.to_owned(),
    });
    let values: Vec<String> = values.collect();
    stage.database.change(&format!(
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1700) \
         INSERT INTO leads (id, {}) SELECT substr(id, 1, 32) || printf('%04d', n), {} FROM leads, c",
        columns.join(", "),
        values.join(", ")
    ));
    for who in [Who::Admin, Who::Sdr(0), Who::Sdr(1)] {
        for (sort, order) in SORTS {
            for (pairs, needle) in [(vec![("campaign", "needle")], true), (vec![], false), (vec![("q", "asha")], false)]
            {
                let mut pairs = pairs.clone();
                pairs.extend([("sort", sort), ("limit", "200")]);
                let right = expected(&stage, who, |row| !needle || row["campaign"] == "needle", order);
                let (leads, pages) = all(&stage, who, &pairs);
                let found: Vec<String> = leads.iter().map(|lead| lead.id.to_string()).collect();
                assert_eq!(found.len(), right.len(), "{who:?} {pairs:?} in {pages} pages");
                assert_eq!(found, right, "{who:?} {pairs:?} in {pages} pages");
            }
        }
    }
}

#[test]
fn an_sdr_sees_no_ids_of_other_leads() {
    let stage = Stage::new(2);
    let blue = |n: usize, name: &str| {
        with(contact(n), json!({ "company_name": name, "email": format!("{n}@blueharbour.com") }))
    };
    let Taken::Created(first) = stage.submit(Who::Sdr(0), &blue(1, "Blue Harbour"), None, START) else {
        panic!("not created")
    };
    let made = stage.submit(Who::Sdr(1), &blue(2, "Blue Harbor"), None, START + 1);
    let Taken::Created(second) = made else { panic!("{made:?}") };
    // Its maker learns that there is one, and not which.
    assert_eq!((second.is_duplicate, &second.duplicate_of, &second.matches), (true, &None, &json!([])));
    for (who, shown) in [(Who::Admin, true), (Who::Manager, true), (Who::Sdr(1), false)] {
        let visibility = stage.visibility(who);
        let listed = all(&stage, who, &[("duplicates", "true")]).0.remove(0);
        let read = one::read(&stage.company_id, &second.id, &visibility, &visibility);
        let outcomes = block_on(stage.database.batch(read)).unwrap();
        let (lead, touches) = one::found(&outcomes, &stage.policy).unwrap().unwrap();
        assert_eq!(touches.len(), 1);
        for lead in [listed, lead] {
            assert_eq!(lead.id, second.id);
            assert_eq!(lead.duplicate_of, shown.then(|| first.id.clone()), "{who:?}");
            let matches = lead.matches.as_array().unwrap();
            assert_eq!(matches.iter().filter(|found| found["id"] == first.id.as_str()).count(), usize::from(shown));
            assert_eq!(matches.len(), usize::from(shown), "{who:?}");
        }
    }
    // One of somebody else's is nothing at all.
    let other = stage.visibility(Who::Sdr(1));
    assert_eq!(show(&stage, &first, &other), None);
    assert!(show(&stage, &second, &other).is_some());
    stage.database.change("UPDATE leads SET deleted_at = 1");
    assert_eq!(show(&stage, &second, &Visibility::Company), None);
}

fn show(stage: &Stage, lead: &Lead, visibility: &Visibility) -> Option<Value> {
    let outcomes =
        block_on(stage.database.batch(one::read(&stage.company_id, &lead.id, visibility, visibility))).unwrap();
    one::found(&outcomes, &stage.policy).unwrap().map(|(lead, _)| json!(lead))
}

#[test]
fn an_address_finds_its_leads_exactly() {
    let stage = sixty();
    let lead = &all(&stage, Who::Admin, &[("sort", "created_at"), ("limit", "1")]).0[7];
    let shouted = lead.email.to_uppercase();
    assert_eq!(ids(&stage, Who::Admin, &[("email", &shouted)]), [lead.id.to_string()]);
    let part = lead.email.split('@').next().map(|local| format!("{local}@other.com")).unwrap();
    assert_eq!(ids(&stage, Who::Admin, &[("email", &part)]), [""; 0]);
    let foreign = [0, 1, 2].into_iter().find(|n| lead.lead_owner_id.as_ref() != Some(&stage.sdrs[*n])).unwrap();
    assert_eq!(ids(&stage, Who::Sdr(foreign), &[("email", &shouted)]), [""; 0]);
    // A converted lead and the one that stands now have the same address.
    stage.database.change(&format!("UPDATE leads SET status = 'converted', match_slot = id WHERE id = '{}'", lead.id));
    let values = with(visitor(7), json!({ "email": lead.email, "phone": lead.phone }));
    stage.visit(&values, "again", START + DAY);
    assert_eq!(ids(&stage, Who::Admin, &[("email", &shouted)]).len(), 2);
    assert_eq!(ids(&stage, Who::Admin, &[("email", &shouted), ("status", "converted")]), [lead.id.to_string()]);
}

#[test]
fn deleted_leads_and_those_of_an_account_are_listed_apart() {
    let stage = sixty();
    let account = stage.context(START).ids.next_id();
    stage.database.change(&format!(
        "UPDATE leads SET converted_to_account_id = '{account}' WHERE created_at / 1000 % 3 = 1; \
         UPDATE leads SET deleted_at = NULL, match_slot = '' WHERE created_at / 1000 % 40 = 3"
    ));
    for who in CALLERS {
        for (sort, order) in SORTS {
            let here = |sql: &str| {
                let rows = stage.database.rows(&format!("SELECT * FROM leads WHERE {sql} ORDER BY {order}"));
                let seen = stage.visibility(who);
                let owner = |row: &Row| row["lead_owner_id"].as_str().and_then(lead_core::id::Id::parse);
                let held = rows.iter().filter(|row| seen.sees(owner(row).as_ref()));
                held.map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
            };
            let of_account = ids(&stage, who, &[("account_id", account.as_str()), ("sort", sort), ("limit", "3")]);
            let condition = "deleted_at IS NULL AND converted_to_account_id IS NOT NULL";
            assert_eq!(of_account, here(condition), "{who:?} {sort}");
            let deleted = ids(&stage, who, &[("deleted", "true"), ("sort", sort), ("limit", "2")]);
            assert_eq!(deleted, here("deleted_at IS NOT NULL"), "{who:?} {sort}");
        }
    }
    assert!(ids(&stage, Who::Admin, &[("deleted", "true")]).len() == 1);
}
