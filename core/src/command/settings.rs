//! A company's settings change (spec E2).

use crate::body::Sent;
use crate::edit::{Already, Edit, Precondition};
use crate::entity::Entity;
use crate::plan::{Context, Plan};
use crate::problem::Refusal;
use crate::settings::{Settings, SettingsValues};
use crate::stored;

/// Settings that change.
#[derive(Clone, Debug, PartialEq)]
pub struct EditSettings {
    /// What of them.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
}

impl EditSettings {
    /// Decides; `known` are the settings as they stand.
    ///
    /// # Errors
    /// Another version, or refused values.
    pub fn decide(&self, known: Option<&Settings>, context: &mut Context<'_>) -> Result<Plan<Settings>, Refusal> {
        let old = known.ok_or(Refusal::NotFound)?;
        let unchanged = Plan { changes: Vec::new(), done: old.clone() };
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(unchanged);
        }
        let values = SettingsValues::parse(self.sent.over(&old.values)).map_err(Refusal::Invalid)?;
        let of = (Entity::Settings, &old.id, &old.stamp);
        let Some(edit) = Edit::between(of, "update", &stored::row(&old.values), stored::row(&values), context) else {
            return Ok(unchanged);
        };
        let stamp = old.stamp.edited(context.now);
        Ok(Plan { changes: vec![edit], done: Settings { values, stamp, ..old.clone() } })
    }
}
