//! Contacts in storage: how a row is read, and the queries over them.

pub mod list;
pub mod write;

use crate::records::attempt_column;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::visible::{self, contact_visible};
use lead_core::access::Visibility;
use lead_core::contact::Contact;
use lead_core::id::Id;

/// The columns of a [`Contact`], read from `contacts`.
macro_rules! contact_columns {
    () => {
        "contacts.company_id, contacts.id, contacts.account_id, contacts.name, contacts.job_title, contacts.role, contacts.email, \
         contacts.phone, contacts.phone_e164, contacts.preferred_channel, contacts.influence_score, contacts.is_primary_contact, \
         contacts.created_at, contacts.updated_at, contacts.version"
    };
}
pub(crate) use contact_columns;

const ONE: &str = concat!(
    "SELECT ",
    contact_columns!(),
    ", ",
    attempt_column!("contacts"),
    " FROM contacts WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    contact_visible!("contacts", "?3", "?4")
);

/// Reads the contact if the caller sees its account.
#[must_use]
pub fn read(company_id: &Id, id: &Id, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(ONE, company_id, id, owners, unowned)
}

/// The contact; `None` where there is none that the caller may see.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Contact>, Corrupt> {
    read_first(&outcome.rows)
}
