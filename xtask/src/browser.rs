//! The browser of the browser tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::run::{output, quietly, say};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
const MACOS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Finds Chromium, and installs it where this is Debian and we may.
///
/// # Errors
/// There is none; the text says how to get it.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(found) = find() {
        return Ok(found);
    }
    let root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if root && Path::new("/etc/debian_version").exists() {
        say("installing Chromium with apt-get");
        let apt = |args: &[&str]| {
            quietly(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet").args(args))
        };
        // The lists on the machine may be too old, or none.
        apt(&["update"])?;
        apt(&["install", "--yes", "--no-install-recommends", "chromium"])?;
    }
    match find() {
        Some(found) => Ok(found),
        None => {
            bail!("Chromium is missing: `sudo apt-get install chromium`, or on macOS `brew install --cask chromium`")
        }
    }
}

fn find() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    let on_path = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    on_path.chain(MACOS.iter().map(PathBuf::from)).find(|program| program.is_file())
}
