//! A lead begins a sequence by hand, or is taken out of it (spec E1, E2).

use crate::access::Principal;
use crate::command::sequence::Known;
use crate::enrolment::{Enrolment, EnrolmentState, LeftReason};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::{Change, Context, Ending, EnrolmentKey, NewEnrolment, Plan, Require, Telling};
use crate::policy::Status;
use crate::problem::Refusal;
use crate::sequence::Definition;
use crate::stored;
use crate::time::{DAY_MS, Instant};
use serde::Deserialize;

/// A lead is enrolled, whatever the sequence's trigger and condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Enrol {
    /// The enrolment's id, made once for the request.
    pub id: Id,
    /// In which sequence.
    pub sequence_id: Id,
    /// Which lead.
    pub lead_id: Id,
    /// Who asks.
    pub by: Principal,
}

/// A lead as far as it can be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LeadStanding {
    /// Where it stands.
    pub status: Status,
    /// 0 to 100.
    pub lead_score: u8,
    /// Since when it is held back.
    pub quarantined_at: Option<Instant>,
    /// Whether the person asked to be left alone.
    #[serde(deserialize_with = "stored::flag")]
    pub dnd_status: bool,
}

/// What enrolling must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownEnrol {
    /// The sequence.
    pub sequence: Known,
    /// The lead, where the caller sees it.
    pub lead: Option<LeadStanding>,
    /// The lead's enrolment in this sequence.
    pub enrolment: Option<Enrolment>,
}

impl Enrol {
    /// Decides.
    ///
    /// # Errors
    /// No such sequence or lead, the lead went through the sequence before, or it would leave at once: every reason.
    pub fn decide(&self, known: &KnownEnrol, context: &mut Context<'_>) -> Result<Plan<Enrolment>, Refusal> {
        let sequence = known.sequence.standing()?;
        let unknown = || Refusal::Invalid(vec![Invalid::member("lead_id", Code::UnknownReference)]);
        let lead = known.lead.as_ref().ok_or_else(unknown)?;
        if let Some(ours) = known.enrolment.as_ref().filter(|enrolment| enrolment.id == self.id) {
            return Ok(Plan { changes: Vec::new(), done: ours.clone() });
        }
        let mut reasons = obstacles(lead, &sequence.definition);
        if !sequence.is_active {
            reasons.insert(0, "sequence_inactive");
        }
        if known.enrolment.is_some() {
            reasons.insert(0, "enrolled_before");
        }
        // A sequence that was read has an active step.
        let first = sequence.definition.first().filter(|_| reasons.is_empty());
        let Some(first) = first else { return Err(Refusal::NotEnrollable { reasons }) };
        let enrolment = Enrolment {
            id: self.id.clone(),
            sequence_id: self.sequence_id.clone(),
            lead_id: self.lead_id.clone(),
            revision: sequence.revision,
            state: EnrolmentState::Active,
            next_step: first.step_number,
            due_at: context.now.plus_ms(i64::from(first.delay_days) * DAY_MS),
            held_by: None,
            enrolled_at: context.now,
            left_reason: None,
            ended_at: None,
        };
        let new = NewEnrolment {
            id: self.id.clone(),
            key: EnrolmentKey { sequence_id: self.sequence_id.clone(), lead_id: self.lead_id.clone() },
            revision: enrolment.revision,
            next_step: enrolment.next_step,
            due_at: enrolment.due_at,
            name: sequence.name.clone(),
            telling: Telling::new(context),
        };
        let changes = vec![Change::Require(Require::Lead(self.lead_id.clone())), Change::EnrolLeads(vec![new])];
        Ok(Plan { changes, done: enrolment })
    }
}

/// Why the lead would leave at once.
fn obstacles(lead: &LeadStanding, definition: &Definition) -> Vec<&'static str> {
    let obstacles = [
        (definition.ends_at(lead.status), "status"),
        (definition.score_max.is_some_and(|most| lead.lead_score > most), "score"),
        (lead.quarantined_at.is_some(), "quarantined"),
        (lead.dnd_status, "dnd"),
    ];
    obstacles.into_iter().filter_map(|(holds, name)| holds.then_some(name)).collect()
}

/// A lead is taken out of a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct LeaveSequence {
    /// Which lead.
    pub lead_id: Id,
    /// Which sequence.
    pub sequence_id: Id,
    /// Who asks.
    pub by: Principal,
}

/// What leaving must know.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KnownLeave {
    /// The enrolment.
    #[serde(flatten)]
    pub enrolment: Enrolment,
    /// The sequence's name.
    pub name: String,
}

impl LeaveSequence {
    /// Decides. Whoever left or finished stays as they did. `known` is the enrolment, where the caller sees the lead.
    ///
    /// # Errors
    /// There is no such enrolment.
    pub fn decide(&self, known: Option<&KnownLeave>, context: &mut Context<'_>) -> Result<Plan<Enrolment>, Refusal> {
        let KnownLeave { enrolment, name } = known.ok_or(Refusal::NotFound)?;
        if enrolment.state != EnrolmentState::Active {
            return Ok(Plan { changes: Vec::new(), done: enrolment.clone() });
        }
        let ending = Ending {
            id: enrolment.id.clone(),
            key: EnrolmentKey { sequence_id: self.sequence_id.clone(), lead_id: self.lead_id.clone() },
            reason: Some(LeftReason::Removed),
            name: name.clone(),
            telling: Telling::new(context),
        };
        let done = Enrolment {
            state: EnrolmentState::Left,
            left_reason: ending.reason,
            held_by: None,
            ended_at: Some(context.now),
            ..enrolment.clone()
        };
        Ok(Plan { changes: vec![Change::Leave(vec![ending])], done })
    }
}
