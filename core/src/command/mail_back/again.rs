//! Somebody who unsubscribed wants mails after all: they are asked by mail, as nobody else may say so for them (spec L7).

use super::stop::{KnownStop, Stop, Stopped};
use crate::consent::ConsentText;
use crate::plan::{Change, Context, NewOptIn, Plan, Require};
use crate::problem::Refusal;

/// The command; it knows what stopping knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskAgain(pub Stop);

impl AskAgain {
    /// Decides that the lead is asked.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]: there is no lead to ask any more.
    pub fn decide(&self, known: &KnownStop, context: &mut Context<'_>) -> Result<Plan<Stopped>, Refusal> {
        let lead = known.askable().ok_or(Refusal::NotFound)?;
        let asked = NewOptIn {
            id: context.ids.next_id(),
            lead_id: lead.id.clone(),
            touch_id: None,
            text: ConsentText::by_mail(),
            locale: None,
            source: format!("mail:{}", self.0.mail_id),
        };
        let done = Stopped { company: known.company.clone(), is_sequence: false, may_return: true, is_other: false };
        // Nothing of a person comes back to a lead that is erased at the same time.
        let mut changes = vec![Change::Require(Require::Lead(lead.id.clone()))];
        changes.extend(asked.told(context));
        Ok(Plan { changes, done })
    }
}
