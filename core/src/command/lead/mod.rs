//! What people do with one lead: edit it, move it on, hand it over, hide it and take that back (spec L9, M1, A, R4).

mod assign;
mod bulk;
mod edit;
mod hide;
mod moves;
mod next;

pub use assign::{AssignLead, AssignTo, Assignee, KnownAssignment, parse as parse_assignment};
pub use bulk::{BulkAssign, Bulked, KnownBulk, OpenLead, OpenLeads};
pub use edit::{EditLead, KnownEdit, Standing};
pub use hide::{DeleteLead, KnownRestore, RestoreLead};
pub use moves::{MoveLead, Moving};
pub use next::{KnownNext, Next, NextOwner};

use crate::access::Principal;
use crate::activity::{Activity, Related, SystemEvent};
use crate::assign::LeadFacts;
use crate::edit::{Already, Edit, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::lead::Lead;
use crate::plan::{Change, Context, LeadKeys};
use crate::policy::{Move, Status};
use crate::problem::Refusal;
use crate::stored;
use serde_json::{Map, Value};

/// Which lead somebody means, and the version they have seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The lead.
    pub id: Id,
    /// Who asks.
    pub by: Principal,
    /// The version the change is meant for.
    pub precondition: Precondition,
}

/// A lead as its commands find it, a deleted one included.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The lead.
    pub lead: Lead,
    /// Its keys for matching.
    pub keys: LeadKeys,
    /// The attempt that wrote this version.
    pub attempt_id: Option<Id>,
}

impl Found {
    fn stamp(&self) -> Stamp {
        let Lead { created_at, updated_at, version, .. } = self.lead;
        Stamp { created_at, updated_at, version, attempt_id: self.attempt_id.clone() }
    }

    /// The edit from this lead to these columns; `None` where nothing differs.
    pub(crate) fn edit(
        &self,
        action: &'static str,
        new: Map<String, Value>,
        context: &mut Context<'_>,
    ) -> Option<Change> {
        let mut old = stored::row(&self.lead);
        old.extend(matching(&self.lead, &self.keys));
        Edit::between((Entity::Lead, &self.lead.id, &self.stamp()), action, &old, new, context)
    }
}

impl Target {
    /// The lead to be changed, its score folded, and whether this very request changed it already.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] for a deleted one too, else what the precondition says.
    pub fn standing(&self, found: Option<&Found>, context: &Context<'_>) -> Result<(Found, Already), Refusal> {
        // After our own deletion, whose answer was lost, the lead is hidden already.
        let ours = |found: &Found| found.attempt_id.as_ref().is_some_and(|attempt| context.attempts.contains(attempt));
        self.any(found.filter(|found| found.lead.deleted_at.is_none() || ours(found)), context)
    }

    /// The same, a deleted lead included.
    fn any(&self, found: Option<&Found>, context: &Context<'_>) -> Result<(Found, Already), Refusal> {
        let found = found.ok_or(Refusal::NotFound)?;
        let already = self.precondition.check(&found.stamp(), context)?;
        Ok((Found { lead: found.lead.clone().folded(context.policy), ..found.clone() }, already))
    }
}

/// The columns by which a lead is matched, and its first touch as one document.
fn matching(lead: &Lead, keys: &LeadKeys) -> Map<String, Value> {
    let LeadKeys { email, email_domain, phone, last_name, company } = keys.clone();
    let columns = [
        ("attribution", Value::String(serde_json::json!(lead.attribution).to_string())),
        ("email_key", email.into()),
        ("email_domain", email_domain.into()),
        ("phone_e164", phone.into()),
        ("last_name_key", last_name.into()),
        ("company_key", company.into()),
        ("match_slot", slot(lead).into()),
    ];
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Empty while the lead stands for its person (spec D3, L9).
fn slot(lead: &Lead) -> &str {
    if lead.status == Status::Converted || lead.deleted_at.is_some() { lead.id.as_str() } else { "" }
}

/// These columns of a lead.
fn columns(lead: &Lead, names: &[&str]) -> Map<String, Value> {
    let mut row = stored::row(lead);
    row.retain(|name, _| names.contains(&name.as_str()));
    row
}

/// The system's word about it on the timeline.
fn record(lead_id: &Id, event: SystemEvent, subject: &str, notes: Option<&str>, context: &mut Context<'_>) -> Change {
    let activity = Activity::system(Related::lead(lead_id), event, subject, context);
    let activity = match notes {
        Some(notes) => activity.with_notes(notes),
        None => activity,
    };
    activity.insert(context)
}

/// Whether the lead counts among its owner's open ones.
fn is_open(lead: &Lead) -> bool {
    lead.deleted_at.is_none() && !matches!(lead.status, Status::Converted | Status::Disqualified)
}

fn facts(lead: &Lead) -> LeadFacts<'_> {
    LeadFacts { country: Some(&lead.country), state: lead.state.as_deref(), industry: lead.industry.as_deref() }
}

fn after(lead: &Lead, asked: Move, context: &Context<'_>) -> Result<Status, Refusal> {
    Ok(context.policy.transitions().after(lead.status, asked)?)
}
