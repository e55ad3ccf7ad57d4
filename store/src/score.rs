//! What moves a score, and what it was at a moment: each counted event and each change of the fit is one row (spec S4).

use crate::statement::{Corrupt, Outcome, Statement, Value, read_first, read_rows, statement};
use crate::trail::{self, changes};
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

/// What another sum makes of the lead `?2`, in `after`: its columns as they are, `raw`, `score` and `next_stage`. `$counted` is read
/// along, `$more` is added to the sum, above `$above` begins consideration; there is none but where `$only` holds.
macro_rules! rescored {
    ($counted:literal, $more:literal, $above:literal, $only:literal) => {
        concat!(
            "WITH before AS (SELECT id, status, stage, score_raw, lead_score, policy_version, ",
            $counted,
            " AS counted FROM leads \
               WHERE company_id = ?1 AND id = ?2 AND ",
            $only,
            "), \
             summed AS (SELECT *, CAST(score_raw + ",
            $more,
            " AS INTEGER) AS raw FROM before), \
             held AS (SELECT *, max(0, min(100, raw)) AS score FROM summed), \
             after AS (SELECT *, CASE WHEN status <> 'new' THEN stage WHEN score > ",
            $above,
            " THEN 'consideration' ELSE 'awareness' END AS next_stage \
               FROM held)"
        )
    };
}

/// One event more, its points and the stage that follows from them; `?5` caps what the kind gives in all, as the fold does.
/// A source that was counted before counts nothing: the row of [`KEEP_EVENT`] stands already.
macro_rules! counted {
    () => {
        rescored!(
            "coalesce(json_extract(engagement, '$.' || ?3), 0)",
            "CASE WHEN ?5 IS NULL THEN ?4 ELSE max(-?5, min(?5, (counted + 1) * ?4)) - max(-?5, min(?5, counted * ?4)) END",
            "?6",
            "NOT EXISTS (SELECT 1 FROM score_events e WHERE e.company_id = ?1 AND e.lead_id = ?2 AND e.id = ?7)"
        )
    };
}

const TRAIL_EVENT: &str = concat!(
    counted!(),
    ", told AS (SELECT ?8 AS audit_id, id AS entity_id, 'lead_score' AS field_name, lead_score AS old_value, score AS new_value FROM after \
       UNION ALL SELECT ?9, id, 'stage', stage, next_stage FROM after)",
    changes!("'lead'", "'update'", "?10")
);

const COUNT_EVENT: &str = concat!(
    counted!(),
    " UPDATE leads SET engagement = json_set(leads.engagement, '$.' || ?3, after.counted + 1), score_raw = after.raw, lead_score = after.score, \
       stage = after.next_stage, updated_at = max(leads.updated_at, ?8) FROM after WHERE leads.company_id = ?1 AND leads.id = ?2"
);

const KEEP_EVENT: &str = "INSERT INTO score_events (company_id, lead_id, id, kind, created_at) VALUES (?1, ?2, ?3, ?4, ?5) \
     ON CONFLICT (company_id, lead_id, id) DO NOTHING";

/// Tells, counts, then keeps, in this order: the first two look whether the event was kept before.
pub(crate) fn count_event(event: &CountEvent, context: &Context<'_>) -> [Statement; 3] {
    let CountEvent { lead_id, source_id, kind, points, cap, consideration_above, audit_ids: [score, stage] } = event;
    let company = &context.company_id;
    let counted = |more: Vec<Value>| {
        let event: [Value; 7] = [
            company.into(),
            lead_id.into(),
            (*kind).into(),
            (*points).into(),
            (*cap).into(),
            (*consideration_above).into(),
            source_id.into(),
        ];
        event.into_iter().chain(more).collect::<Vec<Value>>()
    };
    [
        Statement { sql: TRAIL_EVENT, params: counted(vec![score.into(), stage.into(), trail::who(context).into()]) },
        Statement { sql: COUNT_EVENT, params: counted(vec![context.now.into()]) },
        statement!(KEEP_EVENT, company, lead_id, source_id, *kind, context.now),
    ]
}

/// The points are added to whatever the events made of the sum in the meantime.
macro_rules! refitted {
    () => {
        rescored!("NULL", "?3", "?4", "1")
    };
}

const TRAIL_REFIT: &str = concat!(
    refitted!(),
    ", told AS (SELECT ?6 AS audit_id, id AS entity_id, 'lead_score' AS field_name, lead_score AS old_value, score AS new_value FROM after \
       UNION ALL SELECT ?7, id, 'stage', stage, next_stage FROM after \
       UNION ALL SELECT ?8, id, 'policy_version', policy_version, ?5 FROM after)",
    changes!("'lead'", "'update'", "?9")
);

const REFIT: &str = concat!(
    refitted!(),
    " UPDATE leads SET fit = ?6, score_raw = after.raw, lead_score = after.score, stage = after.next_stage, policy_version = ?5, \
       updated_at = max(leads.updated_at, ?7) FROM after WHERE leads.company_id = ?1 AND leads.id = ?2"
);

const KEEP_REFIT: &str = "INSERT INTO score_events (company_id, lead_id, id, kind, fit_before, fit_after, created_at) \
     VALUES (?1, ?2, ?3, 'fit', ?4, ?5, ?6)";

pub(crate) fn refit(refit: &Refit, context: &Context<'_>) -> [Statement; 3] {
    let Refit { lead_id, id, before, after, policy_version, consideration_above, audit_ids: [score, stage, policy] } =
        refit;
    let company = &context.company_id;
    let (points, above, who) = (refit.points(), *consideration_above, trail::who(context));
    [
        statement!(TRAIL_REFIT, company, lead_id, points, above, policy_version, score, stage, policy, who),
        statement!(REFIT, company, lead_id, points, above, policy_version, json!(after), context.now),
        statement!(KEEP_REFIT, company, lead_id, id, json!(before), json!(after), context.now),
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
