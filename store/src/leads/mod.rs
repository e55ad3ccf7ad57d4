//! Leads in storage: how a row is read, and the queries over them.

pub mod bulk;
pub mod edit;
pub mod list;
pub mod near;
pub mod one;
mod row;

pub use row::LeadRow;

/// The columns of a lead for [`LeadRow`], without the ids of other rows that the caller may not see; `$owners` and
/// `$unowned` are the parameters of `visible`. A contact or an account shows by `known_customer` alone.
macro_rules! lead_columns {
    ($owners:literal, $unowned:literal) => {
        concat!(
            $crate::leads::own_columns!(),
            ", CASE WHEN leads.duplicate_of IS NULL OR ", $owners, " IS NULL OR EXISTS (SELECT 1 FROM leads o WHERE o.company_id = ?1 \
             AND o.id = leads.duplicate_of AND ", $crate::visible::visible!("o.lead_owner_id", $owners, $unowned), ") THEN leads.duplicate_of END \
             AS duplicate_of, \
             CASE WHEN matches = '[]' OR ", $owners, " IS NULL THEN matches ELSE (SELECT json_group_array(json(m.value)) \
             FROM json_each(matches) m WHERE EXISTS (SELECT 1 FROM leads o WHERE o.company_id = ?1 AND o.id = m.value ->> 'id' AND ",
            $crate::visible::visible!("o.lead_owner_id", $owners, $unowned), ")) END AS matches, \
             EXISTS (SELECT 1 FROM json_each(matches) m WHERE m.value ->> 'entity' <> 'lead') AS known_customer"
        )
    };
}
pub(crate) use lead_columns;

/// The columns that are a lead's own.
macro_rules! own_columns {
    () => {
        "company_id, id, first_name, last_name, company_name, email, phone, phone_e164, country, attribution, \
         lead_owner_id, assignment, status, stage, fit, engagement, score_raw, lead_score, interest_product, budget_range, \
         authority_level, timeline, industry, state, job_title, message, website, locale, gdpr_consent, dnd_status, \
         opt_in_date, consent_confirmed_at, is_duplicate, matches_capped, spam_score, spam_reasons, validation_status, quarantined_at, \
         created_at, updated_at, contacted_at, converted_at, converted_to_account_id, converted_to_contact_id, \
         converted_to_opportunity_id, disqualified_reason, deleted_at, version"
    };
}
pub(crate) use own_columns;
