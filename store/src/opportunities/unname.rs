//! Opportunities that lose their primary contact: a few statements for all of them, however many they are (spec O6).

use crate::handover::TAKE_VERSIONS;
use crate::statement::{Statement, Value, statement};
use lead_core::plan::{Context, Unname};
use serde_json::json;

const CLEAR: &str = "UPDATE opportunities SET primary_contact_id = NULL, version = version + 1, updated_at = max(updated_at, ?3) \
     WHERE company_id = ?1 AND id IN (SELECT value ->> 'id' FROM json_each(?2))";

const AUDIT: &str = "INSERT INTO audit_logs (company_id, id, user_id, key_id, entity_type, entity_id, action, field_name, old_value, \
       ip_address, user_agent, request_id, created_at) \
     SELECT ?1, value ->> 'audit_id', ?4, ?5, 'opportunity', value ->> 'id', 'update', 'primary_contact_id', ?3, ?6, ?7, ?8, ?9 \
     FROM json_each(?2)";

/// Versions, the column and the trail of the opportunities that name a contact.
pub(crate) fn unname(unname: &Unname, context: &Context<'_>) -> [Statement; 3] {
    let (company, actor) = (&context.company_id, &context.actor);
    let opportunities = Value::from(json!(unname.opportunities));
    [
        statement!(TAKE_VERSIONS, company, opportunities.clone(), &unname.attempt_id),
        statement!(CLEAR, company, opportunities.clone(), context.now),
        statement!(
            AUDIT,
            company,
            opportunities,
            &unname.contact_id,
            actor.user_id.as_ref(),
            actor.key_id.as_ref(),
            actor.ip_address.as_ref(),
            actor.user_agent.as_ref(),
            &actor.request_id,
            context.now,
        ),
    ]
}
