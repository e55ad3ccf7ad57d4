//! Forms: one, a page of them, every definition that one had, and what a change of one must know.

use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use lead_core::command::form::{CreateForm, DeleteForm, EditForm, ExportForm, Known};
use lead_core::form::{FormLine, FormRecord, FormVersion};
use lead_core::id::Id;
use lead_core::page_query::PageQuery;
use lead_core::plan::{Context, NewFormVersion, Plan};
use lead_core::problem::Refusal;
use serde::Deserialize;

/// A deleted form is read too: a lost answer is recognised by it.
const ONE: &str = concat!(
    "SELECT f.id, f.company_id, f.form_key, f.name, f.allowed_origins, f.redirect_hosts, f.country, f.is_active, f.definition, \
     f.definition_version, f.created_at, f.updated_at, f.deleted_at, f.version, ",
    attempt_column!("f"),
    " FROM forms f WHERE f.company_id = ?1 AND f.id = ?2"
);

/// Reads one form.
#[must_use]
pub fn read(company_id: &Id, id: &Id) -> Statement {
    statement!(ONE, company_id, id)
}

/// The form, whether or not it was deleted.
pub(crate) fn known(outcome: &Outcome) -> Result<Known, Corrupt> {
    #[derive(Deserialize)]
    struct FormRow {
        #[serde(flatten)]
        form: FormRecord,
        deleted_at: Option<i64>,
    }
    let row: Option<FormRow> = read_first(&outcome.rows)?;
    Ok(Known { deleted: row.as_ref().is_some_and(|row| row.deleted_at.is_some()), form: row.map(|row| row.form) })
}

/// The form, if it stands.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<FormRecord>, Corrupt> {
    let Known { form, deleted } = known(outcome)?;
    Ok(form.filter(|_| !deleted))
}

const PAGE: &str = "SELECT id, company_id, form_key, name, is_active, definition_version, created_at, updated_at, version FROM forms \
     WHERE company_id = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";

/// Reads a page of forms, oldest first.
#[must_use]
pub fn page(company_id: &Id, query: &PageQuery) -> Statement {
    statement!(PAGE, company_id, query.after.as_ref().map_or("", Id::as_str), query.limit + 1)
}

/// The forms of a page, one more than asked for where there are more.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn listed(outcome: &Outcome) -> Result<Vec<FormLine>, Corrupt> {
    read_rows(&outcome.rows)
}

const VERSION: &str = "SELECT number, user_id, created_at, definition FROM form_versions \
     WHERE company_id = ?1 AND form_id = ?2 AND number = ?3";

/// Reads one definition that a form has or had.
#[must_use]
pub fn read_version(company_id: &Id, id: &Id, number: i64) -> Statement {
    statement!(VERSION, company_id, id, number)
}

/// The definition, if there is one.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found_version(outcome: &Outcome) -> Result<Option<FormVersion>, Corrupt> {
    read_first(&outcome.rows)
}

/// Definitions from before there were fields have none. A definition has at most 100 fields.
const ASKED: &str = "SELECT f.value ->> 'name' AS name FROM form_versions v, json_each(v.definition, '$.fields') f \
     WHERE v.company_id = ?1 AND v.form_id = ?2 GROUP BY name ORDER BY max(v.number * 1000 - f.key) DESC LIMIT 1000";

/// Reads the names of all fields that a form ever asked: those of its current definition first, in their order.
#[must_use]
pub fn read_asked(company_id: &Id, id: &Id) -> Statement {
    statement!(ASKED, company_id, id)
}

/// The names.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found_asked(outcome: &Outcome) -> Result<Vec<String>, Corrupt> {
    #[derive(Deserialize)]
    struct Asked {
        name: String,
    }
    let rows: Vec<Asked> = read_rows(&outcome.rows)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

const KEEP: &str = "INSERT INTO form_versions (company_id, form_id, number, user_id, created_at, definition) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

pub(crate) fn keep(new: &NewFormVersion, context: &Context<'_>) -> Statement {
    let NewFormVersion { form_id, number, definition } = new;
    let by = context.actor.user_id.as_ref();
    statement!(KEEP, &context.company_id, form_id, *number, by, context.now, definition.clone())
}

/// A command over the same knowledge.
macro_rules! command {
    ($command:ident gives $done:ty) => {
        impl Command for $command {
            type Known = Known;
            type Done = $done;

            fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
                vec![read(&context.company_id, &self.id)]
            }

            fn known(&self, outcomes: &[Outcome]) -> Result<Known, Corrupt> {
                let [form] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
                known(form)
            }

            fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<$done>, Refusal> {
                Self::decide(self, known, context)
            }
        }
    };
}

command!(CreateForm gives FormRecord);
command!(EditForm gives FormRecord);
command!(DeleteForm gives ());
command!(ExportForm gives FormRecord);
