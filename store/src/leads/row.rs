//! A row of `leads`.

use lead_core::attribution::Attribution;
use lead_core::id::Id;
use lead_core::lead::{Assigned, Lead, Scoring, ValidationStatus};
use lead_core::page_query::Order;
use lead_core::policy::{Policy, Stage, Status};
use lead_core::score::{Engagement, Reason};
use lead_core::stored;
use lead_core::time::Instant;
use serde::Deserialize;

/// A row as it is stored; the reasons of its score are folded when it becomes a [`Lead`].
#[derive(Clone, Debug, Deserialize)]
pub struct LeadRow {
    company_id: Id,
    id: Id,
    first_name: String,
    last_name: String,
    company_name: String,
    email: String,
    phone: String,
    phone_e164: Option<String>,
    country: String,
    #[serde(deserialize_with = "stored::json")]
    attribution: Attribution,
    lead_owner_id: Option<Id>,
    #[serde(deserialize_with = "stored::json_or_null")]
    assignment: Option<Assigned>,
    status: Status,
    stage: Stage,
    #[serde(deserialize_with = "stored::json")]
    fit: Vec<Reason>,
    #[serde(deserialize_with = "stored::json")]
    engagement: Engagement,
    lead_score: u8,
    interest_product: Option<String>,
    budget_range: Option<String>,
    authority_level: Option<String>,
    timeline: Option<String>,
    industry: Option<String>,
    state: Option<String>,
    job_title: Option<String>,
    message: Option<String>,
    website: Option<String>,
    locale: Option<String>,
    #[serde(deserialize_with = "stored::flag")]
    gdpr_consent: bool,
    #[serde(deserialize_with = "stored::flag")]
    dnd_status: bool,
    opt_in_date: Option<Instant>,
    consent_confirmed_at: Option<Instant>,
    #[serde(deserialize_with = "stored::flag")]
    is_duplicate: bool,
    duplicate_of: Option<Id>,
    #[serde(deserialize_with = "stored::flag")]
    known_customer: bool,
    #[serde(deserialize_with = "stored::json")]
    matches: serde_json::Value,
    #[serde(deserialize_with = "stored::json")]
    matches_capped: Vec<String>,
    spam_score: u8,
    #[serde(deserialize_with = "stored::json")]
    spam_reasons: Vec<Reason>,
    validation_status: ValidationStatus,
    quarantined_at: Option<Instant>,
    created_at: Instant,
    updated_at: Instant,
    contacted_at: Option<Instant>,
    converted_at: Option<Instant>,
    converted_to_account_id: Option<Id>,
    converted_to_contact_id: Option<Id>,
    converted_to_opportunity_id: Option<Id>,
    disqualified_reason: Option<String>,
    deleted_at: Option<Instant>,
    version: i64,
}

impl LeadRow {
    /// Where the row stands in a list, by its stored values: the walk compares those, and rules that changed since may
    /// fold to another score.
    pub(super) fn place(&self, order: Order) -> (&Id, i64) {
        (&self.id, if order.is_by_score() { self.lead_score.into() } else { self.updated_at.ms() })
    }

    /// The lead with the reasons of its score under this policy.
    #[must_use]
    pub fn into_lead(self, policy: &Policy) -> Lead {
        self.unfolded().folded(policy)
    }

    /// The lead before its score is folded: a command does that, which knows the policy.
    pub(crate) fn unfolded(self) -> Lead {
        let scoring = Scoring::unfolded(self.fit, self.engagement);
        Lead {
            id: self.id,
            company_id: self.company_id,
            first_name: self.first_name,
            last_name: self.last_name,
            company_name: self.company_name,
            email: self.email,
            phone: self.phone,
            phone_e164: self.phone_e164,
            country: self.country,
            attribution: self.attribution,
            lead_owner_id: self.lead_owner_id,
            assignment: self.assignment,
            status: self.status,
            stage: self.stage,
            scoring,
            interest_product: self.interest_product,
            budget_range: self.budget_range,
            authority_level: self.authority_level,
            timeline: self.timeline,
            industry: self.industry,
            state: self.state,
            job_title: self.job_title,
            message: self.message,
            website: self.website,
            locale: self.locale,
            gdpr_consent: self.gdpr_consent,
            dnd_status: self.dnd_status,
            opt_in_date: self.opt_in_date,
            consent_confirmed_at: self.consent_confirmed_at,
            is_duplicate: self.is_duplicate,
            duplicate_of: self.duplicate_of,
            known_customer: self.known_customer,
            matches: self.matches,
            matches_capped: self.matches_capped,
            spam_score: self.spam_score,
            spam_reasons: self.spam_reasons,
            validation_status: self.validation_status,
            quarantined_at: self.quarantined_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
            contacted_at: self.contacted_at,
            converted_at: self.converted_at,
            converted_to_account_id: self.converted_to_account_id,
            converted_to_contact_id: self.converted_to_contact_id,
            converted_to_opportunity_id: self.converted_to_opportunity_id,
            disqualified_reason: self.disqualified_reason,
            deleted_at: self.deleted_at,
            version: self.version,
        }
    }
}
