//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

/// What a page may load: its own style and script, and the Wasm that the script compiles.
pub(crate) fn policy() -> &'static str {
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

/// The same for a page whose form leads to another website in the end.
pub(crate) fn policy_leading_to(address: Option<&str>) -> String {
    let origin = address.and_then(|address| {
        let (scheme, rest) = address.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte));
        (scheme == "https" && plain && !host.is_empty()).then(|| format!("form-action 'self' https://{host};"))
    });
    match origin {
        Some(origin) => policy().replace("form-action 'self';", &origin),
        None => policy().to_owned(),
    }
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
