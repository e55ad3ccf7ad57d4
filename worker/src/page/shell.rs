//! What every page has around its content.

use maud::{DOCTYPE, Markup, html};

/// What a page may load: its own style and script, and the Wasm that the script compiles.
pub(crate) fn policy() -> &'static str {
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

/// A page with a title and one column of content.
pub(crate) fn shell(title: &str, script: bool, content: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/w/1/lead-form.css";
                link rel="stylesheet" href="/w/1/page.css";
                @if script { script type="module" src="/w/1/lead-form.js" async {} }
            }
            body { main { (content) } }
        }
    }
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
