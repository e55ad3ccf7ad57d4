//! Whether a lead may be converted, into which account, and whether that can be undone (spec C).

mod request;
mod undo;

pub use request::{ConversionRequest, Override};
pub use undo::{Built, ConversionPart, Obstacle, obstacles};

use crate::id::Id;
use crate::policy::named;
use crate::policy::{Policy, Stage, Status};
use serde::{Deserialize, Serialize};

named! {
    /// What a conversion asks of a lead.
    ConversionCondition {
        /// The qualification was passed.
        Status = "status",
        /// A person reached out.
        ContactedAt = "contacted_at",
        /// The score is high enough now.
        LeadScore = "lead_score",
    }
}

/// One condition that a lead does not meet, and what would meet it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Unmet {
    /// Which condition: the lead's member that it looks at.
    pub condition: ConversionCondition,
    /// What the lead shows there; null where it shows nothing.
    pub actual: Option<String>,
    /// What is wanted there.
    pub wanted: String,
    /// What to do about it.
    pub remedy: &'static str,
}

/// Every condition of a conversion that is not met, in the order of [`ConversionCondition`]; none means that the lead may be
/// converted (spec C1). `score` is the score of now, 0 to 100.
#[must_use]
pub fn check_conversion_eligibility(policy: &Policy, status: Status, contacted: bool, score: u8) -> Vec<Unmet> {
    let mut out = Vec::new();
    let (wanted, above) = (policy.thresholds.convert_status, policy.thresholds.convert_above);
    if status != wanted {
        out.push(Unmet {
            condition: ConversionCondition::Status,
            actual: Some(status.to_string()),
            wanted: wanted.to_string(),
            remedy: "Qualify the lead, so that three of the four BANT criteria are met.",
        });
    }
    if !contacted {
        out.push(Unmet {
            condition: ConversionCondition::ContactedAt,
            actual: None,
            wanted: "a date-time".to_owned(),
            remedy: "Log an outbound call, e-mail, meeting or WhatsApp message to the person.",
        });
    }
    if i32::from(score) <= above {
        out.push(Unmet {
            condition: ConversionCondition::LeadScore,
            actual: Some(score.to_string()),
            wanted: format!("above {above}"),
            remedy: "Engage the person: calls, meetings and answers raise the score, and so do budget, authority and timeline.",
        });
    }
    out
}

named! {
    /// What became of one part of a conversion.
    PartOutcome {
        /// It was there already and the lead now belongs to it.
        Linked = "linked",
        /// It was made.
        Created = "created",
    }
}

named! {
    /// Why a part was linked or created.
    PartReason {
        /// The caller named the account.
        AccountId = "account_id",
        /// The account has the lead's e-mail domain.
        EmailDomain = "email_domain",
        /// The account has the lead's company name, folded.
        CompanyName = "company_name",
        /// The account has a contact with the lead's e-mail address.
        Email = "email",
        /// Nothing matched.
        NoMatch = "no_match",
        /// An amount was given.
        OpportunityAmount = "opportunity_amount",
    }
}

/// What was done with one part of a conversion, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartDone {
    /// Linked or created.
    pub outcome: PartOutcome,
    /// Why.
    pub why: PartReason,
}

/// What a conversion gave (spec C2), as answered and as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversion {
    /// The lead's account.
    pub account_id: Id,
    /// The lead's contact.
    pub contact_id: Id,
    /// The opportunity, where an amount was given.
    pub opportunity_id: Option<Id>,
    /// Whether the account was there.
    pub account: PartDone,
    /// Whether the contact was there.
    pub contact: PartDone,
    /// Present with an opportunity, which is always created.
    pub opportunity: Option<PartDone>,
}

/// A conversion to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewConversion {
    /// Its id.
    pub id: Id,
    /// Of which lead.
    pub lead_id: Id,
    /// What it gave.
    pub conversion: Conversion,
    /// The note that tells of it.
    pub activity_id: Id,
    /// Where the lead stood before.
    pub status_before: Status,
    /// How far it had come.
    pub stage_before: Stage,
    /// The attempt that writes it.
    pub attempt_id: Id,
}

/// What a conversion, or its undoing, was decided by.
#[derive(Clone, Debug, PartialEq)]
pub enum Hold {
    /// These accounts and contacts match the lead, and no others.
    Match {
        /// The account that was asked for: then only that one matches.
        asked: Option<Id>,
        /// The accounts.
        accounts: Vec<Id>,
        /// The contacts.
        contacts: Vec<Id>,
        /// The account that is linked, and whether it has a primary contact.
        account: Option<(Id, bool)>,
    },
    /// This was built on the conversion.
    Built(Built),
}

/// An account that matches a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountMatch {
    /// The account.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// By what it matches: `account_id`, `email_domain` or `company_name`.
    pub why: PartReason,
    /// Whether the caller may see it.
    #[serde(skip)]
    pub seen: bool,
    /// Whether it has a primary contact.
    #[serde(skip)]
    pub has_primary: bool,
}

/// Which account a lead goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountChoice<'a> {
    /// To this one.
    Link(&'a AccountMatch),
    /// To a new one.
    Create,
    /// To one of several: a person must say. Only those that the caller may see.
    Several(Vec<&'a AccountMatch>),
    /// To one that the caller named and that is not there for them.
    Unknown,
}

/// Chooses the account (spec C2): the one that was asked for, else the one of the e-mail domain, else the one of the company's name.
#[must_use]
pub fn choose_account<'a>(asked: Option<&Id>, matches: &'a [AccountMatch]) -> AccountChoice<'a> {
    if let Some(asked) = asked {
        let found =
            matches.iter().find(|account| account.why == PartReason::AccountId && account.id == *asked && account.seen);
        return found.map_or(AccountChoice::Unknown, AccountChoice::Link);
    }
    for why in [PartReason::EmailDomain, PartReason::CompanyName] {
        let found: Vec<&AccountMatch> = matches.iter().filter(|account| account.why == why).collect();
        match found.as_slice() {
            [] => {}
            [one] => return AccountChoice::Link(one),
            _ => return AccountChoice::Several(found.into_iter().filter(|account| account.seen).collect()),
        }
    }
    AccountChoice::Create
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

    fn id(number: u8) -> Id {
        Id::new(Instant::from_ms(1_700_000_000_000).unwrap(), &[number; 10])
    }

    fn account() -> impl Strategy<Value = AccountMatch> {
        let why = prop::sample::select(&[PartReason::AccountId, PartReason::EmailDomain, PartReason::CompanyName]);
        (0..4_u8, why, any::<bool>(), any::<bool>()).prop_map(|(number, why, seen, has_primary)| AccountMatch {
            id: id(number),
            name: format!("Account {number}"),
            why,
            seen,
            has_primary,
        })
    }

    proptest! {
        #[test]
        fn a_lead_converts_exactly_where_nothing_is_unmet(
            status in prop::sample::select(Status::ALL), contacted in any::<bool>(), score in 0..=100_u8,
        ) {
            let policy = Policy::builtin().unwrap();
            let unmet = check_conversion_eligibility(&policy, status, contacted, score);
            prop_assert_eq!(unmet.is_empty(), policy.converts(status, contacted, score));
            let conditions: Vec<ConversionCondition> = unmet.iter().map(|unmet| unmet.condition).collect();
            let mut ordered = conditions.clone();
            ordered.sort_unstable();
            ordered.dedup();
            prop_assert_eq!(conditions, ordered, "each condition once, in their order");
        }

        #[test]
        fn nothing_unseen_is_listed_and_a_domain_goes_before_a_name(
            asked in prop::option::of(0..4_u8), matches in prop::collection::vec(account(), 0..6),
        ) {
            let asked = asked.map(id);
            let by = |why| matches.iter().filter(|account| account.why == why).count();
            match choose_account(asked.as_ref(), &matches) {
                AccountChoice::Link(one) => match &asked {
                    Some(asked) => prop_assert!(one.id == *asked && one.seen),
                    None => prop_assert!(by(one.why) == 1 && (one.why == PartReason::EmailDomain || by(PartReason::EmailDomain) == 0)),
                },
                AccountChoice::Several(seen) => {
                    prop_assert!(seen.iter().all(|account| account.seen));
                    prop_assert!(by(PartReason::EmailDomain) > 1 || (by(PartReason::EmailDomain) == 0 && by(PartReason::CompanyName) > 1));
                }
                AccountChoice::Create => prop_assert!(by(PartReason::EmailDomain) + by(PartReason::CompanyName) == 0),
                AccountChoice::Unknown => prop_assert!(asked.is_some()),
            }
        }
    }
}
