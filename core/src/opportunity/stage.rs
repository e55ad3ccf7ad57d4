//! Moves from stage to stage, and their history (spec O1, O3).

use super::{Opportunity, PipelineStage};
use crate::body::{Members, Reader};
use crate::field::TextBlock;
use crate::id::Id;
use crate::invalid::{Code, Invalid};
use crate::plan::Context;
use crate::problem::Refusal;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// A move that is asked for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageMove {
    /// Where to.
    #[serde(rename = "stage")]
    pub to: PipelineStage,
    /// Why it was lost: wanted for `closed_lost`, refused for others.
    #[serde(default)]
    pub lost_reason: Option<TextBlock<1000>>,
    /// That a closed opportunity is meant to leave its stage.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub reopen: bool,
    /// Why it is reopened, or any other word on the move.
    #[serde(default)]
    pub reason: Option<TextBlock<1000>>,
}

impl StageMove {
    /// Reads a body.
    ///
    /// # Errors
    /// Every refused member; an unknown stage is `unknown_value` (spec O1).
    pub fn parse(members: Members) -> Result<Self, Vec<Invalid>> {
        let mut reader = Reader::new(members);
        let to = reader.required("stage", |text| PipelineStage::parse(text.trim()).ok_or(Code::UnknownValue));
        let lost_reason = reader.optional("lost_reason", TextBlock::parse);
        let reopen = reader.flag("reopen");
        let reason = reader.optional("reason", TextBlock::parse);
        reader.close(&[])?;
        to.map(|to| Self { to, lost_reason, reopen, reason }).ok_or_else(Vec::new)
    }
}

/// The opportunity after a move. A move to the stage where it stands changes nothing.
///
/// Every move sets probability and forecast category to the stage's own. Closing stamps the time and keeps the last open
/// stage; reopening takes both away, and the reason of the loss.
///
/// # Errors
/// [`Refusal::OpportunityClosed`] for a closed one without `reopen`; [`Refusal::Invalid`] where a reason is missing, or
/// `lost_reason` comes with a stage that is not lost.
pub fn change_stage(from: &Opportunity, asked: &StageMove, now: Instant) -> Result<Opportunity, Refusal> {
    let (before, to) = (from.pipeline_stage, asked.to);
    if before == to {
        return Ok(from.clone());
    }
    if before.is_closed() && !asked.reopen {
        return Err(Refusal::OpportunityClosed { pipeline_stage: before });
    }
    let mut errors = Vec::new();
    match (to, &asked.lost_reason) {
        (PipelineStage::ClosedLost, None) => errors.push(Invalid::member("lost_reason", Code::Required)),
        (PipelineStage::ClosedLost, Some(_)) | (_, None) => {}
        (_, Some(_)) => errors.push(Invalid::member("lost_reason", Code::UnknownValue)),
    }
    if before.is_closed() && asked.reason.is_none() {
        errors.push(Invalid::member("reason", Code::Required));
    }
    if !errors.is_empty() {
        return Err(Refusal::Invalid(errors));
    }
    let last_open = if before.is_closed() { from.stage_before_close } else { Some(before) };
    Ok(Opportunity {
        pipeline_stage: to,
        probability: to.probability(),
        probability_by_hand: false,
        forecast_category: to.forecast_category(),
        forecast_by_hand: false,
        lost_reason: asked.lost_reason.clone(),
        closed_at: to.is_closed().then_some(now),
        stage_before_close: last_open.filter(|_| to.is_closed()),
        ..from.clone()
    })
}

/// One entry of an opportunity's stage history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StageEntry {
    /// The entry's id.
    pub id: Id,
    /// Whose history.
    #[serde(skip_serializing)]
    #[cfg_attr(feature = "openapi", schema(ignore))]
    pub opportunity_id: Id,
    /// Where it stood; null where it began.
    pub from_stage: Option<PipelineStage>,
    /// Where it went.
    pub to_stage: PipelineStage,
    /// In percent, after the move.
    #[cfg_attr(feature = "openapi", schema(maximum = 100))]
    pub probability: u8,
    /// Why it was reopened or lost, or what else was said.
    pub reason: Option<TextBlock<1000>>,
    /// Who moved it.
    pub user_id: Option<Id>,
    /// When.
    pub created_at: Instant,
}

impl StageEntry {
    /// The entry of a move that leads to `after`.
    #[must_use]
    pub fn of(
        after: &Opportunity,
        from_stage: Option<PipelineStage>,
        reason: Option<TextBlock<1000>>,
        context: &mut Context<'_>,
    ) -> Self {
        Self {
            id: context.ids.next_id(),
            opportunity_id: after.id.clone(),
            from_stage,
            to_stage: after.pipeline_stage,
            probability: after.probability,
            reason: reason.or_else(|| after.lost_reason.clone()),
            user_id: context.actor.user_id.clone(),
            created_at: context.now,
        }
    }
}
