//! What can be observed of a company, as lines `what -> value`: the model and the store each draw one.

use std::collections::BTreeMap;
use std::fmt::Display;

/// Lines by what they tell of; a line that would say "none" or 0 is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture(BTreeMap<String, String>);

impl Picture {
    /// Adds a line.
    pub(crate) fn line(&mut self, of: &dyn Display, what: &str, value: &dyn Display) {
        let value = value.to_string();
        if !["", "0", "false", "null"].contains(&value.as_str()) {
            self.0.insert(format!("{of} {what}"), value);
        }
    }

    /// Adds a line that may have no value.
    pub(crate) fn maybe(&mut self, of: &dyn Display, what: &str, value: Option<&dyn Display>) {
        if let Some(value) = value {
            self.line(of, what, value);
        }
    }

    /// Counts one more.
    pub(crate) fn count(&mut self, of: &dyn Display, what: &str, more: i64) {
        let line = self.0.entry(format!("{of} {what}")).or_default();
        *line = (line.parse().unwrap_or(0) + more).to_string();
    }

    /// What the two show differently.
    pub(crate) fn differences(&self, stored: &Self) -> Vec<String> {
        let mut names: Vec<&String> = self.0.keys().chain(stored.0.keys()).collect();
        names.sort();
        names.dedup();
        let shown =
            |picture: &Self, name: &String| picture.0.get(name).cloned().unwrap_or_else(|| "nothing".to_owned());
        names
            .into_iter()
            .filter(|name| self.0.get(*name) != stored.0.get(*name))
            .map(|name| format!("{name}: the model has {}, the store {}", shown(self, name), shown(stored, name)))
            .collect()
    }
}
