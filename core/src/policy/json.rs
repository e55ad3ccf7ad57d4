//! JSON text as a value, refusing what a reader would silently drop: a member that is there twice.

use super::reader::{PolicyError, child};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Reads JSON text.
pub(super) fn read(text: &str) -> Result<Value, Vec<PolicyError>> {
    let mut errors = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = Place { pointer: String::new(), errors: &mut errors }.deserialize(&mut deserializer);
    match read.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) if errors.is_empty() => Ok(value),
        Ok(_) => Err(errors),
        Err(error) => {
            Err(vec![PolicyError { pointer: String::new(), reason: format!("not well-formed JSON: {error}") }])
        }
    }
}

struct Place<'e> {
    pointer: String,
    errors: &'e mut Vec<PolicyError>,
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let place = Place { pointer: format!("{}/{}", self.pointer, list.len()), errors: &mut *self.errors };
            match items.next_element_seed(place)? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let pointer = child(&self.pointer, &name);
            let value = members.next_value_seed(Place { pointer: pointer.clone(), errors: &mut *self.errors })?;
            if map.insert(name, value).is_some() {
                self.errors.push(PolicyError { pointer, reason: "this member is there twice".to_owned() });
            }
        }
        Ok(Value::Object(map))
    }
}
