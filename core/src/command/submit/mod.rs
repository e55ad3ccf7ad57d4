//! A submission comes in, through a form or the API: replay, spam, duplicates, score, assignment (spec D4, L, S, A).

mod attach;
mod create;

use crate::access::{Role, Visibility};
use crate::consent::{Consent, ConsentState, ConsentText, Purpose};
use crate::dedup::{self, Candidate, Keys};
use crate::entity::Entity;
use crate::field::{PersonName, is_disposable, is_free_mail};
use crate::guard::Evidence;
use crate::id::Id;
use crate::lead::{Lead, TouchEffect, ValidationStatus};
use crate::mail::MailSecret;
use crate::opt_in::Beside;
use crate::plan::{Audit, Change, Context, LeadKeys, NewOptIn, NewTouch, Plan};
use crate::policy::{Stage, Status};
use crate::problem::Refusal;
use crate::routing::Routing;
use crate::spam::{self, SpamFacts, SpamVerdict, Standing};
use crate::submission::{Filling, Submission};
use crate::suppression::AddressHash;
use crate::time::{DAY_MS, Instant};

/// Who sends the submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sender {
    /// A visitor, through a form.
    Visitor {
        /// The form.
        form_id: Id,
        /// What the consent box says.
        consent: ConsentText,
    },
    /// A person's key, through the API.
    Caller {
        /// The person.
        user_id: Id,
        /// What they are.
        role: Role,
        /// What they see.
        visibility: Visibility,
    },
}

/// The command.
#[derive(Clone, Debug, PartialEq)]
pub struct Submit {
    sender: Sender,
    submission: Submission,
    filling: Filling,
    evidence: Evidence,
    keys: LeadKeys,
    digest: String,
    idem: IdemKey,
    address: Option<AddressHash>,
}

/// Under which key the submission is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IdemKey {
    /// The caller's own key, with its scope.
    Given(String),
    /// The values themselves stand for it: scope and digest; a number follows.
    Values(String),
}

impl IdemKey {
    /// The key's text, without the number that may follow.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Given(text) | Self::Values(text) => text,
        }
    }
}

impl Submit {
    /// A submission with the idempotency key it came with, if it came with one.
    #[must_use]
    pub fn new(sender: Sender, submission: Submission, filling: Filling, key: Option<&str>) -> Self {
        let scope = match &sender {
            Sender::Visitor { form_id, .. } => format!("form:{form_id}"),
            Sender::Caller { user_id, .. } => format!("user:{user_id}"),
        };
        let digest = submission.digest();
        let idem = match key {
            Some(key) => IdemKey::Given(format!("{scope}:key:{key}")),
            None => IdemKey::Values(format!("{scope}:values:{digest}:")),
        };
        let keys = keys_of(&submission);
        Self { sender, submission, filling, evidence: Evidence::default(), keys, digest, idem, address: None }
    }

    /// With what the form's filling shows besides the trap and the timing.
    #[must_use]
    pub fn shown(self, evidence: Evidence) -> Self {
        Self { evidence, ..self }
    }

    /// With the hash by which the person's address is known in the list of who is not mailed; without one it is not asked.
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

    /// Under which key the submission is remembered.
    #[must_use]
    pub fn idem(&self) -> &IdemKey {
        &self.idem
    }

    /// The keys by which it is searched for.
    #[must_use]
    pub fn keys(&self) -> &LeadKeys {
        &self.keys
    }
}

/// The keys by which these values are matched and searched (spec N).
pub(crate) fn keys_of(submission: &Submission) -> LeadKeys {
    let domain = submission.email.domain();
    LeadKeys {
        email: submission.email.key().to_owned(),
        email_domain: (!is_free_mail(domain)).then(|| domain.to_owned()),
        phone: Some(submission.phone.e164().to_owned()),
        last_name: submission.last_name.key(),
        company: submission.company_name.key(),
    }
}

/// The name by which persons are compared: both keys, joined by a blank.
#[must_use]
pub fn person_key(first_name: &str, last_name: &str) -> Option<String> {
    let key = |name| PersonName::parse(name).ok().map(|name| name.key());
    Some(format!("{} {}", key(first_name)?, key(last_name)?))
}

/// What is stored about the submission and its person.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The touch under the same key: the newest of the same values, where the caller gave none.
    pub touch: Option<KnownTouch>,
    /// The standing leads with the same e-mail address or phone.
    pub standing: Vec<StandingLead>,
    /// Whoever shares an indexed key, the standing leads included, each with its owner.
    pub candidates: Vec<(Candidate, Option<Id>)>,
    /// How leads are handed out.
    pub routing: Routing,
    /// What stands beside a consent.
    pub beside: Beside,
}

/// A touch that was taken in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownTouch {
    /// Its whole key.
    pub idem_key: String,
    /// The lead it belongs to.
    pub lead_id: Id,
    /// The attempt that wrote it.
    pub attempt_id: Id,
    /// What it said.
    pub digest: String,
    /// What it did.
    pub effect: TouchEffect,
    /// When it came.
    pub created_at: Instant,
}

/// A standing lead that a submission may attach to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingLead {
    /// The lead.
    pub id: Id,
    /// Who works it.
    pub owner: Option<Id>,
    /// Where it stands.
    pub status: Status,
    /// Its standing.
    pub validation_status: ValidationStatus,
    /// How far its buyer has come.
    pub stage: Stage,
    /// Since when it is held back.
    pub quarantined_at: Option<Instant>,
    /// Whether consent stands.
    pub consented: bool,
    /// Whether it was confirmed by mail.
    pub confirmed: bool,
    /// Whether consent was taken back.
    pub withdrawn: bool,
    /// Whether the person asked to be left alone.
    pub dnd: bool,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// State or province.
    pub state: Option<String>,
    /// The company's trade.
    pub industry: Option<String>,
    /// The version of its last edit.
    pub version: i64,
}

/// What became of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// It made this lead; owner and assignment come back from the batch.
    Created(Box<Lead>),
    /// It was kept as a touch on a lead that stood already.
    Duplicate {
        /// The lead, where the caller may see it.
        existing_id: Option<Id>,
    },
    /// It was taken in before.
    Replayed {
        /// The lead it belongs to.
        lead_id: Id,
        /// What it did then.
        effect: TouchEffect,
        /// Whether this very request did it, and the answer was lost on the way.
        own: bool,
    },
}

impl Submit {
    /// Decides what becomes of the submission.
    ///
    /// # Errors
    /// [`Refusal::KeyReused`]: the caller's key stands for other values.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Taken>, Refusal> {
        if let Some(plan) = self.replay(known, context)? {
            return Ok(plan);
        }
        let spam = self.judge_spam(context);
        let candidates: Vec<Candidate> = known.candidates.iter().map(|(candidate, _)| candidate.clone()).collect();
        let verdict = dedup::judge(context.policy, &self.subject(), &candidates);
        let standing = verdict.duplicate_of().and_then(|best| known.standing.iter().find(|lead| lead.id == best.id));
        Ok(match standing {
            Some(lead) => self.attach(lead, known, &spam, context),
            None => self.create(&verdict, known, &spam, context),
        })
    }

    fn replay(&self, known: &Known, context: &Context<'_>) -> Result<Option<Plan<Taken>>, Refusal> {
        let Some(touch) = &known.touch else { return Ok(None) };
        let own = context.attempts.contains(&touch.attempt_id);
        let replayed = Taken::Replayed { lead_id: touch.lead_id.clone(), effect: touch.effect, own };
        let done = match (&self.idem, &self.sender) {
            _ if own => replayed,
            (IdemKey::Given(_), _) if touch.digest != self.digest => return Err(Refusal::KeyReused),
            (IdemKey::Given(_), _) => replayed,
            (IdemKey::Values(_), _) if context.now.ms() - touch.created_at.ms() >= DAY_MS => return Ok(None),
            // Once the lead does not stand for its person any more, the same values would be kept nowhere.
            (IdemKey::Values(_), _) if !known.standing.iter().any(|lead| lead.id == touch.lead_id) => return Ok(None),
            (IdemKey::Values(_), Sender::Visitor { .. }) => replayed,
            // Without a key the API cannot tell a retry from a second attempt: it says what stands, and keeps no second touch.
            (IdemKey::Values(_), Sender::Caller { visibility, .. }) => {
                let owner = known.standing.iter().find(|lead| lead.id == touch.lead_id).map(|lead| lead.owner.as_ref());
                let seen = owner.is_some_and(|owner| visibility.sees(owner));
                Taken::Duplicate { existing_id: seen.then(|| touch.lead_id.clone()) }
            }
        };
        Ok(Some(Plan { changes: Vec::new(), done }))
    }

    fn judge_spam(&self, context: &Context<'_>) -> SpamVerdict {
        let submission = &self.submission;
        let facts = SpamFacts {
            is_form: matches!(self.sender, Sender::Visitor { .. }),
            honeypot_filled: self.filling.trapped,
            elapsed_ms: self.filling.elapsed_ms.and_then(|ms| u64::try_from(ms).ok()),
            token: self.evidence.token,
            proof: self.evidence.proof,
            turnstile: self.evidence.turnstile,
            disposable_domain: is_disposable(submission.email.domain()),
            first_name: submission.first_name.as_str(),
            last_name: submission.last_name.as_str(),
            company_name: submission.company_name.as_str(),
            message: submission.message.as_ref().map_or("", |message| message.as_str()),
        };
        spam::judge(context.policy, &facts)
    }

    fn subject(&self) -> Keys {
        Keys {
            email: Some(self.keys.email.clone()),
            email_domain: self.keys.email_domain.clone(),
            phone: self.keys.phone.clone(),
            company: Some(self.keys.company.clone()),
            person: person_key(self.submission.first_name.as_str(), self.submission.last_name.as_str()),
        }
    }

    fn touch(
        &self,
        lead_id: &Id,
        effect: TouchEffect,
        known: &Known,
        spam: &SpamVerdict,
        context: &mut Context<'_>,
    ) -> NewTouch {
        let idem_key = match &self.idem {
            IdemKey::Given(key) => key.clone(),
            IdemKey::Values(prefix) => {
                let before = known.touch.as_ref().and_then(|touch| touch.idem_key.strip_prefix(prefix)?.parse().ok());
                let number = before.map_or(0_u32, |number: u32| number + 1);
                format!("{prefix}{number:06}")
            }
        };
        NewTouch {
            id: context.ids.next_id(),
            lead_id: lead_id.clone(),
            idem_key,
            attempt_id: context.attempt(),
            digest: self.digest.clone(),
            effect,
            attribution: self.submission.attribution.clone(),
            form_version: self.filling.form_version,
            submitted: self.submission.values(),
            spam_score: spam.score,
            spam_reasons: spam.reasons.clone(),
            filled_at: self.evidence.filled_at,
        }
    }

    fn consent(&self, lead_id: &Id, touch_id: &Id, context: &mut Context<'_>) -> Consent {
        let (text, source) = match &self.sender {
            Sender::Visitor { form_id, consent, .. } => (consent.clone(), format!("form:{form_id}")),
            Sender::Caller { user_id, .. } => (ConsentText::by_api(), format!("api:{user_id}")),
        };
        Consent {
            id: context.ids.next_id(),
            lead_id: lead_id.clone(),
            purpose: Purpose::Marketing,
            state: ConsentState::Given,
            text,
            locale: self.submission.locale.as_ref().map(|locale| locale.as_str().to_owned()),
            source,
            touch_id: Some(touch_id.clone()),
            at: self.evidence.filled_at.unwrap_or(context.now),
            shown: None,
        }
    }

    /// Asks the person by mail, where their own word is needed beside what was sent.
    fn ask(&self, lead_id: &Id, touch_id: &Id, context: &mut Context<'_>) -> Change {
        let Consent { id, text, locale, source, .. } = self.consent(lead_id, touch_id, context);
        let text = if matches!(self.sender, Sender::Visitor { .. }) { text } else { ConsentText::by_mail() };
        let (lead_id, touch_id) = (lead_id.clone(), Some(touch_id.clone()));
        Change::AskOptIn(Box::new(NewOptIn { id, lead_id, touch_id, text, locale, source }))
    }
}

fn standing_of(spam: &SpamVerdict) -> ValidationStatus {
    match spam.standing {
        Standing::Clear => ValidationStatus::Valid,
        Standing::Review => ValidationStatus::Review,
        Standing::Quarantine => ValidationStatus::Invalid,
    }
}

fn created(lead_id: &Id, context: &mut Context<'_>) -> Change {
    Change::Audit(Box::new(Audit {
        id: context.ids.next_id(),
        entity_type: Entity::Lead.as_str(),
        entity_id: lead_id.clone(),
        action: "create",
        field_name: None,
        old_value: None,
        new_value: None,
    }))
}
