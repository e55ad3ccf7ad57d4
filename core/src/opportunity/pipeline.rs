//! The pipeline: what stands in each stage and with each owner (spec O3).

use super::{Month, PipelineStage, Sums, Totals};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::money::Currency;
use crate::page_query::Parameters;
use crate::time::{DAY_MS, Instant};
use serde::Serialize;
use std::collections::BTreeMap;

/// The longest period of closed opportunities, in days: what it reads stays within a year's sales.
const LONGEST: i64 = 366;

/// Which closed opportunities are counted besides the open ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PipelineQuery {
    /// Closed at or after this instant.
    pub closed_from: Instant,
    /// Closed before this instant.
    pub closed_to: Instant,
}

impl PipelineQuery {
    /// Reads the pairs of a query string. Without them it is the calendar month of `now`, in UTC.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter; `out_of_range` at `?closed_to` for a period that ends before it
    /// begins or is longer than 366 days.
    pub fn parse(pairs: &[(String, String)], now: Instant) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let month = Month::of(now);
        let closed_from = read.instant("closed_from").unwrap_or(month.start());
        let closed_to = read.instant("closed_to").unwrap_or(month.plus(1).start());
        read.close()?;
        if !(0..=LONGEST * DAY_MS).contains(&(closed_to.ms() - closed_from.ms())) {
            return Err(vec![Invalid::at("?closed_to", Code::OutOfRange)]);
        }
        Ok(Self { closed_from, closed_to })
    }
}

/// The opportunities of one stage and owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageGroup {
    /// Their stage.
    pub pipeline_stage: PipelineStage,
    /// Their owner.
    pub owner_id: Option<Id>,
    /// What they add up to.
    pub sums: Sums,
}

/// What one owner has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnerTotals {
    /// The owner; null for opportunities without one.
    pub owner_id: Option<Id>,
    /// What they have.
    #[serde(flatten)]
    pub totals: Totals,
}

/// What stands in one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageTotals {
    /// The stage.
    pub pipeline_stage: PipelineStage,
    /// What stands there.
    #[serde(flatten)]
    pub totals: Totals,
    /// The same by owner, in the order of their ids.
    pub owners: Vec<OwnerTotals>,
}

/// The pipeline that a caller sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pipeline {
    /// Of every amount here.
    pub currency: Currency,
    /// Closed opportunities count from this instant on.
    pub closed_from: Instant,
    /// Closed opportunities count before this instant.
    pub closed_to: Instant,
    /// Every stage, in the order of a sale; the closed ones within the period.
    pub stages: Vec<StageTotals>,
    /// The open stages by owner, in the order of their ids.
    pub owners: Vec<OwnerTotals>,
    /// The open stages together.
    pub open: Totals,
}

impl Pipeline {
    /// Adds the groups up.
    #[must_use]
    pub fn of(groups: &[StageGroup], query: PipelineQuery, currency: Currency) -> Self {
        let open = || groups.iter().filter(|group| !group.pipeline_stage.is_closed());
        let stage = |stage: &PipelineStage| {
            let here = || groups.iter().filter(|group| group.pipeline_stage == *stage);
            let totals = here().map(|group| group.sums).sum::<Sums>().shown(currency);
            StageTotals { pipeline_stage: *stage, totals, owners: by_owner(here(), currency) }
        };
        Self {
            currency,
            closed_from: query.closed_from,
            closed_to: query.closed_to,
            stages: PipelineStage::ALL.iter().map(stage).collect(),
            owners: by_owner(open(), currency),
            open: open().map(|group| group.sums).sum::<Sums>().shown(currency),
        }
    }
}

fn by_owner<'a>(groups: impl Iterator<Item = &'a StageGroup>, currency: Currency) -> Vec<OwnerTotals> {
    let mut owners: BTreeMap<Option<&Id>, Sums> = BTreeMap::new();
    for group in groups {
        *owners.entry(group.owner_id.as_ref()).or_default() += group.sums;
    }
    let shown =
        |(owner, sums): (Option<&Id>, Sums)| OwnerTotals { owner_id: owner.cloned(), totals: sums.shown(currency) };
    owners.into_iter().map(shown).collect()
}
