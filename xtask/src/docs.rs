//! `cargo xtask docs`: the pages that are printed from code.

use std::fs;

use anyhow::{Context, Result};

use crate::project::Project;
use crate::run::say;

/// Writes docs/problems.md from the registry of problems and codes.
///
/// # Errors
/// The file cannot be written.
pub(crate) fn command(project: &Project) -> Result<()> {
    let file = project.path("docs/problems.md");
    fs::write(&file, lead_core::problem::docs_page()).with_context(|| format!("cannot write {}", file.display()))?;
    say("docs/problems.md is as the registry says");
    Ok(())
}
