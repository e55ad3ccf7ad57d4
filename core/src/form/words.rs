//! The words of a form in other languages (spec F2).

use super::content::{Booking, Choice, Content, FormField, Step, Thanks};
use crate::body::Reader;
use crate::consent::ConsentText;
use crate::field::{Locale, TextBlock};
use crate::invalid::{Code, Invalid};
use serde_json::Value;
use std::collections::BTreeMap;

/// The most languages besides the form's own.
const MOST_LOCALES: usize = 30;

/// Languages that are written from right to left.
const RIGHT_TO_LEFT: &[&str] = &["ar", "arc", "ckb", "dv", "fa", "ha", "he", "ps", "sd", "ug", "ur", "yi"];

/// The content with its translations; each names a place that says something.
pub(super) fn translations(read: &mut Reader, told: Option<Value>, mut content: Content) -> Content {
    let mut errors = Vec::new();
    match told {
        None => {}
        Some(Value::Object(locales)) if locales.len() <= MOST_LOCALES => {
            for (tag, words) in locales {
                let place = format!("/translations/{}", escaped(&tag));
                let locale = Locale::parse(&tag).map_err(|code| errors.push(Invalid::at(place.clone(), code)));
                let words = translation(&mut content, &place, &words, &mut errors);
                if let Ok(locale) = locale {
                    content.translations.insert(locale.as_str().to_owned(), words);
                }
            }
        }
        Some(Value::Object(_)) => errors.push(Invalid::at("/translations", Code::TooMany(30))),
        Some(_) => errors.push(Invalid::at("/translations", Code::NotObject)),
    }
    read.refuse_all(errors);
    content
}

fn translation(
    content: &mut Content,
    place: &str,
    words: &Value,
    errors: &mut Vec<Invalid>,
) -> BTreeMap<String, String> {
    let Some(words) = words.as_object() else {
        errors.push(Invalid::at(place, Code::NotObject));
        return BTreeMap::new();
    };
    let mut limits = BTreeMap::new();
    each(content, &mut |pointer, _, most| {
        limits.insert(pointer.to_owned(), most);
    });
    let mut told = BTreeMap::new();
    for (pointer, text) in words {
        let at = format!("{place}/{}", escaped(pointer));
        let most = limits.get(pointer).copied().ok_or(Code::UnknownPlace);
        let text = text.as_str().ok_or(Code::NotText);
        let read = most.and_then(|most| {
            let text = TextBlock::<5000>::parse(text?)?.to_string();
            if text.chars().count() > usize::from(most) { Err(Code::TooLong(most)) } else { Ok(text) }
        });
        match read {
            Ok(text) => drop(told.insert(pointer.clone(), text)),
            Err(code) => errors.push(Invalid::at(at, code)),
        }
    }
    told
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Each text that visitors read, with its place and the most characters there.
fn each(content: &mut Content, tell: &mut impl FnMut(&str, &mut String, u16)) {
    let Content { title, intro, submit, fields, steps, thanks, consent: ConsentText { text, .. }, .. } = content;
    tell("/title", title, 300);
    if let Some(intro) = intro {
        tell("/intro", intro, 1000);
    }
    tell("/submit", submit, 60);
    for (at, field) in fields.iter_mut().enumerate() {
        let FormField { label, help, placeholder, options, .. } = field;
        tell(&format!("/fields/{at}/label"), label, 200);
        if let Some(help) = help {
            tell(&format!("/fields/{at}/help"), help, 500);
        }
        if let Some(placeholder) = placeholder {
            tell(&format!("/fields/{at}/placeholder"), placeholder, 200);
        }
        for (option, Choice { label, .. }) in options.iter_mut().enumerate() {
            tell(&format!("/fields/{at}/options/{option}/label"), label, 200);
        }
    }
    for (at, Step { title, .. }) in steps.iter_mut().enumerate() {
        if let Some(title) = title {
            tell(&format!("/steps/{at}/title"), title, 200);
        }
    }
    let Thanks { title, message, booking, .. } = thanks;
    tell("/thanks/title", title, 200);
    tell("/thanks/message", message, 2000);
    if let Some(Booking { label, .. }) = booking {
        tell("/thanks/booking/label", label, 200);
    }
    tell("/consent/text", text, 2000);
}

impl Content {
    /// The words in the wanted language, or in one that differs from it by its region; else in the form's own. What is not
    /// translated stays. The result's `locale` is the language it is in.
    #[must_use]
    pub fn in_locale(&self, wanted: Option<&str>) -> Self {
        let mut content = self.clone();
        content.translations = BTreeMap::new();
        if let Some((locale, words)) = wanted.and_then(|wanted| self.nearest(wanted)) {
            each(&mut content, &mut |pointer, text, _| {
                if let Some(word) = words.get(pointer) {
                    text.clone_from(word);
                }
            });
            content.locale.clone_from(locale);
        }
        content
    }

    /// The wording of the consent box in the wanted language.
    #[must_use]
    pub fn consent_in(&self, wanted: Option<&str>) -> ConsentText {
        let word = wanted.and_then(|wanted| self.nearest(wanted)).and_then(|(_, words)| words.get("/consent/text"));
        ConsentText { version: self.consent.version.clone(), text: word.unwrap_or(&self.consent.text).clone() }
    }

    fn nearest(&self, wanted: &str) -> Option<(&String, &BTreeMap<String, String>)> {
        let language = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let own = self.locale.eq_ignore_ascii_case(wanted);
        let exact = || self.translations.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
        let near = || {
            let same = |tag: &str| language(tag) == language(wanted);
            self.translations.iter().find(|(tag, _)| same(tag)).filter(|_| !same(&self.locale))
        };
        if own { None } else { exact().or_else(near) }
    }

    /// The direction in which its words are written: `rtl` or `ltr`.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        let language = self.locale.split('-').next().unwrap_or_default();
        if RIGHT_TO_LEFT.contains(&language) { "rtl" } else { "ltr" }
    }
}
