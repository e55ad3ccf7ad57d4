//! What a decision may change about leads.

use super::{Change, Context};
use crate::assign::Assignment;
use crate::attribution::Attribution;
use crate::id::Id;
use crate::lead::{Assigned, Lead, TouchEffect};
use crate::policy::EventKind;
use crate::score::Reason;
use crate::time::Instant;

/// How the owner of a lead is found when the batch is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Handover {
    /// The owners whose turn it can be, in turn order; one of them is certain, none is the queue.
    pub eligible: Vec<Id>,
    /// The pool whose turn decides; none where there is no turn to take.
    pub pool_id: Option<Id>,
    /// Why, as stored with the lead (spec A3); none for a lead that is held back.
    pub why: Option<Assigned>,
}

impl Handover {
    /// A lead that is held back has neither owner nor reason.
    #[must_use]
    pub fn none() -> Self {
        Self { eligible: Vec::new(), pool_id: None, why: None }
    }

    /// The owner by this assignment's rule.
    #[must_use]
    pub fn by(assignment: &Assignment) -> Self {
        Self {
            eligible: assignment.eligible.clone(),
            pool_id: assignment.pool_id.clone(),
            why: Some(Assigned::before_turn(assignment)),
        }
    }

    /// Whether a lead of this owner and reason stays as it is: it waits in the queue already, for the same reason.
    #[must_use]
    pub fn leaves(&self, owner: Option<&Id>, why: Option<&Assigned>) -> bool {
        self.eligible.is_empty() && owner.is_none() && self.why.as_ref() == why
    }

    /// What takes the pool's turn and counts the lead among its new owner's, once the change that makes the lead is written;
    /// nothing in the queue.
    #[must_use]
    pub fn counted(&self, lead_id: &Id) -> Option<Change> {
        let lead_id = lead_id.clone();
        match &self.pool_id {
            Some(pool_id) => Some(Change::TakeTurn { lead_id, pool_id: pool_id.clone() }),
            None => (!self.eligible.is_empty()).then_some(Change::Load { lead_id, delta: 1 }),
        }
    }
}

/// Leads that are handed over together, under one rule (spec A).
#[derive(Clone, Debug, PartialEq)]
pub struct HandOver {
    /// Among whom, and why. Each lead takes a turn of its own.
    pub handover: Handover,
    /// The leads in the order of their turns.
    pub leads: Vec<Handed>,
    /// The attempt that raises their versions; none where an edit of the same batch does.
    pub attempt_id: Option<Id>,
}

/// A lead that is handed over.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Handed {
    /// Which lead.
    pub id: Id,
    /// The version that was read.
    pub version: i64,
    /// Who works it so far.
    pub owner: Option<Id>,
    /// Whether it counts among its owner's open leads.
    pub open: bool,
    /// The id of the owner's audit row.
    pub audit_id: Id,
    /// The id of the audit row of the reason (spec A3).
    pub assignment_audit_id: Id,
    /// The id of the activity that tells of it.
    pub activity_id: Id,
    /// The id of that activity's audit row.
    pub activity_audit_id: Id,
}

impl Handed {
    /// A lead on its way to another owner, in the version that was read, with the ids of what tells of it.
    #[must_use]
    pub fn new(id: &Id, version: i64, owner: Option<&Id>, open: bool, context: &mut Context<'_>) -> Self {
        Self {
            id: id.clone(),
            version,
            owner: owner.cloned(),
            open,
            audit_id: context.ids.next_id(),
            assignment_audit_id: context.ids.next_id(),
            activity_id: context.ids.next_id(),
            activity_audit_id: context.ids.next_id(),
        }
    }
}

/// A lead to be inserted with its keys for matching.
#[derive(Clone, Debug, PartialEq)]
pub struct NewLead {
    /// The lead; owner and assignment are filled in by the batch.
    pub lead: Lead,
    /// Its keys.
    pub keys: LeadKeys,
    /// How its owner is found.
    pub handover: Handover,
}

/// Normal forms for matching and search (spec N).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeadKeys {
    /// Lower-case address with an ASCII domain.
    pub email: String,
    /// Its domain, absent for free mail.
    pub email_domain: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// Folded family name.
    pub last_name: String,
    /// Folded company name without its legal form.
    pub company: String,
}

/// A submission to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewTouch {
    /// The touch's id.
    pub id: Id,
    /// The lead it belongs to.
    pub lead_id: Id,
    /// The idempotency key with its scope.
    pub idem_key: String,
    /// The attempt that writes it.
    pub attempt_id: Id,
    /// SHA-256 of the parsed values.
    pub digest: String,
    /// What it does.
    pub effect: TouchEffect,
    /// Where the visit came from.
    pub attribution: Attribution,
    /// Under which of its form's definitions the values were judged.
    pub form_version: Option<i64>,
    /// The values as given.
    pub submitted: serde_json::Value,
    /// 0 to 100.
    pub spam_score: u8,
    /// What adds up to it.
    pub spam_reasons: Vec<Reason>,
    /// When the visitor sent it, where it waited for a connection.
    pub filled_at: Option<Instant>,
}

/// One more event of a kind on a lead.
#[derive(Clone, Debug, PartialEq)]
pub struct CountEvent {
    /// Which lead.
    pub lead_id: Id,
    /// The touch, activity or mail event that is counted: never twice.
    pub source_id: Id,
    /// The kind's wire name.
    pub kind: &'static str,
    /// What one such event is worth.
    pub points: i32,
    /// The most points that the kind gives or takes in all; none means no limit.
    pub cap: Option<i32>,
    /// A score above this moves awareness to consideration (spec M2).
    pub consideration_above: i32,
    /// The ids of the audit rows of `lead_score` and `stage`, each written where its value changes.
    pub audit_ids: [Id; 2],
}

impl CountEvent {
    /// The event of this kind that `source_id` stands for, as the policy values it.
    #[must_use]
    pub fn of(lead_id: &Id, source_id: &Id, kind: EventKind, context: &mut Context<'_>) -> Self {
        let worth = context.policy.scoring.engagement.get(&kind);
        Self {
            lead_id: lead_id.clone(),
            source_id: source_id.clone(),
            kind: kind.as_str(),
            points: worth.map_or(0, |worth| worth.points),
            cap: worth.and_then(|worth| worth.cap),
            consideration_above: context.policy.thresholds.consideration_above,
            audit_ids: [context.ids.next_id(), context.ids.next_id()],
        }
    }
}

/// A fit that follows from edited values. It stands in the same plan as the edit, whose version keeps two of them apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Refit {
    /// Which lead.
    pub lead_id: Id,
    /// The event's id.
    pub id: Id,
    /// The reasons that were stored.
    pub before: Vec<Reason>,
    /// The reasons by the new values.
    pub after: Vec<Reason>,
    /// The rules that gave them.
    pub policy_version: String,
    /// A score above this moves awareness to consideration (spec M2).
    pub consideration_above: i32,
    /// The ids of the audit rows of `lead_score`, `stage` and `policy_version`, each written where its value changes.
    pub audit_ids: [Id; 3],
}

impl Refit {
    /// The change from one fit to the other; `None` where they are the same.
    #[must_use]
    pub fn between(lead_id: &Id, before: &[Reason], after: Vec<Reason>, context: &mut Context<'_>) -> Option<Change> {
        (before != after).then(|| {
            Change::Refit(Box::new(Self {
                lead_id: lead_id.clone(),
                id: context.ids.next_id(),
                before: before.to_vec(),
                after,
                policy_version: context.policy.version().to_owned(),
                consideration_above: context.policy.thresholds.consideration_above,
                audit_ids: [context.ids.next_id(), context.ids.next_id(), context.ids.next_id()],
            }))
        })
    }

    /// What it adds to the sum.
    #[must_use]
    pub fn points(&self) -> i32 {
        let sum = |reasons: &[Reason]| reasons.iter().fold(0_i32, |sum, reason| sum.saturating_add(reason.points));
        sum(&self.after).saturating_sub(sum(&self.before))
    }
}
