//! A person gives a lead up, or takes it up again (spec M1, M2).

use super::{Found, Target, after, columns, hide, is_open, record};
use crate::activity::SystemEvent;
use crate::body::{Members, Reader};
use crate::edit::Already;
use crate::field::Text;
use crate::invalid::Invalid;
use crate::lead::Lead;
use crate::plan::{Change, Context, Plan};
use crate::policy::Move;
use crate::problem::Refusal;
use crate::score;

/// The command.
#[derive(Clone, Debug, PartialEq)]
pub struct MoveLead {
    /// Which lead.
    pub target: Target,
    /// Where to.
    pub moving: Moving,
}

/// A move that a person makes on their own word.
#[derive(Clone, Debug, PartialEq)]
pub enum Moving {
    /// Given up for good.
    Disqualify {
        /// Why.
        reason: Text<500>,
    },
    /// Taken up again.
    Recycle,
}

impl Moving {
    /// Reads the body of a disqualification: `{"reason": "..."}`.
    ///
    /// # Errors
    /// Every refused member.
    pub fn disqualify(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let reason = reader.required("reason", Text::parse);
        reader.close(&[])?;
        reason.map(|reason| Self::Disqualify { reason }).ok_or_else(Vec::new)
    }

    fn asked(&self) -> Move {
        match self {
            Self::Disqualify { .. } => Move::Disqualify,
            Self::Recycle => Move::Recycle,
        }
    }
}

impl MoveLead {
    /// Decides where the lead goes; the answer is the lead as it stands afterwards.
    ///
    /// # Errors
    /// There is no such lead, another version of it stands, or its state has no such move.
    pub fn decide(&self, found: Option<&Found>, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        let (found, already) = self.target.standing(found, context)?;
        let mut lead = found.lead.clone();
        if already == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: Box::new(lead) });
        }
        let counted = is_open(&lead);
        lead.status = after(&lead, self.moving.asked(), context)?;
        lead.stage = score::stage_for(context.policy, lead.status, lead.scoring.lead_score, lead.stage);
        let mut changes = Vec::new();
        if counted && !is_open(&lead) {
            changes.push(Change::Load { lead_id: lead.id.clone(), delta: -1 });
        }
        let told = match &self.moving {
            Moving::Disqualify { reason } => {
                lead.disqualified_reason = Some(reason.to_string());
                record(&lead.id, SystemEvent::Disqualified, "Disqualified", Some(reason.as_str()), context)
            }
            Moving::Recycle => record(&lead.id, SystemEvent::Recycled, "Recycled", None, context),
        };
        let new = columns(&lead, &["status", "stage", "disqualified_reason"]);
        changes.extend(found.edit(self.moving.asked().as_str(), new, context));
        changes.push(told);
        hide::stamp(&mut lead, context);
        Ok(Plan { changes, done: Box::new(lead) })
    }
}
