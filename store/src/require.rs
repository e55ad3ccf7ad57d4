//! Conditions over several rows, checked by the batch that writes: where one does not hold, the same key is inserted twice,
//! which collides, so that nothing is written and the command decides again.

use crate::statement::{Statement, statement};
use lead_core::id::Id;
use lead_core::plan::{Context, Require};
use serde_json::json;

macro_rules! collide_where {
    ($fails:literal) => {
        concat!(
            "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
             SELECT ?1, ?2, 0, ?3 FROM json_each('[1,2]') WHERE ",
            $fails
        )
    };
}

const LEAD: &str =
    collide_where!("NOT EXISTS (SELECT 1 FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL)");

const LEADS: &str = collide_where!(
    "EXISTS (SELECT 1 FROM json_each(?4) j WHERE NOT EXISTS (\
       SELECT 1 FROM leads WHERE company_id = ?1 AND id = j.value AND deleted_at IS NULL))"
);

const ACCOUNT: &str =
    collide_where!("NOT EXISTS (SELECT 1 FROM accounts WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL)");

const CONTACT: &str =
    collide_where!("NOT EXISTS (SELECT 1 FROM contacts WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL)");

const OPPORTUNITY: &str =
    collide_where!("NOT EXISTS (SELECT 1 FROM opportunities WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL)");

const EMPTY_ACCOUNT: &str = collide_where!(
    "(EXISTS (SELECT 1 FROM contacts INDEXED BY contacts_account WHERE company_id = ?1 AND account_id = ?2 AND deleted_at IS NULL) \
     OR EXISTS (SELECT 1 FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 AND account_id = ?2 \
       AND closed_at IS NULL AND deleted_at IS NULL))"
);

const CONTACT_OF: &str = collide_where!(
    "NOT EXISTS (SELECT 1 FROM contacts WHERE company_id = ?1 AND id = ?2 AND account_id = ?4 AND deleted_at IS NULL)"
);

const UNNAMED_CONTACT: &str = collide_where!(
    "EXISTS (SELECT 1 FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 AND account_id = ?4 \
       AND primary_contact_id = ?2 AND deleted_at IS NULL)"
);

const PRIMARY_CONTACT: &str = collide_where!(
    "NOT EXISTS (SELECT 1 FROM contacts INDEXED BY contacts_primary WHERE company_id = ?1 AND account_id = ?2 \
       AND is_primary_contact = 1 AND deleted_at IS NULL) \
     AND EXISTS (SELECT 1 FROM contacts INDEXED BY contacts_account WHERE company_id = ?1 AND account_id = ?2 AND deleted_at IS NULL)"
);

/// The statement that collides where the condition does not hold.
pub(crate) fn require(condition: &Require, context: &Context<'_>) -> Statement {
    let one = |sql, id: &Id| statement!(sql, &context.company_id, id, &context.actor.request_id);
    let two = |sql, id: &Id, of: &Id| statement!(sql, &context.company_id, id, &context.actor.request_id, of);
    match condition {
        Require::Lead(id) => one(LEAD, id),
        Require::Leads(ids) => {
            statement!(LEADS, &context.company_id, &context.actor.request_id, &context.actor.request_id, json!(ids))
        }
        Require::Account(id) => one(ACCOUNT, id),
        Require::Contact(id) => one(CONTACT, id),
        Require::Opportunity(id) => one(OPPORTUNITY, id),
        Require::EmptyAccount(id) => one(EMPTY_ACCOUNT, id),
        Require::PrimaryContact(id) => one(PRIMARY_CONTACT, id),
        Require::ContactOf { contact_id, account_id } => two(CONTACT_OF, contact_id, account_id),
        Require::UnnamedContact { contact_id, account_id } => two(UNNAMED_CONTACT, contact_id, account_id),
    }
}
