//! What the visitor says about money.

use super::text_type;
use crate::invalid::Code;
use lead_check::check_line;

/// A budget in the visitor's words, 1 to 100 characters. That it is given counts, not what it says (spec S1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct BudgetRange(String);

impl BudgetRange {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::BUDGET_RANGE;

    /// Trims and reads one line.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        check_line(text, Self::MAX).map(|line| Self(line.to_owned()))
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

text_type!(BudgetRange);
