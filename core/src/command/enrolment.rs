//! A lead begins a sequence by hand, or is taken out of it (spec E1, E2).

use crate::access::Principal;
use crate::command::sequence::Known;
use crate::enrolment::{Enrolment, EnrolmentState, LeftReason};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::nurture::decide::Standing;
use crate::nurture::facts::NurturedLead;
use crate::plan::{Change, Context, Ending, EnrolmentKey, NewEnrolment, Plan, Require, Telling};
use crate::problem::Refusal;
use crate::time::DAY_MS;
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

/// What enrolling must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownEnrol {
    /// The sequence.
    pub sequence: Known,
    /// The lead, where the caller sees it.
    pub lead: Option<NurturedLead>,
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
        let definition = &sequence.definition;
        let standing = Standing { definition, sequence_deleted: false, lead, suppressed: None, enrolled_at: None };
        let reasons = [
            known.enrolment.is_some().then_some("enrolled_before"),
            (!sequence.is_active).then_some("sequence_inactive"),
            standing.leaving().map(LeftReason::as_str),
        ];
        let reasons: Vec<_> = reasons.into_iter().flatten().collect();
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
