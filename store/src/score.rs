//! What moves a score, and what it was at a moment: each counted event and each change of the fit is one row (spec S4).

use crate::statement::{Corrupt, Outcome, Statement, read_first, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::plan::{Context, CountEvent, Refit};
use lead_core::score::{Engagement, Reason};
use lead_core::score_history::History;
use lead_core::stored;
use lead_core::time::Instant;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

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

const NOW: &str = concat!(
    "SELECT created_at, fit, engagement FROM leads WHERE company_id = ?1 AND id = ?2 AND deleted_at IS NULL AND ",
    visible!("lead_owner_id", "?3", "?4")
);

/// How often each kind counted after the moment ?3, in one pass over what the lead did. Beside a `min`, SQLite gives the
/// other columns of the row that holds it: for the fit, what it was before its first change.
const LATER: &str = "SELECT kind, count(*) AS n, min(created_at) AS first_at, fit_before FROM score_events \
     WHERE company_id = ?1 AND lead_id = ?2 AND created_at > ?3 GROUP BY kind";

/// Reads a lead's score and what moved it after `at`, if `rows` sees the lead.
#[must_use]
pub fn read(company_id: &Id, lead_id: &Id, at: Instant, rows: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(rows);
    vec![statement!(NOW, company_id, lead_id, owners, unowned), statement!(LATER, company_id, lead_id, at)]
}

/// The history; `None` where there is no lead that the caller may see.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn found(outcomes: &[Outcome]) -> Result<Option<History>, Corrupt> {
    #[derive(Deserialize)]
    struct NowRow {
        created_at: Instant,
        #[serde(deserialize_with = "stored::json")]
        fit: Vec<Reason>,
        #[serde(deserialize_with = "stored::json")]
        engagement: Engagement,
    }
    #[derive(Deserialize)]
    struct LaterRow {
        kind: String,
        n: u32,
        #[serde(deserialize_with = "stored::json_or_null")]
        fit_before: Option<Vec<Reason>>,
    }
    let [now, later] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let Some(NowRow { created_at, fit, engagement }) = read_first(&now.rows)? else { return Ok(None) };
    let later: Vec<LaterRow> = read_rows(&later.rows)?;
    let (fits, events): (Vec<_>, Vec<_>) = later.into_iter().partition(|row| row.kind == "fit");
    let counts: BTreeMap<String, u32> = events.into_iter().map(|row| (row.kind, row.n)).collect();
    let later = Engagement::try_from(counts).map_err(|error| Corrupt(error.to_string()))?;
    let fit_then = fits.into_iter().find_map(|row| row.fit_before);
    Ok(Some(History { created_at, fit, engagement, later, fit_then }))
}
