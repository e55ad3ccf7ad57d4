//! The vectors of money and opportunities.

use crate::body::Members;
use crate::id::Id;
use crate::money::{Currency, Money};
use crate::opportunity::{NewOpportunity, Opportunity, PipelineStage, StageMove, change_stage};
use crate::problem::Refusal;
use crate::time::{DAY_MS, Instant};
use serde_json::{Map, Value, json};

type Outcome = Result<Value, Value>;

pub(super) fn outcome(subject: &str, input: &Value) -> Option<Outcome> {
    match subject {
        "money" => Some(money(input)),
        "opportunity" => Some(opportunity(input)),
        _ => None,
    }
}

fn currency(input: &Value) -> Result<Currency, Value> {
    let code = input.get("currency").and_then(Value::as_str).unwrap_or("INR");
    Currency::parse(code).map_err(|code| json!(code.as_str()))
}

/// An amount on its way in and out again.
fn money(input: &Value) -> Outcome {
    let currency = currency(input)?;
    let value = input.get("value").unwrap_or(&Value::Null);
    let money = Money::read(value, currency).map_err(|code| json!(code.as_str()))?;
    Ok(json!({ "minor": money.minor(), "digits": currency.digits(), "shown": money }))
}

/// A body, and the moves that follow, a day apart.
fn opportunity(input: &Value) -> Outcome {
    let now = Instant::EPOCH.plus_ms(20_000 * DAY_MS);
    let members = |value: Option<&Value>| Members::of(value.and_then(Value::as_object).cloned().unwrap_or_default());
    let parsed = NewOpportunity::parse(members(input.get("body")), currency(input)?);
    let NewOpportunity { body, pipeline_stage } = parsed.map_err(|errors| json!(errors))?;
    let stage = pipeline_stage.unwrap_or(PipelineStage::Prospect);
    let id = Id::new(now, &[1; 10]);
    let fresh = Opportunity::new(id.clone(), id, body.deal.clone(), stage, now);
    let mut at = fresh.with(body).map_err(|errors| json!(errors))?;
    for (days, asked) in (1..).zip(input.get("moves").and_then(Value::as_array).into_iter().flatten()) {
        let asked = StageMove::parse(members(Some(asked))).map_err(|errors| json!(errors))?;
        at = change_stage(&at, &asked, now.plus_ms(days * DAY_MS)).map_err(|refusal| said(&refusal))?;
    }
    Ok(shown(&at))
}

fn said(refusal: &Refusal) -> Value {
    let mut members = refusal.members();
    members.insert("type".into(), refusal.kind().slug.into());
    Value::Object(members)
}

/// What the rules decide; the rest of a record stays as it was sent.
fn shown(opportunity: &Opportunity) -> Value {
    const DECIDED: [&str; 10] = [
        "deal_value",
        "currency",
        "pipeline_stage",
        "probability",
        "probability_by_hand",
        "forecast_category",
        "forecast_by_hand",
        "lost_reason",
        "closed_at",
        "stage_before_close",
    ];
    let record = json!(opportunity);
    let member = |name: &str| record.get(name).cloned().unwrap_or_default();
    Value::Object(Map::from_iter(DECIDED.map(|name| (name.to_owned(), member(name)))))
}
