//! Pages of lists. A page reads a bounded number of rows, whatever is asked: what it cannot finish, its cursor goes on with.
//!
//! A page is either walked along the index of its order, or cut from ids that other indexes gave. Those come as runs, each in
//! the list's order and cut at so many: up to where the first full run ends, nothing is missing.

use crate::failure::Failure;
use crate::run::Cost;
use crate::statement::{Database, Statement, Value, read_rows};
use crate::visible;
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::page_query::{Cursor, Order, Paging};
use lead_core::time::Instant;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use std::cell::Cell;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The records, in the order asked for.
    pub items: Vec<T>,
    /// Where the next page begins; none after the last.
    pub next_cursor: Option<String>,
    /// What it cost.
    pub cost: Cost,
}

/// How many rows one walk along an index reads, each perhaps in its table too; finding where it ended reads as many again.
pub(crate) const WALK: i64 = 330;

/// The same where each row also asks for others that tell what the caller sees.
pub(crate) const WALK_VEILED: i64 = 120;

/// The three queries of one order in one direction. Their last parameters are how many rows are walked and, for the cut,
/// the ids.
pub(crate) struct Queries {
    /// The records along the index.
    pub(crate) walk: &'static str,
    /// Where such a walk was cut off, with which value of the order.
    pub(crate) walk_end: &'static str,
    /// The records of these ids.
    pub(crate) cut: &'static str,
}

/// The queries of an order, up and down. `$list` is a macro that tells the list's `columns`, `table` and `filters`, and the
/// numbers of the last two parameters, `rows` and `ids`; `$from` names the index; `$place` is what else narrows the walk.
/// By a value, only one condition may stand at the end where the walk begins, or the index would be entered by the other
/// one: each page would walk from the first page on. `$up` and `$down` narrow the end where it goes to.
///
/// The outer query of a walk keeps the inner one's order, since a sort of its own would read every row; the limit of a cut
/// keeps the planner from walking the place's range instead of looking the ids up.
macro_rules! orders {
    (@ $list:ident, $key:literal, $from:literal, $place:expr, $order:expr) => {
        $crate::paging::Queries {
            walk: concat!(
                "SELECT ", $list!(columns), " FROM (SELECT * FROM ", $list!(table), $from, " WHERE company_id = ?1 AND ", $place,
                " ORDER BY ", $order, " LIMIT ", $list!(rows), ") AS ", $list!(table), " WHERE ", $list!(filters), " LIMIT ?4"
            ),
            walk_end: concat!(
                "SELECT ", $key, " AS key, id FROM ", $list!(table), $from, " WHERE company_id = ?1 AND ", $place,
                " ORDER BY ", $order, " LIMIT 1 OFFSET ", $list!(rows), " - 1"
            ),
            cut: concat!(
                "SELECT ", $list!(columns), " FROM (SELECT * FROM ", $list!(table), " WHERE company_id = ?1 \
                 AND id IN (SELECT value FROM json_each(", $list!(ids), ")) LIMIT ", $list!(rows), ") AS ", $list!(table),
                " WHERE ", $place, " AND ", $list!(filters), " ORDER BY ", $order, " LIMIT ?4"
            ),
        }
    };
    ($list:ident by id, $from:literal, $place:literal) => {
        [
            $crate::paging::orders!(@ $list, "0", $from, concat!("id > ?5 AND id < ?6", $place), "id"),
            $crate::paging::orders!(@ $list, "0", $from, concat!("id > ?5 AND id < ?6", $place), "id DESC"),
        ]
    };
    ($list:ident by $key:literal, $from:literal, up $up:literal, down $down:literal) => {
        [
            $crate::paging::orders!(@ $list, $key, $from, concat!("(", $key, ", id) > (?8, ?9)", $up), concat!($key, ", id")),
            $crate::paging::orders!(
                @ $list, $key, $from, concat!("(", $key, ", id) < (?8, ?9)", $down), concat!($key, " DESC, id DESC")
            ),
        ]
    };
}
pub(crate) use orders;

/// The texts of these orders, each with the index that it must walk.
pub(crate) fn texts<'a>(
    orders: impl IntoIterator<Item = (&'a [Queries; 2], &'static str)>,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    orders.into_iter().flat_map(|(queries, index)| {
        queries.iter().flat_map(move |one| [(one.walk, index), (one.walk_end, index), (one.cut, "PRIMARY KEY")])
    })
}

/// Where a page comes from.
pub(crate) enum Way {
    /// So many rows of the index.
    Walk(i64),
    /// These ids, and how far they reach where there are more.
    Cut { ids: Vec<String>, end: Option<String> },
}

impl Way {
    /// These ids and no others.
    pub(crate) fn these(ids: Vec<String>) -> Self {
        Self::Cut { ids, end: None }
    }
}

/// A list being asked for.
pub(crate) struct Asking<'a, D> {
    database: &'a D,
    /// The parameters that its queries have in common.
    params: Vec<Value>,
    cost: Cell<Cost>,
}

/// An id among others.
#[derive(Deserialize)]
struct IdRow {
    id: String,
}

/// The most ids that a page is cut from.
const MOST_LOOK_UPS: usize = 400;

/// How many rows a page of runs reads in all, unless its runs are many: each gives at least [`SHORTEST_RUN`].
const MOST_OF_RUNS: usize = 900;
const SHORTEST_RUN: usize = 4;

impl<'a, D: Database> Asking<'a, D> {
    pub(crate) fn new(database: &'a D, params: Vec<Value>) -> Self {
        Self { database, params, cost: Cell::default() }
    }

    /// The rows of one query: the common parameters, then its own.
    async fn rows<T: DeserializeOwned>(
        &self,
        sql: &'static str,
        own: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, Failure> {
        let params = self.params.iter().cloned().chain(own).collect();
        let outcomes = self.database.batch(vec![Statement { sql, params }]).await?;
        let mut cost = self.cost.get();
        cost.round_trips += 1;
        cost.add(&outcomes);
        self.cost.set(cost);
        Ok(read_rows(&outcomes.into_iter().next().unwrap_or_default().rows)?)
    }

    /// The ids of a narrow question, where there are at most `most` of each part; `sql` ends in a limit.
    pub(crate) async fn few(
        &self,
        sql: &'static str,
        most: usize,
        own: impl IntoIterator<Item = Value>,
    ) -> Result<Option<Vec<String>>, Failure> {
        let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
        let rows: Vec<IdRow> = self.rows(sql, own.into_iter().chain([Value::Int(limit)])).await?;
        // Each part is cut at the limit: where there are no more in all, none lost any.
        Ok((rows.len() <= most).then(|| rows.into_iter().map(|row| row.id).collect()))
    }

    /// The ids of a narrow question, where they are few; else a walk.
    pub(crate) async fn way(&self, narrow: Option<(&'static str, usize)>, walk: i64) -> Result<Way, Failure> {
        let Some((sql, most)) = narrow else { return Ok(Way::Walk(walk)) };
        Ok(self.few(sql, most, []).await?.map_or(Way::Walk(walk), Way::these))
    }

    /// The ids that runs give; `sql` ends in the length of a run.
    pub(crate) async fn runs(
        &self,
        sql: &'static str,
        count: usize,
        paging: &Paging,
        own: impl IntoIterator<Item = Value>,
    ) -> Result<Way, Failure> {
        #[derive(Deserialize)]
        struct Run {
            #[serde(deserialize_with = "lead_core::stored::json")]
            ids: Vec<String>,
        }
        let longest = usize::from(paging.limit) + 1;
        let length = (MOST_OF_RUNS / count.max(1)).clamp(SHORTEST_RUN, longest.max(SHORTEST_RUN));
        let limit = Value::Int(i64::try_from(length).unwrap_or(i64::MAX));
        let runs: Vec<Run> = self.rows(sql, own.into_iter().chain([limit])).await?;
        let (ids, end) = merge(runs.into_iter().map(|run| run.ids), length, paging.order.is_descending());
        Ok(Way::Cut { ids, end })
    }

    /// The page that this way leads to. `place` tells a record's id and value in an order that does not go by the id.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        queries: &[Queries; 2],
        way: Way,
        paging: &Paging,
        place: fn(&T, Order) -> (&Id, i64),
    ) -> Result<Page<T>, Failure> {
        let [up, down] = queries;
        let queries = if paging.order.is_descending() { down } else { up };
        let (mut items, end): (Vec<T>, End) = match way {
            Way::Walk(rows) => (self.rows(queries.walk, [Value::Int(rows)]).await?, End::Walked(rows)),
            Way::Cut { ids, end } if ids.is_empty() => (Vec::new(), End::Known(end)),
            Way::Cut { ids, end } => {
                let most = i64::try_from(ids.len()).unwrap_or(i64::MAX);
                (self.rows(queries.cut, [Value::Int(most), json!(ids).into()]).await?, End::Known(end))
            }
        };
        let full = items.len() > usize::from(paging.limit);
        items.truncate(paging.limit.into());
        let next = match (full, end) {
            (true, _) => items.last().map(|item| {
                let (id, key) = place(item, paging.order);
                Cursor { key: if paging.order.is_by_id() { 0 } else { key }, id: id.clone() }
            }),
            (false, End::Walked(rows)) => self.walk_end(queries.walk_end, rows).await?,
            (false, End::Known(end)) => end.and_then(|id| Some(Cursor { key: 0, id: Id::parse(&id)? })),
        };
        let next_cursor = next.map(|cursor| cursor.to_text(paging.order));
        Ok(Page { items, next_cursor, cost: self.cost.get() })
    }

    async fn walk_end(&self, sql: &'static str, rows: i64) -> Result<Option<Cursor>, Failure> {
        #[derive(Deserialize)]
        struct Place {
            key: i64,
            id: Id,
        }
        let places: Vec<Place> = self.rows(sql, [Value::Int(rows)]).await?;
        Ok(places.into_iter().next().map(|Place { key, id }| Cursor { key, id }))
    }
}

enum End {
    Walked(i64),
    Known(Option<String>),
}

/// The ids of all runs in order, up to where the first full run ends; that end, where there may be more.
fn merge(runs: impl Iterator<Item = Vec<String>>, length: usize, descending: bool) -> (Vec<String>, Option<String>) {
    let before = |a: &str, b: &str| if descending { a > b } else { a < b };
    let mut ids = Vec::new();
    let mut end: Option<String> = None;
    for mut run in runs {
        run.sort_unstable_by(|a, b| if descending { b.cmp(a) } else { a.cmp(b) });
        let last = run.last().filter(|_| run.len() >= length);
        if let Some(last) = last.filter(|last| end.as_deref().is_none_or(|end| before(last, end))) {
            end = Some(last.clone());
        }
        ids.append(&mut run);
    }
    ids.sort_unstable_by(|a, b| if descending { b.cmp(a) } else { a.cmp(b) });
    ids.dedup();
    if let Some(end) = &end {
        ids.retain(|id| !before(end, id));
    }
    if ids.len() > MOST_LOOK_UPS {
        ids.truncate(MOST_LOOK_UPS);
        end = ids.last().cloned();
    }
    (ids, end)
}

/// The parameters that every list begins with: ?1 the company, ?2 and ?3 whose rows are seen, ?4 one more than the limit, ?5 and ?6
/// between which ids, ?7 since when changed, ?8 and ?9 behind which value and id an order by a value goes on. `scores` are the
/// least and the greatest score that is asked for.
pub(crate) fn params(
    company_id: &Id,
    visibility: &Visibility,
    paging: &Paging,
    scores: Option<(i64, i64)>,
) -> Vec<Value> {
    let Paging { created_from, created_to, updated_since, order, limit, cursor } = paging;
    let [owners, unowned] = visible::params(visibility);
    let low = created_from.map_or_else(String::new, Id::first_at);
    let high = created_to.map_or_else(|| "~".to_owned(), Id::first_at);
    let behind = cursor.as_ref().map(|cursor| cursor.id.as_str()).filter(|_| order.is_by_id());
    let (low, high) = match behind {
        Some(id) if order.is_descending() => (low.as_str(), high.as_str().min(id)),
        Some(id) => (low.as_str().max(id), high.as_str()),
        None => (low.as_str(), high.as_str()),
    };
    let since = updated_since.map_or(i64::MIN >> 10, Instant::ms);
    let (least, greatest) = scores.filter(|_| order.is_by_score()).unwrap_or((since, i64::MAX >> 10));
    let cursor = cursor.as_ref().map(|cursor| (cursor.key, cursor.id.as_str()));
    let (key, id) = if order.is_descending() {
        cursor.into_iter().fold((greatest, "~"), Ord::min)
    } else {
        cursor.into_iter().fold((least, ""), Ord::max)
    };
    let own = [(limit + 1).into(), low.into(), high.into(), since.into(), key.into(), id.into()];
    [company_id.into(), owners, unowned].into_iter().chain(own).collect()
}

/// From this text to behind every text that begins with it; NULLs without one.
pub(crate) fn prefix_range(prefix: Option<&String>) -> [Value; 2] {
    [prefix.into(), prefix.map(|prefix| format!("{prefix}\u{10ffff}")).into()]
}

#[cfg(test)]
mod tests {
    use super::merge;

    #[test]
    fn nothing_is_missing_up_to_the_end_of_the_first_full_run() {
        let runs = |runs: &[&[&str]]| -> Vec<Vec<String>> {
            runs.iter().map(|run| run.iter().map(|id| (*id).to_owned()).collect()).collect()
        };
        let (ids, end) = merge(runs(&[&["a", "d"], &["b"], &["c", "x"], &["a"]]).into_iter(), 2, false);
        assert_eq!((ids.join(""), end.as_deref()), ("abcd".into(), Some("d")));
        let (ids, end) = merge(runs(&[&["d", "a"], &["b"], &["x", "c"]]).into_iter(), 2, true);
        assert_eq!((ids.join(""), end.as_deref()), ("xdc".into(), Some("c")));
        let (ids, end) = merge(runs(&[&["a"], &["b"], &[]]).into_iter(), 2, false);
        assert_eq!((ids.join(""), end), ("ab".into(), None));
    }
}
