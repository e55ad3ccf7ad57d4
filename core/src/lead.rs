//! A lead as it is stored and shown.

use crate::assign::{Assignment, Rule};
use crate::attribution::Attribution;
use crate::id::Id;
use crate::policy::{Policy, Stage, Status, named};
use crate::score::{self, Engagement, Reason};
use crate::time::Instant;
use serde::{Deserialize, Serialize};

named! {
    /// What the spam verdict made of a lead (spec L6).
    ValidationStatus {
        /// Not judged yet.
        Pending = "pending",
        /// Nothing suspicious.
        Valid = "valid",
        /// Treated normally, but marked for a look.
        Review = "review",
        /// Quarantined: stored and restorable, not assigned, not mailed.
        Invalid = "invalid",
    }
}

/// A lead, every field of it. The keys for matching are derived by the store when it writes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lead {
    /// The lead's id.
    pub id: Id,
    /// Whose lead.
    pub company_id: Id,
    /// Given name.
    pub first_name: String,
    /// Family name.
    pub last_name: String,
    /// The company the person works for.
    pub company_name: String,
    /// The address as given.
    pub email: String,
    /// The phone as given.
    pub phone: String,
    /// The phone in E.164; absent where it does not parse.
    pub phone_e164: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The first touch.
    #[serde(flatten)]
    pub attribution: Attribution,
    /// Who works the lead; nobody is the visible queue.
    pub lead_owner_id: Option<Id>,
    /// Why that owner (spec A3).
    pub assignment: Option<Assigned>,
    /// Where it stands.
    pub status: Status,
    /// How far the buyer has come.
    pub stage: Stage,
    /// The score's verdict.
    #[serde(flatten)]
    pub scoring: Scoring,
    /// What the person is interested in.
    pub interest_product: Option<String>,
    /// The budget as given.
    pub budget_range: Option<String>,
    /// What the person decides.
    pub authority_level: Option<String>,
    /// When, as given.
    pub timeline: Option<String>,
    /// The company's trade.
    pub industry: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// The person's job.
    pub job_title: Option<String>,
    /// What the person wrote.
    pub message: Option<String>,
    /// The company's website.
    pub website: Option<String>,
    /// The language the person reads, BCP 47.
    pub locale: Option<String>,
    /// Whether the ledger holds a standing consent (spec L7).
    pub gdpr_consent: bool,
    /// Whether the person asked to be left alone (spec L7).
    pub dnd_status: bool,
    /// When the standing consent was given.
    pub opt_in_date: Option<Instant>,
    /// When the person confirmed it by mail (spec L7).
    pub consent_confirmed_at: Option<Instant>,
    /// Whether an open possible duplicate points here, or a merge was lost (spec L8).
    pub is_duplicate: bool,
    /// The other lead.
    pub duplicate_of: Option<Id>,
    /// Whether a contact or an account matches (spec D3).
    pub known_customer: bool,
    /// Possible duplicates and known customers, as far as the caller may see them, with the signals that say so.
    pub matches: serde_json::Value,
    /// The keys for which as many candidates came as are read at most, so that further ones may exist (spec D2).
    pub matches_capped: Vec<String>,
    /// 0 to 100.
    pub spam_score: u8,
    /// What adds up to it.
    pub spam_reasons: Vec<Reason>,
    /// What it made of the lead.
    pub validation_status: ValidationStatus,
    /// Since when the lead is held back.
    pub quarantined_at: Option<Instant>,
    /// When it came in.
    pub created_at: Instant,
    /// When anything about it last changed, touches and events included.
    pub updated_at: Instant,
    /// When a person first reached out.
    pub contacted_at: Option<Instant>,
    /// When it was converted.
    pub converted_at: Option<Instant>,
    /// What it became.
    pub converted_to_account_id: Option<Id>,
    /// Whom it became.
    pub converted_to_contact_id: Option<Id>,
    /// What may be sold to it.
    pub converted_to_opportunity_id: Option<Id>,
    /// Why it was given up.
    pub disqualified_reason: Option<String>,
    /// Since when it is hidden (spec L9).
    pub deleted_at: Option<Instant>,
    /// Counts the edits; its ETag (spec R4).
    pub version: i64,
}

impl Lead {
    /// The lead with its score folded under this policy.
    #[must_use]
    pub fn folded(mut self, policy: &Policy) -> Self {
        let Scoring { fit, engagement, .. } = self.scoring;
        self.scoring = Scoring::new(policy, fit, engagement);
        self
    }
}

/// The stored state of a lead's score, from which value and reasons fold (spec S4).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scoring {
    /// 0 to 100.
    pub lead_score: u8,
    /// The sum before it is held inside 0 to 100.
    pub score_raw: i32,
    /// What adds up to `lead_score`.
    pub score_reasons: Vec<Reason>,
    /// Which rules judged.
    pub policy_version: String,
    /// The fit's share of the reasons.
    #[serde(skip)]
    pub fit: Vec<Reason>,
    /// How often each kind of event counted.
    #[serde(skip)]
    pub engagement: Engagement,
}

named! {
    /// What a submission did.
    TouchEffect {
        /// Made the lead.
        Created = "created",
        /// Was added to a standing lead.
        Attached = "attached",
        /// Lifted the lead's quarantine.
        Released = "released",
        /// Brought an unqualified lead back.
        Recycled = "recycled",
        /// Stands on a disqualified lead for the owner to see.
        Noticed = "noticed",
    }
}

/// One submission that was taken in (spec L5).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Touch {
    /// The touch's id.
    pub id: Id,
    /// What it did.
    pub effect: TouchEffect,
    /// Through which form; none is the API.
    pub form_id: Option<Id>,
    /// Under which of its definitions the answers were judged.
    pub form_version: Option<i64>,
    /// Where this visit came from.
    pub attribution: Attribution,
    /// The values as given; what its form asked besides the lead's own is in `answers`.
    pub submitted: serde_json::Value,
    /// 0 to 100.
    pub spam_score: u8,
    /// What adds up to it.
    pub spam_reasons: Vec<Reason>,
    /// When the visitor sent it, where it waited for a connection.
    pub filled_at: Option<Instant>,
    /// When it came in.
    pub created_at: Instant,
}

impl Scoring {
    /// The stored parts, whose fold waits for the policy.
    #[must_use]
    pub fn unfolded(fit: Vec<Reason>, engagement: Engagement) -> Self {
        Self { lead_score: 0, score_raw: 0, score_reasons: Vec::new(), policy_version: String::new(), fit, engagement }
    }

    /// Folds fit and engagement under the policy (spec S4).
    #[must_use]
    pub fn new(policy: &Policy, fit: Vec<Reason>, engagement: Engagement) -> Self {
        let score = score::fold(policy, &fit, &engagement);
        Self {
            lead_score: score.value(),
            score_raw: score.raw(),
            score_reasons: score.reasons().to_vec(),
            policy_version: score.policy_version().to_owned(),
            fit,
            engagement,
        }
    }
}

/// Why a lead has its owner (spec A3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Assigned {
    /// `territory`, `pool`, `creator`, `queue`, or `person` where somebody chose the owner.
    pub rule: String,
    /// The territory that matched.
    pub territory_id: Option<Id>,
    /// The pool whose turn was taken.
    pub pool_id: Option<Id>,
    /// Which turn of that pool it was, from 1.
    pub turn: Option<i64>,
}

impl Assigned {
    /// Somebody chose the owner.
    #[must_use]
    pub fn by_person() -> Self {
        Self { rule: "person".to_owned(), territory_id: None, pool_id: None, turn: None }
    }

    /// The reason of an assignment before its turn is known.
    #[must_use]
    pub fn before_turn(assignment: &Assignment) -> Self {
        let (rule, territory_id) = match &assignment.rule {
            Rule::Territory { territory_id } => ("territory", Some(territory_id.clone())),
            Rule::Pool => ("pool", None),
            Rule::Creator => ("creator", None),
            Rule::Queue => ("queue", None),
        };
        Self { rule: rule.to_owned(), territory_id, pool_id: assignment.pool_id.clone(), turn: None }
    }
}
