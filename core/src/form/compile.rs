//! From the parts of a form to its compact form: steps and fields in their order, conditions over what stands before them.

use super::content::{Booking, Bound, FieldType, FormField, Step};
use super::fact::{Fact, column, leaves};
use super::logic::{CELL, line};
use crate::field::{FIELDS, Field};
use crate::invalid::{Code, Invalid};
use crate::policy::PolicyError;
use crate::policy::condition::{Condition, Facts, Kind, Part, Test, Truth};
use crate::sequence::sentence;
use serde_json::Value;

/// A field as far as it could be read.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its name as it was sent.
    pub(super) name: String,
    /// The field, where nothing of it was refused but what others must agree to.
    pub(super) field: Option<FormField>,
}

/// Everything that is asked so far, and what is wrong with it.
#[derive(Default)]
struct Course<'a> {
    facts: Vec<Fact<'a>>,
    drafts: &'a [Draft],
    lines: Vec<String>,
    errors: Vec<Invalid>,
}

/// The compact form: a line for each step and field in their order, and the last for the booking link. `when` is the
/// booking's condition; `uncertain` where steps were refused already.
///
/// # Errors
/// Whatever does not fit together, each with its place.
pub(super) fn compile(
    drafts: &[Draft],
    steps: &[Step],
    booking: Option<&Booking>,
    uncertain: bool,
) -> Result<String, Vec<Invalid>> {
    let mut course = Course { drafts, ..Course::default() };
    course.place(steps, uncertain);
    course.need(steps);
    for (at, step) in steps.iter().enumerate() {
        let skip = course.condition(&format!("/steps/{at}/skip"), step.skip.as_ref());
        course.lines.push(joined([&text(line::STEP), "", "", "", &skip, ""]));
        for name in &step.fields {
            let Some(at) = drafts.iter().position(|draft| draft.name == *name) else { continue };
            let Some(field) = drafts.get(at).and_then(|draft| draft.field.as_ref()) else { continue };
            let show = course.condition(&format!("/fields/{at}/show"), field.show.as_ref());
            let require = course.condition(&format!("/fields/{at}/require"), field.require.as_ref());
            course.know(field);
            course.lines.push(field_line(field, &show, &require));
        }
    }
    let when = course.condition("/thanks/booking/when", booking.and_then(|booking| booking.when.as_ref()));
    course.lines.push(match booking {
        None => text(line::NO_BOOKING),
        Some(_) => joined([&text(line::BOOKING), "", "", "", &when, ""]),
    });
    if course.errors.is_empty() { Ok(course.lines.join("\n")) } else { Err(course.errors) }
}

/// The line of a field; its conditions are compiled already.
pub(super) fn field_line(field: &FormField, show: &str, require: &str) -> String {
    let rule = match field.kind {
        FieldType::Choice | FieldType::Choices => {
            let values: Vec<&str> = field.options.iter().map(|option| option.value.as_str()).collect();
            values.join(&CELL.to_string())
        }
        FieldType::Number | FieldType::Date => {
            let end = |bound: Option<Bound>| bound.map(|bound| bound.to_string()).unwrap_or_default();
            let ends = format!("{}{CELL}{}", end(field.min), end(field.max));
            if ends.chars().eq([CELL]) { String::new() } else { ends }
        }
        _ => field.max_length.map(|most| most.to_string()).unwrap_or_default(),
    };
    let required = if field.required { "r" } else { "" };
    joined([&text(field.kind.sign()), &field.name, required, &rule, show, require])
}

/// Columns as a line; empty ones at its end are left out.
fn joined(columns: [&str; 6]) -> String {
    columns.join("\t").trim_end_matches('\t').to_owned()
}

impl<'a> Course<'a> {
    fn refuse(&mut self, pointer: String, code: Code) {
        self.errors.push(Invalid::at(pointer, code));
    }

    /// Each field stands in one step, and each step has fields to show.
    fn place(&mut self, steps: &[Step], uncertain: bool) {
        let mut placed: Vec<&str> = Vec::new();
        if steps.is_empty() && !uncertain {
            self.refuse("/steps".to_owned(), Code::Required);
        }
        for (at, step) in steps.iter().enumerate() {
            for (number, name) in step.fields.iter().enumerate() {
                let place = format!("/steps/{at}/fields/{number}");
                if !self.drafts.iter().any(|draft| draft.name == *name) {
                    self.refuse(place, Code::UnknownReference);
                } else if placed.contains(&name.as_str()) {
                    self.refuse(place, Code::NotInOneStep);
                } else {
                    placed.push(name);
                }
            }
            let hidden = |name: &String| self.field(name).is_some_and(|field| field.kind == FieldType::Hidden);
            if !step.fields.is_empty() && step.fields.iter().all(hidden) {
                self.refuse(format!("/steps/{at}/fields"), Code::Required);
            }
        }
        let drafts = self.drafts;
        for (at, draft) in drafts.iter().enumerate() {
            let lost = !draft.name.is_empty() && !placed.contains(&draft.name.as_str());
            if lost && !uncertain && !steps.is_empty() {
                self.refuse(format!("/fields/{at}"), Code::NotInOneStep);
            }
        }
    }

    fn field(&self, name: &str) -> Option<&'a FormField> {
        self.drafts.iter().find(|draft| draft.name == name)?.field.as_ref()
    }

    /// What every lead needs is asked of everybody.
    fn need(&mut self, steps: &[Step]) {
        for Field { name, .. } in FIELDS.iter().filter(|field| field.required) {
            let Some(at) = self.drafts.iter().position(|draft| draft.name == *name) else {
                let detail = format!("{} {name} is missing.", Code::UnreachableRequired.detail());
                self.errors.push(Invalid::told("/fields", Code::UnreachableRequired, detail));
                continue;
            };
            let field = self.field(name);
            if field.is_some_and(|field| !field.required) {
                self.refuse(format!("/fields/{at}/required"), Code::UnreachableRequired);
            }
            if field.is_some_and(|field| field.show.is_some()) {
                self.refuse(format!("/fields/{at}/show"), Code::UnreachableRequired);
            }
        }
        let needed = |name: &String| FIELDS.iter().any(|field| field.required && field.name == *name);
        for (at, step) in steps.iter().enumerate() {
            if step.skip.is_some() && step.fields.iter().any(needed) {
                self.refuse(format!("/steps/{at}/skip"), Code::UnreachableRequired);
            }
        }
    }

    /// From here on conditions may ask for this field's answer.
    fn know(&mut self, field: &'a FormField) {
        let line = self.lines.len();
        let fact = |name: String, kind, option| Fact { name, kind, line, field, option };
        match field.kind {
            FieldType::Choices => {
                let of = |value: &'a str| fact(format!("{}.{value}", field.name), Kind::Flag, Some(value));
                self.facts.extend(field.options.iter().map(|option| of(&option.value)));
            }
            FieldType::Number => self.facts.push(fact(field.name.clone(), Kind::Number, None)),
            FieldType::Consent => self.facts.push(fact(field.name.clone(), Kind::Flag, None)),
            _ => self.facts.push(fact(field.name.clone(), Kind::Text, None)),
        }
    }

    /// Reads a condition over what is known here, and compiles it; nothing where there is none or it is refused.
    fn condition(&mut self, place: &str, json: Option<&Value>) -> String {
        let Some(json) = json else { return String::new() };
        let scope: Vec<(&str, Kind)> = self.facts.iter().map(|fact| (fact.name.as_str(), fact.kind)).collect();
        let (mut errors, parsed) = match Condition::parse(json, &scope) {
            Ok(parsed) => (self.cannot_be(json, &parsed), Some(parsed)),
            Err(errors) => (errors.into_iter().filter_map(|error| self.told(json, error)).collect(), None),
        };
        errors.sort_by(|one, other| one.pointer.cmp(&other.pointer));
        let refused = !errors.is_empty();
        self.errors.extend(errors.into_iter().map(|error| {
            Invalid::told(format!("{place}{}", error.pointer), Code::ConditionInvalid, sentence(&error.reason))
        }));
        parsed.filter(|_| !refused).map(|condition| self.cells(&condition)).unwrap_or_default()
    }

    /// The complaint as the form's author understands it; none about a field that is refused itself.
    fn told(&self, json: &Value, error: PolicyError) -> Option<PolicyError> {
        let asked = json.pointer(&error.pointer).and_then(Value::as_str).filter(|_| error.pointer.ends_with("/field"));
        let Some(asked) = asked else { return Some(error) };
        let name = asked.split('.').next().unwrap_or_default();
        match self.drafts.iter().find(|draft| draft.name == name) {
            Some(Draft { field: None, .. }) => None,
            Some(Draft { field: Some(field), .. }) => {
                let before = self.facts.iter().any(|fact| fact.field.name == field.name);
                let reason = if before {
                    format!("{name} is a field of choices: ask for {name}.VALUE, one of its options")
                } else {
                    format!("{name} does not stand before this place, so that its answer is not known here")
                };
                Some(PolicyError { reason, ..error })
            }
            None => Some(error),
        }
    }

    /// Where a readable condition asks for what no answer can be.
    fn cannot_be(&self, json: &Value, condition: &Condition) -> Vec<PolicyError> {
        let mut errors = Vec::new();
        leaves(json, "", &mut |pointer, leaf| {
            let asked = leaf.get("field").and_then(Value::as_str);
            let fact = self.facts.iter().find(|fact| Some(fact.name.as_str()) == asked);
            if let Some((place, reason)) = fact.and_then(|fact| fact.impossible(leaf)) {
                errors.push(PolicyError { pointer: format!("{pointer}{place}"), reason });
            }
        });
        if errors.is_empty() && !self.possible(condition) {
            let reason = "no answers can make this hold".to_owned();
            errors.push(PolicyError { pointer: String::new(), reason });
        }
        errors
    }

    /// Whether some answers make the condition hold. Tried with every answer that makes a difference; where those are too
    /// many, it is taken to be possible.
    fn possible(&self, condition: &Condition) -> bool {
        const MOST_TRIED: usize = 1024;
        let mut asked: Vec<(&Fact<'_>, Vec<&Test>)> = Vec::new();
        condition.postfix(&mut |part| {
            let Part::Leaf(name, test) = part else { return };
            match asked.iter_mut().find(|(fact, _)| fact.name == name) {
                Some((_, tests)) => tests.push(test),
                None => asked.extend(self.facts.iter().find(|fact| fact.name == name).map(|fact| (fact, vec![test]))),
            }
        });
        let mut tried = vec![Facts::default()];
        for (fact, tests) in asked {
            let answers = fact.answers(&tests);
            if tried.len() * (answers.len() + 1) > MOST_TRIED {
                return true;
            }
            let with =
                |facts: &Facts| answers.iter().map(|answer| fact.with(facts.clone(), answer)).collect::<Vec<_>>();
            let more: Vec<Facts> = tried.iter().flat_map(with).collect();
            tried.extend(more);
        }
        tried.iter().any(|facts| condition.judge(facts).truth == Truth::True)
    }

    fn cells(&self, condition: &Condition) -> String {
        let mut cells: Vec<String> = Vec::new();
        condition.postfix(&mut |part| match part {
            Part::And => cells.push("&".to_owned()),
            Part::Or => cells.push("|".to_owned()),
            Part::Not => cells.push("!".to_owned()),
            Part::Leaf(name, test) => {
                if let Some(fact) = self.facts.iter().find(|fact| fact.name == name) {
                    fact.cells(test, &mut cells);
                }
            }
        });
        column(&cells)
    }
}

fn text(sign: u8) -> String {
    char::from(sign).to_string()
}
