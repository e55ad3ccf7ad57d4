//! What came in through a form, as the API lists it; tests by the company's own people among it (spec F4).

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::TouchEffect;
use crate::page_query::Parameters;
use crate::stored;
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A submission of a form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FormSubmission {
    /// The touch's id, or the test's.
    pub id: Id,
    /// Whether somebody of the company tried the form out: it made no lead and counts nowhere.
    #[serde(deserialize_with = "stored::flag")]
    pub is_test: bool,
    /// The lead that it made or was kept on.
    pub lead_id: Option<Id>,
    /// What it did.
    pub effect: Option<TouchEffect>,
    /// Who tried the form out.
    pub user_id: Option<Id>,
    /// Under which definition it was judged.
    pub form_version: Option<i64>,
    /// The values as given; what the form asked besides the lead's own is in `answers`.
    #[serde(deserialize_with = "stored::json")]
    pub submitted: Value,
    /// 0 to 100.
    pub spam_score: Option<u8>,
    /// When.
    pub created_at: Instant,
}

/// A page of a form's submissions, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionsQuery {
    /// At most so many, 1 to 200.
    pub limit: usize,
    /// Older than this one.
    pub before: Option<Id>,
}

impl SubmissionsQuery {
    /// Reads the pairs of a query string.
    ///
    /// # Errors
    /// Every refused, repeated or unknown parameter, its pointer being `?name`.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, Vec<Invalid>> {
        let mut read = Parameters::new(pairs);
        let limit = read
            .take("limit", Code::NotWholeNumber, |text| text.parse().ok().filter(|limit| (1..=200).contains(limit)));
        let before = read.take("cursor", Code::CursorInvalid, |text| Id::parse(text.strip_prefix("submission.")?));
        read.close().map(|()| Self { limit: limit.unwrap_or(50), before })
    }

    /// The cursor behind this submission.
    #[must_use]
    pub fn cursor(id: &Id) -> String {
        format!("submission.{id}")
    }
}

/// A test to be kept.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFormTest {
    /// Its id.
    pub id: Id,
    /// Of which form.
    pub form_id: Id,
    /// Under which definition it was judged.
    pub form_version: i64,
    /// Whose address was tried, folded.
    pub email_key: String,
    /// The values as given.
    pub submitted: Value,
}
