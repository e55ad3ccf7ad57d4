//! Lists of leads. A narrow question (a search, an address, an account, or one owner's leads by another order than time) first
//! asks an index for the ids; where they are few, the page is cut from them. Any other question walks along the index of
//! its order.

use super::{LeadRow, lead_columns};
use crate::failure::Failure;
use crate::paging::{self, Asking, Page, Queries, WALK, WALK_VEILED, orders, prefix_range, texts};
use crate::statement::{Database, Value};
use crate::visible::visible;
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::lead::Lead;
use lead_core::lead_query::LeadQuery;
use lead_core::page_query::OwnerFilter;
use lead_core::policy::Policy;

/// How many ids an owner may have to be a narrow question; each is read once in its index and once as a lead, and may ask
/// which other leads the caller sees: about four rows more.
const NARROW: usize = 160;

/// The same for each of the four parts of a search.
const NARROW_SEARCH: usize = 60;

/// The list for [`orders!`]. The parameters from ?10 on are its own.
macro_rules! leads {
    (columns) => { lead_columns!("?2", "?3") };
    (table) => { "leads" };
    (rows) => { "?30" };
    (ids) => { "?31" };
    (filters) => {
        concat!(
            "(deleted_at IS NOT NULL) = ?29 AND id > ?5 AND id < ?6 AND updated_at >= ?7 AND ",
            visible!("lead_owner_id", "?2", "?3"),
            " AND (?10 IS NULL OR status = ?10) AND (?11 IS NULL OR stage = ?11) \
             AND (?12 IS NULL OR lead_owner_id = ?12) AND (?13 = 0 OR lead_owner_id IS NULL) \
             AND (?14 IS NULL OR lead_source = ?14) AND (?15 IS NULL OR campaign = ?15) \
             AND lead_score BETWEEN ?16 AND ?17 \
             AND (?18 IS NULL OR validation_status = ?18) AND (?19 IS NULL OR is_duplicate = ?19) \
             AND (?20 IS NULL OR (email_key >= ?20 AND email_key < ?21) OR (last_name_key >= ?22 AND last_name_key < ?23) \
               OR (company_key >= ?24 AND company_key < ?25) OR phone_e164 = ?26) \
             AND (?27 IS NULL OR email_key = ?27) AND (?28 IS NULL OR converted_to_account_id = ?28)"
        )
    };
}

// Each names its index: without statistics the planner would walk an owner's leads along all leads of the company.
const CREATED: [Queries; 2] = orders!(leads by id, "", "");
const OWNED: [Queries; 2] = orders!(leads by id, " INDEXED BY leads_owner", " AND lead_owner_id = ?12");
const SCORE: [Queries; 2] = orders!(
    leads by "lead_score", " INDEXED BY leads_score", up " AND lead_score <= ?17", down " AND lead_score >= ?16"
);
const UPDATED: [Queries; 2] =
    orders!(leads by "updated_at", " INDEXED BY leads_updated", up "", down " AND updated_at >= ?7");

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_OWNER, "leads_owner"),
        (IDS_OF_SEARCH, "leads_email"),
        (IDS_OF_EMAIL, "leads_email"),
        (IDS_OF_ACCOUNT, "leads_account"),
    ];
    out.extend(texts([
        (&CREATED, "PRIMARY KEY"),
        (&OWNED, "leads_owner"),
        (&SCORE, "leads_score"),
        (&UPDATED, "leads_updated"),
    ]));
    out
}

const IDS_OF_OWNER: &str = "SELECT id FROM leads WHERE company_id = ?1 AND lead_owner_id = ?12 LIMIT ?30";

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
) -> Result<Page<Lead>, Failure> {
    let owner = query.owner.as_ref().and_then(OwnerFilter::person).or(visibility.only_owner());
    let asking = Asking::new(database, params(company_id, query, visibility, owner));
    let order = query.paging.order;
    let queries = match owner {
        _ if order.is_by_score() => &SCORE,
        _ if !order.is_by_id() => &UPDATED,
        Some(_) => &OWNED,
        None => &CREATED,
    };
    let narrow = match owner {
        _ if query.email.is_some() => Some((IDS_OF_EMAIL, NARROW)),
        _ if query.account_id.is_some() => Some((IDS_OF_ACCOUNT, NARROW)),
        _ if query.search.is_some() => Some((IDS_OF_SEARCH, NARROW_SEARCH)),
        Some(_) if !order.is_by_id() => Some((IDS_OF_OWNER, NARROW)),
        _ => None,
    };
    let way = asking.way(narrow, if visibility.is_all() { WALK } else { WALK_VEILED }).await?;
    let found = asking.page(queries, way, &query.paging, LeadRow::place).await?;
    let items = found.items.into_iter().map(|row| row.into_lead(policy)).collect();
    Ok(Page { items, next_cursor: found.next_cursor, cost: found.cost })
}

fn params(company_id: &Id, query: &LeadQuery, visibility: &Visibility, owner: Option<&Id>) -> Vec<Value> {
    let (search, scores) = (query.search.as_ref(), (query.score_min.unwrap_or(0), query.score_max.unwrap_or(100)));
    let mut out = paging::params(company_id, visibility, &query.paging, Some(scores));
    out.extend([
        query.status.map(|status| status.as_str()).into(),
        query.stage.map(|stage| stage.as_str()).into(),
        owner.into(),
        (query.owner == Some(OwnerFilter::Nobody)).into(),
        query.source.as_ref().into(),
        query.campaign.as_ref().into(),
        scores.0.into(),
        scores.1.into(),
        query.validation_status.map(|status| status.as_str()).into(),
        query.duplicates.into(),
    ]);
    out.extend(prefix_range(search.map(|search| &search.email)));
    out.extend(prefix_range(search.and_then(|search| search.last_name.as_ref())));
    out.extend(prefix_range(search.and_then(|search| search.company.as_ref())));
    out.push(search.and_then(|search| search.phone.as_ref()).into());
    out.extend([query.email.as_ref().into(), query.account_id.as_ref().into(), query.deleted.into()]);
    out
}
