//! What each part of `cargo xtask test` runs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::counted::{Ran, cargo_test, counted, node_test};
use super::vectors::keep;
use crate::browser::chromium;
use crate::build::{Purpose, WIDGET_WITH_VECTORS, embedded, package, widget, worker};
use crate::dev::prepare;
use crate::project::Project;
use crate::run::{cargo, run};
use crate::serve::{CROWDED, Server, local_vars};
use crate::tools::{Tool, ensure, ensure_component, node};
use crate::wrangler::wrangler;

/// The origin of the customer's website in the http tests; nothing is served there.
pub(super) const CUSTOMER: &str = "https://customer.example.com";

/// The crates that are Wasm and nothing else.
const WASM_CRATES: [&str; 2] = ["worker", "web-widget"];

pub(super) fn fmt(project: &Project) -> Result<String> {
    ensure_component("rustfmt", "fmt")?;
    run(cargo().args(["fmt", "--all", "--check"]).current_dir(project.root()))?;
    Ok("rustfmt over the workspace".to_owned())
}

pub(super) fn lint(project: &Project) -> Result<String> {
    ensure_component("clippy", "clippy")?;
    // The worker embeds the built widget.
    embedded(project)?;
    let clippy = |args: &[&str]| {
        let mut command = cargo();
        // As worker-build has it, or the worker's macros expand to something else.
        command.current_dir(project.root()).arg("clippy").args(args).env("WASM_BINDGEN_USE_JS_SYS", "1");
        run(command.args(["--", "--deny", "warnings"]))
    };
    clippy(&["--all-targets"])?;
    for folder in WASM_CRATES {
        let manifest = format!("{folder}/Cargo.toml");
        let wasm = ["--manifest-path", &manifest, "--target", "wasm32-unknown-unknown"];
        clippy(&wasm)?;
        clippy(&[&wasm[..], &["--all-features"]].concat())?;
    }
    Ok(format!("clippy over the native crates, and {} for Wasm", WASM_CRATES.join(" and ")))
}

pub(super) fn deny(project: &Project) -> Result<String> {
    ensure(project, &[Tool::CargoDeny])?;
    let mut check = Command::new(Tool::CargoDeny.path(project));
    check.current_dir(project.root()).args(["--workspace", "check", "--hide-inclusion-graph"]);
    run(check.args(["bans", "licenses", "sources"]))?;
    Ok("bans, licences, sources".to_owned())
}

pub(super) fn native(project: &Project) -> Result<String> {
    let mut tests = cargo();
    // The default members: what is not Wasm. Tests that want workerd are the http part.
    tests.current_dir(project.root()).args(["test", "--features", "lead-core/vectors"]);
    let ran = counted(tests.args(["--", "--show-output", "--skip", "workerd::"]), cargo_test)?;
    keep(project, "native", &ran.lines)?;
    Ok(format!("{} tests", ran.passed))
}

pub(super) fn build(project: &Project) -> Result<String> {
    widget(project, Purpose::Test)?;
    package(project)?;
    worker(project, Purpose::Production)?;
    let tested = worker(project, Purpose::Test)?;
    let size = |name: &str| std::fs::metadata(project.path(name)).map(|meta| meta.len() / 1024);
    let wasm = size("dist/worker/index_bg.wasm").context("the worker has no Wasm file")?;
    if !tested.join("index.js").is_file() {
        bail!("{} has no index.js", tested.display());
    }
    Ok(format!("widget, worker ({wasm} KiB of Wasm), both also with vectors, and the npm package"))
}

pub(super) fn deploy(project: &Project) -> Result<String> {
    let node = node(project)?;
    // Wrangler runs the build command of wrangler.toml itself.
    let mut command = wrangler(project, &node, &["deploy", "--dry-run", "--outdir"]);
    run(command.arg(project.path("dist/deploy")))?;
    Ok("wrangler deploy --dry-run".to_owned())
}

pub(super) fn http(project: &Project) -> Result<String> {
    let folder = worker(project, Purpose::Test)?;
    let node = node(project)?;
    // Each test copies this state: faster than migrating and seeding for each.
    let template = State::fresh(project, "template")?;
    prepare(project, &node, &template.folder, CUSTOMER)?;
    let mut tests = node.prepare(cargo());
    tests.current_dir(project.root()).args(["test", "--package", "leadgate-tests"]);
    tests.args(["--", "--show-output", "workerd::"]);
    tests.env("LEADGATE_NODE", node.program()).env("LEADGATE_WORKER", folder);
    let ran = counted(tests.env("LEADGATE_STATE_TEMPLATE", &template.folder), cargo_test)?;
    keep(project, "http", &ran.lines)?;
    Ok(format!("{} tests against workerd", ran.passed))
}

pub(super) fn browser(project: &Project) -> Result<String> {
    let ran = in_browser(project, "tests/browser/*.test.mjs")?;
    keep(project, "browser", &ran.lines)?;
    Ok(format!("{} tests in Chromium", ran.passed))
}

/// Takes the README's pictures anew, into `docs/images`.
///
/// # Errors
/// A step failed.
pub(crate) fn pictures(project: &Project) -> Result<()> {
    in_browser(project, "tests/browser/pictures.mjs").map(|_| ())
}

/// Runs files of tests against a worker with a state of its own.
fn in_browser(project: &Project, files: &str) -> Result<Ran> {
    let chromium = chromium()?;
    widget(project, Purpose::Test)?;
    let package = package(project)?;
    let folder = worker(project, Purpose::Test)?;
    let node = node(project)?;
    let State { folder: state } = &State::fresh(project, "browser")?;
    // The forms are told the demo page's address before it is served, so its port is chosen here.
    let demo_port = free_port()?;
    let companies = prepare(project, &node, state, &format!("http://127.0.0.1:{demo_port}"))?;
    let company = &companies[0];
    let text = |value: &Value| value.as_str().map(str::to_owned).context("the seed made no company");
    let form_key = text(&company["form_key"])?;
    let demo = json!({ "port": demo_port, "form_key": form_key });
    // Where a test answers in Turnstile's place.
    let turnstile = free_port()?;
    // What `cargo xtask dev` has: what is seen here is seen there.
    let mut vars = local_vars("https://leads.example", "sign-in@leads.example");
    vars["RATE_LIMITS"] = CROWDED.into();
    vars["TURNSTILE_SECRET"] = "of the tests".into();
    vars["TURNSTILE_URL"] = format!("http://127.0.0.1:{turnstile}/siteverify").into();
    let server =
        Server::start(project, &node, &json!({ "worker": folder, "state": state, "demo": demo, "vars": vars }))?;
    let mut tests = node.prepare(Command::new(node.program()));
    tests.current_dir(project.root()).args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    tests.arg(files).env("CHROMIUM", chromium);
    tests.env("LEADGATE_BASE", server.url("url")?).env("LEADGATE_DEMO", server.url("demo_url")?);
    tests.env("LEADGATE_FORM_KEY", form_key).env("LEADGATE_COMPANY", text(&company["company_id"])?);
    tests.env("LEADGATE_SK", text(&company["keys"]["admin"])?);
    tests.env("LEADGATE_VECTORS_DIR", project.path(WIDGET_WITH_VECTORS)).env("LEADGATE_MAILS_DIR", mails(project)?);
    tests.env("LEADGATE_PACKAGE", package).env("LEADGATE_TURNSTILE", turnstile.to_string());
    counted(&mut tests, node_test)
}

/// Renders the mails of the browser tests natively; gives their folder.
fn mails(project: &Project) -> Result<PathBuf> {
    let folder = project.target().join("mails");
    let mut render = cargo();
    render.current_dir(project.root()).args(["run", "--quiet", "--package", "xtask", "--example", "mails", "--"]);
    run(render.arg(&folder))?;
    Ok(folder)
}

/// A state folder of this run only: two runs at once do not meet. It is removed with this value.
pub(super) struct State {
    pub(super) folder: PathBuf,
}

impl State {
    pub(super) fn fresh(project: &Project, name: &str) -> Result<Self> {
        let folder = project.target().join(format!("state-{name}-{}", std::process::id()));
        // A run that was killed may have left one under the same number.
        if folder.exists() {
            std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        Ok(Self { folder })
    }
}

impl Drop for State {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
