//! Renders the mails of `tests/browser/mails.json` into a folder, for the browser part of `cargo xtask test`. A program of its
//! own, so that the browser shows what the core makes and no route of the worker has to.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use lead_core::template::{Letter, Templates, ValueName, Values};
use serde_json::Value;

/// As long as signed addresses are.
const TOKEN: &str = "AAGdKxYbHkmJtQ2v7cN4rS8wZpLq5uE1oVfB3gT6yMhRjDxWiCaPzKnUeOsFbGvQl0Y";

fn main() -> Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("which folder?")?);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mails: Vec<Value> = serde_json::from_str(include_str!("../../tests/browser/mails.json"))?;
    for mail in &mails {
        let name = text(mail, "name")?;
        let file = folder.join(format!("{name}.html"));
        let html = rendered(mail).with_context(|| format!("the mail `{name}`"))?;
        std::fs::write(&file, html).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn rendered(mail: &Value) -> Result<String> {
    let templates = Templates::parse("", text(mail, "subject")?, text(mail, "body")?, text(mail, "body_text")?)
        .map_err(|refused| anyhow!("{refused:?}"))?;
    let mut values =
        Values::default().with(ValueName::UnsubscribeUrl, Some(format!("https://leads.example/m/u/{TOKEN}").as_str()));
    for (name, value) in mail["values"].as_object().context("it has no values")? {
        let name = ValueName::parse(name).with_context(|| format!("there is no value {name}"))?;
        values = values.with(name, value.as_str());
    }
    let sign = |index: usize| format!("https://leads.example/m/c/{TOKEN}{index}");
    let pixel = format!("https://leads.example/m/o/{TOKEN}");
    Ok(templates.render(&Letter { values: &values, sign: Some(&sign), pixel: Some(&pixel) }).body)
}

fn text<'a>(mail: &'a Value, name: &str) -> Result<&'a str> {
    mail[name].as_str().with_context(|| format!("a mail has no {name}"))
}
