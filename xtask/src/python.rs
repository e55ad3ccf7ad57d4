//! Python's packages, in `.tools/python`: exactly those of `xtask/python/requirements.txt`, checked by their hashes.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::fresh::hash;
use crate::project::Project;
use crate::run::{quietly, say};

const FOLDER: &str = ".tools/python";
const REQUIREMENTS: &str = "xtask/python/requirements.txt";
/// Asked of the machine's Python: new enough for the packages, and able to make an environment.
const PROBE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// Where the programs of the packages are once [`ensure`] has run.
pub(crate) fn program(project: &Project, name: &str) -> PathBuf {
    project.path(FOLDER).join("bin").join(name)
}

/// Installs the packages where the list has changed.
///
/// # Errors
/// There is no fitting Python, or pip failed.
pub(crate) fn ensure(project: &Project) -> Result<()> {
    let folder = project.path(FOLDER);
    let stamp = folder.join("leadgate.stamp");
    let wanted = hash([project.read(REQUIREMENTS)?]);
    if std::fs::read_to_string(&stamp).ok().as_deref() == Some(&wanted) {
        return Ok(());
    }
    let probe = Command::new("python3").args(["-c", PROBE]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !probe.is_ok_and(|status| status.success()) {
        bail!("Python 3.11 or newer with venv is needed: `sudo apt-get install python3-venv`");
    }
    say("installing the Python packages of xtask/python into .tools (once, half a minute)");
    quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(program(project, "python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--requirement"]);
    quietly(pip.arg(project.path(REQUIREMENTS)))?;
    std::fs::write(&stamp, wanted).with_context(|| format!("cannot write {}", stamp.display()))
}
