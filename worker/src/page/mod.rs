//! Pages: the form by itself, its thank-you page, the API's documentation, and what a problem means. They work without JavaScript.

mod docs;
mod form;
mod shell;

pub(crate) use docs::docs;
pub(crate) use form::{Answers, form, thanks};
pub(crate) use shell::{plain, policy};
