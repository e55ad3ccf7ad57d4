//! A lead stands for this person already: the submission is kept as a touch on it, and overwrites nothing (spec D4).

use super::{Known, Sender, StandingLead, Submit, Taken, standing_of};
use crate::assign::{LeadFacts, Maker};
use crate::consent::Consent;
use crate::edit::Edit;
use crate::entity::{Entity, Stamp};
use crate::field::Country;
use crate::id::Id;
use crate::lead::{TouchEffect, ValidationStatus};
use crate::nurture::trigger::NOTICE;
use crate::plan::{Audit, Change, Context, CountEvent, HandOver, Handed, Handover, Plan, Require};
use crate::policy::{EventKind, Move, Stage, Status};
use crate::spam::{SpamVerdict, Standing};
use crate::stored;
use crate::time::Instant;
use serde::Serialize;

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
            _ if clean && lead.quarantined_at.is_some() => TouchEffect::Released,
            Status::Unqualified if clean => TouchEffect::Recycled,
            Status::Disqualified | Status::Converted => TouchEffect::Noticed,
            _ => TouchEffect::Attached,
        };
        let touch = self.touch(&lead.id, effect, known, spam, context);
        let agrees = clean && self.submission.gdpr_consent && !lead.dnd;
        let said_no = lead.withdrawn || known.beside.said_no();
        let consents = agrees && !said_no && !lead.consented;
        // After a no only the person's own word by mail counts (spec L7).
        let confirms = known.beside.confirms(Country::parse(&lead.country).ok());
        let asks = agrees && (said_no || (confirms && !(lead.consented && lead.confirmed)));
        let question = asks.then(|| self.ask(&lead.id, &touch.id, context));
        let mut changes = Vec::new();
        if matches!(effect, TouchEffect::Released | TouchEffect::Recycled) {
            changes.extend(revive(lead, known, spam, context));
        }
        if clean {
            changes.push(Change::CountEvent(CountEvent::of(&lead.id, &touch.id, EventKind::FormSubmit, context)));
        }
        if consents {
            let shown = Some([(); 3].map(|()| context.ids.next_id()));
            let consent = Consent { shown, ..self.consent(&lead.id, &touch.id, context) };
            changes.push(Change::RecordConsent(Box::new(consent)));
        }
        changes.extend(question);
        if clean && effect == TouchEffect::Noticed {
            changes.push(notice(&lead.id, context));
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

/// Nurturing reads of it in the trail, and tells the owner.
fn notice(lead_id: &Id, context: &mut Context<'_>) -> Change {
    Change::Audit(Box::new(Audit {
        id: context.ids.next_id(),
        entity_type: Entity::Lead.as_str(),
        entity_id: lead_id.clone(),
        action: NOTICE,
        field_name: None,
        old_value: None,
        new_value: None,
    }))
}

/// Out of quarantine, or back from unqualified, or both: an edit by the system, and an owner where nobody works it yet.
fn revive(lead: &StandingLead, known: &Known, spam: &SpamVerdict, context: &mut Context<'_>) -> Vec<Change> {
    let recycled = context.policy.transitions().after(lead.status, Move::Recycle).ok();
    let mut after = Revived::of(lead);
    if let Some(status) = recycled.filter(|_| lead.status == Status::Unqualified) {
        (after.status, after.stage) = (status, Stage::Awareness);
    }
    if lead.quarantined_at.is_some() {
        (after.validation_status, after.quarantined_at) = (standing_of(spam), None);
    }
    let stamp = Stamp { version: lead.version, ..Stamp::new(context.now) };
    let before = stored::row(&Revived::of(lead));
    let of = (Entity::Lead, &lead.id, &stamp);
    let edit = Edit::between(of, "update", &before, stored::row(&after), context);
    let mut changes: Vec<Change> = edit.into_iter().collect();
    if lead.quarantined_at.is_some() && lead.owner.is_none() {
        // A lead that was given up stays so, whoever gets it, and is nobody's load.
        let open = after.status != Status::Disqualified;
        let handed = Handed::new(&lead.id, lead.version, None, open, context);
        let handover = hand_over(lead, known, context);
        let change = HandOver { handover, leads: vec![handed], attempt_id: None };
        changes.push(Change::HandOver(Box::new(change)));
    }
    changes
}

/// What a touch can change of a lead by itself.
#[derive(Serialize)]
struct Revived {
    status: Status,
    stage: Stage,
    validation_status: ValidationStatus,
    quarantined_at: Option<Instant>,
}

impl Revived {
    fn of(lead: &StandingLead) -> Self {
        let StandingLead { status, stage, validation_status, quarantined_at, .. } = *lead;
        Self { status, stage, validation_status, quarantined_at }
    }
}

fn hand_over(lead: &StandingLead, known: &Known, context: &Context<'_>) -> Handover {
    let facts =
        LeadFacts { country: Some(&lead.country), state: lead.state.as_deref(), industry: lead.industry.as_deref() };
    Handover::by(&known.routing.assign(&facts, &Maker::Nobody, context.now))
}
