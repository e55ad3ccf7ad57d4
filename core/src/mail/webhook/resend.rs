//! Resend: events signed as Svix signs them.

use super::{Named, Report, ours, text, user_agent, word};
use crate::mail::MailEventKind;
use crate::time::Instant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

/// How far the sender's clock may be from ours, and how old a report may be: older ones may be sent by somebody who
/// overheard them.
const TOLERANCE_S: i64 = 5 * 60;

/// Whether Resend signed this body. `secrets` are those that count, with blanks between them, each `whsec_` and Base64;
/// `signatures` those that it carries, of which one by any of the secrets is enough.
#[must_use]
pub fn is_resend(secrets: &str, id: &str, timestamp: &str, signatures: &str, body: &[u8], now: Instant) -> bool {
    let Ok(at) = timestamp.parse::<i64>() else { return false };
    if (now.ms().div_euclid(1000)).abs_diff(at) > TOLERANCE_S.unsigned_abs() {
        return false;
    }
    let signed = |secret: &str, signature: &str| -> Option<bool> {
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap_or(secret)).ok()?;
        let (_, signature) = signature.split_once(',').filter(|(version, _)| *version == "v1")?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok().filter(|_| key.len() >= 16)?;
        [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].into_iter().for_each(|part| mac.update(part));
        Some(mac.verify_slice(&STANDARD.decode(signature).ok()?).is_ok())
    };
    let one = |secret| signatures.split_ascii_whitespace().any(|signature| signed(secret, signature) == Some(true));
    secrets.split_ascii_whitespace().any(one)
}

/// Reads a signed body; `None` where it tells of nothing that is kept. `id` is the event's.
#[must_use]
pub fn read(id: &str, body: &Value) -> Option<Report> {
    let data = &body["data"];
    let bounce = &data["bounce"];
    let (kind, is_final, detail) = match body["type"].as_str()? {
        "email.delivered" => (MailEventKind::Delivered, false, None),
        "email.opened" => (MailEventKind::Opened, false, None),
        "email.clicked" => (MailEventKind::Clicked, false, None),
        "email.complained" => (MailEventKind::Complained, true, None),
        // A delay, and a bounce that is not permanent: it may still arrive, another one may.
        "email.delivery_delayed" => (MailEventKind::Bounced, false, Some("delayed".to_owned())),
        "email.bounced" => {
            let passes = bounce["type"].as_str().is_some_and(|kind| kind != "Permanent");
            (MailEventKind::Bounced, !passes, word(&bounce["subType"]).or_else(|| word(&bounce["type"])))
        }
        // Resend itself does not send to this address any more.
        "email.suppressed" => (MailEventKind::Bounced, true, Some("suppressed".to_owned())),
        _ => return None,
    };
    let click = &data["click"];
    let at = click["timestamp"].as_str().or_else(|| body["created_at"].as_str());
    Some(Report {
        mail: Named { ours: ours(|name| tag(&data["tags"], name)), provider_id: text(&data["email_id"]) },
        source: format!("resend:{}", id.chars().take(100).collect::<String>()),
        kind,
        is_final,
        detail,
        link: text(&click["link"]),
        user_agent: user_agent(&click["userAgent"]),
        recipient: data["to"].get(0).and_then(text),
        at: at.and_then(Instant::parse),
    })
}

/// A tag of the mail: Resend writes them as an object, and has written them as a list.
fn tag<'a>(tags: &'a Value, name: &str) -> Option<&'a str> {
    let listed = || tags.as_array()?.iter().find(|tag| tag["name"] == name)?["value"].as_str();
    tags[name].as_str().or_else(listed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = b"{\"test\": 2432232314}";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn at(seconds: i64) -> Instant {
        Instant::from_ms(seconds * 1000).unwrap()
    }

    #[test]
    fn the_signature_that_the_documentation_shows_is_one() {
        let signed = |secrets: &str, signatures: &str, body: &[u8], seconds| {
            is_resend(secrets, ID, "1614265330", signatures, body, at(seconds))
        };
        assert!(signed(SECRET, SIGNATURE, BODY, 1_614_265_330));
        assert!(!signed(SECRET, SIGNATURE, b"{\"test\": 2432232315}", 1_614_265_330));
        assert!(!is_resend(SECRET, "msg_other", "1614265330", SIGNATURE, BODY, at(1_614_265_330)));
        assert!(!is_resend(SECRET, ID, "1614265331", SIGNATURE, BODY, at(1_614_265_330)));
        // Five minutes either way.
        for (seconds, expected) in [(-301, false), (-300, true), (300, true), (301, false)] {
            assert_eq!(signed(SECRET, SIGNATURE, BODY, 1_614_265_330 + seconds), expected, "{seconds}");
        }
        assert!(!is_resend(SECRET, ID, "soon", SIGNATURE, BODY, at(1_614_265_330)));
        assert!(!is_resend(SECRET, ID, "-9223372036854775808", SIGNATURE, BODY, at(1_614_265_330)));
    }

    #[test]
    fn one_signature_by_one_secret_is_enough() {
        let (old, several) = ("whsec_b2xkIHNlY3JldCBvZiB0aGUgaG9vaw==", format!("v1,AAAA v2,x {SIGNATURE}"));
        let now = at(1_614_265_330);
        let signed = |secrets: &str, signatures: &str| is_resend(secrets, ID, "1614265330", signatures, BODY, now);
        assert!(signed(&format!("{old} {SECRET}"), &several));
        assert!(!signed(old, &several));
        for signatures in ["", "v1,", "v1", &SIGNATURE.replace("v1", "v2"), &SIGNATURE[3..]] {
            assert!(!signed(SECRET, signatures), "{signatures}");
        }
        // No secret, or hardly one, signs nothing.
        assert!(!signed("", SIGNATURE) && !signed("whsec_ whsec_AAAA", SIGNATURE));
    }

    fn read_one(kind: &str, more: &Value) -> Option<Report> {
        let mut data = json!({
            "created_at": "2026-11-22T23:41:12.126Z", "email_id": "56761188-7520-42d8-8898-ff6fc54ce618",
            "to": ["asha@example.com"], "tags": {
                "company_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "mail_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c"
            }
        });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read("msg_1", &json!({ "type": kind, "created_at": "2026-11-23T10:00:00.000Z", "data": data }))
    }

    #[test]
    fn reports_are_read_as_resend_writes_them() {
        let bounced = |bounce: Value| read_one("email.bounced", &json!({ "bounce": bounce })).unwrap();
        let hard =
            bounced(json!({ "type": "Permanent", "subType": "General", "message": "asha@example.com is unknown" }));
        assert_eq!((hard.kind, hard.is_final, hard.detail.as_deref()), (MailEventKind::Bounced, true, Some("General")));
        assert_eq!(hard.recipient.as_deref(), Some("asha@example.com"));
        assert_eq!(hard.at, Instant::parse("2026-11-23T10:00:00.000Z"));
        assert!(hard.mail.ours.is_some() && hard.mail.provider_id.is_some());
        assert!(!bounced(json!({ "type": "Transient", "subType": "MailboxFull" })).is_final);
        assert!(!bounced(json!({ "type": "Undetermined" })).is_final);
        let click = json!({ "link": "https://crm.example.com/m/c/x", "userAgent": "Firefox", "timestamp": "2026-11-23T10:05:00Z" });
        let clicked = read_one("email.clicked", &json!({ "click": click })).unwrap();
        assert_eq!((clicked.user_agent.as_deref(), clicked.kind), (Some("Firefox"), MailEventKind::Clicked));
        assert_eq!(clicked.at, Instant::parse("2026-11-23T10:05:00Z"));
        assert!(read_one("email.complained", &json!({})).unwrap().is_final);
        assert!(!read_one("email.delivery_delayed", &json!({})).unwrap().is_final);
        let list = json!([{ "name": "mail_id", "value": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c" },
            { "name": "company_id", "value": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b" }]);
        assert_eq!(read_one("email.delivered", &json!({ "tags": list })).unwrap().mail, hard.mail);
        assert_eq!(read_one("email.delivered", &json!({ "tags": null })).unwrap().mail.ours, None);
        for other in ["email.sent", "email.scheduled", "contact.created", ""] {
            assert_eq!(read_one(other, &json!({})), None);
        }
        assert_eq!(read("msg_1", &json!([])), None);
    }
}
