//! The native half of `cargo xtask bench rules`: one JSON line `{rule, call, per_s}` for each rule, over the inputs of
//! `xtask/js/bench-rules.json`. A program of its own, since it is compiled for release and xtask is not.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use lead_core::dedup::{self, Candidate, Keys};
use lead_core::field::{self, CompanyName, Country, EmailAddress, PhoneNumber};
use lead_core::policy::Policy;
use lead_core::score::{self, Engagement, FitFacts};
use serde_json::{Value, json};

/// How long each rule runs.
const SPELL: Duration = Duration::from_millis(500);

/// Evaluations between two looks at the clock.
const STRIDE: u32 = 64;

fn main() -> Result<()> {
    let inputs: Value = serde_json::from_str(include_str!("../js/bench-rules.json"))?;
    let policy = Policy::builtin().map_err(|errors| anyhow!("the compiled-in policy: {errors:?}"))?;
    objects(&inputs, &policy)?;
    texts(&inputs)
}

/// What the rich build takes as objects.
fn objects(inputs: &Value, policy: &Policy) -> Result<()> {
    let mut leads: Vec<(FitFacts<'_>, Engagement)> = Vec::new();
    for input in list(inputs, "score")? {
        let engagement = input.get("engagement").map(|counts| serde_json::from_value(counts.clone())).transpose()?;
        leads.push((serde::Deserialize::deserialize(&input["facts"])?, engagement.unwrap_or_default()));
    }
    rate("score", "object", &leads, |(facts, engagement)| {
        score::fold(policy, &score::fit(policy, facts), engagement).value()
    });
    let mut people: Vec<(Keys, Vec<Candidate>)> = Vec::new();
    for input in list(inputs, "dedup")? {
        let read = (input["subject"].clone(), input["candidates"].clone());
        people.push((serde_json::from_value(read.0)?, serde_json::from_value(read.1)?));
    }
    rate("dedup judge", "object", &people, |(subject, candidates)| dedup::judge(policy, subject, candidates));
    rate("policy parse", "edge", &[()], |()| Policy::builtin());
    Ok(())
}

/// What the lean build takes as text, and what only the edge does.
fn texts(inputs: &Value) -> Result<()> {
    let texts = |name| -> Result<Vec<&str>> { Ok(list(inputs, name)?.iter().filter_map(Value::as_str).collect()) };
    let (emails, phones, companies) = (texts("email")?, texts("phone")?, texts("company")?);
    let country = Country::parse("IN").map_err(|code| anyhow!("{}", code.detail()))?;
    rate("email check", "string", &emails, |text| field::check("email", text, true));
    rate("phone check", "string", &phones, |text| field::check("phone", text, true));
    rate("company check", "string", &companies, |text| field::check("company_name", text, true));
    rate("email parse", "edge", &emails, |text| EmailAddress::parse(text));
    rate("phone parse", "edge", &phones, |text| PhoneNumber::parse(text, country));
    rate("company key", "edge", &companies, |text| CompanyName::parse(text).map(|name| name.key()));
    Ok(())
}

fn list<'a>(inputs: &'a Value, name: &str) -> Result<&'a Vec<Value>> {
    inputs[name].as_array().with_context(|| format!("there are no inputs for {name}"))
}

/// Runs one rule over its inputs, in turn, and prints its rate.
fn rate<T, O>(rule: &str, call: &str, inputs: &[T], run: impl Fn(&T) -> O) {
    // Tables that are built on first use are not what is measured.
    inputs.iter().for_each(|input| drop(black_box(run(input))));
    let mut turn = inputs.iter().cycle();
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < SPELL {
        for input in turn.by_ref().take(STRIDE as usize) {
            drop(black_box(run(black_box(input))));
        }
        count += STRIDE;
    }
    let per_s = (f64::from(count) / started.elapsed().as_secs_f64()).round();
    println!("{}", json!({ "rule": rule, "call": call, "per_s": per_s }));
}
