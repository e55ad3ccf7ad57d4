//! What the environment keeps secret.

use lead_core::guard::FormSecret;
use lead_core::mail::MailSecret;
use worker::Env;

/// The secret of this name; blank where it is not set.
pub(crate) fn text(env: &Env, name: &str) -> String {
    env.secret(name).map(|secret| secret.to_string()).unwrap_or_default()
}

/// What signs links and hashes addresses; `None` where it is missing or too short.
pub(crate) fn mail(env: &Env) -> Option<MailSecret> {
    MailSecret::new(&text(env, "MAIL_SECRET"))
}

/// What signs tokens and challenges of forms; `None` where it is missing or too short.
pub(crate) fn form(env: &Env) -> Option<FormSecret> {
    FormSecret::new(&text(env, "FORM_SECRET"))
}
