//! Opportunities: one, lists, commands, pipeline and forecast.

mod command;
pub mod list;
pub mod one;
pub mod totals;
mod unname;

pub(crate) use unname::unname;

/// The columns of an opportunity.
macro_rules! opportunity_columns {
    () => {
        "opportunities.id, opportunities.company_id, account_id, primary_contact_id, name, source, deal_value, currency, pipeline_stage, \
         probability, probability_by_hand, forecast_category, forecast_by_hand, close_date, owner_id, lead_id, lost_reason, closed_at, \
         stage_before_close, created_at, updated_at, opportunities.version"
    };
}
use opportunity_columns;
