//! A lead's own values are replaced or mended (spec L, R4).

use super::{Found, Target, columns, matching};
use crate::body::{Members, merged};
use crate::command::submit::keys_of;
use crate::consent::{Consent, ConsentState, ConsentText, Purpose};
use crate::edit::Already;
use crate::field::EmailAddress;
use crate::id::Id;
use crate::lead::{Lead, Scoring};
use crate::mail::MailSecret;
use crate::opt_in::Beside;
use crate::plan::{Change, Context, LeadKeys, NewOptIn, Plan, Refit};
use crate::policy::{Policy, Status};
use crate::problem::Refusal;
use crate::score;
use crate::submission::{Correction, EDITABLE, editable};
use crate::suppression::AddressHash;
use serde_json::Value;

/// The command.
#[derive(Clone, Debug, PartialEq)]
pub struct EditLead {
    target: Target,
    change: Edited,
    keys: LeadKeys,
    address: Option<AddressHash>,
}

#[derive(Clone, Debug, PartialEq)]
enum Edited {
    Whole(Box<Correction>),
    Patch(Members),
}

/// A lead that stands for the person whom the new values name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The lead.
    pub id: Id,
    /// Who works it.
    pub owner: Option<Id>,
}

/// What an edit must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownEdit {
    /// The lead, where the caller sees it.
    pub found: Option<Found>,
    /// Other leads with the new e-mail address or phone.
    pub others: Vec<Standing>,
    /// What stands beside a consent.
    pub beside: Beside,
    /// Whether the lead's newest word about marketing is a no by mail.
    pub own_no: bool,
}

impl EditLead {
    /// Replaces every editable value.
    #[must_use]
    pub fn whole(target: Target, correction: Correction) -> Self {
        let keys = keys_of(&correction.submission);
        Self { target, change: Edited::Whole(Box::new(correction)), keys, address: None }
    }

    /// Mends some values of the lead as it was found: which keys to look for shows only then.
    ///
    /// # Errors
    /// There is no such lead, another version of it stands, or a value was refused.
    pub fn patch(
        target: Target,
        members: Members,
        found: Option<&Found>,
        context: &Context<'_>,
    ) -> Result<Self, Refusal> {
        let (found, _) = target.standing(found, context)?;
        let correction = patched(&found.lead, members.clone(), &target, context.policy)?;
        let keys = keys_of(&correction.submission);
        Ok(Self { target, change: Edited::Patch(members), keys, address: None })
    }

    /// With the hash by which the new address is known in the list of who is not mailed; without one it is not asked.
    #[must_use]
    pub fn hashed(self, secret: Option<&MailSecret>, company_id: &Id) -> Self {
        let address = secret.map(|secret| AddressHash::of_key(secret, company_id, &self.keys.email));
        Self { address, ..self }
    }

    /// The hash of the address.
    #[must_use]
    pub fn address(&self) -> Option<AddressHash> {
        self.address
    }

    /// Which lead.
    #[must_use]
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The keys that the lead will have.
    #[must_use]
    pub fn keys(&self) -> &LeadKeys {
        &self.keys
    }

    /// Decides what the edit changes; the answer is the lead as it stands afterwards.
    ///
    /// # Errors
    /// There is no such lead, another version of it stands, a value was refused, or somebody else stands for the person.
    pub fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        let (found, already) = self.target.standing(known.found.as_ref(), context)?;
        if already == Already::Ours {
            return Ok(Plan { changes: Vec::new(), done: Box::new(found.lead.clone()) });
        }
        let correction = match &self.change {
            Edited::Whole(correction) => (**correction).clone(),
            Edited::Patch(members) => patched(&found.lead, members.clone(), &self.target, context.policy)?,
        };
        if keys_of(&correction.submission) != self.keys {
            return Err(Refusal::Stale { version: found.lead.version });
        }
        let stands = found.lead.status != Status::Converted;
        if let Some(other) = known.others.first().filter(|_| stands) {
            let seen = self.target.by.visibility.sees(other.owner.as_ref());
            return Err(Refusal::DuplicateLead { existing_id: seen.then(|| other.id.clone()) });
        }
        let gives = correction.gdpr_consent == Some(true) && !found.lead.gdpr_consent;
        // After a no by mail nobody says yes for the person: the lead stays without consent until they confirm it (spec L7).
        let said_no = known.own_no || known.beside.said_no();
        let said = if said_no && gives { None } else { correction.gdpr_consent };
        let asks = gives && (said_no || known.beside.confirms(Some(correction.submission.country)));
        let mut plan = self.plan(&found, &Correction { gdpr_consent: said, ..correction }, context);
        if asks {
            plan.changes.extend(self.ask(&found.lead, context));
        }
        Ok(plan)
    }

    fn plan(&self, found: &Found, correction: &Correction, context: &mut Context<'_>) -> Plan<Box<Lead>> {
        let mut lead = corrected(&found.lead, correction, &self.keys, context);
        let old = &found.lead;
        let shown: Vec<&str> =
            EDITABLE.iter().copied().chain(["gdpr_consent", "dnd_status", "consent_confirmed_at"]).collect();
        let mut new = columns(&lead, &shown);
        if new == columns(old, &shown) {
            return Plan { changes: Vec::new(), done: Box::new(old.clone()) };
        }
        new.extend(matching(&lead, &self.keys));
        let edit = found.edit("update", new, context);
        // The ledger first: it shows its word on the lead only where that differs.
        let mut changes = Vec::new();
        for (purpose, before, now) in [
            (Purpose::Marketing, old.gdpr_consent, lead.gdpr_consent),
            (Purpose::DoNotDisturb, old.dnd_status, lead.dnd_status),
        ] {
            if before != now {
                changes.push(self.word(purpose, now, &lead, context));
            }
        }
        changes.extend(edit);
        let fit = lead.scoring.fit.clone();
        changes.extend(Refit::between(&lead.id, &old.scoring.fit, fit, context));
        lead.version += 1;
        lead.updated_at = lead.updated_at.max(context.now);
        Plan { changes, done: Box::new(lead) }
    }

    fn ask(&self, lead: &Lead, context: &mut Context<'_>) -> [Change; 2] {
        let asked = NewOptIn {
            id: context.ids.next_id(),
            lead_id: lead.id.clone(),
            touch_id: None,
            text: ConsentText::by_mail(),
            locale: lead.locale.clone(),
            source: format!("api:{}", self.target.by.user_id),
        };
        asked.told(context)
    }

    fn word(&self, purpose: Purpose, given: bool, lead: &Lead, context: &mut Context<'_>) -> Change {
        Change::RecordConsent(Box::new(Consent {
            id: context.ids.next_id(),
            lead_id: lead.id.clone(),
            purpose,
            state: if given { ConsentState::Given } else { ConsentState::Withdrawn },
            text: ConsentText::by_api(),
            locale: lead.locale.clone(),
            source: format!("api:{}", self.target.by.user_id),
            touch_id: None,
            at: context.now,
            shown: Some([(); 3].map(|()| context.ids.next_id())),
        }))
    }
}

fn patched(lead: &Lead, members: Members, target: &Target, policy: &Policy) -> Result<Correction, Refusal> {
    let members = merged(&Value::Object(editable(lead)), members);
    Correction::parse(members, target.by.country, policy).map_err(Refusal::Invalid)
}

/// The lead with its new values.
fn corrected(lead: &Lead, correction: &Correction, keys: &LeadKeys, context: &Context<'_>) -> Lead {
    let from = &correction.submission;
    let gdpr_consent = correction.gdpr_consent.unwrap_or(lead.gdpr_consent);
    let opted_in = if lead.gdpr_consent { lead.opt_in_date } else { Some(context.now) };
    // A confirmation came from an address, for a consent.
    let same_address = EmailAddress::parse(&lead.email).is_ok_and(|email| email.key() == from.email.key());
    let keeps_confirmation = same_address && gdpr_consent == lead.gdpr_consent;
    let scoring = Scoring::new(context.policy, from.fit(gdpr_consent, context.policy), lead.scoring.engagement.clone());
    let stage = match lead.status {
        Status::New => score::stage_for(context.policy, lead.status, scoring.lead_score, lead.stage),
        _ => lead.stage,
    };
    Lead {
        first_name: from.first_name.to_string(),
        last_name: from.last_name.to_string(),
        company_name: from.company_name.to_string(),
        email: from.email.as_str().to_owned(),
        phone: from.phone.as_str().to_owned(),
        phone_e164: keys.phone.clone(),
        country: from.country.as_str().to_owned(),
        attribution: from.corrected(&lead.attribution),
        stage,
        scoring,
        interest_product: from.interest_product.as_ref().map(ToString::to_string),
        budget_range: from.budget_range.as_ref().map(ToString::to_string),
        authority_level: from.authority_level.map(|level| level.as_str().to_owned()),
        timeline: from.timeline.as_ref().map(|timeline| timeline.as_str().to_owned()),
        industry: from.industry.as_ref().map(ToString::to_string),
        state: from.state.as_ref().map(ToString::to_string),
        job_title: from.job_title.as_ref().map(ToString::to_string),
        message: from.message.as_ref().map(ToString::to_string),
        website: from.website.as_ref().map(|website| website.as_str().to_owned()),
        locale: from.locale.as_ref().map(|locale| locale.as_str().to_owned()),
        gdpr_consent,
        dnd_status: correction.dnd_status.unwrap_or(lead.dnd_status),
        opt_in_date: if gdpr_consent { opted_in } else { None },
        consent_confirmed_at: lead.consent_confirmed_at.filter(|_| keeps_confirmation),
        ..lead.clone()
    }
}
