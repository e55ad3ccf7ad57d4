//! Lists of contacts. Who sees a part of the company gets a page from the accounts that they see, so long as those are
//! at most a thousand; who sees more walks along the index of the order.

use super::contact_columns;
use crate::accounts::list::{seen_ids, seen_owners};
use crate::failure::Failure;
use crate::paging::{self, Asking, Page, Queries, WALK, WALK_VEILED, Way, orders, prefix_range, texts};
use crate::statement::{Database, Value};
use crate::visible::contact_visible;
use lead_core::access::Visibility;
use lead_core::account_query::ContactQuery;
use lead_core::contact::Contact;
use lead_core::id::Id;
use serde_json::json;

/// How many ids are a narrow question.
const NARROW: usize = 300;

/// The same for the three parts of a search.
const NARROW_SEARCH: usize = 120;

/// From how many accounts of the caller's a page is made.
const MOST_ACCOUNTS: usize = 1000;

/// The list for [`orders!`]. The parameters from ?10 on are its own.
macro_rules! contacts {
    (columns) => { contact_columns!() };
    (table) => { "contacts" };
    (rows) => { "?19" };
    (ids) => { "?20" };
    (filters) => {
        concat!(
            "deleted_at IS NULL AND id > ?5 AND id < ?6 AND updated_at >= ?7 \
             AND (?10 IS NULL OR account_id = ?10) AND (?11 IS NULL OR role = ?11) AND (?12 IS NULL OR email_key = ?12) \
             AND (?13 IS NULL OR is_primary_contact = ?13) \
             AND (?14 IS NULL OR (email_key >= ?14 AND email_key < ?15) OR (name_key >= ?16 AND name_key < ?17) OR phone_e164 = ?18) AND ",
            contact_visible!("contacts", "?2", "?3")
        )
    };
}

const CREATED: [Queries; 2] = orders!(contacts by id, "", "");
const OF_ACCOUNT: [Queries; 2] = orders!(contacts by id, " INDEXED BY contacts_account", " AND account_id = ?10");
const UPDATED: [Queries; 2] =
    orders!(contacts by "updated_at", " INDEXED BY contacts_updated", up "", down " AND updated_at >= ?7");

/// The next contacts of each account: a run each. ?19 accounts, ?20 the length of a run.
macro_rules! runs {
    ($order:literal) => {
        concat!(
            "SELECT (SELECT json_group_array(id) FROM (SELECT id FROM contacts INDEXED BY contacts_account WHERE company_id = ?1 \
               AND account_id = a.value AND id > ?5 AND id < ?6 ORDER BY id",
            $order,
            " LIMIT ?20)) AS ids FROM json_each(?19) a"
        )
    };
}

const RUNS_UP: &str = runs!("");
const RUNS_DOWN: &str = runs!(" DESC");

const IDS_OF_SEARCH: &str = "SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_email WHERE company_id = ?1 AND email_key >= ?14 \
       AND email_key < ?15 AND email_key IS NOT NULL AND deleted_at IS NULL LIMIT ?19) \
     UNION ALL SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_name WHERE company_id = ?1 AND name_key >= ?16 \
       AND name_key < ?17 AND deleted_at IS NULL LIMIT ?19) \
     UNION ALL SELECT id FROM (SELECT id FROM contacts INDEXED BY contacts_phone WHERE company_id = ?1 AND phone_e164 = ?18 \
       AND phone_e164 IS NOT NULL AND deleted_at IS NULL LIMIT ?19)";

const IDS_OF_EMAIL: &str = "SELECT id FROM contacts INDEXED BY contacts_email WHERE company_id = ?1 AND email_key = ?12 AND email_key IS NOT NULL \
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
    let orders = [(&CREATED, "PRIMARY KEY"), (&OF_ACCOUNT, "contacts_account"), (&UPDATED, "contacts_updated")];
    out.extend(texts(orders));
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
    let asking = Asking::new(database, params(company_id, query, visibility));
    let queries = match (query.paging.order.is_by_id(), &query.account_id) {
        (true, Some(_)) => &OF_ACCOUNT,
        (true, None) => &CREATED,
        (false, _) => &UPDATED,
    };
    let way = way(&asking, query, visibility).await?;
    asking.page(queries, way, &query.paging, |contact: &Contact, _| (&contact.id, contact.stamp.updated_at.ms())).await
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
        return Ok(Way::these(ids));
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
    if !query.paging.order.is_by_id() {
        return Ok(asking.few(IDS_OF_ACCOUNTS, NARROW, list).await?.map_or(Way::Walk(walk), Way::these));
    }
    if query.account_id.is_some() {
        return Ok(Way::Walk(walk));
    }
    let sql = if query.paging.order.is_descending() { RUNS_DOWN } else { RUNS_UP };
    asking.runs(sql, accounts.len(), &query.paging, list).await
}

fn params(company_id: &Id, query: &ContactQuery, visibility: &Visibility) -> Vec<Value> {
    let search = query.search.as_ref();
    let mut out = paging::params(company_id, visibility, &query.paging, None);
    out.extend([
        query.account_id.as_ref().into(),
        query.role.map(|role| role.as_str()).into(),
        query.email.as_ref().into(),
        query.is_primary_contact.into(),
    ]);
    out.extend(prefix_range(search.map(|search| &search.email)));
    out.extend(prefix_range(search.and_then(|search| search.name.as_ref())));
    out.push(search.and_then(|search| search.phone.as_ref()).into());
    out
}
