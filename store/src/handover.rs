//! Leads that get another owner: a few statements for all of them, however many they are.

use crate::statement::{Statement, statement};
use crate::trail::{self, changes, trail};
use lead_core::plan::{Context, HandOver, Handover};
use serde_json::json;

/// The versions of records, each the lock of its own. `?2` JSON of ids and versions, `?3` attempt.
pub(crate) const TAKE_VERSIONS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, value ->> 'id', (value ->> 'version') + 1, ?3 FROM json_each(?2)";

/// What each lead gets, in `handed`: the pool's turns are taken once all of them are handed over. `?2` the leads, `?3` the
/// eligible, `?4` the pool, `?5` the rule.
macro_rules! handed {
    () => {
        "WITH given AS (\
           SELECT value, CASE WHEN json_array_length(?3) = 0 THEN NULL ELSE \
             coalesce((SELECT turns ->> ?4 FROM rounds WHERE company_id = ?1), 0) + key END AS before FROM json_each(?2)\
         ), handed AS (\
           SELECT value, value ->> 'id' AS id, json_extract(?3, '$[' || (before % json_array_length(?3)) || ']') AS owner, \
             json_set(?5, '$.pool_id', ?4, '$.turn', CASE WHEN ?4 IS NULL THEN NULL ELSE before + 1 END) AS assignment FROM given\
         )"
    };
}

const TRAIL: &str = concat!(
    handed!(),
    ", told AS (SELECT h.value ->> 'audit_id' AS audit_id, h.id AS entity_id, 'lead_owner_id' AS field_name, l.lead_owner_id AS old_value, \
         h.owner AS new_value FROM handed h CROSS JOIN leads l ON l.company_id = ?1 AND l.id = h.id \
       UNION ALL SELECT h.value ->> 'assignment_audit_id', h.id, 'assignment', l.assignment, h.assignment \
         FROM handed h CROSS JOIN leads l ON l.company_id = ?1 AND l.id = h.id)",
    changes!("'lead'", "'assign'", "?6")
);

/// `?6` the attempt where versions rise.
const HAND_OVER: &str = concat!(
    handed!(),
    " UPDATE leads SET lead_owner_id = handed.owner, assignment = handed.assignment, version = version + (?6 IS NOT NULL), \
       updated_at = max(updated_at, ?7) \
     FROM handed WHERE leads.company_id = ?1 AND leads.id IN (SELECT value ->> 'id' FROM json_each(?2)) AND leads.id = handed.id \
     RETURNING lead_owner_id, assignment"
);

const TELL: &str = "INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, owner_id, \
       occurred_at, created_at, updated_at) \
     SELECT ?1, j.value ->> 'activity_id', 'lead', l.id, 'system', 'assigned', \
       substr(coalesce('Assigned to ' || (SELECT name FROM users u WHERE u.company_id = ?1 AND u.id = l.lead_owner_id), 'Back to the queue'), 1, 200), \
       ?3, ?4, ?4, ?4 \
     FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' \
     WHERE l.lead_owner_id IS NOT j.value ->> 'owner'";

const TRAIL_TOLD: &str = concat!(
    "WITH told AS (SELECT j.value ->> 'activity_audit_id' AS audit_id, j.value ->> 'activity_id' AS entity_id, NULL AS field_name, \
         NULL AS old_value, NULL AS new_value \
       FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' WHERE l.lead_owner_id IS NOT j.value ->> 'owner')",
    trail!("'activity'", "'create'", "?3")
);

/// The turns of the pool ?3, where there is one; and the open leads of people with a capacity: one less for whoever gave one,
/// one more for whoever got one.
const COUNT: &str = "WITH moved AS (\
       SELECT j.value ->> 'owner' AS giver, l.lead_owner_id AS taker \
       FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value ->> 'id' WHERE j.value ->> 'open'\
     ) \
     UPDATE rounds SET \
       turns = iif(?3 IS NULL, turns, json_set(turns, '$.\"' || ?3 || '\"', coalesce(turns ->> ?3, 0) + json_array_length(?2))), \
       loads = (SELECT json_group_object(o.key, max(0, o.value \
         - (SELECT count(*) FROM moved WHERE giver = o.key) + (SELECT count(*) FROM moved WHERE taker = o.key))) \
       FROM json_each(rounds.loads) o) \
     WHERE company_id = ?1 AND (?3 IS NOT NULL OR loads <> '{}')";

pub(crate) fn statements(change: &HandOver, context: &Context<'_>) -> Vec<Statement> {
    let HandOver { handover: Handover { eligible, pool_id, why }, leads, attempt_id } = change;
    let (company, who) = (&context.company_id, trail::who(context));
    let leads = json!(leads);
    let mut out = Vec::with_capacity(6);
    if let Some(attempt) = attempt_id {
        out.push(statement!(TAKE_VERSIONS, company, leads.clone(), attempt));
    }
    let (eligible, pool, why) = (json!(eligible), pool_id.as_ref(), json!(why));
    out.push(statement!(TRAIL, company, leads.clone(), eligible.clone(), pool, why.clone(), who.clone()));
    out.push(statement!(HAND_OVER, company, leads.clone(), eligible, pool, why, attempt_id.as_ref(), context.now,));
    out.push(statement!(TELL, company, leads.clone(), context.actor.user_id.as_ref(), context.now));
    out.push(statement!(TRAIL_TOLD, company, leads.clone(), who));
    out.push(statement!(COUNT, company, leads, pool));
    out
}
