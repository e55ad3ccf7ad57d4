//! What stands in the way of undoing a conversion: whatever was built on what it made (spec C3).

use super::{Conversion, PartOutcome};
use crate::id::Id;
use crate::policy::named;
use serde::{Deserialize, Serialize};

named! {
    /// A part of what a conversion made.
    ConversionPart {
        /// The account.
        Account = "account",
        /// The contact.
        Contact = "contact",
        /// The opportunity.
        Opportunity = "opportunity",
        /// The note "Lead Converted".
        Activity = "activity",
        /// The lead itself.
        Lead = "lead",
    }
}

/// What was built on a conversion, as it is stored; each is true where there is some, however much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Built {
    /// The account was edited or deleted.
    pub account_edited: bool,
    /// Other activities stand on the account, those of its contacts included.
    pub account_activities: bool,
    /// Other contacts are in the account.
    pub account_contacts: bool,
    /// Other opportunities are with the account.
    pub account_opportunities: bool,
    /// Other leads were converted to the account.
    pub account_leads: bool,
    /// The contact was edited, moved or deleted.
    pub contact_edited: bool,
    /// Activities stand on the contact.
    pub contact_activities: bool,
    /// Other opportunities name the contact.
    pub contact_opportunities: bool,
    /// Other leads were converted to the contact.
    pub contact_leads: bool,
    /// The opportunity was edited, moved to another stage or deleted.
    pub opportunity_edited: bool,
    /// Activities of people stand on the opportunity.
    pub opportunity_activities: bool,
    /// The note was edited or deleted.
    pub activity_edited: bool,
    /// Another lead stands for the person by now.
    pub person_has_lead: bool,
}

/// One thing that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Obstacle {
    /// On which part something was built.
    pub part: ConversionPart,
    /// That part.
    pub id: Id,
    /// What it is.
    pub reason: &'static str,
}

/// Everything that stands in the way, in a fixed order. What was linked may be built on as anybody likes; only what was made
/// would go.
#[must_use]
pub fn obstacles(conversion: &Conversion, activity_id: &Id, lead_id: &Id, built: &Built) -> Vec<Obstacle> {
    let made = |done: Option<super::PartDone>| done.is_some_and(|done| done.outcome == PartOutcome::Created);
    let account = Some(&conversion.account_id).filter(|_| made(Some(conversion.account)));
    let contact = Some(&conversion.contact_id).filter(|_| made(Some(conversion.contact)));
    let opportunity = conversion.opportunity_id.as_ref().filter(|_| made(conversion.opportunity));
    let all = [
        (ConversionPart::Account, account, built.account_edited, "The account was edited."),
        (ConversionPart::Account, account, built.account_activities, "Other activities stand on the account."),
        (ConversionPart::Account, account, built.account_contacts, "Other contacts are in the account."),
        (ConversionPart::Account, account, built.account_opportunities, "Other opportunities are with the account."),
        (ConversionPart::Account, account, built.account_leads, "Other leads were converted to the account."),
        (ConversionPart::Contact, contact, built.contact_edited, "The contact was edited."),
        (ConversionPart::Contact, contact, built.contact_activities, "Activities stand on the contact."),
        (ConversionPart::Contact, contact, built.contact_opportunities, "Other opportunities name the contact."),
        (ConversionPart::Contact, contact, built.contact_leads, "Other leads were converted to the contact."),
        (ConversionPart::Opportunity, opportunity, built.opportunity_edited, "The opportunity was edited or moved on."),
        (
            ConversionPart::Opportunity,
            opportunity,
            built.opportunity_activities,
            "Activities stand on the opportunity.",
        ),
        (ConversionPart::Activity, Some(activity_id), built.activity_edited, "The note of the conversion was edited."),
        (ConversionPart::Lead, Some(lead_id), built.person_has_lead, "Another lead stands for the same person by now."),
    ];
    let standing = all.into_iter().filter(|(_, _, stands, _)| *stands);
    standing.filter_map(|(part, id, _, reason)| Some(Obstacle { part, id: id?.clone(), reason })).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{PartDone, PartReason};
    use super::*;
    use crate::time::Instant;

    #[test]
    fn only_what_was_made_stands_in_the_way() {
        let id = |number| Id::new(Instant::from_ms(1_700_000_000_000).unwrap(), &[number; 10]);
        let linked = PartDone { outcome: PartOutcome::Linked, why: PartReason::EmailDomain };
        let made = PartDone { outcome: PartOutcome::Created, why: PartReason::NoMatch };
        let conversion = Conversion {
            account_id: id(1),
            contact_id: id(2),
            opportunity_id: None,
            account: linked,
            contact: made,
            opportunity: None,
        };
        let built = Built {
            account_edited: true,
            account_contacts: true,
            contact_activities: true,
            opportunity_edited: true,
            person_has_lead: true,
            ..Built::default()
        };
        let found = obstacles(&conversion, &id(3), &id(4), &built);
        let found: Vec<_> = found.into_iter().map(|obstacle| (obstacle.part, obstacle.id)).collect();
        assert_eq!(found, [(ConversionPart::Contact, id(2)), (ConversionPart::Lead, id(4))]);
        assert_eq!(obstacles(&conversion, &id(3), &id(4), &Built::default()), []);
    }
}
