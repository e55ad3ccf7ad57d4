//! Erasing a person (spec R3): who is tied to whom, and every statement that takes values away. A table that holds anything of
//! a person has its statement here; the test that enumerates the schema holds that.

use crate::contacts::contact_columns;
use crate::convert::sorted;
use crate::erase_mails;
use crate::handover::TAKE_VERSIONS;
use crate::records::attempt_column;
use crate::run::Command;
use crate::statement::{Corrupt, Outcome, Statement, read_rows, statement};
use crate::trail;
use lead_core::command::erase::{Erase, Erased, KnownErasure};
use lead_core::entity::Entity;
use lead_core::id::Id;
use lead_core::plan::{Audit, Context, Erasure, Plan};
use lead_core::problem::Refusal;
use serde_json::json;

/// The leads and contacts that conversions tie to one of them, undone conversions included: `person (entity, id)`. ?1 company,
/// ?2 `lead` or `contact`, ?3 id.
macro_rules! person {
    () => {
        "WITH RECURSIVE person (entity, id) AS (SELECT ?2, ?3 \
           UNION SELECT 'contact', l.converted_to_contact_id FROM person p CROSS JOIN leads l ON p.entity = 'lead' AND l.company_id = ?1 \
             AND l.id = p.id WHERE l.converted_to_contact_id IS NOT NULL \
           UNION SELECT 'contact', c.contact_id FROM person p CROSS JOIN conversions c ON p.entity = 'lead' AND c.company_id = ?1 AND c.lead_id = p.id \
           UNION SELECT 'lead', l.id FROM person p CROSS JOIN leads l INDEXED BY leads_contact ON p.entity = 'contact' AND l.company_id = ?1 \
             AND l.converted_to_contact_id = p.id) "
    };
}

const RECORDS: &str = concat!(
    person!(),
    "SELECT 'lead' AS entity, leads.id, leads.created_at, leads.updated_at, leads.version, leads.erased_at IS NOT NULL AS is_erased, \
       leads.status NOT IN ('converted', 'disqualified') AND leads.deleted_at IS NULL AS is_open, NULL AS primary_of, ",
    attempt_column!("leads"),
    " FROM person CROSS JOIN leads ON person.entity = 'lead' AND leads.company_id = ?1 AND leads.id = person.id \
     UNION ALL SELECT 'contact', contacts.id, contacts.created_at, contacts.updated_at, contacts.version, contacts.erased_at IS NOT NULL, 0, \
       CASE WHEN contacts.is_primary_contact = 1 AND contacts.deleted_at IS NULL THEN contacts.account_id END, ",
    attempt_column!("contacts"),
    " FROM person CROSS JOIN contacts ON person.entity = 'contact' AND contacts.company_id = ?1 AND contacts.id = person.id"
);

/// The opportunities that came from a lead of the person, or whose primary contact they are, or were where there is none now:
/// among those of the accounts where they are or were, and those that their conversions made: `deals (id)`. Follows `person`.
macro_rules! deals {
    () => {
        ", held (account) AS (SELECT c.account_id FROM person p CROSS JOIN contacts c ON p.entity = 'contact' AND c.company_id = ?1 AND c.id = p.id \
       UNION SELECT a.old_value FROM person p CROSS JOIN audit_logs a INDEXED BY audit_logs_entity ON p.entity = 'contact' AND a.company_id = ?1 \
         AND a.entity_id = p.id WHERE a.field_name = 'account_id' AND a.old_value IS NOT NULL \
       UNION SELECT l.converted_to_account_id FROM person p CROSS JOIN leads l ON p.entity = 'lead' AND l.company_id = ?1 AND l.id = p.id \
         WHERE l.converted_to_account_id IS NOT NULL), \
     deals (id) AS (SELECT o.id FROM held CROSS JOIN opportunities o INDEXED BY opportunities_account ON o.company_id = ?1 \
         AND o.account_id = held.account WHERE o.lead_id IN (SELECT id FROM person) OR coalesce(o.primary_contact_id, (\
           SELECT a.old_value FROM audit_logs a INDEXED BY audit_logs_entity WHERE a.company_id = ?1 AND a.entity_id = o.id \
             AND a.field_name = 'primary_contact_id' ORDER BY a.id DESC LIMIT 1)) IN (SELECT id FROM person) \
       UNION SELECT c.opportunity_id FROM person p CROSS JOIN conversions c ON p.entity = 'lead' AND c.company_id = ?1 AND c.lead_id = p.id \
         WHERE c.opportunity_id IS NOT NULL) "
    };
}

const DEALS: &str = concat!(
    person!(),
    deals!(),
    "SELECT opportunities.id, opportunities.created_at, opportunities.updated_at, opportunities.version, primary_contact_id, source, \
       (SELECT l.lead_source FROM leads l WHERE l.company_id = ?1 AND l.id = opportunities.lead_id) AS lead_source, ",
    attempt_column!("opportunities"),
    " FROM deals CROSS JOIN opportunities ON opportunities.company_id = ?1 AND opportunities.id = deals.id"
);

const HEIRS: &str = concat!(
    person!(),
    "SELECT ",
    contact_columns!(),
    ", ",
    attempt_column!("contacts"),
    " FROM contacts WHERE company_id = ?1 AND id IN (SELECT (SELECT o.id FROM contacts o INDEXED BY contacts_account WHERE o.company_id = ?1 \
       AND o.account_id = c.account_id AND o.deleted_at IS NULL AND o.id NOT IN (SELECT id FROM person) ORDER BY o.id LIMIT 1) \
     FROM person p CROSS JOIN contacts c ON p.entity = 'contact' AND c.company_id = ?1 AND c.id = p.id \
     WHERE c.is_primary_contact = 1 AND c.deleted_at IS NULL)"
);

const OTHERS: &str = concat!(
    person!(),
    ", keys (email, phone) AS (SELECT l.email_key, l.phone_e164 FROM person p CROSS JOIN leads l ON p.entity = 'lead' AND l.company_id = ?1 AND l.id = p.id \
       UNION SELECT c.email_key, c.phone_e164 FROM person p CROSS JOIN contacts c ON p.entity = 'contact' AND c.company_id = ?1 AND c.id = p.id) \
     SELECT entity, id FROM (SELECT 'lead' AS entity, o.id FROM keys CROSS JOIN leads o INDEXED BY leads_email ON o.company_id = ?1 \
       AND o.email_key = keys.email AND o.erased_at IS NULL WHERE keys.email <> '' LIMIT 20) \
     UNION SELECT entity, id FROM (SELECT 'lead' AS entity, o.id FROM keys CROSS JOIN leads o INDEXED BY leads_phone ON o.company_id = ?1 \
       AND o.phone_e164 = keys.phone AND o.erased_at IS NULL LIMIT 20) \
     UNION SELECT entity, id FROM (SELECT 'contact' AS entity, o.id FROM keys CROSS JOIN contacts o INDEXED BY contacts_email ON o.company_id = ?1 \
       AND o.email_key = keys.email AND o.email_key IS NOT NULL AND o.deleted_at IS NULL LIMIT 20) \
     UNION SELECT entity, id FROM (SELECT 'contact' AS entity, o.id FROM keys CROSS JOIN contacts o INDEXED BY contacts_phone ON o.company_id = ?1 \
       AND o.phone_e164 = keys.phone AND o.phone_e164 IS NOT NULL AND o.deleted_at IS NULL LIMIT 20) \
     EXCEPT SELECT entity, id FROM person"
);

impl Command for Erase {
    type Known = KnownErasure;
    type Done = Erased;

    fn reads(&self, context: &Context<'_>) -> Vec<Statement> {
        let (company, kind) = (&context.company_id, self.entity.as_str());
        [RECORDS, DEALS, HEIRS, OTHERS].map(|sql| statement!(sql, company, kind, &self.id)).to_vec()
    }

    fn known(&self, outcomes: &[Outcome]) -> Result<KnownErasure, Corrupt> {
        let [records, deals, heirs, others] = outcomes else {
            return Err(Corrupt("four outcomes were expected".into()));
        };
        Ok(KnownErasure {
            records: read_rows(&records.rows)?,
            deals: read_rows(&deals.rows)?,
            heirs: read_rows(&heirs.rows)?,
            others: read_rows(&others.rows)?,
        })
    }

    fn decide(&self, known: &KnownErasure, context: &mut Context<'_>) -> Result<Plan<Erased>, Refusal> {
        Erase::decide(self, known, context)
    }
}

/// The same key twice, which collides, where the person has other records or opportunities than those that were read (?4, ?5).
const HOLD: &str = concat!(
    "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) ",
    person!(),
    deals!(),
    "SELECT ?1, ?3, 0, ?6 FROM json_each('[1,2]') WHERE (SELECT json_group_array(id ORDER BY id) FROM person) <> ?4 \
       OR (SELECT json_group_array(id ORDER BY id) FROM deals) <> ?5"
);

/// The versions of the activities that lose words, so that an edit which has read them collides.
const ACTIVITY_VERSIONS: &str = "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) \
     SELECT ?1, a.id, a.version + 1, ?3 FROM json_each(?2) r CROSS JOIN activities a INDEXED BY activities_related ON a.company_id = ?1 \
       AND a.related_to_id = r.value WHERE a.subject IS NOT NULL OR a.notes IS NOT NULL";

/// A first touch that says from which campaign the person came, and nothing else.
macro_rules! campaign_alone {
    () => {
        "json_object('lead_source', attribution ->> '$.lead_source', 'campaign', attribution ->> '$.campaign', \
           'medium', attribution ->> '$.medium', 'attribution_inferred', json(iif(attribution ->> '$.attribution_inferred', 'true', 'false')))"
    };
}

const LEADS: &str = concat!(
    "UPDATE leads SET first_name = '', last_name = '', company_name = '', email = '', phone = '', term = NULL, attribution = ",
    campaign_alone!(),
    ", interest_product = NULL, budget_range = NULL, authority_level = NULL, timeline = NULL, industry = NULL, state = NULL, job_title = NULL, \
     message = NULL, website = NULL, locale = NULL, disqualified_reason = NULL, duplicate_of = NULL, matches = '[]', matches_capped = '[]', \
     email_key = '', email_domain = NULL, phone_e164 = NULL, last_name_key = '', company_key = '', match_slot = id, \
     deleted_at = coalesce(deleted_at, ?3), erased_at = ?3, updated_at = max(updated_at, ?3), version = version + 1 \
     WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2))"
);

const CONTACTS: &str = "UPDATE contacts SET name = '', name_key = '', job_title = NULL, role = NULL, email = NULL, email_key = NULL, phone = NULL, \
     phone_e164 = NULL, preferred_channel = NULL, influence_score = NULL, is_primary_contact = 0, deleted_at = coalesce(deleted_at, ?3), \
     erased_at = ?3, updated_at = max(updated_at, ?3), version = version + 1 \
     WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2))";

/// An opportunity stays, for the pipeline and the forecast; what people wrote into it goes, and whom it names of ?4. Those of ?5
/// lose their source too.
const OPPORTUNITIES: &str = "UPDATE opportunities SET name = 'Erased', name_key = 'erased', lost_reason = NULL, \
     primary_contact_id = CASE WHEN primary_contact_id NOT IN (SELECT value FROM json_each(?4)) THEN primary_contact_id END, \
     source = CASE WHEN id NOT IN (SELECT value FROM json_each(?5)) THEN source END, updated_at = max(updated_at, ?3), \
     version = version + 1 WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2))";

const STAGES: &str = "UPDATE opportunity_stages SET reason = NULL WHERE company_id = ?1 AND opportunity_id IN (SELECT value FROM json_each(?2))";

/// The idempotency key and the digest are made of the values or of the caller's own: they go too.
const TOUCHES: &str = concat!(
    "UPDATE touches INDEXED BY touches_lead SET idem_key = 'erased:' || id, digest = '', submitted = '{}', attribution = ",
    campaign_alone!(),
    " WHERE company_id = ?1 AND lead_id IN (SELECT value FROM json_each(?2))"
);

/// What people of the company tried a form with, before the addresses are gone by which it is found.
const FORM_TESTS: &str = "UPDATE form_tests INDEXED BY form_tests_email SET email_key = '', submitted = '{}' WHERE company_id = ?1 AND email_key IN (\
       SELECT email_key FROM leads WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND email_key <> '' \
       UNION ALL SELECT email_key FROM contacts WHERE company_id = ?1 AND id IN (SELECT value FROM json_each(?2)) AND email_key <> '')";

const QUALIFICATIONS: &str =
    "UPDATE qualifications SET answers = '{}' WHERE company_id = ?1 AND lead_id IN (SELECT value FROM json_each(?2))";

/// The trail stands; of its values only those stay that name nobody: states, instants, ids.
const TRAIL: &str = "UPDATE audit_logs INDEXED BY audit_logs_entity SET old_value = NULL, new_value = NULL WHERE company_id = ?1 AND entity_id IN (\
       SELECT value FROM json_each(?2) UNION ALL SELECT a.id FROM json_each(?2) r CROSS JOIN activities a INDEXED BY activities_related \
         ON a.company_id = ?1 AND a.related_to_id = r.value) \
     AND (old_value IS NOT NULL OR new_value IS NOT NULL) AND coalesce(field_name, '') NOT IN ('status', 'stage', 'lead_score', 'policy_version', 'lead_owner_id', 'assignment', 'owner_id', \
       'account_id', 'primary_contact_id', 'deal_value', 'currency', 'pipeline_stage', 'probability', 'probability_by_hand', 'forecast_category', \
       'forecast_by_hand', 'close_date', 'closed_at', 'stage_before_close', 'is_primary_contact', 'validation_status', 'gdpr_consent', 'dnd_status', 'opt_in_date', 'consent_confirmed_at', 'is_duplicate', 'quarantined_at', \
       'contacted_at', 'converted_at', 'converted_to_account_id', 'converted_to_contact_id', 'converted_to_opportunity_id', 'deleted_at', \
       'occurred_at', 'follow_up_at', 'follow_up_done_at', 'outcome')";

/// What the person's own requests told about them: by a form, or by a link of a mail.
const VISITS: &str = "UPDATE audit_logs INDEXED BY audit_logs_entity SET ip_address = NULL, user_agent = NULL WHERE company_id = ?1 \
     AND entity_id IN (SELECT value FROM json_each(?2) \
       UNION ALL SELECT a.id FROM json_each(?2) r CROSS JOIN activities a INDEXED BY activities_related ON a.company_id = ?1 \
         AND a.related_to_id = r.value \
       UNION ALL SELECT e.id FROM json_each(?2) r CROSS JOIN enrolments e INDEXED BY enrolments_lead ON e.company_id = ?1 \
         AND e.lead_id = r.value) AND user_id IS NULL AND (ip_address IS NOT NULL OR user_agent IS NOT NULL)";

const ACTIVITIES: &str = "UPDATE activities INDEXED BY activities_related SET subject = NULL, notes = NULL, updated_at = max(updated_at, ?3), \
     version = version + 1 WHERE company_id = ?1 AND related_to_id IN (SELECT value FROM json_each(?2)) \
     AND (subject IS NOT NULL OR notes IS NOT NULL)";

/// The statements of an erasure: what was read still holds, locks, rows, what is tied to them, and a row of the trail for each
/// record.
pub(crate) fn erase(erasure: &Erasure, context: &Context<'_>) -> Vec<Statement> {
    let Erasure { entity, id, people, records, free_sources, attempt_id } = erasure;
    let company = &context.company_id;
    let deals = records.iter().filter(|record| record.entity == Entity::Opportunity).map(|record| record.id.clone());
    let deals: Vec<Id> = deals.collect();
    let versions: Vec<_> = records.iter().map(|record| json!({ "id": record.id, "version": record.version })).collect();
    let ids = json!(records.iter().map(|record| &record.id).collect::<Vec<_>>());
    let mut out = vec![
        statement!(HOLD, company, entity.as_str(), id, sorted(people), sorted(&deals), attempt_id),
        statement!(TAKE_VERSIONS, company, json!(versions), attempt_id),
        statement!(ACTIVITY_VERSIONS, company, ids.clone(), attempt_id),
    ];
    out.push(statement!(FORM_TESTS, company, ids.clone()));
    out.extend([LEADS, CONTACTS, ACTIVITIES].map(|sql| statement!(sql, company, ids.clone(), context.now)));
    out.push(statement!(OPPORTUNITIES, company, ids.clone(), context.now, json!(people), json!(free_sources)));
    out.extend([TOUCHES, QUALIFICATIONS, STAGES, TRAIL, VISITS].map(|sql| statement!(sql, company, ids.clone())));
    out.extend(erase_mails::statements(&ids, context));
    out.extend(records.iter().map(|record| {
        let erased = Audit {
            id: record.audit_id.clone(),
            entity_type: record.entity.as_str(),
            entity_id: record.id.clone(),
            action: "erase",
            field_name: None,
            old_value: None,
            new_value: None,
        };
        trail::insert(&erased, context)
    }));
    out
}
