//! A form that is filled page by page without a script (spec F5): what was answered so far, which step comes next, and what is wrong
//! with the one that was sent. What is shown and needed is decided as in the browser ([`crate::form::logic`]).

use crate::body::Members;
use crate::form::logic::{CELL, PAIR, check_answer, form_state};
use crate::form::{Definition, FieldType, FormField};
use crate::invalid::{Code, Invalid};
use serde_json::Value;
use std::borrow::Cow;

/// The member with the step that a page showed, counted from 0.
pub const STEP: &str = "lg_step";
/// The member that a page's button sends: `next`, `back` or `send`.
pub const GO: &str = "lg_go";
/// The member with the names of the fields that a page showed.
pub const SHOWN: &str = "lg_shown";

/// The member that a page sends from its second showing on.
pub const BEGAN: &str = "lg_began";
/// Everything that a page sends about itself: no answers.
pub const OF_PAGE: [&str; 4] = [STEP, GO, SHOWN, BEGAN];

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

/// An answer that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field's name.
    pub name: String,
    /// Which rule: stable, translatable.
    pub code: &'static str,
    /// The limit that the rule names.
    pub limit: Option<String>,
    /// The rule in English.
    pub detail: Cow<'static, str>,
}

impl Wrong {
    fn by(name: &str, code: Code) -> Self {
        Self { name: name.to_owned(), code: code.as_str(), limit: code.limit(), detail: code.detail() }
    }
}

impl std::convert::From<&Invalid> for Wrong {
    fn from(error: &Invalid) -> Self {
        Self {
            name: member_of(error).to_owned(),
            code: error.code,
            limit: error.limit.clone(),
            detail: error.detail.clone(),
        }
    }
}

/// A step to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Which one.
    pub step: usize,
    /// What is wrong with its answers, in the order of its fields.
    pub errors: Vec<Wrong>,
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

/// Whether a form has one step and no conditions, so that a page with all of its fields stays as it is.
#[must_use]
pub fn is_simple(definition: &Definition) -> bool {
    let content = definition.content();
    content.steps.len() <= 1 && content.fields.iter().all(|field| field.show.is_none() && field.require.is_none())
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
            let of_field: Vec<&String> =
                given.iter().filter(|(name, _)| *name == field.name).map(|(_, value)| value).collect();
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

    /// Whether the form's booking link is offered to whoever answered so.
    #[must_use]
    pub fn offers_booking(&self) -> bool {
        self.state.ends_with('b')
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

    /// What follows on a page that was sent. `refused` is what is wrong with the form as a whole, of which the page's own fields count
    /// already: a number that cannot exist is told where it was asked for.
    #[must_use]
    pub fn turn(&self, from: &From, refused: &[Invalid]) -> Turn {
        let steps = self.steps();
        let show = |step: Option<&usize>| step.map(|step| Turn::Show(Shown { step: *step, ..Shown::default() }));
        if from.wish == Wish::Back {
            let before = steps.iter().rev().find(|step| **step < from.step).or(steps.first());
            return show(before).unwrap_or(Turn::Send);
        }
        let was_shown = |name: &str| from.shown.iter().any(|shown| shown == name);
        let (old, new): (Vec<_>, Vec<_>) = self.asked(from.step).partition(|(field, _)| was_shown(&field.name));
        let errors: Vec<_> =
            old.into_iter().filter_map(|(field, required)| self.wrong(field, required, refused)).collect();
        if !errors.is_empty() || !new.is_empty() {
            return Turn::Show(Shown { step: from.step, errors, grown: !new.is_empty() });
        }
        show(steps.iter().find(|step| **step > from.step)).unwrap_or(Turn::Send)
    }

    /// The step to be shown again where the whole form was refused, with what is wrong there; errors of other fields are left
    /// to the caller.
    #[must_use]
    pub fn again(&self, refused: &[Invalid]) -> Shown {
        let is_refused = |name: &str| refused.iter().any(|error| member_of(error) == name);
        let steps = self.steps();
        let first = steps.iter().find(|step| self.asked(**step).any(|(field, _)| is_refused(&field.name)));
        let step = first.or(steps.last()).copied().unwrap_or_default();
        let wrong = self.asked(step).filter_map(|(field, required)| self.wrong(field, required, refused));
        Shown { step, errors: wrong.collect(), grown: false }
    }

    /// What is wrong with the answer of a field: what the browser would tell, else what the edge alone can.
    fn wrong(&self, field: &FormField, required: bool, refused: &[Invalid]) -> Option<Wrong> {
        let line = self.lines().iter().position(|line| line.field.is_some_and(|of| of.name == field.name))?;
        let values: Vec<&str> = self.values(&field.name).collect();
        let value = values.join(&CELL.to_string());
        match check_answer(self.definition.logic(), u32::try_from(line).ok()?, &value, required) {
            Err(code) => Some(Wrong::by(&field.name, code)),
            Ok(()) => refused.iter().find(|error| member_of(error) == field.name).map(Wrong::from),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn definition() -> Definition {
        let field = |name: &str, kind: &str, required: bool| json!({ "name": name, "type": kind, "label": name, "required": required });
        let with = |mut field: Value, more: Value| {
            field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            field
        };
        let options = json!({ "options": [{ "value": "buy", "label": "Buy" }, { "value": "ask", "label": "Ask" }] });
        let body = json!({
            "title": "Talk to us", "submit": "Send",
            "fields": [
                with(field("wish", "choice", true), options),
                with(field("amount", "number", false), json!({
                    "show": { "field": "wish", "op": "is", "value": "buy" }, "require": { "field": "wish", "op": "is", "value": "buy" }
                })),
                field("first_name", "text", true), field("last_name", "text", true), field("company_name", "text", true),
                field("email", "email", true), field("phone", "phone", true), field("note", "long_text", false),
            ],
            "steps": [
                { "title": "Wish", "fields": ["wish", "amount"] },
                { "title": "More", "fields": ["note"], "skip": { "field": "wish", "op": "is", "value": "ask" } },
                { "title": "You", "fields": ["first_name", "last_name", "company_name", "email", "phone"] },
            ],
            "thanks": { "title": "Thanks", "message": "We write." }, "consent": { "version": "1", "text": "Yes" },
        });
        let members = Members::from_json(body.to_string().as_bytes()).unwrap();
        Definition::parse(members).unwrap_or_else(|errors| panic!("{errors:?}"))
    }

    fn sent(definition: &Definition, body: &str) -> (Turn, Vec<usize>) {
        let mut members = Members::from_urlencoded(body.as_bytes()).unwrap();
        let from = From::read(&mut members).unwrap();
        let filled = Filled::of(definition, &members);
        (filled.turn(&from, &[]), filled.steps())
    }

    fn show(step: usize) -> Turn {
        Turn::Show(Shown { step, ..Shown::default() })
    }

    #[test]
    fn steps_follow_the_answers() {
        let definition = definition();
        let (turn, steps) = sent(&definition, "lg_step=0&lg_go=next&lg_shown=wish&wish=ask");
        assert_eq!((turn, steps), (show(2), vec![0, 2]), "the second step is skipped");
        let (turn, steps) = sent(&definition, "lg_step=0&lg_go=next&lg_shown=wish,amount&wish=buy&amount=5");
        assert_eq!((turn, steps), (show(1), vec![0, 1, 2]));
        assert_eq!(sent(&definition, "lg_step=2&lg_go=back&wish=ask").0, show(0), "nothing is checked on the way back");
        assert_eq!(sent(&definition, "lg_step=2&lg_go=back&wish=buy&email=x").0, show(1));
        assert_eq!(sent(&definition, "lg_step=0&lg_go=back").0, show(0));
        let whole = "lg_step=2&lg_shown=first_name,last_name,company_name,email,phone&wish=ask&first_name=A&last_name=B&company_name=C&email=a%40b.com&phone=%2B4930901820";
        assert_eq!(sent(&definition, whole).0, Turn::Send);
    }

    #[test]
    fn a_step_is_shown_again_with_what_is_wrong_in_it_and_what_it_asks_now() {
        let definition = definition();
        let (turn, _) = sent(&definition, "lg_step=0&lg_shown=wish");
        assert_eq!(turn, Turn::Show(Shown { step: 0, errors: vec![Wrong::by("wish", Code::Required)], grown: false }));
        let (turn, _) = sent(&definition, "lg_step=0&lg_shown=wish&wish=buy");
        assert_eq!(
            turn,
            Turn::Show(Shown { step: 0, errors: Vec::new(), grown: true }),
            "not wrong, for it was not asked"
        );
        let (turn, _) = sent(&definition, "lg_step=0&lg_shown=wish,amount&wish=buy&amount=many");
        let wrong = vec![Wrong::by("amount", Code::NotWholeNumber)];
        assert_eq!(turn, Turn::Show(Shown { step: 0, errors: wrong, grown: false }));
    }

    #[test]
    fn a_refused_form_is_shown_from_its_first_wrong_step_and_carries_the_rest() {
        let definition = definition();
        let members = Members::from_urlencoded(b"wish=ask&first_name=Ada&email=ada&extra=1").unwrap();
        let filled = Filled::of(&definition, &members);
        let again = filled
            .again(&[Invalid::member("email", Code::EmailMissingAt), Invalid::member("extra", Code::UnknownMember)]);
        assert_eq!(again.step, 2);
        assert!(again.errors.contains(&Wrong::by("email", Code::EmailMissingAt)), "{again:?}");
        assert_eq!(filled.carried(2).collect::<Vec<_>>(), [("wish", "ask")]);
        assert_eq!(filled.carried(0).collect::<Vec<_>>(), [("first_name", "Ada"), ("email", "ada")]);
    }

    #[test]
    fn what_only_the_edge_can_tell_is_told_where_it_was_asked() {
        let definition = definition();
        let body = "lg_step=2&lg_shown=first_name,last_name,company_name,email,phone&wish=ask&first_name=A&last_name=B&company_name=C&email=a%40b.com&phone=%2B4930901820";
        let mut members = Members::from_urlencoded(body.as_bytes()).unwrap();
        let from = From::read(&mut members).unwrap();
        let refused = [Invalid::member("phone", Code::PhoneNotPossible), Invalid::member("note", Code::Required)];
        let Turn::Show(shown) = Filled::of(&definition, &members).turn(&from, &refused) else {
            panic!("not shown again")
        };
        assert_eq!(shown.errors, [Wrong::by("phone", Code::PhoneNotPossible)], "errors of other steps wait");
    }

    #[test]
    fn an_address_fills_fields_and_ticks_no_box() {
        let definition = definition();
        let given = [("wish", "ask"), ("note", "hello"), ("gdpr_consent", "true"), ("wish", "buy")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let filled = Filled::fresh(&definition, &given);
        assert_eq!(filled.values("wish").collect::<Vec<_>>(), ["ask"]);
        assert_eq!(filled.values("note").collect::<Vec<_>>(), ["hello"]);
        assert_eq!(filled.values("gdpr_consent").count(), 0);
    }
}
