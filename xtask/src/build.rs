//! Builds the widget and the worker into `dist/`. What has not changed is not built again.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use pico_args::Arguments;

use crate::fresh::{Stamp, cargo_inputs, files_under};
use crate::project::Project;
use crate::run::{output, quietly, run, say};
use crate::tools::{Node, Tool, ensure, node};
use crate::words;

/// What a build is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// What is deployed.
    Production,
    /// The same with the crates' feature `vectors`: the runners of `tests/vectors` that production does not have.
    Test,
}

/// The widget's rules with the vectors' runner, where a test build puts them.
pub(crate) const WIDGET_WITH_VECTORS: &str = "web-widget/pkg-vectors";

/// The widget's files, as the worker embeds them.
pub(crate) const SERVED: &str = "dist/widget";

/// Another version of the widget, which the tests' worker serves as one that was released.
const OLDER: &str = "dist/released/older";

/// One compilation of the widget's crate.
#[derive(Clone, Copy)]
enum Widget {
    /// What each visitor loads.
    Lean,
    /// Verdicts as objects, loaded where they are shown.
    Rich,
    /// The rich one with the vectors' runner.
    Vectors,
}

impl Widget {
    fn folder(self) -> &'static str {
        match self {
            Self::Lean => "web-widget/pkg",
            Self::Rich => "web-widget/pkg-rich",
            Self::Vectors => WIDGET_WITH_VECTORS,
        }
    }

    fn features(self) -> &'static str {
        match self {
            Self::Lean => "",
            Self::Rich => "rich",
            Self::Vectors => "rich,vectors",
        }
    }
}

/// `cargo xtask build`.
///
/// # Errors
/// Wrong arguments, or a step failed.
pub(crate) fn command(project: &Project, mut args: Arguments) -> Result<()> {
    let purpose = if args.contains("--vectors") { Purpose::Test } else { Purpose::Production };
    let words = words(args)?;
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] | ["all"] => {
            widget(project, purpose)?;
            worker(project, purpose).map(|_| ())
        }
        ["widget"] => widget(project, purpose),
        ["package"] => package(project).map(|folder| say(&format!("{}: ready for npm pack", folder.display()))),
        ["worker"] => worker(project, purpose).map(|_| ()),
        _ => bail!("build what? worker, widget, package or all, not `{}`", words.join(" ")),
    }
}

/// Builds every compilation of the widget that the purpose needs.
///
/// # Errors
/// A step failed.
pub(crate) fn widget(project: &Project, purpose: Purpose) -> Result<()> {
    let node = prepare(project)?;
    served_widget(project, &node)?;
    compile_widget(project, &node, Widget::Rich)?;
    if purpose == Purpose::Test {
        compile_widget(project, &node, Widget::Vectors)?;
    }
    Ok(())
}

/// Puts the files that the worker embeds into `dist/widget`.
///
/// # Errors
/// A step failed.
pub(crate) fn embedded(project: &Project) -> Result<()> {
    served_widget(project, &prepare(project)?)
}

/// Builds the widget as an npm package and gives its folder.
///
/// # Errors
/// A step failed, or npm would not take the package.
pub(crate) fn package(project: &Project) -> Result<PathBuf> {
    let node = prepare(project)?;
    compile_widget(project, &node, Widget::Lean)?;
    let folder = project.path("dist/package");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    quietly(node.script(project, "web-widget/assemble.mjs").arg(&folder).arg("--package"))?;
    let mut pack = node.prepare(Command::new("npm"));
    let packed = output(pack.args(["pack", "--dry-run", "--json"]).current_dir(&folder))?;
    for name in [
        "lead-form.js",
        "lead-form.css",
        "lead-form.wasm",
        "lead-form.d.ts",
        "guards.js",
        "pow.worker.js",
        "visit.js",
        "messages.ar.js",
        "LICENSE-MIT",
    ] {
        if !packed.contains(&format!("\"{name}\"")) {
            bail!("npm would not pack {name}");
        }
    }
    Ok(folder)
}

/// Builds the worker, after the files that it embeds, and gives the folder that it is in.
///
/// # Errors
/// A step failed.
pub(crate) fn worker(project: &Project, purpose: Purpose) -> Result<PathBuf> {
    let node = prepare(project)?;
    served_widget(project, &node)?;
    let (name, features) = match purpose {
        Purpose::Production => ("worker", ""),
        Purpose::Test => ("worker-test", "vectors"),
    };
    if purpose == Purpose::Test {
        assembled(project, &node, OLDER, "--older")?;
    }
    let folder = project.path("dist").join(name);
    let stamp = stamp(project, name, features)?;
    if stamp.is_fresh() && folder.join("index.js").is_file() {
        return Ok(folder);
    }
    say(&format!("building the worker into dist/{name}"));
    let mut build = node.prepare(Command::new(Tool::WorkerBuild.path(project)));
    build.current_dir(project.path("worker")).args(["--release", "--out-dir"]).arg(&folder);
    if !features.is_empty() {
        build.args(["--features", features]);
    }
    build.env("WASM_BINDGEN_BIN", Tool::WasmBindgen.path(project));
    build.env("WASM_OPT_BIN", project.path("node_modules/.bin/wasm-opt"));
    build.env("ESBUILD_BIN", project.path("node_modules/.bin/esbuild"));
    // Its failures are errors with a reason, not panics; a backtrace would bury the reason.
    build.env("RUST_BACKTRACE", "0");
    run(&mut build)?;
    stamp.set(crate_inputs(project, "worker")?)?;
    Ok(folder)
}

fn prepare(project: &Project) -> Result<Node> {
    ensure(project, &[Tool::WasmBindgen, Tool::WasmPack, Tool::WorkerBuild])?;
    node(project)
}

fn served_widget(project: &Project, node: &Node) -> Result<()> {
    if assembled(project, node, SERVED, "")? {
        // For a page that pins its script, as docs/embedding.md has it.
        say(&format!("this version and its hash: {}", project.read("dist/widget/version.json")?));
    }
    Ok(())
}

/// Assembles the widget into a folder; whether that was needed.
fn assembled(project: &Project, node: &Node, place: &str, option: &str) -> Result<bool> {
    compile_widget(project, node, Widget::Lean)?;
    let folder = project.path(place);
    let stamp = stamp(project, &place.trim_start_matches("dist/").replace('/', "-"), option)?;
    let mut inputs = files_under(&project.path("web-widget/element"))?;
    inputs.extend(files_under(&project.path(Widget::Lean.folder()))?);
    inputs.push(project.path("web-widget/assemble.mjs"));
    if stamp.is_fresh_for(&inputs) && folder.is_dir() {
        return Ok(false);
    }
    say(&format!("assembling the widget into {place}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let mut assemble = node.script(project, "web-widget/assemble.mjs");
    quietly(assemble.arg(&folder).args(Some(option).filter(|option| !option.is_empty())))?;
    stamp.set(inputs)?;
    Ok(true)
}

fn compile_widget(project: &Project, node: &Node, which: Widget) -> Result<()> {
    let folder = project.path(which.folder());
    let name = which.folder().replace('/', "-");
    let stamp = stamp(project, &name, which.features())?;
    if stamp.is_fresh() && folder.is_dir() {
        return Ok(());
    }
    say(&format!("building {}", which.folder()));
    // It finds wasm-bindgen and wasm-opt on our PATH.
    let mut build = node.prepare(Command::new(Tool::WasmPack.path(project)));
    build.arg("build").arg(project.path("web-widget")).args(["--target", "web", "--release", "--mode", "no-install"]);
    build.args(["--no-typescript", "--no-pack", "--out-dir"]).arg(&folder);
    if !which.features().is_empty() {
        build.args(["--", "--features", which.features()]);
    }
    run(build.env("RUST_BACKTRACE", "0"))?;
    stamp.set(crate_inputs(project, "web-widget")?)
}

/// The stamp of a build in `dist/`: the same compiler and the same features make the same thing of the same files.
fn stamp(project: &Project, name: &str, features: &str) -> Result<Stamp> {
    let folder = project.path("dist");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let rustc = output(Command::new("rustc").arg("-vV"))?;
    let tools = project.read("package-lock.json")?;
    Ok(Stamp::new(folder.join(format!(".{name}.stamp")), format!("{features}\n{rustc}\n{tools}")))
}

/// What a Wasm crate was just built from.
fn crate_inputs(project: &Project, folder: &str) -> Result<Vec<PathBuf>> {
    let manifest: toml::Table = project.read(&format!("{folder}/Cargo.toml"))?.parse()?;
    let name = |table: &str| manifest.get(table)?.get("name")?.as_str();
    let name = name("lib").or_else(|| name("package")).context("a crate without a name")?.replace('-', "_");
    let built = project.target().join("wasm32-unknown-unknown/release").join(name).with_extension("wasm");
    let mut inputs = cargo_inputs(&built)?;
    for file in ["Cargo.toml", "Cargo.lock", "core/Cargo.toml", "store/Cargo.toml"] {
        inputs.push(project.path(file));
    }
    inputs.push(Path::new(project.root()).join(folder).join("Cargo.toml"));
    Ok(inputs)
}
