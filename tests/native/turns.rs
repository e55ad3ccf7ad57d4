//! Who gets a lead (spec A).

use std::collections::BTreeMap;

use lead_core::command::submit::Taken;
use serde_json::{Value, json};

use super::sqlite::migrations;
use super::stage::{START, Stage, Who, contact, visitor};

/// How many leads each owner has.
fn shares(stage: &Stage) -> BTreeMap<String, usize> {
    let mut shares = BTreeMap::new();
    for lead in stage.leads() {
        *shares.entry(lead["lead_owner_id"].as_str().unwrap_or("nobody").to_owned()).or_default() += 1;
    }
    shares
}

/// Changes the stored routing document.
fn route(stage: &Stage, change: impl FnOnce(&mut Value)) {
    let row = &stage.database.rows("SELECT document FROM routings")[0];
    let mut document: Value = serde_json::from_str(row["document"].as_str().unwrap()).unwrap();
    change(&mut document);
    stage.database.change(&format!("UPDATE routings SET document = '{document}'"));
}

#[test]
fn n_owners_share_n_times_k_leads_evenly() {
    for owners in [1, 2, 3, 5] {
        let stage = Stage::new(owners);
        for n in 0..owners * 4 {
            stage.visit(&visitor(n), &n.to_string(), START + n as i64);
        }
        let shares = shares(&stage);
        assert_eq!(shares.len(), owners, "{shares:?}");
        assert!(shares.values().all(|leads| *leads == 4), "{shares:?}");
    }
}

#[test]
fn duplicates_and_replays_take_no_turn() {
    let stage = Stage::new(2);
    for n in 0..4 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
        stage.visit(&visitor(n), &format!("again-{n}"), START + n as i64);
    }
    assert!(shares(&stage).values().all(|leads| *leads == 2));
    assert_eq!(stage.turns(), [4]);
}

#[test]
fn a_lead_of_an_sdr_is_theirs_and_takes_no_turn() {
    let stage = Stage::new(2);
    let Taken::Created(lead) = stage.submit(Who::Sdr(1), &contact(1), None, START) else { panic!("not created") };
    assert_eq!(lead.lead_owner_id.as_ref(), Some(&stage.sdrs[1]));
    assert_eq!(lead.assignment.map(|why| (why.rule, why.turn)), Some(("creator".to_owned(), None)));
    assert!(stage.turns().is_empty());
    let Taken::Created(lead) = stage.submit(Who::Admin, &contact(2), None, START) else { panic!("not created") };
    assert_eq!(lead.lead_owner_id.as_ref(), Some(&stage.sdrs[0]));
    assert_eq!(lead.assignment.map(|why| (why.rule, why.turn)), Some(("pool".to_owned(), Some(1))));
}

#[test]
fn the_absent_the_inactive_and_the_full_are_skipped() {
    let stage = Stage::new(5);
    route(&stage, |document| {
        let members = document["pools"][0]["members"].as_array_mut().unwrap();
        members[0]["active"] = json!(false);
        members[1]["absent_until"] = json!("2099-01-01T00:00:00Z");
        members[2]["capacity"] = json!(3);
    });
    stage.database.change(&format!("UPDATE rounds SET loads = '{{\"{}\":3}}'", stage.sdrs[2]));
    for n in 0..6 {
        stage.visit(&visitor(n), &n.to_string(), START + n as i64);
    }
    let expected = BTreeMap::from([3, 4].map(|n| (stage.sdrs[n].to_string(), 3)));
    assert_eq!(shares(&stage), expected);
}

#[test]
fn nobody_eligible_is_the_queue() {
    let stage = Stage::new(1);
    route(&stage, |document| document["pools"][0]["members"] = json!([]));
    let Taken::Created(lead) = stage.visit(&visitor(1), "one", START) else { panic!("not created") };
    assert_eq!(lead.lead_owner_id, None);
    assert_eq!(lead.assignment.map(|why| why.rule), Some("queue".to_owned()));
    // A person who creates one gets it, as in the seed.
    let Taken::Created(lead) = stage.submit(Who::Manager, &contact(2), None, START) else { panic!("not created") };
    assert!(lead.lead_owner_id.is_some());
}

#[test]
fn a_territory_has_its_own_pool_and_turns() {
    let stage = Stage::new(4);
    let mut ids = stage.context(START).ids;
    let (territory, pool) = (ids.next_id(), ids.next_id());
    route(&stage, |document| {
        let members = document["pools"][0]["members"].as_array_mut().unwrap();
        let north = members.split_off(2);
        document["pools"].as_array_mut().unwrap().push(json!({ "id": pool, "members": north }));
        document["territories"] = json!([{ "id": territory, "pool_id": pool, "countries": ["DE"] }]);
    });
    for n in 0..4 {
        let mut values = visitor(n);
        if n % 2 == 0 {
            values["country"] = json!("Germany");
            values["phone"] = json!(format!("+4930{n:07}"));
        }
        stage.visit(&values, &n.to_string(), START + n as i64);
    }
    let owners: Vec<_> = stage.leads().iter().map(|lead| lead["lead_owner_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(owners, [2, 0, 3, 1].map(|n| stage.sdrs[n].to_string()));
}

#[test]
fn turns_and_loads_are_taken_along_into_their_row() {
    let database = rusqlite::Connection::open_in_memory().unwrap();
    let (before, after): (Vec<_>, Vec<_>) = migrations().into_iter().partition(|(name, _)| name.as_str() < "0008");
    let stored = "INSERT INTO companies (id, name, created_at) VALUES ('busy', 'B', 1), ('new', 'N', 1); \
         INSERT INTO routings (company_id, document, loads) VALUES ('busy', '{}', '{\"asha\":3}'), ('new', '{}', '{}'); \
         INSERT INTO turns (company_id, pool_id, turn) VALUES ('busy', 'one', 5), ('busy', 'two', 7)";
    for text in
        before.iter().map(|(_, text)| text.as_str()).chain([stored]).chain(after.iter().map(|(_, text)| text.as_str()))
    {
        database.execute_batch(text).unwrap();
    }
    let mut rows = database.prepare("SELECT company_id, turns, loads FROM rounds ORDER BY 1").unwrap();
    let rows = rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?])).unwrap();
    let rows: Vec<[String; 3]> = rows.map(Result::unwrap).collect();
    assert_eq!(rows, [["busy", r#"{"one":5,"two":7}"#, r#"{"asha":3}"#], ["new", "{}", "{}"]]);
}
