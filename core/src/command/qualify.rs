//! A lead is qualified by BANT and MEDDICC: the answers are kept, and the lead moves as they recommend (spec Q).

use crate::access::{Principal, Role};
use crate::activity::{Activity, Related, SystemEvent};
use crate::edit::{Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Audit, Change, Context, NewQualification, Plan};
use crate::policy::{Move, Stage, Status};
use crate::problem::Refusal;
use crate::qualify::{Answers, Qualification, QualificationRequest, Recommendation, qualify};
use crate::score::stage_for;
use crate::stored;
use serde::Deserialize;
use serde_json::{Map, json};

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualify {
    /// The id of this qualification, made once for all attempts.
    pub id: Id,
    /// Which lead.
    pub lead_id: Id,
    /// What was answered.
    pub request: QualificationRequest,
    /// Which version of the lead the caller has seen.
    pub precondition: Precondition,
    /// Who asks.
    pub by: Principal,
}

/// What is stored about the lead.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The lead, where the caller may see it.
    pub lead: Option<QualifiableLead>,
    /// Whether this qualification stands already: this very request wrote it and the answer was lost.
    pub written: bool,
}

/// A lead as far as a qualification moves it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct QualifiableLead {
    /// Where it stands.
    pub status: Status,
    /// How far the buyer has come.
    pub stage: Stage,
    /// 0 to 100.
    pub lead_score: u8,
    /// Its version.
    #[serde(flatten)]
    pub stamp: Stamp,
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
        let lead = known.lead.as_ref().ok_or(Refusal::NotFound)?;
        let answers = self.request.answers();
        let result = qualify(context.policy, &answers, self.request.confirm);
        if known.written {
            let done = Qualified { result, lead_status: lead.status, version: lead.stamp.version };
            return Ok(Plan { changes: Vec::new(), done });
        }
        if self.request.confirm && !self.by.role.is_at_least(Role::Manager) {
            return Err(Refusal::Forbidden);
        }
        self.precondition.check(&lead.stamp, context)?;
        // The policy has both outcomes in a state or neither, so that one question is enough.
        context.policy.transitions().after(lead.status, Move::Qualify)?;
        let lead_status = match result.consequence() {
            Some(by) => context.policy.transitions().after(lead.status, by)?,
            None => lead.status,
        };
        let edit = self.edit(lead, lead_status, context);
        let version = lead.stamp.version + i64::from(edit.is_some());
        let mut changes: Vec<Change> = edit.into_iter().collect();
        changes.extend(self.records(answers, &result, context));
        Ok(Plan { changes, done: Qualified { result, lead_status, version } })
    }

    /// The lead's move, if it moves.
    fn edit(&self, lead: &QualifiableLead, to: Status, context: &mut Context<'_>) -> Option<Change> {
        if to == lead.status {
            return None;
        }
        let stage = stage_for(context.policy, to, lead.lead_score, lead.stage);
        let row = |status: Status, stage: Stage| {
            Map::from_iter([("status".to_owned(), json!(status)), ("stage".to_owned(), json!(stage))])
        };
        let of = (Entity::Lead, &self.lead_id, &lead.stamp);
        Edit::between(of, "qualify", &row(lead.status, lead.stage), row(to, stage), context)
    }

    /// What is kept of it: the answers, the trail, and a line on the timeline.
    fn records(&self, answers: Answers, result: &Qualification, context: &mut Context<'_>) -> [Change; 3] {
        let (event, words) = match result.recommendation {
            Recommendation::Qualified if result.confirmation_required => {
                (SystemEvent::Qualified, "Qualification waits for a manager's confirmation of the high risk")
            }
            Recommendation::Qualified => (SystemEvent::Qualified, "Qualified"),
            Recommendation::NurtureMore => (SystemEvent::NurtureMore, "Qualification recommends to nurture more"),
            Recommendation::Disqualify => (SystemEvent::Unqualified, "Qualification failed"),
        };
        let subject = format!("{words}: {} of 100", result.qualification_score);
        let activity = Activity::system(Related::lead(&self.lead_id), event, &subject, context);
        let kept = NewQualification {
            id: self.id.clone(),
            lead_id: self.lead_id.clone(),
            answers,
            result: result.clone(),
            confirmed: self.request.confirm,
            attempt_id: context.attempt(),
        };
        let trail = Audit {
            id: context.ids.next_id(),
            entity_type: Entity::Lead.as_str(),
            entity_id: self.lead_id.clone(),
            action: "qualify",
            field_name: Some("qualification".to_owned()),
            old_value: None,
            new_value: Some(result.recommendation.to_string()),
        };
        [
            Change::Qualify(Box::new(kept)),
            Change::Audit(Box::new(trail)),
            NewRecord::insert(Entity::Activity, &activity.id, stored::row(&activity), context),
        ]
    }
}
