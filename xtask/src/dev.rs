//! `cargo xtask dev`: the whole system on this machine, until Ctrl-C.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use pico_args::Arguments;
use serde_json::{Value, json};

use crate::build::{Purpose, worker};
use crate::company::{Seed, seed};
use crate::nothing_left;
use crate::project::Project;
use crate::run::say;
use crate::serve::{Server, local_vars};
use crate::tools::{Node, node};
use crate::wrangler::{Database, execute, migrate};

const PORT: u16 = 8787;

/// How often nurturing runs, in milliseconds: more often than once deployed, for whoever waits for a mail.
const CRON_MS: u32 = 10_000;

/// Runs it.
///
/// # Errors
/// Wrong arguments, a step that failed, or a server that ended by itself.
pub(crate) fn command(project: &Project, mut args: Arguments) -> Result<()> {
    let port = args.opt_value_from_str("--port")?.unwrap_or(PORT);
    let state: PathBuf = args.opt_value_from_str("--state")?.unwrap_or_else(|| project.path(".dev/state"));
    // Wrangler runs in the project's root, whichever folder we were called from.
    let state = std::path::absolute(state)?;
    let fresh = args.contains("--fresh");
    nothing_left(args)?;
    let Some(demo_port) = port.checked_add(1) else { bail!("the demo page needs the port after {port}") };

    let folder = worker(project, Purpose::Production)?;
    let node = node(project)?;
    if fresh && state.exists() {
        clear(&state)?;
    }
    let base_url = format!("http://127.0.0.1:{port}");
    let demo_url = format!("http://127.0.0.1:{demo_port}");
    let companies = prepare(project, &node, &state, &demo_url)?;
    // Ctrl-C reaches the server too, as one of the same group; this program only waits until it has ended.
    let interrupted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupted);
    ctrlc::set_handler(move || seen.store(true, Ordering::Relaxed))?;
    let options = json!({
        "worker": folder,
        "state": state,
        "port": port,
        "vars": local_vars(&base_url, "leadgate@localhost.example"),
        "cron": CRON_MS,
        "demo": { "port": demo_port, "form_key": companies[0]["form_key"].as_str().unwrap_or_default() },
    });
    let mut server = Server::start(project, &node, &options)?;
    let demo = json!({ "base_url": base_url, "demo_url": demo_url, "companies": companies });
    write_json(&project.path(".dev/demo.json"), &demo)?;
    announce(&demo);
    let status = server.wait()?;
    if !status.success() && !interrupted.load(Ordering::Relaxed) {
        bail!("the server ended ({status})");
    }
    say("stopped");
    Ok(())
}

/// Brings a state folder up to date and gives its companies.
///
/// # Errors
/// A migration or the seed failed.
pub(crate) fn prepare(project: &Project, node: &Node, state: &Path, demo_url: &str) -> Result<Value> {
    migrate(project, node, state)?;
    // The database holds only hashes of the keys, so the keys stay beside it.
    let record = state.join("seed.json");
    if let Ok(text) = fs::read_to_string(&record) {
        let known: Value = serde_json::from_str(&text).with_context(|| format!("{} is broken", record.display()))?;
        if known["demo_url"] != demo_url {
            say(&format!("this state's forms accept pages from {} only; use its port, or --fresh", known["demo_url"]));
        }
        return Ok(known["companies"].clone());
    }
    say("seeding the database");
    let Seed { sql, companies } = seed(demo_url)?;
    execute(project, node, &Database::Local(state.to_owned()), &sql)?;
    write_json(&record, &json!({ "demo_url": demo_url, "companies": companies }))?;
    Ok(companies)
}

/// Removes a state folder's content, after a look that it is one.
fn clear(state: &Path) -> Result<()> {
    let is_state = |name: &str| state.join(name).exists();
    let is_empty = fs::read_dir(state)?.next().is_none();
    if !is_empty && !is_state("v3") && !is_state("migrations.stamp") {
        bail!("{} holds no state of ours: --fresh would delete something else", state.display());
    }
    fs::remove_dir_all(state).with_context(|| format!("cannot remove {}", state.display()))
}

fn write_json(file: &Path, value: &Value) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, format!("{value:#}\n")).with_context(|| format!("cannot write {}", file.display()))
}

fn announce(demo: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (base, company) = (text(&demo["base_url"]), &demo["companies"][0]);
    println!();
    println!("  Demo page   {}", text(&demo["demo_url"]));
    println!("  Form page   {base}/f/{}", text(&company["form_key"]));
    println!("  API         {base}/api/companies/{}/leads", text(&company["company_id"]));
    println!("  Sign in     {base}/sign-in as {}", text(&company["admin_email"]));
    println!("  Console     {base}/console, once signed in");
    println!("  Outbox      {base}/outbox");
    println!("  Admin key   {}", text(&company["keys"]["admin"]));
    println!("\n  Keys and ids of all demo companies: .dev/demo.json. Ctrl-C ends everything.\n");
}
