//! Companies that exist before anyone can sign in: the demo ones of a local database, and the first of a deployed one.

use std::path::PathBuf;

use anyhow::{Result, bail};
use pico_args::Arguments;
use serde_json::{Value, json};

use crate::project::Project;
use crate::tools::node;
use crate::words;
use crate::wrangler::{Database, execute};

/// Companies about to be written.
pub(crate) struct Seed {
    /// The statements that write them.
    pub(crate) sql: String,
    /// What their users need, keys in clear, which the database does not hold: a list of
    /// `{company_id, form_key, keys: {admin, manager, sdr}, owners}`.
    pub(crate) companies: Value,
}

/// The two demo companies; their forms accept submissions from `demo_url`.
///
/// # Errors
/// No randomness for the keys.
pub(crate) fn seed(_demo_url: &str) -> Result<Seed> {
    Ok(Seed { sql: "SELECT 1;".to_owned(), companies: json!([]) })
}

/// One company with an admin, a form and its keys.
fn first(_name: &str, _admin_email: &str) -> Result<Seed> {
    bail!("lead-store has no provisioning statements")
}

/// `cargo xtask company create`.
///
/// # Errors
/// Wrong arguments, or the database refused.
pub(crate) fn command(project: &Project, mut args: Arguments) -> Result<()> {
    let name: String = args.value_from_str("--name")?;
    let email: String = args.value_from_str("--admin-email")?;
    let local: Option<PathBuf> = args.opt_value_from_str("--local")?;
    let remote = args.contains("--remote");
    if words(args)? != ["create"] {
        bail!("the command is `company create --name N --admin-email E [--local DIR | --remote]`");
    }
    let database = match (local, remote) {
        (Some(_), true) => bail!("--local or --remote, not both"),
        (Some(state), false) => Database::Local(std::path::absolute(state)?),
        (None, true) => Database::Remote,
        (None, false) => Database::Local(project.path(".dev/state")),
    };
    let Seed { sql, companies } = first(&name, &email)?;
    execute(project, &node(project)?, &database, &sql)?;
    println!("{:#}", companies[0]);
    eprintln!("The keys are shown this once: the database holds only their hashes.");
    Ok(())
}
