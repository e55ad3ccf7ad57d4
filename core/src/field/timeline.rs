//! When a visitor means to buy.

use super::text_type;
use super::timeline_words::read;
use crate::invalid::Code;
use lead_check::check_line;

/// Days from now between which a purchase is meant to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DayRange {
    /// The earliest day, 0 for at once.
    pub lower: u32,
    /// The latest day, `None` for an open end ("60+ days"); never below `lower`.
    pub upper: Option<u32>,
}

/// A timeline of 1 to 100 characters in the visitor's words, and the days it means if it can be read (spec S2).
///
/// Read are counts, ranges and bounds of hours, days, weeks (7), months (30), quarters (90) and years (365), with
/// twelve months as 360, and a few words ("ASAP", "next month"). A date, a number without a unit, or anything else
/// is kept as text without days.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Timeline {
    text: String,
    days: Option<DayRange>,
}

impl Timeline {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::TIMELINE;

    /// Trims and reads one line.
    ///
    /// # Errors
    /// `Required` when blank, `TooLong`, `ControlCharacter`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        let text = check_line(text, Self::MAX)?;
        Ok(Self { text: text.to_owned(), days: read(text) })
    }

    /// The trimmed text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The days meant; `None` where the text could not be read.
    #[must_use]
    pub fn days(&self) -> Option<DayRange> {
        self.days
    }
}

text_type!(Timeline);
