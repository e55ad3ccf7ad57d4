//! What a visitor loads: bytes of each file of the widget, as they are and compressed, and how long a form holds up the
//! page's main thread; of the same form made with other tools in the same run, too.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::Row;
use super::tasks::{self, FORMS, PHASES, Tasks};
use crate::build::embedded;
use crate::fresh::files_under;
use crate::project::Project;
use crate::run::{quietly, say};
use crate::tools::{Node, node};

/// The budget of a first form on a page, without options: what it loads in all, in brotli.
const BUDGET: usize = 20 * 1024;

/// The same for the rules alone, with what calls them.
const BUDGET_OF_RULES: usize = 12 * 1024;

/// What every form loads; the other files are for options.
const FIRST: [&str; 3] = ["lead-form.js", "lead-form.css", "lead-form.wasm"];

/// What calls the rules. Counted as it is written, which is more than its share of the bundle.
const GLUE: &str = "web-widget/element/rules.js";

/// Brotli's highest quality and its usual window, as a CDN compresses what it keeps.
const QUALITY: u32 = 11;
const WINDOW: u32 = 22;
const BUFFER: usize = 4096;

type Sizes = [usize; 3];

/// Builds the widget and measures `dist/widget`, and then the others. A row has bytes, or times, or both.
///
/// # Errors
/// It cannot be built, or is over the budget.
pub(super) fn measure(project: &Project) -> Result<Vec<Row>> {
    embedded(project)?;
    let files = sizes(&project.path("dist/widget"))?;
    let of = |name: &str| files.get(name).copied().with_context(|| format!("the widget has no {name}"));
    let first = FIRST.into_iter().map(of).collect::<Result<Vec<_>>>()?.into_iter().fold([0; 3], sum);
    let rules = sum(of("lead-form.wasm")?, measured(&std::fs::read(project.path(GLUE))?)?);
    let mut figures: Vec<(String, Option<Sizes>)> =
        files.iter().map(|(name, sizes)| (name.clone(), Some(*sizes))).collect();
    figures.push(("rules and what calls them".to_owned(), Some(rules)));
    figures.push((FORMS[0].0.to_owned(), Some(first)));
    for (sizes, budget) in [(first, BUDGET), (rules, BUDGET_OF_RULES)] {
        if sizes[2] > budget {
            bail!(
                "{} bytes in brotli, and the budget is {budget}\n{}",
                sizes[2],
                super::table(&rows(figures, &Tasks::new()))
            );
        }
    }
    let node = node(project)?;
    let built = others(project, &node)?;
    for entry in std::fs::read_dir(&built)? {
        let entry = entry?;
        let total = sizes(&entry.path())?.into_values().fold([0; 3], sum);
        figures.push((entry.file_name().to_string_lossy().into_owned(), Some(total)));
    }
    let tasks = tasks::measure(project, &node, &built)?;
    for page in tasks.keys() {
        if figures.iter().all(|(name, _)| name != page) {
            figures.push((page.clone(), None));
        }
    }
    Ok(rows(figures, &tasks))
}

/// The same form made with other tools, from packages of their own that nothing else installs; gives the folder of the bundles.
fn others(project: &Project, node: &Node) -> Result<PathBuf> {
    let folder = project.path("xtask/bench-forms");
    if !folder.join("node_modules").is_dir() {
        say("installing the other form tools into xtask/bench-forms (once)");
        let mut npm = node.prepare(Command::new("npm"));
        quietly(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    }
    let built = project.target().join("bench-forms");
    quietly(node.script(project, "xtask/bench-forms/build.mjs").arg(&built))?;
    Ok(built)
}

/// Each file of a folder by its name.
fn sizes(folder: &Path) -> Result<BTreeMap<String, Sizes>> {
    let mut sizes = BTreeMap::new();
    for file in files_under(folder)? {
        let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        sizes.insert(file.strip_prefix(folder)?.to_string_lossy().into_owned(), measured(&bytes)?);
    }
    Ok(sizes)
}

fn measured(bytes: &[u8]) -> Result<Sizes> {
    Ok([bytes.len(), gzip(bytes)?, brotli(bytes)?])
}

fn sum(left: Sizes, right: Sizes) -> Sizes {
    std::array::from_fn(|at| left[at] + right[at])
}

fn rows(figures: Vec<(String, Option<Sizes>)>, tasks: &Tasks) -> Vec<Row> {
    let row = |(name, sizes): (String, Option<Sizes>)| {
        let bytes = ["raw", "gzip", "brotli"].into_iter().enumerate();
        let bytes = bytes.map(|(at, column)| (column, sizes.map_or(Value::Null, |sizes| sizes[at].into())));
        let times = PHASES.into_iter().enumerate();
        let times = times.map(|(at, phase)| (phase, tasks.get(&name).map_or(Value::Null, |times| times[at].clone())));
        [("file", Value::from(name.as_str()))].into_iter().chain(bytes).chain(times).collect()
    };
    figures.into_iter().map(row).collect()
}

/// How many bytes they are once compressed.
///
/// # Errors
/// None that memory gives.
pub(crate) fn gzip(bytes: &[u8]) -> Result<usize> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?.len())
}

fn brotli(bytes: &[u8]) -> Result<usize> {
    let mut out = Vec::new();
    let mut encoder = brotli::CompressorWriter::new(&mut out, BUFFER, QUALITY, WINDOW);
    encoder.write_all(bytes)?;
    encoder.flush()?;
    drop(encoder);
    Ok(out.len())
}
