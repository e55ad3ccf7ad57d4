//! How long a form holds up the page's main thread: the longest task while it loads, is typed into, goes on and is sent, in
//! Chromium on a CPU made four times slower.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use lead_core::form::Definition;
use serde_json::{Map, Value, json};

use crate::browser::chromium;
use crate::project::Project;
use crate::run::{output, say};
use crate::tools::Node;

/// Our forms: the contact form that the other tools have, too, and one in steps with conditions, a date and a country.
pub(super) const FORMS: [(&str, &str); 2] = [("first form on a page", "contact"), ("the same in three steps", "steps")];

/// The columns, in ms: what the page is doing meanwhile, and the longest of all.
pub(super) const PHASES: [&str; 5] = ["load_ms", "type_ms", "step_ms", "send_ms", "longest_ms"];

/// The figures of each page by its name; null where it has no such phase.
pub(super) type Tasks = BTreeMap<String, [Value; 5]>;

/// Visits each page in turn, and gives medians. `others` is the folder of the other tools' bundles.
///
/// # Errors
/// There is no Chromium, or a form could not be filled.
pub(super) fn measure(project: &Project, node: &Node, others: &Path) -> Result<Tasks> {
    say("visiting the forms in Chromium (two minutes; medians of the main thread's own time at a fourth of the CPU)");
    let mut forms = Map::new();
    for (name, file) in FORMS {
        let text = project.read(&format!("xtask/bench-forms/{file}.json"))?;
        let definition: Definition = serde_json::from_str(&text).with_context(|| format!("{file}.json"))?;
        forms.insert(name.to_owned(), json!(definition.shown(1, None)));
    }
    let options = json!({
        "chromium": chromium()?, "widget": project.path("dist/widget"), "others": others, "forms": forms,
    });
    let told = output(node.script(project, "xtask/js/bench-tasks.mjs").arg(options.to_string()))?;
    let rows: Vec<Value> = serde_json::from_str(&told)?;
    let name = |row: &Value| row["page"].as_str().map(str::to_owned).context("a page without a name");
    rows.iter().map(|row| Ok((name(row)?, PHASES.map(|phase| row[phase].clone())))).collect()
}
