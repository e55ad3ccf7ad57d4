//! Pages: the form by itself, its thank-you page, signing in, the API's documentation, what a problem means, what mails lead to,
//! and the kept mails of a developer's machine. They work without JavaScript.

mod docs;
mod form;
mod outbox;
mod shell;
mod sign_in;
mod theme;
mod unsubscribe;
pub(crate) mod words;

pub(crate) use docs::docs;
pub(crate) use form::{Sheet, form, thanks};
pub(crate) use outbox::{Shown as OutboxMail, outbox, outbox_mail};
pub(crate) use shell::{Head, document, plain, policy, policy_of_form};
pub(crate) use sign_in::{confirm, link_sent, link_spent, sign_in, signed_in};
pub(crate) use theme::theme;
pub(crate) use unsubscribe::{
    asked_again, consent_confirmed, consent_question, link_over, link_unknown, not_subscribed, unsubscribe,
    unsubscribed,
};
