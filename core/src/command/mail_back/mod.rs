//! What people do about the mails they get: they stop them, call them spam, or confirm a consent; and what it means that an
//! address does not exist (spec E4, L7).

mod again;
mod confirm;
mod list;
mod stop;

pub use again::AskAgain;
pub use confirm::{Answer, ConfirmOptIn, KnownOptIn};
pub use list::{AddSuppression, KnownLift, KnownList, LiftSuppression, SuppressionRequest, Whose};
pub use stop::{Active, Cause, KnownStop, LeadWord, Stop, StopMail, Stopped};
