//! Owners are told of new leads, and of touches on leads that were given up (spec D4). Nothing of it is marketing: no consent
//! is asked for, and nothing in it is counted.

use super::compose::Company;
use super::facts::NurturedLead;
use super::trigger::{Happened, What};
use crate::mail::{Mail, MailKind, Party};
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
    // The company itself tells its people, not the name under which it writes to leads.
    let from = Party { name: Some(company.name.clone()), ..company.settings.sender(&company.name)? };
    let to = Party { address: to_address, name: lead.recipient.owner_name.clone() };
    let templates = Templates::parse("", subject, body, body_text).ok()?;
    let nobody = Sender { company: String::new(), postal_address: None };
    let values = lead.recipient.values(&nobody, None);
    let words = templates.render(&Letter { values: &values, sign: None, pixel: None });
    let written = Mail::written(happened.audit_id.clone(), &company.id, MailKind::LeadAlert, [from, to], words, now);
    Some(Mail { lead_id: Some(lead.id.clone()), user_id: lead.lead_owner_id.clone(), ..written })
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
