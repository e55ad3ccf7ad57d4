//! Wrangler: migrations and statements, on a local or the deployed database.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::fresh::{Stamp, files_under};
use crate::project::Project;
use crate::run::quietly;
use crate::tools::Node;

/// Which database.
pub(crate) enum Database {
    /// The one in this state folder.
    Local(PathBuf),
    /// The one that wrangler.toml names, in the account that wrangler is logged in to.
    Remote,
}

impl Database {
    fn select(&self, command: &mut Command) {
        match self {
            Self::Local(state) => command.args(["--local", "--persist-to"]).arg(state),
            Self::Remote => command.arg("--remote"),
        };
    }
}

/// A wrangler command that asks nothing and reports nothing home.
pub(crate) fn wrangler(project: &Project, node: &Node, args: &[&str]) -> Command {
    let mut command = node.package_command(project, "wrangler");
    command.args(args).current_dir(project.root());
    command.env("CI", "true").env("WRANGLER_SEND_METRICS", "false");
    command
}

/// Applies the migrations that a local database does not have yet.
///
/// # Errors
/// A migration failed.
pub(crate) fn migrate(project: &Project, node: &Node, state: &Path) -> Result<()> {
    std::fs::create_dir_all(state).with_context(|| format!("cannot make {}", state.display()))?;
    let stamp = Stamp::new(state.join("migrations.stamp"), String::new());
    let files = files_under(&project.path("migrations"))?;
    if stamp.is_fresh_for(&files) {
        return Ok(());
    }
    let mut command = wrangler(project, node, &["d1", "migrations", "apply", "DB"]);
    Database::Local(state.to_owned()).select(&mut command);
    quietly(&mut command)?;
    stamp.set(files)
}

/// Runs SQL on a database, as one file: all of it or nothing.
///
/// # Errors
/// A statement failed.
pub(crate) fn execute(project: &Project, node: &Node, database: &Database, sql: &str) -> Result<()> {
    let folder = project.path(".dev");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let file = folder.join(format!("statements-{}.sql", std::process::id()));
    std::fs::write(&file, sql)?;
    let mut command = wrangler(project, node, &["d1", "execute", "DB", "--yes", "--file"]);
    command.arg(&file);
    database.select(&mut command);
    let done = quietly(&mut command);
    std::fs::remove_file(&file)?;
    done
}
