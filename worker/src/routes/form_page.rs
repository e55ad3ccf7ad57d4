//! The form's own page: shown step by step and sent by a browser without a script (spec F5).

use crate::arrival::Arrival;
use crate::page::{self, Sheet};
use crate::reply::{self, Reply};
use crate::routes::form::{Took, found, parsed, take};
use crate::routes::form_guard::counted;
use crate::secrets;
use axum::Extension;
use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode, header};
use lead_core::accept::{first_offered, languages};
use lead_core::body::Members;
use lead_core::form::{Form, Shown as Localized};
use lead_core::form_stats::Step;
use lead_core::guard::is_trap;
use lead_core::invalid::Invalid;
use lead_core::plain::{BEGAN, Filled, From, Shown, Turn, Wrong, is_simple, member_of};
use lead_core::submission::{KEY, TOKEN, VERSION, is_idempotency_key};
use lead_store::run::Cost;
use maud::Markup;
use std::rc::Rc;
use worker::Env;

/// Where a visit came from, as the page's address tells; carried along, and left out where it cannot be read.
const CAUGHT: [&str; 10] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "fbclid",
];

/// `GET /f/{form_key}`: the page, complete without JavaScript.
#[worker::send]
pub(crate) async fn show(
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let given = pairs(query.as_deref());
    let localized = localized(&form, value(&given, "locale"), &headers);
    let filled = Filled::fresh(&form.definition, &given);
    let step = filled.steps().first().copied().unwrap_or_default();
    let mut unseen = begun(&form, &localized, &env, &arrival);
    unseen.extend(caught(&form, &given, &headers, &arrival));
    let sheet = Sheet {
        form: &form,
        words_of_form: &localized,
        filled: &filled,
        at: Shown { step, ..Shown::default() },
        others: Vec::new(),
        unseen,
        script: is_simple(&form.definition),
    };
    let mut reply = of_form(StatusCode::OK, &form, page::form(&sheet));
    if is_visit(&headers, &arrival) {
        // A page is shown whether or not it can be counted.
        let view = Step { what: "view", field: String::new(), n: 1 };
        if let Ok(cost) = counted(&form, form.version, &[view], &env, &arrival).await {
            reply.extensions_mut().insert(cost);
        }
    }
    reply
}

/// Whether somebody looks: a browser that loads ahead does not.
fn is_visit(headers: &HeaderMap, arrival: &Arrival) -> bool {
    let says = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    arrival.method == "GET" && !says("sec-purpose").contains("prefetch") && says("purpose") != "prefetch"
}

/// `GET /f/{form_key}/thanks`: where a plain post ends.
#[worker::send]
pub(crate) async fn thanks(
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    Extension(env): Extension<Env>,
    Extension(arrival): Extension<Arrival>,
) -> Reply {
    let form = match found(&key, &env, &arrival).await {
        Ok(form) => form,
        Err(reply) => return reply,
    };
    let given = pairs(query.as_deref());
    let localized = localized(&form, value(&given, "locale"), &headers);
    let told = form.definition.told(value(&given, "booking").is_some(), Some(&localized.locale));
    of_form(StatusCode::OK, &form, page::thanks(&form, &localized, &told))
}

/// A page that was sent: the next step, the same once more with what is wrong, or the end.
pub(super) async fn posted(
    form: &Rc<Form>,
    mut members: Members,
    headers: &HeaderMap,
    env: &Env,
    arrival: &Arrival,
) -> Result<Reply, Reply> {
    let from = From::read(&mut members);
    if members.take(BEGAN).is_none() {
        let start = Step { what: "start", field: String::new(), n: 1 };
        // A form is taken in whether or not it can be counted.
        let _ = counted(form, form.version, &[start], env, arrival).await;
    }
    let words = localized(form, members.text("locale"), headers);
    // What the thanks show by themselves need not be said.
    let is_usual = localized(form, None, headers).locale == words.locale;
    let localized = words;
    let filled = Filled::of(&form.definition, &members);
    let refused = parsed(form, members.clone())?.err().unwrap_or_default();
    if let Some(Turn::Show(at)) = from.as_ref().map(|from| filled.turn(from, &refused)) {
        let status = if at.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return Ok(again(form, &localized, &filled, (status, at, Vec::new()), &members, (env, arrival)));
    }
    let errors = match take(form, members.clone(), None, env, arrival).await? {
        Took::In { cost, thanks } => {
            return Ok(gone(form, &localized, is_usual, &filled, (thanks.redirect.as_deref(), cost)));
        }
        Took::Refused(errors) => errors,
    };
    // What the page's address brought and the visitor cannot mend is left out, once.
    let ours: Vec<&str> = errors.iter().map(member_of).filter(|name| is_caught(form, name)).collect();
    let errors = if ours.is_empty() {
        errors
    } else {
        ours.iter().for_each(|name| drop(members.take(name)));
        match take(form, members.clone(), None, env, arrival).await? {
            Took::In { cost, thanks } => {
                return Ok(gone(form, &localized, is_usual, &filled, (thanks.redirect.as_deref(), cost)));
            }
            Took::Refused(errors) => errors,
        }
    };
    let at = filled.again(&errors);
    let others = elsewhere(&localized, &at, &errors);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(again(form, &localized, &filled, (status, at, others), &members, (env, arrival)))
}

fn is_caught(form: &Form, name: &str) -> bool {
    (CAUGHT.contains(&name) || name == "referrer" || name == "landing_page")
        && !form.definition.content().fields.iter().any(|field| field.name == name)
}

/// What is wrong outside the step that is shown, in words.
fn elsewhere(localized: &Localized, at: &Shown, errors: &[Invalid]) -> Vec<String> {
    let words = page::words::Words::of(&localized.locale);
    let other = errors.iter().filter(|error| !at.errors.iter().any(|wrong| wrong.name == member_of(error)));
    other
        .map(|error| {
            let name = member_of(error);
            let label = localized.fields.iter().find(|field| field.name == name).map(|field| field.label.as_str());
            let label = label.filter(|label| !label.is_empty()).unwrap_or(name);
            format!("{label}: {}", words.wrong(&Wrong::from(error)))
        })
        .collect()
}

/// To the thanks, or to where the form leads instead.
fn gone(
    form: &Form,
    localized: &Localized,
    is_usual: bool,
    filled: &Filled<'_>,
    (redirect, cost): (Option<&str>, Cost),
) -> Reply {
    let locale = (!is_usual).then(|| format!("locale={}", localized.locale));
    let booking = filled.offers_booking().then(|| "booking=1".to_owned());
    let query: Vec<String> = locale.into_iter().chain(booking).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    let own = || format!("/f/{}/thanks{mark}{}", form.key.as_str(), query.join("&"));
    let mut reply = reply::empty(StatusCode::SEE_OTHER);
    reply::set(&mut reply, header::LOCATION, &redirect.map_or_else(own, str::to_owned));
    reply.extensions_mut().insert(cost);
    reply
}

/// A step with what was answered so far.
fn again(
    form: &Form,
    localized: &Localized,
    filled: &Filled<'_>,
    (status, at, others): (StatusCode, Shown, Vec<String>),
    members: &Members,
    (env, arrival): (&Env, &Arrival),
) -> Reply {
    let known: Vec<&str> = form.definition.content().fields.iter().map(|field| field.name.as_str()).collect();
    let mut unseen = begun(form, localized, env, arrival);
    for (name, fresh) in &mut unseen {
        let said = members.text(name).filter(|said| *name != KEY || is_idempotency_key(said));
        if let Some(said) = said.filter(|_| *name != VERSION) {
            said.clone_into(fresh);
        }
    }
    unseen.push((BEGAN, "1".to_owned()));
    let carried = CAUGHT.iter().copied().chain(["referrer", "landing_page"]).filter(|name| !known.contains(name));
    unseen.extend(carried.filter_map(|name| Some((name, members.text(name)?.to_owned()))));
    // A trap that was filled stays filled, whatever step shows it.
    let trapped = members
        .names()
        .filter(|name| is_trap(name))
        .any(|name| members.text(name).is_some_and(|text| !text.is_empty()));
    if trapped {
        unseen.push((lead_core::submission::TRAP, "x".to_owned()));
    }
    let script = is_simple(&form.definition);
    let sheet = Sheet { form, words_of_form: localized, filled, at, others, unseen, script };
    of_form(status, form, page::form(&sheet))
}

/// What a page sends along from its first showing on.
fn begun(form: &Form, localized: &Localized, env: &Env, arrival: &Arrival) -> Vec<(&'static str, String)> {
    let mut unseen = vec![(KEY, arrival.ids().next_id().to_string()), (VERSION, form.version.to_string())];
    if let Some(secret) = secrets::form(env) {
        unseen.push((TOKEN, secret.token(form, arrival.now)));
    }
    if !form.definition.content().fields.iter().any(|field| field.name == "locale") {
        unseen.push(("locale", localized.locale.clone()));
    }
    unseen
}

/// Where the visit came from, as far as the page's address and the browser tell.
fn caught(
    form: &Form,
    given: &[(String, String)],
    headers: &HeaderMap,
    arrival: &Arrival,
) -> Vec<(&'static str, String)> {
    let known = |name: &str| form.definition.content().fields.iter().any(|field| field.name == name);
    let told = CAUGHT.into_iter().filter(|name| !known(name));
    let mut caught: Vec<(&'static str, String)> =
        told.filter_map(|name| Some((name, value(given, name)?.to_owned()))).collect();
    let referrer = headers.get(header::REFERER).and_then(|value| value.to_str().ok());
    let from_elsewhere = referrer.filter(|referrer| !referrer.starts_with(&arrival.origin) && !known("referrer"));
    caught.extend(from_elsewhere.map(|referrer| ("referrer", referrer.to_owned())));
    caught
}

/// The form in the wanted language: of the page's address, else the first of the browser's that the form speaks.
fn localized(form: &Form, wanted: Option<&str>, headers: &HeaderMap) -> Localized {
    let content = form.definition.content();
    let header = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut offered: Vec<&str> = content.translations.keys().map(String::as_str).collect();
    offered.push(&content.locale);
    let wanted = wanted.filter(|wanted| first_offered(&[wanted], &offered).is_some());
    let wanted = wanted.or_else(|| first_offered(&languages(header), &offered));
    form.definition.shown(form.version, wanted)
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect()
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.as_str())
}

/// A page of a form, under the policy that the form needs.
fn of_form(status: StatusCode, form: &Form, markup: Markup) -> Reply {
    let mut reply = page_reply(status, markup);
    let content = form.definition.content();
    let asks_turnstile = content.turnstile_site_key.is_some() && is_simple(&form.definition);
    let policy = page::policy_of_form(content.thanks.redirect.as_deref(), asks_turnstile);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, &policy);
    reply::set(&mut reply, header::VARY, "Accept-Language");
    reply
}

pub(super) fn page_reply(status: StatusCode, markup: Markup) -> Reply {
    let mut reply = reply::html(status, markup);
    reply::set(&mut reply, header::CONTENT_SECURITY_POLICY, page::policy());
    reply
}
