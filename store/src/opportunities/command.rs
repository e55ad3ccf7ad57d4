//! What the commands on opportunities must know: the opportunity as it stands, and what the ids of a body name.

use super::one::{read_standing, standing};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::visible::{self, account_visible};
use lead_core::access::Principal;
use lead_core::command::opportunity::{ChangeOpportunity, CreateOpportunity, Found, Known, Named};
use lead_core::id::Id;
use lead_core::opportunity::Opportunity;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::stored;
use serde::Deserialize;

/// An account that the caller sees, the account of a contact, an owner who works here.
const NAMED: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM accounts a WHERE a.company_id = ?1 AND a.id = ?2 AND a.deleted_at IS NULL AND ",
    account_visible!("a", "?5", "?6"),
    ") AS account, (SELECT account_id FROM contacts WHERE company_id = ?1 AND id = ?3 AND deleted_at IS NULL) AS contact_account, \
     EXISTS (SELECT 1 FROM users WHERE company_id = ?1 AND id = ?4 AND is_active = 1) AS owner"
);

fn reads(id: &Id, named: &Named, by: &Principal, context: &Context<'_>) -> Vec<Statement> {
    let company = &context.company_id;
    let [owners, unowned] = visible::params(&by.visibility);
    let Named { account_id, contact_id, owner_id } = named;
    vec![
        read_standing(company, id, &by.visibility),
        statement!(NAMED, company, account_id.as_ref(), contact_id.as_ref(), owner_id.as_ref(), owners, unowned),
    ]
}

fn known(outcomes: &[Outcome]) -> Result<Known, Corrupt> {
    #[derive(Default, Deserialize)]
    struct FoundRow {
        #[serde(deserialize_with = "stored::flag")]
        account: bool,
        contact_account: Option<Id>,
        #[serde(deserialize_with = "stored::flag")]
        owner: bool,
    }
    let [one, named] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let FoundRow { account, contact_account, owner } = read_first(&named.rows)?.unwrap_or_default();
    Ok(Known { standing: standing(one)?, found: Found { account, contact_account, owner } })
}

impl Command for CreateOpportunity {
    type Known = Known;
    type Done = Opportunity;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(&self.id, &self.named(), &self.by, context)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Opportunity>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for ChangeOpportunity {
    type Known = Known;
    type Done = Opportunity;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(&self.id, &self.named(), &self.by, context)
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<Opportunity>, Refusal> {
        Self::decide(self, known, context)
    }
}
