//! A score at a moment of the past: what is stored without what came later (spec S4).

use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::lead::Scoring;
use crate::page_query::Parameters;
use crate::policy::Policy;
use crate::score::{Engagement, Reason};
use crate::time::Instant;
use serde::Serialize;

/// A score as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScoreAt {
    /// Whose.
    pub lead_id: Id,
    /// At which moment.
    pub at: Instant,
    /// The score with its reasons, folded under the rules of today.
    #[serde(flatten)]
    pub scoring: Scoring,
    /// How often each kind of event had counted.
    #[cfg_attr(feature = "openapi", schema(value_type = std::collections::BTreeMap<String, u32>))]
    pub events: Engagement,
}

/// What is stored of a lead's score, and what came after the moment that is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// When the lead came in.
    pub created_at: Instant,
    /// The fit's reasons now.
    pub fit: Vec<Reason>,
    /// How often each kind of event counted until now.
    pub engagement: Engagement,
    /// How often each kind counted after the moment.
    pub later: Engagement,
    /// What the fit was before it first changed after the moment; none where it did not.
    pub fit_then: Option<Vec<Reason>>,
}

/// Reads the pairs of a query string: `at`, or nothing.
///
/// # Errors
/// Every refused, repeated or unknown parameter, its pointer being `?name`.
pub fn parse_at(pairs: &[(String, String)]) -> Result<Option<Instant>, Vec<Invalid>> {
    let mut read = Parameters::new(pairs);
    let at = read.instant("at");
    read.close().map(|()| at)
}

/// The score at this moment.
///
/// # Errors
/// `out_of_range`: the lead was not there yet, or the moment has not come.
pub fn score_at(
    policy: &Policy,
    lead_id: &Id,
    history: History,
    at: Instant,
    now: Instant,
) -> Result<ScoreAt, Vec<Invalid>> {
    if at < history.created_at || at > now {
        return Err(vec![Invalid::at("?at", Code::OutOfRange)]);
    }
    let events = history.engagement.without(&history.later);
    let scoring = Scoring::new(policy, history.fit_then.unwrap_or(history.fit), events.clone());
    Ok(ScoreAt { lead_id: lead_id.clone(), at, scoring, events })
}
