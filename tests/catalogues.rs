//! What visitors read, in each language: complete, and saying the same with the same values.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lead_core::field::Country;
use lead_core::invalid::{API_ONLY, Code};

/// The languages that the widget speaks.
const LANGUAGES: [&str; 6] = ["ar", "de", "en", "es", "fr", "hi"];

type Texts = BTreeMap<String, String>;

fn element(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web-widget/element").join(file)
}

/// The groups of a catalogue: `codes`, `texts`, and what only the edge's own pages say.
fn catalogue(language: &str) -> BTreeMap<String, Texts> {
    let text = fs::read_to_string(element(&format!("locales/{language}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The values that a text is filled with.
fn values(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}

#[test]
fn the_catalogue_has_every_code_and_no_other() {
    let visitors = |code: &&str| API_ONLY.iter().all(|other| other.as_str() != *code);
    let known: BTreeSet<&str> = Code::ALL.iter().map(|(code, _)| *code).filter(visitors).collect();
    let catalogue = catalogue("en");
    let told: BTreeSet<&str> = catalogue["codes"].keys().map(String::as_str).collect();
    assert_eq!(told, known);
}

#[test]
fn every_language_says_all_that_english_says() {
    let english = catalogue("en");
    for language in LANGUAGES {
        let catalogue = catalogue(language);
        assert_eq!(catalogue.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{language}");
        for (group, texts) in &english {
            let own = &catalogue[group];
            assert_eq!(own.keys().collect::<Vec<_>>(), texts.keys().collect::<Vec<_>>(), "{language}/{group}");
            for (name, text) in texts {
                let own = &own[name];
                assert!(!own.trim().is_empty(), "{language}/{name} is blank");
                assert_eq!(values(own), values(text), "{language}/{name}");
                assert!(language == "en" || own != text || text.starts_with("Error"), "{language}/{name} is English");
            }
        }
    }
}

#[test]
fn what_only_some_forms_say_is_said_in_every_language() {
    let texts: Texts = serde_json::from_str(&fs::read_to_string(element("guards.json")).unwrap()).unwrap();
    assert_eq!(texts.keys().map(String::as_str).collect::<Vec<_>>(), LANGUAGES);
    assert_eq!(texts.values().collect::<BTreeSet<_>>().len(), LANGUAGES.len());
    assert!(texts.values().all(|text| !text.trim().is_empty()));
}

#[test]
fn a_number_stands_where_no_plural_depends_on_it() {
    // A word that a language bends by the number must not follow it; a sign or a unit may.
    for language in LANGUAGES {
        for text in catalogue(language)["texts"].values() {
            for name in ["seconds", "count"] {
                let Some((_, rest)) = text.split_once(&format!("{{{name}}}")) else { continue };
                let word: String = rest.trim_start().chars().take_while(|c| c.is_alphabetic()).collect();
                assert!(["", "s", "से"].contains(&word.as_str()), "{language}: {text}");
            }
        }
    }
}

#[test]
fn the_widget_loads_the_languages_that_there_are() {
    let files: BTreeSet<String> = fs::read_dir(element("locales"))
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, LANGUAGES.map(str::to_owned).into());
    let words = fs::read_to_string(element("words.js")).unwrap();
    for language in LANGUAGES {
        assert!(words.contains(&format!("import('./locales/{language}.json')")) || language == "en", "{language}");
    }
}

#[test]
fn the_widget_offers_every_country() {
    let script = fs::read_to_string(element("countries.js")).unwrap();
    let offered: Vec<&str> = script.split('`').nth(1).unwrap().split_whitespace().collect();
    let known: Vec<&str> = Country::all().map(Country::as_str).collect();
    assert_eq!(offered, known);
}
