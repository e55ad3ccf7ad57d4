//! What providers report, over HTTP: whose word it is, and what follows once (spec E4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use lead_core::mail::link::What;
use serde_json::{Value, json};
use sha2::Sha256;

use super::exchange::{Exchange, Site};
use super::mail_back::{FIREFOX, LINKS, Mailed, now};
use crate::server::{Disk, POSTMARK_SECRET, RESEND_SECRET, State};

/// What Resend sends, signed at this moment by this secret.
fn resend(mailed: &Mailed, id: &str, body: &Value, secret: &str, age_s: i64) -> Exchange {
    let (at, body) = ((now().ms() / 1000 - age_s).to_string(), body.to_string());
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{at}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let headers = [
        ("content-type", "application/json"),
        ("svix-id", id),
        ("svix-timestamp", &at),
        ("svix-signature", &signature),
    ];
    mailed.site.send("POST", "/hooks/resend", &headers, body.as_bytes())
}

fn report(mailed: &Mailed, kind: &str, more: &Value) -> Value {
    let mut data = json!({
        "email_id": "abc-1", "to": [mailed.email], "tags": { "company_id": mailed.company, "mail_id": mailed.mail },
    });
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "type": kind, "created_at": "2026-11-23T10:00:00.000Z", "data": data })
}

#[test]
fn resend_reports_count_once_and_only_where_they_are_signed() {
    let mailed = Mailed::new();
    let before = mailed.counts();
    let delivered = report(&mailed, "email.delivered", &json!({}));
    let other = "whsec_b2xkIHNlY3JldCBvZiB0aGUgaG9vaw==";
    for (secret, age) in [(other, 0), (RESEND_SECRET, 400), (RESEND_SECRET, -400)] {
        resend(&mailed, "msg_1", &delivered, secret, age).assert_problem(401, "signature-invalid");
    }
    let bare = mailed.site.send(
        "POST",
        "/hooks/resend",
        &[("content-type", "application/json")],
        delivered.to_string().as_bytes(),
    );
    bare.assert_problem(401, "signature-invalid");
    assert_eq!(mailed.counts(), before);
    for _ in 0..2 {
        let answer = resend(&mailed, "msg_1", &delivered, RESEND_SECRET, 0);
        assert_eq!((answer.status, answer.json()), (200, json!({ "kept": true })), "{answer:?}");
    }
    let clicked = report(&mailed, "email.clicked", &json!({ "click": { "link": LINKS[0], "userAgent": FIREFOX.1 } }));
    resend(&mailed, "msg_2", &clicked, RESEND_SECRET, 0);
    resend(&mailed, "msg_3", &report(&mailed, "email.opened", &json!({})), RESEND_SECRET, 0);
    let soft =
        report(&mailed, "email.bounced", &json!({ "bounce": { "type": "Transient", "subType": "MailboxFull" } }));
    resend(&mailed, "msg_4", &soft, RESEND_SECRET, 0);
    assert_eq!(
        mailed.rows("SELECT kind, link FROM mail_events ORDER BY source"),
        ["delivered -", "clicked 0", "opened -", "bounced -"]
    );
    assert_eq!(mailed.rows("SELECT count(*) FROM suppressions"), ["0"]);
    let hard = report(&mailed, "email.bounced", &json!({ "bounce": { "type": "Permanent", "subType": "General" } }));
    for _ in 0..2 {
        assert_eq!(resend(&mailed, "msg_5", &hard, RESEND_SECRET, 0).status, 200);
    }
    assert_eq!(mailed.rows("SELECT reason FROM suppressions"), ["bounced"]);
    for _ in 0..2 {
        resend(&mailed, "msg_6", &report(&mailed, "email.complained", &json!({})), RESEND_SECRET, 0);
    }
    assert_eq!(mailed.rows("SELECT reason FROM suppressions"), ["complained"]);
    assert_eq!(mailed.rows("SELECT count(*) FROM consents WHERE state = 'withdrawn'"), ["1"]);
    assert_eq!(mailed.rows("SELECT count(*) FROM mail_events"), ["6"]);
    // What is not ours is taken, so that it is not sent again, and leaves nothing.
    let strange = json!({ "type": "email.bounced", "data": { "email_id": "unknown" } });
    for body in [strange, json!({ "type": "contact.created" }), json!([1])] {
        let answer = resend(&mailed, "msg_7", &body, RESEND_SECRET, 0);
        assert_eq!((answer.status, answer.json()), (200, json!({ "kept": false })));
    }
    assert_eq!(mailed.rows("SELECT count(*) FROM mail_events"), ["6"]);
}

#[test]
fn postmark_reports_by_password_or_header() {
    let mailed = Mailed::new();
    let body = json!({
        "RecordType": "Delivery", "MessageID": "abc-1", "Recipient": mailed.email, "DeliveredAt": "2026-11-23T10:00:00Z",
        "Metadata": { "company_id": mailed.company, "mail_id": mailed.mail },
    });
    let send = |header: (&str, &str), body: &Value| {
        let headers = [("content-type", "application/json"), header];
        mailed.site.send("POST", "/hooks/postmark", &headers, body.to_string().as_bytes())
    };
    let basic = |secret: &str| format!("Basic {}", STANDARD.encode(format!("leadgate:{secret}")));
    send(("authorization", &basic("wrong")), &body).assert_problem(401, "signature-invalid");
    send(("x-webhook-secret", "wrong"), &body).assert_problem(401, "signature-invalid");
    assert_eq!(send(("authorization", &basic(POSTMARK_SECRET)), &body).json(), json!({ "kept": true }));
    assert_eq!(send(("x-webhook-secret", POSTMARK_SECRET), &body).json(), json!({ "kept": true }));
    assert_eq!(mailed.rows("SELECT kind FROM mail_events"), ["delivered"]);
    let bounce = json!({
        "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "MessageID": "abc-1", "Email": mailed.email, "BouncedAt": "2026-11-23T10:00:00Z",
    });
    for _ in 0..2 {
        assert_eq!(send(("x-webhook-secret", POSTMARK_SECRET), &bounce).status, 200);
    }
    assert_eq!(mailed.rows("SELECT reason FROM suppressions"), ["bounced"]);
    assert_eq!(mailed.rows("SELECT count(*) FROM mail_events"), ["2"]);
}

#[test]
fn without_a_secret_nothing_is_signed_and_nobody_is_believed() {
    let mut mailed = Mailed::new();
    let state = State::new(Disk::Memory);
    let vars = json!({ "MAIL_SECRET": "short", "RESEND_WEBHOOK_SECRET": "", "POSTMARK_WEBHOOK_SECRET": "" });
    mailed.site = Site::on(state, &json!({ "vars": vars }));
    for path in [mailed.leave(), format!("/m/c/{}", mailed.token(What::Click(0)))] {
        assert_eq!(mailed.get(&path).status, 404);
    }
    resend(&mailed, "msg_1", &report(&mailed, "email.delivered", &json!({})), RESEND_SECRET, 0)
        .assert_problem(401, "signature-invalid");
    let headers = [("content-type", "application/json"), ("x-webhook-secret", "")];
    mailed.site.send("POST", "/hooks/postmark", &headers, b"{}").assert_problem(401, "signature-invalid");
}
