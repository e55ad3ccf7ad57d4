//! What holds after every step, whatever the model says.

use lead_store::statement::Row;

use super::super::score;
use super::super::stage::Stage;

/// Rows of each query are offenders.
const NONE: [(&str, &str); 9] = [
    (
        "two standing leads share an e-mail address",
        "SELECT email_key AS what FROM leads WHERE status <> 'converted' AND deleted_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    (
        "two standing leads share a phone",
        "SELECT phone_e164 AS what FROM leads WHERE status <> 'converted' AND deleted_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    (
        "an account with contacts has no primary one",
        "SELECT account_id AS what FROM contacts WHERE deleted_at IS NULL GROUP BY 1 HAVING sum(is_primary_contact) <> 1",
    ),
    (
        "an opportunity names somebody who is no contact of its account",
        "SELECT o.id AS what FROM opportunities o WHERE deleted_at IS NULL AND primary_contact_id IS NOT NULL AND NOT EXISTS (\
           SELECT 1 FROM contacts c WHERE c.id = o.primary_contact_id AND c.account_id = o.account_id AND c.deleted_at IS NULL)",
    ),
    (
        "an open opportunity has no account",
        "SELECT o.id AS what FROM opportunities o WHERE deleted_at IS NULL AND closed_at IS NULL AND NOT EXISTS (\
           SELECT 1 FROM accounts a WHERE a.id = o.account_id AND a.deleted_at IS NULL)",
    ),
    (
        // The words of an activity go under the row of whom it is about.
        "a version left no trail of its request",
        "SELECT entity_id AS what FROM entity_versions v WHERE entity_id <> 'routing' AND entity_id NOT IN (\
           SELECT id FROM activities WHERE subject IS NULL AND notes IS NULL) GROUP BY 1 HAVING count(*) > (\
           SELECT count(DISTINCT request_id) FROM audit_logs a WHERE a.entity_id = v.entity_id AND a.action <> 'create' \
             AND coalesce(a.field_name, '') NOT IN ('lead_score', 'stage'))",
    ),
    (
        "a score counts other events than are kept",
        "SELECT l.id AS what FROM leads l, json_each(l.engagement) e WHERE e.value <> (\
           SELECT count(*) FROM score_events s WHERE s.lead_id = l.id AND s.kind = e.key)",
    ),
    (
        "versions have a gap",
        "WITH records AS (SELECT id, version FROM leads UNION ALL SELECT id, version FROM accounts UNION ALL SELECT id, version FROM contacts \
           UNION ALL SELECT id, version FROM opportunities UNION ALL SELECT id, version FROM users) \
         SELECT id AS what FROM records WHERE version <> 1 + (SELECT count(*) FROM entity_versions v WHERE v.entity_id = records.id \
           AND v.version BETWEEN 2 AND records.version)",
    ),
    (
        "versions of activities have a gap",
        "SELECT id AS what FROM activities WHERE version <> 1 + (SELECT count(*) FROM entity_versions v \
           WHERE v.entity_id = activities.id AND v.version BETWEEN 2 AND activities.version)",
    ),
];

/// What does not hold.
pub(crate) fn broken(stage: &Stage, leads: &[Row]) -> Vec<String> {
    let mut broken = Vec::new();
    for (rule, sql) in NONE {
        let offenders = stage.database.rows(sql);
        broken.extend(offenders.iter().map(|row| format!("{rule}: {}", row["what"])));
    }
    for lead in leads {
        score::agrees(stage, lead);
    }
    broken
}
