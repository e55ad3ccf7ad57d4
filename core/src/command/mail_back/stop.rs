//! No more mails to an address: since the person said so, or since nobody is there.

use crate::activity::{Activity, Related, SystemEvent};
use crate::consent::{Consent, ConsentState, ConsentText, Purpose};
use crate::enrolment::LeftReason;
use crate::id::Id;
use crate::mail::{MailEventKind, MailKind};
use crate::plan::{Change, Context, Ending, EnrolmentKey, NewMailEvent, Plan, Suppress, Telling};
use crate::problem::Refusal;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};
use serde::Deserialize;

/// Why no more mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The person wants none of the sequence of this mail.
    LeftSequence,
    /// The person wants none of the company.
    Left,
    /// The person called the mail spam.
    Complained,
    /// The address does not exist.
    Bounced,
}

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The mail that brought it about.
    pub mail_id: Id,
    /// The address it went to.
    pub address: AddressHash,
    /// Why.
    pub cause: Cause,
    /// What a provider reported, to be kept.
    pub event: Option<NewMailEvent>,
}

/// What stopping must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownStop {
    /// The company's name.
    pub company: String,
    /// The mail, as long as it is known.
    pub mail: Option<StopMail>,
    /// The mail's lead and others of the same address; none that is erased.
    pub leads: Vec<LeadWord>,
    /// Where these leads are active.
    pub active: Vec<Active>,
    /// What is written about the address already.
    pub rows: Vec<Suppression>,
}

/// A mail, as far as stopping asks.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StopMail {
    /// Why it was sent.
    pub kind: MailKind,
    /// To which lead.
    pub lead_id: Option<Id>,
    /// Of which sequence.
    pub sequence_id: Option<Id>,
    /// What that is called.
    pub sequence: Option<String>,
}

/// A lead, and the newest word of its ledger about marketing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LeadWord {
    /// Which one.
    pub id: Id,
    /// What the ledger says.
    pub word: Option<ConsentState>,
    /// Whether the person asked to be left alone.
    #[serde(deserialize_with = "crate::stored::flag")]
    pub dnd_status: bool,
    /// Whether the lead is hidden.
    #[serde(deserialize_with = "crate::stored::flag")]
    pub is_deleted: bool,
}

/// A lead that is active in a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Active {
    /// The enrolment.
    pub id: Id,
    /// Which lead.
    pub lead_id: Id,
    /// In which sequence.
    pub sequence_id: Id,
    /// What that is called.
    pub name: String,
}

/// What was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Who mails no more.
    pub company: String,
    /// Whether one sequence does, and not all of the company. What it is called is nobody's business outside.
    pub is_sequence: bool,
    /// Whether the person may be asked for a new consent: there is a lead to ask.
    pub may_return: bool,
    /// Whether the mail was no marketing, so that nothing was stopped.
    pub is_other: bool,
}

impl Cause {
    fn reason(self) -> SuppressionReason {
        match self {
            Self::LeftSequence | Self::Left => SuppressionReason::Unsubscribed,
            Self::Complained => SuppressionReason::Complained,
            Self::Bounced => SuppressionReason::Bounced,
        }
    }

    fn left(self) -> LeftReason {
        match self {
            Self::LeftSequence | Self::Left => LeftReason::Unsubscribed,
            Self::Complained => LeftReason::Complained,
            Self::Bounced => LeftReason::BouncedHard,
        }
    }

    /// What the person says about being mailed at all.
    fn word(self) -> Option<ConsentText> {
        match self {
            Self::Left => Some(ConsentText::unsubscribed()),
            Self::Complained => Some(ConsentText::complained()),
            Self::LeftSequence | Self::Bounced => None,
        }
    }
}

impl KnownStop {
    /// The mail's lead, if it can be asked for a new consent.
    #[must_use]
    pub fn askable(&self) -> Option<&LeadWord> {
        let lead_id = self.mail.as_ref()?.lead_id.as_ref()?;
        self.leads.iter().find(|lead| lead.id == *lead_id && !lead.is_deleted && !lead.dnd_status)
    }
}

impl StopMail {
    /// Whether it went to a lead. Tests, alerts and links to sign in go to people who work here.
    #[must_use]
    pub fn is_for_lead(&self) -> bool {
        matches!(self.kind, MailKind::Sequence | MailKind::OptIn)
    }
}

impl Stop {
    /// Decides what ends. Asked again, it changes nothing more.
    ///
    /// # Errors
    /// None: whoever wants no more mails gets none.
    pub fn decide(&self, known: &KnownStop, context: &mut Context<'_>) -> Result<Plan<Stopped>, Refusal> {
        let mail = known.mail.as_ref();
        let sequence_id = mail.and_then(|mail| mail.sequence_id.as_ref()).filter(|_| self.cause == Cause::LeftSequence);
        let sequence = mail.and_then(|mail| mail.sequence.clone()).filter(|_| sequence_id.is_some());
        let mut changes: Vec<Change> =
            self.event.iter().cloned().map(|event| Change::KeepMailEvent(Box::new(event))).collect();
        let company = known.company.clone();
        if mail.is_some_and(|mail| !mail.is_for_lead()) {
            let done = Stopped { company, is_sequence: false, may_return: false, is_other: true };
            return Ok(Plan { changes, done });
        }
        let place = (self.address, sequence_id);
        let suppressing = Suppress::over(&known.rows, place, self.cause.reason(), Some(&self.mail_id), context);
        let is_new = suppressing.is_some();
        changes.extend(suppressing.map(|suppress| Change::Suppress(Box::new(suppress))));
        changes.extend(self.withdraw(known, context));
        changes.extend(self.leave(known, sequence_id, context));
        if is_new {
            changes.extend(self.tell(mail, known, sequence.as_deref(), context));
        }
        let may_return = self.cause == Cause::Left && known.askable().is_some();
        Ok(Plan { changes, done: Stopped { company, is_sequence: sequence_id.is_some(), may_return, is_other: false } })
    }

    /// The ledger of each lead that has not said so yet.
    fn withdraw(&self, known: &KnownStop, context: &mut Context<'_>) -> Vec<Change> {
        let Some(text) = self.cause.word() else { return Vec::new() };
        let leads = known.leads.iter().filter(|lead| lead.word != Some(ConsentState::Withdrawn));
        let withdraw = |lead: &LeadWord| {
            Change::RecordConsent(Box::new(Consent {
                id: context.ids.next_id(),
                lead_id: lead.id.clone(),
                purpose: Purpose::Marketing,
                state: ConsentState::Withdrawn,
                text: text.clone(),
                locale: None,
                source: format!("mail:{}", self.mail_id),
                touch_id: None,
                at: context.now,
                shown: Some([(); 3].map(|()| context.ids.next_id())),
            }))
        };
        leads.map(withdraw).collect()
    }

    fn leave(&self, known: &KnownStop, sequence_id: Option<&Id>, context: &mut Context<'_>) -> Option<Change> {
        let concerned = |active: &&Active| sequence_id.is_none_or(|id| active.sequence_id == *id);
        let ending = |active: &Active| Ending {
            id: active.id.clone(),
            key: EnrolmentKey { sequence_id: active.sequence_id.clone(), lead_id: active.lead_id.clone() },
            reason: Some(self.cause.left()),
            name: active.name.clone(),
            telling: Telling::new(context),
        };
        let endings: Vec<Ending> = known.active.iter().filter(concerned).map(ending).collect();
        (!endings.is_empty()).then_some(Change::Leave(endings))
    }

    /// What the person did stands on the lead's timeline; what a provider reports is told there once it is judged.
    fn tell(
        &self,
        mail: Option<&StopMail>,
        known: &KnownStop,
        sequence: Option<&str>,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        if !matches!(self.cause, Cause::LeftSequence | Cause::Left) {
            return Vec::new();
        }
        let lead_id = mail.and_then(|mail| mail.lead_id.as_ref());
        let Some(lead) = known.leads.iter().find(|lead| lead_id == Some(&lead.id)) else { return Vec::new() };
        let subject =
            sequence.map_or("Unsubscribed from all mails".to_owned(), |name| format!("Unsubscribed from {name}"));
        let event = NewMailEvent {
            id: context.ids.next_id(),
            mail_id: self.mail_id.clone(),
            source: format!("unsubscribe:{}", context.actor.request_id),
            kind: MailEventKind::Unsubscribed,
            detail: Some(if sequence.is_some() { "sequence" } else { "all" }.to_owned()),
            at: context.now,
            is_done: true,
        };
        let activity = Activity::system(Related::lead(&lead.id), SystemEvent::Unsubscribed, &subject, context);
        // A provider's report of it is kept already.
        let event = self.event.is_none().then(|| Change::KeepMailEvent(Box::new(event)));
        std::iter::once(activity.insert(context)).chain(event).collect()
    }
}
