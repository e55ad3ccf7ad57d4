//! Python's packages, in `.tools/python`: exactly those of `xtask/python/requirements.txt`, checked by their hashes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::fresh::hash;
use crate::project::Project;
use crate::run::{quietly, say};

const FOLDER: &str = ".tools/python";
const STAMP: &str = "leadgate.stamp";
const REQUIREMENTS: &str = "xtask/python/requirements.txt";
/// Asked of the machine's Python: new enough for the packages, and able to make an environment.
const PROBE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";

/// Where the programs of the packages are once [`ensure`] has run.
pub(crate) fn program(project: &Project, name: &str) -> PathBuf {
    project.path(FOLDER).join("bin").join(name)
}

/// Installs the packages where the list has changed, or where the environment was made in another folder.
///
/// # Errors
/// There is no fitting Python, or pip failed.
pub(crate) fn ensure(project: &Project) -> Result<()> {
    // Its programs name it by its path, so it is made by the path that holds whichever way one comes to it.
    std::fs::create_dir_all(project.path(FOLDER))?;
    let folder = project.path(FOLDER).canonicalize()?;
    let requirements = project.read(REQUIREMENTS)?;
    if is_whole(&folder, &requirements) {
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
    let stamp = folder.join(STAMP);
    std::fs::write(&stamp, stamp_of(&folder, &requirements))
        .with_context(|| format!("cannot write {}", stamp.display()))
}

/// Whether these packages were installed into this very folder.
fn is_whole(folder: &Path, requirements: &str) -> bool {
    std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == stamp_of(folder, requirements))
}

/// What an environment is made of: its packages, and the folder that its programs name in their first line. A checkout that
/// was moved brings along an environment whose programs start nothing.
fn stamp_of(folder: &Path, requirements: &str) -> String {
    hash([requirements.as_bytes(), folder.as_os_str().as_encoded_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_environment_that_was_moved_is_not_taken_for_a_whole_one() {
        let root = std::env::temp_dir().join(format!("leadgate-python-{}", std::process::id()));
        let [here, there] = ["here", "there"].map(|name| root.join(name));
        fs::create_dir_all(&here).unwrap();
        assert!(!is_whole(&here, "a==1"));
        fs::write(here.join(STAMP), stamp_of(&here, "a==1")).unwrap();
        assert!(is_whole(&here, "a==1") && !is_whole(&here, "a==2"));
        fs::rename(&here, &there).unwrap();
        assert!(!is_whole(&there, "a==1"));
        fs::rename(&there, &here).unwrap();
        assert!(is_whole(&here, "a==1"), "back where it was made, it works");
        fs::remove_dir_all(&root).unwrap();
    }
}
