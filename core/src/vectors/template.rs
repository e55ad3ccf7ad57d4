//! Cases of mails' templates.

use crate::template::{Letter, Templates, ValueName, Values};
use serde_json::{Value, json};

pub(super) fn outcome(subject: &str, input: &Value) -> Option<Result<Value, Value>> {
    (subject == "template").then(|| render(input))
}

/// `{subject?, body, body_text?, values?, signed?}` to what is rendered, or to pointer, code and detail of each refusal.
fn render(input: &Value) -> Result<Value, Value> {
    let text = |name: &str, default: &'static str| input[name].as_str().unwrap_or(default).to_owned();
    let (subject, body, body_text) = (text("subject", "s"), text("body", "<p>b</p>"), text("body_text", "t"));
    let templates = Templates::parse("", &subject, &body, &body_text)
        .map_err(|refused| refused.iter().map(|one| json!([one.pointer, one.code, one.detail])).collect::<Value>())?;
    let given = ValueName::ALL.iter().map(|name| (*name, input["values"][name.as_str()].as_str()));
    let values = given.fold(Values::default(), |values, (name, value)| values.with(name, value));
    let sign = |index: usize| format!("https://l.example/{index}");
    let sign: Option<&dyn Fn(usize) -> String> = if input["signed"] == true { Some(&sign) } else { None };
    let mail = templates.render(&Letter { values: &values, sign, pixel: None });
    let content =
        mail.body.split_once("<div class=\"mail\">").and_then(|(_, rest)| rest.strip_suffix("</div></body></html>\n"));
    Ok(json!({
        "subject": mail.subject,
        "body": content.unwrap_or(&mail.body),
        "body_text": mail.body_text,
        "links": mail.links,
    }))
}
