//! `/leads/{lead_id}/convert` and what takes it back (spec C).

use super::call::{Call, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb};
use super::lead_edits::target;
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::command::convert::{Convert, UndoConversion};
use lead_core::convert::{Conversion, ConversionRequest};
use lead_core::policy::Status;
use lead_core::problem;
use serde::Serialize;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/convert",
        tag: "Leads",
        summary: "Convert a lead to account, contact and, with an amount, opportunity",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: Some(Takes::Optional(Described::of::<ConversionRequest>())),
        gives: Gives::Record(Described::of::<ConvertResponse>()),
        refusals: &[&problem::NOT_CONVERTIBLE, &problem::SEVERAL_ACCOUNTS, &problem::IMPOSSIBLE_MOVE],
        handle: |call| Box::pin(convert(call)),
    },
    Endpoint {
        verb: Verb::Post,
        path: "/leads/{lead_id}/convert/undo",
        tag: "Leads",
        summary: "Undo a conversion while nothing was built on it",
        scope: Scope::LeadsWrite,
        role: Role::Sdr,
        if_match: true,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<UndoResponse>()),
        refusals: &[&problem::CONVERSION_STANDS],
        handle: |call| Box::pin(undo(call)),
    },
];

/// What the lead became.
#[derive(Serialize, utoipa::ToSchema)]
struct ConvertResponse {
    /// Always true.
    success: bool,
    message: &'static str,
    conversion_result: Conversion,
}

/// Where the lead stands again.
#[derive(Serialize, utoipa::ToSchema)]
struct UndoResponse {
    /// Always true.
    success: bool,
    message: &'static str,
    lead_status: Status,
}

/// A conversion makes and names accounts, contacts and opportunities: a key must reach those, too.
fn may_sell(call: &Call) -> Result<(), Reply> {
    let may = call.caller.may(Scope::SalesWrite, Role::Sdr);
    if may { Ok(()) } else { Err(reply::problem(&problem::FORBIDDEN)) }
}

async fn convert(call: &Call) -> Result<Reply, Reply> {
    may_sell(call)?;
    let target = target(call)?;
    let currency = call.currency()?;
    let request = ConversionRequest::parse(call.members()?, currency).map_err(|errors| reply::invalid(&errors))?;
    let command = Convert { target, request, currency };
    let done = call.run(&command, &mut call.context()).await?.done;
    let message = "Lead converted successfully";
    Ok(record(done.version, &ConvertResponse { success: true, message, conversion_result: done.conversion }))
}

async fn undo(call: &Call) -> Result<Reply, Reply> {
    may_sell(call)?;
    let done = call.run(&UndoConversion { target: target(call)? }, &mut call.context()).await?.done;
    let message = "Conversion undone";
    Ok(record(done.version, &UndoResponse { success: true, message, lead_status: done.lead_status }))
}
