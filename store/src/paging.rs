//! Pages of lists. A page reads a bounded number of rows, whatever is asked: what it cannot finish, its cursor goes on with.
//!
//! A page is either walked along the index of its order, or cut from ids that other indexes gave. Those come as runs, each in
//! the list's order and cut at so many: up to where the first full run ends, nothing is missing.

use crate::failure::Failure;
use crate::run::Cost;
use crate::statement::{Database, Statement, Value, read_rows};
use lead_core::account_query::{Order, Paging};
use lead_core::id::Id;
use lead_core::lead_query::Cursor;
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

/// The three queries of one order. Their last parameters are how many rows are walked and, for the cut, the ids.
pub(crate) struct Queries {
    /// The records along the index.
    pub(crate) walk: &'static str,
    /// Where such a walk was cut off, with which value of the order.
    pub(crate) walk_end: &'static str,
    /// The records of these ids.
    pub(crate) cut: &'static str,
}

/// Where a page comes from.
pub(crate) enum Way {
    /// So many rows of the index.
    Walk(i64),
    /// These ids, and how far they reach where there are more.
    Cut { ids: Vec<String>, end: Option<String> },
}

/// A list being asked for.
pub(crate) struct Asking<'a, D> {
    pub(crate) database: &'a D,
    /// The parameters that its queries have in common.
    pub(crate) params: Vec<Value>,
    pub(crate) cost: Cell<Cost>,
}

/// An id among others.
#[derive(Deserialize)]
pub(crate) struct IdRow {
    pub(crate) id: String,
}

/// The most ids that a page is cut from.
const MOST_LOOK_UPS: usize = 400;

/// How many rows a page of runs reads in all, unless its runs are many: each gives at least [`SHORTEST_RUN`].
const MOST_OF_RUNS: usize = 900;
const SHORTEST_RUN: usize = 4;

impl<D: Database> Asking<'_, D> {
    /// The rows of one query: the common parameters, then its own.
    pub(crate) async fn rows<T: DeserializeOwned>(
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

    /// The page that this way leads to. `place` tells a record's id and last change.
    pub(crate) async fn page<T: DeserializeOwned>(
        &self,
        queries: &Queries,
        way: Way,
        paging: &Paging,
        place: fn(&T) -> (&Id, Instant),
    ) -> Result<Page<T>, Failure> {
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
            (true, _) => items.last().map(|item| cursor(place(item), paging.order)),
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

fn cursor((id, updated_at): (&Id, Instant), order: Order) -> Cursor {
    Cursor { key: if order.is_by_change() { updated_at.ms() } else { 0 }, id: id.clone() }
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

/// The ends, exclusive, between which ids lie: made in the range that is asked for, and behind the cursor where the list goes by id.
pub(crate) fn id_range(paging: &Paging) -> [Value; 2] {
    let low = paging.created_from.map_or_else(String::new, Id::first_at);
    let high = paging.created_to.map_or_else(|| "~".to_owned(), Id::first_at);
    let behind = paging.cursor.as_ref().filter(|_| !paging.order.is_by_change()).map(|cursor| cursor.id.as_str());
    match behind {
        Some(id) if paging.order.is_descending() => [low.into(), high.as_str().min(id).into()],
        Some(id) => [low.as_str().max(id).into(), high.into()],
        None => [low.into(), high.into()],
    }
}

/// Behind which last change and id a list by change goes on.
pub(crate) fn change_place(paging: &Paging) -> [Value; 2] {
    let first = if paging.order.is_descending() { (i64::MAX >> 10, "~") } else { (-1, "") };
    let behind = paging.cursor.as_ref().filter(|_| paging.order.is_by_change());
    let (key, id) = behind.map_or(first, |cursor| (cursor.key, cursor.id.as_str()));
    [key.into(), id.into()]
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
