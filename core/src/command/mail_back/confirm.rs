//! The answer to a question for consent (spec L7).

use crate::activity::{Activity, Related, SystemEvent};
use crate::consent::{Consent, ConsentState, Purpose};
use crate::id::Id;
use crate::mail::MailSecret;
use crate::opt_in::OptIn;
use crate::plan::{Change, Confirmed, Context, Lift, Plan, Require};
use crate::problem::Refusal;
use crate::suppression::{AddressHash, Suppression, SuppressionReason};

/// The person says yes.
#[derive(Clone, Debug)]
pub struct ConfirmOptIn {
    /// The mail that asked, which is the question's id too.
    pub mail_id: Id,
    /// The address that was asked.
    pub address: AddressHash,
    /// By which addresses are hashed.
    pub secret: MailSecret,
}

/// What confirming must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownOptIn {
    /// The company's name.
    pub company: String,
    /// The question.
    pub opt_in: Option<OptIn>,
    /// The lead that was asked, unless it is hidden or erased.
    pub lead_id: Option<Id>,
    /// Its address now, as it is matched.
    pub email_key: String,
    /// What is written about the address that was asked.
    pub rows: Vec<Suppression>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The consent stands confirmed, now or before.
    Confirmed {
        /// By which company.
        company: String,
    },
    /// Nobody may answer any more: it is too late, or the lead is gone or has another address.
    TooLate,
}

/// Whether a question can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Open,
    Answered,
    Over,
}

impl ConfirmOptIn {
    fn question(&self, known: &KnownOptIn, context: &Context<'_>) -> Question {
        let Some(opt_in) = &known.opt_in else { return Question::Over };
        if opt_in.confirmed_at.is_some() {
            return Question::Answered;
        }
        let same = AddressHash::of_key(&self.secret, &context.company_id, &known.email_key) == self.address;
        let open = known.lead_id.is_some() && same && context.now < opt_in.expires_at;
        if open { Question::Open } else { Question::Over }
    }

    /// Whether it can be answered now, or was, for the page that asks.
    #[must_use]
    pub fn can_answer(&self, known: &KnownOptIn, context: &Context<'_>) -> bool {
        self.question(known, context) != Question::Over
    }

    /// Decides what the answer changes: the ledger, what the lead shows of it, and that the address may be mailed again where
    /// the person had unsubscribed.
    ///
    /// # Errors
    /// None: a question that cannot be answered is an answer too.
    pub fn decide(&self, known: &KnownOptIn, context: &mut Context<'_>) -> Result<Plan<Answer>, Refusal> {
        let confirmed = Answer::Confirmed { company: known.company.clone() };
        let stays = |done| Ok(Plan { changes: Vec::new(), done });
        let (opt_in, lead_id) = match (self.question(known, context), &known.opt_in, &known.lead_id) {
            (Question::Open, Some(opt_in), Some(lead_id)) => (opt_in, lead_id),
            (Question::Answered, ..) => return stays(confirmed),
            _ => return stays(Answer::TooLate),
        };
        let consent = Consent {
            id: context.ids.next_id(),
            lead_id: lead_id.clone(),
            purpose: Purpose::Marketing,
            state: ConsentState::Given,
            text: opt_in.text.clone(),
            locale: opt_in.locale.clone(),
            source: format!("opt_in:{}", self.mail_id),
            touch_id: None,
            at: context.now,
            shown: Some([(); 3].map(|()| context.ids.next_id())),
        };
        let answer = Confirmed {
            opt_in_id: self.mail_id.clone(),
            lead_id: lead_id.clone(),
            attempt_id: context.attempt(),
            audit_id: context.ids.next_id(),
        };
        let here = Change::Require(Require::Lead(lead_id.clone()));
        let mut changes = vec![here, Change::RecordConsent(Box::new(consent)), Change::ConfirmOptIn(Box::new(answer))];
        let lifted =
            known.rows.iter().find(|row| row.sequence_id.is_none() && row.reason == SuppressionReason::Unsubscribed);
        changes.extend(lifted.map(|row| Change::Lift(Box::new(Lift::of(row, context)))));
        let subject = "Consent confirmed by mail";
        let activity = Activity::system(Related::lead(lead_id), SystemEvent::ConsentConfirmed, subject, context);
        changes.push(activity.insert(context));
        Ok(Plan { changes, done: confirmed })
    }
}
