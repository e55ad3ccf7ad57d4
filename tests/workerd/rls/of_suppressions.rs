//! Who is never mailed.

use serde_json::{Value, json};

use super::table::{Case, case, company, none, nothing};
use super::world::{Who, World};

pub(super) const TABLE: &[Case] = &[
    case("get_suppressions", "manager", nothing, none),
    case("post_suppressions", "manager", nothing, address),
    case("post_suppressions_look_up", "manager", nothing, address),
    case("get_suppressions_suppression_id", "manager", suppression, none).seen_by(company),
    case("delete_suppressions_suppression_id", "manager", suppression, none).seen_by(company),
];

/// An address that was not written down before.
fn address(world: &World) -> Value {
    json!({ "email": format!("nobody{}@example.com", world.number()) })
}

/// The list is the company's, whoever wrote it down.
fn suppression(world: &World, owner: Who) -> String {
    world.make(owner.boss(), "/suppressions", &address(world))
}
