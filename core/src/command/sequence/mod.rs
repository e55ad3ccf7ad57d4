//! Sequences come, change and go (spec E1). Whatever of a definition changes makes a new revision, which is kept: leads that
//! are enrolled finish on the one they began.

mod move_enrolled;
mod send_test;

pub use move_enrolled::{KnownMove, MoveEnrolled, Moved, MovedLead, OldRevision, Walked};
pub use send_test::{KnownTest, SendTest};

use crate::body::Sent;
use crate::command::pool::gone;
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Change, Context, NewRevision, Plan};
use crate::problem::Refusal;
use crate::sequence::{Sequence, SequenceValues};
use crate::stored;

/// A new sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateSequence {
    /// Its id, made once for the request.
    pub id: Id,
    /// What it is.
    pub values: SequenceValues,
}

/// A sequence that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditSequence {
    /// Which one.
    pub id: Id,
    /// What of it.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
}

/// A sequence that goes. Its enrolments end when the engine next looks at them; until then they are shown as ended.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteSequence {
    /// Which one.
    pub id: Id,
    /// For which version.
    pub precondition: Precondition,
}

/// What a command on a sequence must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The sequence as it stands.
    pub sequence: Option<Sequence>,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl Known {
    /// The sequence, where it stands.
    ///
    /// # Errors
    /// It does not.
    pub fn standing(&self) -> Result<&Sequence, Refusal> {
        self.sequence.as_ref().filter(|_| !self.deleted).ok_or(Refusal::NotFound)
    }
}

impl CreateSequence {
    /// Decides.
    ///
    /// # Errors
    /// None of its own.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Sequence>, Refusal> {
        if let Some(sequence) = &known.sequence {
            return Ok(Plan { changes: Vec::new(), done: sequence.clone() });
        }
        let SequenceValues { name, is_active, definition } = self.values.clone();
        let sequence = Sequence {
            id: self.id.clone(),
            company_id: context.company_id.clone(),
            name,
            is_active,
            active_since: is_active.then_some(context.now),
            revision: 1,
            definition,
            stamp: Stamp::new(context.now),
        };
        let insert = NewRecord::insert(Entity::Sequence, &self.id, stored::row(&sequence), context);
        Ok(Plan { changes: vec![insert, revise(&sequence)], done: sequence })
    }
}

impl EditSequence {
    /// Decides. A name, or whether it is active, makes no revision.
    ///
    /// # Errors
    /// No such sequence, another version, refused values.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Sequence>, Refusal> {
        let old = known.standing()?;
        let unchanged = Plan { changes: Vec::new(), done: old.clone() };
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(unchanged);
        }
        let sent = self.sent.over(&old.values());
        let SequenceValues { name, is_active, definition } =
            SequenceValues::parse(sent, context.policy).map_err(Refusal::Invalid)?;
        let revised = stored::row(&definition) != stored::row(&old.definition);
        let since = if old.is_active { old.active_since } else { Some(context.now) };
        let mut new = Sequence {
            name,
            is_active,
            active_since: since.filter(|_| is_active),
            revision: old.revision + i64::from(revised),
            definition,
            ..old.clone()
        };
        let of = (Entity::Sequence, &self.id, &old.stamp);
        let Some(edit) = Edit::between(of, "update", &stored::row(old), stored::row(&new), context) else {
            return Ok(unchanged);
        };
        new.stamp = old.stamp.edited(context.now);
        let changes = [edit].into_iter().chain(revised.then(|| revise(&new))).collect();
        Ok(Plan { changes, done: new })
    }
}

impl DeleteSequence {
    /// Decides.
    ///
    /// # Errors
    /// No such sequence, or another version.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let old = known.sequence.as_ref().ok_or(Refusal::NotFound)?;
        if let Some(plan) = gone(&old.stamp, known.deleted, &self.precondition, context)? {
            return Ok(plan);
        }
        let changes = vec![Edit::hide((Entity::Sequence, &self.id, &old.stamp), context)];
        Ok(Plan { changes, done: () })
    }
}

fn revise(sequence: &Sequence) -> Change {
    Change::Revise(Box::new(NewRevision::of(sequence)))
}
