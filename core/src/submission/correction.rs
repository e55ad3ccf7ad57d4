//! An edit of a lead's values: read by the parser of submissions (spec L2, L5, L7).

use super::{CAPTURED, Door, READ_ONLY, Submission};
use crate::attribution::Attribution;
use crate::body::{Members, Reader};
use crate::field::{Country, Timeline};
use crate::invalid::{Code, Invalid};
use crate::lead::Lead;
use crate::policy::Policy;
use crate::score::{self, FitFacts, Reason, TimelineFact};
use serde_json::{Map, Value};

/// The members of a lead that an edit writes, besides what goes through the ledger.
pub const EDITABLE: &[&str] = &[
    "first_name",
    "last_name",
    "company_name",
    "email",
    "phone",
    "country",
    "lead_source",
    "campaign",
    "medium",
    "term",
    "interest_product",
    "budget_range",
    "authority_level",
    "timeline",
    "industry",
    "state",
    "job_title",
    "message",
    "website",
    "locale",
];

/// What a lead is to say from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// Every value, as in a submission.
    pub submission: Submission,
    /// What the person says about being contacted; silence leaves the ledger alone.
    pub gdpr_consent: Option<bool>,
    /// What the person says about being left alone; silence leaves the ledger alone.
    pub dnd_status: Option<bool>,
}

impl Correction {
    /// Reads the members of a whole edited lead. `country` is the company's, for a lead that names none.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, country: Country, policy: &Policy) -> Result<Self, Vec<Invalid>> {
        let speaks = members.gives("gdpr_consent");
        let mut reader = Reader::new(members);
        for name in CAPTURED {
            if reader.take(name).is_some() {
                reader.refuse(name, Code::ReadOnlyMember);
            }
        }
        let dnd_status = match reader.take("dnd_status") {
            None => None,
            Some(Value::Bool(flag)) => Some(flag),
            Some(_) => reader.judge("dnd_status", Err(Code::NotBoolean)),
        };
        let submission = Submission::read(&mut reader, Door::Edit, country, policy);
        reader.close(READ_ONLY)?;
        let submission = submission.ok_or_else(Vec::new)?;
        let gdpr_consent = speaks.then_some(submission.gdpr_consent);
        Ok(Self { submission, gdpr_consent, dnd_status })
    }
}

/// The members of a lead that a merge patch is laid over (RFC 7396). Consent is left out: silence leaves the ledger alone.
#[must_use]
pub fn editable(lead: &Lead) -> Map<String, Value> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(lead) else { return Map::new() };
    members.retain(|name, _| EDITABLE.contains(&name.as_str()));
    members
}

impl Submission {
    /// The first touch with its source, campaign, medium and term corrected. A source that stays keeps the text it was sent
    /// as, and what nobody corrected stays marked as inferred (spec L3).
    #[must_use]
    pub fn corrected(&self, first: &Attribution) -> Attribution {
        let Attribution { lead_source, lead_source_raw, campaign, medium, term, .. } = self.attribution.clone();
        let same_source = lead_source == first.lead_source;
        let same = same_source && campaign == first.campaign && medium == first.medium;
        Attribution {
            lead_source_raw: if same_source { first.lead_source_raw.clone() } else { lead_source_raw },
            lead_source,
            campaign,
            medium,
            term,
            inferred: first.inferred && same,
            ..first.clone()
        }
    }

    /// What these values are worth, under this word about consent (spec S1).
    #[must_use]
    pub fn fit(&self, consent: bool, policy: &Policy) -> Vec<Reason> {
        let Self { attribution, country, state, industry, job_title, interest_product, .. } = self;
        let facts = FitFacts {
            source: &attribution.lead_source,
            authority: self.authority_level.map(|level| level.as_str()),
            budget_given: self.budget_range.is_some(),
            timeline: timeline_fact(self.timeline.as_ref()),
            campaign: Some(&attribution.campaign),
            medium: attribution.medium.as_deref(),
            country: Some(country.as_str()),
            state: state.as_ref().map(|state| state.as_str()),
            industry: industry.as_ref().map(|industry| industry.as_str()),
            job_title: job_title.as_ref().map(|title| title.as_str()),
            interest_product: interest_product.as_ref().map(|product| product.as_str()),
            gdpr_consent: Some(consent),
        };
        score::fit(policy, &facts)
    }
}

fn timeline_fact(timeline: Option<&Timeline>) -> TimelineFact {
    match timeline.map(Timeline::days) {
        None => TimelineFact::Absent,
        Some(None) => TimelineFact::Unparsed,
        Some(Some(days)) => days.upper.map_or(TimelineFact::Open, |days| TimelineFact::Within(days.into())),
    }
}
