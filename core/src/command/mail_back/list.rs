//! The list of who is never mailed, as people who work here add to it and take from it.

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Context, Lift, Plan, Suppress};
use crate::problem::Refusal;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};

/// What both must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownList {
    /// What is written about the address.
    pub rows: Vec<Suppression>,
    /// Whether the sequence that was named is one of the company; true where none was.
    pub has_sequence: bool,
}

/// An address is mailed no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddSuppression {
    /// Which one.
    pub address: AddressHash,
    /// By which sequence; none means all of the company.
    pub sequence_id: Option<Id>,
}

impl AddSuppression {
    /// Decides what is written; a row that stands stays, with its reason.
    ///
    /// # Errors
    /// The company has no such sequence.
    pub fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<Suppression>, Refusal> {
        if !known.has_sequence {
            return Err(Refusal::Invalid(vec![Invalid::member("sequence_id", Code::UnknownReference)]));
        }
        let sequence_id = self.sequence_id.as_ref();
        let (reason, place) = (SuppressionReason::ByHand, (self.address, sequence_id));
        let Some((id, changes)) = Suppress::over(&known.rows, place, reason, None, context) else {
            let stands = known.rows.iter().find(|row| row.sequence_id.as_ref() == sequence_id);
            return Ok(Plan { changes: Vec::new(), done: stands.cloned().ok_or(Refusal::NotFound)? });
        };
        let done =
            Suppression { id, sequence_id: self.sequence_id.clone(), reason, mail_id: None, created_at: context.now };
        Ok(Plan { changes, done })
    }
}

/// An address may be mailed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiftSuppression {
    /// Which one.
    pub address: AddressHash,
    /// By which sequence; none means all of the company.
    pub sequence_id: Option<Id>,
}

impl LiftSuppression {
    /// Decides what is taken away.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] where no row stands; [`Refusal::SuppressionStands`] where a person asked for it.
    pub fn decide(&self, known: &KnownList, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let row = known.rows.iter().find(|row| row.sequence_id == self.sequence_id).ok_or(Refusal::NotFound)?;
        match row.reason {
            SuppressionReason::ByHand | SuppressionReason::Bounced => {
                Ok(Plan { changes: Lift::of(row, self.address, context).to_vec(), done: () })
            }
            reason @ (SuppressionReason::Unsubscribed | SuppressionReason::Complained) => {
                Err(Refusal::SuppressionStands { reason })
            }
        }
    }
}
