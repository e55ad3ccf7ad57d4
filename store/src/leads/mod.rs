//! Leads in storage: how a row is read, and the queries over them.

pub mod list;
pub mod near;
pub mod one;
mod row;

pub use row::LeadRow;

/// The columns of a lead, in the order of [`LeadRow`].
macro_rules! lead_columns {
    () => {
        "company_id, id, first_name, last_name, company_name, email, phone, phone_e164, country, attribution, \
         lead_owner_id, assignment, status, stage, fit, engagement, score_raw, lead_score, interest_product, budget_range, \
         authority_level, timeline, industry, state, job_title, message, website, locale, gdpr_consent, dnd_status, \
         opt_in_date, is_duplicate, duplicate_of, matches, spam_score, spam_reasons, validation_status, quarantined_at, \
         created_at, updated_at, contacted_at, converted_at, converted_to_account_id, version"
    };
}
pub(crate) use lead_columns;
