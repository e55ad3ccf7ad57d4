//! Forms come, change and go (spec F1). Whatever of a definition changes makes a new one, and all are kept: an answer is judged
//! under the one that its visitor saw.

use crate::body::Sent;
use crate::command::pool::gone;
use crate::edit::{Already, Edit, NewRecord, Precondition};
use crate::entity::{Entity, Stamp};
use crate::form::{FormKey, FormRecord, FormSubmission, FormValues, NewFormTest};
use crate::id::Id;
use crate::plan::{Audit, Change, Context, NewFormVersion, Plan};
use crate::problem::Refusal;
use crate::stored;
use crate::submission::Submission;

/// A new form.
#[derive(Clone, Debug, PartialEq)]
pub struct CreateForm {
    /// Its id, made once for the request.
    pub id: Id,
    /// Its public key, likewise.
    pub key: FormKey,
    /// What it is.
    pub values: FormValues,
}

/// A form that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct EditForm {
    /// Which one.
    pub id: Id,
    /// What of it.
    pub sent: Sent,
    /// For which version.
    pub precondition: Precondition,
}

/// A form that goes. What came in through it stays.
#[derive(Clone, Debug, PartialEq)]
pub struct DeleteForm {
    /// Which one.
    pub id: Id,
    /// For which version.
    pub precondition: Precondition,
}

/// What a command on a form must know.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The form as it stands.
    pub form: Option<FormRecord>,
    /// Whether it was deleted.
    pub deleted: bool,
}

impl CreateForm {
    /// Decides.
    ///
    /// # Errors
    /// None of its own.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<FormRecord>, Refusal> {
        if let Some(form) = &known.form {
            return Ok(Plan { changes: Vec::new(), done: form.clone() });
        }
        let form = FormRecord {
            id: self.id.clone(),
            company_id: context.company_id.clone(),
            form_key: self.key.clone(),
            values: self.values.clone(),
            definition_version: 1,
            stamp: Stamp::new(context.now),
        };
        let insert = NewRecord::insert(Entity::Form, &self.id, stored::row(&form), context);
        Ok(Plan { changes: vec![insert, keep(&form)], done: form })
    }
}

impl EditForm {
    /// Decides. A name, an origin, a country, or whether it is active, makes no new definition.
    ///
    /// # Errors
    /// No such form, another version, refused values.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<FormRecord>, Refusal> {
        let old = known.form.as_ref().filter(|_| !known.deleted).ok_or(Refusal::NotFound)?;
        let unchanged = Plan { changes: Vec::new(), done: old.clone() };
        if self.precondition.check(&old.stamp, context)? == Already::Ours {
            return Ok(unchanged);
        }
        let values = FormValues::parse(self.sent.over(&old.values)).map_err(Refusal::Invalid)?;
        let redefined = values.definition != old.values.definition;
        let definition_version = old.definition_version + i64::from(redefined);
        let mut new = FormRecord { values, definition_version, ..old.clone() };
        let of = (Entity::Form, &self.id, &old.stamp);
        let Some(edit) = Edit::between(of, "update", &stored::row(old), stored::row(&new), context) else {
            return Ok(unchanged);
        };
        new.stamp = old.stamp.edited(context.now);
        let changes = [edit].into_iter().chain(redefined.then(|| keep(&new))).collect();
        Ok(Plan { changes, done: new })
    }
}

impl DeleteForm {
    /// Decides.
    ///
    /// # Errors
    /// No such form, or another version.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<()>, Refusal> {
        let old = known.form.as_ref().ok_or(Refusal::NotFound)?;
        if let Some(plan) = gone(&old.stamp, known.deleted, &self.precondition, context)? {
            return Ok(plan);
        }
        let changes = vec![Edit::hide((Entity::Form, &self.id, &old.stamp), context)];
        Ok(Plan { changes, done: () })
    }
}

fn keep(form: &FormRecord) -> Change {
    Change::KeepFormVersion(Box::new(NewFormVersion::of(form)))
}

/// Somebody of the company tries a form out: what they sent is kept and shown, and makes no lead.
#[derive(Clone, Debug, PartialEq)]
pub struct TryForm {
    /// The form.
    pub id: Id,
    /// The test's id, made once for the request.
    pub test_id: Id,
    /// Which definition was tried.
    pub form_version: i64,
    /// What was sent.
    pub submission: Submission,
}

impl TryForm {
    /// Decides.
    ///
    /// # Errors
    /// No such form.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<FormSubmission>, Refusal> {
        let form = known.form.as_ref().filter(|_| !known.deleted).ok_or(Refusal::NotFound)?;
        let submitted = self.submission.values();
        let test = NewFormTest {
            id: self.test_id.clone(),
            form_id: form.id.clone(),
            form_version: self.form_version,
            email_key: self.submission.email.key().to_owned(),
            submitted: submitted.clone(),
        };
        let told = Audit {
            id: context.ids.next_id(),
            entity_type: Entity::Form.as_str(),
            entity_id: form.id.clone(),
            action: "test",
            field_name: None,
            old_value: None,
            new_value: None,
        };
        let done = FormSubmission {
            id: self.test_id.clone(),
            is_test: true,
            lead_id: None,
            effect: None,
            user_id: context.actor.user_id.clone(),
            form_version: Some(self.form_version),
            submitted,
            spam_score: None,
            created_at: context.now,
        };
        Ok(Plan { changes: vec![Change::KeepFormTest(Box::new(test)), Change::Audit(Box::new(told))], done })
    }
}

/// Somebody takes what came in through a form out of the system: the trail tells who and when.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportForm {
    /// The form.
    pub id: Id,
}

impl ExportForm {
    /// Decides.
    ///
    /// # Errors
    /// No such form.
    pub fn decide(&self, known: &Known, context: &mut Context<'_>) -> Result<Plan<FormRecord>, Refusal> {
        let form = known.form.as_ref().filter(|_| !known.deleted).ok_or(Refusal::NotFound)?;
        let told = Audit {
            id: context.ids.next_id(),
            entity_type: Entity::Form.as_str(),
            entity_id: form.id.clone(),
            action: "export",
            field_name: None,
            old_value: None,
            new_value: None,
        };
        Ok(Plan { changes: vec![Change::Audit(Box::new(told))], done: form.clone() })
    }
}
