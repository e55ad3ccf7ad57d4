//! The read-decide-commit loop: read in one batch, decide, write in one batch; on a collision read and decide again.

use crate::changes::statements;
use crate::failure::Failure;
use crate::statement::{Corrupt, Database, DatabaseError, Outcome, Statement};
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;

/// A command that can be run against a store.
pub trait Command {
    /// What it must know.
    type Known;
    /// What it answers.
    type Done;

    /// The statements that read what it must know.
    fn reads(&self, context: &Context<'_>) -> Vec<Statement>;

    /// What they gave.
    ///
    /// # Errors
    /// A stored row does not have the shape this code wrote.
    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt>;

    /// The decision.
    ///
    /// # Errors
    /// The domain says no.
    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<Self::Done>, Refusal>;
}

/// A command that was run.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran<D> {
    /// Its answer.
    pub done: D,
    /// What the last write gave, a statement each; empty where nothing was written.
    pub written: Vec<Outcome>,
    /// What it cost, over all attempts.
    pub cost: Cost,
}

/// What the database did for one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// Batches sent.
    pub round_trips: u32,
    /// Rows read, as D1 bills them.
    pub rows_read: u64,
    /// Rows written, as D1 bills them.
    pub rows_written: u64,
}

impl Cost {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            round_trips: self.round_trips + other.round_trips,
            rows_read: self.rows_read + other.rows_read,
            rows_written: self.rows_written + other.rows_written,
        }
    }

    /// Adds what a batch cost.
    pub fn add(&mut self, outcomes: &[Outcome]) {
        self.rows_read += outcomes.iter().map(|outcome| outcome.rows_read).sum::<u64>();
        self.rows_written += outcomes.iter().map(|outcome| outcome.rows_written).sum::<u64>();
    }
}

/// After so many attempts the caller is asked to come again.
const ATTEMPTS: u32 = 6;

/// Runs a command to its answer.
///
/// # Errors
/// [`Failure`]: a refusal, no success within the attempts, or a corrupt row.
pub async fn run<D: Database, C: Command>(
    database: &D,
    command: &C,
    context: &mut Context<'_>,
) -> Result<Ran<C::Done>, Failure> {
    let mut cost = Cost::default();
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        context.begin_attempt();
        cost.round_trips += 1;
        let read = match database.batch(command.reads(context)).await {
            Ok(read) => read,
            Err(error) => {
                last = words(error);
                continue;
            }
        };
        cost.add(&read);
        let Plan { changes, done } = command.decide(&command.known(&read)?, context)?;
        if changes.is_empty() {
            return Ok(Ran { done, written: Vec::new(), cost });
        }
        cost.round_trips += 1;
        match database.batch(statements(&changes, context)).await {
            Ok(written) => {
                cost.add(&written);
                return Ok(Ran { done, written, cost });
            }
            // Somebody was faster, or the answer was lost: the next read tells which.
            Err(error) => last = words(error),
        }
    }
    Err(Failure::Busy(last))
}

fn words(error: DatabaseError) -> String {
    match error {
        DatabaseError::Collision => "collision".into(),
        DatabaseError::Unavailable(text) => text,
    }
}
