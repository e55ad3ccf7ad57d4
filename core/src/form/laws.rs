//! Laws of forms that hold for every definition and all answers (spec F2, F3).

use super::logic::form_state;
use super::{Definition, Drawn, interpreted, spelled};
use crate::body::Members;
use crate::policy::condition::fold;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;

fn drawn(seed: u64) -> (Definition, Vec<(String, String)>) {
    let mut drawn = Drawn::new(seed);
    let definition = drawn.definition().unwrap();
    let answers = drawn.answers(definition.content());
    (definition, answers)
}

proptest! {
    #[test]
    fn compiled_and_interpreted_conditions_agree(seed in any::<u64>()) {
        let (definition, answers) = drawn(seed);
        let state = form_state(definition.logic(), &spelled(&answers));
        prop_assert_eq!(state, interpreted(definition.content(), &answers));
    }

    #[test]
    fn a_hidden_field_tells_nothing_and_is_never_required(seed in any::<u64>()) {
        let (definition, answers) = drawn(seed);
        let state = form_state(definition.logic(), &spelled(&answers));
        let content = definition.content();
        let names = content.steps.iter().flat_map(|step| {
            [None].into_iter().chain(step.fields.iter().map(Some))
        });
        let hidden: Vec<&String> = names.zip(state.chars()).filter(|(_, sign)| *sign == 'h').filter_map(|(name, _)| name).collect();
        let kept: Vec<_> = answers.iter().filter(|(name, _)| !hidden.contains(&name)).cloned().collect();
        prop_assert_eq!(form_state(definition.logic(), &spelled(&kept)), state);
        prop_assert!(hidden.iter().all(|name| !["first_name", "last_name", "company_name", "email", "phone"].contains(&name.as_str())));
    }

    #[test]
    fn what_is_decided_stays_decided_as_more_is_answered(seed in any::<u64>(), kept in any::<u32>()) {
        let mut drawn = Drawn::new(seed);
        let mut json = drawn.json();
        for field in json["fields"].as_array_mut().unwrap() {
            (field["show"], field["require"]) = (Value::Null, Value::Null);
        }
        for step in json["steps"].as_array_mut().unwrap() {
            step["skip"] = Value::Null;
        }
        let Ok(definition) = Definition::parse(Members::of(json.as_object().unwrap().clone())) else { return Ok(()) };
        // `known` asks about the ignorance itself, so it alone may change its answer.
        if json["thanks"].to_string().contains("known") {
            return Ok(());
        }
        let mut answers = drawn.answers(definition.content());
        answers.dedup_by(|one, other| one.0 == other.0);
        let fewer: Vec<_> = answers.iter().enumerate().filter(|(at, _)| kept >> (at % 32) & 1 == 1).map(|(_, one)| one.clone()).collect();
        let offered = |answers: &[_]| form_state(definition.logic(), &spelled(answers)).ends_with('b');
        prop_assert!(!offered(&fewer) || offered(&answers));
    }

    #[test]
    fn what_is_stored_is_read_again(seed in any::<u64>()) {
        let (definition, _) = drawn(seed);
        let json = serde_json::to_value(&definition).unwrap();
        prop_assert_eq!(serde_json::from_value::<Definition>(json).unwrap(), definition);
    }

    #[test]
    fn no_definition_is_refused_without_a_place(seed in any::<u64>()) {
        let json = Drawn::new(seed).json();
        let members = Members::of(json.as_object().unwrap().clone());
        if let Err(errors) = Definition::parse(members) {
            prop_assert!(!errors.is_empty());
            for error in errors {
                prop_assert!(json.pointer(&error.pointer).is_some(), "{} in {json}", error.pointer);
            }
        }
    }

    #[test]
    fn letters_fold_one_by_one(text in "\\PC{0,12}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded.trim());
        prop_assert_eq!(folded.chars().count(), text.trim().chars().count());
    }
}
