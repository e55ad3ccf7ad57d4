//! Values from a closed list.

use super::text_type;
use crate::invalid::Code;
use lead_check::AUTHORITY_LEVELS;

/// What a person has to say in a purchase (seed, Step 1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuthorityLevel {
    /// Signs.
    DecisionMaker,
    /// Is asked.
    Influencer,
    /// Will use it.
    User,
    /// Decides who is let in.
    Gatekeeper,
}

impl AuthorityLevel {
    /// Every level, in the order in which forms show them.
    pub const ALL: [Self; 4] = [Self::DecisionMaker, Self::Influencer, Self::User, Self::Gatekeeper];

    /// Trims and reads the wire's exact spelling.
    ///
    /// # Errors
    /// `Required` when blank, `UnknownValue`.
    pub fn parse(text: &str) -> Result<Self, Code> {
        match text.trim() {
            "" => Err(Code::Required),
            text => Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(Code::UnknownValue),
        }
    }

    /// The spelling on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        AUTHORITY_LEVELS[self as usize]
    }
}

text_type!(AuthorityLevel);
