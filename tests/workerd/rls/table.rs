//! The table: each endpoint with its least role, a record to ask for, and a body that goes well.

use serde_json::Value;

use super::world::{Who, Whose, World};
use super::{Operation, of_forms, of_leads, of_mails, of_sales, of_sequences, of_settings, of_suppressions};
use crate::workerd::exchange::Exchange;

/// One endpoint.
pub(super) struct Case {
    /// The document's id of it.
    pub(super) operation: &'static str,
    /// The least role that may call it.
    pub(super) least: &'static str,
    /// Makes a record of this owner in the state that the call wants, and gives its id; several ids with a slash between.
    record: fn(&World, Who) -> String,
    /// A body that goes well.
    pub(super) body: fn(&World) -> Value,
    /// Who sees which record.
    pub(super) sees: fn(Who, Whose) -> bool,
}

/// An id of nothing.
pub(super) const NOTHING: &str = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c";

impl Case {
    /// The path with the record's ids in it, the last of them wherever there are too few.
    pub(super) fn path(&self, operation: &Operation, ids: &str) -> String {
        let mut ids = ids.split('/');
        let mut last = "";
        let named = operation.path.split('/').map(|part| {
            if !part.starts_with('{') {
                return part;
            }
            last = ids.next().unwrap_or(last);
            last
        });
        named.collect::<Vec<_>>().join("/")
    }

    /// Where this role asks for such a record, which is made for it.
    pub(super) fn place(&self, world: &World, operation: &Operation, role: Who, whose: Whose) -> String {
        let id = match whose {
            _ if !operation.path.contains('{') => String::new(),
            Whose::Nobody => NOTHING.to_owned(),
            _ => (self.record)(world, role.owner(whose)),
        };
        world.place(role, &self.path(operation, &id))
    }

    /// Calls it as this role for such a record.
    pub(super) fn call(&self, world: &World, operation: &Operation, role: Who, whose: Whose) -> Exchange {
        let place = self.place(world, operation, role, whose);
        world.call(role, &operation.method, &place, &(self.body)(world))
    }

    /// The same with another view of who sees what.
    pub(super) const fn seen_by(self, sees: fn(Who, Whose) -> bool) -> Self {
        Self { sees, ..self }
    }
}

/// An endpoint of records that belong to somebody.
pub(super) const fn case(
    operation: &'static str,
    least: &'static str,
    record: fn(&World, Who) -> String,
    body: fn(&World) -> Value,
) -> Case {
    Case { operation, least, record, body, sees: Who::sees }
}

pub(super) fn none(_: &World) -> Value {
    Value::Null
}

pub(super) fn nothing(_: &World, _: Who) -> String {
    NOTHING.to_owned()
}

/// Everybody of the company sees it.
pub(super) fn company(_: Who, whose: Whose) -> bool {
    !matches!(whose, Whose::OtherCompany | Whose::Nobody)
}

/// Every endpoint of the API.
pub(super) fn table() -> impl Iterator<Item = &'static Case> {
    let own = of_leads::TABLE.iter().chain(of_sales::TABLE).chain(of_sequences::TABLE).chain(of_mails::TABLE);
    own.chain(of_forms::TABLE).chain(of_settings::TABLE).chain(of_suppressions::TABLE)
}
