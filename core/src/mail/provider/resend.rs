//! Resend: the same key is the same mail for a day (resend.com/docs, idempotency keys and errors).

use super::{Account, Came, Request, line, mailbox};
use crate::mail::Mail;
use crate::mail::sending::{Answer, Repeats};
use crate::time::{DAY_MS, HOUR_MS, Instant};
use serde_json::{Map, Value, json};

pub(super) const REPEATS: Repeats = Repeats::Keyed { for_ms: DAY_MS };

/// How long it is waited where a day's or month's mails are used up and nothing was said.
const QUOTA_MS: i64 = HOUR_MS;

/// The same where the same key is under way.
const CONCURRENT_MS: i64 = 60 * 1000;

pub(super) fn send(account: &Account, mail: &Mail) -> Request {
    let mut body = json!({
        "from": mailbox(mail.from_name.as_deref(), &mail.from_address),
        "to": [mailbox(mail.to_name.as_deref(), &mail.to_address)],
        "subject": line(&mail.subject),
        "html": mail.body,
        "text": mail.body_text,
        "tags": [{ "name": "company_id", "value": mail.company_id }, { "name": "mail_id", "value": mail.id }],
    });
    if let Some(reply) = &mail.reply_address {
        body["reply_to"] = json!(reply);
    }
    let headers: Map<String, Value> =
        mail.leaving().into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect();
    if !headers.is_empty() {
        body["headers"] = Value::Object(headers);
    }
    Request {
        method: "POST",
        url: format!("{}/emails", account.url),
        headers: vec![
            ("Authorization", format!("Bearer {}", account.key)),
            ("Content-Type", "application/json".to_owned()),
            ("Accept", "application/json".to_owned()),
            ("Idempotency-Key", mail.id.to_string()),
        ],
        body: Some(body.to_string()),
    }
}

pub(super) fn sent(came: &Came<'_>, now: Instant) -> Answer {
    let name = came.word("name");
    let after_ms = came.after_ms(now);
    let retry = |after_ms, is_full| Answer::Retry { after_ms, is_full };
    match (came.status, name.as_deref()) {
        // A 200 that names no mail may come from somebody in between.
        (200..=299, _) => match came.word_or_id() {
            Some(id) => Answer::Accepted { provider_id: Some(id) },
            None => Answer::Unclear,
        },
        (429, Some("daily_quota_exceeded" | "monthly_quota_exceeded")) => retry(after_ms.or(Some(QUOTA_MS)), true),
        (429, _) => retry(after_ms, true),
        (409, Some("concurrent_idempotent_requests")) => Answer::Unclear,
        (409, Some("invalid_idempotent_request")) => Answer::Unclear,
        (409, _) => retry(after_ms.or(Some(CONCURRENT_MS)), false),
        (401, _) | (403, Some("invalid_api_key" | "suspended_api_key")) => retry(after_ms, true),
        (403, _) => retry(after_ms, false),
        // So it says of a key that is none.
        (400, _) if came.body["message"].as_str().is_some_and(|text| text.starts_with("API key")) => {
            retry(after_ms, true)
        }
        (400..=499, _) => Answer::Refused { reason: name.unwrap_or_else(|| format!("http_{}", came.status)) },
        _ => Answer::Unclear,
    }
}

impl Came<'_> {
    /// Its name for the mail.
    fn word_or_id(&self) -> Option<String> {
        self.body["id"].as_str().filter(|id| (1..=100).contains(&id.len())).map(str::to_owned)
    }
}
