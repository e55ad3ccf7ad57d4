//! A lead is hidden, and comes back: from deletion, or out of quarantine (spec L6, L9).

use super::edit::Standing;
use super::{Found, Target, columns, is_open, matching, record};
use crate::activity::SystemEvent;
use crate::assign::Maker;
use crate::edit::Already;
use crate::lead::{Lead, ValidationStatus};
use crate::plan::{Change, Context, HandOver, Handover, Plan};
use crate::policy::Status;
use crate::problem::Refusal;
use crate::routing::Routing;

/// Hides a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeleteLead {
    /// Which one.
    pub target: Target,
}

impl DeleteLead {
    /// Decides what hiding changes; the answer is the lead as it stands afterwards.
    ///
    /// # Errors
    /// There is no such lead, or another version of it stands.
    pub fn decide(&self, found: Option<&Found>, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        let (found, already) = self.target.standing(found, context)?;
        let mut lead = found.lead.clone();
        if already == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: Box::new(lead) });
        }
        let counted = is_open(&lead);
        lead.deleted_at = Some(context.now);
        let mut changes = Vec::new();
        if counted {
            changes.push(Change::Load { lead_id: lead.id.clone(), delta: -1 });
        }
        let mut new = columns(&lead, &["deleted_at"]);
        new.extend(matching(&lead, &found.keys));
        changes.extend(found.edit("delete", new, context));
        stamp(&mut lead, context);
        Ok(Plan { changes, done: Box::new(lead) })
    }
}

/// Brings a lead back: a deleted one from deletion, else a quarantined one out of quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreLead {
    /// Which one.
    pub target: Target,
}

/// What bringing back must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownRestore {
    /// The lead, where the caller sees it.
    pub found: Option<Found>,
    /// Leads that stand for its person in the meantime.
    pub others: Vec<Standing>,
    /// How leads are handed out.
    pub routing: Routing,
}

impl RestoreLead {
    /// Decides what comes back; a lead that is neither hidden nor held back stays as it is.
    ///
    /// # Errors
    /// There is no such lead, another version of it stands, or another lead stands for its person.
    pub fn decide(&self, known: &KnownRestore, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        let (found, already) = self.target.any(known.found.as_ref(), context)?;
        let lead = &found.lead;
        if already == Already::No && lead.deleted_at.is_some() {
            return self.undelete(&found, known, context);
        }
        if already == Already::No && lead.quarantined_at.is_some() {
            return Ok(release(&found, known, context));
        }
        Ok(Plan { changes: Vec::new(), done: Box::new(lead.clone()) })
    }

    fn undelete(
        &self,
        found: &Found,
        known: &KnownRestore,
        context: &mut Context<'_>,
    ) -> Result<Plan<Box<Lead>>, Refusal> {
        let mut lead = found.lead.clone();
        if let Some(other) = known.others.first().filter(|_| lead.status != Status::Converted) {
            let seen = self.target.by.visibility.sees(other.owner.as_ref());
            return Err(Refusal::DuplicateLead { existing_id: seen.then(|| other.id.clone()) });
        }
        lead.deleted_at = None;
        let mut new = columns(&lead, &["deleted_at"]);
        new.extend(matching(&lead, &found.keys));
        let mut changes: Vec<Change> = found.edit("restore", new, context).into_iter().collect();
        if is_open(&lead) {
            changes.push(Change::Load { lead_id: lead.id.clone(), delta: 1 });
        }
        changes.push(record(&lead.id, SystemEvent::Restored, "Restored after deletion", None, context));
        stamp(&mut lead, context);
        Ok(Plan { changes, done: Box::new(lead) })
    }
}

/// Out of quarantine by a person's word, and handed out where nobody works it yet.
fn release(found: &Found, known: &KnownRestore, context: &mut Context<'_>) -> Plan<Box<Lead>> {
    let mut lead = found.lead.clone();
    lead.validation_status = ValidationStatus::Valid;
    lead.quarantined_at = None;
    let new = columns(&lead, &["validation_status", "quarantined_at"]);
    let mut changes: Vec<Change> = found.edit("restore", new, context).into_iter().collect();
    changes.push(record(&lead.id, SystemEvent::Restored, "Restored from quarantine", None, context));
    if lead.lead_owner_id.is_none() {
        let assignment = known.routing.assign(&super::facts(&lead), &Maker::Nobody, context.now);
        let leads = vec![super::assign::handed(&lead, context)];
        let handover = Handover::by(&assignment);
        changes.push(Change::HandOver(Box::new(HandOver { handover, leads, attempt_id: None })));
    }
    stamp(&mut lead, context);
    Plan { changes, done: Box::new(lead) }
}

pub(super) fn stamp(lead: &mut Lead, context: &Context<'_>) {
    lead.version += 1;
    lead.updated_at = lead.updated_at.max(context.now);
}
