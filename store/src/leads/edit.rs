//! One lead to be changed: what its commands must know.

use super::{LeadRow, lead_columns};
use crate::opt_ins;
use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::submit::{ROUTING, found_routing};
use crate::visible::{self, visible};
use lead_core::command::lead::{
    AssignLead, AssignTo, Assignee, DeleteLead, EditLead, Found, KnownAssignment, KnownEdit, KnownNext, KnownRestore,
    MoveLead, RestoreLead, Standing, Target,
};
use lead_core::id::Id;
use lead_core::lead::Lead;
use lead_core::plan::{Context, LeadKeys, Plan};
use lead_core::problem::Refusal;
use lead_core::stored;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The lead if the caller sees it, or if this very request gave it to somebody whom the caller does not see. A deleted one
/// is found too; an erased one is not.
const FOUND: &str = concat!(
    "SELECT ",
    lead_columns!("?3", "?4"),
    ", email_key, email_domain, last_name_key, company_key, ",
    attempt_column!("leads"),
    " FROM leads WHERE company_id = ?1 AND id = ?2 AND erased_at IS NULL AND (",
    visible!("lead_owner_id", "?3", "?4"),
    " OR (SELECT v.attempt_id FROM entity_versions v WHERE v.company_id = leads.company_id AND v.entity_id = leads.id \
     AND v.version = leads.version) IN (SELECT value FROM json_each(?5)))"
);

/// Other leads that stand for the person of these keys.
const OTHERS: &str = "SELECT id, lead_owner_id FROM leads WHERE company_id = ?1 AND id <> ?2 AND id IN (\
       SELECT id FROM leads WHERE company_id = ?1 AND email_key = ?3 AND match_slot = '' \
       UNION ALL SELECT id FROM leads WHERE company_id = ?1 AND phone_e164 = ?4 AND match_slot = '')";

/// Leads that stand for the person of a lead which is hidden.
const SUCCESSORS: &str = "SELECT id, lead_owner_id FROM leads WHERE company_id = ?1 AND id <> ?2 AND id IN (\
       SELECT o.id FROM leads l CROSS JOIN leads o ON o.company_id = ?1 AND o.email_key = l.email_key AND o.match_slot = '' \
         WHERE l.company_id = ?1 AND l.id = ?2 \
       UNION ALL SELECT o.id FROM leads l CROSS JOIN leads o ON o.company_id = ?1 AND o.phone_e164 = l.phone_e164 AND o.match_slot = '' \
         WHERE l.company_id = ?1 AND l.id = ?2)";

pub(super) const PEOPLE: &str =
    "SELECT id, is_active FROM users WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2))";

/// Reads the lead that is meant.
#[must_use]
pub fn read(target: &Target, context: &Context<'_>) -> Statement {
    let [owners, unowned] = visible::params(&target.by.visibility);
    statement!(FOUND, &context.company_id, &target.id, owners, unowned, json!(context.attempts))
}

/// The lead, if the caller may change it.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Found>, Corrupt> {
    Ok(read_first::<FoundRow>(&outcome.rows)?.map(FoundRow::into_found))
}

/// Reads how leads are handed out and whose turns it is.
#[must_use]
pub fn read_next(company_id: &Id) -> Statement {
    statement!(ROUTING, company_id)
}

/// How leads are handed out and whose turns it is.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found_next(routing: &Outcome) -> Result<KnownNext, Corrupt> {
    #[derive(Deserialize)]
    struct TurnsRow {
        #[serde(deserialize_with = "stored::json")]
        turns: BTreeMap<Id, i64>,
    }
    let row: Option<TurnsRow> = read_first(&routing.rows)?;
    Ok(KnownNext { routing: found_routing(routing)?, turns: row.map(|row| row.turns).unwrap_or_default() })
}

#[derive(Deserialize)]
struct FoundRow {
    #[serde(flatten)]
    lead: LeadRow,
    email_key: String,
    email_domain: Option<String>,
    last_name_key: String,
    company_key: String,
    attempt_id: Option<Id>,
}

impl FoundRow {
    fn into_found(self) -> Found {
        let lead = self.lead.unfolded();
        let keys = LeadKeys {
            email: self.email_key,
            email_domain: self.email_domain,
            phone: lead.phone_e164.clone(),
            last_name: self.last_name_key,
            company: self.company_key,
        };
        Found { lead, keys, attempt_id: self.attempt_id }
    }
}

#[derive(Deserialize)]
struct StandingRow {
    id: Id,
    lead_owner_id: Option<Id>,
}

fn standing(outcome: &Outcome) -> Result<Vec<Standing>, Corrupt> {
    let rows = read_rows::<StandingRow>(&outcome.rows)?;
    Ok(rows.into_iter().map(|row| Standing { id: row.id, owner: row.lead_owner_id }).collect())
}

#[derive(Deserialize)]
struct PersonRow {
    id: Id,
    #[serde(deserialize_with = "stored::flag")]
    is_active: bool,
}

pub(super) fn people(outcome: &Outcome) -> Result<Vec<Assignee>, Corrupt> {
    let rows = read_rows::<PersonRow>(&outcome.rows)?;
    Ok(rows.into_iter().map(|row| Assignee { id: row.id, is_active: row.is_active }).collect())
}

fn shape() -> Corrupt {
    Corrupt("another number of outcomes was expected".into())
}

impl Command for EditLead {
    type Known = KnownEdit;
    type Done = Box<Lead>;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let (target, keys) = (self.target(), self.keys());
        vec![
            read(target, context),
            statement!(OTHERS, &context.company_id, &target.id, &keys.email, keys.phone.as_ref()),
            opt_ins::read_beside(&context.company_id, self.address()),
            opt_ins::read_own_no(&context.company_id, &target.id),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownEdit, Corrupt> {
        let [lead, others, beside, own_no] = outcomes else { return Err(shape()) };
        let (beside, own_no) = (opt_ins::found_beside(beside)?, opt_ins::found_own_no(own_no)?);
        Ok(KnownEdit { found: found(lead)?, others: standing(others)?, beside, own_no })
    }

    fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for DeleteLead {
    type Known = Option<Found>;
    type Done = Box<Lead>;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![read(&self.target, context)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Option<Found>, Corrupt> {
        let [lead] = outcomes else { return Err(shape()) };
        found(lead)
    }

    fn decide(&self, known: &Option<Found>, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}

impl Command for MoveLead {
    type Known = Option<Found>;
    type Done = Box<Lead>;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![read(&self.target, context)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Option<Found>, Corrupt> {
        let [lead] = outcomes else { return Err(shape()) };
        found(lead)
    }

    fn decide(&self, known: &Option<Found>, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}

impl Command for RestoreLead {
    type Known = KnownRestore;
    type Done = Box<Lead>;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let successors = statement!(SUCCESSORS, company, &self.target.id);
        vec![read(&self.target, context), successors, statement!(ROUTING, company)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownRestore, Corrupt> {
        let [lead, others, routing] = outcomes else { return Err(shape()) };
        Ok(KnownRestore { found: found(lead)?, others: standing(others)?, routing: found_routing(routing)? })
    }

    fn decide(&self, known: &KnownRestore, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for AssignLead {
    type Known = KnownAssignment;
    type Done = Box<Lead>;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let ids: Vec<&Id> = match &self.to {
            AssignTo::Person(id) => vec![id],
            AssignTo::Rules => Vec::new(),
        };
        let company = &context.company_id;
        vec![read(&self.target, context), statement!(PEOPLE, company, json!(ids)), read_next(company)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownAssignment, Corrupt> {
        let [lead, person, routing] = outcomes else { return Err(shape()) };
        let assignee = people(person)?.into_iter().next();
        Ok(KnownAssignment { found: found(lead)?, assignee, next: found_next(routing)? })
    }

    fn decide(&self, known: &KnownAssignment, context: &mut Context<'_>) -> Result<Plan<Box<Lead>>, Refusal> {
        Self::decide(self, known, context)
    }
}
