//! Opportunities: what is for sale to an account, for how much, how likely and when (spec O).

mod forecast;
mod month;
mod pipeline;
mod query;
mod record;
mod stage;
#[cfg(test)]
mod tests;
mod totals;

pub use forecast::{Bucket, CategoryTotals, Forecast, ForecastMonth, ForecastQuery, MonthGroup};
pub use month::Month;
pub use pipeline::{OwnerTotals, Pipeline, PipelineQuery, StageGroup, StageTotals};
pub use query::OpportunityQuery;
pub use record::{Deal, NewOpportunity, Opportunity, OpportunityBody, Price, default_close_date};
pub use stage::{StageEntry, StageMove, change_stage};
pub use totals::{Sums, Totals};

use crate::policy::named;

named! {
    /// How far a sale has come (seed, Step 7.2).
    PipelineStage {
        /// Somebody may want something.
        Prospect = "prospect",
        /// They do.
        Qualified = "qualified",
        /// They have our offer.
        ProposalSent = "proposal_sent",
        /// They talk about it.
        Negotiation = "negotiation",
        /// They bought.
        ClosedWon = "closed_won",
        /// They did not.
        ClosedLost = "closed_lost",
    }
}

named! {
    /// How firmly a sale is counted on (seed, Step 1.4).
    ForecastCategory {
        /// As good as done.
        Commit = "commit",
        /// More likely than not.
        MostLikely = "most_likely",
        /// If all goes well.
        BestCase = "best_case",
        /// Only if nothing else comes.
        WorstCase = "worst_case",
        /// Not counted on.
        Uncounted = "none",
    }
}

/// Each stage's probability in percent and forecast category (spec O1, O2).
const STAGES: [(PipelineStage, u8, ForecastCategory); 6] = [
    (PipelineStage::Prospect, 10, ForecastCategory::BestCase),
    (PipelineStage::Qualified, 25, ForecastCategory::BestCase),
    (PipelineStage::ProposalSent, 50, ForecastCategory::MostLikely),
    (PipelineStage::Negotiation, 75, ForecastCategory::Commit),
    (PipelineStage::ClosedWon, 100, ForecastCategory::Commit),
    (PipelineStage::ClosedLost, 0, ForecastCategory::Uncounted),
];

impl PipelineStage {
    const fn row(self) -> (Self, u8, ForecastCategory) {
        STAGES[self as usize]
    }

    /// In percent, unless set by hand (spec O1).
    #[must_use]
    pub const fn probability(self) -> u8 {
        self.row().1
    }

    /// Unless set by hand (spec O2).
    #[must_use]
    pub const fn forecast_category(self) -> ForecastCategory {
        self.row().2
    }

    /// Whether the sale is over, either way.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::ClosedWon | Self::ClosedLost)
    }
}
