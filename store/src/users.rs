//! People: one, a page of them, and what a change of one must know.

use crate::records::attempt_column;
use crate::routing::{VERSION, version};
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::user::{CreateUser, EditUser, Known};
use lead_core::field::EmailAddress;
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::user::{User, UserQuery};
use serde::Deserialize;

const ONE: &str = concat!(
    "SELECT u.id, u.company_id, u.name, u.email, u.role, u.manager_id, u.is_active, u.absent_until, u.capacity, u.created_at, \
     u.updated_at, u.version, ",
    attempt_column!("u"),
    " FROM users u WHERE u.company_id = ?1 AND u.id = ?2"
);

/// Reads one person.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

/// The person, if there is one.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<User>, Corrupt> {
    read_first(&outcome.rows)
}

const PAGE: &str = "SELECT id, company_id, name, email, role, manager_id, is_active, absent_until, capacity, created_at, updated_at, version \
     FROM users WHERE company_id = ?1 AND id > ?2 AND (?3 IS NULL OR role = ?3) AND (?4 IS NULL OR is_active = ?4) ORDER BY id LIMIT ?5";

/// Reads a page of people, oldest first.
#[must_use]
pub fn page(company_id: &Id, query: &UserQuery) -> Statement {
    let after = query.page.after.as_ref().map_or("", Id::as_str);
    let role = query.role.map(|role| role.as_str());
    statement!(PAGE, company_id, after, role, query.is_active, query.page.limit + 1)
}

/// The people of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<User>, Corrupt> {
    read_rows(&outcome.rows)
}

const HOLDER: &str = "SELECT id FROM users WHERE company_id = ?1 AND email_key = ?2";

/// The person and everybody above them, the nearest first; a circle ends where it began.
const ABOVE: &str = "WITH RECURSIVE above (id) AS (SELECT id FROM users WHERE company_id = ?1 AND id = ?2 \
       UNION SELECT u.manager_id FROM above b JOIN users u ON u.company_id = ?1 AND u.id = b.id WHERE u.manager_id IS NOT NULL) \
     SELECT id FROM above LIMIT 1000";

const OTHER_ADMIN: &str =
    "SELECT id FROM users WHERE company_id = ?1 AND id <> ?2 AND role = 'admin' AND is_active = 1 LIMIT 1";

fn reads(company: &Id, id: &Id, email: Option<&EmailAddress>, manager_id: Option<&Id>) -> Vec<Statement> {
    vec![
        read(company, id),
        statement!(HOLDER, company, email.map(EmailAddress::key)),
        statement!(ABOVE, company, manager_id),
        statement!(OTHER_ADMIN, company, id),
        statement!(VERSION, company),
    ]
}

fn known(outcomes: &[Outcome]) -> Result<Known, Corrupt> {
    #[derive(Deserialize)]
    struct IdRow {
        id: Id,
    }
    let [user, holder, above, other_admin, routing] = outcomes else {
        return Err(Corrupt("five outcomes were expected".into()));
    };
    Ok(Known {
        user: found(user)?,
        holder: read_first::<IdRow>(&holder.rows)?.map(|row| row.id),
        above: read_rows::<IdRow>(&above.rows)?.into_iter().map(|row| row.id).collect(),
        other_admin: !other_admin.rows.is_empty(),
        routing: version(routing)?,
    })
}

impl Command for CreateUser {
    type Known = Known;
    type Done = User;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(&context.company_id, &self.id, Some(&self.values.email), self.values.manager_id.as_ref())
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<User>, Refusal> {
        Self::decide(self, known, context)
    }
}

impl Command for EditUser {
    type Known = Known;
    type Done = User;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        reads(&context.company_id, &self.id, self.email().as_ref(), self.manager_id().as_ref())
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        known(outcomes)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<User>, Refusal> {
        Self::decide(self, known, context)
    }
}
