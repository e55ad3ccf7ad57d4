//! Postmark: it has no keys, but mails can be found by their metadata (postmarkapp.com/developer, email and messages).

use super::{Account, Came, Request, line, mailbox};
use crate::mail::Mail;
use crate::mail::sending::{Answer, Repeats, Sight};
use crate::time::{DAY_MS, Instant};
use serde_json::{Value, json};

/// A mail is found within seconds; a call of ours may end later than we gave it up. An account keeps what it sent for a week
/// at least, 45 days unless it says otherwise.
pub(super) const REPEATS: Repeats = Repeats::LookedUp { settled_ms: 15 * 60 * 1000, kept_ms: 6 * DAY_MS };

/// Error codes that mend themselves, or that somebody has to mend in the account, each with whether they meet every mail:
/// maintenance, a sender that is not confirmed, no credit, an account under review.
const LATER: [(i64, bool); 6] = [(100, true), (400, false), (401, false), (405, true), (412, false), (413, true)];

/// The recipient bounced or complained before.
const INACTIVE: i64 = 406;

pub(super) fn send(account: &Account, stream: &str, mail: &Mail) -> Request {
    let headers: Vec<Value> =
        mail.leaving().into_iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    let mut body = json!({
        "From": mailbox(mail.from_name.as_deref(), &mail.from_address),
        "To": mailbox(mail.to_name.as_deref(), &mail.to_address),
        "Subject": line(&mail.subject),
        "HtmlBody": mail.body,
        "TextBody": mail.body_text,
        "Headers": headers,
        "Metadata": { "company_id": mail.company_id, "mail_id": mail.id },
        "MessageStream": stream,
        "TrackOpens": false,
        "TrackLinks": "None",
    });
    if let Some(reply) = &mail.reply_address {
        body["ReplyTo"] = json!(reply);
    }
    let mut request = call(account, "POST", "/email");
    request.headers.push(("Content-Type", "application/json".to_owned()));
    request.body = Some(body.to_string());
    request
}

pub(super) fn sent(came: &Came<'_>, now: Instant) -> Answer {
    let after_ms = came.after_ms(now);
    let retry = |is_full| Answer::Retry { after_ms, is_full };
    let code = came.body["ErrorCode"].as_i64();
    let refused = |code: i64| Answer::Refused {
        reason: if code == INACTIVE { "inactive_recipient".to_owned() } else { format!("error_{code}") },
    };
    match (came.status, code) {
        (200..=299, Some(0)) => match came.body["MessageID"].as_str().filter(|id| (1..=100).contains(&id.len())) {
            Some(id) => Answer::Accepted { provider_id: Some(id.to_owned()) },
            None => Answer::Unclear,
        },
        (200..=299, _) => Answer::Unclear,
        (429, _) | (401, _) => retry(true),
        (403, _) => retry(false),
        (400..=499, Some(code)) => match LATER.iter().find(|(later, _)| *later == code) {
            Some((_, is_full)) => retry(*is_full),
            None => refused(code),
        },
        (400..=499, None) => Answer::Refused { reason: format!("http_{}", came.status) },
        _ => Answer::Unclear,
    }
}

pub(super) fn look_up(account: &Account, stream: &str, mail: &Mail) -> Request {
    // Without a stream it would look in the one for single mails only.
    let query: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([
            ("count", "2"),
            ("offset", "0"),
            ("metadata_mail_id", mail.id.as_str()),
            ("messagestream", stream),
        ])
        .finish();
    call(account, "GET", &format!("/messages/outbound?{query}"))
}

pub(super) fn found(came: &Came<'_>, mail: &Mail, now: Instant) -> Sight {
    let unclear = Sight::Unclear { after_ms: came.after_ms(now) };
    let (Some(messages), true) = (came.body["Messages"].as_array(), (200..=299).contains(&came.status)) else {
        return unclear;
    };
    let is_ours = |message: &&Value| message["Metadata"]["mail_id"] == mail.id.as_str();
    match messages.iter().find(is_ours) {
        Some(message) => Sight::Found { provider_id: message["MessageID"].as_str().map(str::to_owned) },
        None if messages.is_empty() && came.body["TotalCount"] == 0 => Sight::Absent,
        // It looked for something else than we asked.
        None => unclear,
    }
}

fn call(account: &Account, method: &'static str, path: &str) -> Request {
    Request {
        method,
        url: account.url.clone() + path,
        headers: vec![("X-Postmark-Server-Token", account.key.clone()), ("Accept", "application/json".to_owned())],
        body: None,
    }
}
