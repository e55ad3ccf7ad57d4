//! Leads and what is done with them.

use serde_json::{Value, json};

use super::table::{Case, case, none, nothing};
use super::world::{Who, World};

pub(super) const TABLE: &[Case] = &[
    case("get_leads", "sdr", nothing, none),
    case("post_leads", "sdr", nothing, World::lead_body),
    case("get_leads_lead_id", "sdr", lead, none),
    case("put_leads_lead_id", "sdr", lead, World::lead_body),
    case("patch_leads_lead_id", "sdr", lead, |_| json!({ "job_title": "Buyer" })),
    case("delete_leads_lead_id", "manager", lead, none),
    case("post_leads_lead_id_restore", "manager", deleted, none),
    case("post_leads_lead_id_disqualify", "sdr", lead, |_| json!({ "reason": "They left the market." })),
    case("post_leads_lead_id_recycle", "sdr", unqualified, none),
    case("post_leads_lead_id_assign", "manager", lead, |world| json!({ "owner_id": world.id(Who::Sdr) })),
    case("get_leads_assignment", "manager", nothing, none),
    case("post_leads_bulk_assign", "manager", nothing, given_away),
    case("post_leads_lead_id_qualify", "sdr", lead, |_| met()),
    case("get_leads_lead_id_qualifications", "sdr", lead, none),
    case("post_leads_lead_id_convert", "sdr", qualified, |_| json!({ "opportunity_amount": "1000.00" })),
    case("post_leads_lead_id_convert_undo", "sdr", converted, none),
    case("get_leads_lead_id_activities", "sdr", lead, none),
    case("post_leads_lead_id_activities", "sdr", lead, |_| call()),
    case("get_leads_lead_id_score", "sdr", lead, none),
    case("post_leads_lead_id_erase", "admin", lead, none),
];

/// A lead of this person: SDRs make their own, others are given theirs.
pub(super) fn lead(world: &World, owner: Who) -> String {
    let made = world.done(owner, "POST", "/leads", &world.lead_body());
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    // With nobody eligible it is its creator's already.
    if made["lead_owner_id"] != world.id(owner) {
        world.done(owner.boss(), "POST", &format!("/leads/{id}/assign"), &json!({ "owner_id": world.id(owner) }));
    }
    id
}

fn deleted(world: &World, owner: Who) -> String {
    let id = lead(world, owner);
    world.done(owner.boss(), "DELETE", &format!("/leads/{id}"), &Value::Null);
    id
}

fn unqualified(world: &World, owner: Who) -> String {
    let id = lead(world, owner);
    world.done(owner.boss(), "POST", &format!("/leads/{id}/qualify"), &json!({ "bant": {} }));
    id
}

fn qualified(world: &World, owner: Who) -> String {
    let id = lead(world, owner);
    world.done(owner.boss(), "POST", &format!("/leads/{id}/activities"), &call());
    world.done(owner.boss(), "POST", &format!("/leads/{id}/qualify"), &met());
    id
}

/// The owner converts it, so that what it becomes is theirs too.
fn converted(world: &World, owner: Who) -> String {
    let id = qualified(world, owner);
    world.done(owner, "POST", &format!("/leads/{id}/convert"), &json!({ "opportunity_amount": 10 }));
    id
}

/// Answers that qualify.
fn met() -> Value {
    json!({ "bant": { "budget": "10k", "authority": "Decides", "need": "Pumps", "timeline": "30 days" } })
}

pub(super) fn call() -> Value {
    json!({ "activity_type": "call", "subject": "First call" })
}

/// A lead of the report is there to be given away.
fn given_away(world: &World) -> Value {
    lead(world, Who::Report);
    json!({ "from_owner_id": world.id(Who::Report), "owner_id": world.id(Who::Sdr), "limit": 2 })
}
