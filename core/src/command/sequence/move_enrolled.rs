//! Enrolled leads go on under the sequence's current definition, because somebody says so (spec E1).
//!
//! The rule: the number of the step that comes next stays; where there is no such step any more, the next higher one follows; where
//! there is none, the lead is through. So no step is sent twice, and what lies behind a lead, new or not, it has passed. The
//! step's date moves by as many days as its delay changed, to now at the earliest.

use super::Known;
use crate::access::Principal;
use crate::body::{Members, Reader};
use crate::edit::Precondition;
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Audit, Change, Context, MoveEnrolments, MovedEnrolment, Plan};
use crate::problem::Refusal;
use crate::sequence::Definition;
use crate::stored;
use crate::time::{DAY_MS, Instant};
use serde::{Deserialize, Serialize};

/// The most enrolments of one call.
const MOST: i64 = 500;

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveEnrolled {
    /// Names this act in the audit trail: by it a lost answer is recognised.
    pub id: Id,
    /// Which sequence.
    pub sequence_id: Id,
    /// In which version: the definition that the caller has seen.
    pub precondition: Precondition,
    /// Who asks.
    pub by: Principal,
    /// At most so many enrolments are looked at.
    pub limit: i64,
    /// Only leads behind this one.
    pub after: Option<Id>,
}

/// An enrolment of the sequence, as the walk along them finds it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Walked {
    /// The enrolment.
    pub id: Id,
    /// Of which lead.
    pub lead_id: Id,
    /// Under which definition.
    pub revision: i64,
    /// Whether a step is to come.
    #[serde(deserialize_with = "stored::flag")]
    pub is_active: bool,
    /// Whether a run of the engine works on it just now.
    #[serde(deserialize_with = "stored::flag")]
    pub is_busy: bool,
    /// Which step.
    pub next_step: u32,
    /// When.
    pub due_at: Instant,
    /// Whether the caller sees the lead.
    #[serde(deserialize_with = "stored::flag")]
    pub is_seen: bool,
}

/// The delays of a former definition.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct OldRevision {
    /// Which one.
    pub revision: i64,
    /// Number and delay in days of each active step.
    #[serde(deserialize_with = "stored::json")]
    pub delays: Vec<(u32, i64)>,
}

/// What moving must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownMove {
    /// The sequence.
    pub sequence: Known,
    /// The next enrolments, whatever their state.
    pub walked: Vec<Walked>,
    /// The former definitions among them.
    pub revisions: Vec<OldRevision>,
    /// How many this very request moved already, its answer being lost.
    pub moved: Option<usize>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Moved {
    /// The revision under which they go on.
    pub revision: i64,
    /// How many enrolments were moved.
    pub moved: usize,
    /// How many of those are through, since no step is left for them.
    pub finishing: usize,
    /// How many were passed over because a mail of theirs was just being written: send the same again.
    pub busy: usize,
    /// Those that were moved, as far as the caller sees their leads.
    pub items: Vec<MovedLead>,
    /// Send the same again with this as `cursor`, until there is none.
    pub next_cursor: Option<Id>,
}

/// One enrolment that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovedLead {
    /// Which lead.
    pub lead_id: Id,
    /// The definition that it leaves.
    pub from_revision: i64,
    /// The step that came next there.
    pub from_step: u32,
    /// The step that comes next now; none where the lead is through.
    pub next_step: Option<u32>,
    /// When.
    pub due_at: Instant,
}

impl MoveEnrolled {
    /// Reads `limit` and `cursor`.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, of: (Id, Precondition), by: Principal, id: Id) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let limit = reader.whole("limit", 1..=MOST).unwrap_or(MOST);
        let after = reader.optional("cursor", |text| Id::parse(text.trim()).ok_or(Code::CursorInvalid));
        reader.close(&[])?;
        let (sequence_id, precondition) = of;
        Ok(Self { id, sequence_id, precondition, by, limit, after })
    }

    /// Decides what each enrolment becomes.
    ///
    /// # Errors
    /// No such sequence, or another version of it.
    pub fn decide(&self, known: &KnownMove, context: &mut Context<'_>) -> Result<Plan<Moved>, Refusal> {
        let sequence = known.sequence.standing()?;
        self.precondition.check(&sequence.stamp, context)?;
        let full = known.walked.len() >= usize::try_from(self.limit).unwrap_or(usize::MAX);
        let mut done = Moved {
            revision: sequence.revision,
            moved: 0,
            finishing: 0,
            busy: 0,
            items: Vec::new(),
            next_cursor: known.walked.last().filter(|_| full).map(|last| last.lead_id.clone()),
        };
        if let Some(moved) = known.moved {
            return Ok(Plan { changes: Vec::new(), done: Moved { moved, ..done } });
        }
        let outdated = |one: &&Walked| one.is_active && one.revision != sequence.revision;
        let (busy, free): (Vec<&Walked>, Vec<&Walked>) =
            known.walked.iter().filter(outdated).partition(|one| one.is_busy);
        done.busy = busy.len();
        let mut enrolments = Vec::with_capacity(free.len());
        for one in free {
            let next = sequence.definition.next_active(one.next_step).map(|step| step.step_number);
            let due_at = due(one, &known.revisions, &sequence.definition, context.now);
            done.moved += 1;
            done.finishing += usize::from(next.is_none());
            if one.is_seen {
                let (lead_id, from_revision, from_step) = (one.lead_id.clone(), one.revision, one.next_step);
                done.items.push(MovedLead { lead_id, from_revision, from_step, next_step: next, due_at });
            }
            let to_step = sequence.definition.at_or_after(one.next_step).map_or(one.next_step, |step| step.step_number);
            enrolments.push(moved(one, to_step, due_at, context));
        }
        let changes = if enrolments.is_empty() { Vec::new() } else { self.changes(sequence.revision, enrolments) };
        Ok(Plan { changes, done })
    }

    fn changes(&self, revision: i64, enrolments: Vec<MovedEnrolment>) -> Vec<Change> {
        let audit = Audit {
            id: self.id.clone(),
            entity_type: Entity::Sequence.as_str(),
            entity_id: self.sequence_id.clone(),
            action: "move_enrolled",
            field_name: None,
            old_value: None,
            new_value: Some(enrolments.len().to_string()),
        };
        let sequence_id = self.sequence_id.clone();
        let moved = Change::MoveEnrolments(Box::new(MoveEnrolments { sequence_id, revision, enrolments }));
        vec![moved, Change::Audit(Box::new(audit))]
    }
}

fn moved(one: &Walked, to_step: u32, to_due: Instant, context: &mut Context<'_>) -> MovedEnrolment {
    MovedEnrolment {
        id: one.id.clone(),
        lead_id: one.lead_id.clone(),
        revision: one.revision,
        next_step: one.next_step,
        due_ms: one.due_at.ms(),
        to_step,
        to_due_ms: to_due.ms(),
        audit_id: context.ids.next_id(),
    }
}

/// When the next step is due under the new definition. Where there is none, the engine is to look at once.
fn due(one: &Walked, revisions: &[OldRevision], new: &Definition, now: Instant) -> Instant {
    let Some(next) = new.next_active(one.next_step) else { return now.min(one.due_at) };
    let old = revisions.iter().find(|old| old.revision == one.revision);
    let to_come = old.into_iter().flat_map(|old| &old.delays).filter(|(number, _)| *number >= one.next_step);
    let Some((_, before)) = to_come.min_by_key(|(number, _)| *number) else { return one.due_at };
    let moved = one.due_at.plus_ms((i64::from(next.delay_days) - before) * DAY_MS);
    moved.max(now.min(one.due_at))
}
