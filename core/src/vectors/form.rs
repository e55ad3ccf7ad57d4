//! Runs the cases about forms: definitions, their state under answers, single answers, and the many that are drawn.

use super::Digest;
use crate::body::Members;
use crate::form::logic::{check_answer, form_state};
use crate::form::{Contrast, Definition, Drawn, around, interpreted, spelled};
use crate::invalid::{Code, Invalid};
use serde_json::{Value, json};

type Outcome = Result<Value, Value>;

/// What the case gives; `None` where the subject is another module's.
pub(super) fn outcome(subject: &str, input: &Value) -> Option<Outcome> {
    let run = match subject {
        "form_definition" => |input: &Value| definition(input).map(|definition| json!(definition.logic())),
        "form_state" => state,
        "form_answer" => answer,
        "form_generated" => generated,
        "contrast" => contrasts,
        _ => return None,
    };
    Some(run(input))
}

/// A definition around the `fields` and `steps` of the input, its other members laid over the whole.
fn definition(input: &Value) -> Result<Definition, Value> {
    let list = |name: &str| input.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let mut json = around(&list("fields"), &list("steps"));
    let others = input.get("with").and_then(Value::as_object).into_iter().flatten();
    for (pointer, value) in others {
        let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
        if let Some(place) = json.pointer_mut(parent) {
            match place {
                Value::Array(items) => items[name.parse::<usize>().unwrap_or(0)] = value.clone(),
                object => object[name] = value.clone(),
            }
        }
    }
    let members = json.as_object().cloned().unwrap_or_default();
    let told = |error: Invalid| json!({ "at": error.pointer, "code": error.code });
    Definition::parse(Members::of(members)).map_err(|errors| errors.into_iter().map(told).collect())
}

fn answers(input: &Value) -> Vec<(String, String)> {
    let text = |pair: &Value, at: usize| pair.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    let pairs = input.get("answers").and_then(Value::as_array).into_iter().flatten();
    pairs.map(|pair| (text(pair, 0), text(pair, 1))).collect()
}

/// The state by the compact form, which is that by the conditions as they were sent.
fn state(input: &Value) -> Outcome {
    let (definition, answers) = (definition(input)?, answers(input));
    let state = form_state(definition.logic(), &spelled(&answers));
    if state == interpreted(definition.content(), &answers) {
        Ok(json!(state))
    } else {
        Err(json!("compiled otherwise"))
    }
}

/// The one field of the input stands on the line after the two steps and the five fields that every lead needs.
fn answer(input: &Value) -> Outcome {
    let field = input.get("field").cloned().unwrap_or_default();
    let steps = [json!({ "fields": [field.get("name")] })];
    let definition = definition(&json!({ "fields": [field], "steps": steps }))?;
    let value = input.get("value").and_then(Value::as_str).unwrap_or_default();
    let required = input.get("required").and_then(Value::as_bool).unwrap_or_default();
    check_answer(definition.logic(), 7, value, required).map(|()| json!("ok")).map_err(|code| json!(spell(code)))
}

/// How many pairs of the theme's colours can be told apart, and why the others cannot.
fn contrasts(input: &Value) -> Outcome {
    let definition = definition(&json!({ "with": { "/theme": input } }))?;
    let (passed, failed): (Vec<_>, Vec<_>) =
        definition.content().theme.contrasts().into_iter().partition(|contrast| contrast.passes);
    let failed: Vec<String> =
        failed.iter().map(|Contrast { scheme, reason, .. }| format!("{}: {reason}", scheme.as_str())).collect();
    Ok(json!({ "passed": passed.len(), "failed": failed }))
}

fn spell(code: Code) -> String {
    let limit = match code {
        Code::TooLong(limit) => limit.to_string(),
        Code::NumberTooSmall(limit) | Code::NumberTooLarge(limit) => limit.to_string(),
        Code::DateTooEarly(limit) | Code::DateTooLate(limit) => limit.to_string(),
        _ => return code.as_str().to_owned(),
    };
    format!("{}:{limit}", code.as_str())
}

/// Draws definitions from a seed and answers to each; tells how many, and the digest of their compact forms, their states, and
/// the verdict on each answer.
fn generated(input: &Value) -> Outcome {
    let number = |name: &str| input.get(name).and_then(Value::as_u64).unwrap_or_default();
    let mut drawn = Drawn::new(number("seed"));
    let (mut digest, mut pairs) = (Digest::new(), 0);
    for _ in 0..number("definitions") {
        let definition = drawn.definition().ok_or_else(|| json!("nothing to be meant"))?;
        digest.add(definition.logic());
        let content = definition.content();
        for _ in 0..number("answers") {
            let answers = drawn.answers(content);
            let state = form_state(definition.logic(), &spelled(&answers));
            if state != interpreted(content, &answers) {
                return Err(json!({ "compiled otherwise": definition.content(), "answers": answers }));
            }
            digest.add(&state);
            for (line, sign) in (0..).zip(state.chars()) {
                for (_, value) in &answers {
                    let verdict = check_answer(definition.logic(), line, value, sign == 'r');
                    digest.add(&verdict.map_or_else(spell, |()| "ok".to_owned()));
                }
            }
            pairs += 1;
        }
    }
    Ok(json!({ "pairs": pairs, "digest": digest.to_string() }))
}
