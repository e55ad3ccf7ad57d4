//! Lists of leads. A page reads at most about 1,000 rows, whatever is asked: what it cannot finish, its cursor goes on with.
//!
//! Two ways lead to a page. A narrow question (a search, or one owner's leads by another order than time) first asks an
//! index for the ids; where they are few, the page is cut from them. Any other question walks along the index of its sort.

use super::{LeadRow, lead_columns};
use crate::failure::Failure;
use crate::run::Cost;
use crate::statement::{Database, Row, Statement, Value, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::lead::Lead;
use lead_core::lead_query::{Cursor, LeadQuery, OwnerFilter, SortKey};
use lead_core::policy::Policy;
use serde::Deserialize;
use serde_json::json;
use std::cell::Cell;

/// How many rows one walk along an index reads; finding where it ended may read as many again.
const WALK: i64 = 370;

/// The same where each row shown also asks which other leads the caller may see: about four rows more for each.
const WALK_VEILED: i64 = 120;

/// How many ids an owner may have to be a narrow question; each is read once in its index and once as a lead.
const NARROW: i64 = 160;

/// The same for each of the four parts of a search.
const NARROW_SEARCH: i64 = 60;

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The leads, in the order asked for.
    pub items: Vec<Lead>,
    /// Where the next page begins; none after the last.
    pub next_cursor: Option<String>,
    /// What it cost.
    pub cost: Cost,
}

/// The filters. Parameters 1 to 16 and 20 to 29 mean the same in every query here.
macro_rules! filters {
    () => {
        concat!(
            "(deleted_at IS NOT NULL) = ?29 AND ", visible!("lead_owner_id", "?2", "?3"),
            " AND (?4 IS NULL OR status = ?4) AND (?5 IS NULL OR stage = ?5) \
             AND (?6 IS NULL OR lead_owner_id = ?6) AND (?7 IS NULL OR lead_owner_id IS NULL) \
             AND (?8 IS NULL OR lead_source = ?8) AND (?9 IS NULL OR campaign = ?9) \
             AND lead_score BETWEEN ?10 AND ?11 AND id >= ?12 AND id < ?13 \
             AND (?14 IS NULL OR validation_status = ?14) AND (?15 IS NULL OR is_duplicate = ?15) AND updated_at >= ?16 \
             AND (?20 IS NULL OR (email_key >= ?20 AND email_key < ?21) OR (last_name_key >= ?22 AND last_name_key < ?23) \
               OR (company_key >= ?24 AND company_key < ?25) OR phone_e164 = ?26) \
             AND (?27 IS NULL OR email_key = ?27) AND (?28 IS NULL OR converted_to_account_id = ?28)"
        )
    };
}

/// A walk along the index of a sort. The outer query keeps the inner one's order: a sort of its own would read every row.
macro_rules! walk {
    ($from:literal, $place:literal, $order:literal) => {
        concat!(
            "SELECT ",
            lead_columns!("?2", "?3"),
            " FROM (SELECT * FROM ",
            $from,
            " WHERE company_id = ?1 AND ",
            $place,
            " ORDER BY ",
            $order,
            " LIMIT ?30) AS leads WHERE ",
            filters!(),
            " LIMIT ?17"
        )
    };
}

/// Where such a walk ended, and with which sort value.
macro_rules! walk_end {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $key,
            " AS key, id FROM ",
            $from,
            " WHERE company_id = ?1 AND ",
            $place,
            " ORDER BY ",
            $order,
            " LIMIT 1 OFFSET ?30 - 1"
        )
    };
}

/// A page cut from few ids. The limit keeps the planner from walking the place's range instead of looking the ids up.
macro_rules! cut {
    ($place:literal, $order:literal) => {
        concat!(
            "SELECT ",
            lead_columns!("?2", "?3"),
            " FROM (SELECT * FROM leads WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?31)) LIMIT ?30) AS leads WHERE ",
            $place,
            " AND ",
            filters!(),
            " ORDER BY ",
            $order,
            " LIMIT ?17"
        )
    };
}

/// The three queries of one order.
struct Order {
    walk: &'static str,
    walk_end: &'static str,
    cut: &'static str,
}

/// `$from` names the index: without statistics the planner would walk an owner's leads along all leads of the company.
macro_rules! order {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        Order {
            walk: walk!($from, $place, $order),
            walk_end: walk_end!($key, $from, $place, $order),
            cut: cut!($place, $order),
        }
    };
}

const CREATED_UP: Order = order!("0", "leads", "id > ?19 AND id >= ?12 AND id < ?13 AND ?18 IS NOT NULL", "id");
const CREATED_DOWN: Order = order!("0", "leads", "id < ?19 AND id >= ?12 AND id < ?13 AND ?18 IS NOT NULL", "id DESC");
const OWNED_UP: Order = order!(
    "0",
    "leads INDEXED BY leads_owner",
    "lead_owner_id = ?6 AND id > ?19 AND id >= ?12 AND id < ?13 AND ?18 IS NOT NULL",
    "id"
);
const OWNED_DOWN: Order = order!(
    "0",
    "leads INDEXED BY leads_owner",
    "lead_owner_id = ?6 AND id < ?19 AND id >= ?12 AND id < ?13 AND ?18 IS NOT NULL",
    "id DESC"
);
const SCORE_UP: Order = order!(
    "lead_score",
    "leads INDEXED BY leads_score",
    "lead_score BETWEEN ?10 AND ?11 AND (lead_score, id) > (?18, ?19)",
    "lead_score, id"
);
const SCORE_DOWN: Order = order!(
    "lead_score",
    "leads INDEXED BY leads_score",
    "lead_score BETWEEN ?10 AND ?11 AND (lead_score, id) < (?18, ?19)",
    "lead_score DESC, id DESC"
);
const UPDATED_UP: Order = order!(
    "updated_at",
    "leads INDEXED BY leads_updated",
    "updated_at >= ?16 AND (updated_at, id) > (?18, ?19)",
    "updated_at, id"
);
const UPDATED_DOWN: Order = order!(
    "updated_at",
    "leads INDEXED BY leads_updated",
    "updated_at >= ?16 AND (updated_at, id) < (?18, ?19)",
    "updated_at DESC, id DESC"
);

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_OWNER, "leads_owner"),
        (IDS_OF_SEARCH, "leads_email"),
        (IDS_OF_EMAIL, "leads_email"),
        (IDS_OF_ACCOUNT, "leads_account"),
    ];
    for (order, index) in [
        (&CREATED_UP, "PRIMARY KEY"),
        (&CREATED_DOWN, "PRIMARY KEY"),
        (&OWNED_UP, "leads_owner"),
        (&OWNED_DOWN, "leads_owner"),
        (&SCORE_UP, "leads_score"),
        (&SCORE_DOWN, "leads_score"),
        (&UPDATED_UP, "leads_updated"),
        (&UPDATED_DOWN, "leads_updated"),
    ] {
        out.extend([(order.walk, index), (order.walk_end, index), (order.cut, "PRIMARY KEY")]);
    }
    out
}

const IDS_OF_OWNER: &str = "SELECT id FROM leads WHERE company_id = ?1 AND lead_owner_id = ?6 LIMIT ?30";

const IDS_OF_SEARCH: &str = "SELECT id FROM (SELECT id FROM leads WHERE company_id = ?1 AND email_key >= ?20 AND email_key < ?21 LIMIT ?30) \
     UNION ALL SELECT id FROM (SELECT id FROM leads WHERE company_id = ?1 AND last_name_key >= ?22 AND last_name_key < ?23 LIMIT ?30) \
     UNION ALL SELECT id FROM (SELECT id FROM leads WHERE company_id = ?1 AND company_key >= ?24 AND company_key < ?25 LIMIT ?30) \
     UNION ALL SELECT id FROM (SELECT id FROM leads WHERE company_id = ?1 AND phone_e164 = ?26 LIMIT ?30)";

const IDS_OF_EMAIL: &str = "SELECT id FROM leads WHERE company_id = ?1 AND email_key = ?27 LIMIT ?30";

/// The index is named: it is partial, and the planner does not take it for a bound value.
const IDS_OF_ACCOUNT: &str = "SELECT id FROM leads INDEXED BY leads_account WHERE company_id = ?1 AND converted_to_account_id = ?28 \
     AND converted_to_account_id IS NOT NULL LIMIT ?30";

/// Reads one page of what the caller may see.
///
/// # Errors
/// The database did not answer, or a stored row does not have the shape this code wrote.
pub async fn page<D: Database>(
    database: &D,
    company_id: &Id,
    query: &LeadQuery,
    visibility: &Visibility,
    policy: &Policy,
) -> Result<Page, Failure> {
    let asked = Asked::new(company_id, query, visibility);
    let (mut rows, walked) = match asked.narrow(database).await? {
        Some(ids) => (asked.read(database, asked.order.cut, NARROW, Some(&ids)).await?, false),
        None => (asked.read(database, asked.order.walk, asked.walk, None).await?, true),
    };
    let full = rows.len() > usize::from(query.limit);
    let end = if !full && walked { asked.walk_end(database).await? } else { None };
    rows.truncate(query.limit.into());
    let last = if full { rows.last().map(|row| row.place(query.sort.key)) } else { end };
    let items = rows.into_iter().map(|row| row.into_lead(policy)).collect();
    Ok(Page { next_cursor: last.map(|cursor| cursor.to_text(query.sort)), items, cost: asked.cost.get() })
}

/// A question in the database's terms.
struct Asked {
    params: Vec<Value>,
    order: &'static Order,
    narrow: Option<(&'static str, i64)>,
    walk: i64,
    cost: Cell<Cost>,
}

impl Asked {
    fn new(company_id: &Id, query: &LeadQuery, visibility: &Visibility) -> Self {
        let owner = match &query.owner {
            Some(OwnerFilter::Of(id)) => Some(id),
            _ => visibility.only_owner(),
        };
        let order: &'static Order = match (query.sort.key, query.sort.descending, owner.is_some()) {
            (SortKey::CreatedAt, false, true) => &OWNED_UP,
            (SortKey::CreatedAt, true, true) => &OWNED_DOWN,
            (SortKey::CreatedAt, false, false) => &CREATED_UP,
            (SortKey::CreatedAt, true, false) => &CREATED_DOWN,
            (SortKey::LeadScore, false, _) => &SCORE_UP,
            (SortKey::LeadScore, true, _) => &SCORE_DOWN,
            (SortKey::UpdatedAt, false, _) => &UPDATED_UP,
            (SortKey::UpdatedAt, true, _) => &UPDATED_DOWN,
        };
        let narrow = match (&query.search, owner) {
            _ if query.email.is_some() => Some((IDS_OF_EMAIL, NARROW)),
            _ if query.account_id.is_some() => Some((IDS_OF_ACCOUNT, NARROW)),
            (Some(_), _) => Some((IDS_OF_SEARCH, NARROW_SEARCH)),
            (None, Some(_)) if query.sort.key != SortKey::CreatedAt => Some((IDS_OF_OWNER, NARROW)),
            _ => None,
        };
        let walk = if *visibility == Visibility::Company { WALK } else { WALK_VEILED };
        Self { params: params(company_id, query, visibility, owner), order, narrow, walk, cost: Cell::default() }
    }

    /// The ids of a narrow question, where they are few.
    async fn narrow<D: Database>(&self, database: &D) -> Result<Option<Vec<String>>, Failure> {
        #[derive(Deserialize)]
        struct IdRow {
            id: String,
        }
        let Some((sql, most)) = self.narrow else { return Ok(None) };
        let outcomes = self.rows(database, self.statement(sql, most + 1, None)).await?;
        let rows: Vec<IdRow> = read_rows(&outcomes)?;
        // A search has four parts, each cut at the limit: one that is full may have lost some.
        let few = i64::try_from(rows.len()).is_ok_and(|count| count <= most);
        Ok(few.then(|| rows.into_iter().map(|row| row.id).collect()))
    }

    async fn read<D: Database>(
        &self,
        database: &D,
        sql: &'static str,
        walk: i64,
        ids: Option<&[String]>,
    ) -> Result<Vec<LeadRow>, Failure> {
        let outcomes = self.rows(database, self.statement(sql, walk, ids)).await?;
        Ok(read_rows(&outcomes)?)
    }

    /// Where the walk was cut off; none where it reached the end.
    async fn walk_end<D: Database>(&self, database: &D) -> Result<Option<Cursor>, Failure> {
        #[derive(Deserialize)]
        struct End {
            key: i64,
            id: Id,
        }
        let outcomes = self.rows(database, self.statement(self.order.walk_end, self.walk, None)).await?;
        let rows: Vec<End> = read_rows(&outcomes)?;
        Ok(rows.into_iter().next().map(|End { key, id }| Cursor { key, id }))
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

fn params(company_id: &Id, query: &LeadQuery, visibility: &Visibility, owner: Option<&Id>) -> Vec<Value> {
    let [owners, unowned] = visible::params(visibility);
    let behind = query.cursor.as_ref();
    let (first_key, first_id) = if query.sort.descending { (i64::MAX >> 10, "~") } else { (-1, "") };
    let range = |prefix: Option<&String>| [prefix.into(), prefix.map(|prefix| format!("{prefix}{LAST}")).into()];
    let search = query.search.as_ref();
    let mut out = vec![
        company_id.into(),
        owners,
        unowned,
        query.status.map(|status| status.as_str()).into(),
        query.stage.map(|stage| stage.as_str()).into(),
        owner.into(),
        (query.owner == Some(OwnerFilter::Nobody)).then_some(1_i64).into(),
        query.source.as_ref().into(),
        query.campaign.as_ref().into(),
        query.score_min.unwrap_or(0).into(),
        query.score_max.unwrap_or(100).into(),
        query.created_from.map_or_else(String::new, Id::first_at).into(),
        query.created_to.map_or_else(|| "~".to_owned(), Id::first_at).into(),
        query.validation_status.map(|status| status.as_str()).into(),
        query.duplicates.into(),
        query.updated_since.map_or(-1, lead_core::time::Instant::ms).into(),
        (i64::from(query.limit) + 1).into(),
        behind.map_or(first_key, |cursor| cursor.key).into(),
        behind.map_or(first_id, |cursor| cursor.id.as_str()).into(),
    ];
    out.extend(range(search.map(|search| &search.email)));
    out.extend(range(search.and_then(|search| search.last_name.as_ref())));
    out.extend(range(search.and_then(|search| search.company.as_ref())));
    out.push(search.and_then(|search| search.phone.as_ref()).into());
    out.extend([query.email.as_ref().into(), query.account_id.as_ref().into(), query.deleted.into()]);
    out
}
