//! A lead is qualified by BANT and MEDDICC: the answers are kept, and the lead moves as they recommend (spec Q).

use super::lead::{Found, Target};
use crate::access::Role;
use crate::activity::{Activity, Related, SystemEvent};
use crate::entity::Entity;
use crate::id::Id;
use crate::plan::{Audit, Change, Context, Plan, Require};
use crate::policy::{Move, Status};
use crate::problem::Refusal;
use crate::qualify::{Answers, NewQualification, Qualification, QualificationRequest, Recommendation, qualify};
use crate::score::stage_for;
use serde_json::{Map, json};

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualify {
    /// The id of this qualification, made once for all attempts.
    pub id: Id,
    /// Which lead, in which version, and who asks.
    pub target: Target,
    /// What was answered.
    pub request: QualificationRequest,
}

/// What is stored about the lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The lead, where the caller may see it.
    pub found: Option<Found>,
    /// Whether this qualification stands already: this very request wrote it and the answer was lost.
    pub written: bool,
}

/// A lead that was qualified, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// The verdict.
    pub result: Qualification,
    /// Where the lead stands now.
    pub lead_status: Status,
    /// The lead's version now.
    pub version: i64,
}

impl Qualify {
    /// Decides what the answers make of the lead.
    ///
    /// # Errors
    /// No such lead; a confirmation by somebody who is no manager; no or another version in If-Match; a state in which
    /// no qualification may be asked for (spec M1).
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Qualified>, Refusal> {
        let seen = known.found.as_ref().filter(|found| found.lead.deleted_at.is_none()).ok_or(Refusal::NotFound)?;
        let answers = self.request.answers();
        let result = qualify(context.policy, &answers, self.request.confirm);
        if known.written {
            let done = Qualified { result, lead_status: seen.lead.status, version: seen.lead.version };
            return Ok(Plan { changes: Vec::new(), done });
        }
        if self.request.confirm && !self.target.by.role.is_at_least(Role::Manager) {
            return Err(Refusal::Forbidden);
        }
        let (found, _) = self.target.standing(Some(seen), context)?;
        let lead = &found.lead;
        // The policy has both outcomes in a state or neither, so that one question is enough.
        context.policy.transitions().after(lead.status, Move::Qualify)?;
        let lead_status = match result.consequence() {
            Some(by) => context.policy.transitions().after(lead.status, by)?,
            None => lead.status,
        };
        let edit = if lead_status == lead.status { None } else { moved(&found, lead_status, context) };
        let version = lead.version + i64::from(edit.is_some());
        let mut changes: Vec<Change> = edit.into_iter().collect();
        changes.extend(self.records(answers, &result, context));
        Ok(Plan { changes, done: Qualified { result, lead_status, version } })
    }

    /// What is kept of it: the answers, the trail, and a line on the timeline.
    fn records(&self, answers: Answers, result: &Qualification, context: &mut Context<'_>) -> [Change; 4] {
        let (event, words) = match result.recommendation {
            Recommendation::Qualified if result.confirmation_required => {
                (SystemEvent::Qualified, "Qualification waits for a manager's confirmation of the high risk")
            }
            Recommendation::Qualified => (SystemEvent::Qualified, "Qualified"),
            Recommendation::NurtureMore => (SystemEvent::NurtureMore, "Qualification recommends to nurture more"),
            Recommendation::Disqualify => (SystemEvent::Unqualified, "Qualification failed"),
        };
        let subject = format!("{words}: {} of 100", result.qualification_score);
        let activity = Activity::system(Related::lead(&self.target.id), event, &subject, context);
        let kept = NewQualification {
            id: self.id.clone(),
            lead_id: self.target.id.clone(),
            answers,
            result: result.clone(),
            confirmed: self.request.confirm,
            attempt_id: context.attempt(),
        };
        let trail = Audit {
            id: context.ids.next_id(),
            entity_type: Entity::Lead.as_str(),
            entity_id: self.target.id.clone(),
            action: "qualify",
            field_name: Some("qualification".to_owned()),
            old_value: None,
            new_value: Some(result.recommendation.to_string()),
        };
        // Where nothing of the lead changes, no version guards it against being erased just now.
        let stands = Change::Require(Require::Lead(self.target.id.clone()));
        [stands, Change::Qualify(Box::new(kept)), Change::Audit(Box::new(trail)), activity.insert(context)]
    }
}

/// The lead's move to another status, and the stage that follows.
fn moved(found: &Found, to: Status, context: &mut Context<'_>) -> Option<Change> {
    let stage = stage_for(context.policy, to, found.lead.scoring.lead_score, found.lead.stage);
    let new = [("status".to_owned(), json!(to)), ("stage".to_owned(), json!(stage))];
    found.edit("qualify", Map::from_iter(new), context)
}
