//! What the commands over contacts read.

use super::{contact_columns, found, read};
use crate::accounts::read_seen;
use crate::accounts::write::{deleted_by, deleter};
use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use lead_core::access::Visibility;
use lead_core::command::contact::{CreateContact, DeleteContact, EditContact, KnownCreation, KnownDeletion, KnownEdit};
use lead_core::contact::Contact;
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;

/// Contacts of the account that a contact is in: ?1 company, ?2 the contact. `$which` and `$order` choose one.
macro_rules! beside {
    ($index:literal, $which:literal) => {
        concat!(
            "SELECT ",
            contact_columns!(),
            ", ",
            attempt_column!("contacts"),
            " FROM contacts INDEXED BY ",
            $index,
            " WHERE company_id = ?1 AND account_id = (SELECT c.account_id FROM contacts c WHERE c.company_id = ?1 AND c.id = ?2) \
             AND deleted_at IS NULL AND ",
            $which
        )
    };
}

const PRIMARY_BESIDE: &str = beside!("contacts_primary", "is_primary_contact = 1 AND id <> ?2");
const OLDEST_BESIDE: &str = beside!("contacts_account", "id <> ?2 ORDER BY id LIMIT 1");

const PRIMARY_OF: &str = concat!(
    "SELECT ",
    contact_columns!(),
    ", ",
    attempt_column!("contacts"),
    " FROM contacts INDEXED BY contacts_primary WHERE company_id = ?1 AND account_id = ?2 AND is_primary_contact = 1 AND deleted_at IS NULL"
);

const DELETED_BY: &str = deleted_by!("contacts");

/// The opportunities that name the contact ?2, where it leaves its account for the account ?3, or for none.
const NAMING: &str = "SELECT id, version FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 AND account_id = (\
       SELECT c.account_id FROM contacts c WHERE c.company_id = ?1 AND c.id = ?2 AND c.account_id <> ?3) \
     AND primary_contact_id = ?2 AND deleted_at IS NULL";

/// Reads the oldest other contact of the account that this one is in.
pub(crate) fn read_oldest_beside(company_id: &Id, contact_id: &Id) -> Statement {
    statement!(OLDEST_BESIDE, company_id, contact_id)
}

impl Command for CreateContact {
    type Known = KnownCreation;
    type Done = Contact;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            read(company, &self.id, &Visibility::Company),
            read_seen(company, Some(&self.account_id), &self.by.visibility),
            statement!(PRIMARY_OF, company, &self.account_id),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownCreation, Corrupt> {
        let [existing, account, primary] = outcomes else { return Err(Corrupt("three outcomes were expected".into())) };
        let account_is_seen = !account.rows.is_empty();
        Ok(KnownCreation { existing: found(existing)?, account_is_seen, primary: found(primary)? })
    }

    fn decide(&self, known: &KnownCreation, context: &mut Context<'_>) -> Result<Plan<Contact>, Refusal> {
        CreateContact::decide(self, known, context)
    }
}

impl Command for EditContact {
    type Known = KnownEdit;
    type Done = Contact;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        let there = self.members.text("account_id").and_then(Id::parse);
        vec![
            read(company, &self.id, &self.by.visibility),
            read_seen(company, there.as_ref(), &self.by.visibility),
            statement!(PRIMARY_BESIDE, company, &self.id),
            read_oldest_beside(company, &self.id),
            statement!(PRIMARY_OF, company, there.as_ref()),
            statement!(NAMING, company, &self.id, there.as_ref()),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownEdit, Corrupt> {
        let [contact, account, primary_here, oldest_here, primary_there, naming] = outcomes else {
            return Err(Corrupt("six outcomes were expected".into()));
        };
        Ok(KnownEdit {
            contact: found(contact)?,
            account_is_seen: !account.rows.is_empty(),
            primary_here: found(primary_here)?,
            oldest_here: found(oldest_here)?,
            primary_there: found(primary_there)?,
            naming: read_rows(&naming.rows)?,
        })
    }

    fn decide(&self, known: &KnownEdit, context: &mut Context<'_>) -> Result<Plan<Contact>, Refusal> {
        EditContact::decide(self, known, context)
    }
}

impl Command for DeleteContact {
    type Known = KnownDeletion;
    type Done = ();

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let company = &context.company_id;
        vec![
            read(company, &self.id, &self.by.visibility),
            statement!(DELETED_BY, company, &self.id),
            read_oldest_beside(company, &self.id),
            statement!(NAMING, company, &self.id, ""),
        ]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownDeletion, Corrupt> {
        let [contact, deleted, oldest_here, naming] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        let (contact, deleted_by) = (found(contact)?, deleter(deleted)?);
        Ok(KnownDeletion { contact, deleted_by, oldest_here: found(oldest_here)?, naming: read_rows(&naming.rows)? })
    }

    fn decide(&self, known: &KnownDeletion, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        DeleteContact::decide(self, known, context)
    }
}
