//! Change to statement.

use crate::convert;
use crate::erase::erase;
use crate::form_submissions;
use crate::forms;
use crate::handover;
use crate::keys;
use crate::mail_back;
use crate::mails;
use crate::nurture;
use crate::opportunities;
use crate::qualify;
use crate::records::{is_derived, table};
use crate::require::require;
use crate::routing;
use crate::score;
use crate::sequences;
use crate::sign_in;
use crate::statement::{Corrupt, Outcome, Statement, Value, read_row, statement};
use crate::trail::{self, changes};
use lead_core::consent::{Consent, ConsentState, Purpose};
use lead_core::edit::{Edit, FieldChange, NewRecord};
use lead_core::entity::Entity;
use lead_core::field::TextBlock;
use lead_core::id::Id;
use lead_core::lead::Assigned;
use lead_core::opportunity::{PipelineStage, StageEntry};
use lead_core::plan::{Audit, Change, Context, NewLead, NewTouch};
use lead_core::stored;
use serde::Deserialize;
use serde_json::json;

/// The statements that write these changes, in order; a change may take two.
#[must_use]
pub fn statements(changes: &[Change], context: &Context<'_>) -> Vec<Statement> {
    let mut out = Vec::with_capacity(changes.len() + 1);
    for change in changes {
        match change {
            Change::TakeTurn { lead_id, pool_id } => {
                out.push(routing::take_turn(&context.company_id, lead_id, pool_id));
            }
            Change::InsertLead(new) => out.push(insert_lead(new, context)),
            Change::InsertTouch(touch) => out.push(insert_touch(touch, context)),
            Change::CountEvent(event) => out.extend(score::count_event(event, context)),
            Change::Refit(refit) => out.extend(score::refit(refit, context)),
            Change::RecordConsent(consent) => out.extend(record_consent(consent, context)),
            Change::Load { lead_id, delta } => out.push(routing::load(&context.company_id, lead_id, *delta)),
            Change::Recount { user_id } => out.push(routing::recount(&context.company_id, user_id)),
            Change::Reroute { version, attempt_id } => {
                out.push(statement!(TAKE_VERSION, &context.company_id, routing::NAME, version + 1, attempt_id));
                out.push(routing::reroute(&context.company_id, version + 1));
            }
            Change::InsertKey(new) => out.push(keys::insert(new)),
            Change::RevokeKey { id, audit_id } => out.extend(keys::revoke(id, audit_id, context)),
            Change::SignOut { user_id, but } => out.extend(sign_in::sign_out(user_id, but.as_ref(), context)),
            Change::HandOver(change) => out.extend(handover::statements(change, context)),
            Change::Audit(audit) => out.push(trail::insert(audit, context)),
            Change::RecordStage(entry) => out.push(record_stage(entry, context)),
            Change::Insert(record) => out.extend(insert_record(record, context)),
            Change::Edit(edit) => out.extend(edit_record(edit, context)),
            Change::Unname(unname) => out.extend(opportunities::unname(unname, context)),
            Change::Erase(erasure) => out.extend(erase(erasure, context)),
            Change::Require(condition) => out.push(require(condition, context)),
            Change::Suppress(suppress) => out.extend(mail_back::suppress(suppress, context)),
            Change::Lift(lift) => out.extend(mail_back::lift(lift, context)),
            Change::KeepMailEvent(event) => out.push(mail_back::keep_event(event, context)),
            Change::AskOptIn(asked) => out.push(mail_back::ask(asked, context)),
            Change::ConfirmOptIn(confirmed) => out.extend(mail_back::confirm(confirmed, context)),
            Change::Qualify(kept) => out.push(qualify::insert(kept, context)),
            Change::Convert(new) => out.push(convert::insert(new, context)),
            Change::KeepFormVersion(version) => out.push(forms::keep(version, context)),
            Change::KeepFormTest(test) => out.push(form_submissions::keep_test(test, context)),
            Change::Revise(revision) => out.push(sequences::revise(revision, context)),
            Change::MoveEnrolments(moved) => out.extend(sequences::move_enrolled::statements(moved, context)),
            Change::UndoConversion { lead_id, id } => out.push(convert::undo(lead_id, id, context)),
            Change::Hold { lead_id, version, hold } => out.push(convert::hold(lead_id, *version, hold, context)),
            Change::EnrolLeads(enrolments) => out.extend(nurture::changes::enrol(enrolments, context)),
            Change::Leave(endings) => out.extend(nurture::changes::leave(endings, context)),
            Change::MoveOn(moved) => out.extend(nurture::changes::move_on(moved, context)),
            Change::QueueMails(mails) => out.extend(nurture::changes::queue(mails, context)),
            Change::SettleMail(settled) => out.extend(mails::settle(settled, context)),
        }
    }
    out
}

/// The owner whose turn it is: the turns that were taken `mod n` of the eligible, or the only one, or nobody.
/// `$eligible`, `$company`, `$pool` are parameters.
macro_rules! owner_by_turn {
    ($eligible:literal, $company:literal, $pool:literal) => {
        concat!(
            "json_extract(",
            $eligible,
            ", '$[' || (coalesce((SELECT turns ->> ",
            $pool,
            " FROM rounds WHERE company_id = ",
            $company,
            "), 0) % json_array_length(",
            $eligible,
            ")) || ']')"
        )
    };
}

/// The stored reason of an assignment: the rule with its pool and the turn that the batch takes next.
macro_rules! assignment_with_turn {
    ($rule:literal, $company:literal, $pool:literal) => {
        concat!(
            "json_set(",
            $rule,
            ", '$.pool_id', ",
            $pool,
            ", '$.turn', (SELECT iif(",
            $pool,
            " IS NULL, NULL, coalesce(turns ->> ",
            $pool,
            ", 0) + 1) FROM rounds WHERE company_id = ",
            $company,
            "))"
        )
    };
}

const INSERT_LEAD: &str = concat!(
    "INSERT INTO leads (company_id, id, first_name, last_name, company_name, email, phone, country, lead_source, campaign, \
     medium, term, attribution, lead_owner_id, assignment, status, stage, fit, engagement, score_raw, lead_score, \
     policy_version, interest_product, budget_range, authority_level, timeline, industry, state, job_title, message, \
     website, locale, gdpr_consent, dnd_status, opt_in_date, is_duplicate, duplicate_of, matches, spam_score, \
     spam_reasons, validation_status, quarantined_at, email_key, email_domain, phone_e164, last_name_key, company_key, \
     created_at, updated_at, matches_capped) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ",
    owner_by_turn!("?14", "?1", "?15"),
    ", ",
    assignment_with_turn!("?16", "?1", "?15"),
    ", ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, 0, ?35, ?36, ?37, ?38, ?39, \
     ?40, ?41, ?42, ?43, ?44, ?45, ?46, ?47, ?48, ?48, ?49) RETURNING lead_owner_id, assignment"
);

fn insert_lead(new: &NewLead, context: &Context<'_>) -> Statement {
    let NewLead { lead, keys, handover } = new;
    let from = &lead.attribution;
    let scoring = &lead.scoring;
    statement!(
        INSERT_LEAD,
        &context.company_id,
        &lead.id,
        &lead.first_name,
        &lead.last_name,
        &lead.company_name,
        &lead.email,
        &lead.phone,
        &lead.country,
        &from.lead_source,
        &from.campaign,
        from.medium.as_ref(),
        from.term.as_ref(),
        json!(from),
        json!(handover.eligible),
        handover.pool_id.as_ref(),
        handover.why.as_ref().map(|why| json!(why)),
        lead.status.as_str(),
        lead.stage.as_str(),
        json!(scoring.fit),
        json!(scoring.engagement),
        scoring.score_raw,
        scoring.lead_score,
        &scoring.policy_version,
        lead.interest_product.as_ref(),
        lead.budget_range.as_ref(),
        lead.authority_level.as_ref(),
        lead.timeline.as_ref(),
        lead.industry.as_ref(),
        lead.state.as_ref(),
        lead.job_title.as_ref(),
        lead.message.as_ref(),
        lead.website.as_ref(),
        lead.locale.as_ref(),
        lead.gdpr_consent,
        lead.opt_in_date,
        lead.is_duplicate,
        lead.duplicate_of.as_ref(),
        lead.matches.clone(),
        lead.spam_score,
        json!(lead.spam_reasons),
        lead.validation_status.as_str(),
        lead.quarantined_at,
        &keys.email,
        keys.email_domain.as_ref(),
        keys.phone.as_ref(),
        &keys.last_name,
        &keys.company,
        lead.created_at,
        json!(lead.matches_capped),
    )
}

const INSERT_TOUCH: &str = "INSERT INTO touches (company_id, idem_key, id, lead_id, form_id, user_id, attempt_id, digest, \
     effect, attribution, submitted, spam_score, spam_reasons, created_at, form_version, filled_at) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";

fn insert_touch(touch: &NewTouch, context: &Context<'_>) -> Statement {
    statement!(
        INSERT_TOUCH,
        &context.company_id,
        &touch.idem_key,
        &touch.id,
        &touch.lead_id,
        context.actor.form_id.as_ref(),
        context.actor.user_id.as_ref(),
        &touch.attempt_id,
        &touch.digest,
        touch.effect.as_str(),
        json!(touch.attribution),
        touch.submitted.clone(),
        touch.spam_score,
        json!(touch.spam_reasons),
        context.now,
        touch.form_version,
        touch.filled_at,
    )
}

const INSERT_CONSENT: &str = "INSERT INTO consents (company_id, lead_id, id, purpose, state, text, text_hash, text_version, \
     locale, source, touch_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)";

/// What a lead shows of its ledger, which the row just written is the newest of, and when it began to.
const TRAIL_CONSENT: &str = concat!(
    "WITH told AS (SELECT ?5 AS audit_id, id AS entity_id, 'gdpr_consent' AS field_name, gdpr_consent AS old_value, CAST(?3 AS INTEGER) AS new_value \
         FROM leads WHERE company_id = ?1 AND id = ?2 \
       UNION ALL SELECT ?6, id, 'opt_in_date', opt_in_date, CAST(?4 AS INTEGER) FROM leads WHERE company_id = ?1 AND id = ?2 AND gdpr_consent <> ?3 \
       UNION ALL SELECT ?7, id, 'consent_confirmed_at', consent_confirmed_at, NULL FROM leads WHERE company_id = ?1 AND id = ?2 \
         AND gdpr_consent <> ?3)",
    changes!("'lead'", "'update'", "?8")
);

const SHOW_CONSENT: &str = "UPDATE leads SET gdpr_consent = ?3, opt_in_date = ?4, consent_confirmed_at = NULL, updated_at = max(updated_at, ?5) \
     WHERE company_id = ?1 AND id = ?2 AND gdpr_consent <> ?3";

const TRAIL_DND: &str = concat!(
    "WITH told AS (SELECT ?4 AS audit_id, id AS entity_id, 'dnd_status' AS field_name, dnd_status AS old_value, CAST(?3 AS INTEGER) AS new_value \
         FROM leads WHERE company_id = ?1 AND id = ?2)",
    changes!("'lead'", "'update'", "?5")
);

const SHOW_DND: &str = "UPDATE leads SET dnd_status = ?3, updated_at = max(updated_at, ?4) \
     WHERE company_id = ?1 AND id = ?2 AND dnd_status <> ?3";

fn record_consent(consent: &Consent, context: &Context<'_>) -> Vec<Statement> {
    let company = &context.company_id;
    let mut out = vec![statement!(
        INSERT_CONSENT,
        company,
        &consent.lead_id,
        &consent.id,
        consent.purpose.as_str(),
        consent.state.as_str(),
        &consent.text.text,
        consent.text.hash(),
        &consent.text.version,
        consent.locale.as_ref(),
        &consent.source,
        consent.touch_id.as_ref(),
        consent.at,
    )];
    out.extend(consent.shown.iter().flat_map(|shown| show_consent(consent, shown, context)));
    // A lead that is made with its consent is in no sequence yet.
    if consent.shown.is_some() && consent.purpose == Purpose::Marketing && consent.state == ConsentState::Given {
        out.extend(nurture::changes::wake(&consent.lead_id, context));
    }
    out
}

fn show_consent(consent: &Consent, [word, date, confirmation]: &[Id; 3], context: &Context<'_>) -> [Statement; 2] {
    let given = consent.state == ConsentState::Given;
    let (company, lead, who) = (&context.company_id, &consent.lead_id, trail::who(context));
    match consent.purpose {
        Purpose::Marketing => {
            let at = given.then_some(consent.at);
            [
                statement!(TRAIL_CONSENT, company, lead, given, at, word, date, confirmation, who),
                statement!(SHOW_CONSENT, company, lead, given, at, context.now),
            ]
        }
        Purpose::DoNotDisturb => [
            statement!(TRAIL_DND, company, lead, given, word, who),
            statement!(SHOW_DND, company, lead, given, context.now),
        ],
    }
}

const TAKE_VERSION: &str =
    "INSERT INTO entity_versions (company_id, entity_id, version, attempt_id) VALUES (?1, ?2, ?3, ?4)";

const INSERT_STAGE: &str = "INSERT INTO opportunity_stages (company_id, opportunity_id, id, from_stage, to_stage, probability, reason, \
     user_id, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

fn record_stage(entry: &StageEntry, context: &Context<'_>) -> Statement {
    statement!(
        INSERT_STAGE,
        &context.company_id,
        &entry.opportunity_id,
        &entry.id,
        entry.from_stage.map(PipelineStage::as_str),
        entry.to_stage.as_str(),
        entry.probability,
        entry.reason.as_ref().map(TextBlock::as_str),
        entry.user_id.as_ref(),
        entry.created_at,
    )
}

/// The row and its trail.
fn insert_record(record: &NewRecord, context: &Context<'_>) -> Vec<Statement> {
    let NewRecord { entity, id, audit_id, columns } = record;
    let columns = serde_json::Value::Object(columns.clone());
    let row = table(*entity).map(|table| statement!(table.insert, &context.company_id, id, context.now, columns));
    let made = Audit {
        id: audit_id.clone(),
        entity_type: entity.as_str(),
        entity_id: id.clone(),
        action: "create",
        field_name: None,
        old_value: None,
        new_value: None,
    };
    row.into_iter().chain([trail::insert(&made, context)]).collect()
}

/// A contact's activities carry its account, whose timeline they are on: it only follows, so it is not audited.
const TAKE_ACTIVITIES_ALONG: &str = "UPDATE activities INDEXED BY activities_related SET account_id = ?3 \
     WHERE company_id = ?1 AND related_to_id = ?2 AND related_to_type = 'contact'";

/// The version, which is the lock; the trail of the fields; each field; the stamp.
fn edit_record(edit: &Edit, context: &Context<'_>) -> Vec<Statement> {
    let Edit { entity, id, version, attempt_id, action, fields } = edit;
    let Some(table) = table(*entity) else { return Vec::new() };
    let company = &context.company_id;
    let mut out = vec![statement!(TAKE_VERSION, company, id, version + 1, attempt_id)];
    let told = |field: &&FieldChange| (table.set)(&field.name).is_some() && !is_derived(&field.name);
    let told: Vec<_> =
        fields.iter().filter(told).map(|FieldChange { audit_id, name, new }| json!([audit_id, name, new])).collect();
    out.push(statement!(table.trail, company, id, json!(told), entity.as_str(), *action, trail::who(context)));
    for FieldChange { name, new, .. } in fields {
        let Some(set) = (table.set)(name) else { continue };
        out.push(statement!(set, company, id, bound(new)));
        if *entity == Entity::Contact && name == "account_id" {
            out.push(statement!(TAKE_ACTIVITIES_ALONG, company, id, bound(new)));
        }
    }
    out.push(statement!(table.stamp, company, id, version + 1, context.now));
    out
}

fn bound(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(flag) => Value::Int((*flag).into()),
        serde_json::Value::Number(number) => number.as_i64().map_or(Value::Null, Value::Int),
        serde_json::Value::String(text) => Value::Text(text.clone()),
        nested => Value::Text(nested.to_string()),
    }
}

/// Owner and assignment as the batch that inserted a lead gave them back.
///
/// # Errors
/// No such row is among the outcomes, or it does not have the shape this code wrote.
pub fn handed_over(written: &[Outcome]) -> Result<(Option<Id>, Option<Assigned>), Corrupt> {
    #[derive(Deserialize)]
    struct Handed {
        lead_owner_id: Option<Id>,
        #[serde(deserialize_with = "stored::json_or_null")]
        assignment: Option<Assigned>,
    }
    let row = written.iter().flat_map(|outcome| &outcome.rows).find(|row| row.contains_key("assignment"));
    let row = row.ok_or_else(|| Corrupt("a lead was inserted and not given back".into()))?;
    let Handed { lead_owner_id, assignment } = read_row(row)?;
    Ok((lead_owner_id, assignment))
}
