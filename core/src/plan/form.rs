//! What a decision may change about forms.

use crate::form::FormRecord;
use crate::id::Id;
use serde_json::Value;

/// A definition to be kept under its number.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFormVersion {
    /// Of which form.
    pub form_id: Id,
    /// Which one.
    pub number: i64,
    /// The definition.
    pub definition: Value,
}

impl NewFormVersion {
    /// The definition that the form has now.
    #[must_use]
    pub fn of(form: &FormRecord) -> Self {
        let definition = serde_json::to_value(&form.values.definition).unwrap_or_default();
        Self { form_id: form.id.clone(), number: form.definition_version, definition }
    }
}
