//! A lead becomes account, contact and, with an amount, opportunity, all in one transaction (spec C).

mod parts;
mod undo;

pub use undo::{Heir, KnownUndo, Standing, UndoConversion, Undone};

use super::lead::{Found, Target};
use crate::access::Role;
use crate::convert::{
    AccountChoice, AccountMatch, Conversion, ConversionRequest, Hold, NewConversion, Override,
    check_conversion_eligibility, choose_account,
};
use crate::entity::Entity;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Lead;
use crate::money::Currency;
use crate::plan::{Audit, Change, Context, Plan};
use crate::policy::{Move, Stage, Status};
use crate::problem::Refusal;
use crate::score::stage_for;
use crate::time::Instant;
use parts::Parts;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The command.
#[derive(Clone, Debug, PartialEq)]
pub struct Convert {
    /// Which lead, in which version, and who asks.
    pub target: Target,
    /// What is said about it.
    pub request: ConversionRequest,
    /// The company's currency.
    pub currency: Currency,
}

/// A contact with the lead's e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ContactMatch {
    /// The contact.
    pub id: Id,
    /// Its account.
    pub account_id: Id,
}

/// What is stored about the lead and whatever matches it.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The lead, where the caller may see it.
    pub found: Option<Found>,
    /// What it became, where that was not undone.
    pub conversion: Option<Conversion>,
    /// The accounts that match, or the one that was asked for.
    pub accounts: Vec<AccountMatch>,
    /// The contacts that match, in whatever account, oldest first.
    pub contacts: Vec<ContactMatch>,
}

/// A lead that is converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// What it became.
    pub conversion: Conversion,
    /// The lead's version now.
    pub version: i64,
}

impl Convert {
    /// Decides what the lead becomes. A lead that is converted already gives its first result, whatever is asked.
    ///
    /// # Errors
    /// No such lead; an override by somebody who is no manager; no or another version in If-Match; a terminal state; unmet
    /// conditions, all of them (spec C1); an account that is not there for the caller, or several that match (spec C2).
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Converted>, Refusal> {
        let seen = known.found.as_ref().filter(|found| found.lead.deleted_at.is_none()).ok_or(Refusal::NotFound)?;
        if let Some(conversion) = known.conversion.as_ref().filter(|_| seen.lead.status == Status::Converted) {
            let done = Converted { conversion: conversion.clone(), version: seen.lead.version };
            return Ok(Plan { changes: Vec::new(), done });
        }
        let overriding = self.request.overriding.as_ref();
        if overriding.is_some() && !self.target.by.role.is_at_least(Role::Manager) {
            return Err(Refusal::Forbidden);
        }
        let (found, _) = self.target.standing(Some(seen), context)?;
        let lead = &found.lead;
        let overridden = eligible(lead, overriding, context)?;
        let account = match choose_account(self.request.account_id.as_ref(), &known.accounts) {
            AccountChoice::Link(account) => Some(account),
            AccountChoice::Create => None,
            AccountChoice::Several(seen) => {
                return Err(Refusal::SeveralAccounts { accounts: seen.into_iter().cloned().collect() });
            }
            AccountChoice::Unknown => {
                return Err(Refusal::Invalid(vec![Invalid::member("account_id", Code::UnknownReference)]));
            }
        };
        let Parts { conversion, activity_id, records } = self.parts(lead, account, &known.contacts, context)?;
        let mut changes = self.lead_changes(&found, known, account, &conversion, context);
        changes.extend(records);
        changes.extend(overridden.map(|(reason, conditions)| trail(&lead.id, "override", conditions, reason, context)));
        changes.push(Change::Convert(Box::new(NewConversion {
            id: context.ids.next_id(),
            lead_id: lead.id.clone(),
            conversion: conversion.clone(),
            activity_id,
            status_before: lead.status,
            stage_before: lead.stage,
            attempt_id: context.attempt(),
        })));
        Ok(Plan { changes, done: Converted { conversion, version: lead.version + 1 } })
    }

    /// The lead's own changes, which come first: its version row is what the match is held by.
    fn lead_changes(
        &self,
        found: &Found,
        known: &Known,
        account: Option<&AccountMatch>,
        conversion: &Conversion,
        context: &mut Context<'_>,
    ) -> Vec<Change> {
        let lead = &found.lead;
        let stage = stage_for(context.policy, Status::Converted, lead.scoring.lead_score, lead.stage);
        let new = columns(lead, Status::Converted, stage, Some((conversion, Some(context.now))));
        // The load first: it looks the owner up while the lead is still open.
        let mut changes = vec![Change::Load { lead_id: lead.id.clone(), delta: -1 }];
        changes.extend(found.edit("convert", new, context));
        let hold = Hold::Match {
            asked: self.request.account_id.clone(),
            accounts: known.accounts.iter().map(|account| account.id.clone()).collect(),
            contacts: known.contacts.iter().map(|contact| contact.id.clone()).collect(),
            account: account.map(|account| (account.id.clone(), account.has_primary)),
        };
        changes.push(Change::Hold { lead_id: lead.id.clone(), version: lead.version + 1, hold: Box::new(hold) });
        changes
    }
}

/// Whether the lead may be converted; with an override the reason and the conditions that it sets aside (spec C1).
fn eligible(
    lead: &Lead,
    overriding: Option<&Override>,
    context: &Context<'_>,
) -> Result<Option<(String, String)>, Refusal> {
    let transitions = context.policy.transitions();
    if !transitions.is_open(lead.status) {
        transitions.after(lead.status, Move::Convert)?;
    }
    let (contacted, score) = (lead.contacted_at.is_some(), lead.scoring.lead_score);
    let unmet = check_conversion_eligibility(context.policy, lead.status, contacted, score);
    match overriding {
        _ if unmet.is_empty() => Ok(None),
        None => Err(Refusal::NotConvertible { unmet }),
        Some(Override { reason }) => {
            let conditions: Vec<&str> = unmet.iter().map(|unmet| unmet.condition.as_str()).collect();
            Ok(Some((reason.as_str().to_owned(), conditions.join(", "))))
        }
    }
}

/// The columns of a lead that a conversion sets and its undoing takes back.
fn columns(
    lead: &Lead,
    status: Status,
    stage: Stage,
    became: Option<(&Conversion, Option<Instant>)>,
) -> Map<String, Value> {
    let (conversion, at) = became.unzip();
    let columns = [
        ("status", json!(status)),
        ("stage", json!(stage)),
        ("converted_at", json!(at.flatten().map(Instant::ms))),
        ("converted_to_account_id", json!(conversion.map(|parts| &parts.account_id))),
        ("converted_to_contact_id", json!(conversion.map(|parts| &parts.contact_id))),
        ("converted_to_opportunity_id", json!(conversion.and_then(|parts| parts.opportunity_id.as_ref()))),
        // A converted lead matches nobody any more (spec D3).
        ("match_slot", json!(conversion.map_or("", |_| lead.id.as_str()))),
    ];
    columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn trail(lead_id: &Id, field: &str, old: String, new: String, context: &mut Context<'_>) -> Change {
    Change::Audit(Box::new(Audit {
        id: context.ids.next_id(),
        entity_type: Entity::Lead.as_str(),
        entity_id: lead_id.clone(),
        action: "convert",
        field_name: Some(field.to_owned()),
        old_value: Some(old),
        new_value: Some(new),
    }))
}
