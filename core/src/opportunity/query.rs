//! A list of opportunities as it is asked for.

use super::{ForecastCategory, PipelineStage};
use crate::field::Text;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead_query::{OwnerFilter, Parameters};
use crate::policy::named;
use crate::time::Instant;

named! {
    /// In which order a list comes; the id breaks ties.
    Sort {
        /// The oldest first.
        Created = "created_at",
        /// The newest first.
        CreatedDown = "-created_at",
        /// The longest unchanged first.
        Updated = "updated_at",
        /// The last changed first.
        UpdatedDown = "-updated_at",
    }
}

/// Where the next page begins: behind this sort value and id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The last value of the sort key; 0 where the id alone sorts.
    pub key: i64,
    /// The last id.
    pub id: Id,
}

impl Place {
    /// The cursor as callers carry it: opaque to them, bound to its sort.
    #[must_use]
    pub fn to_text(&self, sort: Sort) -> String {
        format!("{sort}.{}.{}", self.key, self.id)
    }

    fn parse(text: &str, sort: Sort) -> Option<Self> {
        let rest = text.strip_prefix(sort.as_str())?.strip_prefix('.')?;
        let (key, id) = rest.split_once('.')?;
        Some(Self { key: key.parse().ok()?, id: Id::parse(id)? })
    }
}

/// A list that is asked for. Every filter must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpportunityQuery {
    /// Of this owner.
    pub owner: Option<OwnerFilter>,
    /// In this stage.
    pub pipeline_stage: Option<PipelineStage>,
    /// Of this category.
    pub forecast_category: Option<ForecastCategory>,
    /// Of this account.
    pub account_id: Option<Id>,
    /// That are closed, or are not.
    pub closed: Option<bool>,
    /// That are expected to close at or after this instant.
    pub close_date_from: Option<Instant>,
    /// That are expected to close before this instant.
    pub close_date_to: Option<Instant>,
    /// That changed at or after this instant.
    pub updated_since: Option<Instant>,
    /// Whose name begins so, as a key.
    pub name: Option<String>,
    /// In which order.
    pub sort: Sort,
    /// At most so many, 1 to 200.
    pub limit: u8,
    /// Behind this place.
    pub cursor: Option<Place>,
}

impl OpportunityQuery {
    /// Reads the pairs of a query string.
    ///
    /// Without `sort` the newest come first; with `updated_since` the longest unchanged, so that paging follows the changes.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let updated_since = read.take("updated_since", Code::NotDateTime, Instant::parse);
        let default = if updated_since.is_some() { Sort::Updated } else { Sort::CreatedDown };
        let sort = read.take("sort", Code::UnknownValue, Sort::parse).unwrap_or(default);
        let query = Self {
            owner: read.take("owner", Code::UnknownValue, |text| match text {
                "none" => Some(OwnerFilter::Nobody),
                id => Id::parse(id).map(OwnerFilter::Of),
            }),
            pipeline_stage: read.take("pipeline_stage", Code::UnknownValue, PipelineStage::parse),
            forecast_category: read.take("forecast_category", Code::UnknownValue, ForecastCategory::parse),
            account_id: read.take("account_id", Code::NotId, Id::parse),
            closed: read.take("closed", Code::NotBoolean, |text| text.parse().ok()),
            close_date_from: read.take("close_date_from", Code::NotDateTime, Instant::parse),
            close_date_to: read.take("close_date_to", Code::NotDateTime, Instant::parse),
            updated_since,
            name: read.take("q", Code::Required, |text| {
                Text::<255>::parse(text).ok().map(|text| text.key()).filter(|key| !key.is_empty())
            }),
            sort,
            limit: read
                .take("limit", Code::NotWholeNumber, |text| text.parse().ok().filter(|limit| (1..=200).contains(limit)))
                .unwrap_or(50),
            cursor: read.take("cursor", Code::CursorInvalid, |text| Place::parse(text, sort)),
        };
        read.close().map(|()| query)
    }
}
