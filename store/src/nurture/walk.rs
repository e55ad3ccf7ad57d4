//! The walk along the audit trail, which is the log of what happened: it begins sequences, ends them eagerly, and tells owners.
//!
//! Ids are made in the order of time, so each company's walk remembers one place. A write that takes its time lands behind
//! that place with an older id; so everything is looked at again once nothing older can come any more. Both looks do what
//! is still to be done and nothing else.

use super::follows::{Counts, Known};
use super::leads;
use super::turns::{Turns, companies};
use super::{Run, Trouble};
use crate::changes::statements;
use crate::statement::{Database, Row, read_row, read_rows, statement};
use lead_core::id::Id;
use lead_core::nurture::trigger::{Happened, TrailRow};
use lead_core::time::{DAY_MS, Instant};
use serde::Deserialize;

/// After so long no write comes with an older id. Requests end within seconds; the rest is for a clock that was set back.
const SETTLED_MS: i64 = 15 * 60 * 1000;

/// What a clock that was ahead of the present one has walked is walked again from so long ago on.
const BACK_MS: i64 = DAY_MS;

/// How many rows of a company are looked at together.
const CHUNK: usize = 100;

/// How often a walk that collides is read again.
const ATTEMPTS: u32 = 3;

/// Companies behind ?1, at most ?2, with an active sequence or whose owners are told of leads: since when, how far the walk
/// is, and the newest row of their trail.
const COMPANIES: &str = concat!(
    companies!(
        "SELECT min(n) FROM (SELECT (SELECT s.company_id FROM sequences s INDEXED BY sequences_active WHERE s.is_active = 1 \
             AND s.deleted_at IS NULL AND s.company_id > ?1 ORDER BY s.company_id LIMIT 1) AS n \
           UNION ALL SELECT (SELECT t.company_id FROM company_settings t INDEXED BY company_settings_alerts WHERE t.lead_alerts = 1 \
             AND t.company_id > ?1 ORDER BY t.company_id LIMIT 1))",
        "SELECT min(n) FROM (SELECT (SELECT s.company_id FROM sequences s INDEXED BY sequences_active WHERE s.is_active = 1 \
             AND s.deleted_at IS NULL AND s.company_id > c.company_id ORDER BY s.company_id LIMIT 1) AS n \
           UNION ALL SELECT (SELECT t.company_id FROM company_settings t INDEXED BY company_settings_alerts WHERE t.lead_alerts = 1 \
             AND t.company_id > c.company_id ORDER BY t.company_id LIMIT 1))",
        "?2"
    ),
    "SELECT c.company_id, w.head, w.settled, \
       (SELECT min(s.active_since) FROM sequences s INDEXED BY sequences_active WHERE s.company_id = c.company_id AND s.is_active = 1 \
         AND s.deleted_at IS NULL) AS active_since, \
       (SELECT t.updated_at FROM company_settings t WHERE t.company_id = c.company_id AND t.id = c.company_id AND t.lead_alerts = 1) AS told_since, \
       (SELECT a.id FROM audit_logs a WHERE a.company_id = c.company_id ORDER BY a.id DESC LIMIT 1) AS newest, \
       (SELECT a.id FROM audit_logs a WHERE a.company_id = c.company_id AND a.id > w.settled ORDER BY a.id LIMIT 1) AS next \
     FROM c LEFT JOIN walks w ON w.company_id = c.company_id WHERE c.company_id IS NOT NULL"
);

/// The rows behind ?2 and before ?3, oldest first, at most ?4, with the lead that each is about.
const ROWS: &str = "SELECT a.id, a.entity_type, a.action, a.field_name, a.created_at, \
       CASE WHEN a.field_name IN ('lead_score', 'status', 'quarantined_at') THEN a.old_value END AS old_value, \
       CASE WHEN a.field_name IN ('lead_score', 'status', 'quarantined_at') THEN a.new_value END AS new_value, \
       CASE WHEN a.entity_type = 'lead' THEN a.entity_id \
         WHEN a.entity_type = 'activity' AND a.action = 'create' THEN (SELECT t.related_to_id FROM activities t WHERE t.company_id = ?1 \
           AND t.id = a.entity_id AND t.related_to_type = 'lead' AND t.activity_type = 'email' AND t.direction = 'inbound') END AS lead_id \
     FROM audit_logs a WHERE a.company_id = ?1 AND a.id > ?2 AND a.id < ?3 ORDER BY a.id LIMIT ?4";

const BEGIN: &str = "INSERT INTO walks (company_id, head, settled) VALUES (?1, ?2, ?2)";

const WHERE: &str = "SELECT head, settled FROM walks WHERE company_id = ?1";

/// Collides where another run walked in the meantime.
const HOLDS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, 'walk', 0, ?4 FROM json_each('[1,2]') WHERE NOT EXISTS (\
       SELECT 1 FROM walks WHERE company_id = ?1 AND head = ?2 AND settled = ?3)";

const MOVE: &str = "UPDATE walks SET head = ?2, settled = ?3 WHERE company_id = ?1";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 6] {
    [
        (COMPANIES, "sequences_active"),
        (ROWS, "PRIMARY KEY"),
        (WHERE, "PRIMARY KEY"),
        (BEGIN, ""),
        (HOLDS, "PRIMARY KEY"),
        (MOVE, "PRIMARY KEY"),
    ]
}

/// How far a walk is: two places of the trail, the second of which never is ahead of the first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct Walk {
    head: String,
    settled: String,
}

impl Walk {
    /// Whether a clock that was ahead of ours has walked: rows of now may stand behind both places.
    fn is_ahead(&self, now: Instant) -> bool {
        self.head > Id::first_at(now.plus_ms(1))
    }

    /// From where it goes on: not from before anybody wanted to know, and from further back after a clock that was ahead.
    fn from(&self, begin: &str, now: Instant) -> Self {
        let back = self.is_ahead(now).then(|| Id::first_at(now.plus_ms(-BACK_MS)));
        let place =
            |place: &String| back.clone().map_or(place.clone(), |back| back.min(place.clone())).max(begin.to_owned());
        Self { head: place(&self.head), settled: place(&self.settled) }
    }
}

/// A company to be walked.
#[derive(Deserialize)]
struct CompanyRow {
    head: Option<String>,
    settled: Option<String>,
    active_since: Option<Instant>,
    told_since: Option<Instant>,
    newest: Option<String>,
    /// The first row behind the settled place.
    next: Option<String>,
}

/// Walks, companies in turns.
pub(super) async fn run<D: Database>(run: &mut Run<'_, D>) {
    let most = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let read =
        Turns::read(run, "walk", run.budget.companies, |behind, count| statement!(COMPANIES, behind, most(count)))
            .await;
    let turns = match read {
        Ok(turns) => turns,
        Err(trouble) => return run.fault("walk", &trouble),
    };
    let mut open = turns.companies.clone();
    let mut left = run.budget.rows;
    let mut last = turns.companies.last().map(|(id, _)| id.clone());
    'turns: while !open.is_empty() {
        let mut more = Vec::new();
        for (company_id, row) in std::mem::take(&mut open) {
            if left == 0 || run.is_over() {
                break 'turns;
            }
            match company(run, &company_id, &row, left.min(CHUNK)).await {
                Ok(Stepped { rows, walk }) => {
                    left -= rows.min(left);
                    if let Some(Walk { head, settled }) = walk {
                        let mut row = row;
                        row.insert("head".to_owned(), head.into());
                        row.insert("settled".to_owned(), settled.into());
                        more.push((company_id.clone(), row));
                    }
                }
                Err(trouble) => run.fault("walk", &trouble),
            }
            last = Some(company_id);
        }
        if more.is_empty() {
            last = turns.companies.last().map(|(id, _)| id.clone());
        }
        open = more;
    }
    let Some(last) = last else { return };
    if let Err(trouble) = turns.save(run, &last).await {
        run.fault("walk", &trouble);
    }
}

/// What one step of a walk did.
struct Stepped {
    /// How many rows it looked at.
    rows: usize,
    /// Where it goes on; none once everything was looked at.
    walk: Option<Walk>,
}

/// One step of a company's walk.
async fn company<D: Database>(
    run: &mut Run<'_, D>,
    company_id: &Id,
    row: &Row,
    most: usize,
) -> Result<Stepped, Trouble> {
    let CompanyRow { head, settled, active_since, told_since, newest, next } = read_row(row)?;
    let nothing = Stepped { rows: 0, walk: None };
    let Some(since) = [active_since, told_since].into_iter().flatten().min() else { return Ok(nothing) };
    // What happened before anybody wanted to know of it is passed over.
    let begin = Id::first_at(since);
    let walk = match (head, settled) {
        (Some(head), Some(settled)) => Walk { head, settled },
        _ => {
            run.batch(vec![statement!(BEGIN, company_id, &begin)]).await?;
            Walk { head: begin.clone(), settled: begin.clone() }
        }
    };
    let now = run.now();
    let is_seen = newest.is_none_or(|newest| newest <= walk.head);
    let is_settled = next.is_none_or(|next| next >= Id::first_at(now.plus_ms(-SETTLED_MS)));
    if is_seen && is_settled && !walk.is_ahead(now) {
        return Ok(nothing);
    }
    let mut walk = walk;
    for _ in 0..ATTEMPTS {
        match step(run, company_id, &walk, &begin, told_since, most).await {
            Err(Trouble::Collision) => {}
            other => return other,
        }
        // Another run was faster: on from where it is.
        let outcomes = run.batch(vec![statement!(WHERE, company_id)]).await?;
        walk = outcomes.first().and_then(|outcome| outcome.rows.first()).map_or(Ok(walk), read_row)?;
    }
    Ok(nothing)
}

/// Reads what is new, and what has settled; does what follows, and moves both places.
async fn step<D: Database>(
    run: &mut Run<'_, D>,
    company_id: &Id,
    walk: &Walk,
    begin: &str,
    told_since: Option<Instant>,
    most: usize,
) -> Result<Stepped, Trouble> {
    let mut context = run.context(company_id);
    let from = walk.from(begin, context.now);
    // Rows of a clock that is ahead of ours wait until ours is there.
    let (now, old) = (Id::first_at(context.now.plus_ms(1)), Id::first_at(context.now.plus_ms(-SETTLED_MS)));
    let count = i64::try_from(most).unwrap_or(i64::MAX);
    let read = |behind: &str, before: &str| statement!(ROWS, company_id, behind, before, count);
    // Up to the settled place the rows ahead of it are those behind the head: they are read once.
    let together = from.head <= from.settled;
    let mut reads = vec![
        read(&from.head.clone().max(from.settled.clone()), &now),
        leads::read_active(company_id),
        leads::read_company(company_id),
    ];
    if !together {
        reads.push(read(&from.settled, &old));
    }
    let outcomes = run.batch(reads).await?;
    let [new, active, company, settled @ ..] = &outcomes[..] else { return Err(missing()) };
    let new: Vec<TrailRow> = read_rows(&new.rows)?;
    let settled: Vec<TrailRow> =
        settled.iter().map(|outcome| read_rows(&outcome.rows)).collect::<Result<Vec<_>, _>>()?.concat();
    let last = |rows: &[TrailRow], before: &str| {
        rows.iter().rev().map(|row| row.id.as_str()).find(|id| *id < before).map(str::to_owned)
    };
    let head = last(&new, &now).unwrap_or_else(|| from.head.clone());
    let place = if together { last(&new, &old) } else { last(&settled, &old) };
    let moved = Walk { head: head.max(from.head), settled: place.unwrap_or(from.settled) };
    let rows = new.len() + settled.len();
    let full = new.len() == most || settled.len() == most;
    if moved == *walk {
        return Ok(Stepped { rows, walk: None });
    }
    let mut happened: Vec<Happened> = new.iter().chain(&settled).filter_map(TrailRow::happened).collect();
    happened.sort_by(|a, b| a.audit_id.cmp(&b.audit_id));
    happened.dedup();
    let sequences = leads::active(active);
    run.report.unreadable += active.rows.len() - sequences.len();
    let known = Known::read(run, company_id, &happened, sequences, leads::company(company)?).await?;
    let changes = known.changes(&happened, told_since, &mut context);
    let counts = Counts::of(&changes);
    let mut writes = vec![statement!(HOLDS, company_id, &walk.head, &walk.settled, &context.actor.request_id)];
    writes.extend(statements(&changes, &context));
    writes.push(statement!(MOVE, company_id, &moved.head, &moved.settled));
    run.batch(writes).await?;
    run.report.walked += rows;
    run.report.enrolled += counts.enrolled;
    run.report.left += counts.left;
    run.report.alerts += counts.alerts;
    Ok(Stepped { rows, walk: full.then_some(moved) })
}

fn missing() -> Trouble {
    Trouble::Corrupt("another number of outcomes was expected".into())
}
