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
    html! {
        (DOCTYPE)
        html lang=(frame.lang) dir=[Some(frame.dir).filter(|dir| *dir != "ltr")] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (frame.title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/w/1/lead-form.css";
                link rel="stylesheet" href="/w/1/page.css";
                @if let Some(theme) = &frame.theme { link rel="stylesheet" href=(theme); }
                @if frame.script { script type="module" src="/w/1/lead-form.js" async {} }
            }
            body { main { (content) } }
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
