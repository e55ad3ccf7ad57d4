//! The audit trail as it is read: a bounded walk, newest first, of the company's rows or of those about one thing.

use crate::statement::{Corrupt, Outcome, Statement, Value, read_first, read_rows, statement};
use lead_core::audit_query::{AuditQuery, AuditRow};
use lead_core::entity::Entity;
use lead_core::id::Id;
use serde::Deserialize;

/// How many rows a page walks; finding where the walk ended reads as many again.
const WALK: i64 = 400;

/// ?1 company, ?2 entity, ?3 from this id, ?4 below this id, ?5 entity type, ?6 user, ?7 action, ?8 field, ?9 request,
/// ?10 at most so many, ?11 of a walk of so many.
macro_rules! walk {
    ($from:literal, $place:literal) => {
        concat!(
            "SELECT id, user_id, key_id, form_id, entity_type, entity_id, action, field_name, old_value, new_value, ip_address, user_agent, \
             request_id, created_at FROM (SELECT * FROM ", $from, " WHERE company_id = ?1 AND ", $place,
            " AND id >= ?3 AND id < ?4 ORDER BY id DESC LIMIT ?11) AS walked WHERE (?2 IS NULL OR entity_id = ?2) \
             AND (?5 IS NULL OR entity_type = ?5) AND (?6 IS NULL OR user_id = ?6) AND (?7 IS NULL OR action = ?7) \
             AND (?8 IS NULL OR field_name = ?8) AND (?9 IS NULL OR request_id = ?9) LIMIT ?10"
        )
    };
}

/// Where such a walk ended: the last row it saw, where it was as long as it could be.
macro_rules! walk_end {
    ($from:literal, $place:literal) => {
        concat!(
            "SELECT id FROM ",
            $from,
            " WHERE company_id = ?1 AND ",
            $place,
            " AND id >= ?3 AND id < ?4 ORDER BY id DESC LIMIT 1 OFFSET ?5 - 1"
        )
    };
}

const ALL: [&str; 2] = [walk!("audit_logs", "?2 IS NULL"), walk_end!("audit_logs", "?2 IS NULL")];
const OF_ONE: [&str; 2] = [
    walk!("audit_logs INDEXED BY audit_logs_entity", "entity_id = ?2"),
    walk_end!("audit_logs INDEXED BY audit_logs_entity", "entity_id = ?2"),
];

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    ALL.map(|sql| (sql, "PRIMARY KEY")).into_iter().chain(OF_ONE.map(|sql| (sql, "audit_logs_entity"))).collect()
}

/// Reads a page: the rows, and where the walk ended.
#[must_use]
pub fn read(company_id: &Id, query: &AuditQuery) -> [Statement; 2] {
    let [walk, walk_end] = if query.entity_id.is_some() { OF_ONE } else { ALL };
    let (from, to) = bounds(query);
    let place = || -> [Value; 4] {
        [company_id.into(), query.entity_id.as_ref().into(), from.as_str().into(), to.as_str().into()]
    };
    let mut rows = statement!(
        walk,
        query.entity_type.map(Entity::as_str),
        query.user_id.as_ref(),
        query.action.as_ref(),
        query.field_name.as_ref(),
        query.request_id.as_ref(),
        i64::from(query.limit) + 1,
        WALK,
    );
    rows.params.splice(0..0, place());
    let mut end = statement!(walk_end, WALK);
    end.params.splice(0..0, place());
    [rows, end]
}

/// The ids between which the rows lie: they go by time, and those of one request are made at its moment.
fn bounds(query: &AuditQuery) -> (String, String) {
    let of_request = query.request_id.as_ref().map(Id::made_at);
    let from = [query.created_from, of_request].into_iter().flatten().max().map(Id::first_at);
    let below = of_request.map(|at| Id::first_at(at.plus_ms(1)));
    let to = [query.created_to.map(Id::first_at), below, query.cursor.as_ref().map(ToString::to_string)];
    (from.unwrap_or_default(), to.into_iter().flatten().min().unwrap_or_else(|| "~".to_owned()))
}

/// The rows and the cursor of the next page.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn page(outcomes: &[Outcome], query: &AuditQuery) -> Result<(Vec<AuditRow>, Option<String>), Corrupt> {
    #[derive(Deserialize)]
    struct End {
        id: Id,
    }
    let [rows, end] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let mut items: Vec<AuditRow> = read_rows(&rows.rows)?;
    let limit = usize::from(query.limit);
    let last = if items.len() > limit {
        items.truncate(limit);
        items.last().map(|row| row.id.clone())
    } else {
        read_first::<End>(&end.rows)?.map(|end| end.id)
    };
    Ok((items, last.as_ref().map(AuditQuery::cursor_behind)))
}
