//! The mail of a step: its templates with the lead's values, its links signed (spec E4).

use super::facts::NurturedLead;
use crate::id::Id;
use crate::mail::link::{LinkToken, What};
use crate::mail::{Mail, MailKind, MailSecret};
use crate::sequence::{Sender, Step};
use crate::settings::SettingsValues;
use crate::suppression::AddressHash;
use crate::template::{Letter, Templates, Values};
use crate::time::Instant;
use serde::Deserialize;

/// A company as its mails tell of it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Company {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// What it says of its mails.
    #[serde(flatten)]
    pub settings: SettingsValues,
    /// When that last changed.
    pub updated_at: Instant,
}

/// Writes mails of a company.
pub struct Composer<'a> {
    /// The company.
    pub company: &'a Company,
    /// Signs the links.
    pub secret: &'a MailSecret,
    /// What the addresses of the links begin with.
    pub public_url: &'a str,
}

/// Which mail is to be written.
pub struct Written<'a> {
    /// The mail's id.
    pub id: Id,
    /// Of which sequence.
    pub sequence_id: &'a Id,
    /// Under which definition of it.
    pub revision: i64,
    /// The step.
    pub step: &'a Step,
    /// When it was due.
    pub due_at: Instant,
    /// Now.
    pub now: Instant,
}

impl Composer<'_> {
    /// The templates of a step; `None` where they cannot be read any more: they were checked when they were saved.
    #[must_use]
    pub fn templates(step: &Step) -> Option<Templates> {
        Templates::parse("", &step.subject, &step.body, &step.body_text).ok()
    }

    /// The mail to this lead; `None` while the company has not said from which address it sends.
    #[must_use]
    pub fn mail(&self, written: Written<'_>, templates: &Templates, lead: &NurturedLead) -> Option<Mail> {
        let Company { id: company_id, name, settings, .. } = self.company;
        let from = settings.sender(name)?;
        let address = |what| LinkToken::address(self.public_url, self.secret, company_id, &written.id, what);
        let unsubscribe = address(What::Unsubscribe(AddressHash::of_key(self.secret, company_id, &lead.email_key)));
        let values = self.values(lead, &unsubscribe);
        let click = |index: usize| address(What::Click(u16::try_from(index).unwrap_or(u16::MAX)));
        let pixel = settings.track_opens.then(|| address(What::Open));
        let sign = settings.track_clicks.then_some(&click as &dyn Fn(usize) -> String);
        let mut words = templates.render(&Letter { values: &values, sign, pixel: pixel.as_deref() });
        let links = if settings.track_clicks { std::mem::take(&mut words.links) } else { Vec::new() };
        let parties = [from, lead.recipient.party()];
        let mail = Mail::written(written.id, company_id, MailKind::Sequence, parties, words, written.now);
        Some(Mail {
            lead_id: Some(lead.id.clone()),
            sequence_id: Some(written.sequence_id.clone()),
            revision: Some(written.revision),
            step_number: Some(written.step.step_number),
            reply_address: settings.answers_to(),
            unsubscribe_url: Some(unsubscribe),
            links,
            due_at: written.due_at,
            ..mail
        })
    }

    pub(super) fn values(&self, lead: &NurturedLead, unsubscribe: &str) -> Values {
        let settings = &self.company.settings;
        let postal_address = settings.postal_address.as_ref().map(|text| text.as_str().to_owned());
        lead.recipient.values(&Sender { company: self.company.name.clone(), postal_address }, Some(unsubscribe))
    }
}
