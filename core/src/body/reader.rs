//! Takes members one by one and collects every error on the way.

use super::Members;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::time::Instant;
use serde_json::Value;

/// A body being read.
#[derive(Debug)]
pub struct Reader {
    members: Members,
    errors: Vec<Invalid>,
    /// Where the object stands in the whole body: "" or a pointer such as `/bant`.
    at: String,
}

impl Reader {
    /// Begins to read a body.
    #[must_use]
    pub fn new(members: Members) -> Self {
        Self { members, errors: Vec::new(), at: String::new() }
    }

    /// The raw value of a member; JSON `null` counts as absent.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        self.members.take(name)
    }

    /// The names that nobody took yet.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.names()
    }

    /// A text that may be missing; blank is missing.
    pub fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let text = self.text(name)?;
        self.judge(name, parse(&text))
    }

    /// A text that must be there.
    pub fn required<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Code>) -> Option<T> {
        let before = self.errors.len();
        match self.text(name) {
            Some(text) => self.judge(name, parse(&text)),
            None if self.errors.len() == before => self.judge(name, Err(Code::Required)),
            None => None,
        }
    }

    /// A truth value, `true` or a form's spelling of it; missing is false.
    pub fn flag(&mut self, name: &str) -> bool {
        let read = match self.members.take(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(false),
            Some(Value::String(text)) => crate::field::flag(&text),
            Some(_) => Err(Code::NotBoolean),
        };
        self.judge(name, read).unwrap_or(false)
    }

    /// A truth value as JSON; `default` where it is missing.
    pub fn flag_or(&mut self, name: &str, default: bool) -> bool {
        let read = match self.members.take(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Code::NotBoolean),
        };
        self.judge(name, read).unwrap_or(default)
    }

    /// A truth value that must be said, as JSON; false where it is refused.
    pub fn truth(&mut self, name: &str) -> bool {
        let read = match self.members.take(name) {
            Some(Value::Bool(flag)) => Ok(flag),
            Some(_) => Err(Code::NotBoolean),
            None => Err(Code::Required),
        };
        self.judge(name, read).unwrap_or(false)
    }

    /// Whether the member is a text; it is not taken.
    #[must_use]
    pub fn is_text(&self, name: &str) -> bool {
        self.members.text(name).is_some()
    }

    /// Refuses what stands at `path` within the object, such as `options/2/value`.
    pub fn refuse_at(&mut self, path: &str, code: Code) {
        self.errors.push(Invalid::at(format!("{}/{path}", self.at), code));
    }

    /// Whether the member is there and not `null`; it is not taken.
    #[must_use]
    pub fn gives(&self, name: &str) -> bool {
        self.members.gives(name)
    }

    /// The value, or its error kept under the member's name.
    pub fn judge<T>(&mut self, name: &str, read: Result<T, Code>) -> Option<T> {
        read.map_err(|code| self.refuse(name, code)).ok()
    }

    /// Refuses a member.
    pub fn refuse(&mut self, name: &str, code: Code) {
        self.errors.push(self.invalid(name, code));
    }

    /// A value of a closed list, by its wire name.
    pub fn choice<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        self.optional(name, |text| parse(text.trim()).ok_or(Code::UnknownValue))
    }

    /// An id; whether there is such a thing is for the command to find out.
    pub fn id(&mut self, name: &str) -> Option<Id> {
        self.optional(name, |text| Id::parse(text.trim()).ok_or(Code::NotId))
    }

    /// An RFC 3339 date-time.
    pub fn instant(&mut self, name: &str) -> Option<Instant> {
        self.optional(name, |text| Instant::parse(text).ok_or(Code::NotDateTime))
    }

    /// A whole number within `range`, as a number or its text.
    pub fn whole(&mut self, name: &str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let read = match self.members.take(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) if text.trim().is_empty() => return None,
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        self.judge(name, read.filter(|number| range.contains(number)).ok_or(Code::NotWholeNumber))
    }

    /// A list of texts, at most `most`; missing is empty.
    pub fn list<T>(&mut self, name: &str, most: u16, parse: impl Fn(&str) -> Result<T, Code>) -> Vec<T> {
        let items = self.items(name, most);
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_str().ok_or(Code::NotText).and_then(&parse) {
                Ok(value) => out.push(value),
                Err(code) => {
                    let place = self.invalid(name, code).pointer;
                    self.errors.push(Invalid::at(format!("{place}/{index}"), code));
                }
            }
        }
        out
    }

    /// An object inside the body, read by `read`; its errors carry their whole pointer.
    pub fn object<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        match self.members.take(name)? {
            Value::Object(object) => {
                let at = self.invalid(name, Code::Required).pointer;
                let mut inner = Self { members: Members::of(object), errors: Vec::new(), at };
                let value = read(&mut inner);
                self.errors.extend(inner.close(&[]).err().unwrap_or_default());
                Some(value)
            }
            _ => {
                self.refuse(name, Code::NotObject);
                None
            }
        }
    }

    /// A list of objects, at most `most`, each read by `read`, which is told where it stands; missing is empty. An item that
    /// is no object is refused and left out.
    pub fn objects<T>(&mut self, name: &str, most: u16, mut read: impl FnMut(&mut Self, &str) -> T) -> Vec<T> {
        let items = self.items(name, most);
        let place = self.invalid(name, Code::Required).pointer;
        let mut out = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let at = format!("{place}/{index}");
            let Value::Object(object) = item else {
                self.errors.push(Invalid::at(at, Code::NotObject));
                continue;
            };
            let mut inner = Self { members: Members::of(object), errors: Vec::new(), at: at.clone() };
            out.push(read(&mut inner, &at));
            self.errors.extend(inner.close(&[]).err().unwrap_or_default());
        }
        out
    }

    fn items(&mut self, name: &str, most: u16) -> Vec<Value> {
        match self.members.take(name) {
            None => Vec::new(),
            Some(Value::Array(items)) if items.len() <= usize::from(most) => items,
            Some(Value::Array(_)) => {
                self.refuse(name, Code::TooMany(most));
                Vec::new()
            }
            Some(_) => {
                self.refuse(name, Code::NotList);
                Vec::new()
            }
        }
    }

    /// Keeps what another reader of a member refused.
    pub fn refuse_all(&mut self, errors: impl IntoIterator<Item = Invalid>) {
        self.errors.extend(errors);
    }

    fn invalid(&self, name: &str, code: Code) -> Invalid {
        let mut invalid = Invalid::member(name, code);
        invalid.pointer.insert_str(0, &self.at);
        invalid
    }

    /// Whether `name` was refused so far.
    #[must_use]
    pub fn refused(&self, name: &str) -> bool {
        let pointer = self.invalid(name, Code::Required).pointer;
        self.errors.iter().any(|error| error.pointer == pointer)
    }

    /// Whether `name` or something within it was refused so far.
    #[must_use]
    pub fn refused_within(&self, name: &str) -> bool {
        let pointer = self.invalid(name, Code::Required).pointer;
        let within = |error: &Invalid| {
            error.pointer.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.errors.iter().any(within)
    }

    /// Refuses what nobody took; gives every error there was. `read_only` are members that only the system sets.
    ///
    /// # Errors
    /// Every refused member, in the order in which they were read.
    pub fn close(mut self, read_only: &[&str]) -> Result<(), Vec<Invalid>> {
        let code_of = |name| if read_only.contains(&name) { Code::ReadOnlyMember } else { Code::UnknownMember };
        let unknown: Vec<_> = self.members.names().map(|name| self.invalid(name, code_of(name))).collect();
        self.errors.extend(unknown);
        if self.errors.is_empty() { Ok(()) } else { Err(self.errors) }
    }

    fn text(&mut self, name: &str) -> Option<String> {
        match self.members.take(name)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text),
            _ => {
                self.refuse(name, Code::NotText);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(body: &Value, read: impl FnOnce(&mut Reader)) -> Vec<(String, &'static str)> {
        let mut reader = Reader::new(Members::from_json(body.to_string().as_bytes()).unwrap());
        read(&mut reader);
        let errors = reader.close(&["version"]).err().unwrap_or_default();
        errors.into_iter().map(|invalid| (invalid.pointer, invalid.code)).collect()
    }

    #[test]
    fn each_kind_of_value_is_refused_by_its_own_code() {
        let body = json!({
            "owner": "me", "at": "soon", "kind": "odd", "count": 7.5, "tags": ["a", 1], "many": ["a", "b"], "one": "a",
            "deep": { "at": "soon", "more": 1 }, "flat": 1, "rows": [{ "at": "soon" }, 1, { "b": 1 }], "is": "x", "extra": 1, "version": 2
        });
        let found = codes(&body, |reader| {
            reader.id("owner");
            reader.instant("at");
            reader.choice("kind", |text| (text == "even").then_some(()));
            reader.whole("count", 0..=10);
            reader.list("tags", 5, |text| Ok(text.to_owned()));
            reader.list("many", 1, |text| Ok(text.to_owned()));
            reader.list("one", 5, |text| Ok(text.to_owned()));
            reader.object("deep", |inner| inner.instant("at"));
            reader.object("flat", |_| ());
            reader.objects("rows", 3, |inner, _| inner.instant("at"));
            assert!(reader.flag_or("is", true) && reader.flag_or("is_not", true));
        });
        let expected = [
            ("/owner", "not_id"),
            ("/at", "not_date_time"),
            ("/kind", "unknown_value"),
            ("/count", "not_whole_number"),
            ("/tags/1", "not_text"),
            ("/many", "too_many"),
            ("/one", "not_list"),
            ("/deep/at", "not_date_time"),
            ("/deep/more", "unknown_member"),
            ("/flat", "not_object"),
            ("/rows/0/at", "not_date_time"),
            ("/rows/1", "not_object"),
            ("/rows/2/b", "unknown_member"),
            ("/is", "not_boolean"),
            ("/extra", "unknown_member"),
            ("/version", "read_only_member"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }

    #[test]
    fn a_patch_replaces_takes_away_and_keeps() {
        let patch = Members::from_json(br#"{"a":null,"b":2}"#).unwrap();
        let mut merged = crate::body::merged(&json!({ "a": 1, "b": 1, "c": 1 }), patch);
        assert_eq!([merged.take("a"), merged.take("b"), merged.take("c")], [None, Some(2.into()), Some(1.into())]);
    }
}
