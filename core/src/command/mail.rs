//! A person takes up what nobody sends by itself any more, or gives a mail up (spec E3).

use crate::access::Principal;
use crate::id::Id;
use crate::mail::{MailKind, MailState, MailSummary};
use crate::plan::{Change, Context, Plan, Require, SettledMail};
use crate::policy::named;
use crate::problem::Refusal;

named! {
    /// What a person does about a mail.
    MailAct {
        /// A dead or parked one is sent once more.
        Retry = "retry",
        /// One that waits, or that nobody sends by itself any more, is never sent.
        Cancel = "cancel",
    }
}

/// The reason of a mail that a person gave up.
pub const BY_HAND: &str = "by_hand";

/// The command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActOnMail {
    /// Which mail.
    pub mail_id: Id,
    /// What is done.
    pub act: MailAct,
    /// Who asks.
    pub by: Principal,
}

impl MailAct {
    /// Where the mail stands afterwards.
    #[must_use]
    pub fn state(self) -> MailState {
        match self {
            Self::Retry => MailState::Queued,
            Self::Cancel => MailState::Cancelled,
        }
    }

    /// Why, as the mail shows it.
    #[must_use]
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Retry => None,
            Self::Cancel => Some(BY_HAND),
        }
    }

    /// Whether it can be done about this mail. A link to sign in is not sent late: whoever wants one asks for it anew.
    #[must_use]
    pub fn is_open(self, mail: &MailSummary) -> bool {
        match (self, mail.state) {
            (Self::Retry, MailState::Dead | MailState::Parked) => mail.kind != MailKind::SignIn,
            (Self::Cancel, MailState::Queued | MailState::Dead | MailState::Parked) => true,
            _ => false,
        }
    }
}

impl ActOnMail {
    /// Decides. What stands as it is asked for stays as it is. `known` is the mail, where the caller sees it.
    ///
    /// # Errors
    /// No such mail, or its state does not allow it.
    pub fn decide(&self, known: Option<&MailSummary>, context: &mut Context<'_>) -> Result<Plan<MailSummary>, Refusal> {
        let mail = known.ok_or(Refusal::NotFound)?;
        if mail.state == self.act.state() {
            return Ok(Plan { changes: Vec::new(), done: mail.clone() });
        }
        if !self.act.is_open(mail) {
            let possible = MailAct::ALL.iter().copied().filter(|act| act.is_open(mail)).collect();
            return Err(Refusal::MailNotOpen { state: mail.state, possible });
        }
        let settled = SettledMail {
            mail_id: self.mail_id.clone(),
            act: self.act,
            from: mail.state,
            audit_ids: [context.ids.next_id(), context.ids.next_id()],
        };
        let stands = mail.lead_id.clone().map(|lead| Change::Require(Require::Lead(lead)));
        let changes = stands.into_iter().chain([Change::SettleMail(Box::new(settled))]).collect();
        let reason = self.act.reason().map(str::to_owned);
        let done = match self.act {
            MailAct::Retry => {
                MailSummary { tries: 0, first_try_at: None, next_try_at: Some(context.now), ..mail.clone() }
            }
            MailAct::Cancel => MailSummary { next_try_at: None, ..mail.clone() },
        };
        Ok(Plan { changes, done: MailSummary { state: self.act.state(), reason, ..done } })
    }
}
