//! The schemas of bodies and answers, collected under their names.

use crate::api::endpoint::Described;
use lead_core::invalid::Invalid;
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

/// The components collected so far.
#[derive(Default)]
pub(super) struct Schemas {
    components: Map<String, Value>,
}

/// A reference to another part of the document.
pub(super) fn reference(to: &str) -> Value {
    json!({ "$ref": to })
}

impl Schemas {
    /// The reference to a type's schema, which is kept with all that it refers to.
    pub(super) fn of(&mut self, described: &Described) -> Value {
        let mut nested = Vec::new();
        (described.nested)(&mut nested);
        for (name, schema) in nested {
            self.keep(&name, &schema);
        }
        let name = (described.name)();
        self.keep(&name, &(described.schema)());
        reference(&format!("#/components/schemas/{name}"))
    }

    /// The reference to the schema of a merge patch of this type: nothing is required, and null takes a value away.
    pub(super) fn patch_of(&mut self, described: &Described) -> Value {
        self.of(described);
        let whole = (described.name)();
        let name = format!("{whole}Patch");
        let mut properties = Map::new();
        for Member { name, schema, .. } in members(&self.components, &self.components[whole.as_ref()]) {
            properties.insert(name, nullable(&schema));
        }
        self.components.insert(name.clone(), json!({ "type": "object", "properties": properties }));
        reference(&format!("#/components/schemas/{name}"))
    }

    /// Two types of one name would be one component: the document then says so, and a test sees it.
    fn keep<T: Serialize>(&mut self, name: &str, schema: &T) {
        let schema = json!(schema);
        match self.components.get(name) {
            Some(known) if *known != schema => {
                self.components.insert(format!("{name}.conflict"), schema);
            }
            Some(_) => {}
            None => {
                self.components.insert(name.to_owned(), schema);
            }
        }
    }

    /// All of them, and the problem.
    pub(super) fn into_components(mut self) -> Value {
        self.keep("Invalid", &Invalid::schema());
        let mut nested = Vec::new();
        Invalid::schemas(&mut nested);
        for (name, schema) in nested {
            self.keep(&name, &schema);
        }
        self.keep("Problem", &problem());
        Value::Object(self.components)
    }
}

/// RFC 9457, with the members that one or the other kind adds.
fn problem() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457). Some kinds add members of their own.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "The kind; a page tells about it." },
            "title": { "type": "string", "description": "The kind in a few words." },
            "status": { "type": "integer", "description": "The status once more." },
            "detail": { "type": "string", "description": "What it means and what to do." },
            "errors": {
                "type": "array",
                "description": "Every refused value, for `invalid-values`.",
                "items": reference("#/components/schemas/Invalid"),
            },
        },
    })
}

fn nullable(schema: &Value) -> Value {
    json!({ "anyOf": [schema, { "type": "null" }] })
}

/// A member of an object.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) schema: Value,
    pub(crate) required: bool,
}

/// The members of an object's schema, those of its parts included.
pub(crate) fn members(components: &Map<String, Value>, schema: &Value) -> Vec<Member> {
    if let Some(target) = target(components, schema) {
        return members(components, target);
    }
    let mut found: Vec<Member> = Vec::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        found.extend(members(components, part));
    }
    let required = |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|it| it == name));
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        found.push(Member { name: name.clone(), schema: schema.clone(), required: required(name) });
    }
    found
}

/// What a reference refers to.
pub(super) fn target<'a>(components: &'a Map<String, Value>, schema: &Value) -> Option<&'a Value> {
    components.get(schema["$ref"].as_str()?.rsplit('/').next()?)
}
