//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

/// What a page may load: its own style and script, and the Wasm that the script compiles.
pub(crate) fn policy() -> &'static str {
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

/// The same for a page of a form: it may end where the form leads its visitors, for a browser holds redirects against the policy
/// too; and it may ask Turnstile where the form does.
pub(crate) fn policy_of_form(redirect: Option<&str>, turnstile: bool) -> String {
    let mut text = policy().to_owned();
    if let Some(origin) = redirect.and_then(origin) {
        text = text.replace("form-action 'self'", &format!("form-action 'self' {origin}"));
    }
    if turnstile {
        let allowed = format!("script-src 'self' 'wasm-unsafe-eval' {TURNSTILE}; frame-src {TURNSTILE}");
        text = text.replace("script-src 'self' 'wasm-unsafe-eval'", &allowed);
    }
    text
}

/// Where Turnstile's script and frame come from.
const TURNSTILE: &str = "https://challenges.cloudflare.com";

/// The origin of an address, where it can stand in a policy.
fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://").filter(|(scheme, _)| matches!(*scheme, "https" | "http"))?;
    let host = rest.split(['/', '?', '#']).next()?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
    (plain && !host.is_empty()).then(|| format!("{scheme}://{host}"))
}

/// What stands around a page's content.
pub(crate) struct Frame<'a> {
    pub(crate) title: String,
    /// BCP 47.
    pub(crate) lang: &'a str,
    /// `ltr` or `rtl`.
    pub(crate) dir: &'static str,
    /// The stylesheet of a form's own look.
    pub(crate) theme: Option<String>,
    /// Whether the widget may take over.
    pub(crate) script: bool,
}

/// A page with one column of content.
pub(crate) fn framed(frame: &Frame<'_>, content: &Markup) -> Markup {
    let mut sheets = vec!["/w/1/lead-form.css", "/w/1/page.css"];
    sheets.extend(frame.theme.as_deref());
    let script = frame.script.then_some("/w/1/lead-form.js");
    let head = Head { title: &frame.title, lang: frame.lang, dir: frame.dir, sheets: &sheets, script };
    document(&head, &html! { body { main { (content) } } })
}

/// What a document says before its body.
pub(crate) struct Head<'a> {
    pub(crate) title: &'a str,
    /// BCP 47.
    pub(crate) lang: &'a str,
    /// `ltr` or `rtl`.
    pub(crate) dir: &'static str,
    /// Its stylesheets, later ones over earlier ones.
    pub(crate) sheets: &'a [&'a str],
    /// Its module.
    pub(crate) script: Option<&'a str>,
}

impl<'a> Head<'a> {
    /// Of a page in English.
    pub(crate) fn english(title: &'a str, sheets: &'a [&'a str], script: Option<&'a str>) -> Self {
        Self { title, lang: "en", dir: "ltr", sheets, script }
    }
}

/// A whole document; `body` is the element itself. No search engine keeps it.
pub(crate) fn document(head: &Head<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(head.lang) dir=[Some(head.dir).filter(|dir| *dir != "ltr")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (head.title) }
                link rel="icon" href="data:,";
                @for sheet in head.sheets { link rel="stylesheet" href=(sheet); }
                @if let Some(script) = head.script { script type="module" src=(script) {} }
            }
            (body)
        }
    }
}

/// A page in English with a title.
pub(crate) fn shell(title: &str, script: bool, content: &Markup) -> Markup {
    framed(&Frame { title: title.to_owned(), lang: "en", dir: "ltr", theme: None, script }, content)
}

/// A page of a heading and paragraphs.
pub(crate) fn plain(title: &str, paragraphs: &[&str]) -> Markup {
    shell(
        title,
        false,
        &html! {
            h1 { (title) }
            @for paragraph in paragraphs { p { (paragraph) } }
        },
    )
}
