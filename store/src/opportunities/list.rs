//! Lists of opportunities. Narrow questions are cut from the few ids an index gives; others walk along the index of their
//! order.

use super::opportunity_columns;
use crate::failure::Failure;
use crate::paging::{self, Asking, Page, Queries, WALK, orders, prefix_range, texts};
use crate::statement::{Database, Value};
use crate::visible::visible;
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::opportunity::{Opportunity, OpportunityQuery};
use lead_core::page_query::OwnerFilter;

/// How many ids make a narrow question; each is read once in its index and once as a row.
const NARROW: usize = 320;

/// The list for [`orders!`]. The parameters from ?10 on are its own.
macro_rules! opportunities {
    (columns) => {
        opportunity_columns!()
    };
    (table) => {
        "opportunities"
    };
    (rows) => {
        "?20"
    };
    (ids) => {
        "?21"
    };
    (filters) => {
        concat!(
            "deleted_at IS NULL AND updated_at >= ?7 AND ",
            visible!("owner_id", "?2", "?3"),
            " AND (?10 IS NULL OR owner_id = ?10) AND (?11 = 0 OR owner_id IS NULL) \
             AND (?12 IS NULL OR pipeline_stage = ?12) AND (?13 IS NULL OR forecast_category = ?13) \
             AND (?14 IS NULL OR account_id = ?14) AND (?15 IS NULL OR (closed_at IS NOT NULL) = ?15) \
             AND (?16 IS NULL OR close_date >= ?16) AND (?17 IS NULL OR close_date < ?17) \
             AND (?18 IS NULL OR (name_key >= ?18 AND name_key < ?19))"
        )
    };
}

const CREATED: [Queries; 2] = orders!(opportunities by id, "", "");
const OWNED: [Queries; 2] = orders!(opportunities by id, " INDEXED BY opportunities_owned", " AND owner_id = ?10");
const OF_ACCOUNT: [Queries; 2] =
    orders!(opportunities by id, " INDEXED BY opportunities_account", " AND account_id = ?14");
const UPDATED: [Queries; 2] =
    orders!(opportunities by "updated_at", " INDEXED BY opportunities_updated", up "", down " AND updated_at >= ?7");

const IDS_OF_NAME: &str = "SELECT id FROM opportunities INDEXED BY opportunities_name \
     WHERE company_id = ?1 AND name_key >= ?18 AND name_key < ?19 AND deleted_at IS NULL LIMIT ?20";
const IDS_OF_ACCOUNT: &str = "SELECT id FROM opportunities INDEXED BY opportunities_account WHERE company_id = ?1 AND account_id = ?14 LIMIT ?20";
const IDS_OF_OWNER: &str =
    "SELECT id FROM opportunities INDEXED BY opportunities_owned WHERE company_id = ?1 AND owner_id = ?10 LIMIT ?20";

/// Every query text of this module with the index it must walk, for the test that explains them.
#[must_use]
pub fn explainable() -> Vec<(&'static str, &'static str)> {
    let mut out = vec![
        (IDS_OF_NAME, "opportunities_name"),
        (IDS_OF_ACCOUNT, "opportunities_account"),
        (IDS_OF_OWNER, "opportunities_owned"),
    ];
    out.extend(texts([
        (&CREATED, "PRIMARY KEY"),
        (&OWNED, "opportunities_owned"),
        (&OF_ACCOUNT, "opportunities_account"),
        (&UPDATED, "opportunities_updated"),
    ]));
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
    visibility: &Visibility,
) -> Result<Page<Opportunity>, Failure> {
    let owner = query.owner.as_ref().and_then(OwnerFilter::person).or(visibility.only_owner());
    let asking = Asking::new(database, params(company_id, query, visibility, owner));
    let (queries, narrow) = match (query.paging.order.is_by_id(), &query.account_id, owner) {
        (true, Some(_), _) => (&OF_ACCOUNT, None),
        (true, None, Some(_)) => (&OWNED, None),
        (true, None, None) => (&CREATED, None),
        (false, Some(_), _) => (&UPDATED, Some(IDS_OF_ACCOUNT)),
        (false, None, owner) => (&UPDATED, owner.map(|_| IDS_OF_OWNER)),
    };
    let narrow = query.name.as_ref().map(|_| IDS_OF_NAME).or(narrow);
    let way = asking.way(narrow.map(|sql| (sql, NARROW)), WALK).await?;
    asking.page(queries, way, &query.paging, |deal: &Opportunity, _| (&deal.id, deal.stamp.updated_at.ms())).await
}

fn params(company_id: &Id, query: &OpportunityQuery, visibility: &Visibility, owner: Option<&Id>) -> Vec<Value> {
    let mut out = paging::params(company_id, visibility, &query.paging, None);
    out.extend([
        owner.into(),
        (query.owner == Some(OwnerFilter::Nobody)).into(),
        query.pipeline_stage.map(|stage| stage.as_str()).into(),
        query.forecast_category.map(|category| category.as_str()).into(),
        query.account_id.as_ref().into(),
        query.closed.into(),
        query.close_date_from.into(),
        query.close_date_to.into(),
    ]);
    out.extend(prefix_range(query.name.as_ref()));
    out
}
