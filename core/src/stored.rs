//! How a record's values stand in a database that knows texts and whole numbers only.
//!
//! One struct serves wire and storage: it serialises to the wire, [`row`] turns that into columns, and it deserialises
//! from a row with the helpers here. A member whose name ends in `_at`, `_date`, `_until` or
//! `_since` is an instant.

use crate::id::Id;
use crate::time::Instant;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// The columns of a record: its wire members with instants in milliseconds, booleans as 0 and 1, lists and objects as
/// JSON text.
#[must_use]
pub fn row<T: Serialize>(record: &T) -> Map<String, Value> {
    let Ok(Value::Object(members)) = serde_json::to_value(record) else { return Map::new() };
    members.into_iter().map(|(name, value)| (name.clone(), column(&name, value))).collect()
}

fn column(name: &str, value: Value) -> Value {
    match value {
        Value::Bool(flag) => i64::from(flag).into(),
        Value::Array(_) | Value::Object(_) => value.to_string().into(),
        Value::String(text) if is_instant(name) => {
            Instant::parse(&text).map_or(Value::String(text), |at| at.ms().into())
        }
        other => other,
    }
}

fn is_instant(name: &str) -> bool {
    ["_at", "_date", "_until", "_since"].iter().any(|end| name.ends_with(end))
}

/// A truth value: 0 or 1 in storage, true or false on the wire.
///
/// # Errors
/// Anything else.
pub fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Value::deserialize(from)? {
        Value::Bool(flag) => Ok(flag),
        Value::Number(number) => Ok(number.as_i64() != Some(0)),
        _ => Err(Error::custom("0 or 1 was expected")),
    }
}

/// An id, or nothing where the column is blank: part of a key, it is never NULL.
///
/// # Errors
/// Another text.
pub fn blank_or_id<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Id>, D::Error> {
    match Option::<String>::deserialize(from)?.as_deref() {
        None | Some("") => Ok(None),
        Some(text) => Id::parse(text).map(Some).ok_or_else(|| Error::custom("an id was expected")),
    }
}

/// JSON in a text column.
///
/// # Errors
/// The text is not JSON of this shape.
pub fn json<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<T, D::Error> {
    serde_json::from_str(&String::deserialize(from)?).map_err(Error::custom)
}

/// JSON in a text column, or NULL.
///
/// # Errors
/// The text is not JSON of this shape.
pub fn json_or_null<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sample {
        name: String,
        #[serde(deserialize_with = "flag")]
        is_active: bool,
        #[serde(deserialize_with = "json")]
        members: Vec<u8>,
        closed_at: Option<Instant>,
        close_date: Instant,
    }

    #[test]
    fn a_row_reads_back_as_the_record_it_was_made_of() {
        let close_date = Instant::parse("2026-11-23T10:00:00Z").unwrap();
        let sample = Sample { name: "A".into(), is_active: true, members: vec![1, 2], closed_at: None, close_date };
        let columns = row(&sample);
        assert_eq!(
            Value::Object(columns.clone()),
            json!({ "name": "A", "is_active": 1, "members": "[1,2]", "closed_at": null, "close_date": close_date.ms() })
        );
        assert_eq!(serde_json::from_value::<Sample>(Value::Object(columns)).unwrap(), sample);
    }
}
