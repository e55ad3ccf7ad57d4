//! What moves a score, and what it was at a moment: each counted event and each change of the fit is one row (spec S4).

use crate::statement::{Statement, statement};
use lead_core::plan::{Context, CountEvent, Refit};
use serde_json::json;

/// One event more, its points and the stage that follows from them; `?5` caps what the kind gives in all, as the fold does.
/// A source that was counted before counts nothing: the row of [`KEEP_EVENT`] stands already.
const COUNT_EVENT: &str = "WITH before AS (\
       SELECT score_raw, coalesce(json_extract(engagement, '$.' || ?3), 0) AS counted FROM leads WHERE company_id = ?1 AND id = ?2\
     ), after AS (\
       SELECT counted + 1 AS counted, score_raw + CASE WHEN ?5 IS NULL THEN ?4 \
         ELSE max(-?5, min(?5, (counted + 1) * ?4)) - max(-?5, min(?5, counted * ?4)) END AS raw FROM before\
     ) \
     UPDATE leads SET engagement = json_set(engagement, '$.' || ?3, (SELECT counted FROM after)), \
       score_raw = (SELECT raw FROM after), \
       lead_score = (SELECT max(0, min(100, raw)) FROM after), \
       stage = CASE WHEN status <> 'new' THEN stage WHEN (SELECT max(0, min(100, raw)) FROM after) > ?6 THEN 'consideration' ELSE 'awareness' END, \
       updated_at = max(updated_at, ?7) \
     WHERE company_id = ?1 AND id = ?2 \
       AND NOT EXISTS (SELECT 1 FROM score_events e WHERE e.company_id = ?1 AND e.lead_id = ?2 AND e.id = ?8)";

const KEEP_EVENT: &str = "INSERT INTO score_events (company_id, lead_id, id, kind, created_at) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (company_id, lead_id, id) DO NOTHING";

/// Counts, then keeps, in this order: the count looks whether the event was kept before.
pub(crate) fn count_event(event: &CountEvent, context: &Context<'_>) -> [Statement; 2] {
    let company = &context.company_id;
    [
        statement!(
            COUNT_EVENT,
            company,
            &event.lead_id,
            event.kind,
            event.points,
            event.cap,
            event.consideration_above,
            context.now,
            &event.source_id,
        ),
        statement!(KEEP_EVENT, company, &event.lead_id, &event.source_id, event.kind, context.now),
    ]
}

/// The points are added to whatever the events made of the sum in the meantime.
const REFIT: &str = "UPDATE leads SET fit = ?3, score_raw = score_raw + ?4, lead_score = max(0, min(100, score_raw + ?4)), \
       stage = CASE WHEN status <> 'new' THEN stage WHEN max(0, min(100, score_raw + ?4)) > ?5 THEN 'consideration' ELSE 'awareness' END, \
       policy_version = ?6, updated_at = max(updated_at, ?7) \
     WHERE company_id = ?1 AND id = ?2";

const KEEP_REFIT: &str = "INSERT INTO score_events (company_id, lead_id, id, kind, fit_before, fit_after, created_at) \
     VALUES (?1, ?2, ?3, 'fit', ?4, ?5, ?6)";

pub(crate) fn refit(refit: &Refit, context: &Context<'_>) -> [Statement; 2] {
    let company = &context.company_id;
    let (before, after) = (json!(refit.before), json!(refit.after));
    [
        statement!(
            REFIT,
            company,
            &refit.lead_id,
            after.clone(),
            refit.points(),
            refit.consideration_above,
            &refit.policy_version,
            context.now,
        ),
        statement!(KEEP_REFIT, company, &refit.lead_id, &refit.id, before, after, context.now),
    ]
}
