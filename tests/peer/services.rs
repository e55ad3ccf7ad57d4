//! What the two services do with a request, as far as we use them.

use lead_core::time::DAY_MS;
use serde_json::{Value, json};

use super::KEY;
use super::book::{Book, Seen, Taken};

/// How long Postmark keeps what it sent.
const KEPT_MS: i64 = 45 * DAY_MS;

/// An answer.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) retry_after: Option<String>,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn new(status: u16, body: &str) -> Self {
        Self { status, retry_after: None, body: body.to_owned() }
    }
}

/// An error as Resend writes it.
fn error(status: u16, name: &str) -> Reply {
    Reply::new(status, &json!({ "statusCode": status, "name": name, "message": format!("It is {name}") }).to_string())
}

/// One as Postmark writes it.
fn code(status: u16, code: u32) -> Reply {
    Reply::new(status, &json!({ "ErrorCode": code, "Message": format!("It is {code}") }).to_string())
}

fn take(book: &mut Book, mail_id: &str, stream: &str, body: Value) -> String {
    let id = format!("00000000-0000-4000-8000-{:012}", book.taken.len());
    let (mail_id, stream) = (mail_id.to_owned(), stream.to_owned());
    book.taken.push(Taken { id: id.clone(), mail_id, stream, at: book.now, body });
    id
}

/// `POST /emails`.
pub(super) fn resend(book: &mut Book, seen: &Seen) -> Reply {
    match seen.header("authorization") {
        None => return error(401, "missing_api_key"),
        Some(text) if text != format!("Bearer {KEY}") => return error(403, "invalid_api_key"),
        Some(_) => {}
    }
    if (seen.method.as_str(), seen.header("content-type")) != ("POST", Some("application/json")) {
        return error(405, "method_not_allowed");
    }
    let body = seen.json();
    let missing = ["from", "to", "subject", "html", "text"].into_iter().find(|name| body[*name].is_null());
    if missing.is_some() {
        return error(422, "missing_required_field");
    }
    let is_mail = |text: &Value| text.as_str().is_some_and(|text| text.contains('@'));
    if !is_mail(&body["from"]) || !is_mail(&body["to"][0]) {
        return error(422, "validation_error");
    }
    let tag = |name: &str| body["tags"].as_array()?.iter().find(|tag| tag["name"] == name)?["value"].as_str();
    let mail_id = tag("mail_id").unwrap_or_default().to_owned();
    let answer = |id: &str| Reply::new(200, &json!({ "id": id }).to_string());
    let Some(key) = seen.header("idempotency-key") else { return answer(&take(book, &mail_id, "", body)) };
    if !(1..=256).contains(&key.len()) {
        return error(400, "invalid_idempotency_key");
    }
    match book.keys.get(key) {
        Some((since, _, _)) if book.now - since >= DAY_MS => {}
        Some((_, other, _)) if *other != seen.body => return error(409, "invalid_idempotent_request"),
        Some((_, _, id)) => return answer(id),
        None => {}
    }
    let id = take(book, &mail_id, "", body);
    book.keys.insert(key.to_owned(), (book.now, seen.body.clone(), id.clone()));
    answer(&id)
}

/// `POST /email` and `GET /messages/outbound`.
pub(super) fn postmark(book: &mut Book, seen: &Seen) -> Reply {
    if seen.header("x-postmark-server-token") != Some(KEY) {
        return code(401, 10);
    }
    if seen.header("accept") != Some("application/json") {
        return code(415, 409);
    }
    match (seen.method.as_str(), seen.path.split('?').next()) {
        ("POST", Some("/email")) => email(book, seen),
        ("GET", Some("/messages/outbound")) => outbound(book, seen),
        _ => code(404, 0),
    }
}

fn email(book: &mut Book, seen: &Seen) -> Reply {
    let body = seen.json();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    if !text("From").contains('@') || !text("To").contains('@') || text("HtmlBody").is_empty() {
        return code(422, 300);
    }
    if text("To").contains("inactive@") {
        return code(422, 406);
    }
    let metadata = body["Metadata"].as_object().cloned().unwrap_or_default();
    let fits =
        |(name, value): (&String, &Value)| name.len() <= 20 && value.as_str().is_some_and(|text| text.len() <= 80);
    if !metadata.iter().all(fits) {
        return code(422, 300);
    }
    let mail_id = metadata.get("mail_id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let stream = body["MessageStream"].as_str().unwrap_or("outbound").to_owned();
    let to = text("To");
    let id = take(book, &mail_id, &stream, body);
    let answer =
        json!({ "To": to, "SubmittedAt": "2026-11-29T10:00:00Z", "MessageID": id, "ErrorCode": 0, "Message": "OK" });
    Reply::new(200, &answer.to_string())
}

fn outbound(book: &Book, seen: &Seen) -> Reply {
    let query = seen.path.split_once('?').map_or("", |(_, query)| query);
    let get = |wanted: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == wanted);
    let (Some((_, count)), Some(_)) = (get("count"), get("offset")) else { return code(422, 600) };
    let count: usize = count.parse().unwrap_or(0);
    let stream = get("messagestream").map_or("outbound", |(_, stream)| stream);
    let found = book.taken.iter().rev().filter(|taken| {
        let age = book.now - taken.at;
        let is_asked = get("metadata_mail_id").is_none_or(|(_, id)| taken.mail_id == id);
        is_asked && taken.stream == stream && (book.lag_ms..KEPT_MS).contains(&age)
    });
    let message =
        |taken: &Taken| json!({ "MessageID": taken.id, "Status": "Sent", "Metadata": taken.body["Metadata"] });
    let messages: Vec<Value> = found.map(message).collect();
    let answer = json!({ "TotalCount": messages.len(), "Messages": messages.iter().take(count).collect::<Vec<_>>() });
    Reply::new(200, &answer.to_string())
}
