//! Accounts in storage: how a row is read, and the queries over them.

pub mod list;
pub mod write;

use crate::records::attempt_column;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use crate::visible::{self, account_visible};
use lead_core::access::Visibility;
use lead_core::account::Account;
use lead_core::id::Id;

/// The columns of an [`Account`], read from `accounts`; `$currency` is the company's, a parameter.
macro_rules! account_columns {
    ($currency:literal) => {
        concat!(
            "accounts.company_id, accounts.id, accounts.name, accounts.account_type, accounts.domain, accounts.industry, \
             accounts.company_size, CASE WHEN accounts.annual_revenue IS NOT NULL THEN json_array(accounts.annual_revenue, ",
            $currency,
            ") END AS annual_revenue, accounts.gstin, accounts.health_score, accounts.lifecycle_stage, accounts.is_active, ",
            $currency,
            " AS currency, accounts.account_owner_id, accounts.created_at, accounts.updated_at, accounts.version"
        )
    };
}
pub(crate) use account_columns;

const ONE: &str = concat!(
    "SELECT ",
    account_columns!("?5"),
    ", ",
    attempt_column!("accounts"),
    " FROM accounts WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    account_visible!("accounts", "?3", "?4")
);

/// Reads the account if the caller sees it. `currency` is the company's.
#[must_use]
pub fn read(company_id: &Id, id: &Id, rows: &Visibility, currency: &str) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(ONE, company_id, id, owners, unowned, currency)
}

/// The account; `None` where there is none that the caller may see.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Account>, Corrupt> {
    read_first(&outcome.rows)
}

const SEEN: &str = concat!(
    "SELECT id FROM accounts WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    account_visible!("accounts", "?3", "?4")
);

/// Reads whether the caller sees an account of this id: a row, or none.
#[must_use]
pub fn read_seen(company_id: &Id, id: Option<&Id>, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    statement!(SEEN, company_id, id, owners, unowned)
}
