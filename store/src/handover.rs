//! Leads that get another owner: a few statements for all of them, however many they are.

use crate::statement::{Statement, Value, statement};
use lead_core::plan::{Context, HandOver, Handover};
use serde_json::json;

const TAKE_TURNS: &str = "INSERT INTO turns (company_id, pool_id, turn) VALUES (?1, ?2, ?3) \
     ON CONFLICT (company_id, pool_id) DO UPDATE SET turn = turn + ?3";

/// The versions of records, each the lock of its own. `?2` JSON of ids and versions, `?3` attempt.
pub(crate) const TAKE_VERSIONS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, value ->> 'id', (value ->> 'version') + 1, ?3 FROM json_each(?2)";

/// Each lead's turn: the pool's counter has moved past all of them, so the first one's is their number less one behind.
/// `?2` the leads, `?3` the eligible, `?4` the pool, `?5` the rule, `?6` the attempt where versions rise.
const HAND_OVER: &str = "WITH given AS (\
       SELECT value ->> 'id' AS id, CASE WHEN json_array_length(?3) = 0 THEN NULL ELSE coalesce((SELECT turn FROM turns WHERE company_id = ?1 AND pool_id = ?4), \
         json_array_length(?2)) - json_array_length(?2) + key END AS before FROM json_each(?2)\
     ) \
     UPDATE leads SET lead_owner_id = json_extract(?3, '$[' || (given.before % json_array_length(?3)) || ']'), \
       assignment = json_set(?5, '$.pool_id', ?4, '$.turn', CASE WHEN ?4 IS NULL THEN NULL ELSE given.before + 1 END), \
       version = version + (?6 IS NOT NULL), updated_at = max(updated_at, ?7) \
     FROM given WHERE leads.company_id = ?1 AND leads.id IN (SELECT value ->> 'id' FROM json_each(?2)) AND leads.id = given.id \
     RETURNING lead_owner_id, assignment";

/// Who got each lead. `?9` is the attempt where versions rise: then a turn that comes back to the same person shows as well.
const AUDIT: &str = "INSERT INTO audit_logs (company_id, id, user_id, key_id, entity_type, entity_id, action, field_name, old_value, \
       new_value, ip_address, user_agent, request_id, created_at) \
     SELECT ?1, j.value ->> 'audit_id', ?3, ?4, 'lead', l.id, 'assign', 'lead_owner_id', j.value ->> 'owner', l.lead_owner_id, ?5, ?6, ?7, ?8 \
     FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' \
     WHERE ?9 IS NOT NULL OR l.lead_owner_id IS NOT j.value ->> 'owner'";

const TELL: &str = "INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, owner_id, \
       occurred_at, created_at, updated_at) \
     SELECT ?1, j.value ->> 'activity_id', 'lead', l.id, 'system', 'assigned', \
       substr(coalesce('Assigned to ' || (SELECT name FROM users u WHERE u.company_id = ?1 AND u.id = l.lead_owner_id), 'Back to the queue'), 1, 200), \
       ?3, ?4, ?4, ?4 \
     FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' \
     WHERE l.lead_owner_id IS NOT j.value ->> 'owner'";

const AUDIT_TOLD: &str = "INSERT INTO audit_logs (company_id, id, user_id, key_id, entity_type, entity_id, action, \
       ip_address, user_agent, request_id, created_at) \
     SELECT ?1, j.value ->> 'activity_audit_id', ?3, ?4, 'activity', j.value ->> 'activity_id', 'create', ?5, ?6, ?7, ?8 \
     FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' \
     WHERE l.lead_owner_id IS NOT j.value ->> 'owner'";

/// Open leads of people with a capacity: one less for whoever gave one, one more for whoever got one.
const COUNT: &str = "WITH moved AS (\
       SELECT j.value ->> 'owner' AS giver, l.lead_owner_id AS taker \
       FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' WHERE j.value ->> 'open'\
     ) \
     UPDATE routings SET loads = (SELECT json_group_object(o.key, max(0, o.value \
         - (SELECT count(*) FROM moved WHERE giver = o.key) + (SELECT count(*) FROM moved WHERE taker = o.key))) \
       FROM json_each(routings.loads) o) \
     WHERE company_id = ?1 AND loads <> '{}'";

pub(crate) fn statements(change: &HandOver, context: &Context<'_>) -> Vec<Statement> {
    let HandOver { handover: Handover { eligible, pool_id, why }, leads, attempt_id } = change;
    let (company, actor) = (&context.company_id, &context.actor);
    let count = i64::try_from(leads.len()).unwrap_or(0);
    let leads = json!(leads);
    let mut out = Vec::with_capacity(7);
    if let Some(attempt) = attempt_id {
        out.push(statement!(TAKE_VERSIONS, company, leads.clone(), attempt));
    }
    if let Some(pool) = pool_id {
        out.push(statement!(TAKE_TURNS, company, pool, count));
    }
    out.push(statement!(
        HAND_OVER,
        company,
        leads.clone(),
        json!(eligible),
        pool_id.as_ref(),
        json!(why),
        attempt_id.as_ref(),
        context.now,
    ));
    let asked = || {
        let by: [Value; 6] = [
            actor.user_id.as_ref().into(),
            actor.key_id.as_ref().into(),
            actor.ip_address.as_ref().into(),
            actor.user_agent.as_ref().into(),
            (&actor.request_id).into(),
            context.now.into(),
        ];
        [Value::from(company), leads.clone().into()].into_iter().chain(by).collect::<Vec<Value>>()
    };
    let mut audited = asked();
    audited.push(attempt_id.as_ref().into());
    out.push(Statement { sql: AUDIT, params: audited });
    out.push(statement!(TELL, company, leads.clone(), actor.user_id.as_ref(), context.now));
    out.push(Statement { sql: AUDIT_TOLD, params: asked() });
    out.push(statement!(COUNT, company, leads));
    out
}
