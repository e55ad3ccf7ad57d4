//! Forms, and what came in through them.

use serde_json::{Value, json};

use super::table::{Case, case, company, none, nothing};
use super::world::{Who, World};
use crate::workerd::client::visitor;
use crate::workerd::forms::body;

pub(super) const TABLE: &[Case] = &[
    case("get_forms", "sdr", nothing, none),
    case("post_forms", "manager", nothing, |_| body()),
    case("get_forms_form_id", "sdr", form, none).seen_by(company),
    case("put_forms_form_id", "manager", form, |_| named("Other")).seen_by(company),
    case("patch_forms_form_id", "manager", form, |_| json!({ "name": "Other" })).seen_by(company),
    case("delete_forms_form_id", "manager", form, none).seen_by(company),
    case("get_forms_form_id_versions_number", "sdr", |world, owner| form(world, owner) + "/1", none).seen_by(company),
    case("get_forms_form_id_submissions", "sdr", form, none).seen_by(company),
    case("post_forms_form_id_submissions", "manager", form, |_| json!({ "answers": visitor(1) })).seen_by(company),
    case("get_forms_form_id_stats", "manager", form, none).seen_by(company),
];

fn named(name: &str) -> Value {
    let mut body = body();
    body["name"] = json!(name);
    body
}

fn form(world: &World, owner: Who) -> String {
    world.make(owner.boss(), "/forms", &body())
}
