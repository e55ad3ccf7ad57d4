//! The state of a form told from its parts and conditions as they were sent, without the compact form: what tests hold the
//! compact form against.

use super::content::{Content, FieldType, FormField};
use super::logic::whole;
use crate::policy::condition::{Condition, Facts, Kind, Truth};
use serde_json::Value;

/// One sign for each step and field in their order and the booking link, as [`super::logic::form_state`] gives it.
pub(crate) fn interpreted(content: &Content, answers: &[(String, String)]) -> String {
    let mut scope: Vec<(String, Kind)> = Vec::new();
    let mut facts = Facts::default();
    let mut out = String::new();
    for step in &content.steps {
        let skipped = holds(step.skip.as_ref(), &scope, &facts) == Some(true);
        let mut signs = String::new();
        let mut visible = false;
        for name in &step.fields {
            let Some(field) = content.fields.iter().find(|field| field.name == *name) else { continue };
            let shown = !skipped && holds(field.show.as_ref(), &scope, &facts) != Some(false);
            let required = field.required || holds(field.require.as_ref(), &scope, &facts) == Some(true);
            signs.push(if !shown {
                'h'
            } else if required {
                'r'
            } else {
                'o'
            });
            visible |= shown && field.kind != FieldType::Hidden;
            facts = told(field, answers, shown, &mut scope, facts);
        }
        out.push(if visible { 's' } else { 'x' });
        out.push_str(&signs);
    }
    let booking = content.thanks.booking.as_ref();
    let offered = booking.is_some_and(|booking| holds(booking.when.as_ref(), &scope, &facts) != Some(false));
    out.push(if offered { 'b' } else { '-' });
    out
}

/// Whether a condition holds; `None` where there is none.
fn holds(condition: Option<&Value>, scope: &[(String, Kind)], facts: &Facts) -> Option<bool> {
    let scope: Vec<(&str, Kind)> = scope.iter().map(|(name, kind)| (name.as_str(), *kind)).collect();
    let condition = Condition::parse(condition?, &scope).ok()?;
    Some(condition.judge(facts).truth == Truth::True)
}

/// These facts with the answer to one field, where it is shown and can be taken as such.
fn told(
    field: &FormField,
    answers: &[(String, String)],
    shown: bool,
    scope: &mut Vec<(String, Kind)>,
    facts: Facts,
) -> Facts {
    let FormField { name, options, .. } = field;
    let given = answers.iter().filter(|(of, value)| shown && of == name && !value.trim().is_empty());
    let given: Vec<&str> = given.map(|(_, value)| value.trim()).collect();
    let option = |value: &&str| options.iter().any(|option| option.value == **value);
    match field.kind {
        FieldType::Choices => {
            let chosen: Vec<&str> = given.into_iter().filter(option).collect();
            let mut facts = facts;
            for option in options {
                let fact = format!("{name}.{}", option.value);
                let said = (!chosen.is_empty()).then(|| chosen.contains(&option.value.as_str()));
                facts = facts.flag(&fact, said);
                scope.push((fact, Kind::Flag));
            }
            facts
        }
        FieldType::Number => {
            scope.push((name.clone(), Kind::Number));
            facts.number(name, given.into_iter().find_map(whole))
        }
        FieldType::Consent => {
            scope.push((name.clone(), Kind::Flag));
            let ticked = given.iter().any(|value| matches!(*value, "true" | "on" | "1"));
            facts.flag(name, ticked.then_some(true))
        }
        FieldType::Choice => {
            scope.push((name.clone(), Kind::Text));
            facts.text(name, given.into_iter().find(option))
        }
        _ => {
            scope.push((name.clone(), Kind::Text));
            facts.text(name, given.first().copied())
        }
    }
}
