//! What pages say to visitors, in their language: the catalogues that the widget has too (web-widget/element/locales).

use lead_core::plain::Wrong;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The words of one language; those in `page` are said by pages alone.
#[derive(Deserialize, Default)]
pub(crate) struct Words {
    codes: HashMap<String, String>,
    texts: HashMap<String, String>,
    page: HashMap<String, String>,
}

impl Words {
    /// The words in this language; in English where there is no catalogue of it.
    pub(crate) fn of(locale: &str) -> &'static Self {
        let language = locale.split('-').next().unwrap_or_default().to_ascii_lowercase();
        CATALOGUES.get(language.as_str()).or_else(|| CATALOGUES.get("en")).unwrap_or(&NONE)
    }

    /// A text by its name; the name where there is none.
    pub(crate) fn text<'a>(&'a self, name: &'a str) -> &'a str {
        self.texts.get(name).or_else(|| self.page.get(name)).map_or(name, String::as_str)
    }

    /// A text with its values.
    pub(crate) fn filled(&self, name: &str, values: &[(&str, &str)]) -> String {
        fill(self.text(name), values)
    }

    /// What is wrong with an answer; in English where the catalogue cannot tell.
    pub(crate) fn wrong(&self, wrong: &Wrong) -> String {
        match (self.codes.get(wrong.code), &wrong.limit) {
            (Some(text), Some(limit)) => fill(text, &[("limit", limit)]),
            (Some(text), None) if !text.contains("{limit}") => text.clone(),
            _ => wrong.detail.to_string(),
        }
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

static NONE: LazyLock<Words> = LazyLock::new(Words::default);

/// A broken catalogue counts as missing: a test of the widget reads each.
static CATALOGUES: LazyLock<HashMap<&'static str, Words>> = LazyLock::new(|| {
    let read = |(language, text): (&'static str, &str)| Some((language, serde_json::from_str(text).ok()?));
    let languages = [
        ("ar", include_str!("../../../web-widget/element/locales/ar.json")),
        ("de", include_str!("../../../web-widget/element/locales/de.json")),
        ("en", include_str!("../../../web-widget/element/locales/en.json")),
        ("es", include_str!("../../../web-widget/element/locales/es.json")),
        ("fr", include_str!("../../../web-widget/element/locales/fr.json")),
        ("hi", include_str!("../../../web-widget/element/locales/hi.json")),
    ];
    languages.into_iter().filter_map(read).collect()
});
