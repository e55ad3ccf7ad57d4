//! `GET /api/openapi.json`: the API in OpenAPI 3.1, made of the table of endpoints and of the types it takes and gives.

mod answers;
mod sample;
mod schemas;

use super::endpoint::{Endpoint, Gives, Parameter, ParameterKind, Takes, Verb};
use super::{BASE, ENDPOINTS};
use lead_core::access::Role;
use lead_core::problem;
use schemas::{Schemas, reference};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

pub(crate) use sample::sample;
pub(crate) use schemas::{Member, members};

const ABOUT: &str = "Leads, accounts, contacts, opportunities and what happens between them, for one company.\n\n\
    Send a secret key as `Authorization: Bearer sk_...`, or sign in. Whatever the caller may not see does not exist: 404.";

/// Made once per isolate: the table does not change while it runs.
static DOCUMENT: LazyLock<Value> = LazyLock::new(make);

/// The document.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

fn make() -> Value {
    let mut schemas = Schemas::default();
    let mut paths = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    for endpoint in ENDPOINTS.iter().copied().flatten() {
        let tag = json!({ "name": endpoint.tag });
        if !tags.contains(&tag) {
            tags.push(tag);
        }
        let path = paths.entry(format!("{BASE}{}", endpoint.path)).or_insert_with(|| json!({}));
        path[verb(endpoint.verb)] = operation(endpoint, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Leadgate",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "secretKey": [] }, { "session": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "secretKey": { "type": "http", "scheme": "bearer", "description": "A secret key, `sk_...`, with the scope that the endpoint names." },
                "session": { "type": "apiKey", "in": "cookie", "name": SESSION_COOKIE, "description": "The session of a person who signed in by a one-time link." },
            },
            "headers": answers::headers(),
            "responses": answers::problems(),
            "schemas": schemas.into_components(),
        },
    })
}

/// The cookie of a signed-in person.
const SESSION_COOKIE: &str = "__Host-session";

fn verb(verb: Verb) -> &'static str {
    match verb {
        Verb::Get => "get",
        Verb::Post => "post",
        Verb::Put => "put",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
    }
}

fn operation(endpoint: &Endpoint, schemas: &mut Schemas) -> Value {
    let scope = endpoint.scope.as_str();
    let who = match endpoint.role {
        Role::Sdr => "Any role",
        Role::Manager => "Managers and admins",
        Role::Admin => "Admins",
    };
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "tags": [endpoint.tag],
        "summary": endpoint.summary,
        "description": format!("{who}; a key needs the scope `{scope}`."),
        "x-scope": scope,
        "x-role": endpoint.role.as_str(),
        "parameters": parameters(endpoint),
        "responses": answers::of(endpoint, schemas),
    });
    if let Some(body) = &endpoint.body {
        let (schema, required) = match body {
            Takes::All(described) => (schemas.of(described), true),
            Takes::Patch(described) => (schemas.patch_of(described), true),
            Takes::Optional(described) => (schemas.of(described), false),
        };
        let mut content = json!({ "application/json": { "schema": schema } });
        if let Takes::Patch(_) = body {
            content["application/merge-patch+json"] = content["application/json"].clone();
        }
        operation["requestBody"] = json!({ "required": required, "content": content });
    }
    operation
}

/// `post_leads_lead_id_qualify`: the method and the path in one word.
fn operation_id(endpoint: &Endpoint) -> String {
    let path: String = endpoint.path.chars().filter(|sign| !matches!(sign, '{' | '}')).collect();
    format!("{}{}", verb(endpoint.verb), path.replace(['/', '-'], "_"))
}

fn parameters(endpoint: &Endpoint) -> Vec<Value> {
    let in_path = |name: &str| {
        let (meaning, schema) = match name {
            "company_id" => ("The caller's company", id_schema()),
            "revision" => ("The number of a definition", json!({ "type": "integer", "minimum": 1 })),
            _ => ("The record's id", id_schema()),
        };
        json!({ "name": name, "in": "path", "required": true, "description": meaning, "schema": schema })
    };
    let path = format!("{BASE}{}", endpoint.path);
    let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
    let mut parameters: Vec<Value> = names.map(in_path).collect();
    parameters.extend(endpoint.query.iter().map(query_parameter));
    if endpoint.if_match {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The ETag of the version that the change is meant for, or `*`. Without it: 428",
            "schema": { "type": "string", "examples": ["\"3\""] },
        }));
    }
    if endpoint.refusals.contains(&&problem::IDEMPOTENCY_KEY_REUSED) {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "Makes sending the same again harmless",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
        }));
    }
    parameters
}

fn id_schema() -> Value {
    json!({ "type": "string", "format": "uuid" })
}

fn query_parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        ParameterKind::Text => json!({ "type": "string" }),
        ParameterKind::Id => id_schema(),
        ParameterKind::Instant => json!({ "type": "string", "format": "date-time" }),
        ParameterKind::Flag => json!({ "type": "boolean" }),
        ParameterKind::Whole(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        ParameterKind::Choice(names) => json!({ "type": "string", "enum": names }),
    };
    json!({ "name": parameter.name, "in": "query", "required": false, "description": parameter.meaning, "schema": schema })
}

/// The schema of an answer where all goes well, where it has a body.
fn given(gives: &Gives, schemas: &mut Schemas) -> Option<Value> {
    match gives {
        Gives::Record(it) | Gives::Created(it) | Gives::Added(it) | Gives::Json(it) => Some(schemas.of(it)),
        Gives::Page(item) => {
            let item = schemas.of(item);
            Some(json!({
                "type": "object",
                "required": ["items", "next_cursor"],
                "properties": {
                    "items": { "type": "array", "items": item },
                    "next_cursor": { "type": ["string", "null"], "description": "Send it as `cursor` for the next page; null on the last one." },
                },
            }))
        }
        Gives::Nothing => None,
    }
}

/// The reference to one of the document's components.
fn component(kind: &str, name: &str) -> Value {
    reference(&format!("#/components/{kind}/{name}"))
}
