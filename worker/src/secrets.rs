//! What the environment keeps secret.

use lead_core::field::EmailAddress;
use lead_core::guard::FormSecret;
use lead_core::mail::MailSecret;
use worker::{Env, Url, js_sys};

/// The secret of this name; blank where it is not set.
pub(crate) fn text(env: &Env, name: &str) -> String {
    env.secret(name).map(|secret| secret.to_string()).unwrap_or_default()
}

/// The address under which this deployment is reached, as links in mails begin; `None` where it is not said, or is none.
pub(crate) fn public_url(env: &Env) -> Option<String> {
    let text = text(env, "PUBLIC_URL");
    let url = Url::parse(&text).ok().filter(|url| ["https", "http"].contains(&url.scheme()))?;
    Some(url.origin().ascii_serialization())
}

/// The sender of mails that are no company's: links to sign in.
pub(crate) fn mail_from(env: &Env) -> Option<EmailAddress> {
    EmailAddress::parse(&text(env, "MAIL_FROM")).ok()
}

/// Whether something is bound under this name.
pub(crate) fn is_bound(env: &Env, name: &str) -> bool {
    js_sys::Reflect::has(env, &name.into()).unwrap_or(false)
}

/// What signs links and hashes addresses; `None` where it is missing or too short.
pub(crate) fn mail(env: &Env) -> Option<MailSecret> {
    MailSecret::new(&text(env, "MAIL_SECRET"))
}

/// What signs tokens and challenges of forms; `None` where it is missing or too short.
pub(crate) fn form(env: &Env) -> Option<FormSecret> {
    FormSecret::new(&text(env, "FORM_SECRET"))
}
