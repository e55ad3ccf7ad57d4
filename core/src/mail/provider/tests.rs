use super::*;
use crate::id::Id;
use crate::mail::{MailKind, Party};
use crate::template::Rendered;
use crate::time::DAY_MS;
use serde_json::json;

const NOW: i64 = 1_800_000_000_000;

fn now() -> Instant {
    Instant::EPOCH.plus_ms(NOW)
}

fn mail() -> Mail {
    let id = |n: u8| Id::new(now(), &[n; 10]);
    let party = |address: &str, name: &str| Party { address: address.into(), name: Some(name.into()) };
    let from = party("hello@pumps.example", "Tide\r\nBcc: evil@example.com");
    let to = party("asha@example.com", "Asha \"Ash\" O'Neil, PhD");
    let words = Rendered {
        subject: "Hello\nBcc: evil@example.com".into(),
        body: "<p>Hello</p>".into(),
        body_text: "Hello".into(),
        links: Vec::new(),
    };
    Mail {
        lead_id: Some(id(3)),
        sequence_id: Some(id(4)),
        revision: Some(1),
        step_number: Some(1),
        reply_address: Some("sales@pumps.example".into()),
        unsubscribe_url: Some("https://leads.example/m/u/abc".into()),
        ..Mail::written(id(1), &id(2), MailKind::Sequence, [from, to], words, now())
    }
}

fn account() -> Account {
    Account { url: "https://api.example".into(), key: "secret".into() }
}

fn services() -> [Service; 2] {
    [Service::Resend(account()), Service::Postmark { account: account(), stream: "leads".into() }]
}

fn came(status: u16, body: &Value) -> Reply {
    Reply::Came { status, retry_after: None, body: body.to_string().into_bytes() }
}

#[test]
fn requests_are_as_the_services_document_them() {
    let mail = mail();
    let [resend, postmark] = services();
    let request = resend.handing_over(&mail).unwrap();
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://api.example/emails"));
    assert!(request.headers.contains(&("Idempotency-Key", mail.id.to_string())), "{request:?}");
    assert!(request.headers.contains(&("Authorization", "Bearer secret".into())));
    let body: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
    assert_eq!(body["to"], json!(["\"Asha \\\"Ash\\\" O'Neil, PhD\" <asha@example.com>"]));
    assert_eq!(body["from"], "\"Tide  Bcc: evil@example.com\" <hello@pumps.example>");
    assert_eq!(body["subject"], "Hello Bcc: evil@example.com");
    assert_eq!(body["headers"]["List-Unsubscribe"], "<https://leads.example/m/u/abc>");
    assert_eq!(body["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click");
    assert_eq!(body["tags"][1], json!({ "name": "mail_id", "value": mail.id }));
    assert_eq!(resend.looking_up(&mail), None);

    let request = postmark.handing_over(&mail).unwrap();
    assert_eq!((request.method, request.url.as_str()), ("POST", "https://api.example/email"));
    assert!(request.headers.contains(&("X-Postmark-Server-Token", "secret".into())));
    let body: Value = serde_json::from_str(request.body.as_deref().unwrap()).unwrap();
    assert_eq!((&body["MessageStream"], &body["ReplyTo"]), (&json!("leads"), &json!("sales@pumps.example")));
    assert_eq!(body["Headers"][0], json!({ "Name": "List-Unsubscribe", "Value": "<https://leads.example/m/u/abc>" }));
    assert_eq!(body["Metadata"], json!({ "company_id": mail.company_id, "mail_id": mail.id }));
    let request = postmark.looking_up(&mail).unwrap();
    let url = format!(
        "https://api.example/messages/outbound?count=2&offset=0&metadata_mail_id={}&messagestream=leads",
        mail.id
    );
    assert_eq!((request.method, request.url), ("GET", url));
    assert_eq!(format!("{resend:?} {postmark:?}"), "resend postmark", "the key is shown to nobody");
    // The same mail is the same request, or the key would be another's.
    assert_eq!(resend.handing_over(&mail), resend.handing_over(&mail.clone()));
}

#[test]
fn names_are_written_so_that_they_stay_names() {
    assert_eq!(mailbox(None, "a@b.example"), "a@b.example");
    assert_eq!(mailbox(Some(" \r\n "), "a@b.example"), "a@b.example");
    assert_eq!(mailbox(Some("Jörg Ølsen 2"), "a@b.example"), "Jörg Ølsen 2 <a@b.example>");
    assert_eq!(mailbox(Some("<x@y.example>\\"), "a@b.example"), "\"<x@y.example>\\\\\" <a@b.example>");
}

/// The word that is kept of an answer, with its reason, and whether the service takes nothing more.
fn summary(told: &Told<Answer>) -> (&'static str, Option<String>, bool) {
    let word = told.what.outcome().as_str();
    match &told.what {
        Answer::Refused { reason } => (word, Some(reason.clone()), false),
        Answer::Accepted { provider_id } => (word, provider_id.clone(), false),
        Answer::Retry { is_full, .. } => (word, None, *is_full),
        Answer::Unclear => (word, None, false),
    }
}

#[test]
fn resends_answers_are_read() {
    let [resend, _] = services();
    let cases = [
        (200, json!({ "id": "49a3999c" }), ("accepted", Some("49a3999c"), false)),
        (200, json!({}), ("unclear", None, false)),
        (200, json!("garbage"), ("unclear", None, false)),
        (429, json!({ "name": "rate_limit_exceeded" }), ("retry", None, true)),
        (429, json!(null), ("retry", None, true)),
        (401, json!({ "name": "missing_api_key" }), ("retry", None, true)),
        (403, json!({ "name": "invalid_api_key" }), ("retry", None, true)),
        (403, json!({ "name": "validation_error" }), ("retry", None, false)),
        (400, json!({ "name": "validation_error", "message": "API key is invalid" }), ("retry", None, true)),
        (400, json!({ "name": "validation_error" }), ("refused", Some("validation_error"), false)),
        (422, json!({ "name": "missing_required_field" }), ("refused", Some("missing_required_field"), false)),
        (404, json!(null), ("refused", Some("http_404"), false)),
        (409, json!({ "name": "concurrent_idempotent_requests" }), ("unclear", None, false)),
        (409, json!({ "name": "invalid_idempotent_request" }), ("unclear", None, false)),
        (500, json!({ "name": "application_error" }), ("unclear", None, false)),
        (502, json!("<html>"), ("unclear", None, false)),
        (301, json!(null), ("unclear", None, false)),
    ];
    for (status, body, (word, reason, is_full)) in cases {
        let told = resend.handed_over(&came(status, &body), now());
        assert_eq!(summary(&told), (word, reason.map(str::to_owned), is_full), "{status} {body}");
        assert_eq!(told.status, Some(status));
    }
    assert_eq!(resend.handed_over(&Reply::Lost, now()), Answer::Unclear.into());
}

#[test]
fn postmarks_answers_are_read() {
    let [_, postmark] = services();
    let cases = [
        (200, json!({ "ErrorCode": 0, "MessageID": "b7bc2f4a" }), ("accepted", Some("b7bc2f4a"), false)),
        (200, json!({ "ErrorCode": 0 }), ("unclear", None, false)),
        (200, json!({ "MessageID": "b7bc2f4a" }), ("unclear", None, false)),
        (
            422,
            json!({ "ErrorCode": 406, "Message": "asha@example.com" }),
            ("refused", Some("inactive_recipient"), false),
        ),
        (422, json!({ "ErrorCode": 300 }), ("refused", Some("error_300"), false)),
        (422, json!({ "ErrorCode": 405 }), ("retry", None, true)),
        (422, json!({ "ErrorCode": 400 }), ("retry", None, false)),
        (401, json!({ "ErrorCode": 10 }), ("retry", None, true)),
        (429, json!(null), ("retry", None, true)),
        (415, json!(null), ("refused", Some("http_415"), false)),
        (503, json!({ "ErrorCode": 100 }), ("unclear", None, false)),
    ];
    for (status, body, (word, reason, is_full)) in cases {
        let told = postmark.handed_over(&came(status, &body), now());
        assert_eq!(summary(&told), (word, reason.map(str::to_owned), is_full), "{status} {body}");
    }
}

#[test]
fn a_mail_is_absent_only_where_postmark_looked_for_it() {
    let (mail, [_, postmark]) = (mail(), services());
    let see = |status, body: &Value| postmark.looked_up(&came(status, body), &mail, now()).what;
    let unclear = Sight::Unclear { after_ms: None };
    assert_eq!(see(200, &json!({ "TotalCount": 0, "Messages": [] })), Sight::Absent);
    let ours = json!({ "MessageID": "m1", "Metadata": { "mail_id": mail.id } });
    let other = json!({ "MessageID": "m2", "Metadata": { "mail_id": "other" } });
    let found = Sight::Found { provider_id: Some("m1".into()) };
    assert_eq!(see(200, &json!({ "TotalCount": 2, "Messages": [other, ours] })), found);
    assert_eq!(see(200, &json!({ "TotalCount": 1, "Messages": [other] })), unclear, "the filter was passed over");
    for (status, body) in
        [(200, json!({})), (200, json!({ "Messages": [] })), (500, json!({ "TotalCount": 0, "Messages": [] }))]
    {
        assert_eq!(see(status, &body), unclear, "{status} {body}");
    }
    assert_eq!(postmark.looked_up(&Reply::Lost, &mail, now()).what, unclear);
}

#[test]
fn retry_after_is_seconds_or_a_moment() {
    let [resend, _] = services();
    let after = |text: &str| {
        let reply = Reply::Came { status: 429, retry_after: Some(text.to_owned()), body: Vec::new() };
        match resend.handed_over(&reply, now()).what {
            Answer::Retry { after_ms, .. } => after_ms,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(after("7"), Some(7_000));
    let moment = DateTime::from_timestamp_millis(NOW + 90_000).unwrap().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    assert_eq!(after(&moment), Some(90_000));
    assert_eq!(after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
    assert_eq!(after("soon"), None);
    assert_eq!(after("-5"), None);
}

#[test]
fn no_address_is_kept_of_what_a_service_says() {
    let [_, postmark] = services();
    let body =
        json!({ "ErrorCode": 406, "Message": "Found inactive addresses: asha@example.com, <ash@example.com>. Sorry" });
    let told = postmark.handed_over(&came(422, &body), now());
    assert_eq!(told.words.as_deref(), Some("Found inactive addresses: (address) (address) Sorry"));
    let long = json!({ "ErrorCode": 300, "Message": "é".repeat(1000) });
    assert_eq!(postmark.handed_over(&came(422, &long), now()).words.map(|words| words.chars().count()), Some(WORDS));
}

#[test]
fn the_outbox_takes_every_mail() {
    assert_eq!(Service::Outbox.handing_over(&mail()), None);
    assert_eq!(Service::Outbox.provider().name, "outbox");
    let [resend, postmark] = services();
    assert_eq!(resend.provider().repeats, Repeats::Keyed { for_ms: DAY_MS });
    assert!(matches!(postmark.provider().repeats, Repeats::LookedUp { .. }));
}
