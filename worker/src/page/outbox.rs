//! The kept mails of a developer's machine: a list, and one mail with all that a mail program and a provider would get.

use super::shell::{Head, document};
use lead_core::id::Id;
use lead_core::mail::{Mail, MailEvent, MailState, MailTry};
use lead_core::time::Instant;
use lead_store::mails::Kept;
use maud::{Markup, html};

/// What is shown of one mail.
pub(crate) struct Shown<'a> {
    pub(crate) mail: &'a Mail,
    /// Its header lines as a mail program reads them.
    pub(crate) headers: &'a str,
    pub(crate) answers: &'a [MailTry],
    pub(crate) events: &'a [MailEvent],
    /// Whether pictures are fetched, which the mail counts as an open.
    pub(crate) pictures: bool,
}

fn shell(title: &str, content: &Markup) -> Markup {
    let head = Head::english(title, &["/w/1/page.css", "/outbox/look.css"], None);
    document(&head, &html! { body.outbox { main { (content) } } })
}

/// The newest mails; `older` is where the next page begins.
pub(crate) fn outbox(mails: &[Kept], older: Option<&Id>) -> Markup {
    shell(
        "Outbox",
        &html! {
            h1 { "Outbox" }
            p.intro { "Every mail that this machine kept instead of sending it, newest first." }
            @if mails.is_empty() {
                p.empty { "Nothing was mailed yet. A link to sign in, a test of a sequence, or a due step ends up here." }
            } @else {
                ol.mails { @for kept in mails { li { (line(kept)) } } }
            }
            @if let Some(id) = older { p.older { a href={ "/outbox?before=" (id) } { "Older mails" } } }
        },
    )
}

fn line(kept: &Kept) -> Markup {
    let Kept { company_id, company, mail } = kept;
    html! {
        a.subject href={ "/outbox/" (company_id) "/" (mail.id) } { bdi { (or_none(&mail.subject)) } }
        (pill(mail.state))
        p.to { "to " bdi { (or_none(&mail.to_address)) } " from " bdi { (company) } }
        p.when { (mail.kind.as_str().replace('_', " ")) ", " (time(mail.created_at)) }
    }
}

/// One mail.
pub(crate) fn outbox_mail(shown: &Shown<'_>) -> Markup {
    let Shown { mail, pictures, .. } = shown;
    let place = format!("/outbox/{}/{}", mail.company_id, mail.id);
    let body = if *pictures { format!("{place}/body?pictures=1") } else { format!("{place}/body") };
    shell(
        &mail.subject,
        &html! {
            p.back { a href="/outbox" { "Outbox" } }
            h1 { bdi { (or_none(&mail.subject)) } }
            (facts(mail))
            section aria-labelledby="html" {
                div.bar {
                    h2 #html { "HTML" }
                    @if *pictures { a href=(place) { "Without pictures" } }
                    @else { a href={ (place) "?pictures=1" } { "With pictures (counts as an open)" } }
                    a href=(body) { "By itself, its links work there" }
                }
                iframe src=(body) title="The mail as HTML" sandbox="" referrerpolicy="no-referrer" {}
            }
            section aria-labelledby="text" { h2 #text { "Plain text" } pre tabindex="0" { (mail.body_text) } }
            section aria-labelledby="headers" {
                div.bar { h2 #headers { "Headers" } a href={ (place) "/message" } { "The whole message" } }
                pre tabindex="0" { (shown.headers) }
            }
            section aria-labelledby="links" { h2 #links { "Links" } (links(mail)) }
            section aria-labelledby="answers" { h2 #answers { "What providers answered" } (answers(shown.answers)) }
            section aria-labelledby="events" { h2 #events { "What came back" } (events(mail, shown.events)) }
        },
    )
}

fn facts(mail: &Mail) -> Markup {
    let fact = |name: &str, value: Markup| html! { div { dt { (name) } dd { (value) } } };
    let person = |name: Option<&str>, address: &str| {
        html! { @if let Some(name) = name { bdi { (name) } " " } bdi.address { (or_none(address)) } }
    };
    let at = |name: &str, at: Option<Instant>| html! { @if let Some(at) = at { (fact(name, time(at))) } };
    html! {
        dl.facts {
            (fact("State", html! { (pill(mail.state)) @if let Some(reason) = &mail.reason { " " (reason) } }))
            (fact("Kind", html! { (mail.kind.as_str().replace('_', " ")) }))
            (fact("From", person(mail.from_name.as_deref(), &mail.from_address)))
            (fact("To", person(mail.to_name.as_deref(), &mail.to_address)))
            @if let Some(reply) = &mail.reply_address { (fact("Answers to", html! { bdi { (reply) } })) }
            (fact("Due", time(mail.due_at)))
            (fact("Tries", html! { (mail.tries) }))
            (at("Next try", mail.next_try_at))
            (at("Sent", mail.sent_at))
            (at("Delivered", mail.delivered_at))
            (at("Opened", mail.opened_at))
            (at("Clicked", mail.clicked_at))
            (at("Bounced", mail.bounced_at))
            (at("Called spam", mail.complained_at))
        }
    }
}

fn links(mail: &Mail) -> Markup {
    html! {
        @if mail.links.is_empty() && mail.unsubscribe_url.is_none() { p.empty { "It has no signed links." } }
        @if !mail.links.is_empty() {
            ol start="0" { @for link in &mail.links { li { a href=(link) rel="noreferrer" { (link) } } } }
        }
        @if let Some(url) = &mail.unsubscribe_url { p { "Unsubscribe: " a href=(url) { (url) } } }
    }
}

fn answers(answers: &[MailTry]) -> Markup {
    html! {
        @if answers.is_empty() { p.empty { "No provider was asked." } }
        @else {
            ol.rows {
                @for tried in answers {
                    li {
                        p { strong { (tried.outcome) } ", " (tried.provider) ", " (tried.act.as_str().replace('_', " "))
                            @if let Some(status) = tried.status { ", status " (status) } }
                        @if let Some(words) = &tried.words { p.words { (words) } }
                        p.when { (time(tried.created_at)) }
                    }
                }
            }
        }
    }
}

fn events(mail: &Mail, events: &[MailEvent]) -> Markup {
    html! {
        @if events.is_empty() { p.empty { "Nothing yet." } }
        @else {
            ol.rows {
                @for event in events {
                    li {
                        p { strong { (event.kind) }
                            @if let Some(machine) = &event.machine { ", by a machine (" (machine) ")" }
                            @if let Some(detail) = &event.detail { ", " (detail) } }
                        @if let Some(link) = event.link.and_then(|link| mail.links.get(usize::from(link))) { p.words { (link) } }
                        @if let Some(agent) = &event.user_agent { p.words { (agent) } }
                        p.when { (time(event.created_at)) }
                    }
                }
            }
        }
    }
}

fn pill(state: MailState) -> Markup {
    html! { span class={ "pill " (state) } { (state) } }
}

fn time(at: Instant) -> Markup {
    let text = at.to_string();
    let words = text.replace('T', " ");
    html! { time datetime=(text) { (words.get(..19).unwrap_or(&words)) " UTC" } }
}

fn or_none(text: &str) -> &str {
    if text.trim().is_empty() { "(nothing)" } else { text }
}
