//! Follow-ups that are due: each owner's are a strand along the index, oldest first.

use super::activity_columns;
use super::row::ActivityRow;
use super::subject::subject_visible;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::activity::{Activity, RelatedType};
use lead_core::id::Id;
use lead_core::stored;
use lead_core::timeline::{DueQuery, FOLLOW_UPS, Place, Strand, braid};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// At most ?8 of each person of `$people`, where the caller sees their rows (?2, ?3): due until ?5, behind the moment ?6 and
/// the id ?7. Only people own follow-ups. `subject_seen` is whether what it is about stands and is theirs to see: said and not
/// asked for, so that a page ends where what was read ends.
macro_rules! due {
    ($people:literal, $person:literal) => {
        concat!(
            "SELECT ",
            activity_columns!(),
            ", ",
            subject_visible!("a", "?2", "?3"),
            " AS subject_seen FROM ",
            $people,
            " CROSS JOIN activities a ON a.company_id = ?1 AND a.id IN (\
               SELECT b.id FROM activities b INDEXED BY activities_due WHERE b.company_id = ?1 AND b.owner_id = ",
            $person,
            " AND b.follow_up_at IS NOT NULL AND b.follow_up_done_at IS NULL AND b.deleted_at IS NULL \
               AND b.follow_up_at <= ?5 AND (b.follow_up_at, b.id) > (?6, ?7) ORDER BY b.follow_up_at, b.id LIMIT ?8) WHERE ",
            visible!("a.owner_id", "?2", "?3")
        )
    };
}

/// Of the people in the list ?4.
const OF_THESE: &str = due!("json_each(?4) p", "p.value");

/// Of everybody in the company; ?4 is not asked.
const OF_ALL: &str = concat!(due!("users p", "p.id"), " AND p.company_id = ?1 AND ?4 IS NULL");

/// The query texts of this module with the index they must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> [(&'static str, &'static str); 2] {
    [(OF_THESE, "activities_due"), (OF_ALL, "activities_due")]
}

/// How many follow-ups of one person are read where those of several are asked for.
const OF_EACH: usize = 25;

fn each(query: &DueQuery, rows: &Visibility) -> usize {
    let alone = query.owner.is_some() || rows.only_owner().is_some();
    if alone { query.page.limit + 1 } else { OF_EACH.min(query.page.limit + 1) }
}

#[derive(Debug, Deserialize)]
struct DueRow {
    #[serde(flatten)]
    row: ActivityRow,
    #[serde(deserialize_with = "stored::flag")]
    subject_seen: bool,
}

/// Reads a page of what is due.
#[must_use]
pub fn read(company_id: &Id, query: &DueQuery, rows: &Visibility) -> Statement {
    let [owners, unowned] = visible::params(rows);
    let (sql, people) = match (&query.owner, rows) {
        (Some(owner), _) => (OF_THESE, Some(json!([owner]))),
        (None, Visibility::Owners { owners, .. }) => (OF_THESE, Some(json!(owners))),
        (None, Visibility::Company) => (OF_ALL, None),
    };
    let (at, id) = match &query.page.cursor {
        Some(place) => (place.at.ms(), place.id.as_str()),
        None => (i64::MIN >> 10, ""),
    };
    let each = i64::try_from(each(query, rows)).unwrap_or(i64::MAX);
    statement!(sql, company_id, owners, unowned, people, query.until, at, id, each)
}

/// The page and the cursor of the next. `sales` is whether the caller's key reaches more than leads.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn page(
    outcomes: &[Outcome],
    query: &DueQuery,
    rows: &Visibility,
    sales: bool,
) -> Result<(Vec<Activity>, Option<String>), Corrupt> {
    let [outcome] = outcomes else { return Err(Corrupt("one outcome was expected".into())) };
    let most = each(query, rows);
    let mut of_owner: BTreeMap<Option<Id>, Vec<(Place, bool, Activity)>> = BTreeMap::new();
    for DueRow { row: ActivityRow { activity, .. }, subject_seen } in read_rows(&outcome.rows)? {
        let Some(at) = activity.values.follow_up_at else { continue };
        let place = Place { at, id: activity.id.clone() };
        of_owner.entry(activity.owner_id.clone()).or_default().push((place, subject_seen, activity));
    }
    let within = |activity: &Activity| sales || activity.related.related_to_type == RelatedType::Lead;
    let strands = of_owner.into_values().map(|found| {
        let last = found.iter().map(|(place, ..)| place).max().cloned();
        let cut = last.filter(|_| found.len() >= most);
        let shown = found.into_iter().filter(|(_, seen, activity)| *seen && within(activity));
        Strand { items: shown.map(|(place, _, activity)| (place, activity)).collect(), cut }
    });
    let (items, next) = braid(strands.collect(), query.page.limit);
    Ok((items, next.map(|place| place.to_text(FOLLOW_UPS))))
}
