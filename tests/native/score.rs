//! What is stored of a score is what folds from its reasons (spec S4).

use lead_core::score::{Engagement, Reason, fold, stage_for};
use lead_store::statement::Row;
use proptest::prelude::*;
use serde_json::json;

use super::stage::{START, Stage, visitor, with};

/// The stored score against the fold over what is stored.
pub(crate) fn agrees(stage: &Stage, lead: &Row) {
    let fit: Vec<Reason> = serde_json::from_str(lead["fit"].as_str().unwrap()).unwrap();
    let engagement: Engagement = serde_json::from_str(lead["engagement"].as_str().unwrap()).unwrap();
    let score = fold(&stage.policy, &fit, &engagement);
    let stored = (lead["score_raw"].as_i64(), lead["lead_score"].as_i64());
    assert_eq!(stored, (Some(score.raw().into()), Some(score.value().into())), "{lead:?}");
    let sum: i32 = score.reasons().iter().map(|reason| reason.points).sum();
    assert_eq!(sum, i32::from(score.value()), "the reasons add up");
    let status = serde_json::from_value(lead["status"].clone()).unwrap();
    let before = serde_json::from_value(lead["stage"].clone()).unwrap();
    assert_eq!(
        stage_for(&stage.policy, status, score.value(), before),
        before,
        "the stage is the one the score asks for"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_stored_score_is_the_fold(
        posts in prop::collection::vec((0_usize..3, 0_usize..5, any::<bool>(), 0_usize..4, any::<bool>()), 1..14)
    ) {
        let stage = Stage::new(2);
        for (at, (person, authority, budget, timeline, trapped)) in posts.into_iter().enumerate() {
            let authorities = [json!("decision_maker"), json!("influencer"), json!("user"), json!("gatekeeper"), json!(null)];
            let timelines = [json!("30 days"), json!("90 days"), json!("some day"), json!(null)];
            let values = with(visitor(person), json!({
                "authority_level": authorities[authority],
                "timeline": timelines[timeline],
                "budget_range": if budget { json!("10k") } else { json!(null) },
                "lg_ref": if trapped { json!("x") } else { json!(null) },
            }));
            stage.visit(&values, &at.to_string(), START + at as i64);
            for lead in stage.leads() {
                agrees(&stage, &lead);
            }
        }
    }
}
