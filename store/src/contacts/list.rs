//! Lists of contacts. Who sees a part of the company gets a page from the accounts that they see, so long as those are
//! at most a thousand; who sees more walks along the index of the order.

use super::contact_columns;
use crate::accounts::list::{seen_ids, seen_owners};
use crate::failure::Failure;
use crate::paging::{Asking, Page, Queries, Way, change_place, id_range, prefix_range};
use crate::statement::{Database, Value};
use crate::visible::{self, contact_visible};
use lead_core::access::Visibility;
use lead_core::account_query::{ContactQuery, Order};
use lead_core::contact::Contact;
use lead_core::id::Id;
use serde_json::json;
use std::cell::Cell;

/// How many rows one walk along an index reads; finding where it ended may read as many again.
const WALK: i64 = 370;

/// The same where each row also asks whether the caller may see its account.
const WALK_VEILED: i64 = 120;

/// How many ids are a narrow question.
const NARROW: usize = 300;

/// The same for the three parts of a search.
const NARROW_SEARCH: usize = 120;

/// From how many accounts of the caller's a page is made.
const MOST_ACCOUNTS: usize = 1000;

/// The filters. ?1 to ?18 mean the same in every query here.
macro_rules! filters {
    () => {
        concat!(
            "deleted_at IS NULL AND id > ?15 AND id < ?16 AND updated_at >= ?8 \
             AND (?4 IS NULL OR account_id = ?4) AND (?5 IS NULL OR role = ?5) AND (?6 IS NULL OR email_key = ?6) \
             AND (?7 IS NULL OR is_primary_contact = ?7) \
             AND (?9 IS NULL OR (email_key >= ?9 AND email_key < ?10) OR (name_key >= ?11 AND name_key < ?12) OR phone_e164 = ?13) AND ",
            contact_visible!("contacts", "?2", "?3")
        )
    };
}

/// The queries of one order. The outer query keeps the inner one's order: a sort of its own would read every row.
macro_rules! order {
    ($key:literal, $from:literal, $place:literal, $order:literal) => {
        Queries {
            walk: concat!(
                "SELECT ", contact_columns!(), " FROM (SELECT * FROM ", $from, " WHERE company_id = ?1 AND ", $place, " ORDER BY ", $order,
                " LIMIT ?19) AS contacts WHERE ", filters!(), " LIMIT ?14"
            ),
            walk_end: concat!(
                "SELECT ", $key, " AS key, id FROM ", $from, " WHERE company_id = ?1 AND ", $place, " ORDER BY ", $order, " LIMIT 1 OFFSET ?19 - 1"
            ),
            cut: concat!(
                "SELECT ", contact_columns!(),
                " FROM (SELECT * FROM contacts WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?20)) LIMIT ?19) AS contacts WHERE ",
                $place, " AND ", filters!(), " ORDER BY ", $order, " LIMIT ?14"
            ),
        }
    };
}

const CREATED_UP: Queries = order!("0", "contacts", "id > ?15 AND id < ?16", "id");
const CREATED_DOWN: Queries = order!("0", "contacts", "id > ?15 AND id < ?16", "id DESC");
const OF_ACCOUNT_UP: Queries =
    order!("0", "contacts INDEXED BY contacts_account", "account_id = ?4 AND id > ?15 AND id < ?16", "id");
const OF_ACCOUNT_DOWN: Queries =
    order!("0", "contacts INDEXED BY contacts_account", "account_id = ?4 AND id > ?15 AND id < ?16", "id DESC");
const UPDATED_UP: Queries = order!(
    "updated_at",
    "contacts INDEXED BY contacts_updated",
    "updated_at >= ?8 AND (updated_at, id) > (?17, ?18)",
    "updated_at, id"
);
const UPDATED_DOWN: Queries = order!(
    "updated_at",
    "contacts INDEXED BY contacts_updated",
    "updated_at >= ?8 AND (updated_at, id) < (?17, ?18)",
    "updated_at DESC, id DESC"
);

/// The next contacts of each account: a run each. ?19 accounts, ?20 the length of a run.
macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT (SELECT json_group_array(id) FROM (SELECT id FROM contacts INDEXED BY contacts_account WHERE company_id = ?1 \
               AND account_id = a.value AND id > ?15 AND id < ?16 ORDER BY id",
            $order,
            " LIMIT ?20)) AS ids FROM json_each(?19) a"
        )
    };
}

const RUNS_UP: &str = runs!("");
const RUNS_DOWN: &str = runs!(" DESC");

const IDS_OF_SEARCH: &str = "SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_email WHERE company_id = ?1 AND email_key >= ?9 \
       AND email_key < ?10 AND email_key IS NOT NULL AND deleted_at IS NULL LIMIT ?19) \
     UNION ALL SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_name WHERE company_id = ?1 AND name_key >= ?11 \
       AND name_key < ?12 AND deleted_at IS NULL LIMIT ?19) \
     UNION ALL SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_phone WHERE company_id = ?1 AND phone_e164 = ?13 \
       AND phone_e164 IS NOT NULL AND deleted_at IS NULL LIMIT ?19)";

const IDS_OF_EMAIL: &str = "SELECT id FROM contacts INDEXED BY contacts_email WHERE company_id = ?1 AND email_key = ?6 AND email_key IS NOT NULL \
     AND deleted_at IS NULL LIMIT ?19";

/// The accounts that the caller sees, so long as they are few. ?19 and ?20 the owners.
const SEEN_ACCOUNTS: &str = seen_ids!("?19", "?20", "?21");

/// The contacts of these accounts, so long as they are few. ?19 accounts.
const IDS_OF_ACCOUNTS: &str = "SELECT c.id FROM json_each(?19) a CROSS JOIN contacts c INDEXED BY contacts_account \
     WHERE c.company_id = ?1 AND c.account_id = a.value LIMIT ?20";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_SEARCH, "contacts_name"),
        (IDS_OF_EMAIL, "contacts_email"),
        (SEEN_ACCOUNTS, "accounts_owner"),
        (IDS_OF_ACCOUNTS, "contacts_account"),
        (RUNS_UP, "contacts_account"),
        (RUNS_DOWN, "contacts_account"),
    ];
    for (queries, index) in [
        (&CREATED_UP, "PRIMARY KEY"),
        (&CREATED_DOWN, "PRIMARY KEY"),
        (&OF_ACCOUNT_UP, "contacts_account"),
        (&OF_ACCOUNT_DOWN, "contacts_account"),
        (&UPDATED_UP, "contacts_updated"),
        (&UPDATED_DOWN, "contacts_updated"),
    ] {
        out.extend([(queries.walk, index), (queries.walk_end, index), (queries.cut, "PRIMARY KEY")]);
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
    query: &ContactQuery,
    visibility: &Visibility,
) -> Result<Page<Contact>, Failure> {
    let asking = Asking { database, params: params(company_id, query, visibility), cost: Cell::default() };
    let paging = &query.paging;
    let queries = match (paging.order, &query.account_id) {
        (Order::CreatedUp, Some(_)) => &OF_ACCOUNT_UP,
        (Order::CreatedDown, Some(_)) => &OF_ACCOUNT_DOWN,
        (Order::CreatedUp, None) => &CREATED_UP,
        (Order::CreatedDown, None) => &CREATED_DOWN,
        (Order::UpdatedUp, _) => &UPDATED_UP,
        (Order::UpdatedDown, _) => &UPDATED_DOWN,
    };
    let way = way(&asking, query, visibility).await?;
    asking.page(queries, way, paging, |contact: &Contact| (&contact.id, contact.stamp.updated_at)).await
}

async fn way<D: Database>(
    asking: &Asking<'_, D>,
    query: &ContactQuery,
    visibility: &Visibility,
) -> Result<Way, Failure> {
    let narrow = match (&query.search, &query.email) {
        (Some(_), _) => asking.few(IDS_OF_SEARCH, NARROW_SEARCH, []).await?,
        (None, Some(_)) => asking.few(IDS_OF_EMAIL, NARROW_SEARCH, []).await?,
        (None, None) => None,
    };
    if let Some(ids) = narrow {
        return Ok(Way::Cut { ids, end: None });
    }
    let walk = if visibility.is_all() { WALK } else { WALK_VEILED };
    let accounts = match &query.account_id {
        Some(account) => Some(vec![account.to_string()]),
        None if visibility.is_all() => None,
        None => {
            let owners = Value::from(json!(seen_owners(visibility)));
            asking.few(SEEN_ACCOUNTS, MOST_ACCOUNTS, [owners.clone(), owners]).await?
        }
    };
    let Some(mut accounts) = accounts else { return Ok(Way::Walk(walk)) };
    accounts.sort_unstable();
    accounts.dedup();
    let list = [Value::from(json!(accounts))];
    if query.paging.order.is_by_change() {
        let few = asking.few(IDS_OF_ACCOUNTS, NARROW, list).await?;
        return Ok(few.map_or(Way::Walk(walk), |ids| Way::Cut { ids, end: None }));
    }
    if query.account_id.is_some() {
        return Ok(Way::Walk(walk));
    }
    let sql = if query.paging.order.is_descending() { RUNS_DOWN } else { RUNS_UP };
    asking.runs(sql, accounts.len(), &query.paging, list).await
}

fn params(company_id: &Id, query: &ContactQuery, visibility: &Visibility) -> Vec<Value> {
    let [owners, unowned] = visible::params(visibility);
    let paging = &query.paging;
    let search = query.search.as_ref();
    let mut out = vec![
        company_id.into(),
        owners,
        unowned,
        query.account_id.as_ref().into(),
        query.role.map(|role| role.as_str()).into(),
        query.email.as_ref().into(),
        query.is_primary_contact.into(),
        paging.updated_since.map_or(-1, lead_core::time::Instant::ms).into(),
    ];
    out.extend(prefix_range(search.map(|search| &search.email)));
    out.extend(prefix_range(search.and_then(|search| search.name.as_ref())));
    out.push(search.and_then(|search| search.phone.as_ref()).into());
    out.push((i64::from(paging.limit) + 1).into());
    out.extend(id_range(paging));
    out.extend(change_place(paging));
    out
}
