//! The tools that the other commands need, each in the version that the project is tested with.
//!
//! Rust tools go into `.tools`, Node's packages into `node_modules`; nothing outside the project's folder changes but
//! rustup's Wasm target.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::fresh::hash;
use crate::project::Project;
use crate::run::{cargo, long_cargo, output, quietly, run, say};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const OLDEST_HOST_NODE: u32 = 22;

/// A program that cargo installs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Checks bans, licences and sources of crates.
    CargoDeny,
    /// Writes the JavaScript around a Wasm file.
    WasmBindgen,
    /// Builds the widget.
    WasmPack,
    /// Builds the worker.
    WorkerBuild,
}

impl Tool {
    /// All of them.
    pub(crate) const ALL: [Self; 4] = [Self::WasmBindgen, Self::WorkerBuild, Self::WasmPack, Self::CargoDeny];

    fn package(self) -> &'static str {
        match self {
            Self::CargoDeny => "cargo-deny",
            Self::WasmBindgen => "wasm-bindgen-cli",
            Self::WasmPack => "wasm-pack",
            Self::WorkerBuild => "worker-build",
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::WasmBindgen => "wasm-bindgen",
            other => other.package(),
        }
    }

    fn version(self, project: &Project) -> Result<String> {
        Ok(match self {
            Self::CargoDeny => "0.20.2".to_owned(),
            // It reads what the crate of the same version wrote, so it must be that very version.
            Self::WasmBindgen => locked_version(project, "wasm-bindgen")?,
            Self::WasmPack => "0.15.1".to_owned(),
            Self::WorkerBuild => "0.8.7".to_owned(),
        })
    }

    /// Where the program is once [`ensure`] has run.
    pub(crate) fn path(self, project: &Project) -> PathBuf {
        project.path(".tools/bin").join(self.program()).with_extension(env::consts::EXE_EXTENSION)
    }
}

/// Installs what is missing of `tools`, and the Wasm target of Rust.
///
/// # Errors
/// An installation failed.
pub(crate) fn ensure(project: &Project, tools: &[Tool]) -> Result<()> {
    ensure_wasm_target()?;
    let scratch = project.path(".tools/target");
    for &tool in tools {
        let (package, version) = (tool.package(), tool.version(project)?);
        if tool.path(project).is_file() && is_installed(project, package, &version) {
            continue;
        }
        say(&format!("installing {package} {version} into .tools (once, a minute or two)"));
        // Unoptimised: the tools run for a second, and compiling them with optimisation takes minutes more.
        let mut install = cargo();
        install.args(["install", "--locked", "--debug", "--force", "--root"]).arg(project.path(".tools"));
        install.arg("--target-dir").arg(&scratch).arg(format!("{package}@{version}"));
        // Cargo warns that the folder is not on PATH unless it is.
        install.env("PATH", path_with(vec![project.path(".tools/bin")])?);
        long_cargo(&mut install, &format!("compiling {package}"))?;
    }
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch).with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    Ok(())
}

/// Whether cargo's own record of `.tools` has this version.
fn is_installed(project: &Project, package: &str, version: &str) -> bool {
    let record = project.read(".tools/.crates2.json").ok();
    let record: Option<Value> = record.and_then(|text| serde_json::from_str(&text).ok());
    let installs = record.as_ref().and_then(|record| record["installs"].as_object());
    installs.is_some_and(|installs| installs.keys().any(|key| key.starts_with(&format!("{package} {version} "))))
}

fn locked_version(project: &Project, package: &str) -> Result<String> {
    let lock: toml::Table = project.read("Cargo.lock")?.parse().context("Cargo.lock is no TOML")?;
    let packages = lock.get("package").and_then(toml::Value::as_array).context("Cargo.lock lists no packages")?;
    let versions: Vec<&str> = packages
        .iter()
        .filter(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))
        .filter_map(|entry| entry.get("version")?.as_str())
        .collect();
    match versions[..] {
        [version] => Ok(version.to_owned()),
        _ => bail!("Cargo.lock has {} versions of {package}, not one", versions.len()),
    }
}

fn ensure_wasm_target() -> Result<()> {
    let sysroot = output(Command::new("rustc").args(["--print", "sysroot"]))?;
    if PathBuf::from(sysroot.trim()).join("lib/rustlib").join(WASM_TARGET).is_dir() {
        return Ok(());
    }
    say(&format!("adding Rust's {WASM_TARGET} target"));
    run(Command::new("rustup").args(["target", "add", WASM_TARGET]))
        .context("Rust's Wasm target is missing; with another Rust than rustup's, install it by its own means")
}

/// Adds a component of Rust (`rustfmt`, `clippy`) where `cargo <subcommand>` is missing.
///
/// # Errors
/// rustup could not add it.
pub(crate) fn ensure_component(component: &str, subcommand: &str) -> Result<()> {
    let probe = cargo().args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if probe.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    say(&format!("adding Rust's {component}"));
    run(Command::new("rustup").args(["component", "add", component]))
}

/// Node with its packages installed.
pub(crate) struct Node {
    program: PathBuf,
    path: OsString,
}

impl Node {
    /// The program itself.
    pub(crate) fn program(&self) -> &PathBuf {
        &self.program
    }

    /// A command of one of the packages.
    pub(crate) fn package_command(&self, project: &Project, name: &str) -> Command {
        self.prepare(Command::new(project.path("node_modules/.bin").join(name)))
    }

    /// Node on a script, seen from the project's root.
    pub(crate) fn script(&self, project: &Project, script: &str) -> Command {
        let mut command = self.prepare(Command::new(&self.program));
        command.arg(project.path(script));
        command
    }

    /// The same command with our search path.
    pub(crate) fn prepare(&self, mut command: Command) -> Command {
        command.env("PATH", &self.path);
        command
    }
}

/// Installs Node's packages where the lock file has changed, and finds a Node that can run them.
///
/// # Errors
/// npm is missing or failed, or no Node is new enough.
pub(crate) fn node(project: &Project) -> Result<Node> {
    let stamp = project.path("node_modules/.leadgate");
    let wanted = hash([project.read("package.json")?, project.read("package-lock.json")?]);
    if std::fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
        say("installing the Node packages of package-lock.json into node_modules (once, some seconds)");
        let mut npm = Command::new("npm");
        // No package of ours needs its install script, and what does not run can do no harm.
        npm.args(["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"]);
        quietly(npm.current_dir(project.root())).context("npm is needed: install Node.js 20 or newer")?;
        std::fs::write(&stamp, wanted)?;
    }
    // The pinned Node of package.json first, so that every machine runs the same one.
    let pinned = project.path("node_modules/.bin/node");
    let program = if major_version(&pinned).is_some() { pinned } else { host_node()? };
    let mut first = vec![project.path("node_modules/.bin"), project.path(".tools/bin")];
    if let Some(folder) = program.parent().filter(|folder| folder.is_absolute()) {
        first.insert(0, folder.to_owned());
    }
    Ok(Node { path: path_with(first)?, program })
}

fn host_node() -> Result<PathBuf> {
    let host = PathBuf::from("node");
    match major_version(&host) {
        Some(major) if major >= OLDEST_HOST_NODE => Ok(host),
        Some(major) => bail!("Node.js {major} is too old, and there is no Node package for this platform"),
        None => bail!("Node.js {OLDEST_HOST_NODE} or newer is needed"),
    }
}

fn major_version(node: &PathBuf) -> Option<u32> {
    let output = Command::new(node).arg("--version").stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn path_with(mut first: Vec<PathBuf>) -> Result<OsString> {
    first.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(first).context("a folder on PATH has a separator in its name")
}
