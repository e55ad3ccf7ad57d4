//! What every endpoint of the table asks of a call: a key with its scope (spec R2), and the version that a change is meant
//! for (spec R4).

use std::collections::BTreeMap;

use lead_core::access::Scope;
use serde_json::{Value, json};

use super::table::{Case, table};
use super::world::{Who, Whose, World};
use super::{Operation, operations};
use crate::workerd::exchange::Exchange;
use crate::workerd::faults::{calls, forget};

/// The endpoints of the document, each with its case.
fn all(world: &World) -> Vec<(Operation, &'static Case)> {
    let found = operations(world).into_iter().map(|(id, operation)| {
        let case = table().find(|case| case.operation == id);
        (operation, case.unwrap_or_else(|| panic!("{id} is missing in the table")))
    });
    found.collect()
}

/// Sends a call that must be refused, and whether the database wrote a row for it.
fn refused(world: &World, send: impl FnOnce() -> Exchange) -> (Exchange, u64) {
    forget(world.site.server());
    let answer = send();
    let written = calls(world.site.server()).iter().filter_map(|call| call["rows_written"].as_u64()).sum();
    (answer, written)
}

#[test]
fn a_key_without_the_scope_is_refused_and_writes_nothing() {
    let world = World::watched();
    let mut keys: BTreeMap<&str, String> = BTreeMap::new();
    for lacking in Scope::ALL {
        let scopes: Vec<&Scope> = Scope::ALL.iter().filter(|scope| *scope != lacking).collect();
        let made = world.done(Who::Admin, "POST", "/keys", &json!({ "name": "Nearly all", "scopes": scopes }));
        let key = made["key"].as_str().unwrap().to_owned();
        // Its first use is noted.
        world.ask(&key, "GET", &world.place(Who::Admin, "/leads/assignment"), None, &Value::Null);
        keys.insert(lacking.as_str(), key);
    }
    for (operation, case) in all(&world) {
        let (place, body) = (case.place(&world, &operation, Who::Admin, Whose::Own), (case.body)(&world));
        let send = |key: &str| world.ask(key, &operation.method, &place, Some("*"), &body);
        let (answer, written) = refused(&world, || send(&keys[operation.scope.as_str()]));
        answer.assert_problem(403, "forbidden");
        assert_eq!(written, 0, "{}", case.operation);
        // It is the scope and nothing else.
        let whole = send(world.key(Who::Admin));
        assert_eq!(whole.status, operation.success, "{}: {whole:?}", case.operation);
    }
}

#[test]
fn a_change_of_a_version_wants_to_know_which_one() {
    let world = World::watched();
    let key = world.key(Who::Admin);
    let mut of_versions = 0;
    for (operation, case) in all(&world).into_iter().filter(|(operation, _)| operation.method != "GET") {
        let (place, body) = (case.place(&world, &operation, Who::Admin, Whose::Own), (case.body)(&world));
        let send = |if_match: Option<&str>| world.ask(key, &operation.method, &place, if_match, &body);
        if !operation.if_match {
            let answer = send(None);
            assert_eq!(answer.status, operation.success, "{} asks for more than it tells: {answer:?}", case.operation);
            continue;
        }
        of_versions += 1;
        for (if_match, status, slug) in
            [(None, 428, "precondition-required"), (Some("\"999\""), 412, "stale"), (Some("nonsense"), 412, "stale")]
        {
            let (answer, written) = refused(&world, || send(if_match));
            assert_eq!(answer.status, status, "{} with {if_match:?}: {answer:?}", case.operation);
            answer.assert_problem(status, slug);
            assert_eq!(written, 0, "{} with {if_match:?}", case.operation);
        }
        assert_eq!(send(Some("*")).status, operation.success, "{}", case.operation);
    }
    assert!(of_versions > 0, "no endpoint changes a version");
}
