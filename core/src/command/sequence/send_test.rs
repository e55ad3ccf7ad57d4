//! A step goes to whoever wants to see it in their own mailbox (spec E4).

use super::Known;
use crate::access::Principal;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::mail::{Mail, MailKind, Party};
use crate::plan::{Context, Plan, QueuedMail};
use crate::problem::Refusal;
use crate::sequence::{Preview, PreviewRequest, Recipient, Sender};
use crate::settings::SettingsValues;
use crate::template::Rendered;

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendTest {
    /// The mail's id, made once for the request.
    pub id: Id,
    /// Of which sequence.
    pub sequence_id: Id,
    /// Which step, and for whom it is rendered.
    pub request: PreviewRequest,
    /// Who asks, and gets it.
    pub by: Principal,
    /// What stands for the address by which a lead unsubscribes.
    pub unsubscribe_url: String,
}

/// What a test must know.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownTest {
    /// The sequence.
    pub sequence: Known,
    /// The lead, where one was asked for that the caller sees.
    pub recipient: Option<Recipient>,
    /// The company.
    pub sender: Sender,
    /// What it says of its mails.
    pub settings: SettingsValues,
    /// The caller's name and address.
    pub caller: (String, String),
    /// Whether this very request queued the mail already, its answer being lost.
    pub queued: bool,
}

impl PreviewRequest {
    /// For whom a step is rendered.
    ///
    /// # Errors
    /// There is no such lead, or none that the caller sees.
    pub fn recipient(&self, found: Option<&Recipient>) -> Result<Recipient, Refusal> {
        match (&self.lead_id, found) {
            (_, Some(recipient)) => Ok(recipient.clone()),
            (None, None) => Ok(Recipient::sample()),
            (Some(_), None) => Err(Refusal::Invalid(vec![Invalid::member("lead_id", Code::UnknownReference)])),
        }
    }
}

impl SendTest {
    /// Decides. The answer is the address that it goes to.
    ///
    /// # Errors
    /// No such sequence, step or lead, or the company has no address from which it sends.
    pub fn decide(&self, known: &KnownTest, context: &mut Context<'_>) -> Result<Plan<String>, Refusal> {
        let (name, address) = &known.caller;
        if known.queued {
            return Ok(Plan { changes: Vec::new(), done: address.clone() });
        }
        let sequence = known.sequence.standing()?;
        let recipient = self.request.recipient(known.recipient.as_ref())?;
        let step_number = self.request.step_number;
        let rendered = sequence
            .definition
            .preview(step_number, &recipient, &known.sender, &self.unsubscribe_url)
            .map_err(Refusal::Invalid)?;
        let from = known.settings.sender(&known.sender.company).ok_or(Refusal::MailNotSetUp)?;
        let Preview { subject, body, body_text } = rendered;
        let words = Rendered { subject, body, body_text, links: Vec::new() };
        let to = Party { address: address.clone(), name: Some(name.clone()) };
        let (id, company_id) = (self.id.clone(), &context.company_id);
        let mail = Mail {
            lead_id: self.request.lead_id.clone(),
            user_id: Some(self.by.user_id.clone()),
            sequence_id: Some(self.sequence_id.clone()),
            revision: Some(sequence.revision),
            step_number: Some(step_number),
            reply_address: known.settings.answers_to(),
            ..Mail::written(id, company_id, MailKind::Test, [from, to], words, context.now)
        };
        let queued = QueuedMail { mail, cap_day: None, audit_id: context.ids.next_id() };
        Ok(Plan { changes: QueuedMail::queue(vec![queued]), done: address.clone() })
    }
}
