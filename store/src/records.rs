//! The tables of records that are inserted and edited column by column, each with its static texts.
//!
//! A record is inserted from one JSON parameter, and an edit is one statement a field, so that a field that stays costs
//! nothing and only indexes of what changed are written.

use crate::trail::changes;
use lead_core::entity::Entity;

/// The texts of one table.
pub(crate) struct Table {
    /// `?1` company, `?2` id, `?3` now, `?4` JSON of the columns.
    pub(crate) insert: &'static str,
    /// The trail of changes that are about to be made: `?1` company, `?2` id, `?3` JSON of `[audit id, column, new value]`, `?4` kind
    /// of record, `?5` action, `?6` who.
    pub(crate) trail: &'static str,
    /// Sets one column: `?1` company, `?2` id, `?3` value.
    pub(crate) set: fn(&str) -> Option<&'static str>,
    /// Raises the version: `?1` company, `?2` id, `?3` version, `?4` now.
    pub(crate) stamp: &'static str,
}

/// A table by its columns; those that every record has (company, id, stamp) are understood.
macro_rules! table {
    ($table:literal: $($column:literal)*) => {{
        fn set(column: &str) -> Option<&'static str> {
            match column {
                $($column => Some(concat!("UPDATE ", $table, " SET ", $column, " = ?3 WHERE company_id = ?1 AND id = ?2")),)*
                _ => None,
            }
        }
        Table {
            insert: concat!(
                "INSERT INTO ", $table, " (company_id, id, created_at, updated_at", $(", ", $column,)* ") \
                 SELECT ?1, ?2, ?3, ?3", $(", ?4 ->> '$.", $column, "'",)* ""
            ),
            trail: concat!(
                "WITH told AS (SELECT value ->> 0 AS audit_id, ?2 AS entity_id, value ->> 1 AS field_name, CASE value ->> 1",
                $(" WHEN '", $column, "' THEN ", $table, ".", $column,)*
                " END AS old_value, value ->> 2 AS new_value \
                 FROM ", $table, " CROSS JOIN json_each(?3) WHERE ", $table, ".company_id = ?1 AND ", $table, ".id = ?2)",
                changes!("?4", "?5", "?6")
            ),
            set,
            stamp: concat!(
                "UPDATE ", $table, " SET version = ?3, updated_at = max(updated_at, ?4) WHERE company_id = ?1 AND id = ?2"
            ),
        }
    }};
}

/// The table of this kind of record; `None` for kinds that have statements of their own.
pub(crate) fn table(entity: Entity) -> Option<&'static Table> {
    const LEADS: Table = table!("leads":
        "first_name" "last_name" "company_name" "email" "phone" "country" "lead_source" "campaign" "medium" "term" "attribution"
        "lead_owner_id" "assignment" "status" "stage" "interest_product" "budget_range" "authority_level" "timeline" "industry"
        "state" "job_title" "message" "website" "locale" "gdpr_consent" "dnd_status" "opt_in_date" "consent_confirmed_at" "is_duplicate" "duplicate_of"
        "matches" "spam_score" "spam_reasons" "validation_status" "quarantined_at" "email_key" "email_domain" "phone_e164"
        "last_name_key" "company_key" "match_slot" "contacted_at" "converted_at" "converted_to_account_id"
        "converted_to_contact_id" "converted_to_opportunity_id" "disqualified_reason" "deleted_at" "erased_at");
    const ACCOUNTS: Table = table!("accounts":
        "name" "company_key" "domain" "account_owner_id" "account_type" "industry" "company_size" "annual_revenue" "gstin"
        "health_score" "lifecycle_stage" "is_active" "deleted_at");
    const CONTACTS: Table = table!("contacts":
        "account_id" "name" "name_key" "job_title" "role" "email" "email_key" "phone" "phone_e164" "preferred_channel"
        "influence_score" "is_primary_contact" "deleted_at" "erased_at");
    const OPPORTUNITIES: Table = table!("opportunities":
        "account_id" "primary_contact_id" "name" "name_key" "source" "deal_value" "currency" "pipeline_stage" "probability"
        "probability_by_hand" "forecast_category" "forecast_by_hand" "close_date" "owner_id" "lead_id" "lost_reason" "closed_at"
        "stage_before_close" "deleted_at");
    const ACTIVITIES: Table = table!("activities":
        "related_to_type" "related_to_id" "account_id" "activity_type" "event" "direction" "subject" "notes" "outcome" "owner_id"
        "occurred_at" "follow_up_at" "follow_up_done_at" "deleted_at");
    const USERS: Table = table!("users":
        "name" "email" "email_key" "role" "manager_id" "is_active" "absent_until" "capacity");
    const POOLS: Table = table!("pools": "name" "is_default" "members" "deleted_at");
    const TERRITORIES: Table = table!("territories":
        "name" "pool_id" "position" "countries" "states" "industries" "deleted_at");
    const SETTINGS: Table = table!("company_settings":
        "time_zone" "mail_name" "mail_address" "reply_address" "postal_address" "consent" "double_opt_in" "lead_alerts"
        "track_opens" "track_clicks");
    const SEQUENCES: Table = table!("sequences":
        "name" "is_active" "active_since" "revision" "trigger_event" "score_threshold" "to_status" "condition" "score_max"
        "send_window" "daily_cap_per_lead" "daily_cap_per_domain" "exit_statuses" "exit_condition" "steps" "deleted_at");
    const FORMS: Table = table!("forms":
        "form_key" "name" "allowed_origins" "redirect_hosts" "country" "is_active" "definition" "definition_version" "deleted_at");
    match entity {
        Entity::Lead => Some(&LEADS),
        Entity::Account => Some(&ACCOUNTS),
        Entity::Contact => Some(&CONTACTS),
        Entity::Opportunity => Some(&OPPORTUNITIES),
        Entity::Activity => Some(&ACTIVITIES),
        Entity::User => Some(&USERS),
        Entity::Pool => Some(&POOLS),
        Entity::Territory => Some(&TERRITORIES),
        Entity::Settings => Some(&SETTINGS),
        Entity::Sequence => Some(&SEQUENCES),
        Entity::Form => Some(&FORMS),
        Entity::ApiKey | Entity::Session | Entity::Company | Entity::Enrolment | Entity::Mail | Entity::Suppression => {
            None
        }
    }
}

/// Whether a column is a key for matching, made of audited ones, or stands to the letter in rows of its own, as a sequence's
/// steps in its revisions and a form's definition in its versions: it is written and not audited (spec R3).
pub(crate) fn is_derived(column: &str) -> bool {
    ["email_domain", "phone_e164", "match_slot", "steps", "definition"].contains(&column) || column.ends_with("_key")
}

/// The column of the attempt that wrote a record's version, for [`lead_core::entity::Stamp`]; `$table` is the alias.
macro_rules! attempt_column {
    ($table:literal) => {
        concat!(
            "(SELECT v.attempt_id FROM entity_versions v WHERE v.company_id = ",
            $table,
            ".company_id AND v.entity_id = ",
            $table,
            ".id AND v.version = ",
            $table,
            ".version) AS attempt_id"
        )
    };
}
pub(crate) use attempt_column;
