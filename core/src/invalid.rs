//! What is wrong with a value, where, and under which stable code (spec L2).

pub use lead_check::{API_ONLY, Code};
use serde::Serialize;
use std::borrow::Cow;

/// One refused value. A request reports all of them at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Invalid {
    /// Where: a JSON pointer into the body (RFC 6901), or `?name` for a query parameter.
    pub pointer: String,
    /// Which rule: stable, translatable.
    pub code: &'static str,
    /// The rule in English, for whoever reads the answer.
    pub detail: Cow<'static, str>,
    /// The limit that the rule names, for whoever words it in another language: a number, or a date as `2026-11-23`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<String>,
}

impl Invalid {
    /// The member `name` of the body broke the rule `code`.
    #[must_use]
    pub fn member(name: &str, code: Code) -> Self {
        Self::at(format!("/{}", name.replace('~', "~0").replace('/', "~1")), code)
    }

    /// The value at `pointer` broke the rule `code`.
    #[must_use]
    pub fn at(pointer: impl Into<String>, code: Code) -> Self {
        Self { limit: code.limit(), ..Self::told(pointer, code, code.detail()) }
    }

    /// The value at `pointer` broke the rule `code`, in words that tell more than the rule's own.
    #[must_use]
    pub fn told(pointer: impl Into<String>, code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { pointer: pointer.into(), code: code.as_str(), detail: detail.into(), limit: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_carry_their_limits_into_the_detail() {
        let invalid = Invalid::member("a/b", Code::TooLong(100));
        assert_eq!(invalid.pointer, "/a~1b");
        assert_eq!(invalid.code, "too_long");
        assert_eq!(invalid.detail, "At most 100 characters are allowed.");
        assert_eq!(invalid.limit.as_deref(), Some("100"));
        let date = lead_check::Date::parse("2026-11-23").unwrap();
        assert_eq!(Code::DateTooEarly(date).limit().as_deref(), Some("2026-11-23"));
        assert_eq!(Code::Required.limit(), None);
    }
}
