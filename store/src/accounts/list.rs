//! Lists of accounts. Who sees a part of the company gets a page from the accounts that they own, the leads of theirs that were
//! converted, and their opportunities: nobody walks along accounts that they do not see, but for lists by change of
//! people who see many.

use super::account_columns;
use crate::failure::Failure;
use crate::paging::{self, Asking, Page, Queries, WALK, WALK_VEILED, Way, orders, prefix_range, texts};
use crate::statement::{Database, Value};
use crate::visible::account_visible;
use lead_core::access::Visibility;
use lead_core::account::Account;
use lead_core::account_query::AccountQuery;
use lead_core::id::Id;
use lead_core::page_query::OwnerFilter;
use serde_json::json;

/// How many ids are a narrow question.
const NARROW: usize = 300;

/// The same for the two parts of a search.
const NARROW_SEARCH: usize = 120;

/// The list for [`orders!`]. The parameters from ?10 on are its own.
macro_rules! accounts {
    (columns) => { account_columns!("?10") };
    (table) => { "accounts" };
    (rows) => { "?22" };
    (ids) => { "?23" };
    (filters) => {
        concat!(
            "deleted_at IS NULL AND id > ?5 AND id < ?6 AND updated_at >= ?7 \
             AND (?11 IS NULL OR account_owner_id = ?11) AND (?12 = 0 OR account_owner_id IS NULL) \
             AND (?13 IS NULL OR account_type = ?13) AND (?14 IS NULL OR lifecycle_stage = ?14) \
             AND (?15 IS NULL OR health_score = ?15) AND (?16 IS NULL OR industry = ?16) AND (?17 IS NULL OR is_active = ?17) \
             AND (?18 IS NULL OR (domain >= ?18 AND domain < ?19) OR (company_key >= ?20 AND company_key < ?21)) AND ",
            account_visible!("accounts", "?2", "?3")
        )
    };
}

const CREATED: [Queries; 2] = orders!(accounts by id, "", "");
const UPDATED: [Queries; 2] =
    orders!(accounts by "updated_at", " INDEXED BY accounts_updated", up "", down " AND updated_at >= ?7");

/// Each owner's next accounts, each owner's next converted leads' accounts, each owner's next opportunities' accounts: a run
/// each. ?22 owners of accounts, ?23 owners of leads and opportunities, NULL among them for those without one; ?24 the length of a run.
macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT (SELECT json_group_array(id) FROM (SELECT id FROM accounts INDEXED BY accounts_owner WHERE company_id = ?1 \
               AND account_owner_id IS o.value AND id > ?5 AND id < ?6 ORDER BY id", $order, " LIMIT ?24)) AS ids FROM json_each(?22) o \
             UNION ALL SELECT (SELECT json_group_array(id) FROM (SELECT converted_to_account_id AS id FROM leads INDEXED BY leads_owner_account \
               WHERE company_id = ?1 AND lead_owner_id IS o.value AND converted_to_account_id IS NOT NULL AND deleted_at IS NULL \
               AND converted_to_account_id > ?5 AND converted_to_account_id < ?6 ORDER BY converted_to_account_id", $order, " LIMIT ?24)) \
               FROM json_each(?23) o \
             UNION ALL SELECT (SELECT json_group_array(id) FROM (SELECT account_id AS id FROM opportunities INDEXED BY opportunities_owner \
               WHERE company_id = ?1 AND owner_id IS o.value AND account_id > ?5 AND account_id < ?6 ORDER BY account_id", $order, " LIMIT ?24)) \
               FROM json_each(?23) o"
        )
    };
}

const RUNS_UP: &str = runs!("");
const RUNS_DOWN: &str = runs!(" DESC");

const IDS_OF_SEARCH: &str = "SELECT id FROM (SELECT id FROM accounts INDEXED BY accounts_domain WHERE company_id = ?1 AND domain >= ?18 \
       AND domain < ?19 AND domain IS NOT NULL AND deleted_at IS NULL LIMIT ?22) \
     UNION ALL SELECT id FROM (SELECT id FROM accounts INDEXED BY accounts_key WHERE company_id = ?1 AND company_key >= ?20 \
       AND company_key < ?21 AND deleted_at IS NULL LIMIT ?22)";

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
    out.extend(texts([(&CREATED, "PRIMARY KEY"), (&UPDATED, "accounts_updated")]));
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
    let asking = Asking::new(database, params(company_id, query, visibility, currency));
    let queries = if query.paging.order.is_by_id() { &CREATED } else { &UPDATED };
    let way = way(&asking, query, visibility).await?;
    asking.page(queries, way, &query.paging, |account: &Account, _| (&account.id, account.stamp.updated_at.ms())).await
}

async fn way<D: Database>(
    asking: &Asking<'_, D>,
    query: &AccountQuery,
    visibility: &Visibility,
) -> Result<Way, Failure> {
    if query.search.is_some()
        && let Some(ids) = asking.few(IDS_OF_SEARCH, NARROW_SEARCH, []).await?
    {
        return Ok(Way::these(ids));
    }
    let walk = if visibility.is_all() { WALK } else { WALK_VEILED };
    let Some((own, linked)) = owners(query, visibility) else { return Ok(Way::Walk(walk)) };
    let lists = [Value::from(json!(own)), Value::from(json!(linked))];
    if !query.paging.order.is_by_id() {
        return Ok(asking.few(IDS_OF_OWNERS, NARROW, lists).await?.map_or(Way::Walk(walk), Way::these));
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
    let search = query.search.as_ref();
    let mut out = paging::params(company_id, visibility, &query.paging, None);
    out.extend([
        currency.into(),
        query.owner.as_ref().and_then(OwnerFilter::person).into(),
        (query.owner == Some(OwnerFilter::Nobody)).into(),
        query.account_type.map(|kind| kind.as_str()).into(),
        query.lifecycle_stage.map(|stage| stage.as_str()).into(),
        query.health_score.map(|health| health.as_str()).into(),
        query.industry.as_ref().into(),
        query.is_active.into(),
    ]);
    out.extend(prefix_range(search.map(|search| &search.domain)));
    out.extend(prefix_range(search.and_then(|search| search.name.as_ref())));
    out
}
