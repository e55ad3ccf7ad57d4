//! A change of a record as it was sent: the whole of it, or some members.

use super::{Members, merged};
use serde::Serialize;

/// The body of a PUT or of a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub enum Sent {
    /// The whole record: what is left out has its default.
    Whole(Members),
    /// A merge patch (RFC 7396): what is left out stays.
    Patch(Members),
}

impl Sent {
    /// The whole record that is meant, `editable` being what stands.
    #[must_use]
    pub fn over<T: Serialize>(&self, editable: &T) -> Members {
        match self {
            Self::Whole(members) => members.clone(),
            Self::Patch(members) => merged(editable, members.clone()),
        }
    }

    /// What was sent.
    #[must_use]
    pub fn members(&self) -> &Members {
        match self {
            Self::Whole(members) | Self::Patch(members) => members,
        }
    }
}
