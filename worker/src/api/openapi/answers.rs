//! The answers of an endpoint: its success, and every problem that can come instead.

use super::schemas::Schemas;
use super::{component, given};
use crate::api::endpoint::{Endpoint, Gives, Verb};
use lead_core::problem::{self, KINDS, Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What every endpoint can answer, whatever is asked.
const ALWAYS: [&str; 6] = ["unauthenticated", "forbidden", "not-found", "rate-limited", "internal", "busy"];

/// The kinds of problem with these slugs.
fn kinds(slugs: &[&str]) -> Vec<&'static Kind> {
    KINDS.iter().copied().filter(|kind| slugs.contains(&kind.slug)).collect()
}

/// Every answer by its status.
pub(super) fn of(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let mut answers = Map::new();
    let (status, meaning) = match endpoint.gives {
        Gives::Record(_) => ("200", "The record"),
        Gives::Created(_) | Gives::Added(_) => ("201", "The new record"),
        Gives::Page(_) => ("200", "A page"),
        Gives::Json(_) => ("200", "The answer"),
        Gives::Nothing => ("204", "Done"),
    };
    let mut names = vec!["X-Request-Id", "RateLimit", "RateLimit-Policy"];
    match endpoint.gives {
        Gives::Created(_) => names.extend(["ETag", "Location"]),
        Gives::Record(_) => names.push("ETag"),
        Gives::Added(_) => names.push("Location"),
        Gives::Page(_) | Gives::Json(_) | Gives::Nothing => {}
    }
    let mut success = json!({ "description": meaning, "headers": chosen(&names) });
    if let Some(schema) = given(&endpoint.gives, schemas) {
        success["content"] = json!({ "application/json": { "schema": schema } });
    }
    answers.insert(status.to_owned(), success);
    for (status, kinds) in refused(endpoint) {
        let answer = match kinds[..] {
            [only] if ALWAYS.contains(&only.slug) => component("responses", only.slug),
            _ => described(&kinds),
        };
        answers.insert(status.to_string(), answer);
    }
    Value::Object(answers)
}

/// The kinds of problem that an endpoint can answer with, by status.
fn refused(endpoint: &Endpoint) -> BTreeMap<u16, Vec<&'static Kind>> {
    let mut possible = kinds(&ALWAYS);
    if endpoint.verb != Verb::Get {
        possible.extend(kinds(&["cross-site"]));
    }
    if endpoint.body.is_some() {
        possible.extend([&problem::BODY_TOO_LARGE, &problem::UNSUPPORTED_MEDIA_TYPE]);
    }
    if endpoint.body.is_some() || !endpoint.query.is_empty() {
        possible.push(&problem::INVALID_VALUES);
    }
    if endpoint.if_match {
        possible.extend([&problem::STALE, &problem::PRECONDITION_REQUIRED]);
    }
    possible.extend(endpoint.refusals);
    let mut by_status: BTreeMap<u16, Vec<&'static Kind>> = BTreeMap::new();
    for kind in possible {
        let same = by_status.entry(kind.status).or_default();
        if !same.contains(&kind) {
            same.push(kind);
        }
    }
    by_status
}

/// An answer that is one of these kinds of problem, all of the same status.
fn described(kinds: &[&'static Kind]) -> Value {
    let meanings: Vec<String> =
        kinds.iter().map(|kind| format!("`/problems/{}`: {}. {}", kind.slug, kind.title, kind.meaning)).collect();
    let examples: Map<String, Value> =
        kinds.iter().map(|kind| (kind.slug.to_owned(), json!({ "value": example(kind) }))).collect();
    let mut names = vec!["X-Request-Id"];
    match kinds.first().map(|kind| kind.status) {
        Some(401) => names.push("WWW-Authenticate"),
        Some(429) => names.extend(["Retry-After", "RateLimit", "RateLimit-Policy"]),
        Some(503) => names.push("Retry-After"),
        _ => {}
    }
    json!({
        "description": meanings.join("\n\n"),
        "headers": chosen(&names),
        "content": {
            "application/problem+json": { "schema": component("schemas", "Problem"), "examples": examples },
        },
    })
}

/// What the body of such a problem looks like.
fn example(kind: &Kind) -> Value {
    let mut body = json!({
        "type": format!("/problems/{}", kind.slug), "title": kind.title, "status": kind.status, "detail": kind.meaning,
    });
    if *kind == problem::INVALID_VALUES {
        let detail = lead_core::invalid::Code::Required.detail();
        body["errors"] = json!([{ "pointer": "/name", "code": "required", "detail": detail }]);
    }
    body
}

/// The answers that every endpoint can give, once each.
pub(super) fn problems() -> Value {
    Value::Object(kinds(&ALWAYS).into_iter().map(|kind| (kind.slug.to_owned(), described(&[kind]))).collect())
}

fn chosen(names: &[&str]) -> Value {
    Value::Object(names.iter().map(|name| ((*name).to_owned(), component("headers", name))).collect())
}

/// The headers of answers.
pub(super) fn headers() -> Value {
    let text = |required: bool, meaning: &str, example: &str| json!({ "required": required, "description": meaning, "schema": { "type": "string" }, "example": example });
    json!({
        "ETag": text(true, "The record's version; send it back as If-Match.", "\"3\""),
        "Location": text(true, "Where the new record is.", "/api/companies/{company_id}/leads/{lead_id}"),
        "X-Request-Id": text(true, "Names this request in the log and in the audit trail.", "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
        "RateLimit": text(false, "What is left of the limit, and in how many seconds it is whole again.", "\"key\";r=599;t=60"),
        "RateLimit-Policy": text(false, "The limit: so many requests in so many seconds.", "\"key\";q=600;w=60"),
        "Retry-After": { "required": true, "description": "Come again after so many seconds.", "schema": { "type": "integer" }, "example": 1 },
        "WWW-Authenticate": text(true, "How to authenticate.", "Bearer"),
    })
}
