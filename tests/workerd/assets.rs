//! The widget's files over HTTP: the current build, one that was released before, and what is neither.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha384};
use ureq::http::Response;

use super::client::agent;
use crate::server::{Disk, Server, State};

const FOREVER: &str = "public, max-age=31536000, immutable";

/// A build of the widget, as it lies on the disk.
struct Built {
    version: String,
    integrity: String,
    files: BTreeMap<String, Vec<u8>>,
}

fn built(folder: &str) -> Built {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let files: BTreeMap<String, Vec<u8>> = entries
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path()).unwrap()))
        .collect();
    let about: Value = serde_json::from_slice(&files["version.json"]).unwrap();
    let [version, integrity] = ["version", "integrity"].map(|name| about[name].as_str().unwrap().to_owned());
    Built { version, integrity, files }
}

fn get(server: &Server, path: &str) -> (u16, String, Vec<u8>) {
    let mut answer = agent().get(format!("{}/w/1/{path}", server.url())).call().unwrap();
    let kept = |answer: &Response<ureq::Body>| answer.headers()["cache-control"].to_str().unwrap().to_owned();
    (answer.status().as_u16(), kept(&answer), answer.body_mut().read_to_vec().unwrap())
}

/// The folders that a module loads other files from.
fn folders(module: &[u8]) -> Vec<String> {
    let text = String::from_utf8(module.to_vec()).unwrap();
    text.split("/w/1/").skip(1).map(|rest| rest.split(['/', '"', '\'', '`']).next().unwrap().to_owned()).collect()
}

#[test]
fn a_released_version_is_served_byte_for_byte_beside_the_current_one() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let [current, older] = ["widget", "released/older"].map(built);
    assert_ne!(current.version, older.version);
    assert_ne!(current.integrity, older.integrity);
    for build in [&current, &older] {
        assert!(build.files.len() > 10, "{:?}", build.files.keys());
        for (name, bytes) in &build.files {
            let (status, kept, served) = get(&server, &format!("{}/{name}", build.version));
            assert_eq!((status, kept.as_str()), (200, FOREVER), "{} {name}", build.version);
            assert!(served == *bytes, "{} {name} has other bytes", build.version);
            if name.ends_with(".js") {
                assert!(folders(&served).iter().all(|folder| *folder == build.version), "{name} mixes versions");
            }
        }
        let (_, _, module) = get(&server, &format!("{}/lead-form.js", build.version));
        assert_eq!(format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(&module))), build.integrity);
        assert!(!folders(&module).is_empty(), "it loads nothing");
    }
    let (status, kept, alias) = get(&server, "lead-form.js");
    assert_eq!((status, kept.contains("max-age=300"), kept.contains("immutable")), (200, true, false));
    assert!(alias == current.files["lead-form.js"]);
}

#[test]
fn a_versioned_address_gives_its_own_bytes_or_none() {
    let state = State::new(Disk::Memory);
    let server = Server::start(&state, &json!({}));
    let [current, older] = ["widget", "released/older"].map(built);
    // Nothing of a page belongs to a version: its content is not counted in the name.
    for path in [
        "000000000000/lead-form.js".to_owned(),
        "000000000000/lead-form.css".to_owned(),
        format!("{}/nothing.js", older.version),
        format!("{}/page.css", current.version),
        format!("{}/console.js", current.version),
    ] {
        let (status, kept, _) = get(&server, &path);
        assert_eq!((status, kept.as_str()), (404, "no-store"), "{path}");
    }
    assert_eq!(get(&server, "page.css").0, 200);
}
