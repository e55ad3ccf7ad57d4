//! Pipeline and forecast: each is read from two covering indexes alone.
//!
//! D1 carries whole numbers up to 2^53 only, and a sum may be larger: each is read as the sums of a high and a low part.

use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use crate::visible::{self, visible};
use lead_core::access::Visibility;
use lead_core::id::Id;
use lead_core::opportunity::{
    ForecastCategory, ForecastQuery, MonthGroup, PipelineQuery, PipelineStage, StageGroup, Sums,
};
use serde::Deserialize;

/// What the low part counts up to.
const PART: u128 = 1 << 26;

/// The sums of a group. 67108864 is [`PART`].
macro_rules! sums {
    () => {
        "count(*) AS count, sum(deal_value / 67108864) AS high, sum(deal_value % 67108864) AS low, \
         sum(deal_value / 67108864 * probability) AS weighted_high, sum(deal_value % 67108864 * probability) AS weighted_low"
    };
}

/// Open opportunities that the caller sees; grows with the open ones of the company.
macro_rules! open {
    () => {
        concat!(
            " FROM opportunities INDEXED BY opportunities_open WHERE company_id = ?1 AND closed_at IS NULL AND deleted_at IS NULL AND ",
            visible!("owner_id", "?2", "?3")
        )
    };
}

/// Opportunities closed within `?4` to `?5` that the caller sees.
macro_rules! closed {
    () => {
        concat!(
            " FROM opportunities INDEXED BY opportunities_closed WHERE company_id = ?1 AND closed_at >= ?4 AND closed_at < ?5 \
             AND closed_at IS NOT NULL AND deleted_at IS NULL AND ",
            visible!("owner_id", "?2", "?3")
        )
    };
}

const OPEN_STAGES: &str =
    concat!("SELECT pipeline_stage, owner_id, ", sums!(), open!(), " GROUP BY pipeline_stage, owner_id");

const CLOSED_STAGES: &str =
    concat!("SELECT pipeline_stage, owner_id, ", sums!(), closed!(), " GROUP BY pipeline_stage, owner_id");

const OPEN_MONTHS: &str = concat!(
    "SELECT CASE WHEN close_date < ?4 THEN '' WHEN close_date >= ?5 THEN '~' \
     ELSE strftime('%Y-%m', close_date / 1000, 'unixepoch') END AS month, forecast_category, ",
    sums!(),
    open!(),
    " GROUP BY month, forecast_category"
);

const WON_MONTHS: &str = concat!(
    "SELECT strftime('%Y-%m', closed_at / 1000, 'unixepoch') AS month, 'commit' AS forecast_category, ",
    sums!(),
    closed!(),
    " AND pipeline_stage = 'closed_won' GROUP BY month"
);

/// Every query text of this module with the index it must be read from, for the test that explains them.
#[must_use]
pub fn explainable() -> [(&'static str, &'static str); 4] {
    [
        (OPEN_STAGES, "opportunities_open"),
        (CLOSED_STAGES, "opportunities_closed"),
        (OPEN_MONTHS, "opportunities_open"),
        (WON_MONTHS, "opportunities_closed"),
    ]
}

#[derive(Deserialize)]
struct SumsRow {
    count: i64,
    high: u64,
    low: u64,
    weighted_high: u64,
    weighted_low: u64,
}

impl SumsRow {
    fn whole(&self) -> Sums {
        let joined = |high: u64, low: u64| u128::from(high) * PART + u128::from(low);
        Sums {
            count: self.count,
            minor: joined(self.high, self.low),
            weighted: joined(self.weighted_high, self.weighted_low),
        }
    }
}

/// Reads the pipeline of what the caller sees.
#[must_use]
pub fn read_pipeline(company_id: &Id, query: &PipelineQuery, seen: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(seen);
    let PipelineQuery { closed_from, closed_to } = *query;
    vec![
        statement!(OPEN_STAGES, company_id, owners.clone(), unowned.clone()),
        statement!(CLOSED_STAGES, company_id, owners, unowned, closed_from, closed_to),
    ]
}

/// The groups of the pipeline.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn stage_groups(outcomes: &[Outcome]) -> Result<Vec<StageGroup>, Corrupt> {
    #[derive(Deserialize)]
    struct StageRow {
        pipeline_stage: PipelineStage,
        owner_id: Option<Id>,
        #[serde(flatten)]
        sums: SumsRow,
    }
    let group =
        |StageRow { pipeline_stage, owner_id, sums }| StageGroup { pipeline_stage, owner_id, sums: sums.whole() };
    let mut groups = Vec::new();
    for outcome in outcomes {
        groups.extend(read_rows(&outcome.rows)?.into_iter().map(group));
    }
    Ok(groups)
}

/// Reads the forecast over what the caller sees.
#[must_use]
pub fn read_forecast(company_id: &Id, query: &ForecastQuery, seen: &Visibility) -> Vec<Statement> {
    let [owners, unowned] = visible::params(seen);
    let (from, to) = (query.from.start(), query.end().start());
    vec![
        statement!(OPEN_MONTHS, company_id, owners.clone(), unowned.clone(), from, to),
        statement!(WON_MONTHS, company_id, owners, unowned, from, to),
    ]
}

/// The groups of the forecast.
///
/// # Errors
/// A stored row does not have the shape this code wrote.
pub fn month_groups(outcomes: &[Outcome]) -> Result<Vec<MonthGroup>, Corrupt> {
    #[derive(Deserialize)]
    struct MonthRow {
        month: String,
        forecast_category: ForecastCategory,
        #[serde(flatten)]
        sums: SumsRow,
    }
    let group =
        |MonthRow { month, forecast_category, sums }| MonthGroup { month, forecast_category, sums: sums.whole() };
    let mut groups = Vec::new();
    for outcome in outcomes {
        groups.extend(read_rows(&outcome.rows)?.into_iter().map(group));
    }
    Ok(groups)
}
