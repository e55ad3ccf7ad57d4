//! `/leads/{lead_id}/erase` and `/contacts/{contact_id}/erase`: a person's values vanish (spec R3).

use super::call::Call;
use super::endpoint::{Described, Endpoint, Gives, Verb};
use crate::reply::{self, Reply};
use axum::http::StatusCode;
use lead_core::access::{Role, Scope};
use lead_core::command::erase::{Erase, Erased};
use lead_core::entity::Entity;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/erase",
        tag: "Leads",
        summary: "Erase the person of a lead for good, with the contact it was converted to",
        scope: Scope::LeadsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Erased>()),
        refusals: &[],
        handle: |call| Box::pin(erase(call, Entity::Lead, "lead_id")),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/contacts/{contact_id}/erase",
        tag: "Contacts",
        summary: "Erase the person of a contact for good, with the leads that were converted to it",
        scope: Scope::SalesWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Json(Described::of::<Erased>()),
        refusals: &[],
        handle: |call| Box::pin(erase(call, Entity::Contact, "contact_id")),
    },
];

async fn erase(call: &Call, entity: Entity, name: &str) -> Result<Reply, Reply> {
    let command = Erase { by: call.principal(), entity, id: call.id(name)?, precondition: call.precondition() };
    let erased = call.run(&command, &mut call.context()).await?.done;
    Ok(reply::json(StatusCode::OK, &erased))
}
