//! A list of opportunities as it is asked for.

use super::{ForecastCategory, PipelineStage};
use crate::field::Text;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::page_query::{Order, OwnerFilter, Paging, Parameters};
use crate::time::Instant;

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
    /// Whose name begins so, as a key.
    pub name: Option<String>,
    /// Which part.
    pub paging: Paging,
}

impl OpportunityQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let query = Self {
            owner: read.owner(),
            pipeline_stage: read.take("pipeline_stage", Code::UnknownValue, PipelineStage::parse),
            forecast_category: read.take("forecast_category", Code::UnknownValue, ForecastCategory::parse),
            account_id: read.take("account_id", Code::NotId, Id::parse),
            closed: read.flag("closed"),
            close_date_from: read.instant("close_date_from"),
            close_date_to: read.instant("close_date_to"),
            name: read.take("q", Code::Required, |text| {
                Text::<255>::parse(text).ok().map(|text| text.key()).filter(|key| !key.is_empty())
            }),
            paging: Paging::take(&mut read, Order::BY_TIME),
        };
        read.close().map(|()| query)
    }
}
