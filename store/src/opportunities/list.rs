//! Lists of opportunities. A page reads at most about 1,000 rows, whatever is asked: what it cannot finish, its cursor goes
//! on with. Narrow questions are cut from the few ids an index gives; others walk along the index of their sort.

use super::opportunity_columns;
use crate::failure::Failure;
use crate::run::Cost;
use crate::statement::{Database, Row, Statement, Value, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::lead_query::OwnerFilter;
use lead_core::opportunity::{Opportunity, OpportunityQuery, Place, Sort};
use lead_core::time::Instant;
use serde::Deserialize;
use serde_json::json;
use std::cell::Cell;

/// How many rows one walk along an index reads, twice where the index is not the table; finding its end reads as many.
const WALK: i64 = 330;

/// How many ids make a narrow question; each is read once in its index and once as a row.
const NARROW: i64 = 320;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The opportunities, in the order asked for.
    pub items: Vec<Opportunity>,
    /// Where the next page begins; none after the last.
    pub next_cursor: Option<String>,
    /// What it cost.
    pub cost: Cost,
}

/// The filters. Parameters 1 to 18 mean the same in every query here.
macro_rules! filters {
    () => {
        concat!(
            "deleted_at IS NULL AND ",
            visible!("owner_id", "?2", "?3"),
            " AND (?4 IS NULL OR owner_id = ?4) AND (?5 IS NULL OR owner_id IS NULL) \
             AND (?6 IS NULL OR pipeline_stage = ?6) AND (?7 IS NULL OR forecast_category = ?7) \
             AND (?8 IS NULL OR account_id = ?8) AND (?9 IS NULL OR (closed_at IS NOT NULL) = ?9) \
             AND (?10 IS NULL OR close_date >= ?10) AND (?11 IS NULL OR close_date < ?11) AND updated_at >= ?12 \
             AND (?13 IS NULL OR (name_key >= ?13 AND name_key < ?14))"
        )
    };
}

/// The three queries of one order: a walk along its index, where the walk ended, and a page cut from few ids. The limits
/// keep the planner on the named index, and the outer query of a walk in the inner one's order.
struct Order {
    walk: &'static str,
    walk_end: &'static str,
    cut: &'static str,
}

macro_rules! order {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        Order {
            walk: concat!(
                "SELECT ",
                opportunity_columns!(),
                " FROM (SELECT * FROM ",
                $from,
                " WHERE company_id = ?1 AND ",
                $place,
                " ORDER BY ",
                $order,
                " LIMIT ?18) AS opportunities WHERE ",
                filters!(),
                " LIMIT ?15"
            ),
            walk_end: concat!(
                "SELECT ",
                $key,
                " AS key, id FROM ",
                $from,
                " WHERE company_id = ?1 AND ",
                $place,
                " ORDER BY ",
                $order,
                " LIMIT 1 OFFSET ?18 - 1"
            ),
            cut: concat!(
                "SELECT ",
                opportunity_columns!(),
                " FROM (SELECT * FROM opportunities WHERE company_id = ?1 \
                 AND id IN (SELECT value FROM json_each(?19)) LIMIT ?18) AS opportunities WHERE ",
                $place,
                " AND ",
                filters!(),
                " ORDER BY ",
                $order,
                " LIMIT ?15"
            ),
        }
    };
}

const CREATED: Order = order!("0", "opportunities", "id > ?17 AND ?16 IS NOT NULL", "id");
const CREATED_DOWN: Order = order!("0", "opportunities", "id < ?17 AND ?16 IS NOT NULL", "id DESC");
const OWNED: Order =
    order!("0", "opportunities INDEXED BY opportunities_owned", "owner_id = ?4 AND id > ?17 AND ?16 IS NOT NULL", "id");
const OWNED_DOWN: Order = order!(
    "0",
    "opportunities INDEXED BY opportunities_owned",
    "owner_id = ?4 AND id < ?17 AND ?16 IS NOT NULL",
    "id DESC"
);
const OF_ACCOUNT: Order = order!(
    "0",
    "opportunities INDEXED BY opportunities_account",
    "account_id = ?8 AND id > ?17 AND ?16 IS NOT NULL",
    "id"
);
const OF_ACCOUNT_DOWN: Order = order!(
    "0",
    "opportunities INDEXED BY opportunities_account",
    "account_id = ?8 AND id < ?17 AND ?16 IS NOT NULL",
    "id DESC"
);
const UPDATED: Order = order!(
    "updated_at",
    "opportunities INDEXED BY opportunities_updated",
    "updated_at >= ?12 AND (updated_at, id) > (?16, ?17)",
    "updated_at, id"
);
const UPDATED_DOWN: Order = order!(
    "updated_at",
    "opportunities INDEXED BY opportunities_updated",
    "updated_at >= ?12 AND (updated_at, id) < (?16, ?17)",
    "updated_at DESC, id DESC"
);

const IDS_OF_NAME: &str = "SELECT id FROM opportunities INDEXED BY opportunities_name \
     WHERE company_id = ?1 AND name_key >= ?13 AND name_key < ?14 AND deleted_at IS NULL LIMIT ?18";
const IDS_OF_ACCOUNT: &str =
    "SELECT id FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 AND account_id = ?8 LIMIT ?18";
const IDS_OF_OWNER: &str =
    "SELECT id FROM opportunities INDEXED BY opportunities_owned WHERE company_id = ?1 AND owner_id = ?4 LIMIT ?18";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_NAME, "opportunities_name"),
        (IDS_OF_ACCOUNT, "opportunities_account"),
        (IDS_OF_OWNER, "opportunities_owned"),
    ];
    for (order, index) in [
        (&CREATED, "PRIMARY KEY"),
        (&CREATED_DOWN, "PRIMARY KEY"),
        (&OWNED, "opportunities_owned"),
        (&OWNED_DOWN, "opportunities_owned"),
        (&OF_ACCOUNT, "opportunities_account"),
        (&OF_ACCOUNT_DOWN, "opportunities_account"),
        (&UPDATED, "opportunities_updated"),
        (&UPDATED_DOWN, "opportunities_updated"),
    ] {
        out.extend([(order.walk, index), (order.walk_end, index), (order.cut, "PRIMARY KEY")]);
    }
    out
}

/// Reads one page of what the caller may see.
///
/// # Errors
/// The database did not answer, or a stored row does not have the shape this code wrote.
pub async fn page<D: Database>(
    database: &D,
    company_id: &Id,
    query: &OpportunityQuery,
    seen: &Visibility,
) -> Result<Page, Failure> {
    let asked = Asked::new(company_id, query, seen);
    let (rows, walked) = match asked.narrow(database).await? {
        Some(ids) => (asked.rows(database, asked.statement(asked.order.cut, NARROW, Some(&ids))).await?, false),
        None => (asked.rows(database, asked.statement(asked.order.walk, WALK, None)).await?, true),
    };
    let mut items: Vec<Opportunity> = read_rows(&rows)?;
    let full = items.len() > usize::from(query.limit);
    items.truncate(query.limit.into());
    let last = match items.last() {
        Some(last) if full => Some(place(last, query.sort)),
        _ if walked => asked.walk_end(database).await?,
        _ => None,
    };
    Ok(Page { items, next_cursor: last.map(|last| last.to_text(query.sort)), cost: asked.cost.get() })
}

fn place(last: &Opportunity, sort: Sort) -> Place {
    let key = match sort {
        Sort::Created | Sort::CreatedDown => 0,
        Sort::Updated | Sort::UpdatedDown => last.stamp.updated_at.ms(),
    };
    Place { key, id: last.id.clone() }
}

/// A question in the database's terms.
struct Asked {
    params: Vec<Value>,
    order: &'static Order,
    narrow: Option<&'static str>,
    cost: Cell<Cost>,
}

impl Asked {
    fn new(company_id: &Id, query: &OpportunityQuery, seen: &Visibility) -> Self {
        let owner = match &query.owner {
            Some(OwnerFilter::Of(id)) => Some(id),
            _ => seen.only_owner(),
        };
        let of_account = query.account_id.is_some();
        let order: &'static Order = match query.sort {
            Sort::Created if of_account => &OF_ACCOUNT,
            Sort::Created if owner.is_some() => &OWNED,
            Sort::Created => &CREATED,
            Sort::CreatedDown if of_account => &OF_ACCOUNT_DOWN,
            Sort::CreatedDown if owner.is_some() => &OWNED_DOWN,
            Sort::CreatedDown => &CREATED_DOWN,
            Sort::Updated => &UPDATED,
            Sort::UpdatedDown => &UPDATED_DOWN,
        };
        let by_time = matches!(query.sort, Sort::Created | Sort::CreatedDown);
        let narrow = match (&query.name, of_account, owner) {
            (Some(_), ..) => Some(IDS_OF_NAME),
            _ if by_time => None,
            (None, true, _) => Some(IDS_OF_ACCOUNT),
            (None, false, owner) => owner.map(|_| IDS_OF_OWNER),
        };
        Self { params: params(company_id, query, seen, owner), order, narrow, cost: Cell::default() }
    }

    /// The ids of a narrow question, where they are few.
    async fn narrow<D: Database>(&self, database: &D) -> Result<Option<Vec<String>>, Failure> {
        #[derive(Deserialize)]
        struct IdRow {
            id: String,
        }
        let Some(sql) = self.narrow else { return Ok(None) };
        let rows: Vec<IdRow> = read_rows(&self.rows(database, self.statement(sql, NARROW + 1, None)).await?)?;
        let few = i64::try_from(rows.len()).is_ok_and(|count| count <= NARROW);
        Ok(few.then(|| rows.into_iter().map(|row| row.id).collect()))
    }

    /// Where the walk was cut off; none where it reached the end.
    async fn walk_end<D: Database>(&self, database: &D) -> Result<Option<Place>, Failure> {
        #[derive(Deserialize)]
        struct End {
            key: i64,
            id: Id,
        }
        let rows = self.rows(database, self.statement(self.order.walk_end, WALK, None)).await?;
        let end: Option<End> = read_rows(&rows)?.into_iter().next();
        Ok(end.map(|End { key, id }| Place { key, id }))
    }

    async fn rows<D: Database>(&self, database: &D, statement: Statement) -> Result<Vec<Row>, Failure> {
        let outcomes = database.batch(vec![statement]).await?;
        let mut cost = self.cost.get();
        cost.round_trips += 1;
        cost.add(&outcomes);
        self.cost.set(cost);
        Ok(outcomes.into_iter().next().unwrap_or_default().rows)
    }

    fn statement(&self, sql: &'static str, walk: i64, ids: Option<&[String]>) -> Statement {
        let mut statement = statement!(sql);
        statement.params = self.params.clone();
        statement.params.push(Value::Int(walk));
        // D1 takes as many values as the text has parameters, and only the cut has the last one.
        statement.params.extend(ids.map(|ids| Value::from(json!(ids))));
        statement
    }
}

/// Behind every text that begins with another one.
const LAST: &str = "\u{10ffff}";

fn params(company_id: &Id, query: &OpportunityQuery, seen: &Visibility, owner: Option<&Id>) -> Vec<Value> {
    let [owners, unowned] = visible::params(seen);
    let behind = query.cursor.as_ref();
    let down = matches!(query.sort, Sort::CreatedDown | Sort::UpdatedDown);
    let (first_key, first_id) = if down { (i64::MAX >> 10, "~") } else { (-1, "") };
    vec![
        company_id.into(),
        owners,
        unowned,
        owner.into(),
        (query.owner == Some(OwnerFilter::Nobody)).then_some(1_i64).into(),
        query.pipeline_stage.map(|stage| stage.as_str()).into(),
        query.forecast_category.map(|category| category.as_str()).into(),
        query.account_id.as_ref().into(),
        query.closed.into(),
        query.close_date_from.into(),
        query.close_date_to.into(),
        query.updated_since.map_or(-1, Instant::ms).into(),
        query.name.as_ref().into(),
        query.name.as_ref().map(|name| format!("{name}{LAST}")).into(),
        (i64::from(query.limit) + 1).into(),
        behind.map_or(first_key, |behind| behind.key).into(),
        behind.map_or(first_id, |behind| behind.id.as_str()).into(),
    ]
}
