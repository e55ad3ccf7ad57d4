//! What every page of the console has around its content: who is signed in, the way to the other pages, and where this one is.

use super::see;
use crate::api::call::Call;
use crate::page::{self, Head, document};
use crate::reply::{self, Reply, Told};
use axum::http::{StatusCode, header};
use lead_core::access::{Role, Scope};
use lead_core::problem::Kind;
use maud::{Markup, html};

/// Style, scripts and pictures are our own; nothing is framed, and nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The parts of the console.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Forms,
    Campaigns,
}

/// Each part with its address, and who sees it.
const SECTIONS: &[(Section, &str, &str, Role)] = &[
    (Section::Forms, "Forms", "/console/forms", Role::Sdr),
    (Section::Campaigns, "Campaigns", "/console/campaigns", Role::Manager),
];

/// A page in its place.
pub(super) struct Place<'a> {
    /// The heading.
    pub(super) title: &'a str,
    /// Where it belongs.
    pub(super) section: Section,
    /// The pages above it, outermost first: address and name.
    pub(super) above: &'a [(String, String)],
    /// A module for what cannot be done without one, as its address.
    pub(super) script: Option<&'a str>,
}

impl Place<'_> {
    /// The page with this content below its heading.
    pub(super) fn page(&self, call: &Call, content: &Markup) -> Reply {
        self.page_with(call, StatusCode::OK, content)
    }

    /// The same with another status.
    pub(super) fn page_with(&self, call: &Call, status: StatusCode, content: &Markup) -> Reply {
        let body = html! {
            @if !self.above.is_empty() { (crumbs(self.above, self.title)) }
            h1 { bdi { (self.title) } }
            (content)
        };
        let mut reply = reply::html(status, self.document(call, &body));
        reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, POLICY);
        // Addresses of the console name records.
        reply::set(&mut reply, header::REFERRER_POLICY, "same-origin");
        reply
    }

    fn document(&self, call: &Call, body: &Markup) -> Markup {
        let holder = call.caller.holder();
        let title = format!("{} · {}", self.title, holder.company);
        let head = Head::english(&title, &["/w/1/page.css", "/w/1/console.css"], self.script);
        let body = html! {
            body.console {
                a.skip href="#main" { "Skip to the content" }
                (header(&holder.company, &holder.name))
                div.below {
                    (self.navigation(call))
                    main #main tabindex="-1" { (body) }
                }
            }
        };
        document(&head, &body)
    }

    fn navigation(&self, call: &Call) -> Markup {
        let seen = SECTIONS.iter().filter(|(.., role)| call.caller.may(Scope::SettingsRead, *role));
        html! {
            nav.sections aria-label="Console" {
                ul {
                    @for (section, name, address, _) in seen {
                        li { a href=(address) aria-current=[(*section == self.section).then_some("true")] { (name) } }
                    }
                }
            }
        }
    }
}

fn header(company: &str, person: &str) -> Markup {
    html! {
        header.top {
            a.home href="/console" { bdi { (company) } }
            div.who {
                bdi { (person) }
                form method="post" action="/sign-out" { button.quiet type="submit" { "Sign out" } }
            }
        }
    }
}

fn crumbs(above: &[(String, String)], title: &str) -> Markup {
    html! {
        nav.crumbs aria-label="Breadcrumbs" {
            ol {
                @for (address, name) in above { li { a href=(address) { bdi { (name) } } } }
                li aria-current="page" { bdi { (title) } }
            }
        }
    }
}

/// What went wrong, in place of the page that was asked for.
pub(super) fn refused(call: &Call, reply: Reply) -> Reply {
    let Some(Told(kind)) = reply.extensions().get::<Told>() else { return reply };
    if kind.status == 401 {
        return see("/sign-in");
    }
    let place = Place { title: title(kind), section: Section::Forms, above: &[], script: None };
    let content = html! {
        p { (meaning(kind)) }
        p { a href="/console" { "Back to the forms" } }
    };
    place.page_with(call, reply.status(), &content)
}

/// The same for whoever is not known.
pub(super) fn told(status: StatusCode, kind: &Kind) -> Reply {
    let mut reply = reply::html(status, page::plain(title(kind), &[meaning(kind)]));
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    reply
}

/// The registry speaks to programs that hold keys; people read their own words.
fn title(kind: &Kind) -> &'static str {
    match kind.status {
        403 => "This is not for you",
        404 => "Nothing is here",
        409 | 412 => "Somebody else was faster",
        429 => "Too much at once",
        500.. => "Something went wrong here",
        _ => "This could not be read",
    }
}

fn meaning(kind: &Kind) -> &'static str {
    match (kind.status, kind.slug) {
        (403, "cross-site") => "Another website sent this. Open the page here and try again.",
        (403, _) => "Your role does not allow it. Ask somebody who administers your company.",
        (404, _) => "There is no such page, or nothing that you may see.",
        (409 | 412, _) => {
            "What you changed was changed meanwhile. Open it again and look before you repeat your change."
        }
        (429, _) => "Please wait a minute, then try again.",
        (500.., _) => "Nothing was changed. Please try again in a moment.",
        _ => "Nothing was changed. Open the page again and try once more.",
    }
}
