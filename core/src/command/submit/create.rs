//! Nobody stands for this person yet: the submission makes a lead.

use super::{Known, Sender, Submit, Taken, created, standing_of};
use crate::access::{Role, Visibility};
use crate::assign::{LeadFacts, Maker};
use crate::dedup::{Entity, Match, Verdict};
use crate::id::Id;
use crate::lead::{Lead, Scoring, TouchEffect};
use crate::plan::{Change, Context, Handover, NewLead, Plan};
use crate::score::{self, Engagement};
use crate::spam::{SpamVerdict, Standing};
use serde_json::json;

impl Submit {
    pub(super) fn create(
        &self,
        verdict: &Verdict,
        known: &Known,
        spam: &SpamVerdict,
        context: &mut Context<'_>,
    ) -> Plan<Taken> {
        let lead = self.lead(verdict, known, spam, context);
        let handover = match spam.standing {
            Standing::Quarantine => Handover::none(),
            Standing::Clear | Standing::Review => self.hand_over(known, context),
        };
        let touch = self.touch(&lead.id, TouchEffect::Created, known, spam, context);
        let touch_id = touch.id.clone();
        let mut changes = Vec::with_capacity(6);
        let consent = lead.gdpr_consent.then(|| self.consent(&lead.id, &touch_id, context));
        let asks = self.submission.gdpr_consent
            && (known.beside.said_no() || known.beside.confirms(Some(self.submission.country)));
        let question = asks.then(|| self.ask(&lead.id, &touch_id, context));
        let shown = self.as_seen_by_sender(&lead, verdict, known);
        let counted = handover.counted(&lead.id);
        changes.push(Change::InsertLead(Box::new(NewLead { lead, keys: self.keys.clone(), handover })));
        changes.extend(counted);
        changes.push(Change::InsertTouch(Box::new(touch)));
        changes.extend(consent.map(|consent| Change::RecordConsent(Box::new(consent))));
        changes.extend(question);
        changes.push(created(&shown.id, context));
        Plan { changes, done: Taken::Created(Box::new(shown)) }
    }

    fn hand_over(&self, known: &Known, context: &Context<'_>) -> Handover {
        let maker = match &self.sender {
            Sender::Visitor { .. } => Maker::Nobody,
            Sender::Caller { user_id, role: Role::Sdr, .. } => Maker::Sdr(user_id.clone()),
            Sender::Caller { user_id, .. } => Maker::Person(user_id.clone()),
        };
        let facts = LeadFacts {
            country: Some(self.submission.country.as_str()),
            state: self.submission.state.as_ref().map(|state| state.as_str()),
            industry: self.submission.industry.as_ref().map(|industry| industry.as_str()),
        };
        Handover::by(&known.routing.assign(&facts, &maker, context.now))
    }

    fn lead(&self, verdict: &Verdict, known: &Known, spam: &SpamVerdict, context: &mut Context<'_>) -> Lead {
        let from = &self.submission;
        let now = context.now;
        let gdpr_consent = from.gdpr_consent && !known.beside.said_no();
        let scoring = Scoring::new(context.policy, from.fit(gdpr_consent, context.policy), Engagement::default());
        let status = context.policy.transitions().initial();
        let before = crate::policy::Stage::Awareness;
        let stage = score::stage_for(context.policy, status, scoring.lead_score, before);
        let matches: Vec<&Match> = verdict.possible.iter().chain(&verdict.customers).collect();
        Lead {
            id: context.ids.next_id(),
            company_id: context.company_id.clone(),
            first_name: from.first_name.to_string(),
            last_name: from.last_name.to_string(),
            company_name: from.company_name.to_string(),
            email: from.email.as_str().to_owned(),
            phone: from.phone.as_str().to_owned(),
            phone_e164: self.keys.phone.clone(),
            country: from.country.as_str().to_owned(),
            attribution: from.attribution.clone(),
            lead_owner_id: None,
            assignment: None,
            status,
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
            dnd_status: false,
            opt_in_date: gdpr_consent.then_some(self.evidence.filled_at.unwrap_or(now)),
            consent_confirmed_at: None,
            is_duplicate: !verdict.possible.is_empty(),
            duplicate_of: verdict.possible.first().map(|found| found.id.clone()),
            known_customer: verdict.known_customer(),
            matches: json!(matches),
            matches_capped: verdict.capped.iter().map(ToString::to_string).collect(),
            spam_score: spam.score,
            spam_reasons: spam.reasons.clone(),
            validation_status: standing_of(spam),
            quarantined_at: (spam.standing == Standing::Quarantine).then_some(now),
            created_at: now,
            updated_at: now,
            contacted_at: None,
            converted_at: None,
            converted_to_account_id: None,
            converted_to_contact_id: None,
            converted_to_opportunity_id: None,
            disqualified_reason: None,
            deleted_at: None,
            version: 1,
        }
    }

    /// The lead without the ids that its maker may not see (spec R1).
    fn as_seen_by_sender(&self, lead: &Lead, verdict: &Verdict, known: &Known) -> Lead {
        let Sender::Caller { visibility, .. } = &self.sender else { return lead.clone() };
        let seen = |id: &Id, entity: Entity| match visibility {
            Visibility::Company => true,
            Visibility::Owners { .. } => {
                let owner = known.candidates.iter().find(|(candidate, _)| candidate.id == *id).map(|(_, owner)| owner);
                entity == Entity::Lead && owner.is_some_and(|owner| visibility.sees(owner.as_ref()))
            }
        };
        let found = verdict.possible.iter().chain(&verdict.customers);
        let matches: Vec<&Match> = found.filter(|found| seen(&found.id, found.entity)).collect();
        Lead {
            duplicate_of: lead.duplicate_of.clone().filter(|id| seen(id, Entity::Lead)),
            matches: json!(matches),
            ..lead.clone()
        }
    }
}
