//! What can happen: steps with small numbers, so that they meet the same few people and shrink to a short story.

use std::fmt;

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};

use super::super::stage::Who;

/// One thing that happens.
#[derive(Clone)]
pub(crate) struct Step {
    /// How long after the step before, in milliseconds.
    pub(crate) after: i64,
    /// Who does it.
    pub(crate) by: Who,
    /// What.
    pub(crate) act: Act,
}

impl fmt::Debug for Step {
    /// One line, whatever is asked for: a story is a list of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} s {:?}: {:?}", self.after / SECOND, self.by, self.act)
    }
}

/// What somebody does. Numbers of leads and other records are taken modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Somebody writes in.
    Submit(Said, Option<u8>),
}

/// What is said of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Name, company and e-mail address are this person's of [`super::world::PERSONS`].
    pub(crate) person: usize,
    /// The phone is this person's.
    pub(crate) phone_of: usize,
    /// How much is said besides: from nothing to everything that scores.
    pub(crate) worth: usize,
    /// Whether the consent box is ticked.
    pub(crate) consent: bool,
    /// How the form was filled; no part of what is said.
    pub(crate) filling: Filling,
}

/// How a form was filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filling {
    /// As people do.
    Calm,
    /// Too fast for a person: marked for a look.
    Hasty,
    /// Into the trap: quarantined.
    Trapped,
}

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![Just(Who::Admin), Just(Who::Manager), (0..3_usize).prop_map(Who::Sdr)]
}

fn said() -> impl Strategy<Value = Said> {
    let filling = prop_oneof![
        6 => Just(Filling::Calm),
        1 => Just(Filling::Hasty),
        2 => Just(Filling::Trapped),
    ];
    // Mostly one's own phone.
    let phone = prop_oneof![3 => Just(None), 1 => (0..super::world::PERSONS.len()).prop_map(Some)];
    (0..super::world::PERSONS.len(), phone, 0..3_usize, any::<bool>(), filling).prop_map(
        |(person, phone, worth, consent, filling)| Said {
            person,
            phone_of: phone.unwrap_or(person),
            worth,
            consent,
            filling,
        },
    )
}

fn submission() -> impl Strategy<Value = (Who, Act)> {
    let by = prop_oneof![2 => Just(Who::Visitor), 1 => who()];
    let key = prop_oneof![3 => Just(None), 1 => (0..3_u8).prop_map(Some)];
    (by, said(), key).prop_map(|(by, said, key)| (by, Act::Submit(said, key)))
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![4 => Just(SECOND), 2 => Just(HOUR), 1 => Just(25 * HOUR)];
    (after, submission()).prop_map(|(after, (by, act))| Step { after, by, act })
}

/// A story.
pub(crate) fn story() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..70)
}
