//! The forecast: what is expected in each month, and how firmly (spec O2, O3).

use super::{ForecastCategory, Month, Sums, Totals};
use crate::invalid::{Code, Invalid};
use crate::money::Currency;
use crate::page_query::Parameters;
use crate::time::Instant;
use serde::Serialize;

/// Which months are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastQuery {
    /// The first one.
    pub from: Month,
    /// How many, 1 to 36.
    pub months: u32,
}

impl ForecastQuery {
    /// Reads the pairs of a query string: `months`, 12 unless given, beginning with the month of `now` in UTC.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter.
    pub fn parse(pairs: &[(String, String)], now: Instant) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let months = read
            .take("months", Code::NotWholeNumber, |text| text.parse().ok().filter(|months| (1..=36).contains(months)));
        read.close()?;
        Ok(Self { from: Month::of(now), months: months.unwrap_or(12) })
    }

    /// Behind the last month.
    #[must_use]
    pub fn end(&self) -> Month {
        self.from.plus(self.months)
    }
}

/// The opportunities of one month and category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthGroup {
    /// `2026-11`; empty for those before the first month, `~` for those behind the last one.
    pub month: String,
    /// How firmly they are counted on.
    pub forecast_category: ForecastCategory,
    /// What they add up to.
    pub sums: Sums,
}

impl MonthGroup {
    /// Stands for every month before the first one.
    pub const OVERDUE: &'static str = "";
    /// Stands for every month behind the last one.
    pub const LATER: &'static str = "~";
}

/// What is expected of one category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryTotals {
    /// How firmly.
    pub forecast_category: ForecastCategory,
    /// How much.
    #[serde(flatten)]
    pub totals: Totals,
}

/// What is expected in a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    /// Every category, the firmest first. What was won counts as `commit`.
    pub categories: Vec<CategoryTotals>,
    /// All of them together but `none`, which is not counted on.
    pub total: Totals,
}

/// What is expected in a month: open opportunities by their close date, won ones by the day on which they were.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForecastMonth {
    /// Year and month, `2026-11`.
    pub month: String,
    /// What is expected.
    #[serde(flatten)]
    pub bucket: Bucket,
}

/// The forecast over what a caller sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Forecast {
    /// Of every amount here.
    pub currency: Currency,
    /// Month by month.
    pub months: Vec<ForecastMonth>,
    /// Open ones whose close date lies before the first month.
    pub overdue: Bucket,
    /// Open ones whose close date lies behind the last month.
    pub later: Bucket,
}

impl Forecast {
    /// Adds the groups up.
    #[must_use]
    pub fn of(groups: &[MonthGroup], query: &ForecastQuery, currency: Currency) -> Self {
        let bucket = |month: &str| {
            let of = |counts: &dyn Fn(ForecastCategory) -> bool| {
                let wanted = |group: &&MonthGroup| group.month == month && counts(group.forecast_category);
                groups.iter().filter(wanted).map(|group| group.sums).sum::<Sums>().shown(currency)
            };
            let category = |name: &ForecastCategory| CategoryTotals {
                forecast_category: *name,
                totals: of(&|category| category == *name),
            };
            let categories = ForecastCategory::ALL.iter().map(category).collect();
            Bucket { categories, total: of(&|category| category != ForecastCategory::Uncounted) }
        };
        let months = (0..query.months).map(|number| {
            let month = query.from.plus(number).to_string();
            ForecastMonth { bucket: bucket(&month), month }
        });
        Self {
            currency,
            months: months.collect(),
            overdue: bucket(MonthGroup::OVERDUE),
            later: bucket(MonthGroup::LATER),
        }
    }
}
