//! The walls of ARCHITECTURE.md, held by reading the source.

use std::fs;
use std::path::{Path, PathBuf};

use lead_core::invalid::Code;
use lead_core::problem::docs_page;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Rust files below a folder with their text, tests at the end of a file cut off.
fn sources(folder: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
                out.push((path.display().to_string(), code));
            }
        }
    }
    assert!(!out.is_empty(), "{folder} has no sources");
    out
}

/// Where one of `words` stands in the code of `folder`; whole files of tests are left out.
fn found(folder: &str, words: &[&str]) -> Vec<String> {
    let is_test = |path: &str| path.ends_with("/laws.rs") || path.ends_with("/tests.rs");
    let mut out = Vec::new();
    for (path, code) in sources(folder).iter().filter(|(path, _)| !is_test(path)) {
        for (number, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            out.extend(
                words.iter().filter(|word| line.contains(**word)).map(|word| format!("{path}:{}: {word}", number + 1)),
            );
        }
    }
    out
}

#[test]
fn the_core_reads_no_clock_no_randomness_and_no_world() {
    let words = [
        "SystemTime",
        "std::time",
        "Utc::now",
        "Local::now",
        "getrandom",
        "rand::",
        "std::env",
        "std::fs",
        "std::net",
        "std::process",
        "js_sys",
        "web_sys",
        "wasm_bindgen",
    ];
    for folder in ["check/src", "core/src"] {
        let found = found(folder, &words);
        assert!(found.is_empty(), "{found:#?}");
    }
    let manifest = fs::read_to_string(root().join("core/Cargo.toml")).unwrap();
    for name in ["getrandom", "js-sys", "web-sys", "wasm-bindgen", "worker", "tokio", "clock", "wasmbind"] {
        assert!(!manifest.contains(name), "core depends on {name}");
    }
    // What a visitor loads stays small because it can link nothing else.
    let manifest = fs::read_to_string(root().join("check/Cargo.toml")).unwrap();
    assert!(!manifest.contains("dependencies"), "check depends on something");
}

#[test]
fn sql_stands_only_in_the_store() {
    let words = ["SELECT ", "INSERT INTO", "UPDATE leads", "DELETE FROM", "ON CONFLICT"];
    for folder in ["core/src", "worker/src", "web-widget/src"] {
        let found = found(folder, &words);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn nothing_on_a_requests_path_panics() {
    let words = [".unwrap()", ".expect(", "panic!(", "todo!(", "unimplemented!(", "unreachable!("];
    for folder in ["check/src", "core/src", "store/src", "worker/src", "web-widget/src"] {
        let found = found(folder, &words);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn files_are_small_and_named_for_what_they_hold() {
    for folder in ["check/src", "core/src", "store/src", "worker/src", "web-widget/src", "xtask/src", "tests"] {
        for (path, code) in sources(folder) {
            assert!(code.lines().count() <= 400, "{path} is long: what are its two subjects?");
            let name = Path::new(&path).file_stem().unwrap().to_string_lossy().into_owned();
            assert!(
                !["util", "utils", "helper", "helpers", "common", "misc", "prelude"].contains(&name.as_str()),
                "{path}"
            );
        }
    }
}

#[test]
fn the_problems_page_is_as_the_registry_says() {
    let page = fs::read_to_string(root().join("docs/problems.md")).unwrap();
    assert_eq!(page, docs_page(), "run `cargo xtask docs`");
}

#[test]
fn every_code_of_a_refused_value_is_shown_by_a_case() {
    let mut shown = String::new();
    for folder in [
        "tests/vectors",
        "tests/workerd",
        "tests/native",
        "core/src/submission",
        "core/src/body",
        "core/src/form",
        "core/src/lead_query.rs",
    ] {
        let path = root().join(folder);
        let files = if path.is_file() {
            vec![path]
        } else {
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
        };
        shown.extend(files.iter().map(|file| fs::read_to_string(file).unwrap()));
    }
    // A code may stand with its limit.
    let seen = |code: &str| [format!("\"{code}\""), format!("\"{code}:")].iter().any(|text| shown.contains(text));
    let unseen: Vec<&str> = Code::ALL.iter().map(|(code, _)| *code).filter(|code| !seen(code)).collect();
    assert!(unseen.is_empty(), "no case shows {unseen:?}");
}

#[test]
fn every_route_is_documented() {
    let routes = fs::read_to_string(root().join("worker/src/routes/mod.rs")).unwrap();
    let api = fs::read_to_string(root().join("docs/api.md")).unwrap();
    let paths: Vec<&str> = routes.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(paths.len() >= 6, "{paths:?}");
    for path in paths.into_iter().filter(|path| !path.starts_with("/__")) {
        assert!(api.contains(&format!("{path}`")), "docs/api.md does not tell of {path}");
    }
    let endpoints = sources("worker/src/api").into_iter().map(|(_, code)| code).collect::<String>();
    let paths: Vec<&str> = endpoints.split(" path: \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(paths.len() >= 3, "{paths:?}");
    for path in paths {
        assert!(api.contains(&format!("{path}`")), "docs/api.md does not tell of {path}");
    }
}

#[test]
fn the_map_of_invariants_names_tests_that_exist() {
    let map = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows: Vec<&str> = map.lines().filter(|line| line.starts_with("| ") && line.contains("`")).collect();
    let mut checked = 0;
    for row in rows {
        let quoted: Vec<&str> = row.split('`').skip(1).step_by(2).collect();
        let mut pending = Vec::new();
        for word in quoted {
            if word.ends_with(".rs") && word.contains('/') && root().join(word).is_file() {
                let text = fs::read_to_string(root().join(word)).unwrap();
                for name in pending.drain(..) {
                    assert!(
                        text.contains(&format!("fn {name}()")) || text.contains(&format!("fn {name}(")),
                        "{word} has no {name}"
                    );
                    checked += 1;
                }
            } else if word.contains('_') && word.chars().all(|c| c.is_ascii_lowercase() || c == '_') && word.len() > 20
            {
                pending.push(word);
            }
        }
        assert!(pending.is_empty(), "no file is named for {pending:?}");
    }
    assert!(checked > 20, "only {checked} tests are named");
}
