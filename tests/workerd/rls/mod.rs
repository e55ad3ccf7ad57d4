//! Row-level security, cell by cell: every endpoint of the served document, for each role and each owner of the record.
//!
//! What may not be seen answers byte for byte as what does not exist (spec T1, R1); what a call writes, its audit rows tell (R3).

mod asked;
mod of_forms;
mod of_leads;
mod of_mails;
mod of_sales;
mod of_sequences;
mod of_settings;
mod of_suppressions;
mod table;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use table::{Case, NOTHING, table};
use world::{RECORDS, ROLES, Whose, World};

/// An endpoint as the document tells of it.
struct Operation {
    method: String,
    path: String,
    least: String,
    scope: String,
    /// Whether it changes a version that the caller names.
    if_match: bool,
    success: u16,
}

/// The endpoints of the API by their ids.
fn operations(world: &World) -> BTreeMap<String, Operation> {
    let document = world.site.send("GET", "/api/openapi.json", &[], b"").json();
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some(below) = path.strip_prefix("/api/companies/{company_id}") else { continue };
        for (method, told) in item.as_object().unwrap() {
            let answers = told["responses"].as_object().unwrap().keys();
            let success = answers.filter_map(|status| status.parse().ok()).find(|status: &u16| *status < 300);
            let operation = Operation {
                method: method.to_uppercase(),
                path: below.to_owned(),
                least: told["x-role"].as_str().unwrap().to_owned(),
                scope: told["x-scope"].as_str().unwrap().to_owned(),
                if_match: told["parameters"].as_array().unwrap().iter().any(|asked| asked["name"] == "If-Match"),
                success: success.unwrap(),
            };
            found.insert(told["operationId"].as_str().unwrap().to_owned(), operation);
        }
    }
    found
}

#[test]
fn every_endpoint_stands_in_the_table() {
    let world = World::new();
    let operations = operations(&world);
    let told: BTreeSet<&str> = operations.keys().map(String::as_str).collect();
    let tested: BTreeSet<&str> = table().map(|case| case.operation).collect();
    let missing: Vec<_> = told.difference(&tested).collect();
    assert!(missing.is_empty(), "missing in the table: {missing:?}");
    for case in table() {
        let least = operations.get(case.operation).map(|operation| operation.least.as_str());
        assert_eq!(least.unwrap_or(case.least), case.least, "{}: the least role", case.operation);
    }
}

#[test]
fn every_cell_is_as_the_table_says() {
    let world = World::new();
    let operations = operations(&world);
    let mut cells = 0;
    let mut wrong = Vec::new();
    for case in table() {
        // The other test tells of one that is not there.
        let Some(operation) = operations.get(case.operation) else { continue };
        let least = ["sdr", "manager", "admin"].iter().position(|role| *role == case.least).unwrap();
        for role in ROLES {
            let nobody = case.call(&world, operation, role, Whose::Nobody);
            let owners: &[Whose] = if operation.path.contains('{') { &RECORDS } else { &[Whose::Own] };
            for whose in owners.iter().copied() {
                let answer = case.call(&world, operation, role, whose);
                let expected = case.expected(operation, role, whose, least);
                cells += 1;
                if answer.header("ratelimit").is_none() || answer.header("ratelimit-policy").is_none() {
                    wrong.push(format!("{} {role:?} {whose:?}: nothing of the quota: {answer:?}", case.operation));
                }
                if answer.status != expected {
                    wrong.push(format!(
                        "{} {role:?} {whose:?}: {} for {expected} {}",
                        case.operation, answer.status, answer.text
                    ));
                } else if expected == 404 && answer.comparable() != nobody.comparable() {
                    wrong
                        .push(format!("{} {role:?} {whose:?}: not as what does not exist: {answer:?}", case.operation));
                }
            }
            // Somebody else's company, whatever stands in the path below it.
            let place = world.place(world::Who::Stranger, &case.path(operation, NOTHING));
            let elsewhere = world.call(role, &operation.method, &place, &(case.body)(&world));
            let unknown = world.call(role, &operation.method, "/api/nowhere", &(case.body)(&world));
            if elsewhere.comparable() != unknown.comparable() {
                wrong.push(format!("{} {role:?}: another company is told: {elsewhere:?}", case.operation));
            }
        }
    }
    wrong.extend(world.failed.borrow().iter().cloned());
    assert!(wrong.is_empty(), "{} of {cells} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("{cells} cells of {} endpoints", table().count());
    every_write_is_audited(&world);
}

/// Each call that went well and is no question left rows of the trail with its request id, which tell of each record that it made
/// and each column that it changed; no other call changed anything (spec R3).
fn every_write_is_audited(world: &World) {
    let untold = world.untold.borrow();
    assert!(untold.is_empty(), "{} calls are not as the trail tells: {untold:#?}", untold.len());
    assert!(world.told.get() > 1_000, "{} calls left their trail", world.told.get());
}

impl Case {
    /// What the cell must answer.
    fn expected(&self, operation: &Operation, role: world::Who, whose: Whose, least: usize) -> u16 {
        if role.rank() < least {
            403
        } else if operation.path.contains('{') && !(self.sees)(role, whose) {
            404
        } else {
            operation.success
        }
    }
}

#[test]
fn no_answer_of_the_api_is_for_browsers_of_other_sites() {
    let world = World::new();
    let origin = ("origin", "https://elsewhere.example.com");
    let bearer = world.site.bearer(0, "admin");
    let mut paths: Vec<String> =
        operations(&world).values().map(|operation| world.place(world::Who::Admin, &operation.path)).collect();
    paths.extend(["/api/openapi.json".to_owned(), "/api/docs".to_owned(), "/api/nowhere".to_owned()]);
    for path in paths {
        let asked = ("access-control-request-method", "POST");
        for (method, headers) in [
            ("OPTIONS", vec![origin, asked, ("access-control-request-headers", "authorization")]),
            ("GET", vec![origin]),
            ("GET", vec![origin, ("authorization", bearer.as_str())]),
            ("POST", vec![origin, ("authorization", bearer.as_str())]),
        ] {
            let answer = world.site.send(method, &path, &headers, b"");
            for name in
                ["access-control-allow-origin", "access-control-allow-headers", "access-control-allow-credentials"]
            {
                assert_eq!(answer.header(name), None, "{method} {path}: {answer:?}");
            }
        }
    }
}
