//! Mails: those of tests can be made over the API, and belong to whoever asked for them.

use rusqlite::params;
use serde_json::json;

use super::of_leads::lead;
use super::table::{Case, case, none, nothing};
use super::world::{Who, World};

pub(super) const TABLE: &[Case] = &[
    case("get_mails", "sdr", nothing, none),
    case("get_mails_mail_id", "sdr", mail, none),
    case("post_mails_mail_id_retry", "manager", dead, none),
    case("post_mails_mail_id_cancel", "manager", mail, none),
];

/// A mail that this person had sent to themselves, as a lead of theirs would get it.
fn mail(world: &World, owner: Who) -> String {
    // Another address each time, so that the call changes something.
    let address = format!("hello{}@tidewater-pumps.com", world.number());
    let settings = json!({ "mail_address": address, "postal_address": "1 Dock Road, Pune" });
    world.done(owner.boss(), "PATCH", "/settings", &settings);
    let step = json!({
        "step_number": 1, "delay_days": 0, "subject": "Hello {{lead.first_name}}", "body": "<p>Hello</p>", "body_text": "Hello",
    });
    let name = format!("Sequence {}", world.number());
    let sequence = json!({ "name": name, "trigger_event": "lead_created", "steps": [step] });
    let sequence = world.make(owner.boss(), "/sequences", &sequence);
    let body = json!({ "step_number": 1, "lead_id": lead(world, owner) });
    let made = world.done(owner, "POST", &format!("/sequences/{sequence}/test"), &body);
    made["mail_id"].as_str().unwrap_or_default().to_owned()
}

/// One that a provider refused.
fn dead(world: &World, owner: Who) -> String {
    let id = mail(world, owner);
    let refused = "UPDATE mails SET state = 'dead', reason = 'refused', next_try_at = NULL WHERE id = ?1";
    world.behind(refused, params![id]);
    id
}
