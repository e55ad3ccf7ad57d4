//! Follow-ups that are due: each owner's are a strand along the index, oldest first. What the caller may not see is left out
//! before a strand is cut off, so that it takes up no place of a page; a walk ends after so many rows all the same.

use super::activity_columns;
use super::row::ActivityRow;
use super::subject::subject_visible;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::activity::Activity;
use lead_core::id::Id;
use lead_core::time::Instant;
use lead_core::timeline::{DueQuery, FOLLOW_UPS, Place, Strand, braid};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// The follow-ups of `$person` in order: due until ?5, behind the moment ?6 and the id ?7. Only people own follow-ups.
macro_rules! walk {
    ($columns:literal, $person:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM activities b INDEXED BY activities_due WHERE b.company_id = ?1 AND b.owner_id = ",
            $person,
            " AND b.follow_up_at IS NOT NULL AND b.follow_up_done_at IS NULL AND b.deleted_at IS NULL \
             AND b.follow_up_at <= ?5 AND (b.follow_up_at, b.id) > (?6, ?7) ORDER BY b.follow_up_at, b.id"
        )
    };
}

/// Of each person of `$people` whose rows the caller sees (?2, ?3): the first ?9 among ?8 rows whose subject stands and is theirs
/// to see, of leads alone unless ?10; and the last row of a walk that was cut off.
macro_rules! due {
    ($people:literal, $person:literal, $these:literal) => {
        [
            concat!(
                "SELECT ",
                activity_columns!(),
                " FROM ",
                $people,
                " CROSS JOIN activities a ON a.company_id = ?1 AND a.id IN (SELECT w.id FROM (",
                walk!("b.id, b.related_to_type, b.related_to_id, b.account_id", $person),
                " LIMIT ?8) w WHERE (?10 = 1 OR w.related_to_type = 'lead') AND ",
                subject_visible!("w", "?2", "?3"),
                " LIMIT ?9) WHERE ",
                visible!("a.owner_id", "?2", "?3"),
                $these
            ),
            concat!(
                "SELECT a.id, a.follow_up_at FROM ",
                $people,
                " CROSS JOIN activities a ON a.company_id = ?1 AND a.id IN (",
                walk!("b.id", $person),
                " LIMIT 1 OFFSET ?8 - 1) WHERE ",
                visible!("a.owner_id", "?2", "?3"),
                $these
            ),
        ]
    };
}

/// Of the people in the list ?4.
const OF_THESE: [&str; 2] = due!("json_each(?4) p", "p.value", "");

/// Of everybody in the company; ?4 is not asked.
const OF_ALL: [&str; 2] = due!("users p", "p.id", " AND p.company_id = ?1 AND ?4 IS NULL");

/// The query texts of this module with the index they must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    [OF_THESE, OF_ALL].concat().into_iter().map(|sql| (sql, "activities_due")).collect()
}

/// How many follow-ups of a person are shown, and how many are walked for them: fewer where those of several are asked for.
fn most(query: &DueQuery, rows: &Visibility) -> (usize, i64) {
    let alone = query.owner.is_some() || rows.only_owner().is_some();
    if alone { (query.page.limit + 1, 300) } else { (25.min(query.page.limit + 1), 100) }
}

/// Reads a page of what is due. `sales` is whether the caller's key reaches more than leads.
#[must_use]
pub fn read(company_id: &Id, query: &DueQuery, rows: &Visibility, sales: bool) -> Vec<Statement> {
    let [owners, unowned] = visible::params(rows);
    let ([due, ends], people) = match (&query.owner, rows) {
        (Some(owner), _) => (OF_THESE, Some(json!([owner]))),
        (None, Visibility::Owners { owners, .. }) => (OF_THESE, Some(json!(owners))),
        (None, Visibility::Company) => (OF_ALL, None),
    };
    let (at, id) = match &query.page.cursor {
        Some(place) => (place.at.ms(), place.id.as_str()),
        None => (i64::MIN >> 10, ""),
    };
    let (shown, walked) = most(query, rows);
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    let ends = statement!(ends, company_id, owners, unowned, people, query.until, at, id, walked);
    let mut due = Statement { sql: due, ..ends.clone() };
    due.params.extend([shown.into(), sales.into()]);
    vec![due, ends]
}

/// The page and the cursor of the next.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn page(
    outcomes: &[Outcome],
    query: &DueQuery,
    rows: &Visibility,
) -> Result<(Vec<Activity>, Option<String>), Corrupt> {
    #[derive(Deserialize)]
    struct End {
        id: Id,
        follow_up_at: Instant,
    }
    let [due, ends] = outcomes else { return Err(Corrupt("two outcomes were expected".into())) };
    let (shown, _) = most(query, rows);
    let mut of_owner: BTreeMap<Option<Id>, Vec<(Place, Activity)>> = BTreeMap::new();
    for ActivityRow { activity, .. } in read_rows(&due.rows)? {
        let Some(at) = activity.values.follow_up_at else { continue };
        let place = Place { at, id: activity.id.clone() };
        of_owner.entry(activity.owner_id.clone()).or_default().push((place, activity));
    }
    let mut strands: Vec<Strand<Place, Activity>> = Vec::new();
    for items in of_owner.into_values() {
        let last = items.iter().map(|(place, _)| place).max().cloned();
        strands.push(Strand { cut: last.filter(|_| items.len() >= shown), items });
    }
    for End { id, follow_up_at: at } in read_rows(&ends.rows)? {
        strands.push(Strand { items: Vec::new(), cut: Some(Place { at, id }) });
    }
    let (items, next) = braid(strands, query.page.limit);
    Ok((items, next.map(|place| place.to_text(FOLLOW_UPS))))
}
