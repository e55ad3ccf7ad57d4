//! What nurturing knows of a lead, and the facts that a sequence's conditions ask about.

use super::consent::{LeadConsent, may_mail};
use crate::field::{Country, Timeline};
use crate::id::Id;
use crate::policy::condition::Facts;
use crate::policy::{Stage, Status};
use crate::sequence::Recipient;
use crate::settings::SettingsValues;
use crate::stored;
use crate::time::Instant;
use serde::Deserialize;

/// A lead as far as nurturing asks: hidden and erased ones too.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct NurturedLead {
    /// Which one.
    pub id: Id,
    /// Whom its mails name.
    #[serde(flatten)]
    pub recipient: Recipient,
    /// The address as it is matched.
    pub email_key: String,
    /// The budget as given.
    pub budget_range: Option<String>,
    /// What the person decides.
    pub authority_level: Option<String>,
    /// When, as given.
    pub timeline: Option<String>,
    /// The canonical source.
    pub lead_source: String,
    /// The campaign.
    pub campaign: String,
    /// The medium.
    pub medium: Option<String>,
    /// The language the person reads.
    pub locale: Option<String>,
    /// Who works the lead.
    pub lead_owner_id: Option<Id>,
    /// Where the lead stands.
    pub status: Status,
    /// How far the buyer has come.
    pub stage: Stage,
    /// 0 to 100.
    pub lead_score: u8,
    /// Whether a consent stands.
    #[serde(deserialize_with = "stored::flag")]
    pub gdpr_consent: bool,
    /// Whether the person asked to be left alone.
    #[serde(deserialize_with = "stored::flag")]
    pub dnd_status: bool,
    /// When the standing consent was confirmed by mail.
    pub consent_confirmed_at: Option<Instant>,
    /// Whether the newest word of the ledger about marketing is a withdrawal.
    #[serde(deserialize_with = "stored::flag")]
    pub withdrawn: bool,
    /// Since when the lead is held back as spam.
    pub quarantined_at: Option<Instant>,
    /// Since when it is hidden.
    pub deleted_at: Option<Instant>,
    /// When the person was erased.
    pub erased_at: Option<Instant>,
    /// When the person last wrote to us.
    pub replied_at: Option<Instant>,
    /// When it came in.
    pub created_at: Instant,
}

impl NurturedLead {
    /// The facts of [`crate::sequence::SEQUENCE_SCOPE`].
    #[must_use]
    pub fn facts(&self) -> Facts {
        let Recipient { country, state, industry, job_title, interest_product, .. } = &self.recipient;
        let days = self.timeline.as_deref().and_then(|text| Timeline::parse(text).ok()?.days()?.upper);
        Facts::default()
            .text("source", Some(&self.lead_source))
            .text("campaign", Some(&self.campaign))
            .text("medium", self.medium.as_deref())
            .text("authority_level", self.authority_level.as_deref())
            .text("country", Some(country))
            .text("state", state.as_deref())
            .text("industry", industry.as_deref())
            .text("job_title", job_title.as_deref())
            .text("interest_product", interest_product.as_deref())
            .flag("budget_given", Some(self.budget_range.is_some()))
            .number("timeline_days", days.map(i64::from))
            .flag("gdpr_consent", Some(self.gdpr_consent))
            .text("status", Some(self.status.as_str()))
            .text("stage", Some(self.stage.as_str()))
            .number("lead_score", Some(self.lead_score.into()))
            .text("locale", self.locale.as_deref())
            .text("email_domain", Some(self.domain()))
            .flag("owned", Some(self.lead_owner_id.is_some()))
    }

    /// The mail domain, free mail included; blank once the person is erased.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.email_key.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether the company's rules allow mails to this lead (spec E2, L7).
    #[must_use]
    pub fn may_be_mailed(&self, settings: &SettingsValues) -> bool {
        let consent = LeadConsent {
            country: Country::parse(&self.recipient.country).ok(),
            given: self.gdpr_consent,
            confirmed: self.consent_confirmed_at.is_some(),
            withdrawn: self.withdrawn,
            dnd: self.dnd_status,
        };
        may_mail(settings, &consent)
    }
}
