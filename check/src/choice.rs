//! Values from a closed list.

use crate::Code;

/// What a person has to say in a purchase, as the wire spells it (seed, Step 1.1), in the order in which forms show it.
pub const AUTHORITY_LEVELS: [&str; 4] = ["decision_maker", "influencer", "user", "gatekeeper"];

/// Reads yes or no as form bodies spell it: `true`, `on`, `1`, `false`, `0`.
///
/// # Errors
/// `Required` when blank, `NotBoolean`.
pub fn flag(text: &str) -> Result<bool, Code> {
    match text.trim() {
        "" => Err(Code::Required),
        "true" | "on" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Code::NotBoolean),
    }
}
