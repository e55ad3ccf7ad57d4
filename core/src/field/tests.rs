//! What must hold for every field, beside the shared vectors.

use super::country_names::COUNTRIES;
use super::{
    AuthorityLevel, BudgetRange, CompanyName, Country, EmailAddress, FIELDS, Field, Kind, LeadSourceText, Locale,
    PersonName, PhoneNumber, Text, TextBlock, Timeline, Website, check, flag, suggest_email,
};
use proptest::prelude::{ProptestConfig, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

/// Whether the parser that the worker uses for this member takes `text`.
fn accepts(field: &Field, text: &str) -> bool {
    match (field.kind, field.max) {
        (Kind::Text, 50) => Text::<50>::parse(text).is_ok(),
        (Kind::Text, 100) => Text::<100>::parse(text).is_ok(),
        (Kind::Text, 200) => Text::<200>::parse(text).is_ok(),
        (Kind::Text, 2048) => Text::<2048>::parse(text).is_ok(),
        (Kind::Text, 255) => Text::<255>::parse(text).is_ok(),
        (Kind::TextBlock, 5000) => TextBlock::<5000>::parse(text).is_ok(),
        (Kind::Text | Kind::TextBlock, max) => panic!("no parser of {max} characters"),
        (Kind::PersonName, _) => PersonName::parse(text).is_ok(),
        (Kind::CompanyName, _) => CompanyName::parse(text).is_ok(),
        (Kind::Email, _) => EmailAddress::parse(text).is_ok(),
        (Kind::Phone, _) => Country::all().any(|region| PhoneNumber::parse(text, region).is_ok()),
        (Kind::Country, _) => Country::parse(text).is_ok(),
        (Kind::LeadSource, _) => LeadSourceText::parse(text).is_ok(),
        (Kind::BudgetRange, _) => BudgetRange::parse(text).is_ok(),
        (Kind::AuthorityLevel, _) => AuthorityLevel::parse(text).is_ok(),
        (Kind::Timeline, _) => Timeline::parse(text).is_ok(),
        (Kind::Flag, _) => flag(text).is_ok(),
        (Kind::Website, _) => Website::parse(text).is_ok(),
        (Kind::Locale, _) => Locale::parse(text).is_ok(),
    }
}

/// Text of every sort, most of it near the shape of some field.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[ \\t\\n\\r\u{0}\u{2028}\u{202e}a-cé日😀]{0,12}",
        "[a-zA-Z0-9.+é日]{1,66}@[a-zA-Z0-9.é日。א٣-]{1,66}\\.(com|test|рф|co|C0m|中国)",
        "[a-z]{1,3}@(xn--[a-z0-9-]{0,8}\\.){1,2}[a-z]{2,3}",
        "(\\+|00)?[0-9 ().٠-٩-]{3,18}(x[0-9]{1,3}| ext\\. ?5)?",
        "(https?://)?[a-z0-9.:@-]{1,12}(/[a-z?#&= ]{0,9})?",
        "[a-zA-Z]{1,9}(-[a-zA-Z0-9]{1,9}){0,3}",
        "a{40,300}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_browser_never_refuses_what_the_edge_accepts(text in any_text()) {
        for field in FIELDS.iter().filter(|field| field.kind != Kind::Phone && accepts(field, &text)) {
            prop_assert_eq!(check(field.name, &text, true), Ok(()), "{}", field.name);
        }
    }

    #[test]
    fn the_browser_never_refuses_a_number_of_any_country(
        text in "(\\+|00|0)?[0-9]{3,13}[0-9 ()./٠-٩-]{0,6}(x[0-9]{1,2})?",
        code in 0..COUNTRIES.len(),
    ) {
        let region = Country::parse(COUNTRIES[code].0).unwrap();
        if PhoneNumber::parse(&text, region).is_ok() {
            prop_assert_eq!(check("phone", &text, true), Ok(()));
        }
    }

    #[test]
    fn an_email_key_is_an_address_of_the_same_key(text in "[a-zA-Z0-9.+éÉßΣçЖ日]{1,20}@[a-zA-Z0-9é日ß-]{1,12}\\.(com|DE|рф)") {
        if let Ok(email) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(email.key()).map(|again| again.key().to_owned()), Ok(email.key().to_owned()));
            prop_assert_eq!(email.key(), format!("{}@{}", email.local_key(), email.domain()));
        }
    }

    #[test]
    fn a_company_key_is_never_empty(text in "[ .&,()A-Za-zé日株]{1,10}( (Ltd|S\\.A\\.|GmbH|& Co\\. KG|株式会社)){0,3}") {
        if let Ok(name) = CompanyName::parse(&text) {
            prop_assert!(!name.key().is_empty());
        }
    }

    #[test]
    fn a_timeline_ends_after_it_begins(text in "(within|next|<|over)? ?[0-9]{1,4}(-|\\+| to )?[0-9]{0,3} ?(days?|weeks|months|quarter|y)") {
        let range = Timeline::parse(&text).unwrap().days();
        prop_assert!(range.is_none_or(|days| days.upper.is_none_or(|upper| days.lower <= upper)));
    }

    #[test]
    fn a_suggestion_is_an_address_and_final(local in "[a-z]{1,5}", domain in "[gmailhotyuk]{2,8}\\.(com|con|co|de)") {
        if let Some(better) = suggest_email(&format!("{local}@{domain}")) {
            prop_assert!(EmailAddress::check_shape(&better).is_ok());
            prop_assert_eq!(suggest_email(&better), None);
        }
    }
}

fn survives<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value);
}

#[test]
fn values_survive_storage() {
    survives(&Text::<20>::parse(" a ").unwrap());
    survives(&TextBlock::<20>::parse("a\r\nb").unwrap());
    survives(&EmailAddress::parse("Jo@MÜNCHEN.de").unwrap());
    survives(&PhoneNumber::parse("0 98765 43210 x5", Country::INDIA).unwrap());
    survives(&PhoneNumber::parse("(650) 253-0000", Country::parse("US").unwrap()).unwrap());
    survives(&Country::INDIA);
    survives(&Timeline::parse("3-6 months").unwrap());
    survives(&AuthorityLevel::DecisionMaker);
    survives(&Website::parse("example.com").unwrap());
    survives(&Locale::parse("pt-br").unwrap());
}

#[test]
fn storage_cannot_bring_in_a_wrong_value() {
    assert!(serde_json::from_str::<EmailAddress>("\"jo@x.test\"").is_err());
    assert!(serde_json::from_str::<Text<3>>("\"abcd\"").is_err());
    assert!(PhoneNumber::stored("98765 43210", "9876543210").is_err());
    assert!(PhoneNumber::stored("call me", "+919876543210").is_err());
    assert!(serde_json::from_str::<PhoneNumber>("{\"raw\":\"1\",\"e164\":\"+1\"}").is_err());
}

#[test]
fn every_country_is_found_by_its_code_and_each_of_its_names() {
    assert_eq!(COUNTRIES.len(), 249);
    assert!(COUNTRIES.is_sorted_by(|a, b| a.0 < b.0));
    for (code, name, others) in COUNTRIES {
        let names = others.split('|').filter(|other| !other.is_empty()).chain([*code, *name]);
        for spelling in names {
            assert_eq!(Country::parse(spelling).map(Country::as_str), Ok(*code), "{spelling}");
        }
    }
    assert_eq!(Country::parse("IN"), Ok(Country::INDIA));
}

#[test]
fn members_have_one_name_each() {
    let names: BTreeSet<_> = FIELDS.iter().map(|field| field.name).collect();
    assert_eq!(names.len(), FIELDS.len());
    let required: Vec<_> = FIELDS.iter().filter(|field| field.required).map(|field| field.name).collect();
    assert_eq!(required, ["first_name", "last_name", "company_name", "email", "phone"]);
}
