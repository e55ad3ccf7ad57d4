//! Rows of the audit trail, in the batch of what they tell of (spec R3). A change's row is written before the change, from the
//! row that changes: what it was is what the database holds then, not what a plan read before.

use crate::statement::{Statement, statement};
use lead_core::plan::{Audit, Context};
use serde_json::{Value, json};

/// Who acts, as one parameter: `$who` of the macros here.
pub(crate) fn who(context: &Context<'_>) -> Value {
    let actor = &context.actor;
    json!({
        "user": actor.user_id,
        "key": actor.key_id,
        "form": actor.form_id,
        "ip": actor.ip_address,
        "agent": actor.user_agent,
        "request": actor.request_id,
        "at": context.now.ms(),
    })
}

/// A row for each of `told (audit_id, entity_id, field_name, old_value, new_value)`, a table of the statement's own; `?1` is
/// the company, `$entity` and `$action` are SQL.
macro_rules! trail {
    ($entity:literal, $action:literal, $who:literal) => {
        concat!(
            " INSERT INTO audit_logs (company_id, id, user_id, key_id, form_id, entity_type, entity_id, action, field_name, old_value, new_value, \
               ip_address, user_agent, request_id, created_at) \
             SELECT ?1, audit_id, ", $who, " ->> '$.user', ", $who, " ->> '$.key', ", $who, " ->> '$.form', ", $entity, ", entity_id, ", $action,
            ", field_name, old_value, new_value, ", $who, " ->> '$.ip', ", $who, " ->> '$.agent', ", $who, " ->> '$.request', ", $who,
            " ->> '$.at' FROM told"
        )
    };
}
pub(crate) use trail;

/// The same where the value differs.
macro_rules! changes {
    ($entity:literal, $action:literal, $who:literal) => {
        concat!($crate::trail::trail!($entity, $action, $who), " WHERE old_value IS NOT new_value")
    };
}
pub(crate) use changes;

const INSERT: &str = "INSERT INTO audit_logs (company_id, id, user_id, key_id, form_id, entity_type, entity_id, action, \
     field_name, old_value, new_value, ip_address, user_agent, request_id, created_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

/// One row that the plan knows all of.
pub(crate) fn insert(audit: &Audit, context: &Context<'_>) -> Statement {
    let actor = &context.actor;
    statement!(
        INSERT,
        &context.company_id,
        &audit.id,
        actor.user_id.as_ref(),
        actor.key_id.as_ref(),
        actor.form_id.as_ref(),
        audit.entity_type,
        &audit.entity_id,
        audit.action,
        audit.field_name.as_ref(),
        audit.old_value.as_ref(),
        audit.new_value.as_ref(),
        actor.ip_address.as_ref(),
        actor.user_agent.as_ref(),
        &actor.request_id,
        context.now,
    )
}
