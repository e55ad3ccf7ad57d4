//! A lead stands for this person already: the submission is kept as a touch on it, and overwrites nothing (spec D4).

use super::{Known, Sender, StandingLead, Submit, Taken, audit, standing_of};
use crate::assign::{LeadFacts, Maker};
use crate::lead::{TouchEffect, ValidationStatus};
use crate::plan::{Change, Context, CountEvent, Handover, Plan, Require, Revive};
use crate::policy::{EventKind, Move, Stage, Status};
use crate::spam::{SpamVerdict, Standing};

impl Submit {
    pub(super) fn attach(
        &self,
        lead: &StandingLead,
        known: &Known,
        spam: &SpamVerdict,
        context: &mut Context<'_>,
    ) -> Plan<Taken> {
        let clean = spam.standing != Standing::Quarantine;
        let effect = match lead.status {
            _ if clean && lead.quarantined => TouchEffect::Released,
            Status::Unqualified if clean => TouchEffect::Recycled,
            Status::Disqualified | Status::Converted => TouchEffect::Noticed,
            _ => TouchEffect::Attached,
        };
        let touch = self.touch(&lead.id, effect, known, spam, context);
        let consents = clean && self.submission.gdpr_consent && !lead.consented && !lead.withdrawn;
        let mut changes = Vec::new();
        if matches!(effect, TouchEffect::Released | TouchEffect::Recycled) {
            changes.extend(revive(lead, known, spam, context));
        }
        if clean {
            changes.push(Change::CountEvent(CountEvent::of(&lead.id, &touch.id, EventKind::FormSubmit, context)));
        }
        if consents {
            let consent = self.consent(&lead.id, &touch.id, context);
            changes.push(Change::RecordConsent(Box::new(consent)));
            changes.push(audit(&lead.id, "update", Some(("gdpr_consent", "false".into(), "true".into())), context));
        }
        changes.push(Change::InsertTouch(Box::new(touch)));
        // Nothing of a person comes back to a lead that is erased at the same time.
        changes.push(Change::Require(Require::Lead(lead.id.clone())));
        let existing_id = match &self.sender {
            Sender::Caller { visibility, .. } if visibility.sees(lead.owner.as_ref()) => Some(lead.id.clone()),
            _ => None,
        };
        Plan { changes, done: Taken::Duplicate { existing_id } }
    }
}

/// Out of quarantine, or back from unqualified, or both: an edit by the system, with its version and its audit rows.
fn revive(lead: &StandingLead, known: &Known, spam: &SpamVerdict, context: &mut Context<'_>) -> Vec<Change> {
    let recycled = context.policy.transitions().after(lead.status, Move::Recycle).ok();
    let (status, stage) = match recycled.filter(|_| lead.status == Status::Unqualified) {
        Some(status) => (status, Some(Stage::Awareness)),
        None => (lead.status, None),
    };
    let validation_status = if lead.quarantined { standing_of(spam) } else { lead.validation_status };
    let handover = (lead.quarantined && lead.owner.is_none()).then(|| hand_over(lead, known, context));
    let mut changes = Vec::new();
    if let Some(pool_id) = handover.as_ref().and_then(|handover| handover.pool_id.clone()) {
        changes.push(Change::TakeTurn { pool_id });
    }
    let revive = Revive {
        lead_id: lead.id.clone(),
        version: lead.version,
        status,
        stage,
        validation_status,
        handover,
        attempt_id: context.attempt(),
    };
    // A lead that was given up stays so, whoever gets it, and is nobody's load.
    let open = status != Status::Disqualified;
    let load = revive.handover.as_ref().filter(|_| open).and_then(|handover| handover.load(&lead.id));
    changes.push(Change::Revive(Box::new(revive)));
    changes.extend(load);
    if status != lead.status {
        changes.push(field(lead, "status", lead.status.as_str(), status.as_str(), context));
    }
    if validation_status != lead.validation_status {
        let (old, new): (ValidationStatus, _) = (lead.validation_status, validation_status);
        changes.push(field(lead, "validation_status", old.as_str(), new.as_str(), context));
    }
    changes
}

fn field(lead: &StandingLead, name: &'static str, old: &str, new: &str, context: &mut Context<'_>) -> Change {
    audit(&lead.id, "update", Some((name, old.to_owned(), new.to_owned())), context)
}

fn hand_over(lead: &StandingLead, known: &Known, context: &Context<'_>) -> Handover {
    let facts =
        LeadFacts { country: Some(&lead.country), state: lead.state.as_deref(), industry: lead.industry.as_deref() };
    Handover::by(&known.routing.assign(&facts, &Maker::Nobody, context.now))
}
