//! Evaluations a second: natively, and through Wasm in Node with strings and objects as a browser hands them over.

use anyhow::{Context, Result};
use serde_json::Value;

use super::Row;
use crate::build::{Purpose, widget};
use crate::project::Project;
use crate::run::{cargo, output, say};
use crate::tools::node;

/// Measures both halves over the same inputs. A rule that only the edge runs has no figures for Wasm.
///
/// # Errors
/// One of them cannot be built or run.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    widget(project, Purpose::Production)?;
    say("compiling the native half for release");
    // The profile of the Wasm build, so that the ratio compares machines and not compiler settings.
    let mut native = cargo();
    native.current_dir(project.root()).args([
        "run",
        "--quiet",
        "--release",
        "--package",
        "xtask",
        "--example",
        "rules",
    ]);
    let native = rates(&output(&mut native)?)?;
    let mut script = node(project)?.script(project, "xtask/js/bench-rules.mjs");
    script.args(["web-widget/pkg", "web-widget/pkg-rich"].map(|folder| project.path(folder)));
    let wasm = rates(&output(&mut script)?)?;
    native.iter().map(|native| row(native, &wasm)).collect()
}

fn rates(lines: &str) -> Result<Vec<Value>> {
    lines.lines().map(|line| serde_json::from_str(line).with_context(|| format!("not a measurement: {line}"))).collect()
}

fn row(native: &Value, wasm: &[Value]) -> Result<Row> {
    let per_s = |rate: &Value| rate["per_s"].as_f64().context("a measurement without per_s");
    let wasm = wasm.iter().find(|wasm| wasm["rule"] == native["rule"]).map(per_s).transpose()?;
    let native_s = per_s(native)?;
    Ok(vec![
        ("rule", native["rule"].clone()),
        ("call", native["call"].clone()),
        ("native_per_s", (native_s as u64).into()),
        ("wasm_per_s", wasm.map(|wasm| wasm as u64).into()),
        ("native_to_wasm", wasm.map(|wasm| super::tenths(native_s / wasm)).into()),
    ])
}
