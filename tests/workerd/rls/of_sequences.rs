//! Settings, sequences, and the leads in them.

use serde_json::{Value, json};

use super::of_leads::lead;
use super::table::{Case, case, company, none, nothing};
use super::world::{Who, World};

pub(super) const TABLE: &[Case] = &[
    case("get_settings", "sdr", nothing, none),
    case("put_settings", "admin", nothing, settings_body),
    case("patch_settings", "admin", nothing, settings_body),
    case("get_sequences", "sdr", nothing, none),
    case("post_sequences", "manager", nothing, sequence_body),
    case("get_sequences_sequence_id", "sdr", sequence, none).seen_by(company),
    case("put_sequences_sequence_id", "manager", sequence, sequence_body).seen_by(company),
    case("patch_sequences_sequence_id", "manager", sequence, |_| json!({ "score_max": 60 })).seen_by(company),
    case("delete_sequences_sequence_id", "manager", sequence, none).seen_by(company),
    case("get_sequences_sequence_id_revisions", "sdr", sequence, none).seen_by(company),
    case("get_sequences_sequence_id_revisions_revision", "sdr", revision, none).seen_by(company),
    case("post_sequences_sequence_id_move_enrolled", "manager", outdated, none).seen_by(company),
    case("get_sequences_sequence_id_counts", "sdr", sequence, none).seen_by(company),
    case("post_sequences_sequence_id_preview", "sdr", sequence, step_for_a_lead).seen_by(company),
    case("post_sequences_sequence_id_test", "sdr", tried, |_| json!({ "step_number": 1 })).seen_by(company),
    case("get_sequences_sequence_id_enrolments", "sdr", sequence, none).seen_by(company),
    case("post_sequences_sequence_id_enrolments", "sdr", sequence, shared_lead).seen_by(company),
    case("get_leads_lead_id_enrolments", "sdr", lead, none),
    case("get_leads_lead_id_enrolments_sequence_id", "sdr", enrolled, none),
    case("post_leads_lead_id_enrolments_sequence_id_leave", "sdr", enrolled, none),
];

/// Settings that were not those before.
fn settings_body(world: &World) -> Value {
    let name = format!("Pumps {}", world.number());
    json!({ "mail_address": "hello@tidewater-pumps.com", "mail_name": name, "postal_address": "1 Dock Road, Kochi" })
}

/// It takes leads of any score, by hand.
fn sequence_body(world: &World) -> Value {
    json!({
        "name": format!("Sequence {}", world.number()), "trigger_event": "lead_created", "is_active": true, "score_max": 100,
        "steps": [{
            "step_number": 1, "delay_days": 2, "subject": "Hello {{lead.first_name}}",
            "body": "<p>Hello {{lead.first_name}}</p>", "body_text": "Hello {{lead.first_name}}",
        }],
    })
}

/// Everybody of a company sees its sequences, whoever made them.
fn sequence(world: &World, owner: Who) -> String {
    world.make(owner.boss(), "/sequences", &sequence_body(world))
}

fn revision(world: &World, owner: Who) -> String {
    format!("{}/1", sequence(world, owner))
}

/// With a lead that began an older definition.
fn outdated(world: &World, owner: Who) -> String {
    let id = sequence(world, owner);
    let lead = lead(world, owner);
    world.done(owner, "POST", &format!("/sequences/{id}/enrolments"), &json!({ "lead_id": lead }));
    world.done(owner.boss(), "PATCH", &format!("/sequences/{id}"), &json!({ "daily_cap_per_lead": 2 }));
    id
}

/// Of a company that has an address to send from.
fn tried(world: &World, owner: Who) -> String {
    world.done(owner.boss(), "PATCH", "/settings", &settings_body(world));
    sequence(world, owner)
}

/// A lead that every role sees: the SDR's.
fn shared_lead(world: &World) -> Value {
    json!({ "lead_id": lead(world, Who::Sdr) })
}

fn step_for_a_lead(world: &World) -> Value {
    json!({ "step_number": 1, "lead_id": lead(world, Who::Sdr) })
}

/// A lead of this person in a sequence.
fn enrolled(world: &World, owner: Who) -> String {
    let (id, lead) = (sequence(world, owner), lead(world, owner));
    world.done(owner, "POST", &format!("/sequences/{id}/enrolments"), &json!({ "lead_id": lead }));
    format!("{lead}/{id}")
}
