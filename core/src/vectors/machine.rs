//! The vectors of people and machines: what came back of a mail, and whose it was.

use crate::mail::MailEventKind;
use crate::mail::machine::{Sent, Signal, judge};
use crate::time::Instant;
use serde_json::{Value, json};

pub(super) fn outcome(subject: &str, input: &Value) -> Option<Result<Value, Value>> {
    (subject == "machine").then(|| Ok(json!(judge(&sent(input), &signals(input)))))
}

/// Milliseconds after the mail was sent.
fn at(value: &Value) -> Option<Instant> {
    Some(Instant::EPOCH.plus_ms(1_795_428_000_000 + value.as_i64()?))
}

fn sent(input: &Value) -> Sent {
    let links = input["links"].as_u64().and_then(|links| usize::try_from(links).ok()).unwrap_or(1);
    Sent { sent_at: at(&json!(0)), delivered_at: at(&input["delivered"]), links }
}

/// Each of them a list: the link or `open`, when, by which name, and the method unless it is GET.
fn signals(input: &Value) -> Vec<Signal> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let signal = |given: &Value| {
        let link = given[0].as_u64().and_then(|link| u16::try_from(link).ok());
        let kind = if link.is_some() { MailEventKind::Clicked } else { MailEventKind::Opened };
        let method = text(&given[3]).unwrap_or_else(|| "GET".to_owned());
        let user_agent = text(&given[2]).map(|name| names(&name).to_owned());
        let at = at(&given[1]).unwrap_or_default();
        Signal { kind, link, method: Some(method).filter(|method| method != "provider"), user_agent, at }
    };
    input["signals"].as_array().into_iter().flatten().map(signal).collect()
}

/// Whole names for short ones.
fn names(short: &str) -> &str {
    match short {
        "firefox" => "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "chrome" => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
        }
        "gmail" => "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        other => other,
    }
}
