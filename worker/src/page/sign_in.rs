//! Signing in by a link: the address, the answer that is the same for everybody, the question, and who is signed in.

use super::shell::shell;
use maud::{Markup, html};

/// The page that asks for an address, fresh or again with what was refused.
pub(crate) fn sign_in(email: &str, error: Option<&str>) -> Markup {
    shell(
        "Sign in",
        false,
        &html! {
            h1 { "Sign in" }
            p.intro { "We send you a link. There is no password." }
            form.sheet method="post" action="/sign-in" novalidate {
                label for="email" { "Work e-mail" }
                input #email name="email" type="email" autocomplete="email" required value=(email) autofocus
                    aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| "email-error")];
                @if let Some(error) = error { p.wrong #email-error role="alert" { (error) } }
                button type="submit" { "Send me a link" }
            }
        },
    )
}

/// The answer to every address.
pub(crate) fn link_sent() -> Markup {
    shell(
        "Look into your mailbox",
        false,
        &html! {
            h1 { "Look into your mailbox" }
            p {
                "If this address belongs to somebody who works here, a link is on its way, unless two that still work are there \
                 already. It can be used once, within 15 minutes."
            }
            p { "No mail? Look into the spam folder, then " a href="/sign-in" { "ask once more" } "." }
        },
    )
}

/// The page behind a link. Programs that open links in mails only see the question; the button answers it.
pub(crate) fn confirm(token: &str) -> Markup {
    shell(
        "Sign in on this device?",
        false,
        &html! {
            h1 { "Sign in on this device?" }
            p.intro { "You asked for this link a moment ago. If it was not you, close the page: nothing happens." }
            form.sheet method="post" action={ "/sign-in/" (token) } { button type="submit" autofocus { "Sign in" } }
        },
    )
}

/// The page of a link that was used, has expired or never was one.
pub(crate) fn link_spent() -> Markup {
    shell(
        "This link does not work any more",
        false,
        &html! {
            h1 { "This link does not work any more" }
            p { "A link can be used once, within 15 minutes. " a href="/sign-in" { "Ask for a new one" } "." }
        },
    )
}

/// The page of somebody who is signed in.
pub(crate) fn signed_in(name: &str, company: &str) -> Markup {
    shell(
        "You are signed in",
        false,
        &html! {
            h1 { "You are signed in" }
            p.intro { (name) ", " (company) }
            p { a.button href="/console" { "Open the console" } }
            div.choices {
                form.sheet method="post" action="/sign-out" { button type="submit" { "Sign out" } }
                form.sheet method="post" action="/sign-out/everywhere" {
                    button.quiet type="submit" { "Sign out on all devices" }
                }
            }
        },
    )
}
