//! A conversion is taken back while nothing was built on it (spec C3).

use super::super::lead::{Found, Target};
use super::columns;
use crate::activity::{Activity, Related, SystemEvent};
use crate::convert::{Built, Conversion, ConversionPart, Hold, Obstacle, PartDone, PartOutcome, obstacles};
use crate::edit::{Already, Edit};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Change, Context, Plan};
use crate::policy::{Stage, Status};
use crate::problem::Refusal;
use crate::score::stage_for;
use crate::stored;
use serde::Deserialize;
use serde_json::{Map, json};

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UndoConversion {
    /// Which lead, in which version, and who asks.
    pub target: Target,
}

/// A conversion that was not undone.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Standing {
    /// Its id.
    pub id: Id,
    /// What it gave.
    #[serde(deserialize_with = "stored::json")]
    pub result: Conversion,
    /// The note that tells of it.
    pub activity_id: Id,
    /// Where the lead stood before.
    pub status_before: Status,
    /// How far it had come.
    pub stage_before: Stage,
    /// What was built on it.
    #[serde(deserialize_with = "stored::json")]
    pub built: Built,
    /// Where its contact is the account's primary one: the oldest other contact, which takes over.
    #[serde(deserialize_with = "stored::json_or_null")]
    pub heir: Option<Heir>,
}

/// A contact that becomes the primary one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Heir {
    /// The contact.
    pub id: Id,
    /// Its version.
    pub version: i64,
}

/// What is stored about the lead and what it became.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownUndo {
    /// The lead, where the caller may see it.
    pub found: Option<Found>,
    /// Its conversion.
    pub standing: Option<Standing>,
}

/// A lead whose conversion was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undone {
    /// Where it stands again.
    pub lead_status: Status,
    /// Its version now.
    pub version: i64,
}

impl UndoConversion {
    /// Decides whether the conversion can be taken back, and takes it back: what it made is hidden, what it linked stays.
    ///
    /// # Errors
    /// No such lead; no or another version in If-Match; a lead that is not converted, or everything that stands in the way.
    pub fn decide(&self, known: &KnownUndo, context: &mut Context<'_>) -> Result<Plan<Undone>, Refusal> {
        let (found, already) = self.target.standing(known.found.as_ref(), context)?;
        let lead = &found.lead;
        if already == Already::Ours {
            let done = Undone { lead_status: lead.status, version: lead.version };
            return Ok(Plan { changes: Vec::new(), done });
        }
        let Some(standing) = known.standing.as_ref().filter(|_| lead.status == Status::Converted) else {
            let reason = "The lead is not converted.";
            let obstacle = Obstacle { part: ConversionPart::Lead, id: lead.id.clone(), reason };
            return Err(Refusal::ConversionStands { obstacles: vec![obstacle] });
        };
        let Standing { result, activity_id, status_before, stage_before, built, .. } = standing;
        let obstacles = obstacles(result, activity_id, &lead.id, built);
        if !obstacles.is_empty() {
            return Err(Refusal::ConversionStands { obstacles });
        }
        // The score may have moved in the meantime, and the stage of a new lead with it.
        let stage = stage_for(context.policy, *status_before, lead.scoring.lead_score, *stage_before);
        let new = columns(lead, *status_before, stage, None);
        let mut changes = Vec::from_iter(found.edit("undo_conversion", new, context));
        changes.push(Change::Load { lead_id: lead.id.clone(), delta: 1 });
        let hold = Box::new(Hold::Built(*built));
        changes.push(Change::Hold { lead_id: lead.id.clone(), version: lead.version + 1, hold });
        changes.extend(hidden(standing, context));
        let event =
            Activity::system(Related::lead(&lead.id), SystemEvent::ConversionUndone, "Conversion undone", context);
        changes.push(event.insert(context));
        changes.push(Change::UndoConversion { lead_id: lead.id.clone(), id: standing.id.clone() });
        Ok(Plan { changes, done: Undone { lead_status: *status_before, version: lead.version + 1 } })
    }
}

/// What was made is deleted; none of it was edited, so that each is at its first version.
fn hidden(standing: &Standing, context: &mut Context<'_>) -> Vec<Change> {
    let Conversion { account_id, contact_id, opportunity_id, account, contact, opportunity } = &standing.result;
    let made = |done: PartDone| done.outcome == PartOutcome::Created;
    let parts = [
        (Entity::Opportunity, opportunity_id.as_ref().filter(|_| opportunity.is_some_and(made))),
        (Entity::Contact, Some(contact_id).filter(|_| made(*contact))),
        (Entity::Account, Some(account_id).filter(|_| made(*account))),
        (Entity::Activity, Some(&standing.activity_id)),
    ];
    let first = Stamp::new(context.now);
    let mut out = Vec::new();
    for (entity, id) in parts {
        out.extend(id.map(|id| Edit::hide((entity, id, &first), context)));
    }
    // An account with contacts always has a primary one.
    if let Some(Heir { id, version }) = standing.heir.as_ref().filter(|_| made(*contact)) {
        let stamp = Stamp { version: *version, ..first };
        let flag = |value: i64| Map::from_iter([("is_primary_contact".to_owned(), json!(value))]);
        out.extend(Edit::between((Entity::Contact, id, &stamp), "update", &flag(0), flag(1), context));
    }
    out
}
