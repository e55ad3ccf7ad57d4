//! An example of a schema: what the docs page shows of a body.

use super::schemas::{members, target};
use serde_json::{Map, Value, json};

/// Objects within objects are shown to this depth: a schema may hold itself.
const DEPTH: usize = 5;

/// A value that the schema describes.
pub(crate) fn sample(components: &Map<String, Value>, schema: &Value) -> Value {
    at_depth(components, schema, DEPTH)
}

fn at_depth(components: &Map<String, Value>, schema: &Value, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(target) = target(components, schema) {
        return at_depth(components, target, depth);
    }
    for given in [&schema["examples"][0], &schema["example"], &schema["default"], &schema["enum"][0]] {
        if !given.is_null() {
            return given.clone();
        }
    }
    // Of several kinds of value the first that says something.
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            let told = choices.iter().find(|choice| choice["type"] != "null");
            return told.map_or(Value::Null, |told| at_depth(components, told, depth));
        }
    }
    if schema["allOf"].is_array() || schema["properties"].is_object() {
        let shown = members(components, schema);
        let shown = shown.into_iter().map(|member| {
            let value = at_depth(components, &member.schema, depth - 1);
            (member.name, value)
        });
        return Value::Object(shown.collect());
    }
    of_type(components, schema, depth)
}

fn of_type(components: &Map<String, Value>, schema: &Value, depth: usize) -> Value {
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "array" => json!([at_depth(components, &schema["items"], depth - 1)]),
        "string" => match schema["format"].as_str() {
            Some("date-time") => json!("2026-11-23T10:00:00.000Z"),
            Some("date") => json!("2026-11-23"),
            Some("uuid") => json!("0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"),
            _ => json!("text"),
        },
        "integer" | "number" => schema.get("minimum").cloned().unwrap_or_else(|| json!(1)),
        "boolean" => json!(true),
        "object" => json!({}),
        _ => Value::Null,
    }
}
