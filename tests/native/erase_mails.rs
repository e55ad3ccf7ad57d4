//! The mails of the person who is erased in tests/native/erase.rs.

use lead_core::id::Id;

use super::stage::{START, Stage};

/// A mail that was sent and one that waits, what came back by a link, a question, and where the lead is in a sequence.
pub(super) fn mails_of(stage: &Stage, lead: &Id) -> String {
    let id = |at: i64| stage.context(START + at).ids.next_id();
    let company = &stage.company_id;
    let (sequence, enrolment, sent, activity) = (id(90), id(91), id(92), id(93));
    let mut sql = format!(
        "INSERT INTO enrolments (company_id, sequence_id, lead_id, id, revision, state, next_step, due_at, lease_id, lease_until, enrolled_at) \
           VALUES ('{company}', '{sequence}', '{lead}', '{enrolment}', 1, 'active', 2, 1, '{sent}', 9, 1); \
         INSERT INTO activities (company_id, id, related_to_type, related_to_id, activity_type, event, subject, occurred_at, created_at, updated_at) \
           VALUES ('{company}', '{activity}', 'lead', '{lead}', 'system', 'mail_clicked', 'mail-of-asha', 1, 1, 1); \
         INSERT INTO opt_ins (company_id, lead_id, id, text, text_version, locale, source, created_at, ask_at, expires_at) \
           VALUES ('{company}', '{lead}', '{activity}', 'wording-of-asha', '1', 'mail-of-asha', 'api:x', 1, 1, 1); \
         INSERT INTO suppressions (company_id, address_hash, id, reason, mail_id, created_at) \
           VALUES ('{company}', '{}', '{activity}', 'unsubscribed', '{sent}', 1);",
        "0".repeat(64)
    );
    for (step, (mail, state)) in [(&sent, "sent"), (&id(94), "queued")].into_iter().enumerate() {
        sql += &format!(
            "INSERT INTO mails (company_id, id, kind, lead_id, sequence_id, revision, step_number, to_address, to_name, from_address, state, \
               next_try_at, lease_id, lease_until, due_at, created_at, unsubscribe_url, subject, body, body_text, links) VALUES \
               ('{company}', '{mail}', 'sequence', '{lead}', '{sequence}', 1, {step}, 'ashalata.v@tidewater.com', 'Ashalata Vermarajan', \
               'hello@example.com', '{state}', 1, '{mail}', 9, 1, 1, 'https://example.com/mail-of-asha', 'mail-of-asha', 'mail-of-asha', \
               'mail-of-asha', '[\"https://example.com/mail-of-asha\"]'); \
             INSERT INTO mail_tries (company_id, mail_id, id, provider, act, outcome, words, created_at) \
               VALUES ('{company}', '{mail}', '{mail}', 'resend', 'send', 'refused', 'words-of-asha', 1); \
             INSERT INTO mail_events (company_id, mail_id, source, id, kind, link, method, user_agent, detail, created_at) \
               VALUES ('{company}', '{mail}', 'link:1', '{mail}', 'clicked', 0, 'GET', 'AshaBrowser/1.0', 'detail-of-asha', 1);"
        );
    }
    for (n, (kind, of)) in [("enrolment", &enrolment), ("activity", &activity)].into_iter().enumerate() {
        sql += &format!(
            "INSERT INTO audit_logs (company_id, id, entity_type, entity_id, action, ip_address, user_agent, request_id, created_at) \
               VALUES ('{company}', '{}', '{kind}', '{of}', 'leave', '203.0.113.77', 'AshaBrowser/1.0', 'r', 1);",
            id(95 + n as i64)
        );
    }
    sql
}
