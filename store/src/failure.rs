//! What ends a request without a decision: ours to log, bare to the caller.

use crate::statement::{Corrupt, DatabaseError};
use lead_core::problem::Refusal;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// The domain said no.
    Refused(Refusal),
    /// The database gave no usable answer in time, or others were always faster.
    Busy(String),
    /// What is stored does not have the shape this code wrote.
    Corrupt(String),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Collision => Self::Busy("collision".into()),
            DatabaseError::Unavailable(text) => Self::Busy(text),
        }
    }
}

impl From<Corrupt> for Failure {
    fn from(Corrupt(text): Corrupt) -> Self {
        Self::Corrupt(text)
    }
}
