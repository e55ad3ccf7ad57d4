//! Accounts, contacts, opportunities, and what happened with them.

use serde_json::{Value, json};

use super::of_leads::{call, lead};
use super::table::{Case, case, none, nothing};
use super::world::{Who, World};

pub(super) const TABLE: &[Case] = &[
    case("get_accounts", "sdr", nothing, none),
    case("post_accounts", "sdr", nothing, account_body),
    case("get_accounts_account_id", "sdr", account, none),
    case("put_accounts_account_id", "sdr", account, account_body),
    case("patch_accounts_account_id", "sdr", account, |_| json!({ "industry": "Shipping" })),
    case("delete_accounts_account_id", "manager", account, none),
    case("get_accounts_account_id_activities", "sdr", account, none),
    case("post_accounts_account_id_activities", "sdr", account, |_| call()),
    case("get_contacts", "sdr", nothing, none),
    case("post_contacts", "sdr", nothing, |world| contact_body(&shared_account(world))),
    case("get_contacts_contact_id", "sdr", contact, none),
    case("put_contacts_contact_id", "sdr", contact, |_| json!({ "name": "Ravi Menon", "job_title": "Buyer" })),
    case("patch_contacts_contact_id", "sdr", contact, |_| json!({ "job_title": "Buyer" })),
    case("delete_contacts_contact_id", "manager", contact, none),
    case("get_contacts_contact_id_activities", "sdr", contact, none),
    case("post_contacts_contact_id_activities", "sdr", contact, |_| call()),
    case("post_contacts_contact_id_erase", "admin", contact, none),
    case("get_opportunities", "sdr", nothing, none),
    case("post_opportunities", "sdr", nothing, |world| opportunity_body(&shared_account(world))),
    case("get_opportunities_opportunity_id", "sdr", opportunity, none),
    case("put_opportunities_opportunity_id", "sdr", opportunity, |world| opportunity_body(&shared_account(world))),
    case("patch_opportunities_opportunity_id", "sdr", opportunity, |_| json!({ "name": "Larger pumps" })),
    case("delete_opportunities_opportunity_id", "manager", opportunity, none),
    case("post_opportunities_opportunity_id_stage", "sdr", opportunity, |_| json!({ "stage": "negotiation" })),
    case("get_opportunities_opportunity_id_activities", "sdr", opportunity, none),
    case("post_opportunities_opportunity_id_activities", "sdr", opportunity, |_| call()),
    case("get_pipeline", "sdr", nothing, none),
    case("get_forecast", "sdr", nothing, none),
    case("get_activities_activity_id", "sdr", activity, none),
    case("patch_activities_activity_id", "sdr", activity, |_| json!({ "notes": "They will call back." })),
    case("delete_activities_activity_id", "sdr", activity, none),
    case("get_follow_ups", "sdr", nothing, none),
    case("post_follow_ups_activity_id_done", "sdr", activity, none),
];

fn account_body(world: &World) -> Value {
    json!({ "name": format!("Harbour {}", world.number()) })
}

/// An account that every role sees: the SDR's.
fn shared_account(world: &World) -> String {
    account(world, Who::Sdr)
}

fn account(world: &World, owner: Who) -> String {
    world.make(owner, "/accounts", &account_body(world))
}

fn contact_body(account_id: &str) -> Value {
    json!({ "name": "Ravi Menon", "account_id": account_id })
}

fn contact(world: &World, owner: Who) -> String {
    world.make(owner, "/contacts", &contact_body(&account(world, owner)))
}

fn opportunity_body(account_id: &str) -> Value {
    json!({ "name": "Pumps", "account_id": account_id, "deal_value": 5000, "close_date": "2027-03-01T00:00:00Z" })
}

fn opportunity(world: &World, owner: Who) -> String {
    world.make(owner, "/opportunities", &opportunity_body(&account(world, owner)))
}

/// An activity that waits for its owner to come back to it.
fn activity(world: &World, owner: Who) -> String {
    let body = json!({ "activity_type": "meeting", "follow_up_at": "2026-12-01T10:00:00Z" });
    let lead = lead(world, owner);
    world.make(owner, &format!("/leads/{lead}/activities"), &body)
}
