//! A score is a fold: of its events, whatever their order, and at any moment of the past (spec S4).

use lead_core::id::Id;
use lead_core::plan::{Change, Refit};
use lead_core::policy::EventKind;
use lead_core::score::{Engagement, Reason, fold};
use lead_core::score_history::{ScoreAt, parse_at, score_at};
use lead_core::time::Instant;
use lead_store::changes::statements;
use lead_store::score;
use lead_store::statement::{Database, Row};
use pollster::block_on;
use proptest::prelude::*;
use serde_json::json;

use super::activities::{lead_id, on_lead};
use super::stage::{START, Stage, Who, contact, visitor};

fn at(stage: &Stage, lead: &Id, at: i64, now: i64) -> Result<ScoreAt, Vec<lead_core::invalid::Invalid>> {
    let moment = |ms| Instant::from_ms(ms).unwrap();
    let reads = score::read(&stage.company_id, lead, moment(at), &stage.visibility(Who::Sdr(0)));
    let history = score::found(&block_on(stage.database.batch(reads)).unwrap()).unwrap().unwrap();
    score_at(&stage.policy, lead, history, moment(at), moment(now))
}

/// An edit that gives the lead another fit.
fn refit(stage: &Stage, lead: &Id, points: i32, at: i64) {
    let stored: Vec<Reason> = serde_json::from_str(stage.lead()["fit"].as_str().unwrap()).unwrap();
    let after = vec![Reason::new("source.test", points)];
    let mut context = stage.context(at);
    let changes: Vec<Change> = Refit::between(lead, &stored, after, &mut context).into_iter().collect();
    if !changes.is_empty() {
        block_on(stage.database.batch(statements(&changes, &context))).unwrap();
    }
}

/// The score by the rows of its events alone: the first fit, and every count.
fn recomputed(stage: &Stage, first_fit: &[Reason]) -> (i32, u8) {
    let events: Vec<Row> = stage.database.rows("SELECT kind, fit_after FROM score_events ORDER BY created_at");
    let kinds: Engagement = events.iter().filter_map(|row| EventKind::parse(row["kind"].as_str().unwrap())).collect();
    let fit = events.iter().filter_map(|row| row["fit_after"].as_str()).next_back();
    let fit = fit.map_or(first_fit.to_vec(), |text| serde_json::from_str(text).unwrap());
    let score = fold(&stage.policy, &fit, &kinds);
    (score.raw(), score.value())
}

/// What happens: a touch, an activity of a kind, or an edit.
#[derive(Clone, Debug)]
enum Act {
    Touch,
    Recorded(&'static str),
    Refit(i32),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        Just(Act::Touch),
        prop::sample::select(&["call", "meeting", "email", "note"]).prop_map(Act::Recorded),
        (-30..80_i32).prop_map(Act::Refit),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_score_at_any_moment_is_what_was_stored_then(acts in prop::collection::vec((act(), 1..3_i64), 1..12)) {
        let stage = Stage::new(1);
        stage.submit(Who::Sdr(0), &contact(1), None, START);
        let lead = lead_id(&stage);
        let first_fit: Vec<Reason> = serde_json::from_str(stage.lead()["fit"].as_str().unwrap()).unwrap();
        let stored = || {
            let lead = stage.lead();
            (lead["score_raw"].as_i64().unwrap(), lead["lead_score"].as_i64().unwrap(), lead["engagement"].clone())
        };
        let (mut now, mut past) = (START, vec![(START, stored())]);
        for (n, (act, step)) in acts.into_iter().enumerate() {
            now += step;
            match act {
                Act::Touch => { stage.visit(&visitor(1), &n.to_string(), now); }
                Act::Recorded(kind) => {
                    on_lead(&stage, Who::Sdr(0), &lead, &json!({ "activity_type": kind, "subject": "x" }), now);
                }
                Act::Refit(points) => refit(&stage, &lead, points, now),
            }
            past.push((now, stored()));
            let (raw, value) = recomputed(&stage, &first_fit);
            let (stored_raw, stored_value, _) = stored();
            prop_assert_eq!((i64::from(raw), i64::from(value)), (stored_raw, stored_value), "the fold of the events");
        }
        for (moment, (raw, value, engagement)) in &past {
            let score = at(&stage, &lead, *moment, now).unwrap();
            let found = (i64::from(score.scoring.score_raw), i64::from(score.scoring.lead_score));
            prop_assert_eq!(found, (*raw, *value), "at {}", moment - START);
            let events: Engagement = serde_json::from_str(engagement.as_str().unwrap()).unwrap();
            prop_assert_eq!(&score.events, &events);
            let sum: i32 = score.scoring.score_reasons.iter().map(|reason| reason.points).sum();
            prop_assert_eq!(i64::from(sum), *value);
        }
        // Between two moments stands what the earlier one left.
        for pair in past.windows(2).filter(|pair| pair[1].0 - pair[0].0 > 1) {
            let score = at(&stage, &lead, pair[1].0 - 1, now).unwrap();
            prop_assert_eq!(i64::from(score.scoring.score_raw), pair[0].1.0);
        }
    }
}

#[test]
fn a_refit_moves_the_stage_of_a_new_lead_both_ways() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    for (points, stage_then) in [(60, "consideration"), (40, "awareness"), (41, "consideration")] {
        refit(&stage, &lead, points, START + i64::from(points));
        assert_eq!(stage.lead()["stage"], stage_then, "{points}");
    }
    stage.database.change("UPDATE leads SET status = 'unqualified', stage = 'decision'");
    refit(&stage, &lead, 0, START + 100);
    assert_eq!((stage.lead()["stage"].as_str(), stage.lead()["lead_score"].as_i64()), (Some("decision"), Some(0)));
}

#[test]
fn a_score_is_asked_for_within_the_leads_life() {
    let stage = Stage::new(1);
    stage.submit(Who::Sdr(0), &contact(1), None, START);
    let lead = lead_id(&stage);
    for wrong in [START - 1, START + 11] {
        let refused = at(&stage, &lead, wrong, START + 10).unwrap_err();
        assert_eq!((refused[0].pointer.as_str(), refused[0].code), ("?at", "out_of_range"));
    }
    assert!(at(&stage, &lead, START, START + 10).is_ok());
    let pair = |value: &str| [("at".to_owned(), value.to_owned())];
    assert_eq!(parse_at(&pair("yesterday")).unwrap_err()[0].code, "not_date_time");
    let unseen =
        score::read(&stage.company_id, &stage.sdrs[0], stage.context(START).now, &stage.visibility(Who::Admin));
    assert_eq!(score::found(&block_on(stage.database.batch(unseen)).unwrap()), Ok(None));
}
