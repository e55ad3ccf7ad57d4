//! The vector files in the native build of the core. They run over HTTP and in a browser too, with the same outcome.

use std::fs;
use std::path::Path;

use lead_core::vectors;

/// Name and text of each vector file, in a fixed order.
pub(crate) fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut files: Vec<(String, String)> = entries
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "tests/vectors has no files");
    files
}

#[test]
fn every_case_has_its_outcome() {
    let mut failures = Vec::new();
    for (file, text) in files() {
        let report = vectors::run(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        println!("vectors native {file} {} {}", report.count, report.digest);
        failures.extend(report.failures.into_iter().map(|failure| format!("{file}: {failure}")));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
