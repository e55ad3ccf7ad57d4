//! The table: each endpoint with its least role, a record to ask for, and a body that goes well.

use serde_json::{Value, json};

use super::Operation;
use super::world::{Who, Whose, World};
use crate::workerd::exchange::Exchange;

/// One endpoint.
pub(super) struct Case {
    /// The document's id of it.
    pub(super) operation: &'static str,
    /// The least role that may call it.
    pub(super) least: &'static str,
    /// Makes a record of this owner in the state that the call wants, and gives its id.
    pub(super) record: fn(&World, Who) -> String,
    /// A body that goes well.
    pub(super) body: fn(&World) -> Value,
    /// Who sees which record.
    pub(super) sees: fn(Who, Whose) -> bool,
}

/// An id of nothing.
const NOTHING: &str = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c";

impl Case {
    /// The path with the record's id in it.
    pub(super) fn path(&self, operation: &Operation, id: &str) -> String {
        match operation.path.split_once('{') {
            Some((before, after)) => format!("{before}{id}{}", after.split_once('}').unwrap().1),
            None => operation.path.clone(),
        }
    }

    /// Calls it as this role for such a record.
    pub(super) fn call(&self, world: &World, operation: &Operation, role: Who, whose: Whose) -> Exchange {
        let id = match whose {
            _ if !operation.path.contains('{') => String::new(),
            Whose::Nobody => NOTHING.to_owned(),
            _ => (self.record)(world, role.owner(whose)),
        };
        let place = world.place(role, &self.path(operation, &id));
        world.call(role, &operation.method, &place, &(self.body)(world))
    }
}

const fn case(
    operation: &'static str,
    least: &'static str,
    record: fn(&World, Who) -> String,
    body: fn(&World) -> Value,
) -> Case {
    Case { operation, least, record, body, sees: Who::sees }
}

fn none(_: &World) -> Value {
    Value::Null
}

fn nothing(_: &World, _: Who) -> String {
    NOTHING.to_owned()
}

/// A lead of this person: SDRs get their own, to others it is given.
fn lead(world: &World, owner: Who) -> String {
    let id = world.make(owner, "/leads", &world.lead_body());
    if matches!(owner, Who::Admin | Who::Manager) {
        world.done(Who::Admin, "POST", &format!("/leads/{id}/assign"), &json!({ "owner_id": world.id(owner) }));
    }
    id
}

/// Every endpoint of the API.
pub(super) const TABLE: &[Case] = &[
    case("get_leads", "sdr", nothing, none),
    case("post_leads", "sdr", nothing, World::lead_body),
    case("get_leads_lead_id", "sdr", lead, none),
];
