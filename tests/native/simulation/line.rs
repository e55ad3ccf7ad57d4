//! The way to the database: batches take their time, are lost before or after they commit, and whoever sent them is killed.

use std::cell::Cell;
use std::rc::Rc;

use lead_store::statement::{Database, DatabaseError, Outcome, Statement};

use super::race::{die, turn};
use super::world::World;

/// Statements by which it may change who may be mailed.
const CHANGES: [&str; 7] = [
    "UPDATE leads",
    "INTO consents",
    "INTO suppressions",
    "DELETE FROM suppressions",
    "INTO activities",
    "UPDATE sequences",
    "UPDATE company_settings",
];

/// A run's or a request's way.
pub(super) struct Line<'a> {
    pub(super) world: &'a World,
    /// Set when whoever it belongs to is killed.
    pub(super) killed: Rc<Cell<bool>>,
    /// How much of what was written before each of its batches began.
    pub(super) begun: std::cell::RefCell<Vec<u64>>,
}

impl<'a> Line<'a> {
    pub(super) fn new(world: &'a World) -> Self {
        Self { world, killed: Rc::new(Cell::new(false)), begun: std::cell::RefCell::default() }
    }
}

impl Database for Line<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let world = self.world;
        turn().await;
        world.pass(world.chance.between(1, 40));
        let lost = || DatabaseError::Unavailable("the line is dead".to_owned());
        self.begun.borrow_mut().push(world.watcher.written());
        let trouble = if world.is_calm() { 1000 } else { world.chance.below(1000) };
        match trouble {
            0..=3 => return Err(lost()),
            4..=6 => return die(&self.killed).await,
            _ => {}
        }
        let telling = statements.iter().any(|statement| CHANGES.iter().any(|table| statement.sql.contains(table)));
        let outcomes = world.stage.database.batch(statements).await?;
        if telling {
            world.look();
        }
        match trouble {
            7..=10 => Err(lost()),
            11..=13 => die(&self.killed).await,
            _ => Ok(outcomes),
        }
    }
}
