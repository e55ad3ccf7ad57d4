//! What holds after every step, whatever the model says.

use lead_store::statement::Row;

use super::super::score;
use super::super::stage::Stage;

/// Rows of each query are offenders.
const NONE: [(&str, &str); 3] = [
    (
        "two standing leads share an e-mail address",
        "SELECT email_key AS what FROM leads WHERE status <> 'converted' AND deleted_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    (
        "two standing leads share a phone",
        "SELECT phone_e164 AS what FROM leads WHERE status <> 'converted' AND deleted_at IS NULL GROUP BY 1 HAVING count(*) > 1",
    ),
    (
        "versions have a gap",
        "WITH records AS (SELECT id, version FROM leads UNION ALL SELECT id, version FROM accounts UNION ALL SELECT id, version FROM contacts \
           UNION ALL SELECT id, version FROM opportunities UNION ALL SELECT id, version FROM activities) \
         SELECT id AS what FROM records WHERE version <> 1 + (SELECT count(*) FROM entity_versions v WHERE v.entity_id = records.id \
           AND v.version BETWEEN 2 AND records.version)",
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
