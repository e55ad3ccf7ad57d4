//! A step as a lead would get it, for whoever writes it (spec E4).

use super::{Definition, Recipient, Sender};
use crate::body::{Members, Reader};
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::template::{Letter, Rendered, Templates};
use serde::Serialize;

/// Which step is to be seen, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRequest {
    /// The step's number.
    pub step_number: u32,
    /// The lead; nobody in particular where absent.
    pub lead_id: Option<Id>,
}

/// A step as it is rendered for a lead. Its links are as they were written, and whatever unsubscribes does nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    /// The subject.
    pub subject: String,
    /// The HTML, a whole document.
    pub body: String,
    /// The plain text.
    pub body_text: String,
}

impl PreviewRequest {
    /// Reads `step_number` and `lead_id`.
    ///
    /// # Errors
    /// Every refused member.
    pub fn parse(members: Members, needs_lead: bool) -> Result<Self, Vec<Invalid>> {
        let mut read = Reader::new(members);
        let step_number =
            read.whole("step_number", 1..=i64::from(u32::MAX)).and_then(|number| u32::try_from(number).ok());
        let lead_id = read.id("lead_id");
        for (name, missing) in [("step_number", step_number.is_none()), ("lead_id", needs_lead && lead_id.is_none())] {
            if missing && !read.refused(name) {
                read.refuse(name, Code::Required);
            }
        }
        read.close(&[])?;
        step_number.map(|step_number| Self { step_number, lead_id }).ok_or_else(Vec::new)
    }
}

impl Definition {
    /// The step of this number as this lead would get it.
    ///
    /// # Errors
    /// There is no such step; or its templates, saved under older rules, are refused by today's.
    pub fn preview(
        &self,
        step_number: u32,
        to: &Recipient,
        from: &Sender,
        unsubscribe_url: &str,
    ) -> Result<Preview, Vec<Invalid>> {
        let index = self.steps.iter().position(|step| step.step_number == step_number);
        let found = index.and_then(|index| Some((index, self.steps.get(index)?)));
        let (index, step) = found.ok_or_else(|| vec![Invalid::member("step_number", Code::UnknownReference)])?;
        let at = format!("/steps/{index}");
        let templates = Templates::parse(&at, &step.subject, &step.body, &step.body_text)?;
        let values = to.values(from, Some(unsubscribe_url));
        let Rendered { subject, body, body_text, .. } =
            templates.render(&Letter { values: &values, sign: None, pixel: None });
        Ok(Preview { subject, body, body_text })
    }
}
