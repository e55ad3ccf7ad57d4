//! Databases to measure on: migrated, with the demo companies, filled to a size, and gone afterwards.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::dev::prepare;
use crate::fresh::files_under;
use crate::project::Project;
use crate::run::quietly;
use crate::tools::Node;

/// The origin of the customer's website; nothing is served there.
const CUSTOMER: &str = "https://customer.example.com";

/// A folder of this run only, removed with this value.
pub(super) struct Scratch {
    /// The folder.
    pub(super) folder: PathBuf,
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// It cannot be made.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self> {
        let folder = parent.join(format!("leadgate-bench-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Ok(Self { folder })
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A state folder with the demo companies, to be copied for each database.
pub(super) struct Template {
    scratch: Scratch,
    /// The first demo company, as `dev::prepare` gives it.
    pub(super) company: Value,
}

impl Template {
    /// Migrates and seeds one.
    ///
    /// # Errors
    /// Either failed.
    pub(super) fn new(project: &Project, node: &Node) -> Result<Self> {
        let scratch = Scratch::new(&project.target(), "template")?;
        let companies = prepare(project, node, &scratch.folder, CUSTOMER)?;
        Ok(Self { scratch, company: companies[0].clone() })
    }

    /// A copy under `parent`.
    ///
    /// # Errors
    /// A file cannot be copied.
    pub(super) fn copy(&self, parent: &Path, name: &str) -> Result<Scratch> {
        let copy = Scratch::new(parent, name)?;
        for file in files_under(&self.scratch.folder)? {
            let target = copy.folder.join(file.strip_prefix(&self.scratch.folder)?);
            std::fs::create_dir_all(target.parent().unwrap_or(&copy.folder))?;
            std::fs::copy(&file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
        }
        Ok(copy)
    }

    /// Adds leads `from` (included) to `to` (not) to a copy that no worker has open.
    ///
    /// # Errors
    /// The script failed.
    pub(super) fn fill(&self, project: &Project, node: &Node, copy: &Scratch, from: u64, to: u64) -> Result<()> {
        self.run_fill(project, node, copy, &json!({ "from": from, "to": to }))
    }

    /// The same with accounts, contacts, opportunities, activities and audit rows that belong to the leads.
    ///
    /// # Errors
    /// The script failed.
    pub(super) fn fill_flow(&self, project: &Project, node: &Node, copy: &Scratch, from: u64, to: u64) -> Result<()> {
        self.run_fill(project, node, copy, &json!({ "from": from, "to": to, "flow": true }))
    }

    /// Adds so many leads, each of which is due for the first mail of one sequence.
    ///
    /// # Errors
    /// The script failed.
    pub(super) fn fill_due(&self, project: &Project, node: &Node, copy: &Scratch, leads: u64) -> Result<()> {
        self.run_fill(project, node, copy, &json!({ "from": 0, "to": leads, "due": true }))
    }

    fn run_fill(&self, project: &Project, node: &Node, copy: &Scratch, which: &Value) -> Result<()> {
        let (id, owners) = (&self.company["company_id"], &self.company["owners"]);
        let mut fill = json!({ "state": copy.folder, "company_id": id, "owners": owners });
        if let (Some(fill), Some(which)) = (fill.as_object_mut(), which.as_object()) {
            fill.extend(which.clone());
        }
        quietly(node.script(project, "xtask/js/bench-fill.mjs").arg(fill.to_string()))
    }
}

/// A folder in memory, where the machine has one.
pub(super) fn memory() -> Option<&'static Path> {
    Some(Path::new("/dev/shm")).filter(|memory| memory.is_dir())
}
