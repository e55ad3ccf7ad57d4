//! Pipeline and forecast beside plain sums over the same rows (spec O3, R1).

use lead_core::id::Id;
use lead_core::money::Currency;
use lead_core::opportunity::{
    Bucket, CategoryTotals, Forecast, ForecastCategory, ForecastQuery, Month, Pipeline, PipelineQuery, PipelineStage,
};
use lead_core::time::{Instant, MAX_SAFE_INTEGER};
use lead_store::opportunities::totals;
use lead_store::statement::Database;
use pollster::block_on;
use serde_json::{Value, json};

use super::opportunities::Sales;
use super::opportunity_lists::fill;
use super::stage::{DAY, START, Who};

fn inr() -> Currency {
    Currency::parse("INR").unwrap()
}

fn now() -> Instant {
    Instant::from_ms(START).unwrap()
}

fn pipeline(sales: &Sales, who: Who) -> Pipeline {
    let query = PipelineQuery::parse(&[], now()).unwrap();
    let reads = totals::read_pipeline(&sales.stage.company_id, &query, &sales.stage.visibility(who));
    let outcomes = block_on(sales.stage.database.batch(reads)).unwrap();
    Pipeline::of(&totals::stage_groups(&outcomes).unwrap(), query, inr())
}

fn forecast(sales: &Sales, who: Who, months: u32) -> Forecast {
    let query = ForecastQuery { from: Month::of(now()), months };
    let reads = totals::read_forecast(&sales.stage.company_id, &query, &sales.stage.visibility(who));
    let outcomes = block_on(sales.stage.database.batch(reads)).unwrap();
    Forecast::of(&totals::month_groups(&outcomes).unwrap(), &query, inr())
}

/// The rows that this person sees: stage, value times probability, close date or moment of closing.
fn seen(sales: &Sales, who: Who) -> Vec<Value> {
    let sees = |row: &Value| {
        let owner = row["owner_id"].as_str().and_then(Id::parse);
        sales.stage.visibility(who).sees(owner.as_ref())
    };
    let rows = sales.stage.database.rows("SELECT * FROM opportunities WHERE deleted_at IS NULL");
    rows.into_iter().map(Value::Object).filter(sees).collect()
}

fn whole(row: &Value, name: &str) -> u128 {
    row[name].as_u64().unwrap().into()
}

#[test]
fn the_pipeline_is_the_sum_of_what_each_role_sees() {
    let sales = Sales::new();
    fill(&sales, 600);
    for who in [Who::Admin, Who::Manager, Who::Sdr(0), Who::Sdr(1)] {
        let (rows, pipeline) = (seen(&sales, who), pipeline(&sales, who));
        let in_period = |row: &&Value| {
            let month = Month::of(now());
            row["closed_at"].as_i64().is_none_or(|at| (month.start().ms()..month.plus(1).start().ms()).contains(&at))
        };
        for stage in &pipeline.stages {
            let here = |row: &&Value| row["pipeline_stage"] == json!(stage.pipeline_stage) && in_period(row);
            let rows: Vec<&Value> = rows.iter().filter(here).collect();
            let weighted: u128 = rows.iter().map(|row| whole(row, "deal_value") * whole(row, "probability")).sum();
            assert_eq!(stage.totals.count, i64::try_from(rows.len()).unwrap(), "{who:?} {}", stage.pipeline_stage);
            assert_eq!(stage.totals.sum.minor, rows.iter().map(|row| whole(row, "deal_value")).sum::<u128>());
            assert_eq!(stage.totals.weighted.minor, (weighted + 50) / 100);
            for owner in &stage.owners {
                let own = rows.iter().filter(|row| row["owner_id"] == json!(owner.owner_id));
                assert_eq!(owner.totals.sum.minor, own.map(|row| whole(row, "deal_value")).sum::<u128>());
            }
        }
        let open = rows.iter().filter(|row| row["closed_at"].is_null()).count();
        assert_eq!(pipeline.open.count, i64::try_from(open).unwrap());
        let won = pipeline.stages.iter().find(|stage| stage.pipeline_stage == PipelineStage::ClosedWon);
        assert!(open > 0 && (who == Who::Sdr(1) || won.is_some_and(|stage| stage.totals.count > 0)), "{who:?}");
    }
}

#[test]
fn the_forecast_counts_open_ones_by_close_date_and_won_ones_by_their_day() {
    let sales = Sales::new();
    fill(&sales, 600);
    for who in [Who::Admin, Who::Manager, Who::Sdr(0)] {
        let (rows, forecast) = (seen(&sales, who), forecast(&sales, who, 12));
        assert_eq!(forecast.months.len(), 12);
        assert_eq!((forecast.months[0].month.as_str(), forecast.months[11].month.as_str()), ("2026-11", "2027-10"));
        for month in &forecast.months {
            for category in &month.bucket.categories {
                let here = |row: &&Value| {
                    let at = match row["closed_at"].as_i64() {
                        Some(_) if row["pipeline_stage"] != "closed_won" => return false,
                        Some(at) => at,
                        None => row["close_date"].as_i64().unwrap(),
                    };
                    let of_month = Month::of(Instant::from_ms(at).unwrap()).to_string() == month.month;
                    of_month && row["forecast_category"] == json!(category.forecast_category)
                };
                let rows: Vec<&Value> = rows.iter().filter(here).collect();
                let weighted: u128 = rows.iter().map(|row| whole(row, "deal_value") * whole(row, "probability")).sum();
                assert_eq!(category.totals.count, i64::try_from(rows.len()).unwrap(), "{who:?} {}", month.month);
                assert_eq!(category.totals.sum.minor, rows.iter().map(|row| whole(row, "deal_value")).sum::<u128>());
                assert_eq!(category.totals.weighted.minor, (weighted + 50) / 100);
            }
        }
        let won = forecast.months[0].bucket.categories[0].totals.count;
        let buckets = || forecast.months.iter().map(|month| &month.bucket).chain([&forecast.overdue, &forecast.later]);
        let counted = |bucket: &Bucket, wanted: &dyn Fn(ForecastCategory) -> bool| {
            let categories = bucket.categories.iter().filter(|category| wanted(category.forecast_category));
            let minor = |category: &CategoryTotals| (category.totals.count, category.totals.sum.minor);
            categories.map(minor).fold((0, 0), |sums, more| (sums.0 + more.0, sums.1 + more.1))
        };
        let none = |category| category == ForecastCategory::Uncounted;
        for bucket in buckets() {
            let total = (bucket.total.count, bucket.total.sum.minor);
            assert_eq!(total, counted(bucket, &|category| !none(category)), "what is not counted on is in no total");
        }
        assert!(buckets().any(|bucket| counted(bucket, &none).0 > 0), "and it is shown");
        let shown: i64 = buckets().map(|bucket| counted(bucket, &|_| true).0).sum();
        let open = pipeline(&sales, who).open.count;
        let closed_won = pipeline(&sales, who).stages[4].totals.count;
        assert!(won > 0 && forecast.overdue.total.count > 0 && forecast.later.total.count > 0);
        // Every open one stands somewhere, and besides them the won ones of this month.
        assert_eq!(shown, open + closed_won);
    }
}

#[test]
fn sums_beyond_what_the_database_can_carry_are_exact() {
    let sales = Sales::new();
    fill(&sales, 30);
    sales.stage.database.change(&format!(
        "DELETE FROM opportunities WHERE closed_at IS NOT NULL OR deleted_at IS NOT NULL; \
         UPDATE opportunities SET deal_value = {MAX_SAFE_INTEGER}, probability = 99, forecast_category = 'commit', close_date = {START} + {DAY}"
    ));
    let count = u128::try_from(sales.stage.count("opportunities")).unwrap();
    assert!(count > 10);
    let most = u128::from(MAX_SAFE_INTEGER.unsigned_abs());
    let open = pipeline(&sales, Who::Admin).open;
    assert_eq!((open.sum.minor, open.weighted.minor), (count * most, (count * most * 99 + 50) / 100));
    assert!(json!(open)["sum"].is_string());
    let month = forecast(&sales, Who::Admin, 1).months.remove(0).bucket.total;
    assert_eq!(month, open);
}
