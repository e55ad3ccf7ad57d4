//! Laws of opportunities that hold for every input (spec O).

use super::{
    Deal, Forecast, ForecastCategory, ForecastQuery, Month, MonthGroup, Opportunity, OpportunityBody, OpportunityQuery,
    Pipeline, PipelineQuery, PipelineStage, Price, STAGES, StageGroup, StageMove, Sums, change_stage,
    default_close_date,
};
use crate::body::Members;
use crate::body::merged;
use crate::field::Text;
use crate::id::Id;
use crate::money::{Currency, Money};
use crate::page_query::{Cursor, Order};
use crate::problem::Refusal;
use crate::time::{DAY_MS, Instant};
use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use serde_json::{Map, Value, json};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn now() -> Instant {
    at("2026-11-23T10:00:00Z")
}

fn id(number: u8) -> Id {
    Id::new(now(), &[number; 10])
}

fn inr() -> Currency {
    Currency::parse("INR").unwrap()
}

fn deal(minor: i64) -> Deal {
    Deal {
        name: Text::parse("Pumps for 2027").unwrap(),
        account_id: id(1),
        primary_contact_id: None,
        source: None,
        price: Price::of(Money::from_minor(minor, inr()).unwrap()),
        close_date: default_close_date(now()),
        owner_id: Some(id(2)),
    }
}

fn body(probability: Option<u8>, forecast_category: Option<ForecastCategory>) -> OpportunityBody {
    OpportunityBody { deal: deal(5), probability, forecast_category }
}

fn opportunity() -> Opportunity {
    Opportunity::of_lead(id(3), id(4), id(5), deal(125_050), now())
}

fn moved() -> impl Strategy<Value = StageMove> {
    let words = || prop::option::of(prop::sample::select(&["price", "they called"]));
    let text = |words: Option<&str>| words.map(|words| crate::field::TextBlock::parse(words).unwrap());
    (prop::sample::select(PipelineStage::ALL), words(), any::<bool>(), words())
        .prop_map(move |(to, lost, reopen, why)| StageMove { to, lost_reason: text(lost), reopen, reason: text(why) })
}

#[test]
fn the_table_of_stages_is_in_the_order_of_the_stages() {
    for (row, stage) in STAGES.iter().zip(PipelineStage::ALL) {
        assert_eq!(row.0, *stage);
    }
    let (stage, probability) = (PipelineStage::Negotiation, PipelineStage::Negotiation.probability());
    assert_eq!((probability, stage.forecast_category()), (75, ForecastCategory::Commit));
}

#[test]
fn a_row_reads_back_as_the_opportunity_it_was_made_of() {
    let columns = opportunity().columns();
    assert_eq!(columns["deal_value"], 125_050);
    assert_eq!(columns["currency"], "INR");
    assert_eq!(columns["name_key"], "pumps for 2027");
    assert_eq!(columns["probability_by_hand"], 0);
    assert_eq!(columns["close_date"], default_close_date(now()).ms());
    assert_eq!(serde_json::from_value::<Opportunity>(columns.into()).unwrap(), opportunity());
    let shown = json!(opportunity());
    assert_eq!((&shown["deal_value"], &shown["probability"]), (&json!(1250.5), &json!(10)));
    assert_eq!(shown["close_date"], "2027-02-21T10:00:00.000Z");
}

#[test]
fn an_empty_patch_changes_nothing_and_null_gives_the_stages_own_back() {
    let by_hand = opportunity().with(body(Some(60), Some(ForecastCategory::WorstCase))).unwrap();
    let patched = |patch: Value| {
        let members = Members::from_json(patch.to_string().as_bytes()).unwrap();
        by_hand.with(OpportunityBody::parse(merged(&by_hand.editable(), members), inr()).unwrap()).unwrap()
    };
    assert_eq!(patched(json!({})), by_hand);
    let own = patched(json!({ "probability": null }));
    assert_eq!((own.probability, own.probability_by_hand), (10, false));
    assert_eq!(own.forecast_category, ForecastCategory::WorstCase);
}

#[test]
fn the_outcome_of_a_closed_one_is_certain() {
    let won = StageMove { to: PipelineStage::ClosedWon, lost_reason: None, reopen: false, reason: None };
    let won = change_stage(&opportunity(), &won, now()).unwrap();
    let errors = won.with(body(Some(50), Some(ForecastCategory::BestCase))).unwrap_err();
    let found: Vec<_> = errors.iter().map(|error| (error.pointer.as_str(), error.code)).collect();
    assert_eq!(found, [("/probability", "read_only_member"), ("/forecast_category", "read_only_member")]);
    assert!(won.with(body(None, None)).is_ok());
}

#[test]
fn months_are_calendar_months() {
    let month = Month::of(now());
    assert_eq!(month.to_string(), "2026-11");
    assert_eq!((month.start(), month.plus(2).start()), (at("2026-11-01T00:00:00Z"), at("2027-01-01T00:00:00Z")));
    assert_eq!(month.plus(14).to_string(), "2028-01");
}

#[test]
fn a_list_is_asked_for_by_its_parameters() {
    let parse = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        OpportunityQuery::parse(&pairs)
    };
    let query = parse(&[("q", "  PÚMPS   for"), ("closed", "false"), ("sort", "updated_at")]).unwrap();
    assert_eq!(
        (query.name.as_deref(), query.closed, query.paging.order),
        (Some("pumps for"), Some(false), Order::UpdatedUp)
    );
    let cursor = Cursor { key: 7, id: id(1) };
    let again = parse(&[("cursor", &cursor.to_text(Order::CreatedDown))]).unwrap();
    assert_eq!(again.paging.cursor, Some(cursor.clone()));
    let wrong = [
        ("owner", "me"),
        ("pipeline_stage", "won"),
        ("account_id", "7"),
        ("closed", "no"),
        ("close_date_to", "soon"),
        ("q", " "),
        ("limit", "0"),
        ("cursor", &cursor.to_text(Order::UpdatedUp)),
        ("colour", "red"),
    ];
    let errors = parse(&wrong).unwrap_err();
    let mut pointers: Vec<_> = errors.iter().map(|error| error.pointer.trim_start_matches('?').to_owned()).collect();
    let mut expected: Vec<_> = wrong.iter().map(|(name, _)| (*name).to_owned()).collect();
    pointers.sort();
    expected.sort();
    assert_eq!(pointers, expected);
}

#[test]
fn periods_are_bounded() {
    let parse = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        PipelineQuery::parse(&pairs, now())
    };
    let month = parse(&[]).unwrap();
    assert_eq!((month.closed_from, month.closed_to), (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")));
    for (from, to) in
        [("2024-01-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z")]
    {
        let errors = parse(&[("closed_from", from), ("closed_to", to)]).unwrap_err();
        assert_eq!((errors[0].pointer.as_str(), errors[0].code), ("?closed_to", "out_of_range"));
    }
}

#[test]
fn weighted_sums_are_rounded_once() {
    let group = |owner: u8, minor: u128| StageGroup {
        pipeline_stage: PipelineStage::Prospect,
        owner_id: Some(id(owner)),
        sums: Sums { count: 1, minor, weighted: minor * 10 },
    };
    let query = PipelineQuery { closed_from: now(), closed_to: now() };
    let pipeline = json!(Pipeline::of(&[group(1, 5), group(2, 5)], query, inr()));
    let prospect = &pipeline["stages"][0];
    // Half a paisa each is shown as one; together they are one, not two.
    assert_eq!(prospect["owners"][0]["weighted"], 0.01);
    assert_eq!((&prospect["count"], &prospect["sum"], &prospect["weighted"]), (&json!(2), &json!(0.1), &json!(0.01)));
    assert_eq!(pipeline["open"]["weighted"], 0.01);
    assert_eq!(pipeline["stages"].as_array().unwrap().len(), 6);
}

proptest! {
    #[test]
    fn stamps_say_whether_it_is_closed(moves in prop::collection::vec(moved(), 0..12)) {
        let mut here = opportunity();
        for (number, asked) in (1..).zip(&moves) {
            let moment = now().plus_ms(number * DAY_MS);
            match change_stage(&here, asked, moment) {
                Ok(after) => {
                    prop_assert!(after == here || after.closed_at.is_none() || after.closed_at == Some(moment));
                    prop_assert!(after == here || (!after.probability_by_hand && !after.forecast_by_hand));
                    prop_assert!(after == here || !here.pipeline_stage.is_closed() || (asked.reopen && asked.reason.is_some()));
                    here = after;
                }
                Err(Refusal::OpportunityClosed { pipeline_stage }) => {
                    prop_assert!(pipeline_stage == here.pipeline_stage && pipeline_stage.is_closed() && !asked.reopen);
                }
                Err(refusal) => prop_assert!(matches!(refusal, Refusal::Invalid(_))),
            }
            let closed = here.pipeline_stage.is_closed();
            prop_assert_eq!(here.closed_at.is_some(), closed);
            prop_assert_eq!(here.stage_before_close.is_some_and(|stage| !stage.is_closed()), closed);
            prop_assert_eq!(here.lost_reason.is_some(), here.pipeline_stage == PipelineStage::ClosedLost);
            prop_assert_eq!(here.probability, here.pipeline_stage.probability());
        }
    }

    #[test]
    fn the_forecast_loses_nothing(rows in prop::collection::vec((-40..40_i64, 0..1_000_000_u128, 0..=100_u128, 0..5_usize), 0..40), months in 1..=36_u32) {
        let query = ForecastQuery { from: Month::of(now()), months };
        let name = |offset: i64| match u32::try_from(offset) {
            Err(_) => MonthGroup::OVERDUE.to_owned(),
            Ok(offset) if offset >= months => MonthGroup::LATER.to_owned(),
            Ok(offset) => query.from.plus(offset).to_string(),
        };
        let groups: Vec<MonthGroup> = rows.iter().map(|(offset, minor, percent, category)| MonthGroup {
            month: name(*offset),
            forecast_category: ForecastCategory::ALL[*category],
            sums: Sums { count: 1, minor: *minor, weighted: minor * percent },
        }).collect();
        let forecast = Forecast::of(&groups, &query, inr());
        let buckets = forecast.months.iter().map(|month| &month.bucket).chain([&forecast.overdue, &forecast.later]);
        let (mut count, mut sum) = (0, 0);
        for bucket in buckets {
            let total = bucket.categories.iter().filter(|category| category.forecast_category != ForecastCategory::Uncounted);
            prop_assert_eq!(total.map(|category| category.totals.sum.minor).sum::<u128>(), bucket.total.sum.minor);
            for category in &bucket.categories {
                count += category.totals.count;
                sum += category.totals.sum.minor;
            }
        }
        prop_assert_eq!(count, i64::try_from(groups.len()).unwrap());
        prop_assert_eq!(sum, groups.iter().map(|group| group.sums.minor).sum::<u128>());
        prop_assert_eq!(forecast.months.len(), months as usize);
    }

    #[test]
    fn what_is_editable_is_what_a_body_says(minor in 0..1_000_000_000_i64, probability in prop::option::of(0..=100_u8), category in prop::option::of(prop::sample::select(ForecastCategory::ALL))) {
        let body = OpportunityBody { deal: deal(minor), probability, forecast_category: category };
        let made = opportunity().with(body.clone()).unwrap();
        prop_assert_eq!(made.editable(), body.clone());
        let members: Map<String, Value> = json!(body).as_object().unwrap().clone();
        prop_assert_eq!(OpportunityBody::parse(Members::of(members), inr()), Ok(body));
    }
}
