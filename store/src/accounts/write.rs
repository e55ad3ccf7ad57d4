//! What the commands over accounts read.

use super::{found, read};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use lead_core::access::Visibility;
use lead_core::account::Account;
use lead_core::command::account::{CreateAccount, DeleteAccount, EditAccount, KnownCreation, KnownDeletion, KnownEdit};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

const WORKS_HERE: &str = "SELECT id FROM users WHERE company_id = ?1 AND id = ?2 AND is_active = 1";

/// Which attempt deleted a record that is deleted.
macro_rules! deleted_by {
    ($table:literal) => {
        concat!(
            "SELECT ",
            $crate::records::attempt_column!($table),
            " FROM ",
            $table,
            " WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NOT NULL"
        )
    };
}
pub(crate) use deleted_by;

const DELETED_BY: &str = deleted_by!("accounts");

/// A contact, and an open opportunity, that stand in the way of a deletion: each a row, or none.
const USES: &str = "SELECT 'contacts' AS reason FROM (SELECT 1 FROM contacts INDEXED BY contacts_account WHERE company_id = ?1 AND account_id = ?2 \
       AND deleted_at IS NULL LIMIT 1) \
     UNION ALL SELECT 'open_opportunities' FROM (SELECT 1 FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 \
       AND account_id = ?2 AND closed_at IS NULL AND deleted_at IS NULL LIMIT 1)";

/// The attempt that [`deleted_by`] read.
pub(crate) fn deleter(outcome: &Outcome) -> Result<Option<Id>, Corrupt> {
    #[derive(Deserialize)]
    struct Deleted {
        attempt_id: Option<Id>,
    }
    Ok(read_first::<Deleted>(&outcome.rows)?.and_then(|row| row.attempt_id))
}

impl Command for CreateAccount {
    type Known = KnownCreation;
    type Done = Account;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            read(company, &self.id, &Visibility::Company, self.currency.as_str()),
            statement!(WORKS_HERE, company, self.body.account_owner_id.as_ref()),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownCreation, Corrupt> {
        let [existing, owner] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        Ok(KnownCreation { existing: found(existing)?, owner_works_here: !owner.rows.is_empty() })
    }

    fn decide(&self, known: &KnownCreation, context: &mut Context<'_>) -> Result<Plan<Account>, Refusal> {
        CreateAccount::decide(self, known, context)
    }
}

impl Command for EditAccount {
    type Known = KnownEdit;
    type Done = Account;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            read(company, &self.id, &self.by.visibility, self.by.currency.as_str()),
            statement!(WORKS_HERE, company, self.members.text("account_owner_id")),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownEdit, Corrupt> {
        let [account, owner] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
        Ok(KnownEdit { account: found(account)?, owner_works_here: !owner.rows.is_empty() })
    }

    fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Account>, Refusal> {
        EditAccount::decide(self, known, context)
    }
}

impl Command for DeleteAccount {
    type Known = KnownDeletion;
    type Done = ();

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            read(company, &self.id, &self.by.visibility, self.by.currency.as_str()),
            statement!(DELETED_BY, company, &self.id),
            statement!(USES, company, &self.id),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownDeletion, Corrupt> {
        let [account, deleted, uses] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
        let has = |reason: &str| uses.rows.iter().any(|row| row.get("reason").is_some_and(|found| found == reason));
        Ok(KnownDeletion {
            account: found(account)?,
            deleted_by: deleter(deleted)?,
            has_contacts: has("contacts"),
            has_open_opportunities: has("open_opportunities"),
        })
    }

    fn decide(&self, known: &KnownDeletion, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        DeleteAccount::decide(self, known, context)
    }
}
