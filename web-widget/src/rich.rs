//! Verdicts as objects, for previews: the same functions that the edge decides with, under the compiled-in policy.

use lead_core::dedup::{self, Candidate, Keys};
use lead_core::policy::Policy;
use lead_core::qualify::{self, Answers};
use lead_core::score::{self, Engagement, FitFacts};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_wasm_bindgen::{Serializer, from_value};
use std::sync::LazyLock;
use wasm_bindgen::prelude::{JsError, JsValue, wasm_bindgen};

type Outcome = Result<JsValue, JsError>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreInput {
    #[serde(default)]
    facts: Value,
    #[serde(default)]
    engagement: Engagement,
}

/// `{ facts, engagement }` to the score with its reasons (spec S4); the members are those of the core's `FitFacts`
/// and a count per event.
///
/// # Errors
/// Throws an `Error` that names an unknown member, event or type.
#[wasm_bindgen]
pub fn score(input: JsValue) -> Outcome {
    let ScoreInput { facts, engagement } = from_value(input)?;
    // The facts borrow their text, which a JavaScript object cannot lend.
    let facts = if facts.is_null() { FitFacts::default() } else { FitFacts::deserialize(&facts)? };
    let policy = policy()?;
    given(&score::fold(policy, &score::fit(policy, &facts), &engagement))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DedupInput {
    subject: Keys,
    candidates: Vec<Candidate>,
}

/// `{ subject, candidates }` to the matches with their signals, best first (spec D1, D3).
///
/// # Errors
/// Throws an `Error` that names an unknown or missing member, or a wrong type.
#[wasm_bindgen]
pub fn dedup(input: JsValue) -> Outcome {
    let DedupInput { subject, candidates } = from_value(input)?;
    given(&dedup::judge(policy()?, &subject, &candidates))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QualifyInput {
    answers: Answers,
    #[serde(default)]
    confirmed: bool,
}

/// `{ answers, confirmed }` to the qualification with its reasons and missing criteria (spec Q1, Q2).
///
/// # Errors
/// Throws an `Error` that names an unknown or missing member, or a wrong type.
#[wasm_bindgen]
pub fn qualify(input: JsValue) -> Outcome {
    let QualifyInput { answers, confirmed } = from_value(input)?;
    given(&qualify::qualify(policy()?, &answers, confirmed))
}

/// Runs one vector file's text; gives `{ count, digest, failures }`.
///
/// # Errors
/// Throws an `Error` where the text is no vector file.
#[cfg(feature = "vectors")]
#[wasm_bindgen]
pub fn run_vectors(text: &str) -> Outcome {
    given(&lead_core::vectors::run(text).map_err(|error| JsError::new(&error))?)
}

/// Parsed once: parsing costs far more than any verdict.
static POLICY: LazyLock<Result<Policy, String>> =
    LazyLock::new(|| Policy::builtin().map_err(|errors| format!("the compiled-in policy: {errors:?}")));

fn policy() -> Result<&'static Policy, JsError> {
    POLICY.as_ref().map_err(|words| JsError::new(words))
}

/// As `JSON.parse` would give it: plain objects, and null for what is absent.
fn given(verdict: &impl Serialize) -> Outcome {
    Ok(verdict.serialize(&Serializer::json_compatible())?)
}
