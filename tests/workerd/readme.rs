//! The walk in the README is run as it stands there.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::server::{Disk, Server, State};

#[test]
fn the_walk_in_the_readme_ends_with_a_won_opportunity() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let walk = readme.split("<!-- walk -->\n```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    let walk = walk.expect("the README has a walk");
    let run = Command::new("bash")
        .args(["-euo", "pipefail", "-c", walk])
        .env("WHERE", server.url())
        .env("DEMO", state.seed())
        .current_dir(std::env::temp_dir())
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{said}\n{}", String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("\n100\n") || said.contains("}100\n"), "a won opportunity is certain: {said}");
    assert!(said.contains("\"bant.budget\""), "the qualification says why: {said}");
}
