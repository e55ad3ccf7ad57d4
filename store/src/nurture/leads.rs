//! What nurturing reads: leads with what decides about them, the company's word on its mails, and definitions of sequences.

use crate::statement::{Corrupt, Outcome, Row, Statement, read_first, read_row, read_rows, statement};
use lead_core::id::Id;
use lead_core::nurture::compose::Company;
use lead_core::nurture::facts::NurturedLead;
use lead_core::plan::EnrolmentKey;
use lead_core::sequence::{Definition, Sequence};
use lead_core::time::Instant;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;

/// The leads of the list ?2, hidden ones too. An answer counts from the first enrolment on that still goes on, or
/// whose last mail does: a person may take one up long after all else was over.
const LEADS: &str = "SELECT l.id, l.first_name, l.last_name, l.company_name, l.email, l.email_key, l.country, l.state, l.industry, l.job_title, \
       l.interest_product, l.budget_range, l.authority_level, l.timeline, l.lead_source, l.campaign, l.medium, l.locale, l.lead_owner_id, \
       u.name AS owner_name, CASE WHEN u.is_active THEN u.email END AS owner_email, l.status, l.stage, l.lead_score, l.gdpr_consent, \
       l.dnd_status, l.consent_confirmed_at, l.quarantined_at, l.deleted_at, l.erased_at, l.created_at, \
       l.gdpr_consent = 0 AND EXISTS (SELECT 1 FROM consents c WHERE c.company_id = ?1 AND c.lead_id = l.id AND c.purpose = 'marketing' \
         AND c.state = 'withdrawn') AS withdrawn, \
       (SELECT max(a.occurred_at) FROM activities a INDEXED BY activities_related WHERE a.company_id = ?1 AND a.related_to_id = l.id \
         AND a.occurred_at >= (SELECT min(e.enrolled_at) FROM enrolments e INDEXED BY enrolments_lead WHERE e.company_id = ?1 \
           AND e.lead_id = l.id AND (e.state = 'active' OR (e.state = 'finished' AND EXISTS (SELECT 1 FROM mails m WHERE m.company_id = ?1 \
             AND m.id = e.last_mail_id AND m.state IN ('queued', 'sending'))))) \
         AND a.activity_type = 'email' AND a.direction = 'inbound' AND a.deleted_at IS NULL) AS replied_at \
     FROM json_each(?2) j CROSS JOIN leads l ON l.company_id = ?1 AND l.id = j.value \
     LEFT JOIN users u ON u.company_id = ?1 AND u.id = l.lead_owner_id";

const COMPANY: &str = "SELECT c.id, c.name, s.time_zone, s.mail_name, s.mail_address, s.reply_address, s.postal_address, s.consent, \
       s.double_opt_in, s.lead_alerts, s.track_opens, s.track_clicks, s.updated_at \
     FROM companies c JOIN company_settings s ON s.company_id = c.id AND s.id = c.id WHERE c.id = ?1";

/// The definitions of the enrolments in the list ?2, each once, with what their sequences are called and whether they were deleted.
const REVISIONS_OF_ENROLMENTS: &str = "SELECT r.sequence_id, r.revision, r.definition, s.name, s.deleted_at IS NOT NULL AS is_deleted \
     FROM (SELECT DISTINCT e.sequence_id, e.revision FROM json_each(?2) j CROSS JOIN enrolments e ON e.company_id = ?1 \
         AND e.sequence_id = j.value ->> 'sequence_id' AND e.lead_id = j.value ->> 'lead_id') d \
     CROSS JOIN sequence_revisions r ON r.company_id = ?1 AND r.sequence_id = d.sequence_id AND r.revision = d.revision \
     CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = r.sequence_id";

/// Steps without their templates: which there are, and when. As a text: JSON in a stored definition is text in text.
macro_rules! slim_steps {
    ($steps:literal) => {
        concat!(
            "(SELECT json_group_array(json_object('step_number', value ->> 'step_number', 'delay_days', value ->> 'delay_days', \
               'is_active', json(iif(value ->> 'is_active', 'true', 'false')), 'subject', '', 'body', '', 'body_text', '')) FROM json_each(",
            $steps,
            ")) || ''"
        )
    };
}

/// The active sequences of a company, without templates.
const ACTIVE: &str = concat!(
    "SELECT company_id, id, name, is_active, active_since, revision, trigger_event, score_threshold, to_status, condition, score_max, \
       send_window, daily_cap_per_lead, daily_cap_per_domain, exit_statuses, exit_condition, created_at, updated_at, version, ",
    slim_steps!("steps"),
    " AS steps FROM sequences INDEXED BY sequences_active WHERE company_id = ?1 AND is_active = 1 AND deleted_at IS NULL"
);

/// The definitions by which leads of the list ?2 are in sequences, each once, without templates.
const OF_LEADS: &str = concat!(
    "SELECT r.sequence_id, r.revision, json_set(r.definition, '$.steps', ",
    slim_steps!("r.definition ->> '$.steps'"),
    ") AS definition, s.name, s.deleted_at IS NOT NULL AS is_deleted \
     FROM (SELECT DISTINCT e.sequence_id, e.revision FROM json_each(?2) j CROSS JOIN enrolments e INDEXED BY enrolments_lead \
         ON e.company_id = ?1 AND e.lead_id = j.value WHERE e.state = 'active') d \
     CROSS JOIN sequence_revisions r ON r.company_id = ?1 AND r.sequence_id = d.sequence_id AND r.revision = d.revision \
     CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = r.sequence_id"
);

/// The definitions of the revisions in the list ?2, without templates.
const REVISIONS: &str = concat!(
    "SELECT r.sequence_id, r.revision, json_set(r.definition, '$.steps', ",
    slim_steps!("r.definition ->> '$.steps'"),
    ") AS definition, s.name, s.deleted_at IS NOT NULL AS is_deleted \
     FROM json_each(?2) d CROSS JOIN sequence_revisions r ON r.company_id = ?1 AND r.sequence_id = d.value ->> 'sequence_id' \
       AND r.revision = d.value ->> 'revision' \
     CROSS JOIN sequences s ON s.company_id = ?1 AND s.id = r.sequence_id"
);

/// Where leads of the list ?2 are, or were.
const ENROLMENTS: &str = "SELECT e.sequence_id, e.lead_id, e.id, e.revision, e.state = 'active' AS is_active, e.enrolled_at \
     FROM json_each(?2) j CROSS JOIN enrolments e INDEXED BY enrolments_lead ON e.company_id = ?1 AND e.lead_id = j.value";

/// Every query text of this module with the index it must walk, for the test that explains them.
pub(super) fn explainable() -> [(&'static str, &'static str); 7] {
    [
        (LEADS, "PRIMARY KEY"),
        (COMPANY, "PRIMARY KEY"),
        (REVISIONS_OF_ENROLMENTS, "PRIMARY KEY"),
        (ACTIVE, "sequences_active"),
        (OF_LEADS, "enrolments_lead"),
        (REVISIONS, "PRIMARY KEY"),
        (ENROLMENTS, "enrolments_lead"),
    ]
}

/// A sequence by its id and revision.
pub(super) type RevisionKey = (Id, i64);

/// A definition as it is stored, with its sequence's name.
#[derive(Clone, Debug)]
pub(super) struct Revision {
    pub(super) definition: Definition,
    pub(super) name: String,
    pub(super) is_deleted: bool,
}

/// Where a lead is, or was.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct EnrolmentRow {
    pub(super) sequence_id: Id,
    pub(super) lead_id: Id,
    pub(super) id: Id,
    pub(super) revision: i64,
    #[serde(deserialize_with = "lead_core::stored::flag")]
    pub(super) is_active: bool,
    pub(super) enrolled_at: Instant,
}

impl EnrolmentRow {
    pub(super) fn key(&self) -> EnrolmentKey {
        EnrolmentKey { sequence_id: self.sequence_id.clone(), lead_id: self.lead_id.clone() }
    }
}

pub(crate) fn read(company_id: &Id, leads: &[Id]) -> Statement {
    statement!(LEADS, company_id, json!(leads))
}

/// The leads by their ids. One that cannot be read is left out: it must not stop the others.
pub(crate) fn found(outcome: &Outcome) -> HashMap<Id, NurturedLead> {
    let leads = outcome.rows.iter().filter_map(|row| read_row::<NurturedLead>(row).ok());
    leads.map(|lead| (lead.id.clone(), lead)).collect()
}

pub(super) fn read_company(company_id: &Id) -> Statement {
    statement!(COMPANY, company_id)
}

pub(super) fn company(outcome: &Outcome) -> Result<Company, Corrupt> {
    read_first(&outcome.rows)?.ok_or_else(|| Corrupt("a company without settings".into()))
}

pub(super) fn read_revisions(company_id: &Id, keys: &[RevisionKey]) -> Statement {
    let keys: Value = keys.iter().map(|(id, revision)| json!({ "sequence_id": id, "revision": revision })).collect();
    statement!(REVISIONS, company_id, keys)
}

pub(super) fn read_revisions_of_enrolments(company_id: &Id, keys: &[EnrolmentKey]) -> Statement {
    statement!(REVISIONS_OF_ENROLMENTS, company_id, key_list(keys))
}

/// Enrolments as a list of JSON.
pub(super) fn key_list(keys: &[EnrolmentKey]) -> Value {
    keys.iter().map(|key| json!({ "sequence_id": key.sequence_id, "lead_id": key.lead_id })).collect()
}

pub(super) fn read_revisions_of(company_id: &Id, leads: &[Id]) -> Statement {
    statement!(OF_LEADS, company_id, json!(leads))
}

/// The definitions; one that cannot be read is left out.
pub(super) fn revisions(outcome: &Outcome) -> HashMap<RevisionKey, Revision> {
    #[derive(Deserialize)]
    struct RevisionRow {
        sequence_id: Id,
        revision: i64,
        definition: String,
        name: String,
        #[serde(deserialize_with = "lead_core::stored::flag")]
        is_deleted: bool,
    }
    let read = |row: &Row| {
        let RevisionRow { sequence_id, revision, definition, name, is_deleted } = read_row(row).ok()?;
        let definition = serde_json::from_str(&definition).ok()?;
        Some(((sequence_id, revision), Revision { definition, name, is_deleted }))
    };
    outcome.rows.iter().filter_map(read).collect()
}

pub(super) fn read_active(company_id: &Id) -> Statement {
    statement!(ACTIVE, company_id)
}

pub(super) fn active(outcome: &Outcome) -> Vec<Sequence> {
    outcome.rows.iter().filter_map(|row| read_row(row).ok()).collect()
}

pub(super) fn read_enrolments(company_id: &Id, leads: &[Id]) -> Statement {
    statement!(ENROLMENTS, company_id, json!(leads))
}

pub(super) fn enrolments(outcome: &Outcome) -> Result<Vec<EnrolmentRow>, Corrupt> {
    read_rows(&outcome.rows)
}
