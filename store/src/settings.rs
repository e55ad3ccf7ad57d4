//! A company's settings, one row each.

use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_first, statement};
use lead_core::command::settings::EditSettings;
use lead_core::id::Id;
use lead_core::plan::{Context, Plan};
use lead_core::problem::Refusal;
use lead_core::settings::Settings;

const ONE: &str = concat!(
    "SELECT s.id, s.company_id, s.time_zone, s.mail_name, s.mail_address, s.reply_address, s.postal_address, s.consent, \
     s.double_opt_in, s.lead_alerts, s.track_opens, s.track_clicks, s.created_at, s.updated_at, s.version, ",
    attempt_column!("s"),
    " FROM company_settings s WHERE s.company_id = ?1 AND s.id = ?1"
);

/// Reads a company's settings.
#[must_use]
pub fn read(company_id: &Id) -> Statement {
    statement!(ONE, company_id)
}

/// The settings.
///
/// # Errors
/// The stored row does not have the shape this code wrote.
pub fn found(outcome: &Outcome) -> Result<Option<Settings>, Corrupt> {
    read_first(&outcome.rows)
}

impl Command for EditSettings {
    type Known = Option<Settings>;
    type Done = Settings;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        vec![read(&context.company_id)]
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<Self::Known, Corrupt> {
        let [settings] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
        found(settings)
    }

    fn decide(&self, known: &Self::Known, context: &mut Context<'_>) -> Result<Plan<Settings>, Refusal> {
        Self::decide(self, known.as_ref(), context)
    }
}
