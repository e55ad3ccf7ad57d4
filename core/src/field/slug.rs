//! Where a lead came from, in the words of whoever sent it.

use super::fold::is_word;
use super::text_type;
use crate::invalid::Code;
use lead_check::check_line;

/// A source as it was sent, 1 to 100 characters. Which canonical source it means is the policy's to say (spec L3).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeadSourceText(String);

impl LeadSourceText {
    /// The most characters.
    pub const MAX: u16 = lead_check::longest::LEAD_SOURCE;

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

    /// [`slug`] of the text.
    #[must_use]
    pub fn slug(&self) -> String {
        slug(&self.0)
    }
}

text_type!(LeadSourceText);

/// Lower-case words joined by `_`: "Google Ads", "google-ads" and "GOOGLE_ADS" give `google_ads`.
///
/// Letters and digits of any script are kept; everything else parts words. Text without any gives "".
#[must_use]
pub fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        if is_word(c) {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('_') {
            slug.push('_');
        }
    }
    slug.truncate(slug.trim_end_matches('_').len());
    slug
}
