//! The pages behind the links of a mail: to stop mails, and to confirm a consent. Each works without script.

use super::shell::shell;
use maud::{Markup, html};

/// A form of one button.
fn button(scope: &str, words: &str, quiet: bool) -> Markup {
    html! {
        form.sheet method="post" {
            input type="hidden" name="scope" value=(scope);
            button.quiet[quiet] type="submit" { (words) }
        }
    }
}

/// Which mails are to stop?
pub(crate) fn unsubscribe(company: &str, in_sequence: bool) -> Markup {
    shell(
        "Unsubscribe?",
        false,
        &html! {
            h1 { "No more mails?" }
            p.intro { "These mails come from " strong { (company) } ". Until you choose, nothing changes." }
            div.choices {
                (button("all", "Stop all mails", false))
                @if in_sequence { (button("sequence", "Stop this series only", true)) }
            }
        },
    )
}

/// It was done.
pub(crate) fn unsubscribed(company: &str, is_sequence: bool, may_return: bool) -> Markup {
    shell(
        "You are unsubscribed",
        false,
        &html! {
            h1 { "You are unsubscribed" }
            @if is_sequence {
                p.intro { strong { (company) } " sends you no more mails of this series. Others may still come." }
                (button("all", "Stop all mails", true))
            } @else {
                p.intro { strong { (company) } " sends you no more mails." }
                @if may_return {
                    p { "Was it a mistake? Then we ask you by mail whether you want them again." }
                    (button("again", "Ask me by mail", true))
                }
            }
        },
    )
}

/// A test, an alert or a link to sign in: there is nothing to unsubscribe from.
pub(crate) fn not_subscribed() -> Markup {
    shell(
        "Nothing to stop",
        false,
        &html! {
            h1 { "Nothing to stop" }
            p { "This mail went to somebody who works here. Nothing was changed." }
        },
    )
}

/// A mail is on its way that asks for a new consent.
pub(crate) fn asked_again() -> Markup {
    shell(
        "Look into your mailbox",
        false,
        &html! {
            h1 { "Look into your mailbox" }
            p { "Within some minutes a mail asks you whether you want to hear from us again. Until you confirm it, nothing changes." }
        },
    )
}

/// Is the consent your own?
pub(crate) fn consent_question(company: &str, text: &str) -> Markup {
    shell(
        "Was it you?",
        false,
        &html! {
            h1 { "Was it you?" }
            p.intro { "Somebody gave your address to " strong { (company) } ", and agreed to this:" }
            blockquote { (text) }
            form.sheet method="post" { button type="submit" { "Yes, that was me" } }
            p.note { "If it was not, close this page: without your word nothing follows." }
        },
    )
}

/// It is.
pub(crate) fn consent_confirmed(company: &str) -> Markup {
    shell(
        "Thank you",
        false,
        &html! {
            h1 { "Thank you" }
            p { "Your consent is confirmed. " strong { (company) } " may write to you now; each mail has a link to stop that." }
        },
    )
}

/// A link that cannot be answered any more.
pub(crate) fn link_over() -> Markup {
    shell(
        "This link does not work any more",
        false,
        &html! {
            h1 { "This link does not work any more" }
            p { "It could be used within seven days, for the address it was sent to. Nothing was changed." }
        },
    )
}

/// A link that we never made, or whose mail is gone.
pub(crate) fn link_unknown() -> Markup {
    shell(
        "This link leads nowhere",
        false,
        &html! {
            h1 { "This link leads nowhere" }
            p { "It may have been cut in two on its way. Copy it whole from the mail, or open the mail again." }
        },
    )
}
