//! Postmark: its webhooks carry a name and password, or a header of our choice.

use super::{Named, Report, ours, text, user_agent, word};
use crate::mail::MailEventKind;
use crate::time::Instant;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Whether whoever sent this knows one of the secrets (with blanks between them, 16 characters at least): as the password of
/// `Authorization: Basic`, whatever the name, or as the whole of the header `X-Webhook-Secret`.
#[must_use]
pub fn is_postmark(secrets: &str, authorization: Option<&str>, header: Option<&str>) -> bool {
    let password = authorization.and_then(|text| {
        let (scheme, pair) = text.split_once(' ')?;
        let pair = STANDARD.decode(pair.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        Some(String::from_utf8(pair).ok()?.split_once(':')?.1.to_owned())
    });
    let given = [password.as_deref(), header].into_iter().flatten();
    // Of the hashes, so that the time tells nothing of a secret's length either.
    let same = |a: &str, b: &str| bool::from(Sha256::digest(a).as_slice().ct_eq(Sha256::digest(b).as_slice()));
    let ours: Vec<&str> = secrets.split_ascii_whitespace().filter(|secret| secret.len() >= 16).collect();
    given.flat_map(|given| ours.iter().map(move |secret| same(secret, given))).fold(false, |any, one| any | one)
}

/// Reads a body; `None` where it tells of nothing that is kept.
#[must_use]
pub fn read(body: &Value) -> Option<Report> {
    let record = body["RecordType"].as_str()?;
    let (kind, is_final, at) = match record {
        "Delivery" => (MailEventKind::Delivered, false, "DeliveredAt"),
        "Open" => (MailEventKind::Opened, false, "ReceivedAt"),
        "Click" => (MailEventKind::Clicked, false, "ReceivedAt"),
        "SpamComplaint" => (MailEventKind::Complained, true, "BouncedAt"),
        "Bounce" if body["Type"] == "SpamComplaint" => (MailEventKind::Complained, true, "BouncedAt"),
        "Bounce" => {
            let kind = body["Type"].as_str().unwrap_or_default();
            let is_final = ["HardBounce", "BadEmailAddress"].contains(&kind) || body["Inactive"] == true;
            (MailEventKind::Bounced, is_final, "BouncedAt")
        }
        // Broadcasts tell of bounces and complaints so, and of who used Postmark's own way to unsubscribe.
        "SubscriptionChange" if body["SuppressSending"] == true => match body["SuppressionReason"].as_str()? {
            "HardBounce" => (MailEventKind::Bounced, true, "ChangedAt"),
            "SpamComplaint" => (MailEventKind::Complained, true, "ChangedAt"),
            _ if body["Origin"] == "Recipient" => (MailEventKind::Unsubscribed, true, "ChangedAt"),
            _ => return None,
        },
        _ => return None,
    };
    let (message, when) = (text(&body["MessageID"]), body[at].as_str());
    // Bounces have a number; whatever else happens to a message has a moment.
    let source = match body["ID"].as_i64() {
        Some(number) => format!("postmark:{record}:{number}"),
        None => format!("postmark:{record}:{}", when.unwrap_or_default().chars().take(40).collect::<String>()),
    };
    Some(Report {
        mail: Named { ours: ours(|name| body["Metadata"][name].as_str()), provider_id: message },
        source,
        kind,
        is_final,
        detail: word(&body["Type"]).or_else(|| word(&body["SuppressionReason"])),
        link: text(&body["OriginalLink"]),
        user_agent: user_agent(&body["UserAgent"]),
        recipient: text(&body["Email"]).or_else(|| text(&body["Recipient"])),
        at: when.and_then(Instant::parse),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_secret_comes_as_password_or_header() {
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        let secret = "a-secret-of-postmark";
        assert!(is_postmark(secret, Some(&basic(&format!("leadgate:{secret}"))), None));
        assert!(is_postmark(&format!("the-one-before-it {secret}"), None, Some(secret)));
        assert!(is_postmark(&format!("{secret} the-one-after-it"), Some(&basic("x:y")), Some(secret)));
        let wrong =
            [secret.to_owned(), basic(secret), basic("leadgate:other"), format!("Bearer {secret}"), "Basic %".into()];
        for authorization in wrong {
            assert!(!is_postmark(secret, Some(&authorization), Some("")), "{authorization}");
        }
        assert!(!is_postmark("", Some(&basic("leadgate:")), Some("")), "without a secret nobody knows it");
        assert!(!is_postmark("short", None, Some("short")));
    }

    fn bounce(more: &Value) -> Option<Report> {
        let mut body = json!({
            "RecordType": "Bounce", "ID": 42, "Type": "HardBounce", "TypeCode": 1, "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
            "Metadata": { "company_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b", "mail_id": "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c" },
            "Details": "smtp;550 asha@example.com unknown", "Email": "asha@example.com", "BouncedAt": "2026-11-23T10:00:00.1234567Z"
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(&body)
    }

    #[test]
    fn reports_are_read_as_postmark_writes_them() {
        let hard = bounce(&json!({})).unwrap();
        assert_eq!(
            (hard.kind, hard.is_final, hard.source.as_str()),
            (MailEventKind::Bounced, true, "postmark:Bounce:42")
        );
        assert_eq!(hard.at, Instant::parse("2026-11-23T10:00:00.123Z"));
        assert!(hard.mail.ours.is_some(), "{hard:?}");
        assert!(!bounce(&json!({ "Type": "SoftBounce", "Inactive": false })).unwrap().is_final);
        assert!(bounce(&json!({ "Type": "Blocked", "Inactive": true })).unwrap().is_final);
        assert_eq!(bounce(&json!({ "Type": "SpamComplaint" })).unwrap().kind, MailEventKind::Complained);
        let changed = |more: Value| {
            let all = json!({ "RecordType": "SubscriptionChange", "ID": null, "ChangedAt": "2026-11-23T10:00:00Z", "Origin": "Recipient" });
            let mut all = all.as_object().unwrap().clone();
            all.extend(more.as_object().unwrap().clone());
            bounce(&Value::Object(all))
        };
        let reason = |reason: &str| json!({ "SuppressSending": true, "SuppressionReason": reason });
        assert_eq!(
            changed(reason("HardBounce")).map(|it| (it.kind, it.is_final)),
            Some((MailEventKind::Bounced, true))
        );
        assert_eq!(changed(reason("SpamComplaint")).unwrap().kind, MailEventKind::Complained);
        let left = changed(reason("ManualSuppression")).unwrap();
        assert_eq!(left.kind, MailEventKind::Unsubscribed);
        assert_eq!(left.source, "postmark:SubscriptionChange:2026-11-23T10:00:00Z");
        assert_eq!(changed(json!({ "SuppressSending": false })), None);
        assert_eq!(
            changed(json!({ "SuppressSending": true, "SuppressionReason": "ManualSuppression", "Origin": "Customer" })),
            None
        );
        let open =
            json!({ "RecordType": "Open", "ID": null, "ReceivedAt": "2026-11-23T10:01:00Z", "UserAgent": "Firefox" });
        assert_eq!(bounce(&open).unwrap().user_agent.as_deref(), Some("Firefox"));
        assert_eq!(bounce(&json!({ "RecordType": "Inbound" })), None);
        assert_eq!(read(&json!("x")), None);
    }
}
