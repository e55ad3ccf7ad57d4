//! `/settings`: what a company says of its mails, by admins.

use super::call::{Call, record};
use super::endpoint::{Described, Endpoint, Gives, Takes, Verb};
use crate::reply::{self, Reply};
use lead_core::access::{Role, Scope};
use lead_core::body::{Members, Sent};
use lead_core::command::settings::EditSettings;
use lead_core::problem;
use lead_core::settings::{Settings, SettingsValues};
use lead_store::settings;

pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        verb: Verb::Get,
        path: "/settings",
        tag: "Settings",
        summary: "What the company says of its mails",
        scope: Scope::SettingsRead,
        role: Role::Sdr,
        if_match: false,
        query: &[],
        body: None,
        gives: Gives::Record(Described::of::<Settings>()),
        refusals: &[],
        handle: |call| Box::pin(show(call)),
    },
    Endpoint {
        verb: Verb::Put,
        path: "/settings",
        tag: "Settings",
        summary: "Replace the company's settings",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::All(Described::of::<SettingsValues>())),
        gives: Gives::Record(Described::of::<Settings>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Whole)),
    },
    Endpoint {
        verb: Verb::Patch,
        path: "/settings",
        tag: "Settings",
        summary: "Change some of the company's settings",
        scope: Scope::SettingsWrite,
        role: Role::Admin,
        if_match: true,
        query: &[],
        body: Some(Takes::Patch(Described::of::<SettingsValues>())),
        gives: Gives::Record(Described::of::<Settings>()),
        refusals: &[],
        handle: |call| Box::pin(edit(call, Sent::Patch)),
    },
];

async fn show(call: &Call) -> Result<Reply, Reply> {
    let outcome = call.read_one(settings::read(call.company_id())).await?;
    let found = settings::found(&outcome).map_err(|corrupt| reply::failure(&corrupt.into()))?;
    let settings = found.ok_or_else(|| reply::problem(&problem::NOT_FOUND))?;
    Ok(record(settings.stamp.version, &settings))
}

async fn edit(call: &Call, sent: fn(Members) -> Sent) -> Result<Reply, Reply> {
    let command = EditSettings { sent: sent(call.members()?), precondition: call.precondition() };
    let settings = call.run(&command, &mut call.context()).await?.done;
    Ok(record(settings.stamp.version, &settings))
}
