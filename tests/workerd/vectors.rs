//! The vector files in the worker's build of the core.

use serde_json::{Value, json};

use crate::server::{Disk, Server, State};
use crate::vectors::files;

#[test]
fn every_case_has_its_outcome_in_workerd() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let mut failures = Vec::new();
    for (file, text) in files() {
        let answer = ureq::post(format!("{}/__vectors", server.url())).send(&text);
        let report: Value = answer.unwrap_or_else(|error| panic!("{file}: {error}")).body_mut().read_json().unwrap();
        println!("vectors http {file} {} {}", report["count"], report["digest"].as_str().unwrap());
        let failed = report["failures"].as_array().unwrap();
        failures.extend(failed.iter().map(|failure| format!("{file}: {}", failure.as_str().unwrap())));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
