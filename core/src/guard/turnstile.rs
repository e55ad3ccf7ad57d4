//! Turnstile's word about a visitor, where a form asks for it.

use crate::consent::hex;
use crate::policy::named;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Where Turnstile is asked, unless the environment names another address.
pub const TURNSTILE_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

named! {
    /// What Turnstile says of a visitor.
    TurnstileState {
        /// It vouches for them.
        Passed = "passed",
        /// They brought no answer of Turnstile's.
        Missing = "missing",
        /// It does not vouch for them.
        Failed = "failed",
        /// It could not be asked, or said nothing that can be read.
        Silent = "silent",
    }
}

/// Reads Turnstile's answer: a JSON object whose `success` is a truth value. What blames our own secret or request says nothing of
/// the visitor.
#[must_use]
pub fn read_turnstile(answer: &[u8]) -> TurnstileState {
    const OURS: [&str; 4] = ["missing-input-secret", "invalid-input-secret", "bad-request", "internal-error"];
    let answer: Value = serde_json::from_slice(answer).unwrap_or_default();
    let codes = answer.get("error-codes").and_then(Value::as_array);
    let ours = codes.is_some_and(|codes| codes.iter().any(|code| OURS.contains(&code.as_str().unwrap_or_default())));
    match answer.get("success").and_then(Value::as_bool) {
        Some(true) => TurnstileState::Passed,
        Some(false) if !ours => TurnstileState::Failed,
        _ => TurnstileState::Silent,
    }
}

/// The UUID under which Turnstile is asked about a submission: the same once more for the same one, so that asking again after a
/// lost answer does not look like an answer used twice.
#[must_use]
pub fn turnstile_key(key: &str) -> String {
    let hex = hex(&Sha256::digest(key.as_bytes()));
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(12, 15), part(15, 18), part(18, 30))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_submission_is_asked_about_under_one_key() {
        let key = turnstile_key("form:1:key:a");
        assert_eq!(key, turnstile_key("form:1:key:a"));
        assert_ne!(key, turnstile_key("form:1:key:b"));
        assert_eq!(key.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    }

    #[test]
    fn only_a_plain_no_is_held_against_the_visitor() {
        let cases = [
            (r#"{"success":true,"hostname":"example.com"}"#, TurnstileState::Passed),
            (r#"{"success":false,"error-codes":["invalid-input-response"]}"#, TurnstileState::Failed),
            (r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#, TurnstileState::Failed),
            (r#"{"success":false,"error-codes":["invalid-input-secret"]}"#, TurnstileState::Silent),
            (r#"{"success":"true"}"#, TurnstileState::Silent),
            ("<html>", TurnstileState::Silent),
        ];
        for (answer, state) in cases {
            assert_eq!(read_turnstile(answer.as_bytes()), state, "{answer}");
        }
    }
}
