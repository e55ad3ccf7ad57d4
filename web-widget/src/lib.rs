//! The core's rules for the browser. The default build is what every visitor loads: text in, a code out, no serde.
//!
//! Invariant: pure functions only. The element owns the DOM and the network; nothing here knows of either.

use lead_core::field;
use lead_core::invalid::Code;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "rich")]
pub mod rich;

// 2.2 KB of brotli smaller than the standard library's allocator; one page makes only a few short strings.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Checks one value of a form as the edge does, save for what needs big tables: those are finished at the edge.
///
/// Gives `""` for a value that may be sent, else the code, or `code:limit` where the code names a limit (spec L2).
#[wasm_bindgen]
#[must_use]
pub fn check_field(name: &str, value: &str, required: bool) -> String {
    match field::check(name, value, required) {
        Ok(()) => String::new(),
        Err(code) => spell(code),
    }
}

/// The address that was probably meant ("gmial.com" for "gmail.com"), or `""`. An offer, never a refusal.
#[wasm_bindgen]
#[must_use]
pub fn suggest_email(value: &str) -> String {
    field::suggest_email(value).unwrap_or_default()
}

fn spell(code: Code) -> String {
    match code {
        Code::TooLong(limit) => [code.as_str(), ":", &limit.to_string()].concat(),
        _ => code.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lead_core::invalid::API_ONLY;

    #[test]
    fn verdicts_are_blank_a_code_or_a_code_with_its_limit() {
        assert_eq!(check_field("first_name", "Ada", true), "");
        assert_eq!(check_field("first_name", " ", true), "required");
        assert_eq!(check_field("email", "ada.example.com", true), "email_missing_at");
        assert_eq!(check_field("first_name", &"a".repeat(101), true), "too_long:100");
    }

    #[test]
    fn suggestions_are_offered_or_blank() {
        assert_eq!(suggest_email("ada@gmial.com"), "ada@gmail.com");
        assert_eq!(suggest_email("ada@gmail.com"), "");
    }

    #[test]
    fn the_catalogue_has_every_code_and_no_other() {
        let catalogue = include_str!("../element/messages.en.js");
        let codes = catalogue.split("export const codes = {").nth(1).and_then(|rest| rest.split("};").next()).unwrap();
        let mut told: Vec<_> =
            codes.lines().filter_map(|line| line.trim().split_once(':')).map(|(code, _)| code).collect();
        let of_forms = |code: &&str| API_ONLY.iter().all(|other| other.as_str() != *code);
        let mut known: Vec<_> = Code::ALL.iter().map(|(code, _)| *code).filter(of_forms).collect();
        told.sort_unstable();
        known.sort_unstable();
        assert_eq!(told, known);
    }
}
