//! The served document and its page: whole, consistent, and the same thing twice.

use std::collections::BTreeSet;

use serde_json::Value;

use super::exchange::Site;

/// Every reference in a part of the document.
fn references<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(members) => {
            into.extend(members.get("$ref").and_then(Value::as_str));
            members.values().for_each(|member| references(member, into));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, into)),
        _ => {}
    }
}

#[test]
fn the_document_is_whole() {
    let site = Site::new();
    let answer = site.send("GET", "/api/openapi.json", &[], b"");
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let document = answer.json();
    assert_eq!(document["openapi"], "3.1.0");
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.len() >= 20, "{found:?}");
    for reference in &found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} refers to nothing");
    }
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in schemas.keys() {
        assert!(!name.ends_with(".conflict"), "two types are called {name}");
        let used = found.contains(format!("#/components/schemas/{name}").as_str());
        assert!(used, "nothing refers to the schema {name}");
    }
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, told) in item.as_object().unwrap() {
            let id = told["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "two endpoints are called {id}");
            let statuses: Vec<&String> = told["responses"].as_object().unwrap().keys().collect();
            for status in ["401", "403", "404", "500", "503"] {
                assert!(statuses.iter().any(|other| *other == status), "{method} {path} does not tell of {status}");
            }
            let summary = told["summary"].as_str().unwrap();
            assert!(!summary.is_empty() && !summary.ends_with('.'), "{method} {path}: {summary}");
        }
    }
}

#[test]
fn the_page_shows_every_endpoint_of_the_document_and_every_problem() {
    let site = Site::new();
    let page = site.send("GET", "/api/docs", &[], b"");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{policy}");
    assert!(!page.text.contains("<script") && !page.text.contains(" style="), "the page needs neither");
    let document = site.send("GET", "/api/openapi.json", &[], b"").json();
    for item in document["paths"].as_object().unwrap().values() {
        for told in item.as_object().unwrap().values() {
            let id = told["operationId"].as_str().unwrap();
            assert!(page.text.contains(&format!("<article id=\"{id}\"")), "{id} is not on the page");
            assert!(page.text.contains(&format!("href=\"#{id}\"")), "{id} is not in the list");
        }
    }
    for kind in lead_core::problem::KINDS {
        assert!(page.text.contains(&format!("/problems/{}", kind.slug)), "{}", kind.slug);
    }
}
