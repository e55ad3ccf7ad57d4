//! What the audit trail tells of leads, and which sequences it begins (spec E1). The trail is the log of what happened: whoever
//! changes a lead writes it, and nurturing walks it.

use super::decide::Standing;
use super::facts::NurturedLead;
use crate::entity::Entity;
use crate::id::Id;
use crate::policy::Status;
use crate::policy::condition::Truth;
use crate::sequence::{Sequence, TriggerEvent};
use crate::time::Instant;
use serde::Deserialize;

/// A row of the trail about a lead, or about an inbound mail of one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TrailRow {
    /// The row's id.
    pub id: Id,
    /// `lead`, `activity`, ...
    pub entity_type: String,
    /// `create`, `update`, ...
    pub action: String,
    /// The field, for an update.
    pub field_name: Option<String>,
    /// What it was.
    pub old_value: Option<String>,
    /// What it is.
    pub new_value: Option<String>,
    /// The lead that it is about; none where it is about something else.
    pub lead_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

/// Something that happened to a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// Which lead.
    pub lead_id: Id,
    /// What.
    pub what: What,
    /// When.
    pub at: Instant,
    /// The audit row that tells of it.
    pub audit_id: Id,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It came in.
    Created,
    /// It came out of quarantine, which is when it came in for everybody who works with it.
    Released,
    /// Its score moved.
    Scored {
        /// What it was.
        from: i64,
        /// What it is.
        to: i64,
    },
    /// Its status moved to this one.
    Moved(Status),
    /// It came back to us although it was given up or converted.
    Noticed,
    /// Something else: it may have to leave.
    Changed,
}

/// The action of the audit row that tells of a touch on a lead that is given up or converted (spec D4).
pub const NOTICE: &str = "notice";

impl TrailRow {
    /// What the row tells of a lead; `None` where it tells of none.
    #[must_use]
    pub fn happened(&self) -> Option<Happened> {
        let lead_id = self.lead_id.clone()?;
        let what = if self.entity_type == Entity::Lead.as_str() { self.of_lead() } else { What::Changed };
        Some(Happened { lead_id, what, at: self.created_at, audit_id: self.id.clone() })
    }

    fn of_lead(&self) -> What {
        let number = |value: &Option<String>| value.as_deref().and_then(|text| text.parse().ok());
        match (self.action.as_str(), self.field_name.as_deref()) {
            ("create", None) => What::Created,
            (NOTICE, None) => What::Noticed,
            (_, Some("quarantined_at")) if self.new_value.is_none() => What::Released,
            (_, Some("lead_score")) => match (number(&self.old_value), number(&self.new_value)) {
                (Some(from), Some(to)) => What::Scored { from, to },
                _ => What::Changed,
            },
            (_, Some("status")) => self.new_value.as_deref().and_then(Status::parse).map_or(What::Changed, What::Moved),
            _ => What::Changed,
        }
    }
}

impl Sequence {
    /// Whether what happened begins this sequence for the lead as it stands (spec E1).
    #[must_use]
    pub fn begins(&self, happened: &Happened, lead: &NurturedLead) -> bool {
        let definition = &self.definition;
        let since = self.active_since.is_some_and(|since| since <= happened.at);
        let triggered = match (definition.trigger_event, happened.what) {
            (TriggerEvent::LeadCreated, What::Created | What::Released) => true,
            (TriggerEvent::ScoreThreshold, what) => definition.score_threshold.is_some_and(|threshold| {
                let threshold = i64::from(threshold);
                match what {
                    What::Scored { from, to } => from < threshold && threshold <= to,
                    // A lead that begins there reached it from nothing.
                    What::Created | What::Released => i64::from(lead.lead_score) >= threshold,
                    What::Moved(_) | What::Noticed | What::Changed => false,
                }
            }),
            (TriggerEvent::StatusChanged, What::Moved(to)) => definition.to_status == Some(to) && lead.status == to,
            (TriggerEvent::LeadCreated | TriggerEvent::StatusChanged, _) => false,
        };
        let wanted = || {
            let condition = definition.condition.as_ref();
            condition.is_none_or(|asked| asked.condition.judge(&lead.facts()).truth == Truth::True)
        };
        let standing = Standing { definition, sequence_deleted: false, lead, suppressed: None, enrolled_at: None };
        self.is_active && since && triggered && definition.first().is_some() && wanted() && standing.leaving().is_none()
    }
}

#[cfg(test)]
mod tests;
