//! The rules' vectors: policies, conditions, scores, spam, duplicates, assignment, qualification, states.
//!
//! Subjects that need a policy take `policy` in their input: an RFC 7396 merge patch over the compiled-in one.

use crate::assign::{self, Maker, Pool, Territory};
use crate::convert;
use crate::dedup::{self, Candidate, Keys};
use crate::id::Id;
use crate::policy::condition::{Condition, Facts};
use crate::policy::{Move, Policy, SCORING_SCOPE, Stage, Status};
use crate::qualify::{self, Answers};
use crate::score::{self, Engagement, FitFacts};
use crate::spam::{self, SpamFacts};
use crate::time::Instant;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

type Outcome = Result<Value, Value>;

pub(super) fn outcome(subject: &str, input: &Value) -> Option<Outcome> {
    let run = match subject {
        "policy" => policy,
        "condition" => condition,
        "score" => scored,
        "source" => source,
        "stage" => stage,
        "transition" => transition,
        "threshold" => threshold,
        "spam" => spam_verdict,
        "dedup" => duplicates,
        "assign" => assigned,
        "qualify" => qualified,
        "conversion" => conversion,
        _ => return None,
    };
    Some(run(input))
}

fn policy(input: &Value) -> Outcome {
    let parsed = match input.get("text").and_then(Value::as_str) {
        Some(text) => Policy::parse(text),
        None => Policy::from_value(&patched(input)?),
    };
    parsed.map(|policy| json!({ "version": policy.version() })).map_err(|errors| json!(errors))
}

#[derive(Deserialize)]
struct ConditionInput {
    when: Value,
    #[serde(default)]
    facts: Facts,
}

fn condition(input: &Value) -> Outcome {
    let input: ConditionInput = read(input)?;
    let condition = Condition::parse(&input.when, SCORING_SCOPE).map_err(|errors| json!(errors))?;
    Ok(json!(condition.judge(&input.facts)))
}

fn scored(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let facts = input.get("facts").cloned().unwrap_or_else(|| json!({}));
    let facts = FitFacts::deserialize(&facts).map_err(said)?;
    let engagement: Engagement = member(input, "engagement")?;
    Ok(json!(score::fold(&policy, &score::fit(&policy, &facts), &engagement)))
}

fn source(input: &Value) -> Outcome {
    let policy = ready(input)?;
    if let Some(name) = input.get("click_id").and_then(Value::as_str) {
        return Ok(json!({ "source": policy.source_of_click_id(name) }));
    }
    let text: String = member(input, "text")?;
    Ok(json!({ "source": policy.source_slug(&text) }))
}

#[derive(Deserialize)]
struct StageInput {
    status: Status,
    score: u8,
    before: Stage,
}

fn stage(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let input: StageInput = read(input)?;
    Ok(json!(score::stage_for(&policy, input.status, input.score, input.before)))
}

#[derive(Deserialize)]
struct TransitionInput {
    status: Status,
    #[serde(rename = "move")]
    by: Move,
}

fn transition(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let input: TransitionInput = read(input)?;
    policy
        .transitions()
        .after(input.status, input.by)
        .map(|status| json!(status))
        .map_err(|impossible| json!(impossible))
}

#[derive(Deserialize)]
struct ThresholdInput {
    status: Status,
    contacted: bool,
    score: u8,
}

fn threshold(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let ThresholdInput { status, contacted, score } = read(input)?;
    Ok(json!({ "nurtures": policy.nurtures(score), "converts": policy.converts(status, contacted, score) }))
}

fn conversion(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let ThresholdInput { status, contacted, score } = read(input)?;
    Ok(json!(convert::check_conversion_eligibility(&policy, status, contacted, score)))
}

fn spam_verdict(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let facts = input.get("facts").cloned().unwrap_or_else(|| json!({}));
    let facts = SpamFacts::deserialize(&facts).map_err(said)?;
    Ok(json!(spam::judge(&policy, &facts)))
}

fn duplicates(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let (subject, candidates): (Keys, Vec<Candidate>) = (member(input, "subject")?, member(input, "candidates")?);
    Ok(json!(dedup::judge(&policy, &subject, &candidates)))
}

#[derive(Deserialize)]
struct AssignInput {
    lead: Value,
    #[serde(default)]
    territories: Vec<TerritoryInput>,
    pools: Vec<Pool>,
    company_pool: Id,
    maker: Maker,
    now: Instant,
    #[serde(default)]
    turn: u64,
}

#[derive(Deserialize)]
struct TerritoryInput {
    id: Id,
    pool_id: Id,
    when: Option<Value>,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    states: Vec<String>,
    #[serde(default)]
    industries: Vec<String>,
}

impl TerritoryInput {
    fn build(self) -> Result<Territory, Value> {
        let Self { id, pool_id, when, countries, states, industries } = self;
        match when {
            Some(when) => Territory::by_condition(id, pool_id, &when).map_err(|errors| json!(errors)),
            None => Territory::by_lists(id, pool_id, &countries, &states, &industries)
                .ok_or_else(|| json!("empty territory")),
        }
    }
}

fn assigned(input: &Value) -> Outcome {
    let input: AssignInput = read(input)?;
    let territories: Vec<Territory> =
        input.territories.into_iter().map(TerritoryInput::build).collect::<Result<_, _>>()?;
    let lead = assign::LeadFacts::deserialize(&input.lead).map_err(said)?;
    let assignment = assign::assign(&lead, &territories, &input.pools, &input.company_pool, &input.maker, input.now);
    Ok(json!({ "assignment": assignment, "owner": assignment.owner(input.turn) }))
}

fn qualified(input: &Value) -> Outcome {
    let policy = ready(input)?;
    let answers: Answers = match input.get("answers") {
        Some(answers) => read(answers)?,
        None => read(&json!({}))?,
    };
    let confirmed = input.get("confirmed").and_then(Value::as_bool).unwrap_or(false);
    let verdict = qualify::qualify(&policy, &answers, confirmed);
    Ok(json!({ "verdict": verdict, "move": verdict.consequence(), "kept": answers.bant }))
}

/// The policy of the input: the compiled-in one with the member `policy` merged over it.
fn ready(input: &Value) -> Result<Policy, Value> {
    Policy::from_value(&patched(input)?).map_err(|errors| json!(errors))
}

fn patched(input: &Value) -> Result<Value, Value> {
    let mut base: Value = serde_json::from_str(Policy::default_text()).map_err(said)?;
    if let Some(patch) = input.get("policy") {
        merge(&mut base, patch);
    }
    Ok(base)
}

/// An RFC 7396 merge patch.
fn merge(base: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *base = patch.clone();
        return;
    };
    if !base.is_object() {
        *base = json!({});
    }
    let Value::Object(members) = base else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Value> {
    T::deserialize(value).map_err(said)
}

fn member<T: DeserializeOwned + Default>(input: &Value, name: &str) -> Result<T, Value> {
    input.get(name).map_or_else(|| Ok(T::default()), read)
}

fn said(error: impl std::fmt::Display) -> Value {
    json!(error.to_string())
}
