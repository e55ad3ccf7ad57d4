//! A form that is filled page by page without a script (spec F6): what was answered so far, which step comes next, and what is wrong
//! with the one that was sent. What is shown and needed is decided as in the browser ([`crate::form::logic`]).

use crate::body::Members;
use crate::form::logic::{CELL, PAIR, check_answer, form_state};
use crate::form::{Definition, FieldType, FormField};
use crate::invalid::{Code, Invalid};
use serde_json::Value;

/// The member with the step that a page showed, counted from 0.
pub const STEP: &str = "lg_step";
/// The member that a page's button sends: `next`, `back` or `send`.
pub const GO: &str = "lg_go";
/// The member with the names of the fields that a page showed.
pub const SHOWN: &str = "lg_shown";

/// What the visitor wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The step after this one, or to send the form where there is none.
    Next,
    /// The step before this one.
    Back,
}

/// Where a page was sent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct From {
    /// The step that it showed.
    pub step: usize,
    /// What the visitor wants.
    pub wish: Wish,
    /// The fields that it showed.
    pub shown: Vec<String>,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A step.
    Show(Shown),
    /// The form is complete, as far as its steps can tell.
    Send,
}

/// A step to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Which one.
    pub step: usize,
    /// What is wrong with its answers, in the order of its fields.
    pub errors: Vec<(String, Code)>,
    /// Whether it asks more than it did before, by what was answered in it.
    pub grown: bool,
}

/// What a visitor answered so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled<'a> {
    definition: &'a Definition,
    /// Name and value; the values of one field that has several stand in their order.
    answers: Vec<(String, String)>,
    /// One sign for each line of the form's logic.
    state: String,
}

impl From {
    /// Reads where a page was sent from; `None` for a form that knows no steps.
    #[must_use]
    pub fn read(members: &mut Members) -> Option<Self> {
        let mut text = |name| members.take(name).and_then(|value| value.as_str().map(str::to_owned));
        let [step, go, shown] = [STEP, GO, SHOWN].map(&mut text);
        let wish = if go.as_deref() == Some("back") { Wish::Back } else { Wish::Next };
        let shown = shown.unwrap_or_default().split(',').map(str::to_owned).collect();
        Some(Self { step: step?.parse().ok()?, wish, shown })
    }
}

impl<'a> Filled<'a> {
    /// The answers among the members of a body; other members are left alone.
    #[must_use]
    pub fn of(definition: &'a Definition, members: &Members) -> Self {
        let mut answers = Vec::new();
        for field in &definition.content().fields {
            for value in texts(members.value(&field.name)) {
                answers.push((field.name.clone(), value));
            }
        }
        Self::with(definition, answers)
    }

    /// A fresh form: what stands in its fields at first, unless the page's address says something else.
    #[must_use]
    pub fn fresh(definition: &'a Definition, given: &[(String, String)]) -> Self {
        let mut answers = Vec::new();
        for field in &definition.content().fields {
            let of_field: Vec<&String> = given.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value).collect();
            // Whoever makes an address does not agree for the visitor.
            let given = if field.kind == FieldType::Consent { Vec::new() } else { of_field };
            let values: Vec<String> = match given.as_slice() {
                [] => field.default.iter().cloned().collect(),
                values if field.kind == FieldType::Choices => values.iter().map(|value| (*value).clone()).collect(),
                [first, ..] => vec![(*first).clone()],
            };
            answers.extend(values.into_iter().map(|value| (field.name.clone(), value)));
        }
        Self::with(definition, answers)
    }

    fn with(definition: &'a Definition, answers: Vec<(String, String)>) -> Self {
        let pairs: Vec<String> = answers.iter().map(|(name, value)| format!("{name}{CELL}{}", plain(value))).collect();
        let state = form_state(definition.logic(), &pairs.join(&PAIR.to_string()));
        Self { definition, answers, state }
    }

    /// The answers of a field; none where it has none.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.answers.iter().filter(move |(of, _)| of == name).map(|(_, value)| value.as_str())
    }

    /// The steps that are shown, in order.
    #[must_use]
    pub fn steps(&self) -> Vec<usize> {
        let lines = self.lines();
        let shown = lines.iter().filter(|line| line.field.is_none() && line.state == 's');
        shown.map(|line| line.step).collect()
    }

    /// The fields of a step that are shown, each with whether it must be answered.
    #[must_use]
    pub fn fields(&self, step: usize) -> Vec<(&'a FormField, bool)> {
        let lines = self.lines();
        let of_step = lines.into_iter().filter(|line| line.step == step && line.state != 'h');
        of_step.filter_map(|line| Some((line.field?, line.state == 'r'))).collect()
    }

    /// The answers that a page must carry along, since it does not show their fields.
    pub fn carried(&self, step: usize) -> impl Iterator<Item = (&str, &str)> {
        let shown: Vec<&str> = self.asked(step).map(|(field, _)| field.name.as_str()).collect();
        let carried = self.answers.iter().filter(move |(name, _)| !shown.contains(&name.as_str()));
        carried.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The shown fields that the visitor sees.
    pub fn asked(&self, step: usize) -> impl Iterator<Item = (&'a FormField, bool)> {
        self.fields(step).into_iter().filter(|(field, _)| field.kind != FieldType::Hidden)
    }

    /// What follows on a page that was sent.
    #[must_use]
    pub fn turn(&self, from: &From) -> Turn {
        let steps = self.steps();
        let show = |step: Option<&usize>| step.map(|step| Turn::Show(Shown { step: *step, ..Shown::default() }));
        if from.wish == Wish::Back {
            let before = steps.iter().rev().find(|step| **step < from.step).or(steps.first());
            return show(before).unwrap_or(Turn::Send);
        }
        let was_shown = |name: &str| from.shown.iter().any(|shown| shown == name);
        let (old, new): (Vec<_>, Vec<_>) = self.asked(from.step).partition(|(field, _)| was_shown(&field.name));
        let errors: Vec<_> = old.into_iter().filter_map(|(field, required)| self.wrong(field, required)).collect();
        if !errors.is_empty() || !new.is_empty() {
            return Turn::Show(Shown { step: from.step, errors, grown: !new.is_empty() });
        }
        show(steps.iter().find(|step| **step > from.step)).unwrap_or(Turn::Send)
    }

    /// The step to be shown again where the whole form was refused, with what is wrong there; errors of other fields are left
    /// to the caller.
    #[must_use]
    pub fn again(&self, errors: &[Invalid]) -> Shown {
        let refused = |name: &str| errors.iter().any(|error| member_of(error) == name);
        let steps = self.steps();
        let first = steps.iter().find(|step| self.asked(**step).any(|(field, _)| refused(&field.name)));
        let step = first.or(steps.last()).copied().unwrap_or_default();
        let wrong = self.asked(step).filter_map(|(field, required)| self.wrong(field, required));
        Shown { step, errors: wrong.collect(), grown: false }
    }

    fn wrong(&self, field: &FormField, required: bool) -> Option<(String, Code)> {
        let line = self.lines().iter().position(|line| line.field.is_some_and(|of| of.name == field.name))?;
        let values: Vec<&str> = self.values(&field.name).collect();
        let value = values.join(&CELL.to_string());
        let found = check_answer(self.definition.logic(), u32::try_from(line).ok()?, &value, required);
        found.err().map(|code| (field.name.clone(), code))
    }

    /// The lines of the form's logic but the last: each step and its fields.
    fn lines(&self) -> Vec<Line<'a>> {
        let content = self.definition.content();
        let mut signs = self.state.chars();
        let mut lines = Vec::new();
        for (step, of) in content.steps.iter().enumerate() {
            lines.push(Line { step, field: None, state: signs.next().unwrap_or('x') });
            for name in &of.fields {
                let field = content.fields.iter().find(|field| field.name == *name);
                lines.push(Line { step, field, state: signs.next().unwrap_or('h') });
            }
        }
        lines
    }
}

struct Line<'a> {
    step: usize,
    field: Option<&'a FormField>,
    state: char,
}

/// The member that an error speaks of; of a list, the list's.
#[must_use]
pub fn member_of(error: &Invalid) -> &str {
    error.pointer.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// The texts of a member: one, or those of a list. Blank ones are none.
fn texts(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let found: Vec<String> = match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(value) => text(value).into_iter().collect(),
        None => Vec::new(),
    };
    found.into_iter().filter(|text| !text.trim().is_empty()).collect()
}

/// Without the two signs that part answers.
fn plain(value: &str) -> String {
    value.chars().filter(|sign| ![CELL, PAIR].contains(sign)).collect()
}
