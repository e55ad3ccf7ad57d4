//! What came in through a form: touches and tests, newest first.

use crate::forms;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::command::form::{Known, TryForm};
use lead_core::form::{FormSubmission, NewFormTest, SubmissionsQuery};
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

const STANDS: &str = "SELECT id FROM forms WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL";

/// The newest of a form below an id, by the index alone.
macro_rules! newest {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM touches INDEXED BY touches_form WHERE company_id = ?1 AND form_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4"
        )
    };
}

/// How far the look-up went: what the caller may not see is passed over, and where many are the page ends early.
const REACHED: &str = concat!("SELECT min(id) AS floor, count(*) AS looked_at FROM (", newest!("id"), ")");

const TOUCHES: &str = concat!(
    "SELECT t.id, 0 AS is_test, t.lead_id, t.effect, t.form_version, t.submitted, t.spam_score, t.created_at FROM (",
    newest!("company_id, idem_key"),
    ") n CROSS JOIN touches t ON t.company_id = n.company_id AND t.idem_key = n.idem_key \
     JOIN leads l ON l.company_id = t.company_id AND l.id = t.lead_id AND l.deleted_at IS NULL WHERE ",
    visible!("l.lead_owner_id", "?5", "?6"),
    " ORDER BY t.id DESC"
);

const TESTS: &str = "SELECT id, 1 AS is_test, user_id, form_version, submitted, created_at FROM form_tests \
     WHERE company_id = ?1 AND form_id = ?2 AND id < ?3 ORDER BY id DESC LIMIT ?4";

/// Above every id.
const END: &str = "g";

/// How many touches one page looks at where not all of them are the caller's to see.
const LOOKED_AT: i64 = 500;

/// Reads a page of what came in through a form, as far as the caller sees the leads.
#[must_use]
pub fn read(company_id: &Id, form_id: &Id, query: &SubmissionsQuery, rows: &Visibility) -> Vec<Statement> {
    let before = query.before.as_ref().map_or(END, Id::as_str);
    let (most, [owners, unowned]) = (most(query, rows), visible::params(rows));
    vec![
        statement!(STANDS, company_id, form_id),
        statement!(REACHED, company_id, form_id, before, most),
        statement!(TOUCHES, company_id, form_id, before, most, owners, unowned),
        statement!(TESTS, company_id, form_id, before, page(query)),
    ]
}

fn page(query: &SubmissionsQuery) -> i64 {
    i64::try_from(query.limit).unwrap_or(200) + 1
}

fn most(query: &SubmissionsQuery, rows: &Visibility) -> i64 {
    if *rows == Visibility::Company { page(query) } else { LOOKED_AT }
}

/// A page of submissions.
#[derive(Debug)]
pub struct Submitted {
    /// Newest first.
    pub items: Vec<FormSubmission>,
    /// Where the next page begins, if there is one.
    pub next_cursor: Option<String>,
}

/// The submissions; `None` where there is no such form.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome], query: &SubmissionsQuery, rows: &Visibility) -> Result<Option<Submitted>, Corrupt> {
    #[derive(Deserialize)]
    struct Reached {
        floor: Option<Id>,
        looked_at: i64,
    }
    let [form, reached, touches, tests] = outcomes else { return Err(Corrupt("four outcomes were expected".into())) };
    if form.rows.is_empty() {
        return Ok(None);
    }
    let Reached { floor, looked_at } =
        read_first(&reached.rows)?.ok_or_else(|| Corrupt("a count was expected".into()))?;
    let floor = floor.filter(|_| looked_at == most(query, rows));
    let mut items: Vec<FormSubmission> = read_rows(&touches.rows)?;
    items.extend(read_rows::<FormSubmission>(&tests.rows)?);
    items.retain(|item| floor.as_ref().is_none_or(|floor| item.id >= *floor));
    items.sort_by(|one, other| other.id.cmp(&one.id));
    let cut = items.len() > query.limit;
    items.truncate(query.limit);
    let last = if cut { items.last().map(|item| &item.id) } else { floor.as_ref() };
    let next_cursor = last.map(SubmissionsQuery::cursor);
    Ok(Some(Submitted { items, next_cursor }))
}

const KEEP_TEST: &str = "INSERT INTO form_tests (company_id, form_id, id, form_version, user_id, email_key, submitted, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

pub(crate) fn keep_test(new: &NewFormTest, context: &Context<'_>) -> Statement {
    let NewFormTest { id, form_id, form_version, email_key, submitted } = new;
    let by = context.actor.user_id.as_ref().map_or("", Id::as_str);
    statement!(
        KEEP_TEST,
        &context.company_id,
        form_id,
        id,
        *form_version,
        by,
        email_key,
        submitted.clone(),
        context.now
    )
}

impl Command for TryForm {
    type Known = Known;
    type Done = FormSubmission;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![forms::read(&context.company_id, &self.id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
        let [form] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
        forms::known(form)
    }

    fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<FormSubmission>, Refusal> {
        Self::decide(self, known, context)
    }
}
