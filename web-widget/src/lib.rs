//! The core's rules for the browser. The default build is what every visitor loads: text in, a code out, no serde.
//!
//! Invariant: pure functions only. The element owns the DOM and the network; nothing here knows of either.

#![cfg_attr(all(target_arch = "wasm32", not(feature = "rich")), no_std)]

extern crate alloc;

use alloc::string::String;
use lead_check::logic;
use wasm_bindgen::prelude::wasm_bindgen;

#[cfg(feature = "rich")]
pub mod rich;

// The smallest that gives memory back; one page makes only a few short strings.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// Checks one value of a form as the edge does, save for what needs big tables: those are finished at the edge.
///
/// Gives `""` for a value that may be sent, else the code, or `code:limit` where the code names a limit (spec L2).
#[cfg_attr(feature = "rich", wasm_bindgen)]
#[must_use]
pub fn check_field(name: &str, value: &str, required: bool) -> String {
    match lead_check::check(name, value, required) {
        Ok(()) => String::new(),
        Err(code) => code.spelled(),
    }
}

/// The address that was probably meant ("gmial.com" for "gmail.com"), or `""`. An offer, never a refusal.
#[cfg_attr(feature = "rich", wasm_bindgen)]
#[must_use]
pub fn suggest_email(value: &str) -> String {
    lead_check::suggest_email(value).unwrap_or_default()
}

/// How a form stands under these answers, one sign for each line of its `logic` (spec F3). Steps: `s` shown, `x` skipped; fields:
/// `r` required, `o` optional, `h` hidden; booking link: `b` offered, `-` not. `answers` are `name U+001F value` pairs
/// joined by U+001E, several values of one name as several pairs.
#[cfg_attr(feature = "rich", wasm_bindgen)]
#[must_use]
pub fn form_state(logic: &str, answers: &str) -> String {
    logic::form_state(logic, answers)
}

/// Checks one answer by the rule of its line of `logic`, counted from 0; several choices are joined by U+001F. Gives what
/// [`check_field`] gives.
#[cfg_attr(feature = "rich", wasm_bindgen)]
#[must_use]
pub fn check_answer(logic: &str, line: u32, value: &str, required: bool) -> String {
    match logic::check_answer(logic, line, value, required) {
        Ok(()) => String::new(),
        Err(code) => code.spelled(),
    }
}

/// The one export of what visitors load: 0 is [`form_state`], 1 [`check_answer`], 2 [`suggest_email`], with the arguments that
/// each has. Every further export would cost as much again as some checks.
#[wasm_bindgen]
#[must_use]
pub fn ask(what: u32, first: &str, second: &str, line: u32, required: bool) -> String {
    match what {
        0 => form_state(first, second),
        1 => check_answer(first, line, second, required),
        _ => suggest_email(first),
    }
}

/// Without the standard library a panic cannot tell anything: it ends the call, and the element goes on without rules.
#[cfg(all(target_arch = "wasm32", not(feature = "rich")))]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
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
}
