//! Lost answers and faster rivals: whatever happens on the way, one submission makes one lead.

use std::cell::{Cell, RefCell};

use lead_core::command::submit::Taken;
use lead_store::failure::Failure;
use lead_store::run::Ran;
use lead_store::statement::{Database, DatabaseError, Outcome, Statement};
use serde_json::{Value, json};

use super::sqlite::Sqlite;
use super::stage::{START, Stage, Who, contact, visitor, with};

/// Loses answers: of the batches with these numbers the caller never hears.
pub(crate) struct Lossy<'a> {
    database: &'a Sqlite,
    /// Batches lost before they ran.
    before: Vec<u32>,
    /// Batches lost after they committed.
    after: Vec<u32>,
    sent: Cell<u32>,
}

impl Database for Lossy<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let number = self.sent.get();
        self.sent.set(number + 1);
        let lost = || DatabaseError::Unavailable("the line is dead".to_owned());
        if self.before.contains(&number) {
            return Err(lost());
        }
        let outcomes = self.database.batch(statements).await?;
        if self.after.contains(&number) { Err(lost()) } else { Ok(outcomes) }
    }
}

/// Lets a rival write just before each of the first writes.
struct Rivals<'a> {
    stage: &'a Stage,
    rivals: RefCell<Vec<(Value, &'static str)>>,
    sent: Cell<u32>,
}

impl Database for Rivals<'_> {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Outcome>, DatabaseError> {
        let writes = self.sent.get() % 2 == 1;
        self.sent.set(self.sent.get() + 1);
        let rival = if writes { self.rivals.borrow_mut().pop() } else { None };
        if let Some((values, key)) = rival {
            self.stage.visit(&values, key, START);
        }
        self.stage.database.batch(statements).await
    }
}

/// A database that loses the batches of these numbers.
pub(crate) fn lossy<'a>(stage: &'a Stage, before: &[u32], after: &[u32]) -> Lossy<'a> {
    Lossy { database: &stage.database, before: before.to_vec(), after: after.to_vec(), sent: Cell::new(0) }
}

#[test]
fn a_lost_answer_is_recognised_as_our_own() {
    for who in [Who::Visitor, Who::Admin] {
        for key in [Some("one"), None] {
            let values = if who == Who::Visitor { visitor(1) } else { contact(1) };
            let stage = Stage::new(2);
            // Batch 1 is the write; the next read finds what it did.
            let Ran { done, cost, .. } = stage.try_on(&lossy(&stage, &[], &[1]), who, &values, key, START).unwrap();
            assert!(matches!(done, Taken::Replayed { own: true, .. }), "{who:?} {key:?}: {done:?}");
            assert_eq!(cost.round_trips, 3);
            assert_eq!((stage.count("leads"), stage.effects().len()), (1, 1));
            assert_eq!(stage.turns(), [1], "one lead, one turn");
        }
    }
}

#[test]
fn a_lost_touch_counts_once() {
    let stage = Stage::new(1);
    stage.visit(&visitor(1), "one", START);
    let lost = lossy(&stage, &[], &[1]);
    stage.try_on(&lost, Who::Visitor, &visitor(1), Some("two"), START + 1).unwrap();
    assert_eq!((stage.lead()["lead_score"].as_i64(), stage.effects().len()), (Some(25), 2));
}

#[test]
fn dead_lines_are_tried_again_and_given_up_in_the_end() {
    let stage = Stage::new(1);
    let shaky = lossy(&stage, &[0, 2, 3], &[]);
    assert!(matches!(
        stage.try_on(&shaky, Who::Visitor, &visitor(1), Some("one"), START).unwrap().done,
        Taken::Created(_)
    ));
    let dead = lossy(&stage, &(0..100).collect::<Vec<u32>>(), &[]);
    let failure = stage.try_on(&dead, Who::Visitor, &visitor(2), Some("two"), START).unwrap_err();
    assert_eq!(failure, Failure::Busy("the line is dead".to_owned()));
    assert_eq!(dead.sent.get(), 6);
    // The visitor comes again with the same key.
    assert!(matches!(stage.visit(&visitor(2), "two", START), Taken::Created(_)));
    assert_eq!(stage.count("leads"), 2);
}

/// Submits while rivals write, the last one first, and gives what became of it.
fn against(stage: &Stage, rivals: Vec<(Value, &'static str)>, key: &str) -> Ran<Taken> {
    let database = Rivals { stage, rivals: RefCell::new(rivals), sent: Cell::new(0) };
    let ran = stage.try_on(&database, Who::Visitor, &visitor(1), Some(key), START).unwrap();
    assert!(database.rivals.borrow().is_empty(), "every rival wrote");
    ran
}

#[test]
fn a_faster_rival_makes_the_lead_and_we_attach() {
    let stage = Stage::new(2);
    let Ran { done, cost, .. } = against(&stage, vec![(visitor(1), "rival")], "mine");
    assert_eq!((done, cost.round_trips), (Taken::Duplicate { existing_id: None }, 4));
    let mut effects = stage.effects();
    effects.sort();
    assert_eq!((effects, stage.count("leads")), (vec!["attached".to_owned(), "created".to_owned()], 1));
    // A collision takes the turn back with everything else.
    assert_eq!(stage.turns(), [1]);
}

#[test]
fn the_same_submission_twice_at_once_is_a_replay() {
    let stage = Stage::new(2);
    let Ran { done, .. } = against(&stage, vec![(visitor(1), "mine")], "mine");
    assert!(matches!(done, Taken::Replayed { own: false, .. }), "{done:?}");
    assert_eq!((stage.count("leads"), stage.effects()), (1, vec!["created".to_owned()]));
}

#[test]
fn two_releases_of_one_lead_collide_on_its_version() {
    let stage = Stage::new(2);
    stage.visit(&with(visitor(1), json!({ "lg_ref": "x" })), "spam", START - 1);
    let Ran { done, .. } = against(&stage, vec![(visitor(1), "rival")], "mine");
    assert_eq!(done, Taken::Duplicate { existing_id: None });
    let mut effects = stage.effects();
    effects.sort();
    assert_eq!(effects, ["attached", "created", "released"]);
    assert_eq!((stage.lead()["version"].as_i64(), stage.lead()["lead_score"].as_i64()), (Some(2), Some(40)));
    assert_eq!(stage.turns(), [1]);
}

#[test]
fn rivals_without_a_collision_commute() {
    let stage = Stage::new(2);
    stage.visit(&visitor(1), "first", START);
    let Ran { cost, .. } = against(&stage, vec![(visitor(1), "rival")], "mine");
    assert_eq!(cost.round_trips, 2, "touches do not collide");
    assert_eq!((stage.lead()["lead_score"].as_i64(), stage.effects().len()), (Some(40), 3));
}
