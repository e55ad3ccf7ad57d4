//! Reading a sequence: every refusal with its place, its templates checked (spec E1, E4).

use super::{Asked, Definition, ENDING, SendWindow, Step, TimeOfDay, TriggerEvent, Weekday, ZoneOf};
use crate::body::{Members, Reader};
use crate::field::Text;
use crate::invalid::{Code, Invalid};
use crate::policy::{Policy, Status};
use crate::template::Templates;
use serde::Serialize;
use serde_json::Value;
use std::collections::HashSet;
use std::ops::RangeInclusive;

/// What can be sent of a sequence.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SequenceValues {
    /// What it is called.
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub name: String,
    /// Whether it enrols leads; not if left out.
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub is_active: bool,
    /// What it does.
    #[serde(flatten)]
    pub definition: Definition,
}

/// Members that only the system sets.
const READ_ONLY: &[&str] = &["id", "company_id", "active_since", "revision", "created_at", "updated_at", "version"];

/// The most steps of a sequence, and the highest number of one: numbers of steps that are gone need not be used again.
const MOST_STEPS: u16 = 50;
const HIGHEST_NUMBER: i64 = 1000;

/// The longest time between two steps, in days.
const LONGEST_DELAY: i64 = 365;

/// The highest caps of a day.
const HIGHEST_LEAD_CAP: i64 = 100;
const HIGHEST_DOMAIN_CAP: i64 = 1_000_000;

/// The shortest window, in minutes: a run of the cron must not miss it.
const SHORTEST_WINDOW: u16 = 15;

impl SequenceValues {
    /// Reads a body. Without `score_max` a `lead_created` sequence has the policy's.
    ///
    /// # Errors
    /// Every refused member, each with its pointer, such as `/steps/2/subject`.
    pub fn parse(members: Members, policy: &Policy) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let name = read.required("name", Text::<200>::parse);
        let is_active = read.flag("is_active");
        let definition = definition(&mut read, policy);
        read.close(READ_ONLY)?;
        let (Some(name), Some(definition)) = (name, definition) else { return Err(Vec::new()) };
        Ok(Self { name: name.as_str().to_owned(), is_active, definition })
    }
}

fn definition(read: &mut Reader, policy: &Policy) -> Option<Definition> {
    let trigger_event =
        read.required("trigger_event", |text| TriggerEvent::parse(text.trim()).ok_or(Code::UnknownValue));
    let score_threshold = of_trigger(read, "score_threshold", trigger_event, TriggerEvent::ScoreThreshold, |read| {
        small(read, "score_threshold", 1..=100)
    });
    let to_status = of_trigger(read, "to_status", trigger_event, TriggerEvent::StatusChanged, |read| {
        read.choice("to_status", Status::parse)
    });
    if to_status.is_some_and(|status| ENDING.contains(&status)) {
        read.refuse("to_status", Code::OutOfRange);
    }
    let nurtured = (trigger_event == Some(TriggerEvent::LeadCreated)).then(|| policy.nurture_max());
    let score_max = small(read, "score_max", 0..=100).or(nurtured);
    let is_threshold = trigger_event == Some(TriggerEvent::ScoreThreshold);
    if is_threshold && score_threshold.zip(score_max).is_some_and(|(from, to)| to < from) {
        read.refuse("score_max", Code::OutOfRange);
    }
    let condition = asked(read, "condition");
    let send_window = read.object("send_window", window).flatten();
    let daily_cap_per_lead = number(read, "daily_cap_per_lead", 1..=HIGHEST_LEAD_CAP);
    let daily_cap_per_domain = number(read, "daily_cap_per_domain", 1..=HIGHEST_DOMAIN_CAP);
    let exit_statuses = exit_statuses(read, trigger_event, to_status);
    let exit_condition = asked(read, "exit_condition");
    let steps = steps(read);
    Some(Definition {
        trigger_event: trigger_event?,
        score_threshold,
        to_status,
        condition,
        score_max,
        send_window,
        daily_cap_per_lead,
        daily_cap_per_domain,
        exit_statuses,
        exit_condition,
        steps,
    })
}

/// A value that one trigger needs, and no other has.
fn of_trigger<T>(
    read: &mut Reader,
    name: &str,
    trigger: Option<TriggerEvent>,
    wants: TriggerEvent,
    value: impl FnOnce(&mut Reader) -> Option<T>,
) -> Option<T> {
    let found = value(read);
    match trigger {
        Some(trigger) if trigger == wants && found.is_none() && !read.refused(name) => {
            read.refuse(name, Code::Required);
        }
        Some(trigger) if trigger != wants && found.is_some() => read.refuse(name, Code::NotWithTrigger),
        _ => {}
    }
    found
}

/// The statuses by which a lead leaves. One in which it would be enrolled could never be meant. A `lead_created` sequence is for
/// new and contacted leads unless it says otherwise (spec E1).
fn exit_statuses(read: &mut Reader, trigger: Option<TriggerEvent>, to_status: Option<Status>) -> Vec<Status> {
    const NAME: &str = "exit_statuses";
    if trigger == Some(TriggerEvent::LeadCreated) && !read.gives(NAME) {
        read.take(NAME);
        return vec![Status::Recycled];
    }
    let statuses = read.list(NAME, 7, |text| Status::parse(text.trim()).ok_or(Code::UnknownValue));
    let mut seen = HashSet::new();
    if !statuses.iter().all(|status| seen.insert(status)) {
        read.refuse(NAME, Code::DuplicateMember);
    }
    let begins = if trigger == Some(TriggerEvent::LeadCreated) { Some(Status::New) } else { to_status };
    if begins.is_some_and(|status| statuses.contains(&status)) {
        read.refuse(NAME, Code::OutOfRange);
    }
    statuses
}

/// A condition, with every complaint about it at its place.
fn asked(read: &mut Reader, name: &str) -> Option<Asked> {
    let refusal = |error: crate::policy::PolicyError| {
        Invalid::told(format!("/{name}{}", error.pointer), Code::ConditionInvalid, sentence(&error.reason))
    };
    match Asked::parse(read.take(name)?) {
        Ok(asked) => Some(asked),
        Err(errors) => {
            read.refuse_all(errors.into_iter().map(refusal));
            None
        }
    }
}

/// A complaint of a policy's reader as a sentence of an answer.
pub(crate) fn sentence(words: &str) -> String {
    let mut signs = words.chars();
    let first: String = signs.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", signs.as_str())
}

fn window(read: &mut Reader) -> Option<SendWindow> {
    let weekdays = read.list("weekdays", 7, |text| Weekday::parse(text.trim()).ok_or(Code::UnknownValue));
    let mut seen = HashSet::new();
    if !weekdays.iter().all(|day| seen.insert(day)) {
        read.refuse("weekdays", Code::DuplicateMember);
    }
    if weekdays.is_empty() && !read.refused("weekdays") {
        read.refuse("weekdays", Code::Required);
    }
    let time = |text: &str| TimeOfDay::parse(text.trim()).ok_or(Code::NotTimeOfDay);
    let (from, to) = (read.required("from", time), read.required("to", time));
    if from.zip(to).is_some_and(|(from, to)| to.minutes() < from.minutes() + SHORTEST_WINDOW) {
        read.refuse("to", Code::OutOfRange);
    }
    let time_zone = read.required("time_zone", |text| ZoneOf::parse(text.trim()).ok_or(Code::UnknownValue));
    Some(SendWindow { weekdays, from: from?, to: to?, time_zone: time_zone? })
}

/// The steps in the order of their numbers.
fn steps(read: &mut Reader) -> Vec<Step> {
    let read_steps = read.objects("steps", MOST_STEPS, |inner, at| (at.to_owned(), step(inner, at)));
    let mut numbers = HashSet::new();
    let (mut steps, mut twice) = (Vec::new(), Vec::new());
    let whole = read_steps.iter().all(|(_, step)| step.is_some());
    for (at, step) in read_steps.into_iter().filter_map(|(at, step)| Some((at, step?))) {
        if !numbers.insert(step.step_number) {
            twice.push(Invalid::at(format!("{at}/step_number"), Code::DuplicateMember));
        }
        steps.push(step);
    }
    read.refuse_all(twice);
    if whole && !steps.iter().any(|step| step.is_active) && !read.refused("steps") {
        read.refuse_all([Invalid::told("/steps", Code::Required, "At least one step must be active.")]);
    }
    steps.sort_by_key(|step| step.step_number);
    steps
}

/// A step whose templates can be rendered; `None` where something of it was refused.
fn step(read: &mut Reader, at: &str) -> Option<Step> {
    let step_number = needed(read, "step_number", 1..=HIGHEST_NUMBER);
    let delay_days = needed(read, "delay_days", 0..=LONGEST_DELAY);
    let is_active = read.flag_or("is_active", true);
    let [subject, body, body_text] = ["subject", "body", "body_text"].map(|name| template(read, name));
    let (subject, body, body_text) = (subject?, body?, body_text?);
    if let Err(errors) = Templates::parse(at, &subject, &body, &body_text) {
        read.refuse_all(errors);
        return None;
    }
    Some(Step { step_number: step_number?, subject, body, body_text, delay_days: delay_days?, is_active })
}

/// A template to the letter; a missing one is blank, which the template's own check refuses.
fn template(read: &mut Reader, name: &str) -> Option<String> {
    match read.take(name) {
        None => Some(String::new()),
        Some(Value::String(text)) => Some(text),
        Some(_) => {
            read.refuse(name, Code::NotText);
            None
        }
    }
}

fn needed(read: &mut Reader, name: &str, range: RangeInclusive<i64>) -> Option<u32> {
    let found = number(read, name, range);
    if found.is_none() && !read.refused(name) {
        read.refuse(name, Code::Required);
    }
    found
}

fn number(read: &mut Reader, name: &str, range: RangeInclusive<i64>) -> Option<u32> {
    read.whole(name, range).and_then(|number| u32::try_from(number).ok())
}

fn small(read: &mut Reader, name: &str, range: RangeInclusive<i64>) -> Option<u8> {
    read.whole(name, range).and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored;
    use serde_json::json;

    fn body() -> Value {
        json!({
            "name": "Welcome", "trigger_event": "lead_created",
            "steps": [
                { "step_number": 2, "subject": "Again", "body": "<p>b</p>", "body_text": "t", "delay_days": 3, "is_active": false },
                { "step_number": 1, "subject": "Hi {{lead.first_name}}", "body": "<p>b</p>", "body_text": "t", "delay_days": 0 },
            ],
        })
    }

    fn parse(more: &Value) -> Result<SequenceValues, Vec<(String, &'static str)>> {
        let mut body = body();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let members = Members::of(body.as_object().unwrap().clone());
        SequenceValues::parse(members, &Policy::builtin().unwrap())
            .map_err(|errors| errors.into_iter().map(|one| (one.pointer, one.code)).collect())
    }

    #[test]
    fn a_sequence_is_read_with_defaults_and_stored_as_it_is() {
        let values = parse(&json!({ "condition": { "field": "country", "op": "is", "value": "IN" } })).unwrap();
        assert_eq!((values.definition.score_max, values.is_active), (Some(70), false));
        assert!(values.definition.ends_at(Status::Recycled) && !values.definition.ends_at(Status::Contacted));
        let numbers: Vec<_> = values.definition.steps.iter().map(|step| (step.step_number, step.is_active)).collect();
        assert_eq!(numbers, [(1, true), (2, false)]);
        let columns = json!(stored::row(&values.definition)).to_string();
        assert_eq!(serde_json::from_str::<Definition>(&columns).unwrap(), values.definition);
        let changed = parse(&json!({ "trigger_event": "status_changed", "to_status": "recycled" })).unwrap();
        assert_eq!((changed.definition.score_max, changed.definition.exit_statuses), (None, Vec::new()));
        let otherwise = parse(&json!({ "score_max": 100, "exit_statuses": [] })).unwrap().definition;
        assert_eq!((otherwise.score_max, otherwise.exit_statuses), (Some(100), Vec::new()));
    }

    #[test]
    fn steps_are_found_by_number() {
        let definition = parse(&json!({})).unwrap().definition;
        let number = |step: Option<&Step>| step.map(|step| step.step_number);
        assert_eq!(number(definition.first()), Some(1));
        assert_eq!((number(definition.at_or_after(2)), number(definition.next_active(2))), (Some(2), None));
        assert_eq!(number(definition.at_or_after(3)), None);
        assert!(definition.ends_at(Status::Qualified) && !definition.ends_at(Status::Contacted));
    }

    #[test]
    fn what_belongs_to_another_trigger_is_refused() {
        let cases = [
            (json!({ "score_threshold": 80 }), "/score_threshold", "not_with_trigger"),
            (json!({ "to_status": "contacted" }), "/to_status", "not_with_trigger"),
            (json!({ "trigger_event": "score_threshold" }), "/score_threshold", "required"),
            (json!({ "trigger_event": "status_changed" }), "/to_status", "required"),
            (json!({ "trigger_event": "status_changed", "to_status": "qualified" }), "/to_status", "out_of_range"),
            (json!({ "exit_statuses": ["new"] }), "/exit_statuses", "out_of_range"),
            (
                json!({ "trigger_event": "score_threshold", "score_threshold": 60, "score_max": 50 }),
                "/score_max",
                "out_of_range",
            ),
        ];
        for (more, pointer, code) in cases {
            assert_eq!(parse(&more), Err(vec![(pointer.to_owned(), code)]), "{more}");
        }
    }
}
