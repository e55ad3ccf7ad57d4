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
        Self { pointer: pointer.into(), code: code.as_str(), detail: code.detail() }
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
    }
}
