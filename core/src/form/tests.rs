//! Forms by example.

use super::logic::{check_answer, form_state, whole};
use super::{Definition, FormKey, around as body};
use crate::body::Members;
use crate::field::Date;
use crate::invalid::Code;
use serde_json::{Value, json};

fn parse(json: &Value) -> Result<Definition, Vec<(String, &'static str)>> {
    Definition::parse(Members::of(json.as_object().unwrap().clone()))
        .map_err(|errors| errors.into_iter().map(|error| (error.pointer, error.code)).collect())
}

fn refused(json: &Value) -> Vec<(String, &'static str)> {
    parse(json).err().unwrap_or_default()
}

fn with(path: &str, value: Value, mut json: Value) -> Value {
    *json.pointer_mut(path).unwrap() = value;
    json
}

fn asking(when: &Value) -> Value {
    let team = json!({ "name": "team", "type": "choice", "label": "Team", "options": [{ "value": "Sales", "label": "s" }, { "value": "It", "label": "i" }] });
    let seats = json!({ "name": "seats", "type": "number", "label": "Seats", "min": 1, "max": 500 });
    let why = json!({ "name": "why", "type": "text", "label": "Why", "show": when });
    body(&[team, seats, why], &[json!({ "fields": ["team", "seats", "why"] })])
}

#[test]
fn keys_are_read_exactly() {
    assert!(FormKey::parse("pk_abcdefghijABCDEFGHIJ01").is_some());
    for wrong in ["sk_abcdefghijABCDEFGHIJ01", "pk_abc", "pk_abcdefghijABCDEFGHIJ0'", "pk_abcdefghijABCDEFGHIJ012"] {
        assert_eq!(FormKey::parse(wrong), None);
    }
}

#[test]
fn the_starter_is_read_again_as_it_is() {
    let starter = Definition::starter("Tidewater Pumps");
    let json = serde_json::to_value(&starter).unwrap();
    assert_eq!(parse(&json), Ok(starter.clone()));
    assert_eq!(starter.logic().lines().count(), 15);
    let short = json!({ "title": "t", "intro": "i", "submit": "s", "thanks": "Thanks", "consent": { "version": "1", "text": "c" } });
    let short: Definition = serde_json::from_value(short).unwrap();
    assert_eq!((short.content().thanks.message.as_str(), short.logic()), ("Thanks", starter.logic()));
    assert!(serde_json::from_value::<Definition>(json!({ "title": "t" })).is_err());
}

#[test]
fn everything_that_is_refused_is_told_at_once() {
    let fields = [
        json!({ "name": "Bad Name", "type": "text", "label": "l" }),
        json!({ "name": "lg_ref", "type": "text", "label": "l" }),
        json!({ "name": "lead_score", "type": "number", "label": "l" }),
        json!({ "name": "kind", "type": "choice", "label": "l" }),
        json!({ "name": "when", "type": "date", "label": "l", "min": "2026-02-30", "max_length": 5 }),
        json!({ "name": "country", "type": "number", "label": "l", "odd": 1 }),
        json!({ "name": "size", "type": "number", "label": "l", "min": 9, "max": 1, "default": "x" }),
    ];
    let mut json =
        body(&fields, &[json!({ "fields": ["Bad Name", "lg_ref", "lead_score", "kind", "when", "nobody"] })]);
    json["theme"] = json!({ "accent": "red", "font": "a;b", "radius": 99 });
    json["translations"] = json!({ "de": { "/title": "Sprich mit uns", "/intro": "x" }, "??": {} });
    json["more"] = json!(1);
    let expected = [
        ("/fields/5/name", "not_field_name"),
        ("/fields/6/name", "not_field_name"),
        ("/fields/7/name", "not_field_name"),
        ("/fields/8/options", "required"),
        ("/fields/9/min", "not_date"),
        ("/fields/9/max_length", "not_with_type"),
        ("/fields/10/type", "field_type_unfit"),
        ("/fields/10/odd", "unknown_member"),
        ("/fields/11/max", "out_of_range"),
        ("/fields/11/default", "not_whole_number"),
        ("/theme/accent", "not_colour"),
        ("/theme/radius", "not_whole_number"),
        ("/theme/font", "not_font"),
        ("/steps/1/fields/5", "unknown_reference"),
        ("/fields/10", "not_in_one_step"),
        ("/fields/11", "not_in_one_step"),
        ("/more", "unknown_member"),
    ];
    assert_eq!(refused(&json), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn what_every_lead_needs_is_asked_of_everybody() {
    let condition = json!({ "field": "first_name", "op": "known", "value": true });
    let at = |pointer: &str| vec![(pointer.to_owned(), "unreachable_required_field")];
    assert_eq!(refused(&with("/fields/1/required", json!(false), body(&[], &[]))), at("/fields/1/required"));
    let mut shown = body(&[], &[]);
    shown["fields"][4]["show"] = condition.clone();
    assert_eq!(refused(&shown), at("/fields/4/show"));
    let mut skipped = body(&[], &[json!({ "fields": ["phone"], "skip": condition })]);
    skipped["steps"][0]["fields"] = json!(["first_name", "last_name", "company_name", "email"]);
    assert_eq!(refused(&skipped), at("/steps/1/skip"));
    let mut missing = body(&[], &[]);
    missing["fields"].as_array_mut().unwrap().pop();
    missing["steps"][0]["fields"].as_array_mut().unwrap().pop();
    assert_eq!(refused(&missing), at("/fields"));
}

#[test]
fn a_condition_asks_for_what_stands_before_it_and_can_hold() {
    let leaf = |field: &str, op: &str, value: Value| json!({ "field": field, "op": op, "value": value });
    let cases = [
        (leaf("why", "known", json!(true)), Some("/field")),
        (leaf("nobody", "known", json!(true)), Some("/field")),
        (leaf("team", "is", json!("Legal")), Some("/value")),
        (leaf("team", "in", json!(["sales", "Legal"])), Some("/value/1")),
        (leaf("team", "is", json!(" sales ")), None),
        (leaf("seats", "above", json!(500)), Some("")),
        (leaf("seats", "above", json!(499)), None),
        (
            json!({ "all": [leaf("seats", "above", json!(9)), { "not": leaf("seats", "known", json!(true)) }] }),
            Some(""),
        ),
        (json!({ "not": { "any": [leaf("team", "is", json!("It")), leaf("team", "is", json!("Sales"))] } }), Some("")),
        (leaf("seats", "is", json!("9")), Some("/value")),
        (leaf("first_name", "is", json!("a\tb")), Some("/value")),
    ];
    for (when, place) in cases {
        let expected: Vec<_> =
            place.map(|place| (format!("/fields/7/show{place}"), "condition_invalid")).into_iter().collect();
        assert_eq!(refused(&asking(&when)), expected, "{when}");
    }
    let later = json!({ "fields": ["team"], "skip": leaf("seats", "known", json!(true)) });
    let mut json = asking(&leaf("seats", "known", json!(true)));
    json["steps"] = json!([json["steps"][0], later, { "fields": ["seats", "why"] }]);
    assert_eq!(refused(&json), [("/steps/1/skip/field".to_owned(), "condition_invalid")]);
}

#[test]
fn translations_name_places_that_say_something() {
    let mut json = body(&[], &[]);
    json["translations"] =
        json!({ "de-AT": { "/title": "Servus", "/consent/text": "Ja" }, "ar": { "/submit": "إرسال" } });
    let definition = parse(&json).unwrap();
    let german = definition.content().in_locale(Some("de"));
    assert_eq!((german.title.as_str(), german.locale.as_str(), german.submit.as_str()), ("Servus", "de-AT", "Send"));
    assert_eq!(definition.content().consent_in(Some("DE-at")).text, "Ja");
    assert_eq!(definition.shown(3, Some("ar-EG")).dir, "rtl");
    assert_eq!(definition.shown(3, Some("fr")).locale, "en");
    json["translations"] = json!({ "de": { "/intro": "x", "/fields/0/help": "x", "/title": 1 }, "1": {} });
    let expected = [
        ("/translations/1", "not_locale"),
        ("/translations/de/~1fields~10~1help", "unknown_place"),
        ("/translations/de/~1intro", "unknown_place"),
        ("/translations/de/~1title", "not_text"),
    ];
    assert_eq!(refused(&json), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn answers_are_checked_by_the_fields_own_rule() {
    let fields = [
        json!({ "name": "seats", "type": "number", "label": "l", "min": -5, "max": 500 }),
        json!({ "name": "day", "type": "date", "label": "l", "min": "2026-01-01", "max": "2026-12-31" }),
        json!({ "name": "team", "type": "choices", "label": "l", "options": [{ "value": "a b", "label": "a" }, { "value": "c", "label": "c" }] }),
        json!({ "name": "terms", "type": "consent", "label": "l" }),
        json!({ "name": "note", "type": "long_text", "label": "l", "max_length": 5 }),
        json!({ "name": "job_title", "type": "text", "label": "l", "max_length": 3 }),
    ];
    let names: Vec<&Value> = fields.iter().map(|field| &field["name"]).collect();
    let definition = parse(&body(&fields, &[json!({ "fields": names })])).unwrap();
    let check = |line, value: &str, required| check_answer(definition.logic(), line, value, required);
    let day = |text| Date::parse(text).unwrap();
    assert_eq!(check(4, "ada.example.com", true), Err(Code::EmailMissingAt));
    assert_eq!(check(7, "-6", false), Err(Code::NumberTooSmall(-5)));
    assert_eq!(check(7, " ٥٠١ ", false), Err(Code::NumberTooLarge(500)));
    assert_eq!((check(7, "+7", false), check(7, "7.5", false)), (Ok(()), Err(Code::NotWholeNumber)));
    assert_eq!(check(8, "2025-12-31", false), Err(Code::DateTooEarly(day("2026-01-01"))));
    assert_eq!(check(8, "2027-01-01", false), Err(Code::DateTooLate(day("2026-12-31"))));
    assert_eq!((check(9, "c\u{1f}a b", true), check(9, "c\u{1f}d", true)), (Ok(()), Err(Code::UnknownValue)));
    assert_eq!((check(10, "on", true), check(10, "false", true)), (Ok(()), Err(Code::Required)));
    assert_eq!((check(11, "ab\r\nc", true), check(11, "abcdef", true)), (Ok(()), Err(Code::TooLong(5))));
    assert_eq!(check(12, "chef", false), Err(Code::TooLong(3)));
    assert_eq!((check(12, " ", false), check(12, " ", true)), (Ok(()), Err(Code::Required)));
    for no_field in [0, 6, 13, 99] {
        assert_eq!(check(no_field, "x", false), Err(Code::UnknownMember), "{no_field}");
    }
}

#[test]
fn whole_numbers_have_at_most_fifteen_digits() {
    assert_eq!(whole("999999999999999"), Some(999_999_999_999_999));
    assert_eq!(whole(" -०१२ "), Some(-12));
    for wrong in ["1000000000000000", "", "-", "1 2", "0x1", "1e3", "--1"] {
        assert_eq!(whole(wrong), None, "{wrong}");
    }
}

#[test]
fn a_broken_compact_form_is_no_panic() {
    for logic in [
        "",
        "\n",
        "t",
        "t\ta\t\t\t=",
        "t\ta\t\t\t&\u{1f}|\u{1f}!",
        "t\ta\t\t\t=99\u{1f}x",
        "s\t\t\t\t?0",
        "b\t\t\t\t#0",
    ] {
        assert_eq!(form_state(logic, "a\u{1f}1\u{1e}\u{1f}").chars().count(), logic.split('\n').count());
        let _ = check_answer(logic, 0, "x", true);
    }
}
