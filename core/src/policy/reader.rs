//! Walks a JSON document and keeps every complaint with its pointer, so that a policy's author sees all of them at once.

use serde::Serialize;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// One thing in a policy that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyError {
    /// Where: a JSON pointer into the policy (RFC 6901); empty for the whole text.
    pub pointer: String,
    /// What is wrong, for the person who wrote the policy.
    pub reason: String,
}

/// A place in the document; without a value where a needed member is missing, which is complained about once.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) pointer: String,
    pub(super) value: Option<&'a Value>,
}

impl<'a> At<'a> {
    pub(super) fn root(value: &'a Value) -> Self {
        Self { pointer: String::new(), value: Some(value) }
    }
}

/// A JSON object whose members were checked against the known names.
pub(super) struct Object<'a> {
    pointer: String,
    map: Option<&'a Map<String, Value>>,
}

impl<'a> Object<'a> {
    /// The member's place, if it is there.
    pub(super) fn optional(&self, name: &str) -> Option<At<'a>> {
        let value = self.map?.get(name)?;
        Some(At { pointer: child(&self.pointer, name), value: Some(value) })
    }

    /// The pointer that a member of this name has.
    pub(super) fn pointer_to(&self, name: &str) -> String {
        child(&self.pointer, name)
    }
}

/// Collects the complaints of one parse.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) errors: Vec<PolicyError>,
}

impl Reader {
    pub(super) fn refuse(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        self.errors.push(PolicyError { pointer: pointer.into(), reason: reason.into() });
    }

    /// The object at this place, which may have only the members `known`.
    pub(super) fn object<'a>(&mut self, at: &At<'a>, known: &[&str]) -> Object<'a> {
        for (name, place) in self.entries(at) {
            if !known.contains(&name) {
                self.refuse(place.pointer, format!("unknown member; known are {}", known.join(", ")));
            }
        }
        Object { pointer: at.pointer.clone(), map: at.value.and_then(Value::as_object) }
    }

    /// The members of an object with free names.
    pub(super) fn entries<'a>(&mut self, at: &At<'a>) -> Vec<(&'a str, At<'a>)> {
        match at.value {
            Some(Value::Object(map)) => map
                .iter()
                .map(|(name, value)| (name.as_str(), At { pointer: child(&at.pointer, name), value: Some(value) }))
                .collect(),
            Some(_) => {
                self.refuse(&at.pointer, "an object is expected");
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// The member's place; a missing one is refused.
    pub(super) fn need<'a>(&mut self, object: &Object<'a>, name: &str) -> At<'a> {
        let pointer = object.pointer_to(name);
        let value = object.map.and_then(|map| map.get(name));
        if object.map.is_some() && value.is_none() {
            self.refuse(&pointer, "this member is missing");
        }
        At { pointer, value }
    }

    /// A whole number in `range`; the range's start stands in for a wrong one.
    pub(super) fn whole(&mut self, at: &At<'_>, range: RangeInclusive<i32>) -> i32 {
        let number = at.value.and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok());
        match number {
            Some(number) if range.contains(&number) => return number,
            _ if at.value.is_none() => {}
            _ => self
                .refuse(&at.pointer, format!("a whole number from {} to {} is expected", range.start(), range.end())),
        }
        *range.start()
    }

    /// The whole number of a needed member.
    pub(super) fn whole_member(&mut self, object: &Object<'_>, name: &str, range: RangeInclusive<i32>) -> i32 {
        let at = self.need(object, name);
        self.whole(&at, range)
    }

    /// Text that is not blank; empty text stands in for a wrong one.
    pub(super) fn text<'a>(&mut self, at: &At<'a>) -> &'a str {
        match at.value {
            Some(Value::String(text)) if !text.trim().is_empty() => text,
            None => "",
            Some(_) => {
                self.refuse(&at.pointer, "text that is not blank is expected");
                ""
            }
        }
    }

    /// The places of a list's items.
    pub(super) fn list<'a>(&mut self, at: &At<'a>) -> Vec<At<'a>> {
        match at.value {
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, value)| At { pointer: format!("{}/{index}", at.pointer), value: Some(value) })
                .collect(),
            None => Vec::new(),
            Some(_) => {
                self.refuse(&at.pointer, "a list is expected");
                Vec::new()
            }
        }
    }

    /// One of a closed list of names, through the enum's own `parse`.
    pub(super) fn choice<T>(&mut self, at: &At<'_>, parse: fn(&str) -> Option<T>, names: &[&str]) -> Option<T> {
        let value = at.value?;
        let found = value.as_str().and_then(parse);
        if found.is_none() {
            self.refuse(&at.pointer, format!("one of {} is expected", names.join(", ")));
        }
        found
    }
}

/// The pointer of a member, its name escaped (RFC 6901, section 3).
pub(super) fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
