//! Owners are told of new leads, and of touches on leads that were given up (spec D4). Nothing of it is marketing: no consent
//! is asked for, and nothing in it is counted.

use super::compose::Company;
use super::facts::NurturedLead;
use super::trigger::{Happened, What};
use crate::mail::{Mail, MailKind, MailState};
use crate::sequence::Sender;
use crate::template::{Letter, Templates};
use crate::time::Instant;

/// What is said of a lead in the HTML of an alert.
macro_rules! details {
    () => {
        "<p>{{lead.first_name}} {{lead.last_name}}<br>{{lead.company_name}}<br>{{lead.email}}</p>\
         <p>Job: {{lead.job_title|\"not said\"}}<br>Interested in: {{lead.interest_product|\"not said\"}}<br>Country: {{lead.country}}</p>"
    };
}

macro_rules! details_as_text {
    () => {
        "{{lead.first_name}} {{lead.last_name}}\n{{lead.company_name}}\n{{lead.email}}\n\n\
         Job: {{lead.job_title|\"not said\"}}\nInterested in: {{lead.interest_product|\"not said\"}}\nCountry: {{lead.country}}\n"
    };
}

/// Subject, HTML and text.
type Texts = [&'static str; 3];

const NEW: Texts = [
    "New lead: {{lead.first_name}} {{lead.last_name}}, {{lead.company_name}}",
    concat!("<p>A lead came in and is yours.</p>", details!()),
    concat!("A lead came in and is yours.\n\n", details_as_text!()),
];

const AGAIN: Texts = [
    "Wrote again: {{lead.first_name}} {{lead.last_name}}, {{lead.company_name}}",
    concat!("<p>Somebody wrote to us again whose lead was closed. Please have a look.</p>", details!()),
    concat!("Somebody wrote to us again whose lead was closed. Please have a look.\n\n", details_as_text!()),
];

fn texts(what: What) -> Option<Texts> {
    match what {
        What::Created | What::Released => Some(NEW),
        What::Noticed => Some(AGAIN),
        What::Scored { .. } | What::Moved(_) | What::Changed => None,
    }
}

/// Whether owners are told of this.
#[must_use]
pub fn tells(what: What) -> bool {
    texts(what).is_some()
}

/// The mail that tells the lead's owner. Its id is that of the audit row it tells of, so that it is written once. `None`
/// where there is nothing to tell, nobody to tell it, or no address to send from.
#[must_use]
pub fn mail(happened: &Happened, lead: &NurturedLead, company: &Company, now: Instant) -> Option<Mail> {
    let [subject, body, body_text] = texts(happened.what)?;
    let stands = lead.deleted_at.is_none() && lead.quarantined_at.is_none();
    let to_address = lead.recipient.owner_email.clone().filter(|_| stands)?;
    let from_address = company.settings.mail_address.as_ref()?.as_str().to_owned();
    let templates = Templates::parse("", subject, body, body_text).ok()?;
    let nobody = Sender { company: String::new(), postal_address: None };
    let values = lead.recipient.values(&nobody, None);
    let made = templates.render(&Letter { values: &values, sign: None, pixel: None });
    Some(Mail {
        id: happened.audit_id.clone(),
        company_id: company.id.clone(),
        kind: MailKind::LeadAlert,
        lead_id: Some(lead.id.clone()),
        user_id: lead.lead_owner_id.clone(),
        sequence_id: None,
        revision: None,
        step_number: None,
        to_address,
        to_name: lead.recipient.owner_name.clone(),
        from_address,
        from_name: Some(company.name.clone()),
        reply_address: None,
        subject: made.subject,
        body: made.body,
        body_text: made.body_text,
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
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_templates() {
        for [subject, body, body_text] in [NEW, AGAIN] {
            Templates::parse("", subject, body, body_text).unwrap();
        }
    }
}
