//! A mail as it is written, whatever it is for.

use super::{Mail, MailKind, MailState};
use crate::id::Id;
use crate::settings::SettingsValues;
use crate::template::Rendered;
use crate::time::Instant;

/// Who sends or gets a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The address.
    pub address: String,
    /// Whose it is.
    pub name: Option<String>,
}

impl Mail {
    /// A mail that is due now and was not tried yet. It is about nobody and of no sequence, its links are not signed and nobody can
    /// leave by it, until whoever writes it says so.
    #[must_use]
    pub fn written(
        id: Id,
        company_id: &Id,
        kind: MailKind,
        parties: [Party; 2],
        words: Rendered,
        now: Instant,
    ) -> Self {
        let [from, to] = parties;
        Self {
            id,
            company_id: company_id.clone(),
            kind,
            lead_id: None,
            user_id: None,
            sequence_id: None,
            revision: None,
            step_number: None,
            to_address: to.address,
            to_name: to.name,
            from_address: from.address,
            from_name: from.name,
            reply_address: None,
            subject: words.subject,
            body: words.body,
            body_text: words.body_text,
            unsubscribe_url: None,
            links: Vec::new(),
            state: MailState::Queued,
            tries: 0,
            next_try_at: Some(now),
            first_try_at: None,
            provider: None,
            provider_id: None,
            reason: None,
            due_at: now,
            created_at: now,
            sent_at: None,
            delivered_at: None,
            opened_at: None,
            clicked_at: None,
            bounced_at: None,
            complained_at: None,
        }
    }
}

impl SettingsValues {
    /// Whom mails to leads come from; `None` while the company has not said from which address it sends.
    #[must_use]
    pub fn sender(&self, company: &str) -> Option<Party> {
        let address = self.mail_address.as_ref()?.as_str().to_owned();
        let name = self.mail_name.as_ref().map_or(company, |name| name.as_str()).to_owned();
        Some(Party { address, name: Some(name) })
    }

    /// Where answers to them go, if not to the sender.
    #[must_use]
    pub fn answers_to(&self) -> Option<String> {
        self.reply_address.as_ref().map(|address| address.as_str().to_owned())
    }
}
