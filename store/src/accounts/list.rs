//! Lists of accounts. Who sees a part of the company gets a page from the accounts that they own, the leads of theirs that were
//! converted, and their opportunities: nobody walks along accounts that they do not see, but for lists by change of
//! people who see many.

use super::account_columns;
use crate::failure::Failure;
use crate::paging::{Asking, Page, Queries, Way, change_place, id_range, prefix_range};
use crate::statement::{Database, Value};
use crate::visible::{self, account_visible};
use lead_core::access::Visibility;
use lead_core::account::Account;
use lead_core::account_query::{AccountQuery, Order};
use lead_core::id::Id;
use lead_core::lead_query::OwnerFilter;
use serde_json::json;
use std::cell::Cell;

/// How many rows one walk along an index reads; finding where it ended may read as many again.
const WALK: i64 = 370;

/// The same where each row also asks whether the caller may see it.
const WALK_VEILED: i64 = 120;

/// How many ids are a narrow question.
const NARROW: usize = 300;

/// The same for the two parts of a search.
const NARROW_SEARCH: usize = 120;

/// The filters. ?1 to ?21 mean the same in every query here.
macro_rules! filters {
    () => {
        concat!(
            "deleted_at IS NULL AND id > ?18 AND id < ?19 AND updated_at >= ?12 \
             AND (?5 IS NULL OR account_owner_id = ?5) AND (?6 IS NULL OR account_owner_id IS NULL) \
             AND (?7 IS NULL OR account_type = ?7) AND (?8 IS NULL OR lifecycle_stage = ?8) \
             AND (?9 IS NULL OR health_score = ?9) AND (?10 IS NULL OR industry = ?10) AND (?11 IS NULL OR is_active = ?11) \
             AND (?13 IS NULL OR (domain >= ?13 AND domain < ?14) OR (company_key >= ?15 AND company_key < ?16)) AND ",
            account_visible!("accounts", "?2", "?3")
        )
    };
}

/// The queries of one order. The outer query keeps the inner one's order: a sort of its own would read every row.
macro_rules! order {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        Queries {
            walk: concat!(
                "SELECT ", account_columns!("?4"), " FROM (SELECT * FROM ", $from, " WHERE company_id = ?1 AND ", $place, " ORDER BY ", $order,
                " LIMIT ?22) AS accounts WHERE ", filters!(), " LIMIT ?17"
            ),
            walk_end: concat!(
                "SELECT ", $key, " AS key, id FROM ", $from, " WHERE company_id = ?1 AND ", $place, " ORDER BY ", $order, " LIMIT 1 OFFSET ?22 - 1"
            ),
            cut: concat!(
                "SELECT ", account_columns!("?4"),
                " FROM (SELECT * FROM accounts WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?23)) LIMIT ?22) AS accounts WHERE ",
                $place, " AND ", filters!(), " ORDER BY ", $order, " LIMIT ?17"
            ),
        }
    };
}

const CREATED_UP: Queries = order!("0", "accounts", "id > ?18 AND id < ?19", "id");
const CREATED_DOWN: Queries = order!("0", "accounts", "id > ?18 AND id < ?19", "id DESC");
const UPDATED_UP: Queries = order!(
    "updated_at",
    "accounts INDEXED BY accounts_updated",
    "updated_at >= ?12 AND (updated_at, id) > (?20, ?21)",
    "updated_at, id"
);
const UPDATED_DOWN: Queries = order!(
    "updated_at",
    "accounts INDEXED BY accounts_updated",
    "updated_at >= ?12 AND (updated_at, id) < (?20, ?21)",
    "updated_at DESC, id DESC"
);

/// Each owner's next accounts, each owner's next converted leads' accounts, each owner's next opportunities' accounts: a run
/// each. ?22 owners of accounts, ?23 owners of leads and opportunities, NULL among them for those without one; ?24 the length of a run.
macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT (SELECT json_group_array(id) FROM (SELECT id FROM accounts INDEXED BY accounts_owner WHERE company_id = ?1 \
               AND account_owner_id IS o.value AND id > ?18 AND id < ?19 ORDER BY id", $order, " LIMIT ?24)) AS ids FROM json_each(?22) o \
             UNION ALL SELECT (SELECT json_group_array(id) FROM (SELECT converted_to_account_id AS id FROM leads INDEXED BY leads_owner_account \
               WHERE company_id = ?1 AND lead_owner_id IS o.value AND converted_to_account_id IS NOT NULL AND deleted_at IS NULL \
               AND converted_to_account_id > ?18 AND converted_to_account_id < ?19 ORDER BY converted_to_account_id", $order, " LIMIT ?24)) \
               FROM json_each(?23) o \
             UNION ALL SELECT (SELECT json_group_array(id) FROM (SELECT account_id AS id FROM opportunities INDEXED BY opportunities_owner \
               WHERE company_id = ?1 AND owner_id IS o.value AND account_id > ?18 AND account_id < ?19 ORDER BY account_id", $order, " LIMIT ?24)) \
               FROM json_each(?23) o"
        )
    };
}

const RUNS_UP: &str = runs!("");
const RUNS_DOWN: &str = runs!(" DESC");

const IDS_OF_SEARCH: &str = "SELECT id FROM (SELECT id FROM accounts INDEXED BY accounts_domain WHERE company_id = ?1 AND domain >= ?13 \
       AND domain < ?14 AND domain IS NOT NULL AND deleted_at IS NULL LIMIT ?22) \
     UNION ALL SELECT id FROM (SELECT id FROM accounts INDEXED BY accounts_key WHERE company_id = ?1 AND company_key >= ?15 \
       AND company_key < ?16 AND deleted_at IS NULL LIMIT ?22)";

/// `$own` owners of accounts, `$linked` owners of leads and opportunities, `$limit` the most of each part.
macro_rules! seen_ids {
    ($own:literal, $linked:literal, $limit:literal) => {
        concat!(
            "SELECT id FROM (SELECT a.id FROM json_each(", $own, ") o CROSS JOIN accounts a INDEXED BY accounts_owner \
               WHERE a.company_id = ?1 AND a.account_owner_id IS o.value LIMIT ", $limit, ") \
             UNION ALL SELECT id FROM (SELECT l.converted_to_account_id AS id FROM json_each(", $linked, ") o \
               CROSS JOIN leads l INDEXED BY leads_owner_account WHERE l.company_id = ?1 AND l.lead_owner_id IS o.value \
               AND l.converted_to_account_id IS NOT NULL AND l.deleted_at IS NULL LIMIT ", $limit, ") \
             UNION ALL SELECT id FROM (SELECT s.account_id AS id FROM json_each(", $linked, ") o \
               CROSS JOIN opportunities s INDEXED BY opportunities_owner WHERE s.company_id = ?1 AND s.owner_id IS o.value LIMIT ", $limit, ")"
        )
    };
}
pub(crate) use seen_ids;

/// Every account that these owners' own, leads and opportunities lead to, so long as they are few.
const IDS_OF_OWNERS: &str = seen_ids!("?22", "?23", "?24");

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_SEARCH, "accounts_key"),
        (IDS_OF_OWNERS, "leads_owner_account"),
        (RUNS_UP, "opportunities_owner"),
        (RUNS_DOWN, "opportunities_owner"),
    ];
    for (queries, index) in [
        (&CREATED_UP, "PRIMARY KEY"),
        (&CREATED_DOWN, "PRIMARY KEY"),
        (&UPDATED_UP, "accounts_updated"),
        (&UPDATED_DOWN, "accounts_updated"),
    ] {
        out.extend([(queries.walk, index), (queries.walk_end, index), (queries.cut, "PRIMARY KEY")]);
    }
    out
}

/// Reads one page of what the caller may see. `currency` is the company's.
///
/// # Errors
/// The database did not answer, or a stored row does not have the shape this code wrote.
pub async fn page<D: Database>(
    database: &D,
    company_id: &Id,
    query: &AccountQuery,
    visibility: &Visibility,
    currency: &str,
) -> Result<Page<Account>, Failure> {
    let params = params(company_id, query, visibility, currency);
    let asking = Asking { database, params, cost: Cell::default() };
    let paging = &query.paging;
    let queries = match paging.order {
        Order::CreatedUp => &CREATED_UP,
        Order::CreatedDown => &CREATED_DOWN,
        Order::UpdatedUp => &UPDATED_UP,
        Order::UpdatedDown => &UPDATED_DOWN,
    };
    let way = way(&asking, query, visibility).await?;
    asking.page(queries, way, paging, |account: &Account| (&account.id, account.stamp.updated_at)).await
}

async fn way<D: Database>(
    asking: &Asking<'_, D>,
    query: &AccountQuery,
    visibility: &Visibility,
) -> Result<Way, Failure> {
    if query.search.is_some()
        && let Some(ids) = asking.few(IDS_OF_SEARCH, NARROW_SEARCH, []).await?
    {
        return Ok(Way::Cut { ids, end: None });
    }
    let walk = if visibility.is_all() { WALK } else { WALK_VEILED };
    let Some((own, linked)) = owners(query, visibility) else { return Ok(Way::Walk(walk)) };
    let lists = [Value::from(json!(own)), Value::from(json!(linked))];
    if query.paging.order.is_by_change() {
        let few = asking.few(IDS_OF_OWNERS, NARROW, lists).await?;
        return Ok(few.map_or(Way::Walk(walk), |ids| Way::Cut { ids, end: None }));
    }
    let sql = if query.paging.order.is_descending() { RUNS_DOWN } else { RUNS_UP };
    asking.runs(sql, own.len() + 2 * linked.len(), &query.paging, lists).await
}

/// Owners of rows; `None` among them stands for nobody.
pub(crate) type Owners<'a> = Vec<Option<&'a Id>>;

/// Whose accounts, and whose leads and opportunities, lead to every account that may be on the list; `None` where that is
/// anybody's.
fn owners<'a>(query: &'a AccountQuery, visibility: &'a Visibility) -> Option<(Owners<'a>, Owners<'a>)> {
    match (&query.owner, visibility) {
        (Some(OwnerFilter::Of(id)), _) => Some((vec![Some(id)], Vec::new())),
        (Some(OwnerFilter::Nobody), _) => Some((vec![None], Vec::new())),
        (None, Visibility::Company) => None,
        (None, Visibility::Owners { .. }) => {
            let seen = seen_owners(visibility);
            Some((seen.clone(), seen))
        }
    }
}

/// The owners whose rows are seen.
pub(crate) fn seen_owners(visibility: &Visibility) -> Owners<'_> {
    match visibility {
        Visibility::Company => Vec::new(),
        Visibility::Owners { owners, unowned } => owners.iter().map(Some).chain(unowned.then_some(None)).collect(),
    }
}

fn params(company_id: &Id, query: &AccountQuery, visibility: &Visibility, currency: &str) -> Vec<Value> {
    let [owners, unowned] = visible::params(visibility);
    let (owner, nobody) = match &query.owner {
        Some(OwnerFilter::Of(id)) => (Some(id), None),
        Some(OwnerFilter::Nobody) => (None, Some(1_i64)),
        None => (None, None),
    };
    let paging = &query.paging;
    let search = query.search.as_ref();
    let mut out = vec![
        company_id.into(),
        owners,
        unowned,
        currency.into(),
        owner.into(),
        nobody.into(),
        query.account_type.map(|kind| kind.as_str()).into(),
        query.lifecycle_stage.map(|stage| stage.as_str()).into(),
        query.health_score.map(|health| health.as_str()).into(),
        query.industry.as_ref().into(),
        query.is_active.into(),
        paging.updated_since.map_or(-1, lead_core::time::Instant::ms).into(),
    ];
    out.extend(prefix_range(search.map(|search| &search.domain)));
    out.extend(prefix_range(search.and_then(|search| search.name.as_ref())));
    out.push((i64::from(paging.limit) + 1).into());
    out.extend(id_range(paging));
    out.extend(change_place(paging));
    out
}
