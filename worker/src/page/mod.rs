//! Pages: the form by itself, its thank-you page, and what a problem means. They work without JavaScript.

mod form;
mod shell;

pub(crate) use form::{Answers, form, thanks};
pub(crate) use shell::{plain, policy};
