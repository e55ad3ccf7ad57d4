//! Something happened with a lead, account, contact or opportunity. On a lead it may move score and status (spec S3, M1).

use crate::access::Principal;
use crate::activity::{Activity, ActivityValues, Related, RelatedType, SystemEvent};
use crate::edit::Edit;
use crate::entity::{Entity, Stamp};
use crate::id::Id;
use crate::plan::{Change, Context, CountEvent, Plan};
use crate::policy::{Move, Stage, Status};
use crate::problem::Refusal;
use crate::score;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// The command. Its id is made once, so that an answer that was lost is recognised.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordActivity {
    /// The activity's id.
    pub id: Id,
    /// With what kind of thing.
    pub related_to_type: RelatedType,
    /// Which one.
    pub related_to_id: Id,
    /// What happened.
    pub values: ActivityValues,
    /// Who says so.
    pub by: Principal,
}

/// What is stored about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The activity itself, where an earlier attempt wrote it.
    pub written: Option<Activity>,
    /// What it is related to, where the caller sees that.
    pub seen: Option<Seen>,
}

/// What an activity is recorded on.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// A lead.
    Lead(LeadState),
    /// An account.
    Account,
    /// A contact of this account.
    Contact(Id),
    /// An opportunity.
    Opportunity,
}

/// A lead as far as an activity may move it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LeadState {
    /// Where it stands.
    pub status: Status,
    /// How far it has come.
    pub stage: Stage,
    /// 0 to 100.
    pub lead_score: u8,
    /// When a person first reached out.
    pub contacted_at: Option<Instant>,
    /// Its version.
    #[serde(flatten)]
    pub stamp: Stamp,
}

/// What reaching out changes of a lead.
#[derive(Serialize)]
struct Reached {
    status: Status,
    stage: Stage,
    contacted_at: Option<Instant>,
}

impl RecordActivity {
    /// Decides.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: the caller sees no such thing.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Activity>, Refusal> {
        if let Some(written) = &known.written {
            return Ok(Plan { changes: Vec::new(), done: written.clone() });
        }
        let id = &self.related_to_id;
        let related = match known.seen.as_ref().ok_or(Refusal::NotFound)? {
            Seen::Lead(_) => Related::lead(id),
            Seen::Account => Related::account(id),
            Seen::Contact(account_id) => Related::contact(id, account_id),
            Seen::Opportunity => Related::opportunity(id),
        };
        // Nothing is recorded on what is erased or deleted just now.
        let stands = related.stands();
        let activity = Activity::new(self.id.clone(), related, self.values.clone(), context);
        let mut changes = vec![stands, activity.insert(context)];
        if let Some(Seen::Lead(lead)) = &known.seen
            && lead.status != Status::Converted
        {
            changes.extend(self.reach(lead, context));
            let event = self.values.counts_as();
            changes.extend(event.map(|kind| Change::CountEvent(CountEvent::of(id, &self.id, kind, context))));
        }
        Ok(Plan { changes, done: activity })
    }

    /// Reaching out moves the lead where the states allow it, and is kept as its first contact wherever it stands. The
    /// edit comes before the count, which looks at the status.
    fn reach(&self, lead: &LeadState, context: &mut Context<'_>) -> Vec<Change> {
        if !self.values.reaches_out() || lead.status == Status::Disqualified {
            return Vec::new();
        }
        let moved = context.policy.transitions().after(lead.status, Move::Contact).ok();
        let status = moved.unwrap_or(lead.status);
        let stage = match moved {
            Some(status) => score::stage_for(context.policy, status, lead.lead_score, lead.stage),
            None => lead.stage,
        };
        let contacted_at = lead.contacted_at.or(Some(self.values.occurred_at));
        let before = Reached { status: lead.status, stage: lead.stage, contacted_at: lead.contacted_at };
        let (old, new) = (stored::row(&before), stored::row(&Reached { status, stage, contacted_at }));
        let of = (Entity::Lead, &self.related_to_id, &lead.stamp);
        let edit = Edit::between(of, "update", &old, new, context);
        let event = (status != lead.status).then(|| {
            let subject = format!("{} to {status}", lead.status);
            Activity::system(Related::lead(&self.related_to_id), SystemEvent::Contacted, &subject, context)
                .insert(context)
        });
        edit.into_iter().chain(event).collect()
    }
}
