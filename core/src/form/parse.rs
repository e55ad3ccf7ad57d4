//! Reading a form's definition: every refusal at once, each at its place (spec F1).

use super::compile::{Draft, compile};
use super::content::{Booking, Choice, Content, FieldType, FormField, Mode, ProofOfWork, Step, Thanks, Theme};
use super::field;
use super::words::translations;
use crate::body::{Members, Reader};
use crate::consent::ConsentText;
use crate::field::{Locale, Text, TextBlock};
use crate::invalid::{Code, Invalid};
use serde_json::Value;
use url::Url;

const MOST_FIELDS: u16 = 100;
const MOST_STEPS: u16 = 20;

/// Reads the parts, and the compact form that they compile to.
pub(super) fn definition(members: Members) -> Result<(Content, String), Vec<Invalid>> {
    let mut read = Reader::new(members);
    let title = line::<300>(&mut read, "title");
    let intro = optional_block::<1000>(&mut read, "intro");
    let submit = line::<60>(&mut read, "submit");
    let locale = read.optional("locale", Locale::parse);
    let drafts = read.objects("fields", MOST_FIELDS, |inner, at| (at.to_owned(), field::draft(inner)));
    let drafts = field::checked(&mut read, drafts);
    let steps = read.objects("steps", MOST_STEPS, |inner, _| step(inner));
    let thanks = object(&mut read, "thanks", thanks).flatten();
    let consent = object(&mut read, "consent", |inner| {
        let (version, text) = (line::<50>(inner, "version"), block::<2000>(inner, "text"));
        Some(ConsentText { version: version?, text: text? })
    });
    let theme = read.object("theme", theme).unwrap_or_default();
    let keep_partial = read.flag_or("keep_partial", false);
    let proof_of_work = read.object("proof_of_work", |inner| {
        let difficulty = inner.whole("difficulty", 1000..=10_000_000).and_then(|number| u32::try_from(number).ok());
        if difficulty.is_none() && !inner.refused("difficulty") {
            inner.refuse("difficulty", Code::Required);
        }
        difficulty.map(|difficulty| ProofOfWork { difficulty })
    });
    let turnstile_site_key = read.optional("turnstile_site_key", Text::<100>::parse).map(|key| key.to_string());
    let told = read.take("translations");
    let steps_refused = read.refused_within("steps");
    let booking = thanks.as_ref().and_then(|thanks: &Thanks| thanks.booking.as_ref());
    let logic = compile(&drafts, &steps, booking, steps_refused).map_err(|errors| read.refuse_all(errors));
    let fields: Option<Vec<FormField>> = drafts.into_iter().map(|draft: Draft| draft.field).collect();
    let locale = locale.map_or_else(|| "en".to_owned(), |locale| locale.as_str().to_owned());
    let content = (|| {
        Some(Content {
            title: title?,
            intro,
            submit: submit?,
            locale,
            fields: fields?,
            steps,
            thanks: thanks?,
            consent: consent.flatten()?,
            theme,
            keep_partial,
            proof_of_work: proof_of_work.flatten(),
            turnstile_site_key,
            translations: Default::default(),
        })
    })();
    let content = content.map(|content| translations(&mut read, told, content));
    read.close(&[])?;
    content.zip(logic.ok()).ok_or_else(Vec::new)
}

/// A text of one line that must be there.
pub(super) fn line<const MAX: u16>(read: &mut Reader, name: &str) -> Option<String> {
    read.required(name, Text::<MAX>::parse).map(|text| text.to_string())
}

fn block<const MAX: u16>(read: &mut Reader, name: &str) -> Option<String> {
    read.required(name, TextBlock::<MAX>::parse).map(|text| text.to_string())
}

/// A text of several lines that may be missing.
pub(super) fn optional_block<const MAX: u16>(read: &mut Reader, name: &str) -> Option<String> {
    read.optional(name, TextBlock::<MAX>::parse).map(|text| text.to_string())
}

/// An object that must be there.
fn object<T>(read: &mut Reader, name: &str, inner: impl FnOnce(&mut Reader) -> T) -> Option<T> {
    let found = read.object(name, inner);
    if found.is_none() && !read.refused(name) {
        read.refuse(name, Code::Required);
    }
    found
}

fn step(read: &mut Reader) -> Step {
    let title = read.optional("title", Text::<200>::parse).map(|title| title.to_string());
    let fields = read.list("fields", MOST_FIELDS, |text| Ok(text.trim().to_owned()));
    if fields.is_empty() && !read.refused("fields") {
        read.refuse("fields", Code::Required);
    }
    Step { title, fields, skip: read.take("skip") }
}

fn thanks(read: &mut Reader) -> Option<Thanks> {
    let (title, message) = (line::<200>(read, "title"), block::<2000>(read, "message"));
    let redirect = read.optional("redirect", address);
    let booking = read.object("booking", |inner| {
        let url = inner.required("url", address);
        let label = line::<200>(inner, "label");
        let when = inner.take("when");
        Some(Booking { url: url?, label: label?, when })
    });
    Some(Thanks { title: title?, message: message?, redirect, booking: booking.flatten() })
}

/// The address of a page: `https`, or `http` where the form's owner tries things out.
fn address(text: &str) -> Result<String, Code> {
    let text = Text::<2048>::parse(text)?;
    let url = Url::parse(text.as_str()).map_err(|_| Code::NotWebAddress)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.has_host();
    if plain && matches!(url.scheme(), "https" | "http") { Ok(url.into()) } else { Err(Code::NotWebAddress) }
}

fn theme(read: &mut Reader) -> Theme {
    let mut colour = |name| read.optional(name, colour);
    Theme {
        accent: colour("accent"),
        on_accent: colour("on_accent"),
        text: colour("text"),
        surface: colour("surface"),
        field: colour("field"),
        line: colour("line"),
        error: colour("error"),
        radius: read.whole("radius", 0..=32).and_then(|radius| u16::try_from(radius).ok()),
        font: read.optional("font", font),
        mode: read.choice("mode", Mode::parse),
    }
}

fn colour(text: &str) -> Result<String, Code> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.strip_prefix('#').ok_or(Code::NotColour)?;
    let right = matches!(digits.len(), 3 | 6) && digits.bytes().all(|sign| sign.is_ascii_hexdigit());
    if right { Ok(text) } else { Err(Code::NotColour) }
}

/// What can stand in a style without ending it.
fn font(text: &str) -> Result<String, Code> {
    let text = Text::<200>::parse(text)?;
    let allowed = |sign: char| sign.is_alphanumeric() || matches!(sign, ' ' | ',' | '-' | '_' | '\'' | '"');
    let paired = |quote: char| text.as_str().matches(quote).count() % 2 == 0;
    let right = text.as_str().chars().all(allowed) && paired('\'') && paired('"');
    if right { Ok(text.to_string()) } else { Err(Code::NotFont) }
}

/// The options of a choice, each value once.
pub(super) fn options(read: &mut Reader, kind: Option<FieldType>) -> Vec<Choice> {
    const NAME: &str = "options";
    let offers = read.objects(NAME, 200, |inner, _| {
        let (value, label) = (line::<100>(inner, "value"), line::<200>(inner, "label"));
        Some(Choice { value: value?, label: label? })
    });
    let (given, offers) = (offers.len(), offers.into_iter().flatten().collect::<Vec<Choice>>());
    let of_choice = matches!(kind, Some(FieldType::Choice | FieldType::Choices));
    let twice = (0..offers.len()).any(|at| offers[..at].iter().any(|other| other.value == offers[at].value));
    match kind {
        Some(_) if of_choice && given == 0 && !read.refused(NAME) => read.refuse(NAME, Code::Required),
        Some(_) if !of_choice && given > 0 => read.refuse(NAME, Code::NotWithType),
        _ if twice => read.refuse(NAME, Code::DuplicateMember),
        _ => {}
    }
    offers
}

/// A condition as it was sent; whether it can be meant is found out once all fields are known.
pub(super) fn asked(read: &mut Reader, name: &str) -> Option<Value> {
    read.take(name)
}
