//! Bytes to members: JSON and urlencoded bodies, read strictly.

use crate::invalid::{Code, Invalid};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The members of a body in their order, each name once.
#[derive(Clone, Debug, PartialEq)]
pub struct Members(Vec<(String, Value)>);

impl Members {
    /// Reads a JSON object (RFC 8259) whose keys are unique.
    ///
    /// # Errors
    /// `invalid_utf8`, `malformed_json` or `not_object` for the whole body; `duplicate_member` for each repeated key.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Vec<Invalid>> {
        let text = std::str::from_utf8(bytes).map_err(|_| whole(Code::InvalidUtf8))?;
        let pairs: Pairs = serde_json::from_str(text)
            .map_err(|error| whole(if error.is_data() { Code::NotObject } else { Code::MalformedJson }))?;
        Self::unique(pairs.0)
    }

    /// Reads `application/x-www-form-urlencoded` bytes, each value a text.
    ///
    /// # Errors
    /// `malformed_escape` or `invalid_utf8` at the member, `duplicate_member` for each repeated name.
    pub fn from_urlencoded(bytes: &[u8]) -> Result<Self, Vec<Invalid>> {
        Self::from_repeated(bytes, |_| false)
    }

    /// The same, but for names that may come several times: the values of such a name become a list.
    ///
    /// # Errors
    /// As for [`Self::from_urlencoded`].
    pub fn from_repeated(bytes: &[u8], is_list: impl Fn(&str) -> bool) -> Result<Self, Vec<Invalid>> {
        let mut errors = Vec::new();
        let mut pairs = Vec::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let name = decode(&pair[..at]).map_err(whole)?;
            match decode(pair.get(at + 1..).unwrap_or_default()) {
                Ok(value) if is_list(&name) => match pairs.iter_mut().find(|(other, _)| *other == name) {
                    Some((_, Value::Array(values))) => values.push(value.into()),
                    _ => pairs.push((name, Value::Array(vec![value.into()]))),
                },
                Ok(value) => pairs.push((name, Value::String(value))),
                Err(code) => errors.push(Invalid::member(&name, code)),
            }
        }
        match Self::unique(pairs) {
            Ok(members) if errors.is_empty() => Ok(members),
            Ok(_) => Err(errors),
            Err(more) => Err(errors.into_iter().chain(more).collect()),
        }
    }

    /// The members of an object that was read already.
    #[must_use]
    pub fn of(object: Map<String, Value>) -> Self {
        Self(object.into_iter().collect())
    }

    fn unique(pairs: Vec<(String, Value)>) -> Result<Self, Vec<Invalid>> {
        let mut seen = HashSet::new();
        let mut twice = Vec::new();
        for (name, _) in &pairs {
            if !seen.insert(name.as_str()) {
                twice.push(Invalid::member(name, Code::DuplicateMember));
            }
        }
        twice.dedup();
        if twice.is_empty() { Ok(Self(pairs)) } else { Err(twice) }
    }

    /// Takes the member `name` out; JSON `null` counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(member, _)| member == name)?;
        Some(self.0.remove(at).1).filter(|value| !value.is_null())
    }

    /// The names that nobody took.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Whether the member `name` is there and not `null`.
    #[must_use]
    pub fn gives(&self, name: &str) -> bool {
        self.0.iter().any(|(member, value)| member == name && !value.is_null())
    }

    /// The value of `name` as it was sent; it is not taken.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The value of `name` as it was sent, for showing a refused form again.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(member, _)| member == name)?.1.as_str()
    }
}

/// The record's own editable members with a merge patch applied (RFC 7396): a member that is sent replaces, `null` takes away.
/// The result is read by the record's one parser.
#[must_use]
pub fn merged<T: Serialize>(editable: &T, patch: Members) -> Members {
    let mut members = match serde_json::to_value(editable) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    for (name, value) in patch.0 {
        members.insert(name, value);
    }
    Members::of(members)
}

fn whole(code: Code) -> Vec<Invalid> {
    vec![Invalid::at("", code)]
}

/// The pairs of a JSON object, repeated keys kept.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn decode(bytes: &[u8]) -> Result<String, Code> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(byte) = rest.next() {
        out.push(match byte {
            b'+' => b' ',
            b'%' => (hex(rest.next())? << 4) | hex(rest.next())?,
            other => *other,
        });
    }
    String::from_utf8(out).map_err(|_| Code::InvalidUtf8)
}

fn hex(byte: Option<&u8>) -> Result<u8, Code> {
    let digit = byte.and_then(|byte| char::from(*byte).to_digit(16)).ok_or(Code::MalformedEscape)?;
    u8::try_from(digit).map_err(|_| Code::MalformedEscape)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(result: Result<Members, Vec<Invalid>>) -> Vec<(String, &'static str)> {
        result.err().unwrap_or_default().into_iter().map(|invalid| (invalid.pointer, invalid.code)).collect()
    }

    #[test]
    fn json_is_read_strictly() {
        let cases: &[(&[u8], &str, &str)] = &[
            (b"{\"a\":1", "", "malformed_json"),
            (b"[]", "", "not_object"),
            (b"\"a\"", "", "not_object"),
            (b"{\"a\":\"\\ud800\"}", "", "malformed_json"),
            (b"{\"a\":\"\xff\"}", "", "invalid_utf8"),
            (b"{\"a/b\":1,\"a/b\":2}", "/a~1b", "duplicate_member"),
            (b"{} {}", "", "malformed_json"),
        ];
        for (bytes, pointer, code) in cases {
            assert_eq!(codes(Members::from_json(bytes)), [(pointer.to_string(), *code)]);
        }
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(500), "]".repeat(500));
        assert_eq!(codes(Members::from_json(deep.as_bytes())), [(String::new(), "malformed_json")]);
    }

    #[test]
    fn urlencoded_is_read_strictly() {
        let mut members = Members::from_urlencoded(b"a=x+y%C3%A9&b=&c").unwrap();
        assert_eq!(members.take("a"), Some("x y\u{e9}".into()));
        assert_eq!(members.names().collect::<Vec<_>>(), ["b", "c"]);
        assert_eq!(codes(Members::from_urlencoded(b"a=%zz")), [("/a".into(), "malformed_escape")]);
        assert_eq!(
            codes(Members::from_urlencoded(b"a=%ff&b=%4")),
            [("/a".into(), "invalid_utf8"), ("/b".into(), "malformed_escape")]
        );
        assert_eq!(codes(Members::from_urlencoded(b"a=1&a=2")), [("/a".into(), "duplicate_member")]);
    }

    #[test]
    fn null_is_absent() {
        let mut members = Members::from_json(b"{\"a\":null}").unwrap();
        assert_eq!(members.take("a"), None);
        assert_eq!(members.names().count(), 0);
    }
}
