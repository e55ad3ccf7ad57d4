//! The mail that asks a person to confirm their consent, and whether it is to be sent at all (spec L7).

use super::compose::Composer;
use super::facts::NurturedLead;
use crate::consent::ConsentText;
use crate::id::Id;
use crate::mail::link::{LinkToken, What};
use crate::mail::{Mail, MailKind};
use crate::settings::SettingsValues;
use crate::suppression::{AddressHash, Suppressed, SuppressionReason};
use crate::template::{Letter, Templates, escape};
use crate::time::Instant;

/// What becomes of a question that waits to be mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// It is mailed.
    Now,
    /// Not for now: the company cannot mail yet, or the lead is held back or hidden.
    Later,
    /// Nobody is to be asked: the person wants to be left alone, said no for good, or is gone.
    Never,
}

/// What becomes of the question to this lead. An address that unsubscribed is asked, once its person came back; one that
/// complained, or does not exist, is not.
#[must_use]
pub fn asking(
    settings: Option<&SettingsValues>,
    lead: Option<&NurturedLead>,
    suppressed: Option<Suppressed>,
) -> Asking {
    let Some(lead) = lead.filter(|lead| lead.erased_at.is_none() && !lead.dnd_status) else { return Asking::Never };
    if suppressed.is_some_and(|by| by.reason() != SuppressionReason::Unsubscribed) {
        return Asking::Never;
    }
    let can = settings.is_some_and(|settings| settings.mail_address.is_some() && settings.postal_address.is_some());
    if can && lead.quarantined_at.is_none() && lead.deleted_at.is_none() { Asking::Now } else { Asking::Later }
}

/// Says what is asked, by whom and why; `{0}` is what the person read, `{1}` where they confirm it.
const BODY: &str = "<p>Hello {{lead.first_name}},</p>\
     <p>somebody gave this address to {{company.name}}, and agreed to this:</p>\
     <blockquote>{0}</blockquote>\
     <p>Was it you? Then please confirm it within seven days:</p>\
     <p><a href=\"{1}\">Yes, that was me</a></p>\
     <p>If it was not, do nothing: without your word nothing follows.</p>";

const BODY_TEXT: &str = "Hello {{lead.first_name}},\n\nsomebody gave this address to {{company.name}}, and agreed to this:\n\n\
     > {0}\n\nWas it you? Then please confirm it within seven days:\n{1}\n\n\
     If it was not, do nothing: without your word nothing follows.\n";

impl Composer<'_> {
    /// The mail that asks this lead. Its id is the question's. `None` while the company has no address to send from.
    #[must_use]
    pub fn question(&self, id: &Id, text: &ConsentText, lead: &NurturedLead, now: Instant) -> Option<Mail> {
        let (company_id, settings) = (&self.company.id, &self.company.settings);
        let from = settings.sender(&self.company.name)?;
        let hash = AddressHash::of_key(self.secret, company_id, &lead.email_key);
        let address = |what| LinkToken::address(self.public_url, self.secret, company_id, id, what);
        let (confirm, unsubscribe) = (address(What::Confirm(hash)), address(What::Unsubscribe(hash)));
        // The wording is no template.
        let wording = text.text.replace("{{", "{ {");
        let line = wording.split_whitespace().collect::<Vec<_>>().join(" ");
        let body = BODY.replace("{0}", &escape(&wording)).replace("{1}", &escape(&confirm));
        let body_text = BODY_TEXT.replace("{0}", &line).replace("{1}", &confirm);
        let templates = Templates::parse("", "Please confirm: mails from {{company.name}}", &body, &body_text).ok()?;
        let values = self.values(lead, &unsubscribe);
        let words = templates.render(&Letter { values: &values, sign: None, pixel: None });
        let written =
            Mail::written(id.clone(), company_id, MailKind::OptIn, [from, lead.recipient.party()], words, now);
        Some(Mail {
            lead_id: Some(lead.id.clone()),
            reply_address: settings.answers_to(),
            unsubscribe_url: Some(unsubscribe),
            ..written
        })
    }
}
