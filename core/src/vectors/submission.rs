//! Runs the cases about whole submissions: bytes in, values or every error out.

use crate::body::Members;
use crate::field::Country;
use crate::policy::Policy;
use crate::submission::{Door, Submission};
use serde_json::{Value, json};

/// What the case gives; `None` where the subject is another module's.
pub(super) fn outcome(subject: &str, input: &Value) -> Option<Result<Value, Value>> {
    if subject != "submission" {
        return None;
    }
    let member = |name: &str| input.get(name).and_then(Value::as_str);
    let door = if member("door") == Some("api") { Door::Api } else { Door::Form };
    let members = match (member("json"), member("urlencoded")) {
        (Some(text), _) => Members::from_json(text.as_bytes()),
        (None, text) => Members::from_urlencoded(text.unwrap_or_default().as_bytes()),
    };
    let policy = Policy::builtin().ok()?;
    let parsed = members.and_then(|members| Submission::parse(members, door, Country::INDIA, &policy));
    Some(match parsed {
        Ok((submission, filling)) => {
            let evidence = json!({ "trapped": filling.trapped, "elapsed_ms": filling.elapsed_ms, "key": filling.key });
            Ok(json!({ "values": stripped(submission.values()), "filling": evidence }))
        }
        Err(errors) => Err(errors.iter().map(|error| json!([error.pointer, error.code])).collect()),
    })
}

/// Without the members that are absent, at any depth.
fn stripped(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, stripped(value)))
            .collect(),
        other => other,
    }
}
