//! Pages: the form by itself, its thank-you page, the API's documentation, and what a problem means. They work without JavaScript.

mod docs;
mod form;
mod shell;
mod sign_in;
mod theme;
mod unsubscribe;
pub(crate) mod words;

pub(crate) use docs::docs;
pub(crate) use form::{Sheet, form, thanks};
pub(crate) use shell::{plain, policy, policy_of_form};
pub(crate) use sign_in::{confirm, link_sent, link_spent, sign_in, signed_in};
pub(crate) use theme::theme;
pub(crate) use unsubscribe::{
    asked_again, consent_confirmed, consent_question, link_over, link_unknown, not_subscribed, unsubscribe,
    unsubscribed,
};
